"""A duty: work that comes back by the calendar, who owes it, and when it is to be begun and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from mailflow.duties.recurrence import Occasion, Recurrence, bounds, moved
from mailflow.office.working_time import Term, WorkCalendar
from mailflow.procedures.model import Title

MORNING = time(7)
"""When what waits for the end of a period is asked for, in local time: before the managers' mails of that day."""

GENERIC = "duty"
"""The procedure of a duty that names none: it is done and answered for."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty in force.

    ``owner`` is the role that owes it, or the address of a person; ``each``: everybody with the role does it for
    himself, else the first who is there.  ``within`` is the working time from the asking to the end of the day it is
    due; None: it is asked for in the morning of the first working day after the period it is about.
    ``text`` says what is to be done, by language (zh, en); ``procedure`` names what its work runs by.
    """

    name: str
    title: Title
    recurrence: Recurrence
    owner: str
    within: Term | None
    text: Mapping[str, str]
    each: bool = False
    procedure: str = GENERIC


@dataclass(frozen=True, slots=True)
class Due:
    """One occasion of a duty: asked for at ``begins``, to be done by ``ends`` (both aware, UTC)."""

    duty: Duty
    occasion: Occasion
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties in force, by name in the order of the file."""

    by_name: Mapping[str, Duty] = field(default_factory=dict)

    def due(self, calendar: WorkCalendar, first: date, last: date) -> list[Due]:
        """Every occasion to be done from ``first`` to ``last``, both included, by its day; of one duty by period."""
        found = [
            _due(duty, occasion, calendar)
            for duty in self.by_name.values()
            for occasion in duty.recurrence.occasions(first, last, calendar.working_day)
        ]
        return sorted(found, key=lambda due: (due.ends, due.duty.name, due.occasion.period))

    def begun(self, calendar: WorkCalendar, since: datetime, now: datetime) -> list[Due]:
        """Every occasion whose asking falls after ``since`` and not after ``now`` (aware), the earliest first."""
        first, last = since.astimezone(calendar.zone).date(), now.astimezone(calendar.zone).date() + _AHEAD
        found = [due for due in self.due(calendar, first, last) if since < due.begins <= now]
        return sorted(found, key=lambda due: (due.begins, due.duty.name, due.occasion.period))


# ------------------------------------------------------------------------------------------------------------ parts

_AHEAD = timedelta(days=120)
"""No duty is asked for longer before its day: 30 working days and the longest holidays."""


def _due(duty: Duty, occasion: Occasion, calendar: WorkCalendar) -> Due:
    noon = datetime(occasion.day.year, occasion.day.month, occasion.day.day, 12, tzinfo=calendar.zone)
    ends = calendar.end_of_day(noon.replace(hour=0))
    if duty.within is None:
        day = moved(bounds(occasion.period)[1], "after", calendar.working_day)
        return Due(duty, occasion, datetime.combine(day, MORNING, calendar.zone).astimezone(UTC), ends)
    begins = calendar.add(ends, Term(-duty.within.count, duty.within.unit))
    return Due(duty, occasion, begins, ends)
