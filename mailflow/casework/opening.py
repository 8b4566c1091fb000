"""A case that is opened from a mail which is filed in another: its facts, its record, its procedure.

The customer is not written to from here: he is told the number when his mail is answered, or by later letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow.casework import corrections, engine, priority, recurrence, repeats, report_times, reported
from mailflow.casework.casefile import CaseFile
from mailflow.casework.issue import issue
from mailflow.casework.step import Step
from mailflow.domain.matters import TROUBLES
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.tasks import CaseState, CaseStatus
from mailflow.procedures.model import NO_PROCEDURE
from mailflow.records.registration import put_right


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case is to be opened with.

    ``source`` is the mail it comes from, with its row; ``details`` what was read of its matter; ``mails`` all that
    belong to it.  ``said`` are facts by people, each with who said it.  ``since`` (aware) is when the mail came, of a
    case that is opened with its mail; None for one a person opens later, whose times count from then.
    """

    kind: Kind
    subject: str
    source: Message
    row: int
    details: Details
    mails: Sequence[int]
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    since: datetime | None = None


def open_case(step: Step, new: NewCase, *, by: str, message: int | None) -> tuple[Case, engine.Blobs]:
    """Open it under the customer of the case at hand, with the next number of its kind."""
    desk, work, now = step.desk, step.work, step.now
    opening = desk.opening
    assert opening is not None
    old, details = step.file, replace(new.details, kind=new.kind)
    number = desk.series.next_case(opening.prefixes.get(new.kind.value, "XX"), work, now)
    case = work.add_case(
        number, old.case.customer, details, new.kind, subject=new.subject, opened_by=old.case.opened_by, now=now
    )
    work.journal("case.opened", now, actor=by, message=message, case=case.id, number=number, kind=new.kind.value)
    work.share_mails(case.id, new.mails)
    work.add_findings(new.row, case.id, details)
    intake = dict(opening.intake(case, new.source, details))
    intake[TROUBLES] = [trouble.kept() for trouble in details.troubles]
    intake |= report_times.wanted(step, case, new.source, details)
    for name, (value, who) in new.said.items():
        values = value.split(corrections.SEPARATOR) if value else []
        corrections.correct(case, {name: values}, actor=who, prefixes={}, message=message, work=work, now=now)
        intake |= put_right(name, values, desk.zone)
    if new.kind is Kind.COMPLAINT:
        intake["repeat_of"] = repeats.find(case, details, work, now).words(repeats.said_again(details))
    state = CaseState(
        status=CaseStatus.OPEN, round=1, channel=old.state.channel,
        severity=next(iter(details.values("severity")), ""), language=details.language or old.state.language,
        subkinds=details.subkinds, procedure="", intake=intake, subject=new.subject, priority=priority.of_mail(details),
    )  # fmt: skip
    return case, _begin(step, case, state, new, message)


def _begin(step: Step, case: Case, state: CaseState, new: NewCase, message: int | None) -> engine.Blobs:
    """The record of its kind and its first tasks; who must hear of a case that came with its mail hears of it."""
    running = engine.begin(step, case, state, new.since or step.now)
    file = running or CaseFile(case, state, NO_PROCEDURE, step.now)
    blobs: engine.Blobs = []
    form = next((spec for spec in step.desk.forms.specs() if case.kind in spec.kinds), None)
    if form is not None and (issued := issue(step.on(file), form.code, message=message)).blob:
        blobs.append(issued.blob)
    if new.since is not None:
        reported.opened(step.on(file))
        recurrence.check(step.on(file), new.details)
    if running is not None:
        blobs += engine.advance(step.on(running), message=message)
    step.work.touch(case.customer.id)
    return blobs
