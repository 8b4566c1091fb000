"""What people ask of the outbox: what has not left, and one mail with every try to deliver it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.tables import cases, deliveries, outbox

Row = dict[str, Any]

UNSENT = ("pending", "failed", "parked")
_SHOWN = (
    outbox.c.id, outbox.c.status, outbox.c.occasion, outbox.c.recipient, outbox.c.attempts, outbox.c.created_at,
    outbox.c.next_attempt_at, outbox.c.sent_at, outbox.c.last_error, outbox.c.mail_id, outbox.c.claimed_by,
    cases.c.number.label("case"),
)  # fmt: skip


class OutboxLists:
    """Read-only questions; each answer is one consistent state of the ledger."""

    engine: sa.Engine

    def outbox(self, *, states: tuple[str, ...] | None = None, limit: int = 1000) -> list[Row]:
        """Mails in these states (None: those that have not left), the oldest first; at most ``limit``, the newest."""
        query = _mails().where(outbox.c.status.in_(states or UNSENT)).order_by(outbox.c.id.desc()).limit(limit)
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query).mappings()]
            came_back = _came_back(connection, [row["id"] for row in found if row["status"] == "sent"])
        return [row | {"came_back": row["id"] in came_back} for row in reversed(found)]

    def outgoing(self, mail: int) -> Row | None:
        """One mail with its bytes (``raw``) and its ``deliveries``, or None."""
        query = _mails().add_columns(outbox.c.raw).where(outbox.c.id == mail)
        tries = sa.select(deliveries).where(deliveries.c.outbox_id == mail).order_by(deliveries.c.id)
        with translated(), self.engine.connect() as connection, connection.begin():
            found = connection.execute(query).mappings().first()
            if found is None:
                return None
            noted = [dict(row) for row in connection.execute(tries).mappings()]
            return dict(found) | {"raw": bytes(found["raw"]), "deliveries": noted}


def _mails() -> sa.Select[Any]:
    return sa.select(*_SHOWN).outerjoin(cases, cases.c.id == outbox.c.case_id)


def _came_back(connection: sa.Connection, mails: list[int]) -> set[int]:
    bounced = sa.select(deliveries.c.outbox_id).where(deliveries.c.result == "bounced")
    found: set[int] = set()
    for start in range(0, len(mails), 500):
        found |= set(connection.scalars(bounced.where(deliveries.c.outbox_id.in_(mails[start : start + 500]))))
    return found
