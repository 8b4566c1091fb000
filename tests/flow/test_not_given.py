"""Mails a mail server does not give: they are named, counted in the ledger, and hold up nothing but themselves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bench.world import USER, make_home
from mailflow.cli import main
from mailflow.domain.errors import TemporaryError
from mailflow.domain.mailbox_ports import NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Listing, Oversize
from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint, letter
from tests.flow.office import Office
from tests.flow.test_worker import Box, box
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate, Poison, refuse
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture
def gate(dovecot: Dovecot) -> Iterator[Gate]:
    with Gate(dovecot.port) as opened:
        yield opened


def health(office: Office) -> dict[str, Any]:
    found = json.loads((office.storage / "health.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def tries(office: Office) -> list[tuple[int, int]]:
    return [(uid, number) for uid, number in office.ask("SELECT uid, tries FROM unfetched ORDER BY uid")]


@BOTH
def test_one_mail_that_ends_the_connection_is_left_out_after_three_runs_and_the_others_are_handled(
    new_office: OpenOffice, gate: Gate
) -> None:
    office = new_office(mailbox={"port": gate.port})
    gate.answer = poison = Poison(2)
    office.put(complaint(1), complaint(2), complaint(3))
    for number in (1, 2):
        office.work()
        assert office.statuses() == ["handled", "handled"]
        assert tries(office) == [(2, number)]
        assert "INBOX UID 2" in office.health.troubles()["mailbox:service"]
    office.put(complaint(4))
    office.work()
    assert office.statuses() == ["handled"] * 3
    assert tries(office) == [(2, 3)]
    assert office.health.troubles() == {}
    assert "INBOX UID 2" in health(office)["left_out"]["service"][0]
    assert office.ask("SELECT event, data FROM journal WHERE event = 'mail.left_out'") == [
        ("mail.left_out", '{"folder":"INBOX","mailbox":"service","uid":2,"why":"connection"}')
    ]
    del poison.asked[:]
    office.work()
    assert poison.asked == []  # neither it nor what came is asked for
    assert "INBOX UID 2" in health(office)["left_out"]["service"][0]  # and it stays named
    assert office.reconciled() == (4, 3, 0, 0, 0, 1)
    office.clock.forward(hours=1)
    office.work()
    assert all(uids == {2} for uids in poison.asked)
    assert poison.asked
    poison.uids.clear()
    office.clock.forward(hours=1)
    office.work()
    assert office.statuses() == ["handled"] * 4
    assert tries(office) == []
    assert health(office)["left_out"] == {}
    assert len(office.replies()) == 4


def test_a_worker_goes_on_with_all_others(new_office: OpenOffice, gate: Gate) -> None:
    office = new_office(mailbox={"port": gate.port})
    gate.answer = Poison(1)
    office.put(complaint(1), complaint(2))
    with office.open() as (_, worker):
        for number in range(3, 7):
            worker.round()
            office.put(complaint(number))
        worker.once()
    assert office.statuses() == ["handled"] * 5
    assert tries(office) == [(1, 3)]


def test_several_such_mails_are_each_left_out(new_office: OpenOffice, gate: Gate) -> None:
    office = new_office(mailbox={"port": gate.port})
    gate.answer = poison = Poison(1, 2, 4, 5)
    office.put(*(complaint(number) for number in range(1, 7)))
    for _ in range(5):
        office.work()
    assert office.statuses() == ["handled", "handled"]
    assert [uid for uid, _ in tries(office)] == [1, 2, 4, 5]
    assert len(health(office)["left_out"]["service"]) == 4
    assert not poison.asked[-1] & {3, 6}


def test_a_mail_the_server_refuses_is_left_out_as_well(new_office: OpenOffice, gate: Gate) -> None:
    office = new_office(mailbox={"port": gate.port})
    gate.answer = refuse(rb"FETCH (\d+[,:])*1([,:]\d+)* .*BODY")
    office.put(complaint(1), complaint(2))
    for _ in range(3):
        office.work()
    assert office.statuses() == ["handled"]
    assert office.ask("SELECT uid, why, tries FROM unfetched") == [(1, "refused", 3)]


def test_of_a_mail_that_is_gone_nothing_is_kept(new_office: OpenOffice, gate: Gate) -> None:
    office = new_office(mailbox={"port": gate.port, "folders": ("INBOX", "投诉")})
    office.server.deliver(office.user, complaint(1), "投诉")
    gate.answer = Poison(1)
    office.work()
    assert tries(office) == [(1, 1)]
    office.server.remove(office.user, "投诉")
    office.server.deliver(office.user, letter("请问球阀的交期？谢谢。", subject="咨询"), "投诉")
    gate.answer = None
    office.work()
    assert tries(office) == []
    assert office.statuses() == ["handled"]


def test_what_came_before_the_mailbox_broke_off_is_not_fetched_again(office: Office) -> None:
    office.put(*(complaint(number) for number in range(1, 5)))
    asked: list[list[int]] = []

    class Breaking(Box):
        def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
            asked.append(list(uids))
            for number, mail in enumerate(self.inner.fetch(listing, uids)):
                if number == 2:
                    raise TemporaryError("connection lost")
                yield mail

    breaking = Breaking(box(office).inner, "service", threading.Event())
    with office.open(boxes=[breaking]) as (_, worker):
        worker.round()
        assert office.health.troubles() == {"mailbox:service": "connection lost"}
        worker.once()
    assert [len(uids) for uids in asked] == [4, 2]
    assert office.statuses() == ["handled"] * 4


def test_run_once_by_cron_says_which_mail_is_left_out_and_held_lists_it(
    dovecot: Dovecot, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")
    monkeypatch.setenv("MAILFLOW_BENCH_PASSWORD", "secret")
    monkeypatch.setenv("COLUMNS", "200")
    with SmtpSink() as sink:
        config = make_home(tmp_path / "home", gate.port, sink.port)
        user = "cron.not.given@bench.example"
        config.write_text(config.read_text("utf-8").replace(f"username: {USER}", f"username: {user}"), "utf-8")

        def run(*arguments: str) -> Result:
            return CliRunner().invoke(main, ["--config", str(config), *arguments])

        dovecot.deliver_many(user, [complaint(1), complaint(2), complaint(3)])
        gate.answer = Poison(2)
        runs = [run("run", "--once", "--since", "all") for _ in range(4)]
        assert [result.exit_code for result in runs] == [3, 3, 0, 0]
        assert all("INBOX UID 2 is not given by the server" in result.output for result in runs)
        assert len(sink.mails) == 2
        assert "the server ends the connection over it" in run("held").output
        (row,) = json.loads(run("held", "--json").stdout)
        assert (row["reason"], row["folder"], row["uid"], row["tries"]) == ("not_given", "INBOX", 2, 3)
