"""Customers who hear nothing: the last word each open case's customer had of us."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.dossier import STAFF_OCCASIONS
from mailflow.adapters.sql.rows import Rows
from mailflow.adapters.sql.tables import cases, journal, outbox
from mailflow.casework.by_hand import EVENT
from mailflow.domain.tasks import CaseStatus

_STAFF = (*STAFF_OCCASIONS, "held", "gathered", "daily", "summary")
_LETTER = (
    sa.select(sa.func.max(outbox.c.created_at))
    .where(
        outbox.c.case_id == cases.c.id,
        outbox.c.status.in_(("pending", "sent", "parked")),
        *(outbox.c.occasion.not_like(f"{name}:%") for name in _STAFF),
    )
    .scalar_subquery()
)
_BY_HAND = (
    sa.select(sa.func.max(journal.c.at))
    .where(journal.c.case_id == cases.c.id, journal.c.event == EVENT)
    .scalar_subquery()
)
_OPEN = (
    sa.select(cases.c.id, cases.c.opened_at, _LETTER.label("letter"), _BY_HAND.label("by_hand"))
    .where(
        cases.c.status == CaseStatus.OPEN.value, cases.c.procedure != "", cases.c.channel == "mail",
        cases.c.opened_at < sa.bindparam("b_before"),
    )
    .order_by(cases.c.id)
)  # fmt: skip


class QuietRows(Rows):
    """The last word a customer had."""

    def quiet_cases(self, before: datetime, limit: int) -> list[tuple[int, datetime]]:
        """Open cases whose customer had no word since then; see :class:`mailflow.domain.quiet_ports.QuietWork`."""
        rows = self.connection.execute(_OPEN, {"b_before": before})
        last = ((row.id, max(filter(None, (row.opened_at, row.letter, row.by_hand)))) for row in rows)
        return sorted((item for item in last if item[1] < before), key=lambda item: item[1])[:limit]
