"""A ledger that is older, foreign, missing or gone is refused with what to do; after a restore work begins safe."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow import app as composition
from mailflow.adapters.sql.guard import FILE, read_mark
from mailflow.app import go_on_in_place, make_backup, restore_backup
from mailflow.domain.errors import LedgerLost
from tests.adapters.sql.stores import POSTGRESQL, Store
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint
from tests.flow.office import Office


@pytest.fixture
def office(new_office: OpenOffice, store: Store) -> Office:
    """An office whose ledger is a file."""
    if store.server is not None:
        pytest.skip("about the file of the ledger")
    made = new_office()
    made.put(complaint(1), complaint(2))
    made.work()
    return made


def copy_of(office: Office, target: Path) -> Path:
    """A sound copy of the ledger as it is now."""
    with closing(sqlite3.connect(office.storage / "ledger.db")) as source, closing(sqlite3.connect(target)) as sink:
        source.backup(sink)
    return target


def swap(office: Office, ledger: Path | None) -> None:
    """Another ledger lies in the storage, or none."""
    for path in office.storage.glob("ledger.db*"):
        path.unlink()
    if ledger is not None:
        shutil.copy(ledger, office.storage / "ledger.db")


def refusal(office: Office) -> str:
    """Why the storage is not opened."""
    with pytest.raises(LedgerLost) as found, composition.open_app(office.config):
        pass
    return str(found.value)


def test_an_older_copy_of_the_ledger_is_refused_with_what_to_do(office: Office, tmp_path: Path) -> None:
    old = copy_of(office, tmp_path / "old.db")
    office.put(complaint(3))
    office.work()
    swap(office, old)
    said = refusal(office)
    assert "had come to" in said
    assert "mailflow restore --in-place" in said
    assert len(office.replies()) == 3


def test_an_older_copy_that_was_worked_on_elsewhere_meanwhile_is_refused_too(office: Office, tmp_path: Path) -> None:
    old = copy_of(office, tmp_path / "old.db")
    mark = (office.storage / FILE).read_bytes()
    office.put(complaint(3))
    office.work()
    newer_mark = (office.storage / FILE).read_bytes()
    swap(office, old)
    (office.storage / FILE).write_bytes(mark)
    office.put(complaint(4), complaint(5))
    office.work()
    (office.storage / FILE).write_bytes(newer_mark)
    assert "reads otherwise" in refusal(office)


def test_the_ledger_of_another_office_is_refused(office: Office, new_office: OpenOffice, tmp_path: Path) -> None:
    other = new_office()
    other.put(complaint(8), complaint(9))
    other.work()
    swap(office, copy_of(other, tmp_path / "other.db"))
    assert "another storage" in refusal(office)


@pytest.mark.parametrize("with_mark", [True, False])
def test_a_missing_ledger_is_refused_and_no_new_one_made(office: Office, *, with_mark: bool) -> None:
    swap(office, None)
    if not with_mark:
        (office.storage / FILE).unlink()
    assert "is missing" in refusal(office)
    assert not (office.storage / "ledger.db").exists()


def test_an_empty_file_in_its_place_is_refused(office: Office) -> None:
    swap(office, None)
    (office.storage / "ledger.db").touch()
    assert "is empty" in refusal(office)


def test_a_mark_that_lags_behind_or_is_lost_refuses_nothing(office: Office) -> None:
    lagging = (office.storage / FILE).read_bytes()
    office.put(complaint(3))
    office.work()
    (office.storage / FILE).write_bytes(lagging)
    office.put(complaint(4))
    office.work()
    (office.storage / FILE).unlink()
    office.put(complaint(5))
    office.work()
    (office.storage / FILE).write_text("half a wor")
    office.work()
    assert office.statuses() == ["handled"] * 5


def test_the_mark_reaches_no_further_than_what_is_on_the_disk(office: Office) -> None:
    mark = read_mark(office.storage)
    assert mark is not None
    entries = office.ask("SELECT id, hash FROM journal WHERE id = ?", mark.entries)
    assert entries == [(mark.entries, mark.hash)]
    assert mark.entries <= office.one("SELECT max(id) FROM journal")


@pytest.mark.parametrize("replaced", [True, False])
def test_a_ledger_removed_or_replaced_while_we_work_ends_the_next_round_loudly(
    office: Office, tmp_path: Path, *, replaced: bool
) -> None:
    other = copy_of(office, tmp_path / "copy.db")

    def work_on() -> None:
        with office.open() as (_, worker):
            worker.round()
            office.put(complaint(3))
            swap(office, other if replaced else None)
            worker.round()

    with pytest.raises(LedgerLost) as found:
        work_on()
    assert ("was replaced" if replaced else "was removed") in str(found.value)
    assert found.value.exit_code == 4
    assert "ledger" in office.health.troubles()
    assert '"ledger"' in (office.storage / "health.json").read_text()


def restored(office: Office, tmp_path: Path, days: float) -> Office:
    """The office after its storage was lost, so long after a backup, and restored from it; two mails came between."""
    config = office.config
    file = office.folder / "mailflow.yaml"
    file.touch()
    make_backup(config, file, tmp_path / "backup.tar", office.clock.now, lambda *_: None)
    office.clock.forward(days=days)
    office.put(complaint(3), complaint(4))
    office.work()
    office.sink.mails.clear()
    shutil.rmtree(office.storage)
    office.clock.forward(hours=1)
    restore_backup(config, tmp_path / "backup.tar", office.clock.now, lambda *_: None)
    return office


def test_after_a_restore_what_came_since_is_filed_numbered_anew_and_not_sent(office: Office, tmp_path: Path) -> None:
    restored(office, tmp_path, 3)
    office.clock.forward(minutes=1)
    office.work()
    assert office.statuses() == ["handled"] * 4
    assert office.cases() == ["TS-2026-0001", "TS-2026-0002", "TS-2026-0103", "TS-2026-0104"]
    assert office.replies() == []
    waiting = office.ask("SELECT status, last_error FROM outbox WHERE occasion LIKE 'receipt:%' ORDER BY id")
    assert waiting == [("sent", ""), ("sent", ""), ("parked", "restored"), ("parked", "restored")]
    assert office.errors() == []
    void = office.ask("SELECT data FROM journal WHERE event = 'numbers.reserved' AND data LIKE '%case:TS:2026%'")
    assert void == [('{"counter":"case:TS:2026","first":3,"last":102}',)]


def test_once_everything_is_read_again_new_mail_is_answered_as_usual(office: Office, tmp_path: Path) -> None:
    restored(office, tmp_path, 3)
    office.clock.forward(minutes=1)
    office.work()
    office.put(complaint(5))
    office.work()
    assert office.recipients() == ["li5@works5.example"]


def test_a_kind_of_number_first_given_after_the_backup_leaves_its_gap_as_well(office: Office, tmp_path: Path) -> None:
    restored(office, tmp_path, 3)
    with office.open() as (app, _), app.ledger.begin() as work:
        assert work.next_number("case:XJ:2026") == 101
        assert work.next_number("case:XJ:2026") == 102
        assert work.next_number("case:XJ:2027") == 1


def test_the_ledger_from_before_a_restore_does_not_come_back(office: Office, tmp_path: Path) -> None:
    before = copy_of(office, tmp_path / "before.db")
    restored(office, tmp_path, 3)
    office.work()
    swap(office, before)
    assert "before a restore" in refusal(office)


def test_with_the_newer_ledger_lost_the_older_one_goes_on_as_after_a_restore(office: Office, tmp_path: Path) -> None:
    old = copy_of(office, tmp_path / "old.db")
    office.clock.forward(days=2)
    office.put(complaint(3))
    office.work()
    swap(office, old)
    assert "--in-place" in refusal(office)
    office.sink.mails.clear()
    go_on_in_place(office.config, office.clock.now, None)
    office.work()
    assert office.cases() == ["TS-2026-0001", "TS-2026-0002", "TS-2026-0103"]
    assert office.replies() == []
    office.work()  # the second time it is simply the ledger of this storage


def test_a_restore_that_was_killed_before_its_end_is_finished_by_the_next(office: Office, tmp_path: Path) -> None:
    restored(office, tmp_path, 3)
    note = (office.storage / "ledger.restored").read_text()
    with composition.open_app(office.config):
        pass
    (office.storage / "ledger.restored").write_text(note)  # killed after the commit, before the note was removed
    office.work()
    assert office.cases()[-1] == "TS-2026-0104"
    assert not (office.storage / "ledger.restored").exists()


@POSTGRESQL
def test_a_ledger_on_postgresql_that_is_not_the_storages_is_refused(new_office: OpenOffice, store: Store) -> None:
    assert store.server is not None
    office = new_office()
    office.put(complaint(1))
    office.work()
    engine = store.engine_of(office.config.ledger.address)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)"))
    engine.dispose()
    assert "had come to" in refusal(office)
