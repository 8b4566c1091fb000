"""A day in a text, and counting days: working days, weekdays, the nearest day of a date without a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta, timezone

from mailflow.reading.text.numerals import ONES

CHINA = timezone(timedelta(hours=8), "UTC+8")

WEEKDAY = {sign: day for day, sign in enumerate(ONES[:6])} | {"日": 6, "天": 6, "末": 6}
"""What stands behind 周 or 星期, as :meth:`datetime.date.weekday` counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the text: its nearest reading ahead and behind, a time of day if one stands there, and its rule.

    ``term`` tells a duration such as 三天内, which is a deadline whatever stands around it.
    """

    start: int
    end: int
    ahead: date
    behind: date
    rule: str
    at: time | None = None
    term: bool = False


def working_days(day: date, count: int) -> date:
    """``count`` working days (Monday to Friday) after a day."""
    while count > 0:
        day += timedelta(1)
        count -= day.weekday() < 5
    return day


def nearest(month: int, day: int, today: date) -> date:
    """The day of that month and day nearest to today; ValueError when there is none."""
    years = (today.year - 1, today.year, today.year + 1)
    days = [found for year in years if (found := safe(year, month, day))]
    if not days:
        raise ValueError(f"no such day: {month}-{day}")
    return min(days, key=lambda found: abs((found - today).days))


def month_day(today: date, shift: int, day: int) -> date | None:
    """That day of the month ``shift`` months from now, if the month has it."""
    months = today.year * 12 + today.month - 1 + shift
    return safe(months // 12, months % 12 + 1, day)


def safe(year: int, month: int, day: int) -> date | None:
    """The date, or None when the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_end(year: int, month: int) -> date:
    """The last day of a month; months beyond 12 count on into the next year."""
    first = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    return (first + timedelta(32)).replace(day=1) - timedelta(1)
