"""When work of the calendar is due: rules of RFC 5545 (3.3.10) on local dates, moved off days that are not worked.

Each occasion is named by the period it is about (``2026-10``, ``2026-Q4``), so it is known however it was moved: what
is due after a holiday may come later than the next occasion's own day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from dateutil.rrule import rrulestr

Period = Literal["day", "week", "month", "quarter", "year"]
About = Literal["last", "this", "next"]
Shift = Literal["before", "after", "nearest", "none"]

PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
"""What a rule may say: no times of day, no end and no number of times, duties go on until switched off."""

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_EPOCH = 2000  # rules of every n-th day, week, month count from its first Monday, or its first day
_FURTHEST = timedelta(days=31)  # no company is closed longer
_LATE = date(9940, 1, 1)
_YEARS_TRIED = range(2024, 2036)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time a duty is due: ``period`` is what it is about, ``planned`` the rule's day, ``day`` when it is due."""

    period: str
    planned: date
    day: date


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often something is due.

    ``rule`` was judged by :func:`parse_rule`; ``about`` says of which period the work is, seen from the day the rule
    names; ``shift`` where a day goes that is not worked.
    """

    rule: str
    period: Period
    about: About = "this"
    shift: Shift = "after"

    def occasions(self, first: date, last: date, is_worked: Callable[[date], bool]) -> list[Occasion]:
        """All that are due from ``first`` to ``last``, both included, in the order of their periods."""
        found = []
        for planned in self.planned(first - _FURTHEST, last + _FURTHEST):
            day = moved(planned, self.shift, is_worked)
            if first <= day <= last:
                found.append(Occasion(name_of(self._about(planned), self.period), planned, day))
        return found

    def planned(self, first: date, last: date) -> Iterator[date]:
        """The days the rule names from ``first`` to ``last``, both included."""
        for year in range(first.year, last.year + 1):
            yield from (day for day in _days(self.rule, year) if first <= day <= last)

    def collisions(self) -> list[tuple[date, date]]:
        """Days the rule names that fall into one period: a duty is done once in each."""
        days = [day for year in _YEARS_TRIED for day in _days(self.rule, year)]
        return [pair for pair in pairwise(days) if name_of(pair[0], self.period) == name_of(pair[1], self.period)]

    def _about(self, day: date) -> date:
        if self.about == "this":
            return day
        first, following = bounds(name_of(day, self.period))
        return following if self.about == "next" else first - timedelta(days=1)


def parse_rule(text: str) -> str:
    """A recurrence rule as ``FREQ=MONTHLY;BYDAY=1MO``, put in one form.

    Raises ValueError, in one line, for what is no such rule, has a part that is not in :data:`PARTS`, is more often
    than daily, or names no day in ten years.
    """
    rule = text.strip().upper().removeprefix("RRULE:")
    given: dict[str, str] = {}
    for part in filter(None, rule.split(";")):
        found = _PART.fullmatch(part)
        if found is None or found[1] in given:
            raise ValueError(f"{part[:40]!r} is no part of a rule such as FREQ=MONTHLY;BYDAY=1MO")
        if found[1] not in PARTS:
            raise ValueError(f"{found[1]} may not stand in the rule of a duty; it may have {', '.join(PARTS)}")
        given[found[1]] = found[2]
    if given.get("FREQ") not in FREQUENCIES:
        raise ValueError(f"a rule begins with FREQ= and one of {', '.join(FREQUENCIES)}")
    interval = given.get("INTERVAL", "1")
    if not interval.isdigit() or not 1 <= int(interval) <= 60:
        raise ValueError("INTERVAL is a number from 1 to 60")
    whole = ";".join(f"{name}={given[name]}" for name in PARTS if name in given)
    try:
        # A rule that never comes true is tried until the calendar's end: that is near from here.
        never = next(iter(rrulestr(whole, dtstart=_midnight(_LATE))), None) is None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{whole} is no rule: {error}") from None
    if never or not any(_days(whole, year) for year in _YEARS_TRIED):
        raise ValueError(f"{whole} names no day in ten years")
    return whole


def moved(day: date, shift: Shift, is_worked: Callable[[date], bool]) -> date:
    """The day, or the working day near it; where nothing is worked for a month, the day itself."""
    if shift == "none" or is_worked(day):
        return day
    for distance in range(1, _FURTHEST.days + 1):
        before, after = day - timedelta(days=distance), day + timedelta(days=distance)
        if shift in ("before", "nearest") and is_worked(before):
            return before
        if shift in ("after", "nearest") and is_worked(after):
            return after
    return day


def name_of(day: date, period: Period) -> str:
    """The period a day lies in: ``2026-11-02``, ``2026-W45`` (ISO 8601), ``2026-11``, ``2026-Q4`` or ``2026``."""
    if period == "day":
        return day.isoformat()
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if period == "month":
        return f"{day:%Y-%m}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return f"{day.year}"


def kind_of(name: str) -> Period:
    """What a period's name names.  Raises ValueError for what is no name of one."""
    for period, shape in _NAMES.items():
        if re.fullmatch(shape, name, re.ASCII):
            return period
    raise ValueError(f"{name[:40]!r} is no period such as 2026-11-02, 2026-W45, 2026-11, 2026-Q4 or 2026")


def bounds(name: str) -> tuple[date, date]:
    """The first day of a period, and the first day after it.  Raises ValueError for what is no name of one."""
    period = kind_of(name)
    if period == "day":
        day = date.fromisoformat(name)
        return day, day + timedelta(days=1)
    if period == "week":
        monday = date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
        return monday, monday + timedelta(days=7)
    month = int(name[5:]) if period == "month" else int(name[6]) * 3 - 2 if period == "quarter" else 1
    first = date(int(name[:4]), month, 1)
    return first, _later(first, _MONTHS[period])


# ------------------------------------------------------------------------------------------------------------ parts

_NAMES: Mapping[Period, str] = {
    "day": r"\d{4}-\d\d-\d\d",
    "week": r"\d{4}-W\d\d",
    "month": r"\d{4}-\d\d",
    "quarter": r"\d{4}-Q[1-4]",
    "year": r"\d{4}",
}


def _later(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@lru_cache(maxsize=4096)
def _days(rule: str, year: int) -> tuple[date, ...]:
    """The days a rule names in a year.  Rules of every n-th count from the same day whatever year is asked for."""
    if "INTERVAL" in rule:
        start = date(_EPOCH, 1, 3 if "WEEKLY" in rule else 1)
    else:
        start = date(year - 1, 1, 1)
        start -= timedelta(days=start.weekday() if "WEEKLY" in rule else 0)  # a week without BYDAY is its Monday
    found = rrulestr(rule, dtstart=_midnight(start))
    return tuple(
        each.date() for each in found.between(_midnight(date(year, 1, 1)), _midnight(date(year, 12, 31)), inc=True)
    )


def _midnight(day: date) -> datetime:
    """The library reckons with moments; days have no zone."""
    return datetime.combine(day, time())
