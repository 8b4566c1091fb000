"""What stands in the fields of a case's records: what the mail said, what people answered, and nothing else.

The first mail fills the fields of the registration form once (``intake``); every other form takes its customer,
goods and trouble from there.  What people are asked for comes from their answers; what nobody said stays empty.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.model import FormSpec
from mailflow.ports import Work

SYSTEM = frozenset({"record_no", "qr", "sig", "issued_at"})
"""Filled when a record is rendered, not kept with its values."""

ALIASES = {
    "owner_dept": "resp_dept",
    "result": "conclusion",
    "interim": "correction",
    "first_reply": "plan",
}
"""Printed fields that stand for a field people answer under another name."""


def printed_fields(spec: FormSpec, file: CaseFile, desk: Desk, work: Work, now: datetime) -> dict[str, Any]:
    """The values of every declared field, without those of :data:`SYSTEM`; ``answer`` holds what people fill in."""
    lists = {name.partition(".")[0] for name in spec.fields if "." in name}
    own: dict[str, Any] = {"company": desk.company, "case_no": file.case.number}
    values: dict[str, Any] = {}
    for name in spec.fields:
        if "." in name or name in SYSTEM:
            continue
        answered = file.answers.get(name) or file.answers.get(ALIASES.get(name, ""))
        if answered:
            values[name] = _ticks(file, name, answered)
        elif name in own:
            values[name] = own[name]
        elif name in file.state.intake:
            values[name] = file.state.intake[name]
        else:
            values[name] = [] if name in lists else ""
    if spec.answers:
        values["answer"] = {name: file.answers.get(name, "") for name in spec.answers}
    return values


def _ticks(file: CaseFile, name: str, value: str) -> Any:
    """Boxes to tick are a list; anything else is its words."""
    field = file.procedure.fields.get(ALIASES.get(name, name))
    if field is not None and field.type in ("choice", "choices", "yesno"):
        return value.split("、")
    return value
