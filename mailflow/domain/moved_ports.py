"""What is asked of the ledger about cases that people put right; part of :class:`mailflow.domain.ports.Work`.

What each promises stands in mailflow/adapters/sql/moved_rows.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mailflow.domain.model import Case


@dataclass(frozen=True, slots=True)
class ReadFact:
    """One value as it was read from a mail of a case: see :class:`mailflow.domain.model.Finding`."""

    message: int
    field: str
    value: str
    words: str
    source: str
    confidence: float


class MovedWork(Protocol):
    """Cases that go on as another, and mails of two cases, within a write transaction."""

    def going_on(self, case: Case) -> Case: ...
    def goes_on_as(self, case: int, successor: int) -> None: ...
    def predecessors(self, case: int) -> list[Case]: ...
    def mails_of(self, case: int) -> list[int]: ...
    def share_mails(self, case: int, messages: Sequence[int]) -> None: ...
    def cases_beside(self, case: int) -> list[Case]: ...
    def copy_findings(self, from_case: int, to_case: int) -> None: ...
    def facts_read(self, case: int) -> list[ReadFact]: ...
    def was_queued(self, occasion: str) -> bool: ...
