"""Reports of periods that closed go out by themselves, each once, and none of the time before the office began."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailflow.reports.span import closed_since
from mailflow.scheduled.duties import duties
from mailflow.settings.sections import CaseworkSection
from tests.flow.conftest import OpenOffice, new_office, office
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import Staffed

__all__ = ["OpenOffice", "new_office", "office"]
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def people(office: Office) -> Staffed:
    return Staffed(replace(office, casework=CaseworkSection(pdf=False, letters="word", reports=("month", "quarter"))))


def at(people: Staffed, month: int, day: int, *mails: bytes) -> None:
    """The work of this morning, as the running program does it."""
    people.office.clock.now = datetime(2026, month, day, 9, tzinfo=ZONE).astimezone(UTC)
    if mails:
        people.office.put(*mails)
    with people.office.open() as (app, worker):
        duties(worker.chores.daily, app.ledger, app.services.desk.zone, worker.clock())
        worker.once()


def sent(people: Staffed) -> list[tuple[str, str]]:
    return [(a, b) for a, b in people.office.ask("SELECT period, reader FROM report_periods ORDER BY id")]


def test_what_closed_is_reported_once_on_a_working_day(people: Staffed) -> None:
    at(people, 3, 2, letter())
    assert sent(people) == []  # February was over before anybody looked
    at(people, 4, 1)
    periods = [period for period, reader in sent(people) if reader == "all"]
    assert periods == ["2026-03", "2026-Q1"]
    mails = [mail for mail in people.sent("zheng@firm.example") if mail.mail.get_content_type() == "multipart/mixed"]
    assert len([mail for mail in mails if "report-2026-03.xlsx" in str(mail.mail)]) == 1
    before = sent(people)
    at(people, 4, 1)
    at(people, 4, 2)
    assert sent(people) == before
    at(people, 5, 2)  # a holiday
    assert sent(people) == before
    at(people, 5, 6)
    assert [period for period, reader in sent(people) if reader == "all"] == ["2026-03", "2026-Q1", "2026-04"]


def test_months_that_closed_while_nothing_ran_are_all_reported_the_oldest_first(people: Staffed) -> None:
    at(people, 3, 2, letter())
    at(people, 6, 3)
    periods = [period for period, reader in sent(people) if reader == "all"]
    assert periods == ["2026-03", "2026-04", "2026-05", "2026-Q1"]


def test_periods_are_counted_in_local_time() -> None:
    since = datetime(2025, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai: 2025 is over
    now = datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert closed_since("month", since, now, ZONE) == ["2026-01", "2026-02"]
    assert closed_since("year", since, now, ZONE) == []
    assert closed_since("year", datetime(2025, 12, 31, 15, 59, tzinfo=UTC), now, ZONE) == ["2025"]
