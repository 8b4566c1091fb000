"""What printing asks of the ledger; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UnprintedLetter:
    """A letter of the outbox whose Word file is still to become a PDF; ``raw`` is the whole mail."""

    id: int
    case_id: int | None
    message: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class UnprintedCopy:
    """A signed copy nobody made a PDF of yet; ``newest``: it is the one that counts of its record."""

    signature: int
    case_id: int
    digest: str
    newest: bool


class PrintWork(Protocol):
    """Operations on letters and signed copies that wait for their PDFs."""

    def print_later(self, mail: int) -> None: ...
    def letters_to_print(self, limit: int) -> list[UnprintedLetter]: ...
    def letter_printed(self, mail: int, raw: bytes | None) -> bool: ...
    def copies_to_print(self, limit: int) -> list[UnprintedCopy]: ...
    def copy_printed(self, signature: int, pdf: str) -> None: ...
