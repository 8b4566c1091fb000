"""The ledger's journal: what happened, in order, append-only and hash-chained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from mailflow.adapters.sql.chain import FIRST, chain_hash
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import cases, customers, journal

# What is told of a case stands in its archive too, so its customer has changed.
_TOUCH = (
    customers.update()
    .where(
        customers.c.id.in_(
            sa.select(cases.c.customer_id).where(cases.c.id.in_(sa.bindparam("b_cases", expanding=True)))
        )
    )
    .values(changed=customers.c.changed + 1)
)
_LAST = sa.select(journal.c.hash).order_by(journal.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class _Entry:
    at: datetime
    actor: str
    event: str
    message: int | None
    case: int | None
    data: str


class JournalRows(Rows):
    """Rows of ``journal``.  Entries are kept back and written together before the commit."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._entries: list[_Entry] = []

    def journal(
        self,
        event: str,
        now: datetime,
        *,
        actor: str = "mailflow",
        message: int | None = None,
        case: int | None = None,
        **data: str | int | bool | None,
    ) -> None:
        """Say what happened.  ``data`` holds ids and stable words, never a customer's sentences."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._entries.append(_Entry(now, fit(actor, 320), event, message, case, fit(text, 4000)))

    def forget_entries(self, count: int) -> None:
        """Drop the entries made since there were ``count`` (their savepoint was rolled back)."""
        del self._entries[count:]

    def entries_kept_back(self) -> int:
        """How many entries wait to be written."""
        return len(self._entries)

    def write_journal(self) -> None:
        """Chain and write the entries kept back."""
        if not self._entries:
            return
        previous = self.connection.scalar(_LAST) or FIRST
        rows = []
        for entry in self._entries:
            stored_at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            previous = chain_hash(previous, stored_at, entry.actor, entry.event, entry.message, entry.case, entry.data)
            rows.append(
                {
                    "at": entry.at,
                    "actor": entry.actor,
                    "event": entry.event,
                    "message_id": entry.message,
                    "case_id": entry.case,
                    "data": entry.data,
                    "hash": previous,
                }
            )
        self.connection.execute(journal.insert(), rows)
        if told := sorted({entry.case for entry in self._entries if entry.case is not None}):
            self.connection.execute(_TOUCH, {"b_cases": told})
        self._entries = []
