"""Working time: from a moment and a term to a deadline, and back.

A calendar counts only its working hours; nights, weekends and holidays do not exist for it.  Hours are wall-clock
hours of its zone, so a day on which clocks change keeps its opening and closing times.
Why no library's: docs/decisions/0023-own-working-time.md.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Hours = tuple[tuple[int, int], ...]  # one day's (start, end) in minutes after midnight, in order; 1440 is midnight
DayRule = Callable[[date], bool | None]  # True: works whatever the weekday, False: free, None: as its weekday

_MICRO = timedelta(microseconds=1)
_MINUTE = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TERM = re.compile(r"([+-]?)(\d{1,5})([mhdw])", re.ASCII)
_MINUTES: Final = {"m": 1, "h": 60, "d": 1440, "w": 10080}
_TEN_YEARS = 10 * 366 * 1440
_YEARS_WITHOUT_WORK = 5


@dataclass(frozen=True, slots=True)
class Term:
    """A duration as people write it: ``count`` (negative: before) of ``unit`` m, h, d or w.

    Minutes and hours are working time.  A day is the next working day at the same clock time; a week is as many working
    days as the calendar's usual week has.
    """

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def parse_term(text: str) -> Term:
    """``30m``, ``4h``, ``2d``, ``1w``, with a sign ``-10m``, ``+4h``.  Raises ValueError, in one line, for all else."""
    found = _TERM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a term such as 30m, 4h, 2d or 1w")
    sign, digits, unit = found.groups()
    count = int(digits)
    if count * _MINUTES[unit] > _TEN_YEARS:
        raise ValueError(f"{text.strip()!r} is longer than ten years")
    return Term(-count if sign == "-" else count, unit)


@dataclass(frozen=True, slots=True)
class _Year:
    """A year's open spans in microseconds since 1970; those of working day ``i`` are ``[first[i], first[i + 1])``."""

    starts: array[int]
    ends: array[int]
    before: array[int]  # working time of the year before each span, and of the whole year at the end
    days: array[int]  # the working days that have hours, as ordinals
    first: array[int]

    @property
    def total(self) -> int:
        return self.before[-1]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When a company, or a department, works.

    ``hours`` has seven entries, Monday first.  ``rule`` says which days are exceptions; a weekend day that is worked
    (调休) without hours of its own has those of the first weekday that has some.  All moments taken must be aware
    (ValueError otherwise), all moments returned are in UTC.  ValueError also when there is no working time for years.
    A span includes its opening and not its closing moment; a deadline may fall on a closing moment.
    """

    name: str
    zone: ZoneInfo
    hours: tuple[Hours, ...]
    rule: DayRule
    title: tuple[str, str] = ("", "")  # Chinese, English
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def add(self, start: datetime, working: timedelta | Term) -> datetime:
        """The moment after (negative: before) so much working time.

        Outside working hours the count begins at the next opening, or backwards at the last closing.  Forwards the
        result is the earliest such moment (17:30, not 08:30 of the next day), backwards the latest.  Nothing added
        gives ``start`` itself when it lies in working hours or at a closing, else the next opening.
        """
        if isinstance(working, timedelta):
            return _moment(self._shift(_micros(start), working // _MICRO))
        if working.unit in "mh":
            return _moment(self._shift(_micros(start), working.count * _MINUTES[working.unit] * _MINUTE))
        days = working.count * (sum(map(bool, self.hours)) if working.unit == "w" else 1)
        return _moment(self._shift_days(_micros(start), days))

    def between(self, first: datetime, last: datetime) -> timedelta:
        """The working time from ``first`` to ``last``; negative when ``last`` is the earlier one."""
        a, b = _micros(first), _micros(last)
        if b < a:
            return -timedelta(microseconds=self._between(b, a))
        return timedelta(microseconds=self._between(a, b))

    def is_working(self, moment: datetime) -> bool:
        """Is it within working hours, the opening moment included, the closing one not?"""
        at = _micros(moment)
        _, year, index = self._find(at)
        return index >= 0 and at < year.ends[index]

    def next_opening(self, moment: datetime) -> datetime:
        """The moment itself when it lies in working hours, else the next opening."""
        return _moment(self._ahead(_micros(moment), closings=False)[0])

    def working_day(self, day: date) -> bool:
        """Is this day worked?"""
        return bool(self._hours_of(day))

    def end_of_day(self, moment: datetime) -> datetime:
        """The last closing of the moment's working day, or of the next one when that is over or not worked."""
        day = _local(_micros(moment), self.zone).date()
        if hours := self._hours_of(day):
            closing = self._wall(day, hours[-1][1])
            if _micros(moment) <= closing:
                return _moment(closing)
        _, _, year, index = self._ahead(_micros(moment), closings=False)
        place = bisect_right(year.first, index) - 1
        return _moment(year.ends[year.first[place + 1] - 1])

    def _shift(self, at: int, delta: int) -> int:
        if delta == 0:
            return self._ahead(at)[0]
        number, year, index = self._find(at)
        left = _done(year, index, at) + delta
        empty = 0
        if delta > 0:
            while left > year.total:
                left -= year.total
                empty = 0 if year.total else _one_more(empty)
                number, year = number + 1, self._year(number + 1)
            index = bisect_left(year.before, left) - 1
        else:
            while left < 0:
                number, year = number - 1, self._year(number - 1)
                left += year.total
                empty = 0 if year.total else _one_more(empty)
            index = bisect_right(year.before, left) - 1
        return year.starts[index] + left - year.before[index]

    def _shift_days(self, at: int, count: int) -> int:
        at, number, year, index = self._ahead(at) if count >= 0 else self._back(at)
        if count == 0:
            return at
        place = bisect_right(year.first, index) - 1
        into = _local(at, self.zone) - self._midnight(date.fromordinal(year.days[place]))  # by the clock on the wall
        place += count
        empty = 0
        while place >= len(year.days):
            place -= len(year.days)
            empty = 0 if year.days else _one_more(empty)
            number, year = number + 1, self._year(number + 1)
        while place < 0:
            number, year = number - 1, self._year(number - 1)
            place += len(year.days)
            empty = 0 if year.days else _one_more(empty)
        return self._clip(year, place, into)

    def _clip(self, year: _Year, place: int, into: timedelta) -> int:
        """The moment ``into`` a working day, or the nearest one within its hours."""
        at = _micros(self._midnight(date.fromordinal(year.days[place])) + into)
        low, high = year.first[place], year.first[place + 1]
        index = bisect_right(year.starts, at, low, high) - 1
        if index < low:
            return year.starts[low]
        if at <= year.ends[index]:
            return at
        return year.starts[index + 1] if index + 1 < high else year.ends[index]

    def _between(self, a: int, b: int) -> int:
        number, year, index = self._find(a)
        other, last, end = self._find(b)
        whole = sum(self._year(each).total for each in range(number, other))
        return whole + _done(last, end, b) - _done(year, index, a)

    def _ahead(self, at: int, closings: bool = True) -> tuple[int, int, _Year, int]:
        """``at`` when it lies in working hours (or at a closing), else the next opening; with its year and span."""
        number, year, index = self._find(at)
        if index >= 0 and (at < year.ends[index] or (closings and at == year.ends[index])):
            return at, number, year, index
        index, empty = index + 1, 0
        while index >= len(year.starts):
            empty = 0 if year.total else _one_more(empty)
            number, year, index = number + 1, self._year(number + 1), 0
        return year.starts[index], number, year, index

    def _back(self, at: int) -> tuple[int, int, _Year, int]:
        """``at`` when it lies in working hours or at a closing, else the last closing; with its year and span."""
        number, year, index = self._find(at)
        empty = 0
        while index < 0:
            number, year = number - 1, self._year(number - 1)
            index = len(year.starts) - 1
            empty = 0 if year.total else _one_more(empty)
        return min(at, year.ends[index]), number, year, index

    def _find(self, at: int) -> tuple[int, _Year, int]:
        """The local year of a moment, and the last of its spans that began (-1: none yet)."""
        number = _local(at, self.zone).year
        year = self._years.get(number) or self._year(number)
        return number, year, bisect_right(year.starts, at) - 1

    def _hours_of(self, day: date) -> Hours:
        usual = self.hours[day.weekday()]
        exception = self.rule(day)
        if exception is None:
            return usual
        return (usual or next((hours for hours in self.hours if hours), ())) if exception else ()

    def _wall(self, day: date, minutes: int) -> int:
        return _micros(self._midnight(day) + timedelta(minutes=minutes))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def _year(self, number: int) -> _Year:
        """The year's table, made once: two threads at the same time would make the same one."""
        if (known := self._years.get(number)) is not None:
            return known
        starts, ends, before, days, first = array("q"), array("q"), array("q", [0]), array("q"), array("q", [0])
        day = date(number, 1, 1)
        for ordinal in range(day.toordinal(), date(number, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            for opening, closing in self._hours_of(day):
                start, end = self._wall(day, opening), self._wall(day, closing)
                start = max(start, ends[-1]) if ends else start
                if start < end:  # hours that clocks jump over last no time
                    starts.append(start)
                    ends.append(end)
                    before.append(before[-1] + end - start)
            if len(starts) > first[-1]:
                days.append(ordinal)
                first.append(len(starts))
        table = self._years[number] = _Year(starts, ends, before, days, first)
        return table


_NO_WORK = "this calendar has no working time for years"


def _one_more(empty: int) -> int:
    """Count the years without any work; raises ValueError at the limit."""
    if empty >= _YEARS_WITHOUT_WORK:
        raise ValueError(_NO_WORK)
    return empty + 1


def _done(year: _Year, index: int, at: int) -> int:
    """The working time of the year up to a moment whose last begun span is ``index``."""
    return 0 if index < 0 else year.before[index] + min(at, year.ends[index]) - year.starts[index]


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be placed in working time")
    return (moment - _EPOCH) // _MICRO


def _moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _local(at: int, zone: ZoneInfo) -> datetime:
    return _moment(at).astimezone(zone)
