"""verify: finds what was planted, and nothing where nothing is wrong."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.findings import Discrepancy
from mailflow.adapters.upkeep.series_checks import NumberPatterns
from mailflow.adapters.upkeep.verify import verify
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import FORM, Office, mail

FORMS = (FormSpec(FORM, "A/1", "顾客投诉处理单", "Complaint record", (Kind.COMPLAINT,), {}, {}, 6),)


@pytest.fixture
def office(tmp_path: Path, three_cases: Path) -> Office:
    shutil.copytree(three_cases, tmp_path / "storage")
    office = Office(tmp_path / "storage")
    office.mail(None, mail("广告", "优惠"), status="held")
    archive(office.dossiers, office.archive)  # what is behind, if anything
    return office


def check(office: Office) -> list[Discrepancy]:
    return verify(office.engine, office.vault, office.storage / "archive", forms=FORMS)


def errors(office: Office) -> list[str]:
    return [f"{item.where}: {item.what}" for item in check(office) if item.severity == "error"]


def notes(office: Office) -> list[str]:
    return [f"{item.where}: {item.what}" for item in check(office) if item.severity == "note"]


def test_nothing_is_found_where_nothing_is_wrong(office: Office) -> None:
    assert check(office) == []


def test_progress_is_told(office: Office) -> None:
    told: list[tuple[str, int, int]] = []
    verify(office.engine, office.vault, office.storage / "archive", progress=lambda *step: told.append(step))
    assert [step for step in told if step[1] == step[2]] == [("ledger", 8, 8), ("vault", 7, 7), ("archive", 3, 3)]


def test_an_altered_blob(office: Office) -> None:
    path = office.vault.path(office.scalar(sa.select(t.messages.c.digest).where(t.messages.c.id == 2)))
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b"2", b"3", 1))
    (found,) = errors(office)
    assert "was altered: mail 2" in found


def test_a_missing_blob(office: Office) -> None:
    office.vault.path(office.scalar(sa.select(t.records.c.digest).where(t.records.c.id == 3))).unlink()
    (found,) = errors(office)
    assert "is missing: record JL-23-01-2026-0003" in found


def test_a_blob_nothing_uses_is_a_note(office: Office) -> None:
    office.vault.put([b"collected, then killed before the commit"])
    assert errors(office) == []
    assert "1 files that no row names" in notes(office)[0]


@pytest.mark.parametrize(
    "name",
    ["往来/000002-original.eml", "附件/000002-照片.jpg", "往来/000002-reply.eml"],
)
@pytest.mark.parametrize("same_size", [True, False])
def test_an_altered_file_of_the_archive(office: Office, name: str, same_size: bool) -> None:
    path = office.storage / "archive/KH-00002/TS-2026-0002" / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"\x01" if same_size else content + b"x")
    (found,) = errors(office)
    assert name in found
    assert "altered" in found


@pytest.mark.parametrize(
    "name",
    [
        "往来/000002-original.eml",
        "附件/000002-照片.jpg",
        "往来/000002-reply.eml",
        "JL-23-01-2026-0002.docx",
    ],
)
def test_a_missing_file_of_the_archive(office: Office, name: str) -> None:
    (office.storage / "archive/KH-00002/TS-2026-0002" / name).unlink()
    (found,) = errors(office)
    assert name in found
    assert "missing" in found


def test_a_record_a_person_filled_in_is_a_note(office: Office) -> None:
    path = office.storage / "archive/KH-00002/TS-2026-0002/JL-23-01-2026-0002.docx"
    path.write_bytes(b"filled in")
    assert errors(office) == []
    assert "was filled in or changed" in notes(office)[0]
    office.touch(2)
    archive(office.dossiers, office.archive)
    assert errors(office) == []
    assert "the original lies beside it as JL-23-01-2026-0002.v2.docx" in notes(office)[0]


def test_a_persons_own_file_is_a_note(office: Office) -> None:
    (office.storage / "archive/KH-00001/TS-2026-0001/电话记录.txt").write_text("打过电话")
    (office.storage / "archive/说明.txt").write_text("hier")
    assert errors(office) == []
    assert sorted(notes(office)) == [
        "archive/KH-00001/TS-2026-0001/电话记录.txt: was put there by a person",
        "archive/说明.txt: is not a customer's folder",
    ]


def test_a_lost_folder_and_an_unreadable_index(office: Office) -> None:
    (office.storage / "archive/KH-00001/archive.json").unlink()
    (office.storage / "archive/KH-00002/archive.json").write_text('{"communications": ')
    (office.storage / "archive/KH-00003/archive.json").write_text('{"communications": {"1": {}}, "records": {}}')
    found = errors(office)
    assert len(found) == 3
    assert "is missing" in found[0]
    assert all("cannot be read" in item for item in found[1:])


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("少了", "多了", "differs from the ledger"),
        ('"event": "mail.filed"', '"event": "mail.lost"', "'journal' differs"),
        ("SO-1", "SO-2", "'cases' differs"),
        ('"format": 3', '"format": 1', "has format 1"),
        ("TS-2026-0002/往来/000002-reply.eml", "../../000002-reply.eml", "a place outside"),
    ],
)
def test_an_index_that_says_something_else(office: Office, old: str, new: str, what: str) -> None:
    path = office.storage / "archive/KH-00002/archive.json"
    text = path.read_text("utf-8")
    if old == "少了":
        old, new = "到货短少", "到货多出"
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert any(what in item for item in errors(office))


def test_a_customer_that_is_behind_is_left_to_the_next_pass(office: Office) -> None:
    office.complaint(customer=1)
    assert errors(office) == []
    assert "1 customers wait for the next pass" in notes(office)[0]


TAMPERED: dict[str, Any] = {
    "at": datetime(2020, 1, 1, tzinfo=UTC),
    "actor": "somebody",
    "event": "mail.aside",
    "message_id": 999,
    "case_id": 999,
    "data": '{"how":"by hand"}',
}


def test_every_column_of_the_journal_is_tampered_with() -> None:
    assert set(t.journal.c.keys()) == {*TAMPERED, "hash", "id"}  # a column that comes must be covered and tried too


@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_journal_entry_breaks_the_chain(office: Office, column: str) -> None:
    office.run(t.journal.update().where(t.journal.c.id == 3).values({column: TAMPERED[column]}))
    assert [item for item in errors(office) if item.startswith("journal")] == [
        "journal 3: does not follow from the entry before it: one of the two was changed, or entries are missing"
    ]


def test_a_changed_hash_breaks_the_chain_at_its_entry_and_behind_it(office: Office) -> None:
    office.run(t.journal.update().where(t.journal.c.id == 3).values(hash="0" * 64))
    assert [item.split(":")[0] for item in errors(office) if item.startswith("journal")] == ["journal 3", "journal 4"]


def test_journal_entries_that_changed_places_break_the_chain(office: Office) -> None:
    for old, new in ((3, 1000), (4, 3), (1000, 4)):
        office.run(t.journal.update().where(t.journal.c.id == old).values(id=new))
    found = [item.split(":")[0] for item in errors(office) if item.startswith("journal")]
    assert found[:2] == ["journal 3", "journal 4"]


def test_a_removed_journal_entry_breaks_the_chain(office: Office) -> None:
    office.run(t.journal.delete().where(t.journal.c.id == 3))
    assert [item.split(":")[0] for item in errors(office) if item.startswith("journal")] == ["journal 4"]


def test_a_gap_in_the_numbers_of_records(office: Office) -> None:
    office.run(t.records.delete().where(t.records.c.id == 2))
    found = errors(office)
    assert "record:JL-23-01:2026: numbers are missing: 2" in found
    assert "TS-2026-0002: has 0 records on form JL-23-01 instead of one" in found


def test_a_gap_in_the_numbers_of_cases(office: Office) -> None:
    office.run(t.cases.update().where(t.cases.c.id == 2).values(number="TS-2026-0009"))
    assert "case:TS:2026: numbers are missing: 2, 4-8" in errors(office)
    assert "case:TS:2026: the counter stands at 3 but number 9 was given" in errors(office)


def test_the_last_number_removed_is_a_gap_too(office: Office) -> None:
    office.run(t.counters.update().where(t.counters.c.name == "customer").values(value=5))
    assert "customer: numbers are missing: 4-5" in errors(office)


def test_numbers_in_an_older_pattern_are_a_note(office: Office) -> None:
    patterns = NumberPatterns(case="{prefix}/{year}/{month}/{n:03d}")
    found = verify(office.engine, office.vault, office.storage / "archive", patterns=patterns)
    assert {item.severity for item in found} == {"note"}
    assert "3 are written in another pattern" in found[0].what


def test_a_complaint_without_its_record(office: Office) -> None:
    case = office.case(office.customer())
    office.mail(case, mail("投诉", "没有记录"))
    assert "TS-2026-0004: has 0 records on form JL-23-01 instead of one" in errors(office)


def test_a_status_nobody_knows_and_counts_that_do_not_add_up(office: Office) -> None:
    office.run(t.messages.update().where(t.messages.c.id == 4).values(status="lost"))
    values = {"uidvalidity": 1, "present": 5, "handled": 3, "held": 1}
    office.run(t.folders.insert(), {"mailbox": "kefu", "folder": "INBOX", **values})
    found = errors(office)
    assert "messages: 1 mails have the unknown status 'lost'" in found
    assert "kefu INBOX: 5 mails in the mailbox, 4 accounted for" in found


def test_a_row_that_refers_to_nothing(office: Office) -> None:
    with office.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        connection.exec_driver_sql("DELETE FROM cases WHERE id = 3")
        connection.commit()
    assert any("refers to a row of cases that is not there" in item for item in errors(office))


def test_a_damaged_database_file(office: Office) -> None:
    with office.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    office.engine.dispose()
    path = office.storage / "ledger.db"
    content = bytearray(path.read_bytes())
    for page in range(8, len(content) // 4096):
        content[page * 4096 : page * 4096 + 40] = b"\x7f" * 40
    path.write_bytes(content)
    assert any(item.startswith("ledger.db") for item in errors(office))
