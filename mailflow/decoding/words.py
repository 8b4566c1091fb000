"""The words decoding goes by, as ``words.yaml`` here has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mailflow.sentences.catalogue import data

LISTS: Mapping[str, Sequence[str]] = data(Path(__file__).parent / "words.yaml")


def any_of(name: str) -> str:
    """The words of a list as one group of a regular expression.  Raises ValueError for a list there is none of."""
    if name not in LISTS:
        raise ValueError(f"no list is named {name!r}")
    return f"(?:{'|'.join(LISTS[name])})"
