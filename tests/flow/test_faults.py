"""Servers that fail, disks that fill, databases that are locked, operators who stop: state is kept and work goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.domain.model import OutgoingMail, Refusal
from mailflow.domain.ports import Sender
from mailflow.runtime.lock import StorageLock
from mailflow.settings.sections import Limits
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint
from tests.flow.office import Away, Office

# --------------------------------------------------------------------------------------------------------- replies


def test_a_reply_refused_for_now_goes_out_later_after_growing_waits(office: Office) -> None:
    office.put(complaint(1))
    office.sink.refuse["data"] = "451 4.3.0 try later"
    office.work()
    waits = []
    for _ in range(5):
        before = office.clock.now
        [(status, due)] = office.ask("SELECT status, next_attempt_at FROM outbox")
        assert status == "pending"
        while office.clock.now.strftime("%Y-%m-%dT%H:%M:%S") < due[:19]:
            office.clock.forward(seconds=30)
        waits.append(office.clock.now - before)
        office.work()
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16)]
    assert office.replies() == []
    office.sink.refuse.clear()
    office.clock.forward(hours=1)
    office.work()
    office.work()
    assert len(office.replies()) == 1
    assert office.ask("SELECT status, attempts FROM outbox") == [("sent", 7)]
    assert office.ask("SELECT result, count(*) FROM deliveries GROUP BY result") == [("sent", 1), ("temporary", 6)]


def test_a_reply_refused_for_good_is_failed_and_journaled(office: Office) -> None:
    office.put(complaint(1), complaint(2))
    office.sink.refuse["li1@works1.example"] = "550 5.1.1 no such user"
    office.work()
    assert office.ask("SELECT status, recipient FROM outbox ORDER BY id") == [
        ("failed", "li1@works1.example"), ("sent", "li2@works2.example"),
    ]  # fmt: skip
    question = "SELECT json_extract(data, '$.code') FROM journal WHERE event = 'reply.failed'"
    assert office.ask(question) == [(550,)]
    assert "smtp" in office.health.troubles()
    office.clock.forward(days=2)
    office.work()
    assert office.recipients() == ["li2@works2.example"]


def test_a_refused_login_fails_no_reply(office: Office) -> None:
    office.put(complaint(1), complaint(2))
    office.sink.refuse["mail"] = "530 5.7.0 authentication required"
    office.work()
    assert office.ask("SELECT status, attempts FROM outbox") == [("pending", 0)] * 2
    assert "smtp" in office.health.troubles()
    office.sink.refuse.clear()
    office.work()
    assert len(office.replies()) == 2


def test_a_mail_taken_without_an_answer_is_repeated_under_the_same_name(office: Office) -> None:
    office.put(complaint(1))
    office.sink.drop.append("after_data")
    office.work()
    office.clock.forward(minutes=5)
    office.work()
    assert len(office.replies()) == 2
    assert office.replies()[0].content == office.replies()[1].content


class Breaking:
    """A sender that has a defect with one recipient."""

    def __init__(self, inner: Sender) -> None:
        self.inner = inner

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        if mail.recipients == ("li1@works1.example",):
            raise ValueError("a defect")
        return self.inner.send(mail)

    def close(self) -> None:
        self.inner.close()


def test_a_reply_that_breaks_the_sender_does_not_stop_those_behind_it(office: Office) -> None:
    office.put(*(complaint(number) for number in range(1, 4)))
    office.work(sender=Breaking)
    assert sorted(office.recipients()) == ["li2@works2.example", "li3@works3.example"]
    assert office.one("SELECT status FROM outbox WHERE recipient = 'li1@works1.example'") == "pending"
    for _ in range(26):
        office.clock.forward(hours=5)
        office.work(sender=Breaking)
    assert office.one("SELECT status FROM outbox WHERE recipient = 'li1@works1.example'") == "failed"
    assert len(office.replies()) == 2


class LocksTheLedger:
    """A sender in whose time somebody else takes the ledger, before the mail can be noted as sent."""

    def __init__(self, inner: Sender, ledger: Path) -> None:
        self.inner = inner
        self.other = sqlite3.connect(ledger, isolation_level=None, check_same_thread=False)

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        refusals = self.inner.send(mail)
        if not self.other.in_transaction:
            self.other.execute("BEGIN EXCLUSIVE")
        return refusals

    def close(self) -> None:
        self.inner.close()


@pytest.mark.usefixtures("impatient")
def test_a_ledger_that_takes_no_notes_does_not_make_a_mail_leave_again_and_again(office: Office) -> None:
    office.put(complaint(1), complaint(2))
    office.work(sender=lambda inner: Refusing(inner))
    office.clock.forward(hours=1)
    ledger = office.storage / "ledger.db"
    with office.open(sender=lambda inner: LocksTheLedger(inner, ledger), boxes=[]) as (_, worker):
        sending: object = worker.dispatch.sender
        assert isinstance(sending, LocksTheLedger)
        for _ in range(4):
            with contextlib.suppress(Exception):
                worker.dispatch.round()
        assert len(office.replies()) == 1
        sending.other.execute("ROLLBACK")
        worker.dispatch.sender = sending.inner
        worker.dispatch.round()
    assert len(office.replies()) == 2
    assert office.ask("SELECT status FROM outbox") == [("sent",)] * 2


class Refusing(Breaking):
    """A sender whose server is away."""

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        raise TemporaryError("away")


# --------------------------------------------------------------------------------------------------------- storage


@pytest.fixture
def impatient() -> Iterator[None]:
    """Ledgers wait a moment for a lock, not half a minute."""

    def hurry(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    sa.event.listen(sa.pool.Pool, "checkout", hurry)
    yield
    sa.event.remove(sa.pool.Pool, "checkout", hurry)


@pytest.mark.usefixtures("impatient")
def test_a_locked_ledger_keeps_everything_and_work_goes_on(office: Office) -> None:
    office.put(complaint(1))
    office.work()
    office.put(complaint(2))
    other = sqlite3.connect(office.storage / "ledger.db", isolation_level=None)
    with office.open() as (_, worker):
        other.execute("BEGIN EXCLUSIVE")
        worker.round()
        assert office.health.troubles() != {}
        assert office.statuses() == ["handled"]
        other.execute("ROLLBACK")
        worker.once()
        assert office.health.troubles() == {}
    assert office.statuses() == ["handled", "handled"]
    assert len(office.replies()) == 2
    assert office.errors() == []


def test_a_ledger_locked_for_a_moment_is_waited_for(office: Office) -> None:
    office.put(complaint(1))
    with office.open() as (_, worker):
        other = sqlite3.connect(office.storage / "ledger.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.6, other.execute, ("ROLLBACK",)).start()
        worker.once()
        assert office.health.troubles() == {}
    assert office.statuses() == ["handled"]


@pytest.mark.parametrize("left", [32, 44])
def test_a_ledger_full_in_the_middle_of_a_mail_gives_up_the_whole_group(office: Office, left: int) -> None:
    """SQLite then ends the transaction by itself; nothing may be committed piecemeal behind our back."""
    office.put(complaint(0))
    office.work()
    office.put(*(complaint(number) for number in range(1, 40)))
    pages = [office.one("PRAGMA page_count") + left]

    def limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages[0]}")

    sa.event.listen(sa.pool.Pool, "checkout", limit)
    try:
        office.work()
        assert set(office.statuses()) <= {"handled", "waiting"}
        pages[0] = 1 << 30
        for _ in range(3):
            office.clock.forward(hours=1)
            office.work()
    finally:
        sa.event.remove(sa.pool.Pool, "checkout", limit)
    assert office.statuses() == ["handled"] * 40
    assert len(office.replies()) == len(set(office.recipients())) == 40
    assert office.errors() == []


def test_a_mail_is_tried_as_often_as_allowed_and_then_left_to_a_person(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(processing_attempts=3))
    office.put(complaint(1))
    seen = []
    for _ in range(5):
        office.work(vault=Away)
        seen += office.ask("SELECT status, reason, attempts FROM messages")
        office.work(vault=Away)  # before its time it is not tried again
        office.clock.forward(minutes=6)
    assert seen[:2] == [("waiting", "", 1), ("waiting", "", 2)]
    assert [(status, reason) for status, reason, _ in seen[2:]] == [("held", "storage")] * 3
    assert office.health.troubles() == {}  # a mail that is held troubles nobody's disk any more


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of sixteen megabytes."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_up(folder: Path, left: int) -> Path:
    """Leave this many bytes free."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
        while (room := os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - left) > 0:
            stream.write(b"\1" * room)
    return filler


@pytest.mark.parametrize("left", [0, 40_000, 200_000, 400_000])
def test_a_full_disk_keeps_everything_and_work_goes_on_when_there_is_room(
    new_office: OpenOffice, small_disk: Path, left: int
) -> None:
    office = new_office(folder=small_disk)
    office.put(complaint(1))
    office.work()
    with office.open() as (_, worker):
        office.put(*(complaint(number) for number in range(2, 30)))
        filler = fill_up(small_disk, left)
        for _ in range(2):
            worker.once()  # whatever can be done is done; nothing raises
            office.clock.forward(minutes=1)
        assert office.health.troubles() != {}
        assert len(office.replies()) == len(set(office.recipients()))
        filler.unlink()
        for _ in range(3):
            office.clock.forward(hours=1)
            worker.once()
        assert office.health.troubles() == {}
    assert office.statuses() == ["handled"] * 29
    assert office.reconciled() == (29, 29, 0, 0, 0, 0)
    assert sorted(office.recipients()) == sorted(f"li{n}@works{n}.example" for n in range(1, 30))
    assert office.errors() == []


def test_a_worker_that_cannot_even_open_its_ledger_says_so(new_office: OpenOffice, small_disk: Path) -> None:
    office = new_office(folder=small_disk)
    office.put(complaint(1))
    office.work()
    filler = fill_up(small_disk, 0)
    with pytest.raises(TemporaryError) as told:
        office.work()
    assert "disk" in told.value.remedy
    filler.unlink()
    office.put(complaint(2))
    office.work()
    assert office.statuses() == ["handled"] * 2


# ------------------------------------------------------------------------------------------------------- operators


def test_a_second_worker_on_the_same_storage_is_told_who_is_there(office: Office) -> None:
    other = "import sys, time; from pathlib import Path; from mailflow.runtime.lock import StorageLock\n"
    other += "with StorageLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    office.storage.mkdir()
    with subprocess.Popen([sys.executable, "-c", other, str(office.storage)], stdout=subprocess.PIPE) as first:
        assert first.stdout
        first.stdout.readline()
        try:
            with pytest.raises(PermanentError, match=f"process {first.pid}") as told, office.open():
                pass
            assert told.value.remedy
            assert str(office.storage) in told.value.message
        finally:
            first.kill()
    with StorageLock(office.storage):  # the dead hold nothing
        pass


def test_stopping_while_busy_finishes_the_group_and_loses_nothing(office: Office) -> None:
    office.put(*(complaint(number) for number in range(120)))
    stop = threading.Event()
    with office.open(stop=stop, tell=lambda outcome: stop.set()) as (_, worker):
        worker.run()  # ends by itself
    done = office.one("SELECT count(*) FROM messages WHERE status = 'handled'")
    assert 0 < done < 120
    assert office.one("SELECT count(*) FROM customers WHERE archived < changed") == 0
    assert office.errors() == []
    office.work()
    assert office.statuses() == ["handled"] * 120
    assert len(set(office.recipients())) == len(office.replies()) == 120


def test_sigterm_ends_the_command_with_success(office: Office, tmp_path: Path) -> None:
    office.put(*(complaint(number) for number in range(30)))
    config = tmp_path / "mailflow.yaml"
    config.write_text(
        f"company: {{name: 示例公司, domains: [firm.example]}}\nstorage: {office.storage}\n"
        f"rules: {office.config.rules}\ntemplates: {office.config.templates}\n"
        f"mailboxes: [{{name: service, host: 127.0.0.1, port: {office.server.port}, security: plain, idle: true,"
        f" username: {office.user}, password_file: {office.folder / 'password'}}}]\n"
        f"smtp: {{host: 127.0.0.1, port: {office.sink.port}, security: plain, from_address: {office.user}}}\n",
        "utf-8",
    )
    environment = dict(os.environ, MAILFLOW_CONFIG=str(config))
    command = [sys.executable, "-m", "mailflow", "run", "--since", "all"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = []
        for line in process.stderr:
            said.append(line)
            if "mails.collected" in line:
                break
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        said += process.stderr.readlines()
        assert process.wait(30) == 0, "".join(said)
    assert time.monotonic() - began < 20
    assert "Traceback" not in "".join(said)
    office.work()
    assert office.statuses() == ["handled"] * 30
    assert len(set(office.recipients())) == len(office.replies()) == 30
    assert office.errors() == []
