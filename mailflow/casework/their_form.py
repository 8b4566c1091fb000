"""The customer's own 8D form, which he attached to a mail, filled with what our report says and sent back with it.

A file is his form when labels of several facts stand in it, some of them of the steps themselves.  What its labels name
is filled in from our report as it stands; all else stays as he sent it, and is listed for whoever approves the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mailflow.casework.step import Step
from mailflow.decoding.programs import is_program
from mailflow.domain.model import Attachment
from mailflow.domain.tasks import IssuedRecord
from mailflow.domain.their_form_ports import Fact
from mailflow.outgoing.compose import harmless
from mailflow.procedures.model import TaskSpec
from mailflow.records.clean import BLANK, clean

REPORT = "JL-8.5-02"
_OF_STEPS = frozenset("team containment cause_occur cause_escape action preventive".split())
_FEWEST, _FEWEST_OF_STEPS = 4, 2  # facts whose labels stand in a form
_MAILS, _FILES = 10, 6  # looked through, the newest mail first
_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class TheirForm:
    """His form with our facts in it, and the labels of what stays empty."""

    file: Attachment
    left: tuple[str, ...]


def filled(step: Step, record: IssuedRecord) -> TheirForm | None:
    """The newest form of the customer's, filled in from this version of the report; None when he sent none."""
    if record.form != REPORT or step.desk.fill_form is None or not step.desk.reports.labels:
        return None
    facts = _facts(record, step.desk.reports.labels)
    looked_at = 0
    for _, digest in step.work.customer_mails(step.case_id, _MAILS):
        for file in step.desk.decode(step.desk.vault.get(digest)).attachments:
            suffix = next((ending for ending in _TYPES if file.safe_name.lower().endswith(ending)), "")
            if not suffix or file.inline or is_program(file.content, (file.name, file.safe_name), file.type):
                continue
            looked_at += 1
            made = step.desk.fill_form(file, facts) if looked_at <= _FILES else None
            if made is None or len(made.known) < _FEWEST or len(_OF_STEPS & set(made.known)) < _FEWEST_OF_STEPS:
                continue
            name = f"{step.case_number}-{file.safe_name}"
            done = replace(file, name=name, safe_name=name, type=_TYPES[suffix], content=made.content, content_id="")
            left = tuple(harmless(" ".join(clean(label).split()), "zh", 40) for label in made.left)
            return TheirForm(done, left)
    return None


def for_approver(step: Step, spec: TaskSpec, record: IssuedRecord | None) -> TheirForm | None:
    """The same for whoever signs a report that leaves when he has; None for all others."""
    tasks = step.file.procedure.tasks
    name = next((name for name, task in tasks.items() if task is spec), "")
    leaves = any(name in task.needs and task.do == "answer" and task.form == REPORT for task in tasks.values())
    return filled(step, record) if leaves and record is not None else None


# ------------------------------------------------------------------------------------------------------------ parts


def _facts(record: IssuedRecord, labels: Mapping[str, tuple[str, ...]]) -> list[Fact]:
    """What the report says under each name; what it leaves blank is blank."""
    answers: Mapping[str, Any] = record.fields.get("answer", {})

    def said(name: str) -> str:
        value = record.number if name == "record_no" else answers.get(name) or record.fields.get(name, "")
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        return "" if text.strip() == BLANK else clean(text).strip()

    return [Fact(name, called, said(name)) for name, called in labels.items()]
