"""What reads otherwise since somebody signed a record that he is asked to sign again."""

from __future__ import annotations

from mailflow.casework.issue import signed_on
from mailflow.casework.step import Step
from mailflow.domain.tasks import IssuedRecord, Task
from mailflow.outgoing.compose import harmless
from mailflow.records.sections import changes
from mailflow.sentences.catalogue import worded

MOST = 12
LONGEST = 60


def changed_since(step: Step, task: Task, record: IssuedRecord | None, language: str) -> list[tuple[str, str]]:
    """Field by field what this person signed in this cell before and what stands there now; empty when he never did."""
    form, cell = step.desk.form(record.form) if record else None, step.file.spec(task).sign
    if record is None or form is None or not cell:
        return []
    given = signed_on(step, record)
    mine = [item for item in given.every if (item.cell, item.person, item.current) == (cell, task.person, False)]
    if not mine:
        return []
    signed = given.versions[mine[-1].record_id]
    found = changes(form, cell, signed.fields, record.fields)
    nothing = worded(language, "(blank)")

    def words(value: str) -> str:
        return harmless(value, language, LONGEST) or nothing

    said = [
        (worded(language, "Changed since you signed: {field}", field=item.field if language == "en" else item.label),
         f"{words(item.before)} → {words(item.after)}")
        for item in found[:MOST]
    ]  # fmt: skip
    return said + ([(worded(language, "Changed besides"), f"+{len(found) - MOST}")] if found[MOST:] else [])
