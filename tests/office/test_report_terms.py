"""The times of an 8D report's steps: by the rule, as agreed with a customer, counted by clock or by working days."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.office.calendar_files import load_calendars
from mailflow.office.report_terms import USUAL, Clock, load_report_terms
from mailflow.settings import shipped

ZONE = ZoneInfo("Asia/Shanghai")
FILE = shipped.folder("rules") / "reports.yaml"


def clock(since: datetime) -> Clock:
    calendars, _ = load_calendars(shipped.folder("rules") / "calendars", ZONE)
    assert calendars is not None
    return Clock(since, calendars.default)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_the_shipped_file_is_what_counts_without_one() -> None:
    terms, problems = load_report_terms(FILE)
    assert terms is not None, problems
    assert terms.model_copy(update={"labels": {}}) == USUAL
    assert {"team", "cause_occur", "customer_ref"} <= set(terms.labels)


@pytest.mark.parametrize(
    ("since", "term", "due"),
    [
        ("2026-03-06T16:00", "24h", "2026-03-07T16:00"),  # by the clock, also on a Saturday
        ("2026-03-06T16:00", "5d", "2026-03-13T17:30"),
        ("2026-03-02T09:00", "14c", "2026-03-16T17:30"),
        ("2026-03-02T09:00", "5c", "2026-03-06T17:30"),  # a Saturday would be late: the day before
    ],
)
def test_hours_run_by_the_clock_and_days_end_with_the_work(since: str, term: str, due: str) -> None:
    assert clock(moment(since)).after(term).astimezone(ZONE) == moment(due)


def test_a_day_nobody_works_is_the_working_day_before_it() -> None:
    assert clock(moment("2026-03-02T09:00")).on(date(2026, 3, 8)).astimezone(ZONE) == moment("2026-03-06T17:30")


def test_what_was_agreed_counts_by_number_before_domain(tmp_path: Path) -> None:
    file = tmp_path / "reports.yaml"
    file.write_text(
        "steps: {3D: 24h, 5D: 5d, 8D: 10d}\ncustomers:\n"
        "  - {domain: Bigcar.example, steps: {3D: 48h}}\n  - {customer: KH-00012, steps: {3D: 8h}, report: 8D}\n",
        "utf-8",
    )
    terms, problems = load_report_terms(file)
    assert terms is not None, problems
    assert terms.agreed("KH-00012", "bigcar.example").steps == {"3D": "8h"}
    assert terms.agreed("KH-00001", "bigcar.example").steps == {"3D": "48h"}
    assert terms.agreed("KH-00001", "other.example").report is None


def test_all_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "reports.yaml"
    file.write_text(
        "steps: {3D: soon, 5D: 5d, 8D: 10d}\ncustomers:\n  - {steps: {3D: 8h}}\n  - {customer: KH-00012}\n", "utf-8"
    )
    terms, problems = load_report_terms(file)
    assert terms is None
    assert [(problem.line, problem.code) for problem in problems if problem.code == "MF770"] == [
        (3, "MF770"),
        (4, "MF770"),
    ]
    assert [problem.line for problem in problems if problem.code != "MF770"] == [1]
