"""The company's calendars: one file each in ``rules/calendars``, read, checked, and warned about in time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.office.holidays import Holidays, parse_days
from mailflow.office.working_time import Hours, WorkCalendar
from mailflow.sentences.catalogue import worded
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import Sound, sound

DEFAULT = "office"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*(?:[-–—~]|至)\s*(\d{1,2}):(\d{2})", re.ASCII)
_MIDNIGHT = 1440
_WARN_FROM = 10  # the State Council announces the next year's holidays in late October or November


@dataclass(frozen=True, slots=True)
class Calendars:
    """All calendars by name, never none; ``default`` is ``office``, else the first file's.  ``files`` by name too."""

    by_name: Mapping[str, WorkCalendar]
    default: WorkCalendar
    files: Mapping[str, str]

    def get(self, name: str) -> WorkCalendar | None:
        """The calendar of this name, or None."""
        return self.by_name.get(name)

    def warnings(self, today: date, language: str = "zh") -> list[str]:
        """What will make deadlines wrong, one sentence each: holidays not known this year, or, from October, next year.

        Until they are written, such a year has every weekday as a working day.
        """
        years = [today.year, today.year + 1] if today.month >= _WARN_FROM else [today.year]
        return [
            _missing(calendar, year, self.files[name], language)
            for name, calendar in self.by_name.items()
            for year in years
            if isinstance(calendar.rule, Holidays) and not calendar.rule.knows(year)
        ]


def load_calendars(folder: Path, zone: ZoneInfo) -> tuple[Calendars | None, list[Problem]]:
    """Read every ``*.yaml`` of the folder; ``zone`` is for calendars that name none.

    Returns the calendars, or None with all problems of all files.
    """
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        remedy = f"add {DEFAULT}.yaml, as mailflow init DIR lays it out"
        return None, [Problem(str(folder), 0, "MF750", "no calendar file here", remedy)]
    problems: list[Problem] = []
    calendars: dict[str, WorkCalendar] = {}
    named: dict[str, str] = {}
    for file in files:
        document, wrong = yaml_file.read(file)
        problems += wrong
        if document is None:
            continue
        found, wrong = sound(_File, document, _STAND_INS)
        problems += wrong
        parsed = found.value
        if parsed is None:
            continue
        problems += _checked(parsed, found)
        if not found.is_whole("name"):
            continue
        if parsed.name in calendars:
            where = f"{parsed.name!r} stands in {named[parsed.name]} already"
            problems.append(document.problem(("name",), "MF751", where, "give this calendar another name"))
            continue
        calendars[parsed.name] = _calendar(parsed, zone)
        named[parsed.name] = str(file)
    if problems:
        return None, problems
    return Calendars(calendars, calendars.get(DEFAULT) or next(iter(calendars.values())), named), []


def parse_span(text: str) -> tuple[int, int]:
    """``08:30-12:00`` in minutes after midnight; ``24:00`` may end it.  Raises ValueError, in one line."""
    found = _SPAN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not working time such as 08:30-12:00")
    first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
    start, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
    if max(first_minute, last_minute) > 59 or max(start, end) > _MIDNIGHT:
        raise ValueError(f"{text.strip()!r} names no time of day")
    if start >= end:
        raise ValueError(f"{text.strip()!r} ends before it begins; write a night as 22:00-24:00 and 00:00-06:00")
    return start, end


def _span(text: str) -> str:
    parse_span(text)
    return text


def _days(text: str) -> str:
    parse_days(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name[:40]!r} is not a time zone such as Asia/Shanghai") from error
    return name


_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[_Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_Spans = Annotated[list[Annotated[str, AfterValidator(_span)]], Field(max_length=12)]
_Days = Annotated[list[Annotated[str, AfterValidator(_days)]], Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Title(_Part):
    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=80)]


class _YearLists(_Part):
    holidays: _Days = []
    workdays: _Days = []


class _File(_Part):
    name: Annotated[str, Field(min_length=1, max_length=40)]
    title: _Title
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    country: Literal["CN", "none"]
    hours: dict[_Weekday, _Spans]
    years: dict[Annotated[int, Field(ge=2000, le=2200)], _YearLists] = {}


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("name",): "-",
    ("title",): {"zh": "-", "en": "-"},
    ("title", "zh"): "-",
    ("title", "en"): "-",
    ("country",): "none",
    ("hours",): {},
}


def _checked(parsed: _File, found: Sound[_File]) -> list[Problem]:
    """What single values cannot show: hours that overlap or lack, days of another year, days free and worked."""
    problems, document = [], found.document
    if not any(parsed.hours.values()) and found.is_whole("hours"):
        problems.append(document.problem(("hours",), "MF752", "no working hours at all", 'mon: ["08:30-12:00"]'))
    for weekday, texts in parsed.hours.items():
        for place, (before, after) in enumerate(pairwise(map(parse_span, texts)), 1):
            if after[0] < before[1]:
                words = f"{texts[place]} begins before {texts[place - 1]} ends"
                problems.append(document.problem(("hours", weekday, place), "MF752", words, "put the hours in order"))
    for year, lists in parsed.years.items():
        free = set(chain.from_iterable(map(parse_days, lists.holidays)))
        for key, texts in (("holidays", lists.holidays), ("workdays", lists.workdays)):
            for place, text in enumerate(texts):
                where = ("years", str(year), key, place)
                days = parse_days(text)
                if days[0].year != year or days[-1].year != year:
                    problems.append(document.problem(where, "MF753", f"{text} is not in {year}", "move it to its year"))
                if key == "workdays" and (both := free.intersection(days)):
                    words = f"{min(both)} stands under holidays and under workdays"
                    problems.append(document.problem(where, "MF753", words, "remove one of them"))
    return problems


def _calendar(parsed: _File, zone: ZoneInfo) -> WorkCalendar:
    lists = parsed.years.values()
    free = frozenset(day for each in lists for text in each.holidays for day in parse_days(text))
    worked = frozenset(day for each in lists for text in each.workdays for day in parse_days(text))
    week: tuple[Hours, ...] = tuple(tuple(parse_span(text) for text in parsed.hours.get(day, [])) for day in _WEEK)
    return WorkCalendar(
        name=parsed.name,
        zone=ZoneInfo(parsed.zone) if parsed.zone else zone,
        hours=week,
        rule=Holidays(parsed.country == "CN", free, worked),
        title=(parsed.title.zh, parsed.title.en),
    )


def _missing(calendar: WorkCalendar, year: int, file: str, language: str) -> str:
    zh, en = calendar.title
    title = en if language == "en" else zh
    return worded(
        language,
        (
            "{title}: the holidays of {year} are not known, its deadlines count every weekday. Edit "
            "{file}: under years write the holidays and workdays of {year} (with 1 January and 1 "
            "October)"
        ),
        title=title,
        year=year,
        file=file,
    )
