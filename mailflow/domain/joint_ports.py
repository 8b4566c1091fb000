"""What mails that ask for several tasks at once ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Point:
    """A numbered point of a joint ask: a task, and the version of the record it was asked about (0: none)."""

    number: int
    task: int
    record: int


@dataclass(frozen=True, slots=True)
class JointAsk:
    """One mail that asks one person for several tasks of one case, its points in order."""

    id: int
    case_id: int
    person: str
    asked_at: datetime
    points: tuple[Point, ...]


class JointWork(Protocol):
    """Operations on joint asks."""

    def add_joint_ask(
        self, case_id: int, person: str, mail_id: str, points: Sequence[tuple[int, int]], now: datetime
    ) -> int:
        """Enter a joint ask of these tasks and versions of records, numbered from 1; its mail has this Message-ID."""
        ...

    def joint_ask(self, ask_id: int) -> JointAsk | None: ...
    def joint_ask_of_mails(self, mail_ids: Sequence[str]) -> JointAsk | None:
        """The newest joint ask that was one of our mails with these Message-IDs."""
        ...

    def was_asked_for(self, task_id: int, person: str, since: datetime) -> bool:
        """Did a mail ask this person for this task since then, alone or among others?"""
        ...
