"""What people ask the ledger about casework: open tasks, promises, who signed what, the complaint ledger 投诉台账."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import decided
from mailflow.adapters.sql.correction_rows import all_corrections
from mailflow.adapters.sql.dossier import PAGE
from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.procedure_rows import ProcedureTexts
from mailflow.adapters.sql.tables import (
    answers,
    cases,
    corrections,
    customers,
    findings,
    promises,
    records,
    signatures,
    tasks,
)
from mailflow.adapters.sql.task_rows import BY_PRIORITY
from mailflow.casework.corrections import facts
from mailflow.domain.model import Kind
from mailflow.domain.ports import Correction
from mailflow.domain.tasks import CaseStatus, TaskStatus
from mailflow.procedures.extra import spec_of
from mailflow.procedures.model import Procedure, TaskSpec

Row = dict[str, Any]

# A person's word about the kind comes before the case's own.
said_kind = sa.func.coalesce(
    sa.select(corrections.c.value)
    .where(corrections.c.case_id == cases.c.id, corrections.c.field == "kind")
    .order_by(corrections.c.id.desc())
    .limit(1)
    .scalar_subquery(),
    cases.c.kind,
)

_BY_PEOPLE = ("signature", "reply")
_OPEN = TaskStatus.OPEN.value
_FACTS = ("product", "model", "batch_no", "quantity", "defect_or_issue", "requested_deadline")
_PLAN = "plan"
_RESULT = ("conclusion", "disposition", "end_reason")  # the first that was answered is the result
_ANSWERED = (_PLAN, *_RESULT, "resp_dept", "reason_code", "satisfied", "amount")
_OF_CASE = (
    cases.c.number.label("case"), customers.c.number.label("customer"), customers.c.company,
    decided.severity.label("severity"),
)  # fmt: skip


class CaseworkLists:
    """Read-only questions about casework; each answer is one consistent state of the ledger.  Times are aware UTC."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._procedures = ProcedureTexts()

    def tasks(
        self,
        *,
        now: datetime,
        person: str | None = None,
        late: bool = False,
        unheld: bool = False,
        case: str = "",
        limit: int = 1000,
    ) -> list[Row]:
        """Open tasks, the most urgent first: by the priority of their cases, then by due time.

        ``person`` (an address): only theirs; ``late``: only those whose time is over; ``unheld``: only those that
        wait for a person when nobody holds the role; ``case``: only of this case.  A row has id, case, customer (its
        number), company, severity, priority, name, title, title_en, by (``signature``, ``reply``, ``event``,
        ``clock``), role, person, opened_at, due_at, late, asked_at, step, record (number), revision.
        """
        query = (
            sa.select(
                tasks.c.id, *_OF_CASE, cases.c.priority, cases.c.procedure, tasks.c.name, tasks.c.role, tasks.c.person,
                tasks.c.opened_at, tasks.c.due_at, tasks.c.asked_at, tasks.c.step,
                sa.func.coalesce(records.c.number, "").label("record"), records.c.revision,
            )
            .join(cases, cases.c.id == tasks.c.case_id)
            .join(customers, customers.c.id == cases.c.customer_id)
            .outerjoin(records, records.c.id == tasks.c.record)
            .where(tasks.c.status == _OPEN)
            .order_by(BY_PRIORITY, tasks.c.due_at.is_(None), tasks.c.due_at, tasks.c.id)
        )  # fmt: skip
        if person is not None or unheld:
            query = query.where(tasks.c.person == ("" if unheld else str(person).strip().lower()))
        if late:
            query = query.where(tasks.c.due_at < now)
        if case:
            query = query.where(cases.c.number == case)
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query if unheld else query.limit(limit)).mappings()]
            known = self._procedures.read(connection, {row["procedure"] for row in found})
        for row in found:
            spec = _spec(known.get(row.pop("procedure")), row["name"])
            row["title"], row["title_en"] = (spec.title.zh, spec.title.en) if spec else ("", "")
            row["by"] = spec.done_by if spec else ""
            row["late"] = row["due_at"] is not None and row["due_at"] < now
        # Whoever waits for the world or the clock needs nobody.
        return [row for row in found if not unheld or row["by"] in (*_BY_PEOPLE, "")][:limit]

    def promises(self, *, now: datetime, open_only: bool = True, late: bool = False, limit: int = 1000) -> list[Row]:
        """Promises made to customers, those due first; kept ones only when asked for.

        A row has id, case, customer, company, severity, kind, words, due_at, late, approved_by, made_at, kept_at.
        """
        query = (
            sa.select(
                promises.c.id, *_OF_CASE, promises.c.kind, promises.c.words, promises.c.due_at,
                promises.c.approved_by, promises.c.made_at, promises.c.kept_at,
            )
            .join(cases, cases.c.id == promises.c.case_id)
            .join(customers, customers.c.id == cases.c.customer_id)
            .order_by(promises.c.due_at.is_(None), promises.c.due_at, promises.c.id)
            .limit(limit)
        )  # fmt: skip
        if open_only or late:
            query = query.where(promises.c.kept_at.is_(None))
        if late:
            query = query.where(promises.c.due_at < now)
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query).mappings()]
        for row in found:
            row["late"] = row["kept_at"] is None and row["due_at"] is not None and row["due_at"] < now
        return found

    def records(self, *, case: str = "", unsigned: bool = False, limit: int = 50) -> list[Row]:
        """The newest revision of records, the newest first; ``unsigned``: those somebody is asked to sign or fill now.

        A row has number, revision, form, title, case, customer, company, severity, issued_at, file_name;
        ``signed``: who signed (cell, name, at, way); ``missing``: who must still sign (task, title, title_en, cell,
        role, person, since, due_at; person and times are empty while the task has not begun, which may yet turn out not
        to be needed).  Nobody must sign for a closed case.
        """
        newer = records.alias()
        query = (
            sa.select(
                records.c.id, records.c.case_id, records.c.number, records.c.revision, records.c.form,
                records.c.title, *_OF_CASE, records.c.issued_at, records.c.file_name, cases.c.procedure,
                cases.c.status,
            )
            .join(cases, cases.c.id == records.c.case_id)
            .join(customers, customers.c.id == cases.c.customer_id)
            .where(~sa.exists().where(newer.c.number == records.c.number, newer.c.revision > records.c.revision))
            .order_by(records.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        if case:
            query = query.where(cases.c.number == case)
        if unsigned:
            asked = records.alias()  # a version that says the same of what is to be signed
            waiting = sa.select(asked.c.number).join(tasks, tasks.c.record == asked.c.id).where(tasks.c.status == _OPEN)
            query = query.where(records.c.number.in_(waiting))
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query).mappings()]
            known = self._procedures.read(connection, {row["procedure"] for row in found})
            given = _signatures(connection, [row["number"] for row in found])
            running = _current_tasks(connection, {row["case_id"] for row in found})
        for row in found:
            mine = row.pop("case_id")
            procedure, is_open = known.get(row.pop("procedure")), row.pop("status") == CaseStatus.OPEN.value
            row["signed"] = given[row["number"]]
            del row["id"]
            row["missing"] = _missing(row["number"], row["form"], procedure, running[mine]) if is_open else []
        return found

    def complaints(self, year: int, month: int = 0, *, zone: tzinfo) -> list[Row]:
        """The ledger of complaints 投诉台账: one row a complaint received in that (local) year or month, by number.

        A row has number, kind (what a person says now), date (local), opened_at, channel, customer, company, product,
        model, batch, quantity, trouble, class, severity (and severity_read), owner, instructions, department,
        first_response (when the plan was first answered), required_by, validity, reason, result, amount, satisfied,
        status, round, closed_at.  Several values are joined by ；, unknown ones are empty.  A case is here when it was
        opened as a complaint or a person says it
        is one: no number of the series is left out.
        """
        since, until = _period(year, month, zone)
        is_complaint = sa.or_(cases.c.kind == Kind.COMPLAINT.value, said_kind == Kind.COMPLAINT.value)
        query = (
            sa.select(
                cases.c.id, cases.c.number, said_kind.label("kind"), cases.c.opened_at, cases.c.channel,
                customers.c.number.label("customer"), customers.c.company, cases.c.subkinds, cases.c.intake,
                *decided.DECIDED, cases.c.severity.label("severity_read"), cases.c.status, cases.c.round,
                cases.c.closed_at,
            )
            .join(customers, customers.c.id == cases.c.customer_id)
            .where(cases.c.opened_at >= since, cases.c.opened_at < until, is_complaint)
            .order_by(cases.c.id)
        )  # fmt: skip
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query).mappings()]
            for start in range(0, len(found), PAGE):
                _fill_in(connection, found[start : start + PAGE])
        for row in found:
            del row["id"], row["subkinds"], row["intake"]
            row["date"] = row["opened_at"].astimezone(zone).date()
        return found


# ------------------------------------------------------------------------------------------------------------ parts


def _fill_in(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """What the mails and the people say about these complaints."""
    ids = [row["id"] for row in rows]
    read: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = sa.select(findings.c.case_id, findings.c.field, findings.c.value).where(findings.c.case_id.in_(ids))
    for case, field, value in connection.execute(query.where(findings.c.field.in_(_FACTS)).order_by(findings.c.id)):
        read[case].append((field, value))
    said: dict[int, list[Correction]] = defaultdict(list)
    for item in all_corrections(connection, ids):
        said[item.case_id].append(item)
    answered: dict[int, dict[str, str]] = defaultdict(dict)
    planned: dict[int, datetime] = {}
    asked = sa.select(answers.c.case_id, answers.c.field, answers.c.value, answers.c.at)
    asked = asked.where(answers.c.case_id.in_(ids), answers.c.field.in_(_ANSWERED))
    for case, field, value, at in connection.execute(asked.order_by(answers.c.id)):
        answered[case][field] = value
        if field == _PLAN:
            planned.setdefault(case, at)
    for row in rows:
        known = facts(read[row["id"]], said[row["id"]])
        row |= _said(known) | _decided(answered[row["id"]], planned.get(row["id"])) | {"class": _class(row)}


def _spec(procedure: Procedure | None, task: str) -> TaskSpec | None:
    return spec_of(procedure, task) if procedure else None


def _signatures(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, list[Row]]:
    """The signatures that count, by record number, in the order given."""
    found: dict[str, list[Row]] = defaultdict(list)
    query = (
        sa.select(records.c.number, signatures.c.cell, signatures.c.name, signatures.c.at, signatures.c.way)
        .join(signatures, signatures.c.record_id == records.c.id)
        .where(records.c.number.in_(numbers), signatures.c.current)
        .order_by(signatures.c.id)
    )
    for row in connection.execute(query).mappings():
        found[row["number"]].append({name: row[name] for name in ("cell", "name", "at", "way")})
    return found


def _current_tasks(connection: sa.Connection, case_ids: Iterable[int]) -> dict[int, dict[str, Row]]:
    """The current tasks of cases, by case and name."""
    found: dict[int, dict[str, Row]] = defaultdict(dict)
    query = (
        sa.select(
            tasks.c.case_id, tasks.c.name, tasks.c.status, tasks.c.role, tasks.c.person, records.c.number,
            tasks.c.opened_at, tasks.c.due_at,
        )
        .outerjoin(records, records.c.id == tasks.c.record)
        .where(tasks.c.case_id.in_(list(case_ids)), tasks.c.current)
    )  # fmt: skip
    for row in connection.execute(query).mappings():
        found[row["case_id"]][row["name"]] = dict(row)
    return found


def _missing(number: str, form: str, procedure: Procedure | None, running: Mapping[str, Row]) -> list[Row]:
    """Who must still sign a record: open tasks about it, and tasks of the procedure that have not begun."""
    found = []
    for name, spec in procedure.tasks.items() if procedure else ():
        if spec.done_by != "signature" or spec.form != form:
            continue
        task = running.get(name)
        if task is None:
            found.append(_signer(name, spec, {"role": spec.role, "person": "", "opened_at": None, "due_at": None}))
        elif task["status"] == _OPEN and task["number"] == number:
            found.append(_signer(name, spec, task))
    return found


def _signer(name: str, spec: TaskSpec, task: Row) -> Row:
    return {
        "task": name, "title": spec.title.zh, "title_en": spec.title.en, "cell": spec.sign, "role": task["role"],
        "person": task["person"], "since": task["opened_at"], "due_at": task["due_at"],
    }  # fmt: skip


def _period(year: int, month: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of a local year (month 0) or month, and the first one after it."""
    first = datetime(year, month or 1, 1, tzinfo=zone)
    if month == 0:
        return first, datetime(year + 1, 1, 1, tzinfo=zone)
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)


def _said(known: Mapping[str, Row]) -> Row:
    """The columns that the customer's mails fill, corrected where people corrected them."""
    values = {name: "；".join(known[name]["values"]) if name in known else "" for name in _FACTS}
    return {
        "product": values["product"],
        "model": values["model"],
        "batch": values["batch_no"],
        "quantity": values["quantity"],
        "trouble": values["defect_or_issue"],
        "required_by": values["requested_deadline"],
    }


def _decided(said: Mapping[str, str], planned: datetime | None) -> Row:
    """The columns that people fill."""
    return {
        "department": said.get("resp_dept", ""),
        "first_response": planned,
        "reason": said.get("reason_code", ""),
        "result": next((said[name] for name in _RESULT if said.get(name)), ""),
        "amount": said.get("amount", ""),
        "satisfied": said.get("satisfied", ""),
    }


def _class(row: Row) -> str:
    """The boxes ticked on the registration form, or the sub-kinds that were read."""
    boxes = json.loads(row["intake"]).get("class1")
    return "；".join(map(str, boxes)) if isinstance(boxes, list) and boxes else str(row["subkinds"])
