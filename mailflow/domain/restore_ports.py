"""After a restore: what the mailbox itself still shows of the time the backup lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from mailflow.domain.model import OutgoingMail, Place

Look = Literal["sent", "done"]
"""The folders looked into once after a restore: that of sent mail, that of handled mail."""

LOOKS: tuple[Look, ...] = ("sent", "done")


@dataclass(frozen=True, slots=True)
class SentCopy:
    """A mail of ours in a folder of sent mail: what is needed to know the same mail again.

    ``answers`` is the Message-ID an automatic answer answers, empty for other mails; ``words`` the digest of what it
    says to whom; ``digest`` that of its bytes in the vault; ``sent_at`` when the server got the copy, if it says so.
    """

    place: Place
    mail_id: str
    answers: str
    recipient: str
    words: str
    digest: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A mail that waits for a person because the same may have left before the restore."""

    id: int
    case_id: int | None
    message: int | None
    occasion: str
    mail: OutgoingMail


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the mails of a mailbox came that the ledger knows: ``begin`` is its start, ``times`` how many came when."""

    begin: datetime
    times: Mapping[datetime, int] = field(default_factory=Counter)


class RestoreWork(Protocol):
    """What the ledger keeps of a restore; part of :class:`mailflow.domain.ports.Work`."""

    def safe_since(self) -> datetime | None: ...
    def looked_into(self, what: Look, mailbox: str) -> None: ...
    def was_looked_into(self, what: Look, mailbox: str) -> bool: ...
    def arrivals(self, mailbox: str) -> Arrivals: ...
    def known_digests(self, mailbox: str, digests: Collection[str]) -> set[str]: ...
    def note_copies(self, copies: Sequence[SentCopy]) -> None: ...
    def compare_from(self) -> int | None: ...
    def free_copies(self) -> list[SentCopy]: ...
    def parked_after(self, row: int, limit: int) -> list[Parked]: ...
    def compared(self) -> None: ...
    def found_sent(self, mail: Parked, copy: SentCopy, raw: bytes, now: datetime) -> bool: ...
