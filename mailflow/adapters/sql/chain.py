"""The journal's chain: each entry's hash covers the entry and the hash before it.

An entry changed, removed or slipped in later breaks the chain at that place, so one pass over the journal shows where
it was touched.  Without a key anybody can work the whole chain out anew; with one (decision 26) only who has the key.
What neither shows, entries cut off at the end, shows an anchor that was noted elsewhere (``mailflow.domain.anchor``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, NamedTuple

import sqlalchemy as sa

from mailflow.adapters.sql.keys import JournalKey
from mailflow.adapters.sql.tables import journal

FIRST = ""  # what stands before the first entry

KEYED = "journal.keyed"
"""The event of an entry that states the key it and those behind it bear, and seals all entries before it."""


class Entry(NamedTuple):
    """A journal entry as stored, without its hash.

    ``at`` is the text as stored (fixed-width UTC, see ``columns.Instant``) and ``data`` the JSON text as stored, so
    that the check needs no parsing and cannot depend on how a library prints numbers.
    """

    id: int
    at: str
    actor: str
    event: str
    message_id: int | None
    case_id: int | None
    data: str


COLUMNS = tuple(
    sa.type_coerce(journal.c[name], sa.String).label(name) if name == "at" else journal.c[name]
    for name in Entry._fields
)
"""What to select for an :class:`Entry`."""


def entry_hash(previous: str, entry: Entry, key: JournalKey | None) -> str:
    """The hash (hex) of an entry that follows ``previous``: with a key HMAC-SHA256 (RFC 2104) over every column."""
    if key is None:
        return chain_hash(previous, *entry[1:])
    text = f"{previous}\n{_canonical(entry._asdict())}"
    return hmac.digest(key.value, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def chain_hash(
    previous: str, at: str, actor: str, event: str, message_id: int | None, case_id: int | None, data: str
) -> str:
    """The SHA-256 (hex) of an entry without a key; its number is not in it, as it was not in release 0.1."""
    entry = {"actor": actor, "at": at, "case_id": case_id, "data": data, "event": event, "message_id": message_id}
    return hashlib.sha256(f"{previous}\n{_canonical(entry)}".encode("utf-8", "surrogatepass")).hexdigest()


def seal_line(entry: Entry, stored: str) -> bytes:
    """What a seal (SHA-256 over these lines, in order) takes of an entry: all of it, its number and hash included."""
    return f"{_canonical([*entry, stored])}\n".encode("utf-8", "surrogatepass")


def _canonical(value: Any) -> str:
    # What was put into a column by force may be of any type; that it is none of ours shows in the hash.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)
