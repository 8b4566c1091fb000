"""The ledger's rows of mails that ask one person for several tasks of a case at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.joint_tables import joint_asks, joint_points
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import outbox
from mailflow.domain.joint_ports import JointAsk, Point


class JointRows(Rows):
    """Rows of ``joint_asks`` and ``joint_points``."""

    def add_joint_ask(
        self, case_id: int, person: str, mail_id: str, points: Sequence[tuple[int, int]], now: datetime
    ) -> int:
        """Enter a joint ask of these tasks and versions of records, numbered from 1."""
        values = {"case_id": case_id, "person": fit(person, 320), "mail_id": fit(mail_id, 255), "asked_at": now}
        ask = self.insert(joint_asks, values)
        rows = [
            {"ask_id": ask, "number": number, "task_id": task, "record": record}
            for number, (task, record) in enumerate(points, 1)
        ]
        self.connection.execute(joint_points.insert(), rows)
        return ask

    def joint_ask(self, ask_id: int) -> JointAsk | None:
        """The joint ask of a row id."""
        return self._ask(joint_asks.c.id == ask_id)

    def joint_ask_of_mails(self, mail_ids: Sequence[str]) -> JointAsk | None:
        """The newest joint ask that was one of these mails."""
        return self._ask(joint_asks.c.mail_id.in_([fit(item, 255) for item in mail_ids]))

    def was_asked_for(self, task_id: int, person: str, since: datetime) -> bool:
        """Did a mail ask this person for this task since then, alone or among others?"""
        alone = sa.select(outbox.c.id).where(
            outbox.c.recipient == person,
            outbox.c.created_at >= since,
            outbox.c.occasion.startswith(f"ask:{task_id}:", autoescape=True),
        )
        joint = (
            sa.select(joint_points.c.ask_id)
            .join(joint_asks, joint_asks.c.id == joint_points.c.ask_id)
            .where(joint_points.c.task_id == task_id, joint_asks.c.person == person, joint_asks.c.asked_at >= since)
        )
        return any(self.connection.execute(query.limit(1)).first() for query in (alone, joint))

    def _ask(self, which: sa.ColumnElement[bool]) -> JointAsk | None:
        query = sa.select(joint_asks).where(which).order_by(joint_asks.c.id.desc()).limit(1)
        row = self.connection.execute(query).first()
        if row is None:
            return None
        points = sa.select(joint_points.c.number, joint_points.c.task_id, joint_points.c.record).where(
            joint_points.c.ask_id == row.id
        )
        found = self.connection.execute(points.order_by(joint_points.c.number))
        return JointAsk(row.id, row.case_id, row.person, row.asked_at, tuple(Point(*point) for point in found))
