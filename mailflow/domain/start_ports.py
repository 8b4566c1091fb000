"""From when on the mail of a mailbox is new: what was there before is counted, and nobody is answered by himself.

What counts is when the trusted server received a mail (IMAP INTERNALDATE, RFC 9051 section 2.3.3), never its ``Date:``.
Once a folder is looked into for the first time its start stands for good: after an outage everything received since is
new work, however old it has become.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mailflow.domain.mailbox_ports import Listing

SKEW = timedelta(hours=1)
"""How far the server's clock may be behind ours before a mail that came in after the start is taken for an old one."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start of one folder.

    ``at``: mail received before it is old; None: all mail is taken.  ``first``: the folder was not looked into before.
    ``same_uids``: the UIDs are those of the time of the first look, so that an unknown one came in after it.
    """

    at: datetime | None = None
    first: bool = False
    same_uids: bool = True

    def is_old(self, received_at: datetime | None) -> bool:
        """Is a mail nobody has seen yet one from before the start?  ``received_at`` is None where nobody says when."""
        if self.at is None:
            return False
        if received_at is None:
            return self.first  # it lay there when we came
        came_later = self.same_uids and not self.first
        return received_at < (self.at - SKEW if came_later else self.at)


class StartWork(Protocol):
    """What the ledger keeps of it; part of :class:`mailflow.domain.ports.Work`."""

    def noted(self, name: str) -> str: ...
    def note_down(self, name: str, value: str) -> None: ...
    def begin_mailbox(self, mailbox: str, now: datetime) -> datetime | None: ...
    def starts_of(self, mailboxes: Iterable[str]) -> list[datetime | None]: ...
    def begin_from(self, mailbox: str, since: datetime | None) -> None: ...
    def start_of(self, listing: Listing, now: datetime) -> Start: ...
    def note_old(self, listing: Listing, start: Start, received: Mapping[int, datetime | None]) -> None: ...
    def old_uids(self, listing: Listing) -> set[int]: ...
    def no_longer_old(self, listing: Listing) -> None: ...
