"""Getting mails off the server: sizes first, then whole batches; large mails in pieces straight to disk.

A batch costs one round trip, so 50 mails cost what one does.  ``BODY.PEEK[]`` is the only way mails are read here:
it does not set ``\\Seen`` (RFC 9051 section 6.4.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailflow.adapters.imap.session import Session
from mailflow.adapters.local.files import HEADER_LIMIT, PIECE, spool, spool_name
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Oversize

# A mail that came from somewhere has one of these fields.
_TRAVELLED = re.compile(rb"^(?:date|message-id|to|received):", re.I | re.M)


def sizes(session: Session, uids: Sequence[int]) -> dict[int, int | None]:
    """RFC822.SIZE of each UID that still exists; None when the server does not say."""
    with session.guard("asking for sizes", over_mails=True):
        answer = session.client.fetch(uids, ["UID", "RFC822.SIZE"])
    return {uid: _int(item.get(b"RFC822.SIZE")) for uid, item in answer.items()}


def received(session: Session, uids: Sequence[int]) -> dict[int, datetime | None]:
    """INTERNALDATE of each UID that still exists, in UTC; None when the server does not say."""
    with session.guard("asking when mails came"):
        answer = session.client.fetch(uids, ["UID", "INTERNALDATE"])
    return {uid: _utc(item.get(b"INTERNALDATE")) for uid, item in answer.items()}


def bodies(session: Session, place: Callable[[int], Place], uids: Sequence[int]) -> dict[int, RawMessage]:
    """The mails of these UIDs in one round trip; what the server leaves out is left out."""
    with session.guard("fetching mails", over_mails=True):
        answer = session.client.fetch(uids, ["UID", "INTERNALDATE", "BODY.PEEK[]"])
    found = {}
    for uid, item in answer.items():
        raw = item.get(b"BODY[]")
        # Unasked FETCH answers (a colleague set a flag) carry no body; a server that failed inside says NIL or "".
        if isinstance(raw, bytes) and raw:
            found[uid] = RawMessage(place(uid), raw, _utc(item.get(b"INTERNALDATE")))
    doubted = [uid for uid, mail in found.items() if not _TRAVELLED.search(mail.raw[:HEADER_LIMIT])]
    for uid in _gone(session, doubted):
        del found[uid]
    return found


def _gone(session: Session, uids: Sequence[int]) -> list[int]:
    """Which of these are there no more: Courier hands out a mail of its own making in the place of a deleted one."""
    if not uids:
        return []
    with session.guard("looking whether mails are there", over_mails=True):
        session.client.noop()  # it tells of what was deleted only when it is asked for something else
        left = session.client.search(["UID", ",".join(map(str, uids))])
    return [uid for uid in uids if uid not in left]


def stream(session: Session, place: Place, expected: int, spool_dir: Path) -> Oversize | None:
    """Write a large mail to ``spool_dir`` in partial fetches; None when the server does not give it.

    The file's name depends on the place alone, so a repeated or broken-off fetch does not pile up files.
    """
    with session.guard("fetching a header", over_mails=True):
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


def plan(uids: Iterable[int], known: Mapping[int, int | None], limits: Limits) -> Iterator[list[int]]:
    """Cut UIDs into batches by count and bytes, keeping their order; vanished ones are dropped.

    Large mails and mails of unknown size travel by themselves.
    """
    batch: list[int] = []
    total = 0
    for uid in uids:
        if uid not in known:
            continue
        size = known[uid]
        single = size is None or size > limits.mail_bytes
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


class _VanishedError(Exception):
    """The mail went away while it was being read."""


def _pieces(session: Session, uid: int, expected: int) -> Iterator[bytes]:
    start = 0
    while True:
        with session.guard("fetching a large mail", over_mails=True):
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
