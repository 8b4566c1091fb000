"""Getting mails off the server: sizes first, then whole batches; large mails in pieces straight to disk.

A batch costs one round trip, so 50 mails cost what one does.  ``BODY.PEEK[]`` is the only way mails are read here:
it does not set ``\\Seen`` (RFC 9051 section 6.4.5).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailflow.adapters.imap.session import Session
from mailflow.adapters.local.files import HEADER_LIMIT, PIECE, spool, spool_name
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Oversize

STRIKES, SKIP_FOR = 2, 3600.0


def sizes(session: Session, uids: Sequence[int]) -> dict[int, int | None]:
    """RFC822.SIZE of each UID that still exists; None when the server does not say."""
    with session.guard("asking for sizes"):
        answer = session.client.fetch(uids, ["UID", "RFC822.SIZE"])
    return {uid: _int(item.get(b"RFC822.SIZE")) for uid, item in answer.items()}


def received(session: Session, uids: Sequence[int]) -> dict[int, datetime | None]:
    """INTERNALDATE of each UID that still exists, in UTC; None when the server does not say."""
    with session.guard("asking when mails came"):
        answer = session.client.fetch(uids, ["UID", "INTERNALDATE"])
    return {uid: _utc(item.get(b"INTERNALDATE")) for uid, item in answer.items()}


def bodies(session: Session, place: Callable[[int], Place], uids: Sequence[int]) -> dict[int, RawMessage]:
    """The mails of these UIDs in one round trip; what the server leaves out is left out."""
    with session.guard("fetching mails"):
        answer = session.client.fetch(uids, ["UID", "INTERNALDATE", "BODY.PEEK[]"])
    found = {}
    for uid, item in answer.items():
        raw = item.get(b"BODY[]")
        # Unasked FETCH answers (a colleague set a flag) carry no body; a server that failed inside says NIL or "".
        if isinstance(raw, bytes) and raw:
            found[uid] = RawMessage(place(uid), raw, _utc(item.get(b"INTERNALDATE")))
    return found


def stream(session: Session, place: Place, expected: int, spool_dir: Path) -> Oversize | None:
    """Write a large mail to ``spool_dir`` in partial fetches; None when the server does not give it.

    The file's name depends on the place alone, so a repeated or broken-off fetch does not pile up files.
    """
    with session.guard("fetching a header"):
        wanted = ["UID", "INTERNALDATE", f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"]
        item = session.client.fetch([place.uid], wanted).get(place.uid, {})
    header = _part(item, b"BODY[HEADER]")
    if header is None:
        return None
    path = spool_dir / f"{spool_name(place)}.eml"
    try:
        size = spool(_pieces(session, place.uid, expected), path)
    except _VanishedError:
        return None
    return Oversize(RawMessage(place, header, _utc(item.get(b"INTERNALDATE"))), path, size)


def plan(
    uids: Iterable[int], known: Mapping[int, int | None], limits: Limits, alone: Callable[[int], bool]
) -> Iterator[list[int]]:
    """Cut UIDs into batches by count and bytes, keeping their order; vanished ones are dropped.

    Large mails, mails of unknown size and those ``alone`` says travel by themselves.
    """
    batch: list[int] = []
    total = 0
    for uid in uids:
        if uid not in known:
            continue
        size = known[uid]
        single = size is None or size > limits.mail_bytes or alone(uid)
        if batch and (single or len(batch) >= limits.count or total + (size or 0) > limits.batch_bytes):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size or 0
        if single:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one FETCH may bring."""

    count: int
    batch_bytes: int
    mail_bytes: int


class Suspects:
    """Mails whose fetch ended the connection.

    Usually it was the network; sometimes it is one mail on which the server dies, and then the batch around it would
    never come through.  So the mails of a failed batch are fetched singly next time, and one that twice ended the
    connection when alone is left out for an hour.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._strikes: dict[Place, int] = {}
        self._until: dict[Place, float] = {}

    def alone(self, place: Place) -> bool:
        """Whether this mail must be fetched by itself."""
        return place in self._strikes

    def blocked(self, place: Place) -> bool:
        """Whether this mail is left out for now."""
        if place not in self._until:
            return False
        if self._clock() < self._until[place]:
            return True
        del self._until[place]
        self._strikes[place] = 0
        return False

    def doubt(self, places: Iterable[Place]) -> None:
        """A batch with these mails ended the connection."""
        for place in places:
            self._strikes.setdefault(place, 0)

    def strike(self, place: Place) -> bool:
        """This mail, fetched alone, ended the connection; True when it is left out from now on."""
        self._strikes[place] = self._strikes.get(place, 0) + 1
        if self._strikes[place] < STRIKES:
            return False
        self._until[place] = self._clock() + SKIP_FOR
        return True

    def clear(self, place: Place) -> None:
        """The mail came through."""
        self._strikes.pop(place, None)


class _VanishedError(Exception):
    """The mail went away while it was being read."""


def _pieces(session: Session, uid: int, expected: int) -> Iterator[bytes]:
    start = 0
    while True:
        with session.guard("fetching a large mail"):
            item = session.client.fetch([uid], ["UID", f"BODY.PEEK[]<{start}.{PIECE}>"]).get(uid, {})
        piece = _part(item, b"BODY[]")
        if piece is None and start < expected:
            raise _VanishedError
        yield piece or b""
        start += len(piece or b"")
        # A short piece is the last; a longer one comes from a server that ignores the range and sends it all.
        if piece is None or len(piece) != PIECE:
            return


def _part(item: Mapping[bytes, Any], section: bytes) -> bytes | None:
    for key in (section + b"<0>", section, *(key for key in item if key.startswith(section + b"<"))):
        value = item.get(key)
        if isinstance(value, bytes):
            return value
    return None


def _utc(value: Any) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else None


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) else None
