"""What signed paper shows, and the port that finds it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mailflow.domain.model import Attachment


class Cell(StrEnum):
    """What a signature cell of a returned page shows, against the page as it is printed.

    A hand's strokes; nothing but what we printed; something else, or nobody can tell; it is not on the picture.
    """

    MARKED = "marked"
    EMPTY = "empty"
    UNCLEAR = "unclear"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages of a returned record show: the cells by signer, and the numbers (from 1) of pages not there.

    With a ``problem`` (a word of :class:`mailflow.domain.ports.Scan`, or ``no_printer``) nothing was compared.
    """

    cells: Mapping[str, Cell] = field(default_factory=dict)
    missing: tuple[int, ...] = ()
    problem: str = ""


class Papers(Protocol):
    """Compares returned pages with the record as it is printed."""

    def __call__(self, file: Attachment, record: bytes) -> Shown:
        """What the scan ``file`` of this Word record shows in its signature cells.  Slow; never raises."""
        ...
