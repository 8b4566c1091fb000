"""What only a ledger on PostgreSQL has: an address, a server that refuses or goes away, turns between writers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.engine import writing
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.opening import _url, open_ledger, probe_ledger
from mailflow.domain.errors import ConfigError, TemporaryError
from mailflow.domain.model import OutgoingMail, Place
from mailflow.settings.config import LedgerSection
from tests.adapters.sql.stores import POSTGRESQL, Store
from tests.servers.ports import free_port
from tests.servers.postgresql import PostgreSQL

pytestmark = [POSTGRESQL, pytest.mark.usefixtures("store")]

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
def server(store: Store) -> PostgreSQL:
    assert store.server is not None
    return store.server


@pytest.fixture
def ledger(tmp_path: Path, store: Store) -> Iterator[SqlLedger]:
    opened = store.open(tmp_path)
    yield opened
    opened.close()


# ------------------------------------------------------------------------------------------------- what is refused


def refused(settings: LedgerSection, folder: Path) -> tuple[str, str, str]:
    with pytest.raises(ConfigError) as caught:
        open_ledger(settings, folder)
    (problem,) = caught.value.problems
    return problem.code, problem.message, problem.remedy


def test_a_server_that_is_there_says_which_it_is(tmp_path: Path, store: Store) -> None:
    (line,) = probe_ledger(store.settings(tmp_path))
    assert line.startswith("PostgreSQL ")


def test_a_database_that_is_not_there(tmp_path: Path, store: Store, server: PostgreSQL) -> None:
    settings = store.settings(tmp_path).model_copy(update={"address": server.address("nothing")})
    code, message, remedy = refused(settings, tmp_path)
    assert (code, "docs/howto/postgresql.md" in remedy) == ("MF031", True)
    assert '"nothing" does not exist' in message


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path, store: Store) -> None:
    settings = store.settings(tmp_path)
    (tmp_path / "ledger-password").write_text("mistaken")
    code, message, remedy = refused(settings, tmp_path)
    assert code == "MF031"
    assert "password authentication failed" in message
    assert "mistaken" not in message + remedy


def test_no_password_and_no_file_of_it(tmp_path: Path, store: Store) -> None:
    settings = store.settings(tmp_path)
    assert refused(LedgerSection(address=settings.address), tmp_path)[0] == "MF031"
    (tmp_path / "ledger-password").unlink()
    assert "cannot be read" in refused(settings, tmp_path)[1]


def test_a_server_that_is_away_may_come_back(tmp_path: Path) -> None:
    settings = LedgerSection(address=f"postgresql://mailflow@127.0.0.1:{free_port()}/mailflow")
    with pytest.raises(TemporaryError, match="refused") as caught:
        open_ledger(settings, tmp_path)
    assert "check that PostgreSQL runs on 127.0.0.1" in caught.value.remedy


def test_a_driver_that_is_not_installed(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = store.settings(tmp_path)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    code, _, remedy = refused(settings, tmp_path)
    assert (code, "mailflow[postgres]" in remedy) == ("MF030", True)


def test_a_database_that_cannot_hold_every_text(tmp_path: Path, store: Store, server: PostgreSQL) -> None:
    address = server.database(encoding="LATIN1")
    store.made.append(address)
    code, message, remedy = refused(store.settings(tmp_path).model_copy(update={"address": address}), tmp_path)
    assert (code, "LATIN1" in message, "--encoding=UTF8" in remedy) == ("MF032", True, True)


def test_a_database_of_something_else(tmp_path: Path, store: Store, server: PostgreSQL) -> None:
    settings = store.settings(tmp_path, empty=True)
    server.ask(settings.address, "CREATE TABLE customers (name text)")
    code, message, _ = refused(settings, tmp_path)
    assert (code, "customers" in message) == ("MF032", True)
    assert server.ask(settings.address, "SELECT count(*) FROM pg_tables WHERE tablename = 'messages'") == [(0,)]


def test_a_database_the_user_may_not_make_tables_in(tmp_path: Path, store: Store, server: PostgreSQL) -> None:
    settings = store.settings(tmp_path, empty=True)
    server.ask(settings.address, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
    (tmp_path / "ledger-password").write_text("guest")
    as_guest = settings.model_copy(update={"address": settings.address.replace("mailflow@", "guest@")})
    code, _, remedy = refused(as_guest, tmp_path)
    server.ask(settings.address, "DROP ROLE guest")
    assert (code, "OWNER TO" in remedy) == ("MF032", True)


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://u@db.firm.example/x", "require"),
        ("postgresql://u@db.firm.example/x?sslmode=verify-full", "verify-full"),
        ("postgresql:///x?host=db.firm.example:5433", "require"),
        ("postgresql://u@localhost/x", None),
        ("postgresql://u@127.0.0.1:5433/x", None),
        ("postgresql:///x?host=/run/postgresql", None),
        ("postgresql:///x", None),
    ],
)
def test_customers_words_cross_a_network_encrypted(address: str, mode: str | None) -> None:
    assert _url(LedgerSection(address=address)).query.get("sslmode") == mode


# ---------------------------------------------------------------------------------------------------- transactions


def test_a_durable_commit_waits_for_the_disk_whatever_the_server_was_told(
    tmp_path: Path, store: Store, server: PostgreSQL
) -> None:
    settings = store.settings(tmp_path)
    name = sa.make_url(settings.address).database
    server.ask(settings.address, f'ALTER DATABASE "{name}" SET synchronous_commit TO off')
    ledger = open_ledger(settings, tmp_path)
    found = []
    for durable in (True, False, True):
        with ledger.begin(durable=durable) as work:
            found.append(work.connection.exec_driver_sql("SHOW synchronous_commit").scalar())
    ledger.close()
    assert found == ["on", "off", "on"]


def test_a_writer_that_waits_too_long_for_its_turn_tries_again_later(ledger: SqlLedger, store: Store) -> None:
    other = SqlLedger(ledger.engine.url, store.password)
    with ledger.begin() as work:
        work.journal("mail.filed", NOW)
        begun = threading.Event()
        found: list[BaseException] = []

        def write() -> None:
            try:
                with other.begin():
                    begun.set()
            except BaseException as error:
                found.append(error)

        real = writing(other.engine)
        sa.event.listen(real, "before_cursor_execute", _impatient, retval=True)
        other._writing = real
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(20)
        assert not begun.is_set()
    other.close()
    assert [type(error) for error in found] == [TemporaryError]
    assert "lock timeout" in str(found[0])


def _impatient(_c: object, _u: object, statement: str, values: object, *_: object) -> tuple[str, object]:
    return statement.replace("'30s'", "'50ms'"), values


def test_a_reader_sees_one_state_and_keeps_no_writer_waiting(ledger: SqlLedger) -> None:
    count = sa.select(sa.func.count()).select_from(t.journal)
    with ledger.snapshot() as rows:
        before = rows.scalar(count)
        with ledger.begin() as work:
            work.journal("mail.filed", NOW)
        assert rows.scalar(count) == before == 0
    with ledger.snapshot() as rows:
        assert rows.scalar(count) == 1


def test_the_rate_brake_is_not_fooled_by_ids_left_out(ledger: SqlLedger) -> None:
    def mail(number: int) -> OutgoingMail:
        return OutgoingMail("us@x.example", ("a@b.example",), f"{number}@x.example", b"mail")

    for number in range(6):
        with ledger.begin() as work:
            work.queue(f"o:{number // 2}", mail(number), case=None, message=None, now=NOW)  # every other is there
    with ledger.begin() as work:
        assert work.queued_at_least(3, NOW) is True
        assert work.queued_at_least(4, NOW) is False


def test_a_server_that_dies_is_a_passing_trouble_and_comes_back(ledger: SqlLedger, server: PostgreSQL) -> None:
    def enter(uid: int) -> None:
        with ledger.begin() as work, work.savepoint():
            work.add_message(Place("m", "INBOX", 1, uid), f"{uid:064x}", 10, arrived_at=None, now=NOW)
            if uid == 2:
                server.stop()
            work.add_message(Place("m", "INBOX", 1, uid + 100), f"{uid + 100:064x}", 10, arrived_at=None, now=NOW)

    enter(1)
    try:
        with pytest.raises(TemporaryError):
            enter(2)
        with pytest.raises(TemporaryError):  # while it is away
            enter(3)
    finally:
        server.stop()
        server.start()
    enter(4)
    with ledger.snapshot() as rows:
        assert rows.scalars(sa.select(t.messages.c.uid).order_by(t.messages.c.id)).all() == [1, 101, 4, 104]


def test_what_a_statement_may_not_do_breaks_its_own_mail_only(ledger: SqlLedger) -> None:
    """A text too long for an index will be too long the next time: it is no passing trouble."""
    endless = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(6000))
    with ledger.begin() as work:
        work.journal("mail.filed", NOW)
        with pytest.raises(sa.exc.DBAPIError), work.savepoint():
            work.next_number(endless)
        assert work.next_number("case") == 1
    with ledger.snapshot() as rows:
        assert rows.scalar(sa.select(sa.func.count()).select_from(t.journal)) == 1
