"""A customer's own form that is sent back to him filled in: what is asked of whoever fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.model import Attachment


@dataclass(frozen=True, slots=True)
class Fact:
    """What we know under a name, and what customers' forms call it; an empty ``value`` is not known."""

    name: str
    labels: Sequence[str]
    value: str


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The file with what was filled in.

    ``written`` are the names of facts by the label they were written at, ``known`` of all whose label stands in it;
    ``left`` are labels of places that stay empty.
    """

    content: bytes
    written: Mapping[str, str]
    known: Sequence[str]
    left: Sequence[str]


FillForm = Callable[[Attachment, Sequence[Fact]], FilledForm | None]
"""Fills a Word or Excel file, as data: nothing in it is run.  None: it is none, broken, or asks for outside files."""
