"""``mailflow duties``: what comes, what is late, and the same as a calendar file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.commands.corrections.conftest import Home, lay_out


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    made = lay_out(tmp_path / "home")
    monkeypatch.chdir(made.folder)
    return made


def test_the_duties_to_come_stand_with_their_days(home: Home) -> None:
    found = json.loads(home.run("duties", "--json").stdout)
    assert {"complaint_analysis", "market_report"} <= {each["duty"] for each in found}
    assert {each["state"] for each in found} == {"coming"}


def test_a_calendar_file_keeps_its_days_names_however_often_it_is_written(home: Home, tmp_path: Path) -> None:
    files = [tmp_path / "a.ics", tmp_path / "b.ics"]
    for file in files:
        assert home.run("duties", "--ics", str(file)).exit_code == 0
    first, second = (Calendar.from_ical(file.read_bytes()) for file in files)
    assert first["UID"] == second["UID"]
    uids = [[str(event["UID"]) for event in found.walk("VEVENT")] for found in (first, second)]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0]) > 40


def test_what_is_no_day_is_said_in_one_line(home: Home) -> None:
    done = home.run("duties", "--since", "yesterday")
    assert done.exit_code == 2
    assert "2026-11-30" in done.stderr
