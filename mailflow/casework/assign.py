"""Who does a task, and until when: roles, the people a case names, deputies, working time.

The accused never investigates, the doer never verifies.  Nobody is better than the wrong one: a task without a person
is listed and reported, never given to somebody the procedure excludes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.step import Step
from mailflow.office.staff import NOBODY, Person, Staff
from mailflow.office.working_time import WorkCalendar, parse_term
from mailflow.procedures.model import TaskSpec
from mailflow.procedures.outward import approved_field, outward
from mailflow.sentences.catalogue import worded

INVESTIGATOR = "investigator"


def person_for(step: Step, name: str, *, despite: bool = False) -> Person | None:
    """Who does the task of this name today, or None when nobody may.

    Who took it over in this round, or did it before it came back, has it again; then whom the case names for it, then
    who holds its role.  ``despite``: also who did what it judges.
    """
    file, spec = step.file, step.file.procedure.tasks[name]
    staff, day = step.desk.staff(), step.day
    without = excluded(name, file, staff, despite=despite)
    named = file.said_before(spec.who, spec) if spec.who else None
    had, at = file.had.get(name, ("", step.now))
    if had and (named is None or named.at <= at):  # else somebody else was named since
        before = staff.by_address(had)
        if before is not None and (able := acting(before, staff, day, without)):
            return able
    if named is not None and named.value:
        kind = file.procedure.fields[spec.who].type if spec.who in file.procedure.fields else "person"
        if kind == "department" and (head := staff.head_of(named.value, day, without)):
            return head
        person = staff.by_name(named.value)
        if person is not None and (able := acting(person, staff, day, without)):
            return able
    if not spec.role:
        return None
    return staff.holder(spec.role, facts=file.routing(), day=day, without=without)


def acting(person: Person, staff: Staff, day: date, without: frozenset[str] = NOBODY) -> Person | None:
    """The person when present, else who stands in; None when there is nobody, or nobody who may.

    Whoever must not do it is passed over together with his deputy.
    """
    if person.address in without:
        return None
    return person if staff.is_present(person, day) else staff.stand_in(person, day, without)


def excluded(name: str, file: CaseFile, staff: Staff, *, despite: bool = False) -> frozenset[str]:
    """The addresses of those who must not do the task of this name.

    Who did what it judges may when the general manager said so; ``despite``: as if he had.  Words for a customer are
    never approved by who wrote them or investigated, whatever the procedure of the case says.
    """
    spec = file.procedure.tasks[name]
    judged = {by for other in spec.unlike if (by := file.done_by(other))} - {file.excepted(name)}
    without = (set() if despite else judged) | _behind_words(name, file)
    if spec.not_accused and (accused := staff.by_name(file.answers.get("accused", ""))):
        without.add(accused.address)
    return frozenset(without)


def _behind_words(name: str, file: CaseFile) -> set[str]:
    """Who wrote the words for the customer that this task approves, or investigated."""
    tasks = file.procedure.tasks
    words = approved_field(tasks, name)
    if words not in outward(tasks, file.procedure.fields):
        return set()
    before = file.procedure.before(tasks[name])
    behind = (other for other in before if words in tasks[other].asks or tasks[other].who == INVESTIGATOR)
    return {by for other in behind if (by := file.done_by(other))}


def has_role(person: Person, spec: TaskSpec, file: CaseFile, staff: Staff, day: date) -> bool:
    """May somebody be given this task by its role: he holds it, is a holder's deputy, or the routes lead to him?

    A task whose person the case names (``who``) is for anybody.
    """
    if spec.who or not spec.role or staff.has_role(person, spec.role):
        return True
    holders = (each for each in staff.people if staff.has_role(each, spec.role) and not staff.has_left(each, day))
    routed = staff.holder(spec.role, facts=file.routing(), day=day)
    return routed == person or any(each.deputy == person.address for each in holders)


def why_excluded(person: Person, name: str, file: CaseFile, staff: Staff, language: str) -> list[str]:
    """What keeps somebody out of a task, as people call it: that he is the accused, or the tasks he did."""
    spec = file.procedure.tasks[name]
    did = [other for other in spec.unlike if file.done_by(other) == person.address]
    accused = spec.not_accused and staff.by_name(file.answers.get("accused", "")) == person
    words = [worded(language, "the person complained of")] if accused else []
    return words + [file.procedure.tasks[other].title.of(language) for other in did]


def calendar_of(person: Person | None, desk: Desk) -> WorkCalendar:
    """The working hours a task's time is counted in: of its person's department, or the company's."""
    staff = desk.staff()
    return staff.calendar_of(person) if person is not None else staff.calendar


def due(
    spec: TaskSpec,
    person: Person | None,
    since: datetime,
    desk: Desk,
    day_of: Callable[[str, TaskSpec], str] = lambda *_: "",
) -> datetime | None:
    """When the task must be done; None when it has no time.

    ``day_of`` gives the ISO day or moment the case has in a field, for a task.  What is no day counts as not known.
    """
    calendar = calendar_of(person, desk)
    if spec.until and (day := _end_of(day_of(spec.until, spec), calendar, desk)):
        return day
    if spec.since and (day := _end_of(day_of(spec.since, spec), calendar, desk)):
        since = max(since, day)
    return calendar.add(since, parse_term(spec.within)) if spec.within else None


def _end_of(value: str, calendar: WorkCalendar, desk: Desk) -> datetime | None:
    """The moment, or the end of the working day; None for what is neither."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    local = moment if moment.tzinfo else moment.replace(tzinfo=desk.zone)
    return local.astimezone(UTC) if "T" in value else calendar.end_of_day(local.replace(hour=12)).astimezone(UTC)


def step_at(spec: TaskSpec, step: int, due_at: datetime | None, person: Person | None, desk: Desk) -> datetime | None:
    """When a step (0 is the first) of the reminder ladder is due; None when there is none left."""
    if due_at is None or step >= len(spec.overdue):
        return None
    return calendar_of(person, desk).add(due_at, parse_term(spec.overdue[step].at))
