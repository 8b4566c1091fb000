"""What sending asks of the ledger; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailflow.domain.model import OutgoingMail


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail in the outbox that is due."""

    id: int
    case_id: int | None
    message: int | None
    mail: OutgoingMail
    attempts: int


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours as a report of its return must name it: its row, case, Message-ID and recipient."""

    id: int
    case_id: int | None
    mail_id: str
    recipient: str


class OutboxWork(Protocol):
    """Operations on our own mails: queued, due, sent, come back."""

    def queue(
        self, occasion: str, mail: OutgoingMail, *, case: int | None, message: int | None, now: datetime
    ) -> int | None: ...
    def queued_since(self, recipient: str, since: datetime, *, occasion: str = "") -> int: ...
    def answers_since(self, recipient: str, since: datetime) -> int: ...
    def queued_at_least(self, count: int, since: datetime) -> bool: ...
    def due_mail(self, limit: int, now: datetime) -> list[QueuedMail]: ...
    def sent(self, mails: Sequence[int], now: datetime) -> None: ...
    def not_sent(self, mail: int, error: str, code: int, now: datetime, again_at: datetime | None) -> None: ...
    def sent_under(self, mail_ids: Sequence[str]) -> list[SentMail]: ...
    def came_back(self, mail: int, words: str, now: datetime, *, delayed: bool = False) -> bool: ...
