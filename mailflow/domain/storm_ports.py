"""What storms ask of the ledger; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Answer = Literal["one", "each", "none"]
"""What a person says of a pile: one case of all its mails, a case of each, or none."""


@dataclass(frozen=True, slots=True)
class Pile:
    """A pile of held mail: why (its key), what a person said of it (empty: nothing yet), the case all of it went to."""

    id: int
    key: str
    opened_at: datetime
    answer: str
    case_id: int | None


@dataclass(frozen=True, slots=True)
class HeldTask:
    """What somebody must decide: about a held mail, or about a pile, as lists and mails show it.

    ``since`` is when it was held; ``person`` (an address) and ``due_at`` are empty until the first round after that.
    ``reason`` is the mail's, ``mails`` how many lie there, ``case_number`` the case it is about, if it is about one;
    ``number`` is that of its point in the mail that asks, 0 before.  ``subject`` is the mail's own.
    """

    id: int
    message: int | None
    pile: int | None
    case_id: int | None
    case_number: str
    reason: str
    mails: int
    since: datetime
    person: str
    due_at: datetime | None
    asked_at: datetime | None
    number: int = 0
    subject: str = ""


class StormWork(Protocol):
    """Operations on openings, piles, tasks of held mail, and what is told in a digest."""

    # how fast cases open, and the piles of what came faster
    def opened_at_least(self, key: str, count: int, since: datetime, arrived: tuple[datetime, datetime]) -> bool: ...
    def note_opening(self, keys: Sequence[str], case: int, now: datetime, arrived_at: datetime) -> None: ...
    def pile_up(self, key: str, message: int, now: datetime) -> tuple[int, bool]:
        """Put a mail on the pile of this key, which is begun when there is none without an answer; was it?"""
        ...

    def pile_of(self, message: int) -> Pile | None: ...
    def answer_pile(self, pile: int, answer: Answer, reason: str, *, actor: str, now: datetime) -> list[int] | None:
        """Note what a person says of a pile; the mails it moves, or None when there is no such pile to be answered."""
        ...

    def set_pile_case(self, pile: int, case: int) -> None: ...

    # what a person must decide
    def add_held_task(self, *, message: int | None, pile: int | None, case: int | None, since: datetime) -> None: ...
    def held_tasks(self, limit: int) -> list[HeldTask]:
        """Those not decided, oldest first."""
        ...

    def held_task_given(self, task: int, person: str, due_at: datetime) -> None: ...
    def held_task_asked(self, tasks: Sequence[int], mail_id: str, now: datetime) -> None:
        """Note that they were asked in this mail, numbered from 1 in this order."""
        ...

    def held_task_reminded(self, tasks: Sequence[int], mail_id: str, now: datetime) -> None: ...
    def held_tasks_of(self, mail_ids: Sequence[str]) -> list[HeldTask]:
        """All points of the newest mail of ours with one of these Message-IDs, in order, also those decided."""
        ...

    def held_tasks_beside(self, task: int) -> list[HeldTask]:
        """All points of the mail of ours that asked about this one last, in order; none before it was asked."""
        ...

    def held_decided(self, message: int, reason: str, *, now: datetime) -> bool:
        """Let a held mail be handled like any other, or with a reason set it aside; False when it is not held."""
        ...

    # brakes of mail to our people
    def told_at_least(self, person: str, count: int, since: datetime) -> bool: ...
    def gather(self, occasion: str, person: str, words: str, *, case: int | None, now: datetime) -> bool: ...
    def was_gathered(self, occasion: str) -> bool: ...
    def gathered_people(self) -> list[str]: ...
    def gathered_words(self, person: str) -> list[tuple[int, str]]: ...
    def daily_people(self) -> list[str]: ...
    def daily_words(self, person: str) -> list[tuple[int, str]]: ...
    def confirmations(self, person: str) -> list[tuple[int, str]]: ...
    def news(self, person: str) -> list[tuple[int, str]]: ...
    def gathered_told(self, rows: Sequence[int], now: datetime) -> None: ...
