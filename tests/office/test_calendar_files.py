"""Calendar files: what people write is taken, every mistake is named with its line, missing years are told in time."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.office.calendar_files import Calendars, load_calendars, parse_span
from mailflow.office.holidays import Holidays, parse_days

CHINA = ZoneInfo("Asia/Shanghai")
SHIPPED = Path(__file__).resolve().parents[2] / "rules" / "calendars"
HEAD = "name: office\ntitle: {zh: 办公时间, en: Office hours}\n"
HOURS = 'hours: {mon: ["08:00-12:00"], tue: ["08:00-12:00"]}\n'


def load(folder: Path, **files: str) -> tuple[Calendars | None, list[str]]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    calendars, problems = load_calendars(folder, CHINA)
    assert (calendars is None) == bool(problems)
    return calendars, [f"{Path(problem.file).name}:{problem.line} {problem.code}" for problem in problems]


def good(folder: Path, **files: str) -> Calendars:
    calendars, problems = load(folder, **files)
    assert calendars is not None, problems
    return calendars


def test_the_shipped_office_works_from_half_past_eight() -> None:
    calendars, problems = load_calendars(SHIPPED, CHINA)
    assert calendars is not None, problems
    office = calendars.default
    assert (office.name, office.zone, office.title) == ("office", CHINA, ("办公时间", "Office hours"))
    assert office.hours == ((parse_span("08:30-12:00"), parse_span("13:30-17:30")),) * 5 + ((), ())
    assert not office.working_day(date(2026, 10, 1))


def test_the_year_shown_as_an_example_in_the_shipped_file_is_accepted(tmp_path: Path) -> None:
    text = (SHIPPED / "office.yaml").read_text("utf-8")
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("#   "))
    assert example.startswith("years:")
    office = good(tmp_path, office=text.replace("years: {}", example)).default
    assert not office.working_day(date(2027, 10, 1))
    assert office.working_day(date(2027, 2, 20))
    assert good(tmp_path).warnings(date(2027, 3, 1)) == []


def test_a_calendar_of_another_country_has_its_own_zone_and_days(tmp_path: Path) -> None:
    calendars = good(
        tmp_path,
        office=HEAD + "country: CN\n" + HOURS,
        factory="name: 德国工厂\ntitle: {zh: 德国, en: Plant}\nzone: Europe/Berlin\ncountry: none\n"
        'hours: {mon: ["06:00－14:00", "14:00-24:00"], sat: []}\nyears: {2026: {holidays: [2026-12-28]}}\n',
    )
    plant = calendars.get("德国工厂")
    assert plant is not None
    assert plant.zone == ZoneInfo("Europe/Berlin")
    assert plant.hours[0] == ((360, 840), (840, 1440))
    assert plant.working_day(date(2026, 10, 5))  # golden week is China's
    assert not plant.working_day(date(2026, 12, 28))
    assert plant.is_working(datetime(2026, 12, 21, 23, 59, tzinfo=plant.zone))
    assert calendars.default.name == "office"
    assert calendars.get("nowhere") is None


def test_without_an_office_the_first_file_is_the_default(tmp_path: Path) -> None:
    text = "title: {zh: 班, en: Shift}\ncountry: none\n" + HOURS
    assert good(tmp_path, b="name: second\n" + text, a="name: first\n" + text).default.name == "first"


def test_every_mistake_of_every_file_is_listed_with_its_line(tmp_path: Path) -> None:
    _, problems = load(
        tmp_path,
        a=HEAD + 'country: DE\nhours:\n  mon: ["8-12"]\n  tue: ["13:00-08:00"]\n  someday: []\n',
        b=HEAD + "zone: Mars/Base\ncountry: CN\n" + HOURS,
        c="name: late\ntitle: {zh: 晚, en: Late}\ncountry: CN\n"
        'hours:\n  mon: ["08:00-12:00", "11:00-13:00"]\n'
        "years:\n  2027:\n    holidays: [2027-02-30]\n",
        d="name: other\ntitle: {zh: 他, en: Other}\ncountry: CN\n"
        'hours:\n  mon:\n    - "08:00-12:00"\n    - "11:00-13:00"\n'
        "years:\n  2027:\n    holidays:\n      - 2027-01-01..2027-01-03\n      - 2026-12-31\n"
        "    workdays:\n      - 2027-01-02\n",
        e=HEAD.replace("office", "same") + "country: CN\n" + HOURS,
        f=HEAD.replace("office", "same") + "country: none\nhours: {}\n",
        g="name: [\n",
    )
    assert problems == [
        "a.yaml:3 MF012",
        "a.yaml:5 MF012",
        "a.yaml:6 MF012",
        "a.yaml:7 MF012",
        "b.yaml:3 MF012",
        "b.yaml:1 MF751",
        "c.yaml:8 MF012",
        "c.yaml:5 MF752",
        "d.yaml:7 MF752",
        "d.yaml:12 MF753",
        "d.yaml:14 MF753",
        "f.yaml:4 MF752",
        "f.yaml:1 MF751",
        "g.yaml:2 MF004",
    ]


def test_a_folder_without_calendars_is_a_problem(tmp_path: Path) -> None:
    assert load(tmp_path / "none")[1] == ["none:0 MF750"]


@pytest.mark.parametrize("text", ["2027-02-05..2027-02-07", "2027-02-05~2027-02-07", "2027-02-05 至 2027-02-07"])
def test_ranges_of_days_hold_both_ends(text: str) -> None:
    assert parse_days(text) == (date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 7))


@pytest.mark.parametrize("text", ["", "5 Feb", "2027-02-07..2027-02-05", "2027-02-29", "2026-01-01..2026-12-31"])
def test_days_that_cannot_be_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse_days(text)


def test_next_year_is_asked_for_from_october_on(tmp_path: Path) -> None:
    calendars = good(tmp_path, office=HEAD + "country: CN\n" + HOURS)
    assert calendars.warnings(date(2026, 9, 30)) == []
    (warning,) = calendars.warnings(date(2026, 10, 1))
    assert "2027" in warning
    assert "办公时间" in warning
    assert str(tmp_path / "office.yaml") in warning


def test_a_missing_year_that_runs_is_told_at_once(tmp_path: Path) -> None:
    calendars = good(tmp_path, office=HEAD + "country: CN\n" + HOURS)
    (warning,) = calendars.warnings(date(2031, 3, 1), "en")
    assert warning.startswith("Office hours: the holidays of 2031 are not known")
    assert len(calendars.warnings(date(2031, 11, 1))) == 2


def test_a_company_day_alone_does_not_make_a_year_known(tmp_path: Path) -> None:
    own = HEAD + "country: CN\n" + HOURS + "years: {2031: {holidays: [2031-06-18]}}\n"
    assert len(good(tmp_path, office=own).warnings(date(2031, 3, 1))) == 1
    whole = own.replace("[2031-06-18]", "[2031-01-01, 2031-06-18, 2031-10-01..2031-10-07]")
    assert good(tmp_path, office=whole).warnings(date(2031, 3, 1)) == []


def test_other_countries_are_asked_for_only_when_they_keep_lists() -> None:
    assert Holidays(china=False).knows(2031)
    lists = Holidays(china=False, free=frozenset({date(2026, 12, 25)}))
    assert lists.knows(2026)
    assert not lists.knows(2027)
