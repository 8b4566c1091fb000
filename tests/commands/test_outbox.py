"""``mailflow outbox``: what has not left is seen, sent again, withdrawn and let go, each by somebody's word."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import CASE, rows
from tests.commands.test_casework import _surroundings, _worked_off, home
from tests.servers.smtp_sink import SmtpSink

__all__ = ["_surroundings", "_worked_off", "home"]

BY = ("--by", "白露")


def change(home: Home, statement: str, *values: int) -> None:
    """Change rows behind mailflow's back."""
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection, connection:
        connection.execute(statement, values)


def receipt(home: Home) -> int:
    """The row of the acknowledgement of the complaint."""
    ((row,),) = rows(home, "SELECT id FROM outbox WHERE occasion LIKE 'receipt:%' ORDER BY id LIMIT 1")
    return int(row)


def status(home: Home, mail: int) -> str:
    return str(rows(home, "SELECT status FROM outbox WHERE id = ?", mail)[0][0])


@pytest.fixture
def sink(home: Home) -> Iterator[SmtpSink]:
    """The mail server the home has from now on."""
    with SmtpSink() as server:
        words = f"smtp: {{host: 127.0.0.1, port: {server.port}, security: plain, from_address: service@firm.example}}\n"
        home.setting(words)
        yield server


def test_what_has_not_left_is_listed_and_shown_with_its_words(home: Home, tmp_path: Path) -> None:
    mail = receipt(home)
    listed = home.data("outbox", "list")
    assert mail in [row["id"] for row in listed]
    assert {row["status"] for row in listed} == {"pending"}
    shown = home.ok("outbox", "show", str(mail), "--save", str(tmp_path / "mail.eml"))
    assert CASE in shown
    assert "wangq@hechuan.example" in shown
    assert message_from_bytes((tmp_path / "mail.eml").read_bytes())["To"]
    assert home.run("outbox", "show", "999").exit_code == 4
    assert home.run("outbox", "list", "--status", "odd").exit_code == 2


def test_a_mail_is_withdrawn_with_a_reason_and_leaves_no_more(home: Home, sink: SmtpSink) -> None:
    mail = receipt(home)
    assert home.run("outbox", "cancel", str(mail)).exit_code == 2  # no reason
    home.ok("outbox", "cancel", str(mail), "--because", "已电话告知", *BY)
    home.ok("run", "--once")
    assert status(home, mail) == "cancelled"
    assert sink.mails
    assert "wangq@hechuan.example" not in [to for taken in sink.mails for to in taken.recipients]
    ((actor, data),) = rows(home, "SELECT actor, data FROM journal WHERE event = 'outbox.cancelled'")
    assert "白露" in actor
    assert json.loads(data) == {"outbox": mail, "because": "已电话告知"}
    assert home.run("outbox", "cancel", str(mail), "--because", "again").exit_code == 5
    home.ok("verify")


def test_what_failed_is_sent_again_with_the_same_words_and_name(home: Home, sink: SmtpSink) -> None:
    mail = receipt(home)
    sink.refuse["wangq@hechuan.example"] = "550 5.1.1 no such user"
    home.run("run", "--once")
    assert status(home, mail) == "failed"
    assert mail in [row["id"] for row in home.data("outbox", "list", "--status", "failed")]
    sink.refuse.clear()
    before = len(sink.mails)
    home.ok("outbox", "resend", str(mail), *BY)
    home.ok("run", "--once")
    assert status(home, mail) == "sent"
    assert len(sink.mails) == before + 1
    assert home.run("outbox", "resend", str(mail)).exit_code == 5  # it has left
    assert home.run("outbox", "release", str(mail)).exit_code == 5
    assert "sent again by a person" in home.ok("outbox", "show", str(mail))


def test_mails_written_without_a_mail_server_wait_to_be_released(home: Home, sink: SmtpSink) -> None:
    change(home, "UPDATE outbox SET created_at = '2026-01-01T00:00:00.000000Z'")
    count = len(home.data("outbox", "list"))
    home.ok("run", "--once")
    parked = [row["id"] for row in home.data("outbox", "list", "--status", "parked")]
    assert len(parked) == count
    home.ok("verify")  # the archives show that they wait
    assert not {row["id"] for row in home.data("outbox", "list", "--all") if row["status"] == "sent"} & set(parked)
    home.ok("outbox", "release", str(parked[0]))
    home.ok("outbox", "release", "--all")
    home.ok("run", "--once")
    assert home.data("outbox", "list") == []


def test_a_mail_that_is_leaving_is_not_withdrawn(home: Home) -> None:
    mail = receipt(home)
    change(
        home, "UPDATE outbox SET claimed_by = 'worker', claimed_at = '2999-01-01T00:00:00.000000Z' WHERE id = ?", mail
    )
    result = home.run("outbox", "cancel", str(mail), "--because", "已电话告知")
    assert result.exit_code == 3
    assert status(home, mail) == "pending"
    assert home.run("outbox", "cancel", str(mail), "99", "--because", "x").exit_code == 4


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("parked", "restored", "1 mails of ours wait: they may have left before the restore"),
        ("parked", "", "1 mails of ours wait: they were written while there was no smtp"),
        ("failed", "550 no", "1 mails of ours failed for good"),
    ],
)
def test_check_says_what_waits_for_a_person_and_with_which_command(
    home: Home, state: str, why: str, words: str
) -> None:
    assert words not in home.run("check", "--offline").output
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection, connection:
        values = (state, why, receipt(home))
        connection.execute("UPDATE outbox SET status = ?, last_error = ? WHERE id = ?", values)
    said = home.run("check", "--offline")
    assert said.exit_code == 0
    assert words in said.output
    assert f"outbox list --status {state}" in said.output


def test_check_says_that_a_setting_does_nothing_any_more_and_what_to_do(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "delivery_attempts" not in home.run("check", "--offline").output
    home.setting("limits: {delivery_attempts: 12}\n")
    said = home.run("check", "--offline")
    assert said.exit_code == 0
    assert "limits: delivery_attempts has no effect any more" in said.output
    assert "take it out of mailflow.yaml" in said.output
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    assert "delivery_attempts 不再起作用" in home.run("check", "--offline").output


def test_in_chinese_check_and_verify_say_no_english_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "zh")
    change(home, "UPDATE outbox SET status = 'odd' WHERE id = ?", receipt(home))
    found = home.run("verify")
    assert found.exit_code == 1
    assert "其状态不可能存在" in found.output
    (home.storage / "ledger.db").rename(home.storage / "elsewhere.db")
    lost = home.run("cases")
    assert lost.exit_code == 4
    assert "不见了，而此存储曾使用它" in lost.output
    for said in (found, home.run("check", "--offline"), lost):
        words = re.sub(r"mailflow [a-z]+( [a-z-]+)*|/\S+|docs/\S+", "", said.output)
        assert re.findall(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", words) == []
