"""``mailflow import``: old mail is answered by nobody unless a person says so, with the numbers shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailflow.commands.start import arrival
from mailflow.domain.model import Place, RawMessage
from tests.commands.corrections.conftest import Home, lay_out
from tests.commands.corrections.conftest import _surroundings as _surroundings
from tests.commands.staffed_home import rows

NOW = datetime.now(UTC)
NUMBERS = "甲乙丙丁戊己庚辛壬癸"


def mail(number: int, received: datetime | None, *, date: datetime = NOW) -> bytes:
    """A complaint as somebody's own server received it; ``Date:`` says what its writer likes."""
    made = EmailMessage()
    if received is not None:
        made["Received"] = f"from mx.a.example by mx.b.example with ESMTP; {format_datetime(received)}"
        made["Received"] = f"from pc by mx.a.example; {format_datetime(NOW)}"  # by a stranger's server
    made["From"] = f"li{number}@works{number}.example"
    made["To"] = "kefu@qingyu-valve.example"
    made["Subject"] = f"投诉：{NUMBERS[number]}号泵漏水"
    made["Date"] = format_datetime(date)
    made["Message-ID"] = f"<{number}@works{number}.example>"
    made.set_content(f"我司收到的{NUMBERS[number]}号离心泵漏水，请尽快派人处理。联系人：李明", cte="base64")
    return made.as_bytes()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = lay_out(tmp_path / "home")
    (made.folder / "inbox").mkdir()
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of files: one of last year, one of last month, one of just now."""
    folder = tmp_path / "mails"
    folder.mkdir()
    for number, age in enumerate((timedelta(days=400), timedelta(days=20), timedelta(minutes=5))):
        (folder / f"{number}.eml").write_bytes(mail(number, NOW - age))
    return folder


def answered(home: Home) -> list[str]:
    found = rows(home, "SELECT recipient FROM outbox WHERE occasion LIKE 'receipt:%' ORDER BY id")
    return [address for (address,) in found]


def test_old_mail_ends_the_command_with_the_numbers_and_what_to_choose_before_anything_is_taken_in(
    home: Home, source: Path
) -> None:
    refused = home.run("import", str(source))
    assert refused.exit_code == 2
    for words in ("2 of these mails", "within a month 1", "older 1", "--history", "--since 2026", "--since all"):
        assert words in refused.output, words
    assert rows(home, "SELECT count(*) FROM messages") == [(0,)]


def test_the_same_is_said_in_chinese(home: Home, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    said = home.run("import", str(source)).output
    assert "其中 2 封早于" in said
    assert "一个月内 1，更早 1" in said
    assert "these mails" not in said


@pytest.mark.parametrize(
    ("choice", "customers"),
    [
        (["--history"], []),
        (["--since", "all"], [0, 1, 2]),
        (["--since", (NOW - timedelta(days=30)).isoformat()], [1, 2]),
    ],
)
def test_what_a_person_chose_is_done_and_everything_is_filed(
    home: Home, source: Path, choice: list[str], customers: list[int]
) -> None:
    home.ok("import", str(source), *choice)
    assert rows(home, "SELECT status, count(*) FROM messages GROUP BY status") == [("handled", 3)]
    assert answered(home) == [f"li{number}@works{number}.example" for number in customers]


def test_an_answer_to_imported_mail_of_long_ago_says_that_it_is_late(home: Home, source: Path) -> None:
    home.ok("import", str(source), "--since", "all")
    assert rows(home, "SELECT count(*) FROM journal WHERE event = 'mail.late'") == [(2,)]


def test_fresh_mail_is_taken_in_without_a_word_and_mail_that_is_known_is_not_counted_again(
    home: Home, source: Path
) -> None:
    for name in ("0.eml", "1.eml"):
        (source / name).rename(source.parent / name)
    home.ok("import", str(source))
    assert answered(home) == ["li2@works2.example"]
    (source.parent / "0.eml").rename(source / "0.eml")
    home.ok("import", str(source), "--history")
    home.ok("import", str(source))  # nothing of it is new
    assert answered(home) == ["li2@works2.example"]


def test_mail_received_since_the_start_of_the_office_is_new_however_late_it_is_imported(
    home: Home, source: Path
) -> None:
    home.ok("run", "--once", "--since", (NOW - timedelta(days=60)).isoformat())
    (source / "0.eml").unlink()
    home.ok("import", str(source))
    assert answered(home) == ["li1@works1.example", "li2@works2.example"]


def test_an_office_that_answers_all_mail_answers_what_is_imported(home: Home, source: Path) -> None:
    home.ok("run", "--once", "--since", "all")
    home.ok("import", str(source))
    assert len(answered(home)) == 3


@pytest.mark.parametrize("words", [["--history", "--since", "all"], ["--since", "yesterday"]], ids=["both", "no date"])
def test_a_choice_that_cannot_be_meant_is_a_wrong_argument(home: Home, source: Path, words: list[str]) -> None:
    assert home.run("import", str(source), *words).exit_code == 2


def test_when_a_mail_came_its_last_server_says_and_its_writer_does_not() -> None:
    place = Place("import", "INBOX", 1, 1)
    long_ago, copied = NOW - timedelta(days=400), NOW - timedelta(days=1)
    told = arrival(RawMessage(place, mail(1, long_ago), copied))
    assert told is not None
    assert abs(told - long_ago) < timedelta(seconds=2)
    assert arrival(RawMessage(place, mail(1, None), copied)) == copied
    assert arrival(RawMessage(place, mail(1, None), None)) is None


def test_a_mail_nobody_says_the_time_of_waits_for_the_choice_as_well(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "mails"
    file.mkdir()
    (file / "1.eml").write_bytes(mail(1, None))
    refused = home.run("import", str(file))
    assert refused.exit_code == 2
    assert "time not known 1" in refused.output
