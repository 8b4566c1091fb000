"""Checks of casework in the ledger: tasks, signatures, answers and procedures belong together as they should."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.findings import REPORT, RESTORE, Discrepancy
from mailflow.domain.tasks import CaseStatus, TaskStatus

_SHOWN = 20  # of one sort; the rest is counted

_OPEN = TaskStatus.OPEN.value


def check_casework(connection: sa.Connection) -> Iterator[Discrepancy]:
    """Everything rows of casework say about each other; one query a promise, each shown at most twenty times."""
    for query, words, remedy in _PROMISES:
        yield from _told(connection, query, words, remedy)
    yield from _procedures(connection)


def _told(
    connection: sa.Connection, query: sa.Select[Any], words: Callable[[Any], str], remedy: str
) -> Iterator[Discrepancy]:
    """What breaks a promise: the first column says where, ``words`` says what."""
    wrong = connection.execute(query).fetchall()
    for row in wrong[:_SHOWN]:
        yield Discrepancy("error", str(row[0]), words(row), remedy)
    if len(wrong) > _SHOWN:
        yield Discrepancy("error", str(wrong[_SHOWN][0]), f"and {len(wrong) - _SHOWN} more like this", remedy)


def _procedures(connection: sa.Connection) -> Iterator[Discrepancy]:
    """Every procedure is what its digest names: running cases go by it."""
    for digest, name, text in connection.execute(
        sa.select(t.procedures.c.digest, t.procedures.c.name, t.procedures.c.text)
    ):
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            yield Discrepancy("error", f"procedure {name}", "was altered after cases began to run by it", RESTORE)


c, k, r, s, a = t.cases, t.tasks, t.records, t.signatures, t.answers
_signature = sa.literal("signature ") + sa.cast(s.c.id, sa.String)
_task = sa.literal("task ") + sa.cast(k.c.id, sa.String)

_PROMISES: tuple[tuple[sa.Select[Any], Callable[[Any], str], str], ...] = (
    (
        sa.select(_signature, r.c.number)
        .join(r, r.c.id == s.c.record_id)
        .where(s.c.signed_digest != r.c.digest)
        .order_by(s.c.id),
        lambda row: f"was given for another file than record {row.number}",
        RESTORE,
    ),
    (
        sa.select(_signature, c.c.number)
        .join(c, c.c.id == s.c.case_id)
        .join(k, k.c.id == s.c.task_id)
        .join(r, r.c.id == s.c.record_id)
        .where(sa.or_(k.c.case_id != s.c.case_id, r.c.case_id != s.c.case_id))
        .order_by(s.c.id),
        lambda row: f"of case {row.number} belongs to a task or a record of another case",
        REPORT,
    ),
    (
        sa.select(_signature, k.c.name)
        .join(k, k.c.id == s.c.task_id)
        .where(s.c.current, sa.or_(k.c.status != TaskStatus.DONE.value, sa.not_(k.c.current)))
        .order_by(s.c.id),
        lambda row: f"counts, but its task {row.name} is not done",
        REPORT,
    ),
    (
        sa.select(_signature, s.c.cell).where(s.c.copy_digest == "").order_by(s.c.id),
        lambda row: f"has no copy that shows it (cell {row.cell})",
        REPORT,
    ),
    (
        sa.select(c.c.number, k.c.name)
        .join(k, k.c.case_id == c.c.id)
        .where(k.c.status == _OPEN, c.c.status != CaseStatus.OPEN.value)
        .order_by(k.c.id),
        lambda row: f"is closed, but its task {row.name} is open",
        REPORT,
    ),
    (
        sa.select(c.c.number, c.c.status)
        .where(
            sa.or_(
                c.c.status.not_in([status.value for status in CaseStatus]),
                (c.c.status == CaseStatus.OPEN.value) != c.c.closed_at.is_(None),
            )
        )
        .order_by(c.c.id),
        lambda row: f"has the status {row.status!r}, which its closing time does not bear out",
        REPORT,
    ),
    (
        sa.select(c.c.number, k.c.name).join(k, k.c.case_id == c.c.id).where(c.c.procedure == "").order_by(k.c.id),
        lambda row: f"has a task {row.name}, but runs by no procedure",
        REPORT,
    ),
    (
        sa.select(c.c.number)
        .outerjoin(t.procedures, t.procedures.c.digest == c.c.procedure)
        .where(c.c.procedure != "", t.procedures.c.digest.is_(None))
        .order_by(c.c.id),
        lambda row: "runs by a procedure that is not there",
        RESTORE,
    ),
    (
        sa.select(_task, k.c.status).where(k.c.status.not_in([status.value for status in TaskStatus])).order_by(k.c.id),
        lambda row: f"has the unknown status {row.status!r}",
        REPORT,
    ),
    (
        sa.select(_task, k.c.name)
        .outerjoin(r, sa.and_(r.c.id == k.c.record, r.c.case_id == k.c.case_id))
        .where(k.c.record != 0, r.c.id.is_(None))
        .order_by(k.c.id),
        lambda row: f"({row.name}) is about a record that its case does not have",
        REPORT,
    ),
    (
        sa.select(c.c.number, k.c.name, sa.func.count().label("times"))
        .join(k, k.c.case_id == c.c.id)
        .where(k.c.current)
        .group_by(c.c.id, c.c.number, k.c.name)
        .having(sa.func.count() > 1)
        .order_by(c.c.id, k.c.name),
        lambda row: f"has the task {row.name} {row.times} times at once",
        REPORT,
    ),
    (
        sa.select(sa.literal("answer ") + sa.cast(a.c.id, sa.String))
        .join(k, k.c.id == a.c.task_id)
        .where(k.c.case_id != a.c.case_id)
        .order_by(a.c.id),
        lambda row: "belongs to a task of another case",
        REPORT,
    ),
    (
        sa.select(r.c.number)
        .group_by(r.c.number)
        .having(
            sa.or_(sa.func.min(r.c.case_id) != sa.func.max(r.c.case_id), sa.func.min(r.c.form) != sa.func.max(r.c.form))
        )
        .order_by(r.c.number),
        lambda row: "is the number of records of more than one case or form",
        REPORT,
    ),
)
