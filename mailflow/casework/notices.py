"""What our people hear without being asked anything: closed, opened again, nobody to do it, nobody to write to.

Each notice is one occasion, entered in the transaction that causes it, so that a restart repeats none; of several
things of one moment a person gets one mail.  Who caused it himself is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from mailflow.casework import notes
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.domain.model import Address
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseStatus, Task
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.outgoing.templates import moment_words

OWNERS = ("receptionist", "service")
"""Whose cases they are: who takes them in, and who serves the customer."""

LEADER = "service_manager"


def closed(file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Tell whose case it is that it is closed; the managers too when the customer is not satisfied."""
    people = owners(file, desk, now)
    details = [file.case.customer.company, file.state.subject]
    kind = "closed"
    if file.state.status is CaseStatus.CLOSED_UNSATISFIED:
        kind = "closed_unsatisfied"
        people += desk.staff().managers(_day(desk, now))
        details.append(file.answers.get("end_reason", ""))
    acting = {task.done_by for task in file.tasks.values() if task.done_at == now}
    told = [person for person in people if person.address not in acting]
    _tell(f"closed:{file.case.id}:{file.state.round}", told, kind, file, details, desk, work, now)


def voided(file: CaseFile, reason: str, told: Sequence[str], desk: Desk, work: Work, now: datetime) -> None:
    """Tell whose case it was, and who had a task in it, that it is void; not the two who decided it."""
    staff, day = desk.staff(), _day(desk, now)
    asked = [person for task in file.tasks.values() if (person := staff.by_address(task.person))]
    people = [each for each in (*owners(file, desk, now), *asked) if not staff.has_left(each, day)]
    people = [person for person in people if person.address not in told]
    _tell(f"voided:{file.case.id}:{file.state.round}", people, "voided", file, [reason], desk, work, now)


def reopened(
    file: CaseFile, signers: Iterable[str], because: Sequence[str], by: str, desk: Desk, work: Work, now: datetime
) -> None:
    """Tell whose case it is, and everybody who signed in it, that it is worked on again, and why."""
    staff, day = desk.staff(), _day(desk, now)
    signed = [person for address in signers if (person := staff.by_address(address))]
    people = [each for each in (*owners(file, desk, now), *signed) if not staff.has_left(each, day)]
    told = [person for person in people if person.address != by]
    _tell(f"reopened:{file.case.id}:{file.state.round}", told, "reopened", file, because, desk, work, now)


def unheld(file: CaseFile, tasks: Sequence[Task], desk: Desk, work: Work, now: datetime) -> None:
    """Tell who can name somebody that these tasks, opened just now, have nobody to do them."""
    lines = [_line(file, task, desk) for task in tasks]
    if tasks:
        key = f"unheld:{tasks[0].id}"  # a task begins once
        _tell(key, who_can_name(file, desk, now), "unheld", file, lines, desk, work, now)


def left_behind(tasks: Sequence[tuple[CaseFile, Task]], desk: Desk, work: Work, now: datetime) -> None:
    """The same for tasks, of several cases, whose person is gone and which nobody may take over."""
    if tasks:
        lines = [f"{file.case.number} {_line(file, task, desk)}" for file, task in tasks]
        more = len(lines) - notes.MAX_DETAILS
        shown = lines if more <= 0 else [*lines[: notes.MAX_DETAILS - 1], f"+{more + 1}: mailflow tasks --unheld"]
        key = f"unheld:{tasks[0][1].id}:{now:%Y%m%dT%H%M%S%f}"
        _tell(key, who_can_name(None, desk, now), "unheld", None, shown, desk, work, now)


def unreached(file: CaseFile, what: str, name: str, words: str, desk: Desk, work: Work, now: datetime) -> None:
    """Tell whose case it is that the customer has no address, and what he must be told another way.

    ``what`` is the letter that cannot be sent, ``name`` of which task (or the letter's own), ``words`` what it says.
    """
    people = owners(file, desk, now) or who_can_name(file, desk, now)
    asked = str(file.state.intake.get("phone", "")).strip("/ ")
    details = [file.case.customer.company, asked, *words.splitlines()]
    _tell(f"unreached:{name}:{file.case.id}:{file.state.round}", people, "unreached", file, details, desk, work, now)
    work.journal("customer.unreached", now, case=file.case.id, what=what)


def broken(problems: Sequence[str], content: str, desk: Desk, work: Work, now: datetime) -> int:
    """Tell who can have it mended that files of rules are broken; once for the same content.  How many were told."""
    key = f"broken:{content[:32]}"
    return _tell(key, who_can_name(None, desk, now), "procedure_broken", None, problems, desk, work, now)


def owners(file: CaseFile, desk: Desk, now: datetime) -> list[Person]:
    """Whose case it is today: those of :data:`OWNERS`; empty when nobody holds these roles."""
    staff, facts, day = desk.staff(), file.routing(), _day(desk, now)
    found = [staff.holder(role, facts=facts, day=day) for role in OWNERS]
    return list({person.address: person for person in found if person}.values())


def who_can_name(file: CaseFile | None, desk: Desk, now: datetime) -> list[Person]:
    """Who can name somebody for a task: the managers, without any the head of customer service."""
    staff, day = desk.staff(), _day(desk, now)
    if managers := staff.managers(day):
        return list(managers)
    leader = staff.holder(LEADER, facts=file.routing(), day=day) if file else staff.holder(LEADER, day=day)
    return [leader] if leader else []


# ------------------------------------------------------------------------------------------------------------ parts


def _tell(
    occasion: str,
    people: Iterable[Person],
    kind: str,
    file: CaseFile | None,
    details: Sequence[str],
    desk: Desk,
    work: Work,
    now: datetime,
) -> int:
    queued = 0
    for address, person in {person.address: person for person in people}.items():
        mail = notes.notice_mail(
            paper=desk.notes, to=Address(person.name, address), message_id=desk.message_id(now), now=now,
            case_number=file.case.number if file else "", headline_kind=kind,
            details=[one_line(line, 400) for line in details if line],
        )  # fmt: skip
        case = file.case.id if file else None
        key = f"notice:{occasion}:{address}"[:120]
        queued += work.queue(key, mail, case=case, message=None, now=now) is not None
    return queued


def _line(file: CaseFile, task: Task, desk: Desk) -> str:
    """A task as a line: its title, the role it is for, until when."""
    language, zone = desk.notes.language, desk.zone
    role = desk.staff().title(task.role, language) if task.role else ""
    due = moment_words(task.due_at, language, zone) if task.due_at else ""
    return " · ".join(filter(None, (file.spec(task).title.of(language), role, due)))


def _day(desk: Desk, now: datetime) -> date:
    return now.astimezone(desk.zone).date()
