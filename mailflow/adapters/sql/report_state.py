"""What reports ask of the moment they are of: open cases, late tasks, mail, and how the machine is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql import decided
from mailflow.adapters.sql.by_time import within
from mailflow.adapters.sql.procedure_rows import ProcedureTexts
from mailflow.adapters.sql.tables import (
    cases,
    corrections,
    customers,
    deliveries,
    folders,
    journal,
    messages,
    outbox,
    tasks,
)
from mailflow.domain.anchor import Anchor
from mailflow.domain.model import Status
from mailflow.procedures.exceptions import spec_of
from mailflow.reports.facts import COMPLAINT, LateTask, Mails
from mailflow.reports.span import Span


def open_candidates(connection: sa.Connection, span: Span) -> list[int]:
    """Complaints that may have been open at ``as_of``: those not closed for good before; as read, or as put right."""
    put_right = sa.select(corrections.c.case_id).where(corrections.c.field == "kind")
    query = sa.select(cases.c.id).where(
        cases.c.opened_at < span.as_of,
        sa.or_(cases.c.closed_at.is_(None), cases.c.closed_at >= span.as_of),
        sa.or_(cases.c.kind == COMPLAINT, cases.c.id.in_(put_right)),
    )
    return list(connection.scalars(query.order_by(cases.c.id)))


def late_tasks(connection: sa.Connection, span: Span, procedures: ProcedureTexts) -> tuple[LateTask, ...]:
    """Tasks that were open and past their time, the latest first due first; those that wait for the clock left out."""
    query = (
        sa.select(
            cases.c.number, customers.c.company, customers.c.number, decided.severity, cases.c.procedure, tasks.c.name,
            tasks.c.person, tasks.c.role, tasks.c.due_at,
        )
        .join(cases, cases.c.id == tasks.c.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .where(tasks.c.status.in_(("open", "done")), tasks.c.opened_at < span.as_of, tasks.c.due_at < span.as_of)
        .where(sa.or_(tasks.c.done_at.is_(None), tasks.c.done_at >= span.as_of))
        .where(cases.c.status != "void")
        .order_by(tasks.c.due_at, tasks.c.id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    known = procedures.read(connection, {row[4] for row in rows})
    found = []
    for case, company, customer, severity, digest, name, person, role, due_at in rows:
        procedure = known.get(digest)
        spec = spec_of(procedure, name) if procedure else None
        if spec is not None and spec.done_by == "clock":
            continue
        zh, en = (spec.title.zh, spec.title.en) if spec else ("", "")
        found.append(LateTask(case, company or customer, severity or "", zh or name, en or name, person, role, due_at))
    return tuple(found)


def mails_of(connection: sa.Connection, span: Span) -> Mails:
    """The mails of the period by where they stand now, ours that did not arrive, and the counts of mailboxes."""
    until = min(span.until, span.as_of)
    came = within(connection, messages, messages.c.collected_at, span.since, until)
    by_state = {
        (history, status): count
        for history, status, count in connection.execute(
            sa.select(messages.c.history, messages.c.status, sa.func.count())
            .where(*came)
            .group_by(messages.c.history, messages.c.status)
        )
    }
    count = {status: by_state.get((False, status.value), 0) for status in Status}
    failed = sa.select(sa.func.count(sa.distinct(deliveries.c.outbox_id))).where(
        *within(connection, deliveries, deliveries.c.at, span.since, until),
        deliveries.c.result.in_(("permanent", "bounced")),
    )
    sent = sa.select(sa.func.count()).where(
        outbox.c.status == "sent", outbox.c.sent_at >= span.since, outbox.c.sent_at < until
    )
    unsent = sa.select(sa.func.count()).where(
        outbox.c.status.in_(("pending", "parked", "failed")), outbox.c.created_at < until
    )
    newest = connection.execute(
        sa.select(journal.c.id, journal.c.hash).where(journal.c.at < span.as_of).order_by(journal.c.id.desc()).limit(1)
    ).first()
    return Mails(
        present=connection.scalar(sa.select(sa.func.count()).where(*came, ~messages.c.history)) or 0,
        handled=count[Status.HANDLED],
        aside=count[Status.ASIDE],
        held=count[Status.HELD],
        waiting=count[Status.WAITING],
        imported=sum(number for (history, _), number in by_state.items() if history),
        sent=connection.scalar(sent) or 0,
        unsent=connection.scalar(unsent) or 0,
        failed=connection.scalar(failed) or 0,
        folders=_folders(connection),
        anchor=str(Anchor.of(newest.id, newest.hash)) if newest else "",
    )


# ------------------------------------------------------------------------------------------------------------ parts


def _folders(connection: sa.Connection) -> tuple[tuple[str, bool, datetime | None], ...]:
    query = sa.select(
        folders.c.mailbox, folders.c.folder, folders.c.checked_at, folders.c.present,
        (folders.c.handled + folders.c.aside + folders.c.held + folders.c.old + folders.c.waiting + folders.c.unknown),
    ).where(folders.c.read_to.is_(None)).order_by(folders.c.mailbox, folders.c.folder)  # fmt: skip
    return tuple(
        (f"{mailbox}/{folder}".rstrip("/"), present == sum_, checked)
        for mailbox, folder, checked, present, sum_ in connection.execute(query)
    )
