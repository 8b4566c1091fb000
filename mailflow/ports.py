"""What the flow asks of the outside world.  Adapters implement these; tests may fake these and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mailflow.model import Details, FormSpec, Message, OutgoingMail, RawMessage, Refusal


@dataclass(frozen=True, slots=True)
class Oversize:
    """A mail over the size limit, spooled to a file instead of memory: ``path`` holds its whole bytes."""

    message: RawMessage  # raw holds the header section only
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder now: UIDs in ascending order, valid together with ``uidvalidity`` (RFC 9051)."""

    mailbox: str
    folder: str
    uidvalidity: int
    uids: tuple[int, ...]


class Mailbox(Protocol):
    """A place mails arrive in: an IMAP account, a Maildir, a folder of .eml files, an mbox.

    Every method raises TemporaryError when waiting may help, LoginRefused / PermanentError when it will not; after
    an error the object reconnects by itself on the next call.  Reading never sets a flag; nothing is ever expunged.
    """

    name: str

    def listing(self) -> Sequence[Listing]:
        """The folders watched, each with what lies in it."""
        ...

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize]:
        """Yield the mails of these UIDs, in that order; a UID that has vanished is left out.

        The adapter reads in batches bounded by count and bytes; memory stays bounded however much is asked for.
        """
        ...

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Tell colleagues that these are collected: flag, move, or nothing, as configured.  Safe to repeat."""
        ...

    def wait(self, seconds: float) -> None:
        """Return when new mail may have arrived (IDLE), at the latest after ``seconds``.  Only a wake-up."""
        ...

    def close(self) -> None:
        """Let go of the connection; never raises."""
        ...


class Sender(Protocol):
    """Sends one mail over a kept connection."""

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        """Hand the mail to the server; the refusals of single recipients are returned when at least one was taken.

        Raises TemporaryError (4xx for all, connection lost, server away), LoginRefused, or PermanentError (5xx for
        all).  After a TemporaryError it is unknown whether the server took the mail: repeat the same bytes.
        """
        ...

    def close(self) -> None:
        """End the connection politely; never raises."""
        ...


class Vault(Protocol):
    """Immutable bytes under their SHA-256: raw mails as received, records as issued."""

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        """Store all of these durably (one sync for the group) and return their digests (hex), in order."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes of a digest; raises NeedsPerson("damaged") when absent or altered."""
        ...


class Reader(Protocol):
    """Reads facts from a decoded mail with the rulebook."""

    def read(self, message: Message, now: datetime) -> Details:
        """Pure: the same message and time give the same Details."""
        ...


class Forms(Protocol):
    """Word forms: which exist and how to fill them."""

    def specs(self) -> Sequence[FormSpec]:
        """The forms that may be filled, by code."""
        ...

    def fill(self, code: str, fields: Mapping[str, Any]) -> bytes:
        """The finished .docx.  The same fields give the same bytes.  Raises PermanentError naming a missing field."""
        ...
