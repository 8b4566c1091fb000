"""``rules/duties.yaml``: what is shipped holds for years, and every mistake of a file is told with its line at once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.duties.file import load_duties
from mailflow.duties.model import Duties
from mailflow.office.calendar_files import load_calendars
from mailflow.office.staff_file import role_keys
from mailflow.office.working_time import WorkCalendar

RULES = Path(__file__).resolve().parents[2] / "rules"
GOOD = """
duties:
  report:
    title: {zh: 月报, en: Monthly report}
    rule: FREQ=MONTHLY;BYMONTHDAY=5
    period: month
    about: last
    owner: service
    within: 2d
    text: {zh: 请写月报。, en: Please write the report.}
"""


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    found, problems = load_calendars(RULES / "calendars", ZoneInfo("Asia/Shanghai"))
    assert found is not None, problems
    return found.default


def load(folder: Path, text: str) -> tuple[Duties | None, list[str]]:
    path = folder / "duties.yaml"
    path.write_text(text, "utf-8")
    duties, problems = load_duties(path, roles={"service"}, procedures={"duty"})
    return duties, [f"{problem.line} {problem.code}" for problem in sorted(problems)]


def test_the_shipped_duties_have_owners_and_come_once_in_every_period(calendar: WorkCalendar) -> None:
    duties, problems = load_duties(RULES / "duties.yaml", roles=role_keys(RULES / "staff.yaml"))
    assert duties is not None, problems
    assert len(duties.by_name) >= 12
    due = duties.due(calendar, date(2026, 1, 1), date(2026, 12, 31))
    names = [(each.duty.name, each.occasion.period) for each in due]
    assert len(names) == len(set(names))
    assert [period for name, period in names if name == "complaint_analysis"] == [
        "2025-12", *(f"2026-{month:02}" for month in range(1, 12)),
    ]  # fmt: skip
    assert all(calendar.is_working(each.ends - timedelta(seconds=1)) for each in due)


def test_every_clock_of_the_year_is_shipped() -> None:
    duties, problems = load_duties(RULES / "duties.yaml")
    assert duties is not None, problems
    often = {name: (duty.recurrence.period, duty.owner) for name, duty in duties.by_name.items()}
    assert often.items() >= {
        "complaint_analysis": ("month", "service_manager"), "market_report": ("month", "sales"),
        "visit_plan": ("month", "sales"), "quality_analysis": ("month", "quality"),
        "archive_check": ("quarter", "archivist"), "archive_improvement": ("quarter", "archivist"),
        "quarterly_review": ("quarter", "management_rep"), "key_customer_talks": ("quarter", "general_manager"),
        "contact_quarterly": ("quarter", "sales"), "encourage_to_speak": ("quarter", "service"),
        "satisfaction_survey": ("year", "service_manager"), "service_review": ("year", "management_rep"),
        "rules_audit": ("year", "management_rep"), "legal_audit": ("year", "management_rep"),
        "training": ("month", "service_manager"),
    }.items()  # fmt: skip
    text = (RULES / "duties.yaml").read_text("utf-8")
    off = re.findall(r"^  (\w+):\n    title: .+\n    on: false$", text, re.MULTILINE)
    assert off == ["department_feedback", "contract_verification"]


def test_no_file_is_a_company_without_duties(tmp_path: Path) -> None:
    assert load_duties(tmp_path / "duties.yaml") == (Duties(), [])


def test_a_duty_switched_off_is_checked_and_not_in_force(tmp_path: Path) -> None:
    off = GOOD.replace("    title", "    on: false\n    title", 1)
    assert load(tmp_path, off) == (Duties(), [])
    assert load(tmp_path, off.replace("=5", "=x")) == (None, ["6 MF012"])


def test_every_mistake_is_told_at_its_line(tmp_path: Path) -> None:
    text = """
duties:
  Report:
    title: {zh: 月报, en: Monthly report}
    rule: FREQ=MONTHLY;BYMONTHDAY=1,15
    period: month
    owner: nobody
    text: {zh: 请写月报。, en: Please write the report.}
  second:
    title: {zh: 二, en: Two}
    rule: FREQ=MINUTELY
    period: fortnight
    owner: a@b.example
    each: true
    within: 5m
    procedure: dance
    who: me
    text: {zh: 二, en: Two}
"""
    assert load(tmp_path, text) == (None, [
        "3 MF820", "5 MF821", "7 MF822", "11 MF012", "12 MF012", "14 MF822", "15 MF012", "16 MF823", "17 MF010",
    ])  # fmt: skip


def test_a_duty_is_asked_for_in_working_time_before_its_day_ends(tmp_path: Path, calendar: WorkCalendar) -> None:
    duties, problems = load(tmp_path, GOOD)
    assert duties is not None, problems
    (due,) = duties.due(calendar, date(2026, 10, 1), date(2026, 10, 31))
    assert due.occasion.period == "2026-09"
    assert due.occasion.day == date(2026, 10, 8)  # the 5th lies in the holidays of October
    assert due.ends.astimezone(calendar.zone).isoformat() == "2026-10-08T17:30:00+08:00"
    assert due.begins.astimezone(calendar.zone).isoformat() == "2026-09-29T17:30:00+08:00"


def test_what_began_between_two_looks_is_found_once_however_they_are_cut(
    tmp_path: Path, calendar: WorkCalendar
) -> None:
    duties, problems = load(tmp_path, GOOD)
    assert duties is not None, problems
    start = datetime(2025, 12, 20, tzinfo=UTC)
    whole = duties.begun(calendar, start, start + timedelta(days=365))
    looks = [start + timedelta(hours=13 * count) for count in range(675)]
    pieces = [due for a, b in pairwise(looks) for due in duties.begun(calendar, a, b)]
    assert [due for due in pieces if due.begins <= start + timedelta(days=365)] == whole
    assert len(whole) == 12


def test_what_waits_for_the_end_of_a_period_is_asked_for_on_the_first_working_morning_after_it(
    tmp_path: Path, calendar: WorkCalendar
) -> None:
    duties, problems = load(tmp_path, GOOD.replace("within: 2d", "within: over"))
    assert duties is not None, problems
    (due,) = duties.due(calendar, date(2026, 10, 1), date(2026, 10, 31))
    assert due.begins == datetime(2026, 10, 8, 7, tzinfo=ZoneInfo("Asia/Shanghai"))  # after the holidays
    assert due.occasion.period == "2026-09"
    assert load(tmp_path, GOOD.replace("within: 2d", "within: over").replace("last", "this"))[1] == ["9 MF824"]
