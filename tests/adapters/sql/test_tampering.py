"""Whoever has the storage but not the key: whatever he does to the journal is told, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.chain import COLUMNS, FIRST, KEYED, Entry, entry_hash
from mailflow.adapters.sql.keys import NO_KEYS, JournalKey, JournalKeys
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.upkeep.journal_checks import Witness, check_journal
from mailflow.domain.anchor import Anchor
from mailflow.domain.errors import ConfigError, PermanentError, TemporaryError
from tests.adapters.sql.stores import BOTH, Store

pytestmark = BOTH

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
OURS, NEXT, HIS = (JournalKey.of(bytes([n]) * 32) for n in (1, 2, 3))
WITH_KEY = JournalKeys(OURS)
j = t.journal.c


@dataclass
class Journal:
    """A ledger whose journal is written by the program, and tampered with by somebody who has only the storage."""

    ledger: SqlLedger
    store: Store

    def another(self, keys: JournalKeys) -> SqlLedger:
        """The same ledger opened once more, as by another process."""
        return SqlLedger(self.ledger.engine.url, self.store.password if self.store.server else None, keys)

    def reopened(self, keys: JournalKeys) -> SqlLedger:
        """The ledger with other keys, as after a restart."""
        self.ledger.close()
        self.ledger = self.another(keys)
        return self.ledger

    def write(self, count: int = 1) -> None:
        with self.ledger.begin() as work:
            for number in range(count):
                work.journal("mail.filed", NOW, message=number + 1, case=None, how="thread")

    def said(self, keys: JournalKeys = WITH_KEY, *anchors: Anchor) -> list[str]:
        """What verify says of the journal."""
        with self.ledger.snapshot() as rows:
            return [
                f"{item.severity}: {item.where}: {item.what}" for item in check_journal(rows, Witness(keys, anchors))
            ]

    def errors(self, keys: JournalKeys = WITH_KEY, *anchors: Anchor) -> list[str]:
        return [line.removeprefix("error: ") for line in self.said(keys, *anchors) if line.startswith("error")]

    def run(self, *statements: sa.Executable) -> None:
        with self.ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
            for statement in statements:
                connection.execute(statement)

    def entries(self) -> list[tuple[Entry, str]]:
        with self.ledger.snapshot() as rows:
            found = rows.execute(sa.select(*COLUMNS, j.hash).order_by(j.id)).fetchall()
        return [(Entry(*row[:-1]), row[-1]) for row in found]

    def head(self) -> Anchor:
        entry, stored = self.entries()[-1]
        return Anchor.of(entry.id, stored)

    def rechain(
        self, after: int, key: Callable[[Entry], JournalKey | None] = lambda _: None, *, until: int = 1000
    ) -> None:
        """Work the hashes behind an entry out anew, as anybody can who has no key, or one of his own."""
        previous = FIRST
        for entry, stored in self.entries():
            if after < entry.id <= until:
                previous = entry_hash(previous, entry, key(entry))
                self.run(t.journal.update().where(j.id == entry.id).values(hash=previous))
            else:
                previous = stored


@pytest.fixture
def plain(tmp_path: Path, store: Store) -> Iterator[Journal]:
    """Six entries without a key, and none configured."""
    journal = Journal(store.open(tmp_path), store)
    journal.write(6)
    yield journal
    journal.ledger.close()


@pytest.fixture
def keyed(tmp_path: Path, store: Store) -> Iterator[Journal]:
    """The entry that states the key, and six behind it."""
    journal = Journal(store.open(tmp_path), store)
    journal.reopened(WITH_KEY)
    journal.write(6)
    yield journal
    journal.ledger.close()


def test_a_new_journal_bears_the_key_from_its_first_entry(keyed: Journal) -> None:
    entries = keyed.entries()
    assert [entry.id for entry, _ in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert entries[0][0].event == KEYED
    assert keyed.said() == []


# ---------------------------------------------------------------------------------------------- one entry touched

TAMPERED: dict[str, Any] = {
    "id": 9,
    "at": datetime(2020, 1, 1, tzinfo=UTC),
    "actor": "somebody",
    "event": "mail.aside",
    "message_id": 999,
    "case_id": 999,
    "data": '{"how":"by hand"}',
    "hash": "0" * 64,
}


def test_every_column_is_tampered_with(keyed: Journal) -> None:
    assert set(t.journal.c.keys()) == set(TAMPERED)  # a column that comes must be covered and tried too


@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_column_is_told(keyed: Journal, column: str) -> None:
    keyed.run(t.journal.update().where(j.id == 7).values({column: TAMPERED[column]}))
    (found,) = keyed.errors()
    assert found.startswith("journal 9:" if column == "id" else "journal 7:")
    assert "does not follow" in found


@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_column_of_an_entry_from_before_the_key_is_told(plain: Journal, column: str) -> None:
    plain.reopened(WITH_KEY).use_key(NOW, actor="operator:x")
    assert plain.errors() == []
    if column == "id":  # in no hash of an entry without a key
        plain.run(t.journal.update().where(j.id == 1).values(id=0))
    else:
        plain.run(t.journal.update().where(j.id == 6).values({column: TAMPERED[column]}))
    if column != "hash":
        plain.rechain(0, until=6)  # which he can do as well as anybody
    (found,) = plain.errors() if column != "hash" else plain.errors()[1:]
    what = "what stands before it is not what it sealed" if column == "id" else "does not follow from the entry before"
    assert found.startswith(f"journal 7: {what}")


def test_entries_that_changed_places_are_told(keyed: Journal) -> None:
    for old, new in ((3, 1000), (4, 3), (1000, 4)):
        keyed.run(t.journal.update().where(j.id == old).values(id=new))
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 3", "journal 4", "journal 5"]


def test_entries_renumbered_in_their_order_are_told(keyed: Journal) -> None:
    keyed.run(t.journal.update().where(j.id == 7).values(id=8))
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 8"]


def test_a_removed_and_a_slipped_in_entry_are_told(keyed: Journal) -> None:
    keyed.run(t.journal.delete().where(j.id == 3))
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 4"]
    values = {"id": 3, "at": NOW, "actor": "mailflow", "event": "mail.filed", "data": "{}", "hash": "ab" * 32}
    keyed.run(t.journal.insert().values(**values))
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 3", "journal 4"]


def test_an_entry_that_is_no_json_or_not_ours_at_all_stops_no_check(keyed: Journal) -> None:
    keyed.run(t.journal.update().where(j.id == 3).values(event=KEYED, data="[" * 3000))
    keyed.run(t.journal.update().where(j.id == 4).values(event="archive.rebuilt", data='{"beyond": "many"}'))
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 3", "journal 4"]


# --------------------------------------------------------------------------------------- the chain worked out anew


def test_a_chain_worked_out_anew_without_the_key_is_told(keyed: Journal) -> None:
    keyed.run(t.journal.update().where(j.id == 4).values(data='{"how":"by hand"}'))
    keyed.rechain(3)
    assert keyed.errors() == [
        f"journal {number}: was chained without the key: somebody else than mailflow wrote it"
        for number in (4, 5, 6, 7)
    ]


def test_a_chain_worked_out_anew_from_its_first_entry_is_told(keyed: Journal) -> None:
    keyed.run(t.journal.delete().where(j.id == 1))
    keyed.rechain(0)
    assert len(keyed.errors()) == 1
    assert "no entry says that it bears the key" in keyed.errors()[0]
    with pytest.raises(ConfigError, match="MF023"):
        keyed.reopened(WITH_KEY).check_key()


def test_who_brings_a_key_of_his_own_is_told(keyed: Journal) -> None:
    said = {"key": HIS.name, "seal": "", "entries": 3}
    keyed.run(t.journal.update().where(j.id == 4).values(event=KEYED, data=json.dumps(said)))
    keyed.rechain(3, lambda _: HIS)
    assert any("journal 4-7" in line and "not at hand" in line for line in keyed.errors())
    assert any(f"no entry says that it bears the key {OURS.name}" in line for line in keyed.errors())
    with pytest.raises(ConfigError, match=HIS.name):
        keyed.reopened(WITH_KEY).check_key()


def test_who_knows_only_a_former_key_is_told(keyed: Journal) -> None:
    changed = JournalKeys(NEXT, (OURS,))
    keyed.reopened(changed).use_key(NOW, actor="operator:x")
    keyed.write(2)
    assert keyed.errors(changed) == []
    keyed.run(t.journal.update().where(j.id == 5).values(data='{"how":"by hand"}'))
    keyed.rechain(0, lambda entry: OURS if entry.id < 8 else NEXT if entry.id == 8 else OURS)
    assert keyed.errors(changed) != []
    keyed.run(t.journal.delete().where(j.id > 7))  # and without the rest the key in use is missing
    assert any(f"no entry says that it bears the key {NEXT.name}" in line for line in keyed.errors(changed))


def test_entries_without_a_key_count_before_the_first_that_states_one_only(plain: Journal) -> None:
    plain.reopened(WITH_KEY).use_key(NOW, actor="operator:x")
    plain.write(2)
    assert plain.errors() == []
    plain.rechain(7)
    assert [line.partition(":")[0] for line in plain.errors()] == ["journal 8", "journal 9"]


# ------------------------------------------------------------------------------------------------- the end cut off


def test_a_tail_that_was_cut_off_is_told_by_an_anchor(keyed: Journal) -> None:
    anchor = keyed.head()
    assert keyed.errors(WITH_KEY, anchor) == []
    keyed.run(t.journal.delete().where(j.id > 4))
    assert keyed.errors() == []  # nothing in the storage can show it
    (found,) = keyed.errors(WITH_KEY, anchor)
    assert f"anchor {anchor}: the journal ends at entry 4: 3 entries or more are missing at its end" in found


def test_a_tail_that_was_cut_off_and_written_on_is_told_by_an_anchor(keyed: Journal) -> None:
    anchor = keyed.head()
    keyed.run(t.journal.delete().where(j.id > 4))
    with keyed.ledger.begin() as work:
        for number in range(6):
            work.journal("mail.aside", NOW, message=number)
    assert keyed.errors() == []
    (found,) = keyed.errors(WITH_KEY, anchor)
    assert "journal 7: is not the entry that was noted" in found


def test_an_anchor_tells_of_a_chain_without_a_key_too(plain: Journal) -> None:
    anchor = plain.head()
    plain.run(t.journal.update().where(j.id == 2).values(actor="somebody"))
    plain.rechain(0)
    assert plain.errors(NO_KEYS) == []
    assert ["journal 6: is not the entry" in line for line in plain.errors(NO_KEYS, anchor)] == [True]


def test_a_tail_cut_back_to_before_the_key_is_told_without_an_anchor_and_nothing_is_begun_anew(plain: Journal) -> None:
    plain.reopened(WITH_KEY).use_key(NOW, actor="operator:x")
    plain.write(3)
    plain.run(t.journal.delete().where(j.id > 6))
    assert any("no entry says that it bears the key" in line for line in plain.errors())
    with pytest.raises(TemporaryError, match="cut off"):
        plain.write()  # the worker that runs
    with pytest.raises(ConfigError, match="MF023"):
        plain.reopened(WITH_KEY).check_key()
    assert len(plain.entries()) == 6


def test_of_several_anchors_each_is_looked_at(keyed: Journal) -> None:
    first, last = Anchor.of(3, keyed.entries()[2][1]), keyed.head()
    wrong, gone = Anchor(3, "0" * 16), Anchor(12, "0" * 16)
    found = keyed.errors(WITH_KEY, first, last, wrong, gone)
    assert [line.partition(":")[0] for line in found] == ["journal 3", f"anchor {gone}"]
    keyed.run(t.journal.delete().where(j.id == 3))
    assert f"anchor {first}: the entry is not there" in keyed.errors(WITH_KEY, first)


# -------------------------------------------------------------------------------------- keys changed, missing, lost


@pytest.mark.parametrize("keys", [NO_KEYS, JournalKeys(NEXT), JournalKeys(NEXT, (OURS,))])
def test_nothing_is_written_with_another_key_than_the_journal_bears(keyed: Journal, keys: JournalKeys) -> None:
    with pytest.raises(ConfigError, match=OURS.name):
        keyed.reopened(keys).check_key()
    with pytest.raises(ConfigError, match=OURS.name), keyed.ledger.begin():
        pytest.fail("the transaction must not begin")
    assert len(keyed.entries()) == 7
    assert keyed.errors(keys) != []


def test_who_changes_the_key_while_another_writes_makes_that_one_stop(keyed: Journal) -> None:
    other = keyed.another(JournalKeys(NEXT, (OURS,)))
    other.use_key(NOW, actor="operator:x")
    other.close()
    with pytest.raises(TemporaryError, match="put the right one back"):
        keyed.write()


def test_a_damaged_newest_entry_is_told_and_stops_nobody(keyed: Journal) -> None:
    keyed.run(t.journal.update().where(j.id == 7).values(actor="somebody"))
    keyed.reopened(WITH_KEY).check_key()
    keyed.write()
    assert [line.partition(":")[0] for line in keyed.errors()] == ["journal 7"]


def test_a_first_key_seals_what_was_before_and_is_told_for_ever(plain: Journal) -> None:
    with pytest.raises(ConfigError, match="MF023"):
        plain.reopened(WITH_KEY).check_key()
    assert plain.ledger.use_key(NOW, actor="operator:wang")
    plain.write()
    (found,) = plain.said()
    assert "note: journal 7: 2026-11-22: operator:wang gave the journal the key" in found
    assert "the 6 entries before bear none" in found


def test_what_was_broken_when_the_key_came_stays_told(plain: Journal) -> None:
    plain.run(t.journal.update().where(j.id == 2).values(actor="somebody"))
    plain.reopened(WITH_KEY).use_key(NOW, actor="operator:wang")
    assert any("1 entries before did not follow even then" in line for line in plain.said())
    plain.rechain(0, until=6)  # to hide it afterwards is too late
    assert len(plain.errors()) == 1


def test_the_same_key_is_not_stated_twice(keyed: Journal) -> None:
    assert not keyed.ledger.use_key(NOW, actor="operator:x")
    assert len(keyed.entries()) == 7


def test_a_changed_key_is_told_for_ever_and_old_entries_can_still_be_checked(keyed: Journal) -> None:
    changed = JournalKeys(NEXT, (OURS,))
    assert keyed.reopened(changed).use_key(NOW, actor="operator:wang")
    keyed.write()
    (found,) = keyed.said(changed)
    assert found == f"note: journal 8: 2026-11-22: operator:wang changed the key {OURS.name} to {NEXT.name}"
    keyed.run(t.journal.update().where(j.id == 3).values(actor="somebody"))
    assert [line.partition(":")[0] for line in keyed.errors(changed)] == ["journal 3", "journal 8"]


def test_a_key_is_not_changed_while_the_former_one_is_missing_unless_it_is_said_to_be_lost(keyed: Journal) -> None:
    with pytest.raises(PermanentError, match="former_key_files"):
        keyed.reopened(JournalKeys(NEXT)).use_key(NOW, actor="operator:x")
    assert len(keyed.entries()) == 7


def test_a_lost_key_is_told_for_ever_and_what_it_covered_is_sealed(keyed: Journal) -> None:
    keys = JournalKeys(NEXT)
    assert keyed.reopened(keys).use_key(NOW, actor="operator:wang", lost=True, because="disk broke")
    keyed.write()
    assert keyed.said(keys) == [
        f"note: journal 1-7: bears the key {OURS.name}, which is not at hand; unchanged since the next key sealed it",
        f"note: journal 8: 2026-11-22: operator:wang went on with the key {NEXT.name},"
        f" for {OURS.name} was lost (disk broke)",
    ]
    for column, value in TAMPERED.items():
        was = getattr(keyed.entries()[2][0], column, keyed.entries()[2][1])
        if column in ("id", "at"):
            continue
        keyed.run(t.journal.update().where(j.id == 3).values({column: value}))
        assert [line.partition(":")[0] for line in keyed.errors(keys)] == ["journal 8"], column
        keyed.run(t.journal.update().where(j.id == 3).values({column: was}))
        assert keyed.errors(keys) == []


def test_a_key_that_cannot_be_read_is_told_and_nothing_is_written(keyed: Journal) -> None:
    from mailflow.domain.errors import Problem

    keys = JournalKeys(problem=Problem("mailflow.yaml", 0, "MF021", "the key file x cannot be read"))
    with pytest.raises(ConfigError, match="MF021"):
        keyed.reopened(keys).check_key()
    assert any("its key cannot be used" in line for line in keyed.errors(keys))
    assert any("nothing there can be checked" in line for line in keyed.errors(keys))


def test_two_ledgers_that_take_turns_write_one_chain(keyed: Journal) -> None:
    other = Journal(keyed.another(WITH_KEY), keyed.store)
    for _ in range(3):
        keyed.write()
        other.write(2)
    other.ledger.close()
    assert [entry.id for entry, _ in keyed.entries()] == list(range(1, 17))
    assert keyed.said() == []
