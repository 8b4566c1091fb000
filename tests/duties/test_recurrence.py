"""When duties are due: rules of RFC 5545 on local dates, and where they go on days nobody works."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailflow.duties.recurrence import Recurrence, bounds, kind_of, moved, name_of, parse_rule
from mailflow.office.calendar_files import load_calendars
from mailflow.office.working_time import WorkCalendar

RULES = Path(__file__).resolve().parents[2] / "rules"
YEAR = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    found, problems = load_calendars(RULES / "calendars", ZoneInfo("Asia/Shanghai"))
    assert found is not None, problems
    return found.default


def test_first_mondays_on_holidays_move_behind_them_and_keep_their_month(calendar: WorkCalendar) -> None:
    rule = Recurrence(parse_rule("FREQ=MONTHLY;BYDAY=1MO"), "month", shift="after")
    found = rule.occasions(*YEAR, calendar.working_day)
    assert [each.period for each in found] == [f"2026-{month:02}" for month in range(1, 13)]
    moved_ones = {each.planned: each.day for each in found if each.day != each.planned}
    assert moved_ones == {
        date(2026, 4, 6): date(2026, 4, 7), date(2026, 5, 4): date(2026, 5, 6), date(2026, 10, 5): date(2026, 10, 8),
    }  # fmt: skip


def test_month_ends_move_before_days_off_and_a_worked_saturday_is_no_day_off(calendar: WorkCalendar) -> None:
    rule = Recurrence(parse_rule("FREQ=MONTHLY;BYMONTHDAY=-1"), "month", "next", "before")
    found = {each.planned: each for each in rule.occasions(*YEAR, calendar.working_day)}
    assert found[date(2026, 1, 31)].day == date(2026, 1, 30)
    assert found[date(2026, 5, 31)].day == date(2026, 5, 29)
    assert found[date(2026, 10, 31)].day == date(2026, 10, 30)
    assert found[date(2026, 2, 28)].day == date(2026, 2, 28)  # a Saturday that is worked
    assert found[date(2026, 1, 31)].period == "2026-02"


def test_what_the_holidays_move_over_the_years_end_is_found_by_its_own_day(calendar: WorkCalendar) -> None:
    rule = Recurrence(parse_rule("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1"), "year", shift="before")
    assert [each.day for each in rule.occasions(date(2026, 9, 30), date(2026, 9, 30), calendar.working_day)] == [
        date(2026, 9, 30)
    ]
    assert rule.occasions(date(2026, 10, 1), date(2026, 10, 1), calendar.working_day) == []


@pytest.mark.parametrize(
    ("shift", "day"),
    [
        ("before", date(2026, 10, 30)),
        ("after", date(2026, 11, 2)),
        ("nearest", date(2026, 10, 30)),
        ("none", date(2026, 10, 31)),
    ],
)
def test_a_day_off_moves_as_it_is_told(shift: Any, day: date, calendar: WorkCalendar) -> None:
    assert moved(date(2026, 10, 31), shift, calendar.working_day) == day


def test_where_nobody_works_for_months_the_day_stays() -> None:
    assert moved(date(2026, 10, 31), "nearest", lambda day: False) == date(2026, 10, 31)


def test_every_second_week_is_the_same_week_whatever_time_is_asked_for(calendar: WorkCalendar) -> None:
    rule = Recurrence(parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"), "week", shift="none")
    year = [each.planned for each in rule.occasions(date(2025, 1, 1), date(2027, 12, 31), calendar.working_day)]
    assert {(b - a).days for a, b in pairwise(year)} == {14}
    late = rule.occasions(date(2026, 6, 1), date(2026, 6, 30), calendar.working_day)
    assert [each.planned for each in late] == [day for day in year if (day.year, day.month) == (2026, 6)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=SECONDLY", "FREQ="),
        ("FREQ=HOURLY;INTERVAL=2", "FREQ="),
        ("FREQ=MONTHLY;COUNT=99999999", "COUNT"),
        ("FREQ=DAILY;BYHOUR=3", "BYHOUR"),
        ("FREQ=DAILY;UNTIL=20261231", "UNTIL"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=MONTHLY;BYDAY=9XX", "no rule"),
        ("FREQ=MONTHLY;FREQ=DAILY", "no part"),
        ("every monday", "no part"),
        ("", "FREQ="),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "names no day"),
    ],
)
def test_what_is_no_rule_of_a_duty_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        parse_rule(text)
    assert "\n" not in str(refused.value)


def test_a_rule_is_put_in_one_form() -> None:
    assert parse_rule(" rrule:byday=1mo;freq=monthly ") == "FREQ=MONTHLY;BYDAY=1MO"


def test_two_days_in_one_period_are_told() -> None:
    assert Recurrence(parse_rule("FREQ=MONTHLY;BYMONTHDAY=1,15"), "month").collisions()[0] == (
        date(2024, 1, 1), date(2024, 1, 15),
    )  # fmt: skip
    assert Recurrence(parse_rule("FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=20"), "quarter").collisions() == []


@pytest.mark.parametrize(
    ("period", "name", "first", "following"),
    [
        ("day", "2026-11-02", date(2026, 11, 2), date(2026, 11, 3)),
        ("week", "2026-W01", date(2025, 12, 29), date(2026, 1, 5)),
        ("month", "2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("quarter", "2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", "2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_periods_have_names_and_bounds(period: str, name: str, first: date, following: date) -> None:
    assert bounds(name) == (first, following)
    assert kind_of(name) == period
    assert name_of(first, period) == name
    assert name_of(following, period) != name


@pytest.mark.parametrize("name", ["2026-13-01", "2026-W54", "2026-Q5", "2026-13", "26", "２０２６", "2026-00"])
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the words are the library's for days that are none
        bounds(name)
