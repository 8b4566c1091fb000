"""Mails a server has and does not give: what a mailbox says of them, and what the ledger keeps.

One such mail must not hold up the others, and it must not be forgotten either: it is asked for by itself in the next
rounds, after :data:`TRIES` tries it is left out for :data:`LEFT_OUT_FOR` at a time, and named until it comes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailflow.domain.model import Place


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder now: UIDs in ascending order, valid together with ``uidvalidity`` (RFC 9051)."""

    mailbox: str
    folder: str
    uidvalidity: int
    uids: tuple[int, ...]


TRIES = 3
LEFT_OUT_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A mail that lies in the folder and does not come, and why.

    ``why``: ``connection`` (the server ended it over this mail), ``timeout`` (it gave no answer), ``refused``.
    """

    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Unfetched:
    """What the ledger keeps of it: how often it was asked for in vain, since when, and when it is asked for next."""

    place: Place
    why: str
    tries: int
    first_at: datetime
    next_at: datetime

    @property
    def left_out(self) -> bool:
        """Whether it was asked for often enough to be left out for a while."""
        return self.tries >= TRIES

    def __str__(self) -> str:
        place = f"{self.place.folder} UID {self.place.uid}"
        return f"{place} is not given by the server ({self.why}), tried {self.tries} times"


class MailboxWork(Protocol):
    """Operations on mails that are in a mailbox and not in the ledger."""

    def unfetched(self, listing: Listing) -> list[Unfetched]: ...
    def not_given(self, mail: NotGiven, now: datetime) -> Unfetched: ...
    def no_longer_unfetched(self, listing: Listing, uids: Collection[int]) -> None: ...
