"""fill: begin a new case: what its mail says on the forms, the record of its kind, its procedure and first tasks.

The record's number, its row and its hash belong to the transaction; its bytes go to the vault before the commit and
into the customer's archive afterwards.  An issued record is never changed: a new version is a new file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mailflow.casework import engine, priority, recurrence, repeats, report_times, reported, same_event
from mailflow.casework.casefile import CaseFile
from mailflow.casework.issue import Issued, issue
from mailflow.casework.step import Step, Turn
from mailflow.domain.matters import TROUBLES
from mailflow.domain.model import Case, Details, Kind, Message, Record
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import CaseState, CaseStatus
from mailflow.outgoing.greeting import ADDRESSEE, greeted
from mailflow.procedures.model import NO_PROCEDURE
from mailflow.records import unread_files
from mailflow.records.boxes import SPOKEN

Intake = Callable[[Case, Message, Details], Mapping[str, Any]]
"""The printed fields of a case, from the mail that opened it."""

MAIL, ORAL = "mail", "oral"


@dataclass(frozen=True, slots=True)
class Filled:
    """The record issued for a new case, if its kind has a form, and the files that must be durable first.

    ``passed_on``: departments were told that it is of top urgency.
    """

    record: Record | None = None
    blobs: tuple[bytes, ...] = field(default=(), repr=False)
    passed_on: bool = False


def fill(
    turn: Turn, stored: StoredMessage, case: Case, message: Message, details: Details, intake: Intake, *, oral: bool
) -> Filled:
    """Begin a new case.  One imported from the past gets its record and no tasks.

    ``oral``: our own people wrote down what a customer told them.
    Raises PermanentError naming the form and field when a value is missing.
    """
    state = _state(turn, stored, case, message, details, intake, oral)
    running = None
    if not stored.history:
        running = engine.begin(turn, case, state, message.received_at or turn.now)
    file = running or CaseFile(case, state, NO_PROCEDURE, turn.now)
    issued = _record(turn.on(file), stored)
    blobs = [issued.blob] if issued and issued.blob else []
    passed_on = not stored.history and reported.opened(turn.on(file))
    if not stored.history:
        recurrence.check(turn.on(file), details)
    if running is not None:
        blobs += engine.advance(turn.on(running), message=stored.id)
    return Filled(issued.record.as_record() if issued else None, tuple(blobs), passed_on)


def _state(
    turn: Turn, stored: StoredMessage, case: Case, message: Message, details: Details, intake: Intake, oral: bool
) -> CaseState:
    fields = dict(intake(case, message, details))
    fields[TROUBLES] = [trouble.kept() for trouble in details.troubles]
    fields[unread_files.FIELD] = unread_files.kept(details.unread)
    words = f"{message.new_text}\n{message.signature}"
    fields[ADDRESSEE] = greeted(details.value("contact") or "", "", words, "zh")
    fields |= report_times.wanted(turn, case, message, details)
    if case.kind is Kind.COMPLAINT:
        alike = repeats.find(case, details, turn.work, turn.now)
        fields["repeat"] = []  # whether it is one is for people to say
        fields["repeat_of"] = alike.words(repeats.said_again(details))
        if alike.same:
            numbers = "、".join(number for number, _ in alike.same[:5])
            turn.journal("repeat.proposed", message=stored.id, case=case.id, earlier=numbers)
        if found := same_event.find(case, details, ORAL if oral else MAIL, turn.work, turn.now):
            language, zone = turn.desk.notes.language, turn.desk.zone
            fields[same_event.FIELD] = [(one.number, one.words(language, zone), one.target()) for one in found]
            turn.journal("join.proposed", message=stored.id, case=case.id, other=found[0].number)
    if oral:
        fields["channel"] = _spoken(message)
    return CaseState(
        status=CaseStatus.OPEN,
        round=1,
        channel=ORAL if oral else MAIL,
        severity=next(iter(details.values("severity")), ""),
        language=details.language,
        subkinds=details.subkinds,
        procedure="",
        intake=fields,
        subject=message.subject,
        priority=priority.of_mail(details),
    )


def _spoken(message: Message) -> list[str]:
    """The box of the way a customer told our people: the one their note names, its subject first; none in doubt."""
    for text in (message.subject.lower(), message.text.lower()):
        boxes = [box for box, words in SPOKEN.items() if any(word in text for word in words)]
        if boxes:
            return boxes if len(boxes) == 1 else []
    return []


def _record(step: Step, stored: StoredMessage) -> Issued | None:
    spec = next((spec for spec in step.desk.forms.specs() if step.file.case.kind in spec.kinds), None)
    return None if spec is None else issue(step, spec.code, message=stored.id)
