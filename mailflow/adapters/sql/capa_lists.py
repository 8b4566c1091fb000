"""The ledger of corrective and preventive actions: one row an action, whatever led to it."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.tables import answers, cases, customers, records, tasks
from mailflow.domain.model import Kind
from mailflow.domain.tasks import CaseStatus, TaskStatus

Row = dict[str, Any]

FORM = "JL-8.5-01"
SOURCE = "顾客投诉"
_FIELDS = ("resp_dept", "action", "preventive", "action_owner", "action_due", "verify_result", "facts_found")
_TASKS = ("capa_plan", "capa_do", "capa_verify", "capa_close")
_DONE, _OPEN = TaskStatus.DONE.value, TaskStatus.OPEN.value
PLANNED, DOING, CHECKING, CLOSING, CLOSED, NONE = "planned", "doing", "checking", "closing", "closed", "none"
"""Where an action stands: being planned, carried out, its effect checked, to be closed, closed; none was needed."""


class CapaLists:
    """Read-only questions about corrective actions; each answer is one consistent state of the ledger."""

    engine: sa.Engine

    def actions(self, *, now: datetime, open_only: bool = False) -> list[Row]:
        """Every corrective action, by the day its case was opened: of complaints, and those opened by ourselves.

        A row has number (of the report, empty before there is one), case, opened_at, source, company, product, model,
        batch, fact, department, action, preventive, owner (an address or name as answered), due (ISO day), done_at,
        verified_at, effect, status (:data:`PLANNED` ...), closed_at, late.  Times are aware UTC; unknown is empty.
        """
        own = cases.c.kind == Kind.CAPA.value
        with_plan = sa.exists().where(
            tasks.c.case_id == cases.c.id, tasks.c.name == "capa_plan", tasks.c.current,
            tasks.c.status.in_((_OPEN, _DONE)),
        )  # fmt: skip
        query = (
            sa.select(cases.c.id, cases.c.number, cases.c.kind, cases.c.status, cases.c.opened_at, cases.c.closed_at,
                      cases.c.intake, cases.c.subject, customers.c.company)
            .join(customers, customers.c.id == cases.c.customer_id)
            .where(sa.or_(own, with_plan), cases.c.status != CaseStatus.VOID.value, cases.c.successor_id.is_(None))
            .order_by(cases.c.opened_at, cases.c.id)
        )  # fmt: skip
        with translated(), self.engine.connect() as connection, connection.begin():
            found = connection.execute(query).all()
            ids = [row.id for row in found]
            said, steps, numbers = _said(connection, ids), _steps(connection, ids), _numbers(connection, ids)
        rows = [_row(case, said[case.id], steps[case.id], numbers.get(case.id, ""), now) for case in found]
        return [row for row in rows if not open_only or row["status"] not in (CLOSED, NONE)]


# ------------------------------------------------------------------------------------------------------------ parts


def _said(connection: sa.Connection, ids: list[int]) -> dict[int, dict[str, str]]:
    """The newest answer of each field; of the action what its own report says, where several steps said it."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    query = (
        sa.select(answers.c.case_id, answers.c.field, answers.c.value)
        .join(tasks, tasks.c.id == answers.c.task_id)
        .where(answers.c.case_id.in_(ids), answers.c.field.in_(_FIELDS))
        .order_by(tasks.c.name.like("capa_%"), answers.c.id)
    )
    for case, field, value in connection.execute(query):
        found[case][field] = value
    return found


def _steps(connection: sa.Connection, ids: list[int]) -> dict[int, dict[str, tuple[str, datetime | None]]]:
    found: dict[int, dict[str, tuple[str, datetime | None]]] = defaultdict(dict)
    query = sa.select(tasks.c.case_id, tasks.c.name, tasks.c.status, tasks.c.done_at).where(
        tasks.c.case_id.in_(ids), tasks.c.name.in_(_TASKS), tasks.c.current
    )
    for case, name, status, done_at in connection.execute(query):
        found[case][name] = (status, done_at)
    return found


def _numbers(connection: sa.Connection, ids: list[int]) -> dict[int, str]:
    query = sa.select(records.c.case_id, records.c.number).where(records.c.case_id.in_(ids), records.c.form == FORM)
    return {row.case_id: row.number for row in connection.execute(query)}


def _row(
    case: Any, said: dict[str, str], steps: dict[str, tuple[str, datetime | None]], number: str, now: datetime
) -> Row:
    intake = json.loads(case.intake)

    def known(name: str) -> str:
        value = str(intake.get(name) or "")
        return "" if value == "/" else value

    def done(name: str) -> datetime | None:
        status, at = steps.get(name, ("", None))
        return at if status == _DONE else None

    status, due = _status(case, steps), said.get("action_due", "")
    return {
        "number": number, "case": case.number, "opened_at": case.opened_at,
        "source": known("capa_source") or (SOURCE if case.kind != Kind.CAPA.value else ""), "company": case.company,
        "product": known("product"), "model": known("model"), "batch": known("batch_no"),
        "fact": said.get("facts_found") or known("class2") or known("content") or case.subject,
        "department": said.get("resp_dept", ""), "action": said.get("action", ""),
        "preventive": said.get("preventive", ""), "owner": said.get("action_owner", ""), "due": due,
        "done_at": done("capa_do"), "verified_at": done("capa_verify"), "effect": said.get("verify_result", ""),
        "status": status, "closed_at": done("capa_close"),
        "late": status in (PLANNED, DOING) and bool(due) and due < f"{now:%Y-%m-%d}",
    }  # fmt: skip


def _status(case: Any, steps: dict[str, tuple[str, datetime | None]]) -> str:
    at = {name: status for name, (status, _) in steps.items()}
    if at.get("capa_close") == _DONE:
        return CLOSED
    for name, status in (("capa_close", CLOSING), ("capa_verify", CHECKING), ("capa_do", DOING)):
        if at.get(name) == _OPEN:
            return status
    return NONE if case.status != CaseStatus.OPEN.value else PLANNED
