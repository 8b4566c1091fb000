"""The ledger's rows of duties of the calendar."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa

from mailflow.adapters.sql.duty_tables import duty_occasions, duty_watch
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import answers, cases, customers, tasks
from mailflow.domain.duty_ports import RESULT, DutyLine
from mailflow.domain.model import Customer
from mailflow.domain.tasks import TaskStatus

_O = duty_occasions.c
_CURRENT = sa.and_(tasks.c.case_id == _O.case_id, tasks.c.current)
_HOLDER = (
    sa.select(tasks.c.person).where(_CURRENT, tasks.c.status == TaskStatus.OPEN.value).order_by(tasks.c.id).limit(1)
)
_DOER = (
    sa.select(tasks.c.done_by)
    .where(_CURRENT, tasks.c.status == TaskStatus.DONE.value, tasks.c.done_by != "mailflow")
    .order_by(tasks.c.done_at.desc(), tasks.c.id.desc())
    .limit(1)
)
_SAID = (
    sa.select(answers.c.value)
    .where(answers.c.case_id == _O.case_id, answers.c.field == RESULT)
    .order_by(answers.c.id.desc())
    .limit(1)
)


class DutyRows(Rows):
    """Rows of ``duty_watch`` and ``duty_occasions``."""

    def duties_since(self, names: Collection[str], now: datetime) -> dict[str, datetime]:
        """Since when each was last looked at; one that is new, or was switched off, begins now."""
        rows = self.connection.execute(sa.select(duty_watch.c.duty, duty_watch.c.looked_at))
        known = {row.duty: row.looked_at for row in rows}
        if gone := known.keys() - set(names):
            self.connection.execute(duty_watch.delete().where(duty_watch.c.duty.in_(gone)))
        for name in sorted(set(names) - known.keys()):
            self.connection.execute(duty_watch.insert(), {"duty": name, "looked_at": now})
        return {name: known.get(name, now) for name in names}

    def duties_looked_at(self, now: datetime) -> None:
        """All that began until now is opened; a clock that was set back brings nothing again."""
        self.connection.execute(duty_watch.update().where(duty_watch.c.looked_at < now).values(looked_at=now))

    def begin_duty(self, duty: str, period: str, person: str, day: date, case: int, now: datetime) -> None:
        """Note that the work of this period was opened as a case; raises IntegrityError when it was before."""
        values = {"duty": duty, "period": period, "person": fit(person, 320), "day": day.isoformat()}
        self.connection.execute(duty_occasions.insert(), {**values, "case_id": case, "begun_at": now})

    def has_begun(self, duty: str, period: str, person: str) -> bool:
        """Was the work of this period opened, for this person, before?"""
        key = {"duty": duty, "period": period, "person": fit(person, 320)}
        return self.connection.execute(sa.select(_O.case_id).filter_by(**key)).first() is not None

    def own_company(self, number: str, company: str, now: datetime) -> Customer:
        """The customer under which our own matters lie; its name leads no mail there."""
        query = sa.select(customers.c.id, customers.c.number, customers.c.company, customers.c.created_at)
        row = self.connection.execute(query.where(customers.c.number == number)).first()
        if row is not None:
            return Customer(*row)
        values = {"number": number, "company": fit(company, 255), "company_key": "", "created_at": now}
        return Customer(self.insert(customers, values), number, fit(company, 255), now)

    def duty_lines(self, since: date) -> list[DutyLine]:
        """The occasions due from this day on, by day."""
        return duty_lines(self.connection, since)


def duty_lines(connection: sa.Connection, since: date) -> list[DutyLine]:
    """The occasions of duties due from this day on, by day."""
    query = (
        sa.select(
            _O.duty, _O.period, _O.person, _O.day, cases.c.number, cases.c.status, _O.begun_at, cases.c.closed_at,
            _HOLDER.scalar_subquery().label("holder"), _DOER.scalar_subquery().label("doer"),
            _SAID.scalar_subquery().label("said"),
        )
        .join(cases, cases.c.id == _O.case_id)
        .where(_O.day >= since.isoformat())
        .order_by(_O.day, _O.duty, _O.period, _O.person)
    )  # fmt: skip
    return [
        DutyLine(
            row.duty, row.period, row.person, date.fromisoformat(row.day), row.number, row.status, row.begun_at,
            row.closed_at, row.holder or "", row.doer or "", row.said or "",
        )
        for row in connection.execute(query)
    ]  # fmt: skip
