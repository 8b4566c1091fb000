"""How the duties stand: what was begun, by whom, what is late, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from mailflow.domain.duty_ports import DutyLine
from mailflow.domain.tasks import CaseStatus
from mailflow.duties.model import Duties
from mailflow.office.working_time import WorkCalendar
from mailflow.sentences.catalogue import sentence

State = Literal["coming", "open", "late", "done", "done_late", "void"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One occasion as lists show it: ``person`` is whose own it is, else who has it or did it; addresses, or empty.

    ``closed_at`` is when its case was closed, ``said`` what its owner wrote of the outcome.
    """

    duty: str
    period: str
    day: date
    state: State
    person: str = ""
    case_number: str = ""
    closed_at: datetime | None = None
    said: str = ""


STATES: Mapping[State, str] = {
    "coming": sentence("duty|to come"),
    "open": sentence("duty|being done"),
    "late": sentence("duty|late"),
    "done": sentence("duty|done"),
    "done_late": sentence("duty|done, late"),
    "void": sentence("duty|void"),
}
"""What the states are called."""


def standings(
    duties: Duties, lines: Sequence[DutyLine], calendar: WorkCalendar, now: datetime, last: date
) -> list[Standing]:
    """Everything begun, and what comes until ``last``, by day."""
    today = now.astimezone(calendar.zone).date()
    known = {(line.duty, line.period) for line in lines}
    begun = [_standing(line, calendar, today) for line in lines]
    coming = [
        Standing(
            due.duty.name,
            due.occasion.period,
            due.occasion.day,
            "coming",
            due.duty.owner if "@" in due.duty.owner else "",
        )
        for due in duties.due(calendar, today, last)
        if due.begins > now and (due.duty.name, due.occasion.period) not in known
    ]
    return sorted([*begun, *coming], key=lambda each: (each.day, each.duty, each.period, each.person))


@dataclass(frozen=True, slots=True)
class DayEvent:
    """A whole day in a calendar; ``uid`` stays the same when its day moves."""

    uid: str
    day: date
    title: str
    words: str


def events(duties: Duties, calendar: WorkCalendar, first: date, last: date, language: str) -> list[DayEvent]:
    """The days duties are due, for people's own calendars; without names of people or customers."""
    return [
        DayEvent(
            uid=f"{sha256(f'{due.duty.name}:{due.occasion.period}'.encode()).hexdigest()[:32]}@duties.mailflow",
            day=due.occasion.day,
            title=f"{due.duty.title.of(language)} {due.occasion.period}",
            words=due.duty.text[language],
        )
        for due in duties.due(calendar, first, last)
    ]


# ------------------------------------------------------------------------------------------------------------ parts


def _standing(line: DutyLine, calendar: WorkCalendar, today: date) -> Standing:
    state: State = "late" if line.day < today else "open"
    if line.status == CaseStatus.VOID.value:
        state = "void"
    elif line.closed_at is not None:
        state = "done_late" if line.closed_at.astimezone(calendar.zone).date() > line.day else "done"
    return Standing(
        line.duty, line.period, line.day, state, line.person or line.holder or line.done_by, line.case_number,
        line.closed_at, line.said,
    )  # fmt: skip
