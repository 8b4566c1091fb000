"""The journal's hash chain: each entry's hash covers the entry and the hash before it.

An entry changed, removed or slipped in later breaks every hash behind it, so one pass over the journal shows where
it was touched.  The hash of the last entry, noted elsewhere, also shows entries cut off at the end.
"""

from __future__ import annotations

import hashlib
import json

FIRST = ""  # what stands before the first entry


def chain_hash(
    previous: str, at: str, actor: str, event: str, message_id: int | None, case_id: int | None, data: str
) -> str:
    """The SHA-256 (hex) of an entry that follows ``previous``.

    ``at`` is the text as stored (fixed-width UTC, see ``tables.Instant``) and ``data`` the JSON text as stored, so
    that the check needs no parsing and cannot depend on how a library prints numbers.
    """
    entry = {"actor": actor, "at": at, "case_id": case_id, "data": data, "event": event, "message_id": message_id}
    canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode("utf-8", "surrogatepass")).hexdigest()
