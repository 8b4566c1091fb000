"""Anchors against the archive: a journal cut or written anew is told, also after the archive was made anew from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.archive.folders import INDEX
from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.chain import COLUMNS, FIRST, Entry, chain_hash
from mailflow.adapters.upkeep.journal_checks import Witness
from mailflow.adapters.upkeep.rebuild import Rebuilt, rebuild
from mailflow.adapters.upkeep.verify import verify
from mailflow.domain.anchor import Anchor
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office, decode


@pytest.fixture
def office(tmp_path: Path, three_cases: Path) -> Office:
    shutil.copytree(three_cases, tmp_path / "storage")
    office = Office(tmp_path / "storage")
    archive(office.dossiers, office.archive)
    return office


def errors(office: Office, *anchors: Anchor) -> list[str]:
    found = verify(office.engine, office.vault, office.storage / "archive", witness=Witness(anchors=anchors))
    return [f"{item.where}: {item.what}" for item in found if item.severity == "error"]


def head(office: Office) -> Anchor:
    with office.engine.connect() as rows:
        return Anchor.of(*rows.execute(sa.select(t.journal.c.id, t.journal.c.hash).order_by(t.journal.c.id)).all()[-1])


def written_anew(office: Office) -> None:
    """The second entry changed, and every hash behind it worked out again."""
    office.run(t.journal.update().where(t.journal.c.id == 2).values(actor="somebody"))
    previous = FIRST
    with office.engine.connect() as rows:
        entries = [Entry(*row) for row in rows.execute(sa.select(*COLUMNS).order_by(t.journal.c.id))]
    for entry in entries:
        previous = chain_hash(previous, *entry[1:])
        office.run(t.journal.update().where(t.journal.c.id == entry.id).values(hash=previous))


def run_rebuild(office: Office) -> Rebuilt:
    return rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())


def test_the_archive_shows_every_entry_of_a_case_with_its_hash(office: Office) -> None:
    shown = {int(key): row["hash"] for key, row in office.index()["journal"].items()}
    with office.engine.connect() as rows:
        stored = {row.id: row.hash for row in rows.execute(sa.select(t.journal.c.id, t.journal.c.hash))}
    assert shown
    assert shown == {key: stored[key] for key in shown}
    assert errors(office, head(office)) == []


def test_a_tail_cut_off_shows_in_the_archive_and_by_an_anchor_also_after_the_archive_was_made_anew(
    office: Office,
) -> None:
    anchor = head(office)
    office.run(t.journal.delete().where(t.journal.c.id > 3))
    assert any("its list 'journal' differs from the ledger" in line for line in errors(office))
    assert any("missing at its end" in line for line in errors(office, anchor))
    done = run_rebuild(office)
    assert done.beyond == [4, 5, 6]
    assert errors(office) == []  # ledger and archive agree now
    assert [line.partition(":")[0] for line in errors(office, anchor)] == [f"anchor {anchor}"]


def test_a_chain_written_anew_shows_in_the_archive_and_by_an_anchor_also_after_the_archive_was_made_anew(
    office: Office,
) -> None:
    anchor = head(office)
    written_anew(office)
    assert any("its list 'journal' differs from the ledger" in line for line in errors(office))
    assert run_rebuild(office).beyond == [2, 3, 4, 5, 6]
    assert errors(office) == []
    assert [line.partition(":")[0] for line in errors(office, anchor)] == [
        f"journal {anchor.number}", f"archive/KH-00003/{INDEX}",
    ]  # fmt: skip


def test_a_customers_journal_is_compared_with_the_anchor_even_while_his_folder_is_behind(office: Office) -> None:
    anchor = head(office)
    path = office.storage / "archive/KH-00003" / INDEX
    tables = json.loads(path.read_text("utf-8"))
    tables["journal"][str(anchor.number)]["hash"] = "0" * 64
    path.write_text(json.dumps(tables), "utf-8")
    office.touch(3)
    assert errors(office) == []
    assert errors(office, anchor) == [
        f"archive/KH-00003/{INDEX}: its journal entry {anchor.number} is not the one that was noted"
    ]


def test_an_archive_that_agrees_is_made_anew_without_a_word(office: Office) -> None:
    assert run_rebuild(office).beyond == []


def test_an_archive_from_before_entries_had_hashes_is_whole(office: Office) -> None:
    path = office.storage / "archive/KH-00001" / INDEX
    tables = json.loads(path.read_text("utf-8"))
    for row in tables["journal"].values():
        del row["hash"]
    path.write_text(json.dumps(tables), "utf-8")
    assert errors(office, head(office)) == []
    assert run_rebuild(office).beyond == []
    assert all("hash" in row for row in office.index()["journal"].values())
    tables["journal"]["1"]["event"] = "mail.lost"
    path.write_text(json.dumps(tables), "utf-8")
    assert any("its list 'journal' differs" in line for line in errors(office))


def test_text_that_is_none_is_told_as_a_finding(office: Office) -> None:
    with office.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE journal SET data = CAST(x'ff' AS TEXT) WHERE id = 2")
    assert any(line.startswith("ledger.db: cannot be read: Could not decode") for line in errors(office))
