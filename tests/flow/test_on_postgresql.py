"""A whole mailflow over a ledger on PostgreSQL: killed between any two writes, its server lost, its commands used."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from mailflow import app as composition
from mailflow.cli import main
from mailflow.commands.running import make_worker
from mailflow.runtime.health import Health
from tests.adapters.sql.stores import BOTH, POSTGRESQL, Store
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint
from tests.flow.office import Office


def whole(office: Office, mails: int) -> None:
    """Every mail was handled, numbered and answered once, and all hangs together."""
    assert office.statuses() == ["handled"] * mails
    numbers = [f"TS-2026-{number:04d}" for number in range(1, mails + 1)]
    assert sorted(str(number) for number in office.cases()) == numbers
    records = office.ask("SELECT number FROM records ORDER BY number")
    assert records == [(f"JL-23-01-2026-{number:04d}",) for number in range(1, mails + 1)]
    assert len({mail.content for mail in office.replies()}) == mails == len(set(office.recipients()))
    assert office.reconciled() == (mails, mails, 0, 0, 0, 0)
    assert office.errors() == []


def killed(office: Office, event: str, count: int) -> bool:
    """One run in a process of its own that dies at the n-th ``begin`` or ``commit``; False: it came through."""
    child = os.fork()
    if child == 0:
        left = [count]

        def die(_connection: sa.Connection) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sa.event.listen(sa.Engine, event, die)
            office.work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@POSTGRESQL
def test_killed_between_any_two_writes_nothing_is_lost_or_doubled(office: Office) -> None:
    office.put(complaint(1))
    office.work()  # the children find rules and words in memory
    office.put(*(complaint(number) for number in range(2, 7)))
    deaths = [killed(office, event, count) for count in (4, 6, 8) for event in ("begin", "commit")]
    assert sum(deaths) >= 4
    for _ in range(2):
        office.clock.forward(hours=1)
        office.work()
    whole(office, 6)


@POSTGRESQL
def test_a_server_that_dies_while_mails_are_filed_holds_them_up_and_loses_none(office: Office, store: Store) -> None:
    server = store.server
    assert server is not None
    office.put(complaint(1))
    office.work()
    office.put(*(complaint(number) for number in range(2, 6)))
    stopped: list[int] = []

    def stop(_connection: sa.Connection, name: str) -> None:
        if not stopped and office.health.troubles() == {}:
            stopped.append(1)
            server.stop()

    with office.open() as (_, worker):
        try:
            sa.event.listen(sa.Engine, "savepoint", stop)
            worker.once()  # whatever can be done is done; nothing raises
        finally:
            sa.event.remove(sa.Engine, "savepoint", stop)
            server.stop()
            server.start()
        assert stopped
        assert office.health.troubles() != {}
        for _ in range(3):
            office.clock.forward(hours=1)
            worker.once()
        assert office.health.troubles() == {}
    whole(office, 5)


@BOTH
def test_two_workers_at_once_handle_every_mail_once(office: Office) -> None:
    """The lock keeps a second worker from a storage; should it ever fail, the rows' claims still hold."""
    office.put(*(complaint(number) for number in range(1, 13)))
    office.storage.mkdir()
    barrier, one_opens = threading.Barrier(2), threading.Lock()  # no process forks while a thread of its takes a lock

    def work(sends: bool) -> None:
        config, stop = office.config, threading.Event()
        with ExitStack() as stack:
            with one_opens:
                app = stack.enter_context(composition.open_app(config))
                boxes = composition.mailboxes(config, stop)
                out = composition.sender(config) if sends else None
                worker = make_worker(app, boxes, out, Health(config.storage), stop)
            worker.clock = office.clock
            barrier.wait(60)
            worker.once()

    threads = [threading.Thread(target=work, args=(sends,)) for sends in (True, False)]
    with composition.open_app(office.config):
        pass  # the schema is there
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for _ in range(2):
        office.clock.forward(hours=1)
        office.work()
    whole(office, 12)
    question = "SELECT count(*) FROM journal WHERE event = 'case.opened'"
    assert office.one(question) == 12


# -------------------------------------------------------------------------------------------------------- commands


def run(office: Office, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """A command over the office's settings."""
    file = office.folder / "mailflow.yaml"
    file.write_text(
        f"company: {{name: 示例公司, domains: [firm.example]}}\nstorage: {office.storage}\n"
        f"rules: {office.config.rules}\ntemplates: {office.config.templates}\n"
        f"mailboxes: [{{name: service, type: folder, path: {office.folder}, addresses: [{office.user}]}}]\n"
        f"ledger: {{address: '{office.ledger.address}', password_env: MAILFLOW_LEDGER_PASSWORD}}\n",
        "utf-8",
    )
    monkeypatch.setenv("MAILFLOW_CONFIG", str(file))
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    password = office.ledger.password()
    monkeypatch.setenv("MAILFLOW_LEDGER_PASSWORD", password() if password else "")
    return CliRunner().invoke(main, list(arguments))


@POSTGRESQL
def test_the_commands_work_or_say_what_to_do_instead(
    new_office: OpenOffice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office = new_office()
    office.put(complaint(1))
    office.work()
    files = office.files()
    for command in ("verify", "archive rebuild", "cases", "case TS-2026-0001", "tasks", "records", "promises", "held"):
        done = run(office, monkeypatch, *command.split())
        assert done.exit_code == 0, (command, done.output)
    assert office.files() == files
    table = run(office, monkeypatch, "ledger", "--year", "2026", "--csv", str(tmp_path / "ledger.csv"))
    assert table.exit_code == 0, table.output
    assert "TS-2026-0001" in (tmp_path / "ledger.csv").read_text("utf-8-sig")
    for command, instead in (("backup", "pg_dump"), ("restore", "pg_restore")):
        refused = run(office, monkeypatch, command, str(tmp_path))
        assert refused.exit_code == 4
        assert instead in refused.output
    assert not (office.storage / "ledger.db").exists()
