"""What the managers' summary asks the ledger: one read transaction, the rows of the period and the open ones.

Nothing here reads a whole table.  Rows of mails, journal and deliveries are entered in the order of time, so the first
one of a period is found by halving; a clock that was moved back is forgiven up to two days.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import decided
from mailflow.adapters.sql.by_time import within
from mailflow.adapters.sql.casework_lists import said_kind
from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.held_lists import SINGLE, TASK_OF_MAIL, open_piles
from mailflow.adapters.sql.procedure_rows import ProcedureTexts
from mailflow.adapters.sql.storm_rows import STORM
from mailflow.adapters.sql.storm_tables import held_tasks
from mailflow.adapters.sql.tables import (
    cases,
    customers,
    deliveries,
    duties,
    folders,
    journal,
    messages,
    outbox,
    promises,
    records,
    tasks,
)
from mailflow.adapters.sql.unreached_rows import unreached
from mailflow.casework.summary.period import (
    SENT,
    WAITED,
    Arrived,
    CaseEvent,
    DuePromise,
    Facts,
    FolderState,
    Happening,
    HeldMail,
    OpenTask,
    Period,
    Repeat,
    Unsent,
)
from mailflow.domain.anchor import Anchor
from mailflow.domain.model import Status
from mailflow.domain.tasks import TaskStatus
from mailflow.procedures.extra import spec_of

_EVENTS = ("case.opened", "case.reopened", "case.closed")
_OPENED = _EVENTS[0]
_REPEAT = "repeat.proposed"


class SummaryRows:
    """Implements :class:`mailflow.casework.summary.period.Source`."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._procedures = ProcedureTexts()

    def told(self, before: datetime) -> datetime | None:
        """Up to when the last summary that ended before this moment told; None when there was none."""
        query = sa.select(sa.func.max(duties.c.due_at)).where(duties.c.name == SENT, duties.c.due_at < before)
        with translated(), self.engine.connect() as connection, connection.begin():
            found: datetime | None = connection.scalar(query)
            return found

    def read(self, period: Period, now: datetime, *, promises_until: datetime) -> Facts:
        """What happened in the period and what is now, from one state of the ledger."""
        with translated(), self.engine.connect() as connection, connection.begin():
            arrived, imported = _arrived(connection, period)
            events, repeats = _happened(connection, period)
            return Facts(
                period=period,
                now=now,
                arrived=arrived,
                imported=imported,
                late=_late(connection, period),
                events=events,
                tasks=self._tasks(connection),
                held=_held(connection),
                folders=_folders(connection),
                unsent=(
                    *_waiting(connection, now),
                    *_undelivered(connection, period),
                    *unreached(connection, _within(connection, journal, journal.c.at, period)),
                ),
                promises=_promises(connection, promises_until),
                repeats=repeats,
                anchor=str(_anchor(connection) or ""),
            )

    def anchor(self) -> Anchor | None:
        """The journal's head now; None before its first entry."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return _anchor(connection)

    def _tasks(self, connection: sa.Connection) -> tuple[OpenTask, ...]:
        query = (
            sa.select(
                tasks.c.id, cases.c.number, customers.c.number, customers.c.company, decided.severity,
                cases.c.procedure, tasks.c.name, tasks.c.role, tasks.c.person, tasks.c.opened_at, tasks.c.due_at,
                sa.func.coalesce(records.c.number, ""),
            )
            .join(cases, cases.c.id == tasks.c.case_id)
            .join(customers, customers.c.id == cases.c.customer_id)
            .outerjoin(records, records.c.id == tasks.c.record)
            .where(tasks.c.status == TaskStatus.OPEN.value)
        )  # fmt: skip
        rows = connection.execute(query).all()
        known = self._procedures.read(connection, {row[5] for row in rows})
        found = []
        for key, case, customer, company, severity, digest, name, role, person, opened_at, due_at, record in rows:
            procedure = known.get(digest)
            spec = spec_of(procedure, name) if procedure else None
            zh, en, by = (spec.title.zh, spec.title.en, spec.done_by) if spec else ("", "", "")
            found.append(
                OpenTask(
                    key, case, customer, company, severity, name, zh, en, by, role, person, opened_at, due_at, record
                )
            )
        return tuple(found)


# ------------------------------------------------------------------------------------------------------------ parts


def _arrived(connection: sa.Connection, period: Period) -> tuple[tuple[Arrived, ...], int]:
    """Mails of the period by sort, and how many were imported from the past."""
    severity = sa.func.coalesce(decided.severity, "").label("severity")
    reason = sa.case((messages.c.status == Status.ASIDE.value, messages.c.reason), else_="").label("reason")
    sort = (messages.c.history, messages.c.status, messages.c.kind, reason, severity)
    query = (
        sa.select(*sort)
        .outerjoin(cases, cases.c.id == messages.c.case_id)
        .where(*_within(connection, messages, messages.c.collected_at, period))
        .subquery()
    )
    rows: Sequence[Any] = connection.execute(sa.select(*query.c, sa.func.count()).group_by(*query.c)).all()
    fresh = tuple(Arrived(*row[1:]) for row in rows if not row[0])
    return fresh, sum(row[-1] for row in rows if row[0])


def _late(connection: sa.Connection, period: Period) -> int:
    """How many mails of the period could be read only long after they came."""
    query = sa.select(sa.func.count(sa.distinct(journal.c.message_id))).where(
        journal.c.event == "mail.late", *_within(connection, journal, journal.c.at, period)
    )
    return connection.scalar(query) or 0


def _happened(connection: sa.Connection, period: Period) -> tuple[tuple[CaseEvent, ...], tuple[Repeat, ...]]:
    """What the journal of the period says of cases, but of those imported from the past."""
    query = (
        sa.select(
            journal.c.event, journal.c.at, journal.c.data, cases.c.number, said_kind.label("kind"), *decided.DECIDED,
            customers.c.number.label("customer"), customers.c.company, cases.c.subject,
            sa.case((journal.c.event == _OPENED, cases.c.intake), else_="").label("intake"),
        )
        .join(cases, cases.c.id == journal.c.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .outerjoin(messages, messages.c.id == journal.c.message_id)
        .where(*_within(connection, journal, journal.c.at, period), journal.c.event.in_((*_EVENTS, _REPEAT)))
        .where(sa.func.coalesce(messages.c.history, sa.false()) == sa.false())
        .order_by(journal.c.id)
    )  # fmt: skip
    events, repeats = [], []
    for row in connection.execute(query):
        data = json.loads(row.data)
        if row.event == _REPEAT:
            repeats.append(Repeat(row.number, row.company or row.customer, str(data.get("earlier", "")), row.at))
            continue
        what = _what(row.event, str(data.get("how", "")))
        events.append(
            CaseEvent(
                what,
                row.at,
                row.number,
                row.kind,
                row.severity,
                row.customer,
                row.company,
                row.subject,
                validity=row.validity,
                instructions=row.instructions,
                owner=row.owner,
                classes=_classes(row.intake),
            )
        )
    return tuple(events), tuple(repeats)


def _classes(intake: str) -> tuple[str, ...]:
    """The boxes ticked on the registration form of a case as it stands now."""
    boxes = json.loads(intake).get("class1") if intake else None
    return tuple(map(str, boxes)) if isinstance(boxes, list) else ()


def _what(event: str, how: str) -> Happening:
    if event == "case.closed":
        return "closed_unsatisfied" if how == "closed_unsatisfied" else "closed"
    return "opened" if event == "case.opened" else "reopened"


def _held(connection: sa.Connection) -> tuple[HeldMail, ...]:
    query = (
        sa.select(
            messages.c.id, messages.c.mailbox, messages.c.folder, messages.c.reason, messages.c.sender,
            messages.c.subject, messages.c.collected_at, held_tasks.c.person, held_tasks.c.due_at,
        )
        .outerjoin(held_tasks, TASK_OF_MAIL)
        .where(SINGLE)
        .order_by(messages.c.id)
    )  # fmt: skip
    single = [HeldMail(*row[:7], person=row[7] or "", due_at=row[8]) for row in connection.execute(query)]
    heaps = [
        HeldMail(
            pile["pile"], "", "", STORM, pile["samples"][0]["sender"], pile["samples"][0]["subject"],
            pile["opened_at"], person=pile["person"] or "", due_at=pile["due_at"], on_pile=pile["count"],
        )
        for pile in open_piles(connection)
    ]  # fmt: skip
    return (*heaps, *single)


def _folders(connection: sa.Connection) -> tuple[FolderState, ...]:
    query = sa.select(
        folders.c.mailbox, folders.c.folder, folders.c.checked_at, folders.c.present, folders.c.handled,
        folders.c.aside, folders.c.held, folders.c.waiting, folders.c.unknown, folders.c.old,
    ).where(folders.c.read_to.is_(None)).order_by(folders.c.mailbox, folders.c.folder)  # fmt: skip
    return tuple(FolderState(**row) for row in connection.execute(query).mappings())


def _waiting(connection: sa.Connection, now: datetime) -> Iterator[Unsent]:
    """Mails that ought to have left by now; the code is the last attempt's."""
    last = (
        sa.select(deliveries.c.code)
        .where(deliveries.c.outbox_id == outbox.c.id)
        .order_by(deliveries.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(
            outbox.c.recipient, sa.func.coalesce(cases.c.number, ""), outbox.c.created_at, outbox.c.attempts,
            sa.func.coalesce(last, 0), outbox.c.last_error, outbox.c.status,
        )
        .outerjoin(cases, cases.c.id == outbox.c.case_id)
        .where(outbox.c.status.in_(("pending", "parked")), outbox.c.created_at <= now - WAITED)
        .order_by(outbox.c.created_at, outbox.c.id)
    )  # fmt: skip
    for *row, status in connection.execute(query):
        yield Unsent("parked" if status == "parked" else "waiting", *row)


def _undelivered(connection: sa.Connection, period: Period) -> Iterator[Unsent]:
    """Mails that failed for good or came back in the period."""
    query = (
        sa.select(
            deliveries.c.result, outbox.c.recipient, sa.func.coalesce(cases.c.number, ""), deliveries.c.at,
            outbox.c.attempts, deliveries.c.code, deliveries.c.words,
        )
        .join(outbox, outbox.c.id == deliveries.c.outbox_id)
        .outerjoin(cases, cases.c.id == outbox.c.case_id)
        .where(*_within(connection, deliveries, deliveries.c.at, period))
        .where(deliveries.c.result.in_(("permanent", "bounced")))
        .order_by(deliveries.c.id)
    )  # fmt: skip
    for result, *rest in connection.execute(query):
        yield Unsent("bounced" if result == "bounced" else "failed", *rest)


def _promises(connection: sa.Connection, until: datetime) -> tuple[DuePromise, ...]:
    query = (
        sa.select(
            cases.c.number, customers.c.number, customers.c.company, promises.c.words, promises.c.due_at,
            promises.c.approved_by,
        )
        .join(cases, cases.c.id == promises.c.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .where(promises.c.kept_at.is_(None), promises.c.due_at < until)
        .order_by(promises.c.due_at, promises.c.id)
    )  # fmt: skip
    return tuple(DuePromise(*row) for row in connection.execute(query))


def _anchor(connection: sa.Connection) -> Anchor | None:
    newest = connection.execute(sa.select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)).first()
    return Anchor.of(newest.id, newest.hash) if newest else None


def _within(
    connection: sa.Connection, table: sa.Table, at: sa.Column[Any], period: Period
) -> tuple[sa.ColumnElement[bool], ...]:
    return within(connection, table, at, period.since, period.until)
