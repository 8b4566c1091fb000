"""Duties of the calendar: once for each occasion, caught up once after a pause."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.scheduled.duties import Duty, duties, last_due

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_duty_runs_once_for_its_occasion_also_after_a_restart(tmp_path: Path) -> None:
    ran: list[datetime] = []
    todo = [Duty("upkeep", time(3, 30), ran.append)]
    now = datetime(2026, 11, 22, 4, 0, tzinfo=SHANGHAI)
    for _ in range(3):
        ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")  # opened anew: a restart
        duties(todo, ledger, SHANGHAI, now)
        ledger.close()
    assert ran == [now]


def test_after_days_off_only_the_latest_occasion_is_caught_up(tmp_path: Path) -> None:
    ran: list[datetime] = []
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    todo = [Duty("upkeep", time(3, 30), ran.append)]
    start = datetime(2026, 11, 22, 4, 0, tzinfo=SHANGHAI)
    duties(todo, ledger, SHANGHAI, start)
    duties(todo, ledger, SHANGHAI, start + timedelta(days=5))
    assert len(ran) == 2


@pytest.mark.parametrize(
    ("local", "due"),
    [("2026-11-22T03:29", "2026-11-21T03:30"), ("2026-11-22T03:30", "2026-11-22T03:30")],
)
def test_the_last_occasion_is_the_latest_that_is_not_in_the_future(local: str, due: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    wanted = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert last_due(time(3, 30), SHANGHAI, now) == wanted
