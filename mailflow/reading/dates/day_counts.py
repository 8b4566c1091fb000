"""A day in a text, and counting days: working days, the nearest day of a date without a year, small numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+8")

_HAN_NUMBER = {c: n for n, c in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2, "俩": 2, "廿": 20}


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


def number(words: str) -> int:
    """A small number in digits or Chinese characters (up to 99); 0 when it is none."""
    if words.isdigit():
        return int(words)
    tens, _, ones = words.rpartition("十")
    if "十" not in words:
        return _HAN_NUMBER.get(words, 0)
    return (_HAN_NUMBER.get(tens, 1) if tens else 1) * 10 + (_HAN_NUMBER.get(ones, 0) if ones else 0)


def digits_of(words: str) -> str:
    """Chinese digits one by one, ``二〇二六`` as ``2026``; unknown characters count as 0."""
    return "".join(str(_HAN_NUMBER.get(character, 0)) for character in words)


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
