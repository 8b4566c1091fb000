"""What stands in the fields of a case's records: what the mail said, what people answered, and nothing else.

The first mail fills the fields of the registration form once (``intake``); every other form takes its customer,
goods and trouble from there.  What people are asked for comes from their answers; what nobody said stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.model import FormSpec, Kind
from mailflow.records.clean import BLANK, short
from mailflow.records.registration import date_words
from mailflow.tasks import Task, TaskStatus

SYSTEM = frozenset({"record_no", "qr", "sig", "issued_at"})
"""Filled when a record is rendered, not kept with its values."""

END_REASON = "end_reason"
CAPA = "JL-8.5-01"
_ORDER_KINDS = {Kind.INQUIRY: "询价", Kind.RFQ: "询价", Kind.ORDER: "订单", Kind.ORDER_CHANGE: "更改"}

ALIASES = {
    "owner_dept": "resp_dept",
    "result": "conclusion",
    "interim": "correction",
    "first_reply": "plan",
    "severity": "severity_judged",
    "respondent": "accused",
}
"""Printed fields that stand for a field people answer under another name."""


def printed_fields(
    spec: FormSpec, file: CaseFile, desk: Desk, now: datetime, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values of every declared field, without those of :data:`SYSTEM`; ``answer`` holds what people fill in.

    ``previous`` are the values of the version before: the day a paper was written stays that day.
    """
    columns = {name.partition(".")[0] for name in spec.fields if "." in name}
    computed = _computed(file, desk, now, previous or {})
    values: dict[str, Any] = {}
    for name in spec.fields:
        if "." in name or name in SYSTEM:
            continue
        known = file.state.intake.get(name)
        answered = file.answers.get(name) or file.answers.get(ALIASES.get(name, ""))
        if answered:
            values[name] = answered.split("、") if isinstance(known, list) else answered
        elif name in columns:
            values[name] = _items(spec, name, file)
        else:
            values[name] = computed.get(name, "" if known is None else known)
    if END_REASON in file.answers and "result" in values:
        values["result"] = "；".join(filter(None, (str(values["result"]), file.answers[END_REASON])))
    if spec.answers:
        values["answer"] = {name: file.answers.get(name, "") for name in spec.answers}
    return values


def _computed(file: CaseFile, desk: Desk, now: datetime, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the case itself."""
    today = f"{now.astimezone(desk.zone):%Y-%m-%d}"
    capa = file.records.get(CAPA)
    sent = next((task for task in file.tasks.values() if _is_answer(task, file)), None)
    return {
        "company": desk.company,
        "case_no": file.case.number,
        "subject": short(file.state.subject, 80),
        "issued_on": previous.get("issued_on") or today,
        "letter_date": previous.get("letter_date") or date_words(now.astimezone(desk.zone), with_time=False),
        "received_on": str(file.state.intake.get("received_at", "")).partition(" ")[0],
        "due": file.state.intake.get("deadline", ""),
        "source": "顾客投诉",
        "capa_type": "纠正措施",
        "order_kind": _ORDER_KINDS.get(file.case.kind, ""),
        "proposed_by": "顾客",
        "replace_type": file.answers.get("disposition", ""),
        "capa_ref": capa.number if capa else "",
        "reply_sent": f"{sent.done_at.astimezone(desk.zone):%Y-%m-%d} 邮件" if sent and sent.done_at else "",
    }


def _is_answer(task: Task, file: CaseFile) -> bool:
    return task.status is TaskStatus.DONE and file.procedure.tasks[task.name].do == "answer"


def _items(spec: FormSpec, name: str, file: CaseFile) -> list[dict[str, str]]:
    """One line of goods, as the mail names them; people add the rest in Word."""
    intake = file.state.intake
    known = {
        "name": intake.get("product", ""),
        "model": intake.get("model", ""),
        "batch_no": intake.get("batch_no", ""),
        "qty": intake.get("qty_defect", ""),
        "defect": intake.get("class2", ""),
    }
    if all(value in ("", BLANK) for value in known.values()):
        return []
    wanted = [column.partition(".")[2] for column in spec.fields if column.startswith(f"{name}.")]
    return [{column: str(known.get(column, "")) for column in wanted}]
