"""An agreement with a change (同意，但赔偿金额改为800): what will change is shown, and confirmed by one word.

The change waits with its task, by the mail it came in.  A bare agreement to the mail that shows it makes the change and
signs; one to any other mail is asked about, since two versions could be meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailflow.casework import engine
from mailflow.casework.casefile import Said
from mailflow.casework.said import field_specs, is_automatic, reading_of, spec_for
from mailflow.casework.signing import Refused, title_of
from mailflow.casework.step import Step
from mailflow.domain.model import Message
from mailflow.domain.tasks import Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.reading.answers.amendments import is_as_it_stands, read_amendments
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.sentences.catalogue import worded

PROPOSED = "change_proposed"
"""The field under which a change waits with its task until whoever wrote it confirms it."""

ASKED = "change_shown"
"""Why an agreement with a change does not sign yet."""

_CHANGED = frozenset({"text", "date", "moment", "money", "quantity"})
_CURRENCY = 3  # letters of a code


@dataclass(frozen=True, slots=True)
class Change:
    """New values by field, and the row of the mail they were written in."""

    message: int
    values: Mapping[str, str]


def shown(step: Step, task: Task, message: Message, refusal: Refused) -> Refused:
    """The refusal of an answer; of one that agrees with a change, the one that shows it."""
    spec = step.file.spec(task)
    if refusal.reason not in ("conditional", "ambiguous") or spec.done_by != "signature" or is_automatic(message):
        return refusal
    if task.status is not TaskStatus.OPEN:
        return refusal
    fields = _fields(step, task)
    values = {
        name: _with_currency(fields[name], value, step.file.answers[name])
        for name, value in read_amendments(reading_of(step), message.text, fields).items()
    }
    values = {name: value for name, value in values.items() if value != step.file.answers[name]}
    return Refused(ASKED, *_lines(step, values), change=values) if values else refusal


def propose(step: Step, task: Task, person: Person, message: int, values: Mapping[str, str]) -> None:
    """Keep a change with its task until it is confirmed."""
    said = json.dumps({"record": task.record, "values": dict(values)}, ensure_ascii=False)
    engine.answer(step, task, {PROPOSED: said}, by=person.address, message=message)
    step.journal("task.change_proposed", actor=person.address, message=message, task=task.name)


def waiting(step: Step, task: Task, person: Person) -> Change | None:
    """The change this person wrote last that waits for his word; None when there is none, or its record is older."""
    answers = [item for item in step.work.answers(step.case_id) if item.task_id == task.id and item.field == PROPOSED]
    newest = answers[-1] if answers else None
    if newest is None or newest.actor != person.address or newest.message is None or not newest.value:
        return None
    kept = json.loads(newest.value)
    return Change(newest.message, kept["values"]) if kept["record"] == task.record else None


def settle(step: Step, task: Task, person: Person, message: Message, mail: int, confirms: int) -> engine.Blobs:
    """Before an agreement signs: make the change it confirms, ``confirms`` the row of the mail that proposed it.

    Nothing where no change waits, or the record shall be signed as it stands.  Raises Refused where two could be meant.
    """
    change = waiting(step, task, person)
    if change is None or is_as_it_stands(step.desk.words, message.text):
        return []
    if confirms != change.message:
        raise Refused(ASKED, *_lines(step, change.values), change=change.values)
    for name, value in change.values.items():
        before = step.file.said_before(name, step.file.spec(task))
        author = step.file.tasks.get(before.task) if before else None
        engine.answer(step, author or task, {name: value}, by=person.address, message=mail)
    engine.answer(step, task, {PROPOSED: ""}, by=person.address, message=mail)
    step.journal("task.changed", actor=person.address, message=mail, task=task.name,
        fields="、".join(change.values),
    )  # fmt: skip
    blobs: engine.Blobs = []
    for code in list(step.file.records):
        blobs += engine.new_version(step, code, mail, signer=task.name)
    return blobs


# ------------------------------------------------------------------------------------------------------------ parts


def _fields(step: Step, task: Task) -> dict[str, FieldSpec]:
    """What a signer may change: values the record prints that others gave before him, and no words for the customer."""
    file, spec = step.file, step.file.spec(task)
    record = step.work.issued_record(task.record) if task.record else None
    printed = record.fields.get("answer") if record else None
    own = field_specs(file, task)
    return {
        name: spec_for(file, name)
        for name in (printed if isinstance(printed, dict) else ())
        if name in file.procedure.fields
        and name not in own
        and file.procedure.fields[name].type in _CHANGED
        and not file.procedure.fields[name].to_customer
        and file.answers.get(name)
        and _said(step, name, task) is not None
        and spec.sign
    }


def _said(step: Step, name: str, task: Task) -> Said | None:
    return step.file.said_before(name, step.file.spec(task))


def _with_currency(field: FieldSpec, value: str, before: str) -> str:
    """An amount without a currency is in that of the one it replaces."""
    code = before[-_CURRENCY:]
    known = field.type == "money" and code.isalpha() and not value[-_CURRENCY:].isalpha()
    return f"{value} {code}" if known else value


def _lines(step: Step, values: Mapping[str, str]) -> Iterator[str]:
    language = step.desk.notes.language
    for name, value in values.items():
        before = step.file.answers.get(name, "")
        yield worded(language, "{title}: {before} → {after}", title=title_of(step, name), before=before, after=value)
