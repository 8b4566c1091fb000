"""The folders a mailbox has beside those mail arrives in: that of sent mail, that of handled mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mailflow.domain.mailbox_ports import Listing, NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Oversize


class SentFolder(Protocol):
    """A mailbox with a folder of sent mail; raises what a :class:`mailflow.domain.ports.Mailbox` does."""

    name: str

    def sent_listing(self) -> Listing:
        """That folder, made when it is missing, with what lies in it."""

    def received(self, listing: Listing, uids: Sequence[int]) -> Mapping[int, datetime | None]:
        """As :meth:`mailflow.domain.ports.Mailbox.received`."""

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
        """As :meth:`mailflow.domain.ports.Mailbox.fetch`."""

    def keep_copy(self, mail_id: str, raw: bytes, at: datetime) -> bool:
        """Put a copy of a mail of ours there, unless one with this Message-ID lies there.

        False when this one mail is not taken; TemporaryError when the folder takes nothing now.
        """


class DoneFolder(Protocol):
    """A mailbox that moves handled mails to a folder of their own; raises what a mailbox does."""

    name: str

    def done_listing(self) -> Listing | None:
        """That folder with what lies in it; None while there is none."""

    def received(self, listing: Listing, uids: Sequence[int]) -> Mapping[int, datetime | None]:
        """As :meth:`mailflow.domain.ports.Mailbox.received`."""

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
        """As :meth:`mailflow.domain.ports.Mailbox.fetch`."""
