"""The summary through the whole program: mail in, a night, the worker in the morning, one mail to the manager."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.flow.conftest import new_office, office  # noqa: F401 - fixtures
from tests.flow.letters import complaint
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed

MANAGER = "zheng@firm.example"


@pytest.fixture
def staffed(office: Office) -> Staffed:  # noqa: F811
    """An office with people."""
    return Staffed(office)


def start_and_stop(staffed: Staffed) -> None:
    """The worker is started, does what is due, and is stopped."""
    with staffed.office.open() as (_, worker):
        worker.once(calendar=True)


def summaries(staffed: Staffed) -> list[Ask]:
    return [mail for mail in staffed.sent(MANAGER) if mail.subject.startswith("客服日报")]


def test_the_morning_after_a_complaint_the_manager_has_one_summary(staffed: Staffed) -> None:
    staffed.work(complaint(7))
    clock = staffed.office.clock
    clock.now = datetime(2026, 3, 3, 0, 29, tzinfo=UTC)
    start_and_stop(staffed)
    assert summaries(staffed) == []
    clock.forward(minutes=2)
    start_and_stop(staffed)
    (mail,) = summaries(staffed)
    assert "来信 1 封" in mail.subject
    number = staffed.office.one("SELECT number FROM cases")
    for words in ("新开 1，重开 0，结案 0", number, "1 个文件夹，均已核对"):
        assert words in mail.text
    late = staffed.office.one("SELECT count(*) FROM tasks WHERE status = 'open' AND due_at < '2026-03-03T00:31'")
    assert f"逾期 {late} 项" in mail.subject
    for minutes in (1, 30, 60):
        clock.forward(minutes=minutes)
        start_and_stop(staffed)
    assert len(summaries(staffed)) == 1
    clock.forward(days=1)
    start_and_stop(staffed)
    assert [("来信 0 封" in mail.subject) for mail in summaries(staffed)] == [False, True]
    assert staffed.journal().count("summary.queued") == 2
