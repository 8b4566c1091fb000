"""What reports ask the ledger: the cases of a period and what became of them, from one state of the ledger.

Which cases a period is about is found first, by when they came and by what happened in it; then everything asked of
them is read in pages, each table once.  What was entered after the moment a report is of does not count.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.by_time import within
from mailflow.adapters.sql.duty_rows import duty_lines
from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.procedure_rows import ProcedureTexts
from mailflow.adapters.sql.report_period_rows import sent_reports
from mailflow.adapters.sql.report_repeats import Earlier
from mailflow.adapters.sql.report_state import late_tasks, mails_of, open_candidates
from mailflow.adapters.sql.tables import (
    answers,
    cases,
    corrections,
    customers,
    findings,
    journal,
    messages,
    outbox,
    promises,
    tasks,
)
from mailflow.casework.corrections import SEPARATOR
from mailflow.domain.duty_ports import DutyLine
from mailflow.domain.model import OWN, SUPERSEDED
from mailflow.domain.report_ports import SentReport
from mailflow.reports.facts import (
    CAPA_TASKS,
    CLOSING_TASK,
    COMPLAINT,
    EIGHT_D_TASKS,
    CaseFacts,
    PeriodFacts,
    Promise,
    Said,
    Step,
)
from mailflow.reports.span import Span

PAGE = 500
IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)

OPENED, CLOSED, REOPENED, BY_HAND = "case.opened", "case.closed", "case.reopened", "answer.by_hand"
LETTERS = ("progress", "answer")
TOLD = ("told", "delivered")
ASKED = (
    "severity_judged", "validity", "reason_code", "resp_dept", "satisfied", "satisfied_words", "verify_result",
    "amount", "investigator", "conclusion", "disposition", "plan", "adopted", "end_reason",
)  # fmt: skip
LISTED = ("investigator", "severity_judged", "resp_dept")
READ = ("product", "model", "defect_or_issue")
STEPS = (*CAPA_TASKS, *EIGHT_D_TASKS, CLOSING_TASK)
COUNTED = ("open", "done")


class ReportRows:
    """Implements :class:`mailflow.reports.facts.Source`."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._procedures = ProcedureTexts()

    def read(self, spans: Sequence[Span], *, whole: bool = True) -> tuple[PeriodFacts, ...]:
        """What the ledger says of these periods, from one state of it; all of the first, unless not ``whole``."""
        with translated(), self.engine.connect() as connection, connection.begin():
            earlier = Earlier(connection, spans)
            if not whole:
                return tuple(self._read(connection, span, earlier) for span in spans)
            first, *others = spans
            found = [self._read(connection, first, earlier, open_candidates(connection, first), whole=True)]
            found[0] = replace(
                found[0], late=late_tasks(connection, first, self._procedures), mails=mails_of(connection, first)
            )
            return (*found, *(self._read(connection, span, earlier) for span in others))

    def sent(self, reader: str, *, limit: int) -> list[SentReport]:
        """The reports sent to such readers, the newest first."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return sent_reports(connection, reader, limit)

    def duty_lines(self, since: date) -> list[DutyLine]:
        """The occasions of duties due from this local day on, by day."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return duty_lines(connection, since)

    def _read(
        self,
        connection: sa.Connection,
        span: Span,
        earlier: Earlier,
        waiting: Sequence[int] = (),
        *,
        whole: bool = False,
    ) -> PeriodFacts:
        found = _cases_of(connection, span)
        rows = _details(connection, sorted(found), span, _EVERYTHING if whole else _COMPARED)
        rows += _details(connection, sorted(set(waiting) - found), span, _LISTED)
        same = earlier.repeated(span)
        facts = {row["id"]: _case(row, same) for row in rows}
        still_open = [facts[key] for key in waiting if key in facts]
        return PeriodFacts(
            span,
            cases=tuple(facts[key] for key in sorted(found) if key in facts),
            still_open=tuple(one for one in still_open if one.kind == COMPLAINT and one.closed_at is None),
        )


# ---------------------------------------------------------------------------------------------------- which cases


def _cases_of(connection: sa.Connection, span: Span) -> set[int]:
    """The cases that came, ended or were decided about in the period, or were to end in it."""
    until = min(span.until, span.as_of)
    closing = sa.select(journal.c.case_id).where(
        journal.c.event == CLOSED, *within(connection, journal, journal.c.at, span.since, until)
    )
    answered = sa.select(answers.c.case_id).where(
        answers.c.field.in_(("satisfied", "verify_result", "amount")),
        *within(connection, answers, answers.c.at, span.since, until),
    )
    promised = sa.select(promises.c.case_id).where(promises.c.due_at >= span.since, promises.c.due_at < span.until)
    owed = sa.select(tasks.c.case_id).where(
        tasks.c.name.in_(STEPS), tasks.c.due_at >= span.since, tasks.c.due_at < span.until,
        tasks.c.status.in_(COUNTED),
    )  # fmt: skip
    found: set[int] = set()
    for query in (closing, answered, promised, owed):
        found.update(connection.scalars(query))
    # Nobody enters a case before it came, so those of the period were opened from its beginning on.
    came = (
        sa.select(cases.c.id)
        .join(journal, sa.and_(journal.c.case_id == cases.c.id, journal.c.event == OPENED), isouter=True)
        .join(messages, messages.c.id == journal.c.message_id, isouter=True)
        .where(cases.c.opened_at >= span.since, cases.c.opened_at < span.as_of)
        .where(sa.func.coalesce(messages.c.received_at, messages.c.arrived_at, cases.c.opened_at) < span.until)
    )
    found.update(connection.scalars(came))
    return found


# ------------------------------------------------------------------------------------------------------ what of them


def _details(connection: sa.Connection, ids: Sequence[int], span: Span, parts: Sequence[_Part]) -> list[dict[str, Any]]:
    """What is asked of these cases, as rows; void and imported ones, and those that go on as another, left out."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        rows = {row["id"]: row for row in _rows(connection, page, span)}
        for part in parts:
            part(connection, list(rows), rows, span)
        found += rows.values()
    return found


def _rows(connection: sa.Connection, ids: Sequence[int], span: Span) -> Iterator[dict[str, Any]]:
    query = (
        sa.select(
            cases.c.id, cases.c.number, cases.c.kind, cases.c.severity, cases.c.subject, cases.c.intake,
            cases.c.opened_at, cases.c.status, cases.c.customer_id, customers.c.number.label("customer"),
            customers.c.company, messages.c.received_at, messages.c.arrived_at, messages.c.history,
            messages.c.id.label("mail"),
        )
        .join(customers, customers.c.id == cases.c.customer_id)
        .join(journal, sa.and_(journal.c.case_id == cases.c.id, journal.c.event == OPENED), isouter=True)
        .join(messages, messages.c.id == journal.c.message_id, isouter=True)
        .where(cases.c.id.in_(IDS), cases.c.status != "void", cases.c.successor_id.is_(None))
        .where(cases.c.opened_at < span.as_of, cases.c.kind.not_in(OWN))
        .where(sa.func.coalesce(messages.c.history, sa.false()) == sa.false())
        .order_by(cases.c.id, journal.c.id)
    )  # fmt: skip
    seen = 0
    for row in connection.execute(query, {"ids": ids}).mappings().all():
        if row["id"] == seen:
            continue
        seen = row["id"]
        came = row["received_at"] or row["arrived_at"] or row["opened_at"]
        boxes = json.loads(row["intake"]).get("class1")
        yield {
            **{name: row[name] for name in ("id", "number", "kind", "severity", "subject", "status", "company")},
            "customer": row["customer"], "customer_id": row["customer_id"],
            "received": min(came, row["opened_at"]),
            "classes": tuple(map(str, boxes)) if isinstance(boxes, list) else (),
            "answers": {}, "corrected": {}, "values": defaultdict(dict), "closings": [], "reopenings": [],
            "answered": [], "steps": [], "promises": [], "rule_due": None,
        }  # fmt: skip


Rows = dict[int, dict[str, Any]]


def _corrected(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    query = (
        sa.select(corrections.c.case_id, corrections.c.field, corrections.c.value)
        .where(corrections.c.case_id.in_(IDS), corrections.c.at < span.as_of)
        .where(corrections.c.field.in_(("kind", *READ)))
        .order_by(corrections.c.id)
    )
    for case, field, value in connection.execute(query, {"ids": ids}).all():
        rows[case]["corrected"][field] = value
    for row in rows.values():
        row["kind"] = row["corrected"].pop("kind", row["kind"])


def _owned(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    """Who has an open case, how grave it was judged to be, and whose department it is: all that lists of them show."""
    _answered(connection, ids, rows, span, LISTED)


def _answered(
    connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span, fields: Sequence[str] = (*ASKED, *TOLD)
) -> None:
    query = (
        sa.select(answers.c.case_id, answers.c.field, answers.c.value, answers.c.at)
        .where(answers.c.case_id.in_(IDS), answers.c.at < span.as_of, answers.c.value != "")
        .where(answers.c.field.in_(fields))
        .order_by(answers.c.id)
    )
    for case, field, value, at in connection.execute(query, {"ids": ids}).all():
        if field in TOLD:
            rows[case]["answered"].append(at)
        else:
            rows[case]["answers"][field] = Said(value, at)


def _read(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    query = (
        sa.select(findings.c.case_id, findings.c.field, findings.c.value)
        .where(findings.c.case_id.in_(IDS), findings.c.field.in_(READ), findings.c.confidence > SUPERSEDED)
        .order_by(findings.c.id)
    )
    for case, field, value in connection.execute(query, {"ids": ids}).all():
        rows[case]["values"][field].setdefault(value, None)
    for row in rows.values():
        for field, value in row["corrected"].items():
            row["values"][field] = dict.fromkeys(value.split(SEPARATOR) if value else ())


def _journaled(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    query = (
        sa.select(
            journal.c.case_id, journal.c.event, journal.c.at, journal.c.data, messages.c.received_at,
            messages.c.arrived_at,
        )
        .join(messages, messages.c.id == journal.c.message_id, isouter=True)
        .where(journal.c.case_id.in_(IDS), journal.c.event.in_((CLOSED, REOPENED, BY_HAND)))
        .where(journal.c.at < span.as_of)
        .order_by(journal.c.at)
    )  # fmt: skip
    for case, event, at, data, received, arrived in connection.execute(query, {"ids": ids}).all():
        if event == BY_HAND:
            if json.loads(data).get("tasks", "-") != "-":  # a mail to third parties stops no clock
                rows[case]["answered"].append(received or arrived or at)
        else:
            rows[case]["closings" if event == CLOSED else "reopenings"].append(at)


def _written(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    """Letters of ours that bring a person's approved words to the customer; receipts and requests do not count.

    The state is looked at here: asked for it, SQLite would look through all mails that were ever sent, page by page.
    """
    query = sa.select(outbox.c.case_id, outbox.c.occasion, outbox.c.status, outbox.c.sent_at).where(
        outbox.c.case_id.in_(IDS)
    )
    for case, occasion, status, at in connection.execute(query, {"ids": ids}).all():
        if status == "sent" and at is not None and at < span.as_of and occasion.partition(":")[0] in LETTERS:
            rows[case]["answered"].append(at)


def _owed(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    """Tasks with a time, as far as figures ask for them; their state is looked at here for the same reason."""
    query = (
        sa.select(tasks.c.case_id, tasks.c.name, tasks.c.status, tasks.c.due_at, tasks.c.done_at)
        .where(tasks.c.case_id.in_(IDS), tasks.c.name.in_(STEPS), tasks.c.current, tasks.c.opened_at < span.as_of)
        .order_by(tasks.c.id)
    )
    for case, name, status, due_at, done_at in connection.execute(query, {"ids": ids}).all():
        row = rows[case]
        if due_at is None or status not in COUNTED:
            continue
        if name == CLOSING_TASK:
            row["rule_due"] = max(filter(None, (row["rule_due"], due_at)))
        else:
            row["steps"].append(Step(name, due_at, done_at if done_at and done_at < span.as_of else None))


def _promised(connection: sa.Connection, ids: Sequence[int], rows: Rows, span: Span) -> None:
    query = (
        sa.select(promises.c.case_id, promises.c.due_at, promises.c.kept_at)
        .where(promises.c.case_id.in_(IDS), promises.c.made_at < span.as_of)
        .order_by(promises.c.id)
    )
    for case, due_at, kept_at in connection.execute(query, {"ids": ids}).all():
        kept = kept_at if kept_at and kept_at < span.as_of else None
        rows[case]["promises"].append(Promise(due_at, kept))


_Part = Callable[[sa.Connection, Sequence[int], Rows, Span], None]
_LISTED: tuple[_Part, ...] = (_corrected, _owned, _journaled, _owed, _promised)
"""What lists of open cases show."""
_COMPARED: tuple[_Part, ...] = (_corrected, _answered, _journaled, _owed, _promised, _written)
"""What figures need; what a case was about stands in no figure but that of repeats, which reads for itself."""
_EVERYTHING: tuple[_Part, ...] = (*_COMPARED, _read)


def _case(row: dict[str, Any], same: dict[int, str]) -> CaseFacts:
    def values(field: str) -> tuple[str, ...]:
        return tuple(value for value in row["values"].get(field, ()) if value.strip())

    answered: Iterable[datetime] = row["answered"]
    return CaseFacts(
        id=row["id"], number=row["number"], kind=row["kind"], customer=row["customer"], company=row["company"],
        subject=row["subject"], severity=row["severity"], received=row["received"], status=row["status"],
        owner=row["answers"].get("investigator", Said()).value, classes=row["classes"], products=values("product"),
        models=values("model"), defects=values("defect_or_issue"), closings=tuple(row["closings"]),
        reopenings=tuple(row["reopenings"]), first_answer=min(answered, default=None), answers=row["answers"],
        steps=tuple(row["steps"]), promises=tuple(row["promises"]), rule_due=row["rule_due"],
        repeats=same.get(row["id"], ""), names_defect=bool(values("defect_or_issue")),
    )  # fmt: skip
