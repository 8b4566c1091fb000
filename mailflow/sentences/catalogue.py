"""Every sentence stands in the code in English; its Chinese is looked up in YAML files, read when first asked for.

``zh/said/ROOM.yaml`` has what a room says by :func:`worded`; ``zh/raised/*.yaml`` the Chinese of errors, findings and
problems' details, ``{}`` for what was filled in; ``zh/names/WHAT.yaml`` how things are called that have a code.  Where
one English word is two in Chinese, a context stands before it and a bar between: ``promise|due``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CHINESE = Path(__file__).parent / "zh"
CONTEXT = "|"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoChinese(LookupError):
    """A sentence without its Chinese: a defect of the program, that a test finds before people do."""


def sentence(english: str) -> str:
    """Marks an English sentence of a table, or one that is handed on, as one that :func:`worded` will say."""
    return english


def worded(language: str, english: str, /, **values: object) -> str:
    """The sentence in ``language``, with the values in its places: English for ``en``, Chinese otherwise.

    Raises NoChinese, which names it, for a sentence the files do not have.
    """
    if language == "en":
        text = _without_context(english)
    else:
        found = said().get(english)
        if found is None:
            raise NoChinese(f"{english!r} has no Chinese in {CHINESE / 'said'}")
        text = found
    return text.format(**values) if values else text


def _without_context(english: str) -> str:
    context, bar, text = english.partition(CONTEXT)
    return text if bar and context.isalpha() else english


@cache
def said() -> Mapping[str, str]:
    """Every sentence the rooms say, in English, and its Chinese."""
    return _together("said")


@cache
def raised() -> Mapping[str, str]:
    """What is raised or found wrong, in English with ``{}`` for what is filled in, and its Chinese, in this order."""
    return _together("raised")


@cache
def names(what: str) -> Mapping[str, str]:
    """The Chinese names of things of this sort, by their codes: ``kinds`` of mail, ``fields``, ``problems`` ..."""
    return read(CHINESE / "names" / f"{what}.yaml")


def read(file: Path) -> Mapping[str, str]:
    """One of the files: what it gives the Chinese of, and that."""
    found: dict[str, str] = data(file)
    return found


def data(file: Path) -> Any:
    """The plain data of a YAML file that is part of the program, and as right as it is."""
    return yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506


def _together(folder: str) -> Mapping[str, str]:
    return {
        english: chinese
        for file in sorted((CHINESE / folder).glob("*.yaml"))
        for english, chinese in read(file).items()
    }
