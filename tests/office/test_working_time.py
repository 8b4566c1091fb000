"""Working time: deadlines fall where a person with the office calendar on the wall would put them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.office.holidays import Holidays
from mailflow.office.working_time import Hours, Term, WorkCalendar, parse_term

CHINA = ZoneInfo("Asia/Shanghai")
OFFICE_DAY: Hours = ((510, 720), (810, 1050))  # 08:30-12:00, 13:30-17:30
NO_HOLIDAYS = Holidays(china=False)
OFFICE = WorkCalendar("office", CHINA, (OFFICE_DAY,) * 5 + ((), ()), Holidays(china=True))


def weekly(zone: str, *days: Hours, rule: Callable[[date], bool | None] = NO_HOLIDAYS) -> WorkCalendar:
    return WorkCalendar("other", ZoneInfo(zone), days + ((),) * (7 - len(days)), rule)


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(start: str, term: str, calendar: WorkCalendar = OFFICE) -> str:
    found = calendar.add(at(start, calendar.zone), parse_term(term))
    assert found.tzinfo is UTC
    return found.astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-11-18 09:00", "30m", "2026-11-18 09:30"),
        ("2026-11-18 11:45", "30m", "2026-11-18 13:45"),  # over lunch
        ("2026-11-18 13:30", "4h", "2026-11-18 17:30"),  # up to closing, not the next opening
        ("2026-11-18 12:00", "1m", "2026-11-18 13:31"),  # from exactly the lunch break
        ("2026-11-18 12:40", "30m", "2026-11-18 14:00"),  # in it
        ("2026-11-18 23:50", "30m", "2026-11-19 09:00"),  # night mail
        ("2026-11-18 03:10", "30m", "2026-11-18 09:00"),
        ("2026-11-20 17:20", "30m", "2026-11-23 08:50"),  # Friday evening
        ("2026-11-20 17:30", "30m", "2026-11-23 09:00"),  # exactly at closing
        ("2026-11-21 10:00", "1d", "2026-11-24 08:30"),  # an ordinary Saturday counts as Monday's opening
        ("2026-11-20 20:00", "1d", "2026-11-24 08:30"),
        ("2026-11-20 17:30", "1d", "2026-11-23 17:30"),
        ("2026-11-18 12:00", "1d", "2026-11-19 12:00"),  # from a closing to a closing, not to the opening after lunch
        ("2026-11-18 12:40", "1d", "2026-11-19 13:30"),
        ("2026-11-18 10:15", "1w", "2026-11-25 10:15"),
        ("2026-09-30 17:00", "1h", "2026-10-08 09:00"),  # golden week
        ("2026-10-03 10:00", "30m", "2026-10-08 09:00"),
        ("2026-10-09 17:00", "1h", "2026-10-10 09:00"),  # the make-up Saturday is worked
        ("2026-10-09 16:00", "1d", "2026-10-10 16:00"),
        ("2026-10-10 16:00", "1d", "2026-10-12 16:00"),  # its Sunday is free
        ("2026-09-18 16:00", "1d", "2026-09-20 16:00"),  # the make-up Sunday
        ("2026-02-14 16:00", "1d", "2026-02-24 16:00"),  # Spring Festival, 15 to 23 February, from a worked Saturday
        ("2025-12-31 17:00", "1h", "2026-01-04 09:00"),  # over New Year, to a worked Sunday
        ("2026-11-18 09:00", "0m", "2026-11-18 09:00"),
        ("2026-11-18 17:30", "0m", "2026-11-18 17:30"),  # nothing after closing is still today
        ("2026-11-18 17:31", "0d", "2026-11-19 08:30"),
        ("2026-11-23 08:35", "-10m", "2026-11-20 17:25"),
        ("2026-11-23 09:00", "-30m", "2026-11-23 08:30"),  # back to the opening, not the closing before
        ("2026-11-22 10:00", "-10m", "2026-11-20 17:20"),
        ("2026-11-22 10:00", "-1d", "2026-11-19 17:30"),
        ("2026-10-08 10:00", "-1d", "2026-09-30 10:00"),
        ("2026-01-04 08:40", "-20m", "2025-12-31 17:20"),
    ],
)
def test_a_deadline_falls_where_people_expect_it(start: str, term: str, end: str) -> None:
    assert due(start, term) == end


def test_a_year_nobody_announced_has_plain_weekdays() -> None:
    assert due("2031-09-30 17:00", "1h") == "2031-10-01 09:00"
    assert due("2031-12-31 17:00", "1h") == "2032-01-01 09:00"


@pytest.mark.parametrize(
    ("zone", "start", "term", "end"),
    [
        ("Europe/Berlin", "2026-03-27 17:00", "2h", "2026-03-30 10:00"),  # clocks went forward on Sunday
        ("Europe/Berlin", "2026-10-23 15:00", "1d", "2026-10-26 15:00"),  # and back
        ("America/New_York", "2026-03-06 17:00", "1d", "2026-03-09 17:00"),
        ("America/New_York", "2026-10-30 17:30", "1h", "2026-11-02 09:30"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(zone: str, start: str, term: str, end: str) -> None:
    day: Hours = ((540, 1080),)
    assert due(start, term, weekly(zone, day, day, day, day, day)) == end


def test_a_night_shift_loses_the_hour_the_clocks_jump_over() -> None:
    nights = weekly("Europe/Berlin", *[((0, 360), (1320, 1440))] * 7)
    berlin = nights.zone
    assert nights.between(at("2026-03-28 22:00", berlin), at("2026-03-29 06:00", berlin)) == timedelta(hours=7)
    assert nights.between(at("2026-10-24 22:00", berlin), at("2026-10-25 06:00", berlin)) == timedelta(hours=9)
    assert nights.between(at("2026-06-01 12:00", berlin), at("2026-06-02 12:00", berlin)) == timedelta(hours=8)
    assert due("2026-12-31 23:30", "1h", nights) == "2027-01-01 00:30"
    assert due("2027-01-01 00:15", "-30m", nights) == "2026-12-31 23:45"


def test_hours_that_the_clocks_push_together_are_not_counted_twice() -> None:
    # On this day 02:30 is 03:30, behind the next opening: from 01:00 to 04:00 two hours pass, and all are worked.
    calendar = weekly("Europe/Berlin", *[((60, 150), (180, 240))] * 7)
    berlin = calendar.zone
    assert calendar.between(at("2026-03-29 00:00", berlin), at("2026-03-29 12:00", berlin)) == timedelta(hours=2)
    assert calendar.between(at("2026-03-30 00:00", berlin), at("2026-03-30 12:00", berlin)) == timedelta(hours=2.5)


def test_a_shorter_day_ends_a_term_of_days_at_its_closing() -> None:
    long: Hours = ((480, 720), (780, 1080))
    week = weekly("Asia/Shanghai", long, long, long, long, ((600, 690), (840, 900)))
    assert due("2026-11-19 17:00", "1d", week) == "2026-11-20 15:00"
    assert due("2026-11-19 08:00", "1d", week) == "2026-11-20 10:00"
    assert due("2026-11-19 11:45", "1d", week) == "2026-11-20 14:00"  # in Friday's longer break
    assert due("2026-11-20 10:30", "1w", week) == "2026-11-27 10:30"


def test_a_week_of_six_days_has_six_working_days() -> None:
    week = weekly("Asia/Shanghai", *[OFFICE_DAY] * 6, rule=Holidays(china=True))
    assert due("2026-11-21 10:00", "1w", week) == "2026-11-28 10:00"
    assert not week.working_day(date(2026, 10, 3))  # the Saturday within golden week


def test_a_worked_weekend_day_without_hours_has_the_usual_ones() -> None:
    assert OFFICE.working_day(date(2026, 10, 10))
    assert OFFICE.is_working(at("2026-10-10 08:30"))
    assert not OFFICE.is_working(at("2026-10-10 12:30"))
    assert not OFFICE.working_day(date(2026, 11, 21))


def test_what_is_written_stands_above_the_public_holidays() -> None:
    own = Holidays(china=True, free=frozenset({date(2026, 11, 18)}), worked=frozenset({date(2026, 10, 7)}))
    calendar = WorkCalendar("own", CHINA, (OFFICE_DAY,) * 5 + ((), ()), own)
    assert due("2026-11-17 17:00", "1h", calendar) == "2026-11-19 09:00"
    assert due("2026-09-30 17:00", "1h", calendar) == "2026-10-07 09:00"


def test_openings_and_closings() -> None:
    assert OFFICE.is_working(at("2026-11-18 08:30"))
    assert not OFFICE.is_working(at("2026-11-18 12:00"))
    assert not OFFICE.is_working(at("2026-11-18 17:30"))
    assert OFFICE.next_opening(at("2026-11-18 10:01")) == at("2026-11-18 10:01")
    assert OFFICE.next_opening(at("2026-11-18 17:30")) == at("2026-11-19 08:30")
    assert OFFICE.next_opening(at("2026-10-01 00:00")) == at("2026-10-08 08:30")
    assert OFFICE.end_of_day(at("2026-11-18 06:00")) == at("2026-11-18 17:30")
    assert OFFICE.end_of_day(at("2026-11-18 17:30")) == at("2026-11-18 17:30")
    assert OFFICE.end_of_day(at("2026-11-18 17:31")) == at("2026-11-19 17:30")
    assert OFFICE.end_of_day(at("2026-10-09 18:00")) == at("2026-10-10 17:30")


def test_moments_of_another_zone_count_the_same() -> None:
    start = at("2026-11-20 17:20")
    assert OFFICE.add(start.astimezone(UTC), parse_term("30m")) == OFFICE.add(start, parse_term("30m"))
    assert OFFICE.add(start, timedelta(minutes=30)) == at("2026-11-23 08:50")


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = at("2026-11-20 17:20").replace(tzinfo=None)
    for ask in (OFFICE.is_working, OFFICE.next_opening, OFFICE.end_of_day):
        with pytest.raises(ValueError, match="time zone"):
            ask(naive)
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.add(naive, timedelta(0))


@pytest.mark.parametrize("term", ["1m", "-1m", "0m", "1d", "-1d", "1w"])
def test_a_calendar_without_work_says_so_instead_of_searching_forever(term: str) -> None:
    never = WorkCalendar("never", CHINA, (OFFICE_DAY,) * 7, lambda day: False)
    with pytest.raises(ValueError, match="no working time"):
        never.add(at("2026-11-18 09:00"), parse_term(term))


def only_in(*years: int) -> WorkCalendar:
    """A calendar that works in these years and in no other."""
    return WorkCalendar("some years", CHINA, (OFFICE_DAY,) * 7, lambda day: None if day.year in years else False)


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-12-31 17:00", "1h", "{}-01-01 09:00"),
        ("2026-12-31 17:00", "1d", "{}-01-01 17:00"),
        ("2026-12-31 18:00", "0m", "{}-01-01 08:30"),
    ],
)
def test_the_next_work_is_looked_for_beyond_five_empty_years_and_not_beyond_six(
    start: str, term: str, end: str
) -> None:
    assert due(start, term, only_in(2026, 2032)) == end.format(2032)
    with pytest.raises(ValueError, match="no working time"):
        due(start, term, only_in(2026, 2033))


@pytest.mark.parametrize(
    ("term", "end"),
    [("-1h", "{}-12-31 16:30"), ("-1d", "{}-12-31 08:30"), ("-2d", "{}-12-30 08:30")],
)
def test_the_last_work_is_looked_for_before_five_empty_years_and_not_before_six(term: str, end: str) -> None:
    assert due("2026-01-01 08:30", term, only_in(2026, 2020)) == end.format(2020)
    with pytest.raises(ValueError, match="no working time"):
        due("2026-01-01 08:30", term, only_in(2026, 2019))


def test_before_the_first_opening_of_a_calendar_the_last_closing_is_years_back() -> None:
    assert due("2026-01-01 08:00", "-1d", only_in(2026, 2020)) == "2020-12-30 17:30"
    with pytest.raises(ValueError, match="no working time"):
        due("2026-01-01 08:00", "-1d", only_in(2026, 2019))


def test_empty_years_are_counted_anew_behind_a_year_with_work() -> None:
    years = only_in(2020, 2025, 2030, 2035)
    # 214 days of 2020, 365 of 2025; a day has seven hours and a half, so 6000 hours are 800 days
    assert due("2020-06-01 08:30", "900d", years) == "2030-11-18 08:30"
    assert due("2020-01-01 08:30", "6000h", years) == "2030-03-10 17:30"
    assert due("2035-12-31 17:30", "-1000d", years) == "2025-04-05 17:30"
    assert due("2035-12-31 17:30", "-6000h", years) == "2025-10-23 08:30"


def test_a_calendar_that_was_asked_is_the_same_as_one_that_was_not() -> None:
    first, second = (WorkCalendar("same", CHINA, (OFFICE_DAY,) * 7, NO_HOLIDAYS) for _ in range(2))
    first.add(at("2026-11-18 09:00"), parse_term("30m"))
    assert first == second
    assert repr(first) == repr(second)


@pytest.mark.parametrize(
    ("longest", "too_long"), [("3660d", "3661d"), ("522w", "523w"), ("87840h", "87841h"), ("99999m", None)]
)
def test_a_term_is_ten_years_at_most(longest: str, too_long: str | None) -> None:
    assert str(parse_term(longest)) == longest
    assert str(parse_term(f"-{longest}")) == f"-{longest}"
    if too_long:
        with pytest.raises(ValueError, match="longer than ten years"):
            parse_term(too_long)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("30m", Term(30, "m")),
        ("4h", Term(4, "h")),
        ("2d", Term(2, "d")),
        ("1w", Term(1, "w")),
        ("-10m", Term(-10, "m")),
        (" +4h ", Term(4, "h")),
        ("0m", Term(0, "m")),
    ],
)
def test_terms_are_read(text: str, term: Term) -> None:
    assert parse_term(text) == term
    assert parse_term(str(term)) == term


@pytest.mark.parametrize("text", ["", "30", "m", "1.5h", "2 d", "1h30m", "--1m", "5M", "٣d", "9999d", "1\nd"])
def test_what_is_no_term_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse_term(text)


def test_what_is_refused_is_shown_and_cut_when_it_is_long() -> None:
    with pytest.raises(ValueError, match=f"^'{'x' * 40}' is not a term"):
        parse_term("x" * 50)


NEW_YORK = weekly("America/New_York", *[((540, 720), (780, 1080))] * 5, rule=Holidays(False, frozenset()))
CALENDARS = st.sampled_from([OFFICE, NEW_YORK, weekly("Europe/Berlin", *[((0, 360), (1320, 1440))] * 7)])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(days=-40), timedelta(days=40))
TERMS = st.builds(Term, st.integers(-30, 30), st.sampled_from("mhdw"))


@given(CALENDARS, MOMENTS, SPANS)
def test_between_measures_what_add_added(calendar: WorkCalendar, start: datetime, span: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, span)) == span


@given(CALENDARS, MOMENTS, MOMENTS)
def test_add_comes_to_the_moment_between_measured_or_an_idle_time_from_it(
    calendar: WorkCalendar, first: datetime, last: datetime
) -> None:
    there = calendar.add(first, calendar.between(first, last))
    assert calendar.between(there, last) == timedelta(0)
    if calendar.is_working(last):
        assert calendar.next_opening(there) == last


@given(CALENDARS, MOMENTS, MOMENTS, SPANS, SPANS)
def test_later_starts_and_longer_spans_never_end_earlier(
    calendar: WorkCalendar, a: datetime, b: datetime, span: timedelta, other: timedelta
) -> None:
    first, last = sorted((a, b))
    short, long = sorted((span, other))
    assert calendar.add(first, short) <= calendar.add(last, short)
    assert calendar.add(first, short) <= calendar.add(first, long)


@given(st.sampled_from([OFFICE, NEW_YORK]), MOMENTS, MOMENTS, TERMS)
def test_terms_keep_the_order_of_starts_and_end_in_working_hours(
    calendar: WorkCalendar, a: datetime, b: datetime, term: Term
) -> None:
    first, last = sorted((a, b))
    end = calendar.add(first, term)
    assert end <= calendar.add(last, term)
    assert calendar.is_working(end) or calendar.is_working(end - timedelta(microseconds=1))


@settings(max_examples=25)
@given(st.sampled_from([OFFICE, NEW_YORK]), MOMENTS, MOMENTS)
def test_working_time_is_the_sum_of_the_working_minutes(calendar: WorkCalendar, a: datetime, b: datetime) -> None:
    """Against the slowest way to count: minute by minute."""
    first = a.replace(second=0, microsecond=0)
    last = first + timedelta(minutes=(b.minute + b.hour * 60) * 4)
    minutes, moment = 0, first
    while moment < last:
        local = moment.astimezone(calendar.zone)
        clock = local.hour * 60 + local.minute
        day = calendar.working_day(local.date()) and (calendar.hours[local.weekday()] or calendar.hours[0])
        minutes += any(start <= clock < end for start, end in day or ())
        moment += timedelta(minutes=1)
    assert calendar.between(first, last) == timedelta(minutes=minutes)


def test_closing_moments_are_local_closing_times() -> None:
    closing = OFFICE.end_of_day(at("2026-11-18 09:00")).astimezone(CHINA)
    assert closing.time() == time(17, 30)
