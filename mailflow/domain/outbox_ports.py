"""What sending asks of the ledger; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from mailflow.domain.model import OutgoingMail

if TYPE_CHECKING:
    from mailflow.domain.mailbox_ports import Listing


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


@dataclass(frozen=True, slots=True)
class Tries:
    """What was tried with a mail of the outbox, since a person last sent it out.

    ``refused_since``: the first answer "not now" about this very mail.  ``broken``: how often the line broke over it.
    ``others_passed``: another mail was sent since the line last broke over this one.
    """

    refused_since: datetime | None
    broken: int
    others_passed: bool


@dataclass(frozen=True, slots=True)
class ReadTo:
    """How far a folder of sent mail was read: up to ``uid`` under this UIDVALIDITY, at this moment."""

    uidvalidity: int
    uid: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail that was sent, for the folder of sent mail."""

    id: int
    mail_id: str
    raw: bytes
    sent_at: datetime


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
    def claim(self, mail: int, by: str, now: datetime) -> bool: ...
    def unclaim(self, mail: int) -> None: ...
    def forget_claims(self) -> int: ...
    def tries(self, mail: int) -> Tries: ...
    def not_sent(
        self, mail: int, error: str, code: int, now: datetime, again_at: datetime | None, *, result: str = ""
    ) -> None: ...
    def outgoing(self, mail: int) -> Mapping[str, Any] | None: ...
    def send_again(self, mail: int, states: Sequence[str], result: str, now: datetime) -> bool: ...
    def cancel(self, mail: int, words: str, now: datetime) -> bool: ...
    def has_come_back(self, mail: int) -> bool: ...
    def ever_tried(self) -> bool: ...
    def unsent_counts(self) -> dict[str, int]: ...
    def park(self, before: datetime) -> int: ...
    def sent_under(self, mail_ids: Sequence[str]) -> list[SentMail]: ...
    def sent_lately_to(self, recipient: str, since: datetime) -> list[SentMail]: ...
    def came_back(self, mail: int, words: str, now: datetime, *, delayed: bool = False) -> bool: ...

    # the folder of sent mail
    def sent_read_to(self, listing: Listing) -> ReadTo | None: ...
    def set_sent_read_to(self, listing: Listing, uid: int, now: datetime) -> None: ...
    def copies_due(self, limit: int, after: int = 0) -> list[Copy]: ...
    def copied(self, mail: int, *, kept: bool) -> None: ...
    def raw_sent_under(self, mail_id: str) -> bytes | None: ...
    def stop_clock(self, task_id: int) -> bool: ...
