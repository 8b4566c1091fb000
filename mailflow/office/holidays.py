"""Holidays: which days are free although they are weekdays, and worked although they are weekends.

China's come from chinesecalendar, which knows the years the State Council has announced; what a person writes in a
calendar's file for a year stands above it.  Other countries have only what is written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

_LONGEST = timedelta(days=62)
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|~|至)\s*(\d{4}-\d{2}-\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Holidays:
    """The exceptions of one calendar; call it with a day: True worked, False free, None as its weekday.

    ``china``: the public holidays of China apply.  ``free`` and ``worked`` are what people wrote; ``worked`` wins.
    """

    china: bool
    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def __call__(self, day: date) -> bool | None:
        """What a day of the company's own zone is; what people wrote goes before the public holidays."""
        if day in self.worked:
            return True
        if day in self.free:
            return False
        return _in_china(day) if self.china else None

    def knows(self, year: int) -> bool:
        """Are the holidays of this year known, so that deadlines can be relied on?

        China: the library has the year, or its New Year's Day and National Day are written.  Otherwise something is
        written for the year, or nothing for any year (a company without holidays).
        """
        if self.china:
            written = {date(year, 1, 1), date(year, 10, 1)} <= self.free | self.worked
            return written or _library_has(year)
        days = self.free | self.worked
        return not days or any(day.year == year for day in days)


def parse_days(text: str) -> tuple[date, ...]:
    """``2027-01-01`` or ``2027-02-05..2027-02-11`` (both ends included) as days.  Raises ValueError, in one line."""
    found = _RANGE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is neither a day such as 2027-01-01 nor days such as 2027-02-05..2027-02-11")
    first = _day(found[1])
    last = _day(found[2]) if found[2] else first
    if last < first:
        raise ValueError(f"{text.strip()!r} ends before it begins")
    if last - first > _LONGEST:
        raise ValueError(f"{text.strip()!r} is longer than {_LONGEST.days} days")
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text!r}") from None


def _in_china(day: date) -> bool | None:
    try:
        free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # a year that is not announced, or before 2004
        return None
    return None if name is None else not free


def _library_has(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 10, 1))
    except NotImplementedError:
        return False
    return True
