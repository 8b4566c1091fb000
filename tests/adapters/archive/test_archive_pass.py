"""The archive's pass: what lies in a customer's folder, when it is written, and what is left alone."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tinydb import TinyDB, where

from mailflow.adapters.archive.storage import AtomicJSONStorage, locked
from mailflow.adapters.sql import tables as t
from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office, files, mail


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "storage")


def run(office: Office, limit: int = 200) -> int:
    return archive(office.dossiers, office.archive, limit)


def test_a_case_becomes_a_folder_with_the_mail_its_attachments_the_record_and_the_reply(office: Office) -> None:
    office.complaint(attachments={"照片.jpg": b"\xff\xd8picture", "清单.xlsx": b"PK"})
    assert run(office) == 1
    found = files(office.storage / "archive" / "KH-00001")
    assert set(found) == {
        "archive.json",
        "TS-2026-0001/index.html",
        "TS-2026-0001/往来/000001-original.eml",
        "TS-2026-0001/附件/000001-照片.jpg",
        "TS-2026-0001/附件/000001-清单.xlsx",
        "TS-2026-0001/JL-23-01-2026-0001.docx",
        "TS-2026-0001/往来/000001-reply.eml",
    }
    assert found["TS-2026-0001/附件/000001-照片.jpg"] == b"\xff\xd8picture"
    digest = office.scalar(sa.select(t.messages.c.digest))
    assert hashlib.sha256(found["TS-2026-0001/往来/000001-original.eml"]).hexdigest() == digest


def test_archive_json_is_a_tinydb_file_people_can_read(office: Office) -> None:
    office.complaint()
    run(office)
    path = office.storage / "archive/KH-00001/archive.json"
    with TinyDB(path, storage=AtomicJSONStorage) as database:
        assert database.table("profile").all()[0]["company"] == "华信电子有限公司"
        mails = database.table("communications").search(where("direction") == "in")
        assert [row["file"] for row in mails] == ["TS-2026-0001/往来/000001-original.eml"]
        assert database.table("communications").search(where("direction") == "out")[0]["subject"] == "已收到您的来信"
        assert database.table("records").all()[0]["number"] == "JL-23-01-2026-0001"
        assert [row["event"] for row in database.table("journal")] == ["mail.filed", "record.issued"]
        assert database.table("cases").all()[0]["findings"][0]["value"] == "SO-1"
        assert database.table("versions").all()[0]["format"] == 3
    text = path.read_text("utf-8")
    assert "华信电子有限公司" in text
    assert max(map(len, text.splitlines())) < 200


def test_every_file_named_in_archive_json_has_the_hash_it_says(office: Office) -> None:
    office.complaint(attachments={"a.txt": b"a", "b.txt": b""})
    run(office)
    root = office.storage / "archive/KH-00001"
    index = office.index()
    listed = [*index["communications"].values(), *index["records"].values()]
    listed += [item for row in listed for item in row.get("attachments", [])]
    assert len(listed) == 5
    for item in listed:
        content = (root / item["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (item["size"], item["sha256"])


def test_nothing_is_written_twice(office: Office) -> None:
    case = office.complaint()
    assert run(office) == 1
    assert run(office) == 0
    root = office.storage / "archive/KH-00001"
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    office.mail(case, mail("补充", "再补充一句。"))
    assert run(office) == 1
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    assert sorted(path.name for path in before if after[path] != before[path]) == ["archive.json", "index.html"]
    assert {path.name for path in set(after) - set(before)} == {"000002-original.eml"}


def test_a_reply_appears_after_it_was_sent(office: Office) -> None:
    case = office.case(office.customer())
    reply = office.reply(case, office.mail(case, mail("投诉", "少了")), status="pending")
    run(office)
    case_folder = office.storage / "archive/KH-00001/TS-2026-0001"
    assert not list(case_folder.glob("往来/*-reply.eml"))
    rows = [row for row in office.index()["communications"].values() if row["direction"] == "out"]
    assert [(row["status"], row["file"]) for row in rows] == [("pending", "")]
    office.sent(reply)
    run(office)
    assert [path.name for path in case_folder.glob("往来/*-reply.eml")] == ["000001-reply.eml"]
    rows = [row for row in office.index()["communications"].values() if row["direction"] == "out"]
    assert [(row["status"], row["file"]) for row in rows] == [("sent", "TS-2026-0001/往来/000001-reply.eml")]


def test_mails_without_a_customer_are_not_archived(office: Office) -> None:
    office.mail(None, mail("广告", "优惠"), status="aside")
    office.mail(None, mail("看不懂", "？"), status="held")
    assert run(office) == 0
    assert not (office.storage / "archive").exists()


def test_a_customer_that_changes_while_it_is_written_stays_behind(office: Office) -> None:
    case = office.complaint()
    versions = office.archive.write([1])
    office.mail(case, mail("补充", "中途到的"))
    office.dossiers.mark(versions)
    assert office.dossiers.behind(10) == [1]
    assert run(office) == 1
    assert len(office.index()["communications"]) == 3


def test_the_mark_never_goes_back(office: Office) -> None:
    office.complaint()
    run(office)
    office.dossiers.mark({1: 1})
    assert office.dossiers.behind(10) == []


def test_only_so_many_customers_a_pass(office: Office) -> None:
    for _ in range(5):
        office.complaint()
    assert [run(office, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_file_a_person_changed_is_kept_and_ours_lies_beside_it(office: Office) -> None:
    case = office.complaint()
    run(office)
    root = office.storage / "archive/KH-00001/TS-2026-0001"
    edited = root / "JL-23-01-2026-0001.docx"
    edited.write_bytes(b"filled in by a person")
    office.mail(case, mail("补充", "一"))
    run(office)
    office.mail(case, mail("补充", "二"))
    run(office)
    assert edited.read_bytes() == b"filled in by a person"
    assert sorted(path.name for path in root.glob("*.docx")) == [
        "JL-23-01-2026-0001.docx",
        "JL-23-01-2026-0001.v2.docx",
    ]
    (record,) = office.index()["records"].values()
    assert record["file"].endswith(".v2.docx")
    assert hashlib.sha256((root.parent / record["file"]).read_bytes()).hexdigest() == record["sha256"]


def test_a_deleted_file_comes_back_with_the_next_change(office: Office) -> None:
    case = office.complaint(attachments={"a.txt": b"aaa"})
    run(office)
    root = office.storage / "archive/KH-00001"
    before = files(root)
    for name in before:
        if name != "archive.json":
            (root / name).unlink()
    office.touch_case(case)
    run(office)
    after = files(root)
    assert {n: c for n, c in after.items() if n != "archive.json"} == {
        n: c for n, c in before.items() if n != "archive.json"
    }


def test_an_unreadable_archive_json_is_written_anew(office: Office) -> None:
    case = office.complaint()
    run(office)
    path = office.storage / "archive/KH-00001/archive.json"
    for damage in ("{", "[1]", '{"communications": {"1": 5}}', '{"records": []}', ""):
        path.write_text(damage)
        office.touch_case(case)
        assert run(office) == 1
        assert len(office.index()["communications"]) == 2
        assert len(files(path.parent)) == 6


def test_a_mail_missing_in_the_vault_does_not_stop_the_others(office: Office) -> None:
    case = office.complaint()
    digest = office.scalar(sa.select(t.messages.c.digest))
    office.vault.path(digest).unlink()
    second = office.mail(case, mail("补充", "还在"))
    assert run(office) == 1
    rows = {row["id"]: row for row in office.index()["communications"].values() if row["direction"] == "in"}
    assert rows[1]["problem"] == "damaged"
    assert rows[1]["file"] == ""
    assert rows[second]["file"].endswith(f"{second:06d}-original.eml")


def test_hostile_names_stay_inside_the_folder(office: Office, tmp_path: Path) -> None:
    names = ["../../../evil.txt", "/etc/passwd", "C:\\evil.exe", "..", "CON.txt", "a" * 300 + ".pdf", "x\u202etxt.exe"]
    case = office.case(office.customer("../../公司"), subject="../../../x")
    message = office.mail(case, mail("../../..", "x", {name: name.encode() for name in names}))
    office.record(case, message)
    office.run(t.records.update().values(file_name="../../../../evil.docx"))
    office.run(t.customers.update().values(number="../../KH"))
    office.run(t.cases.update().values(number="/etc/evil"))
    before = {path for path in tmp_path.rglob("*") if "archive" not in path.parts}
    run(office)
    assert {path for path in tmp_path.rglob("*") if "archive" not in path.parts} - before == {
        office.storage / "archive.lock"
    }
    (root,) = (office.storage / "archive").iterdir()
    (folder,) = (path for path in root.iterdir() if path.is_dir())
    assert len(list((folder / "附件").iterdir())) == len(names)
    assert sorted(path.suffix for path in folder.iterdir()) == ["", "", ".docx", ".html"]


def test_a_link_planted_in_the_archive_is_not_followed(office: Office, tmp_path: Path) -> None:
    case = office.complaint()
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    mails = office.storage / "archive/KH-00001/TS-2026-0001/往来"
    mails.mkdir(parents=True)
    (mails / "000001-original.eml").symlink_to(outside)
    run(office)
    assert outside.read_bytes() == b"precious"
    assert (mails / "000001-original.v2.eml").is_file()
    assert case


def test_prior_names_from_outside_are_not_trusted(office: Office) -> None:
    case = office.complaint(attachments={"a.txt": b"aaa"})
    run(office)
    path = office.storage / "archive/KH-00001/archive.json"
    path.write_text(path.read_text("utf-8").replace("TS-2026-0001/附件/", "../../../"), "utf-8")
    office.touch_case(case)
    run(office)
    (row,) = (row for row in office.index()["communications"].values() if row["direction"] == "in")
    assert row["attachments"][0]["file"] == "TS-2026-0001/附件/000001-a.txt"


def test_a_full_disk_is_temporary_and_leaves_nothing_half_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.complaint()
    written = 0

    real_write = os.write

    def write(descriptor: int, content: memoryview) -> int:
        nonlocal written
        written += 1
        if written > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_write(descriptor, content[: len(content) // 2 + 1])  # a full disk may also take a part

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        with pytest.raises(TemporaryError, match="free disk space"):
            run(office)
    assert files(office.storage / "archive") == {}
    assert office.dossiers.behind(10) == [1]
    assert run(office) == 1


def test_one_folder_that_cannot_be_written_does_not_stop_the_others(office: Office) -> None:
    office.complaint()
    office.complaint()
    (office.storage / "archive").mkdir()
    (office.storage / "archive/KH-00001").write_text("in the way")
    assert run(office) == 1
    assert office.dossiers.behind(10) == [1]
    with pytest.raises(PermanentError, match="KH-00001"):
        run(office)
    assert len(office.index("KH-00002")["communications"]) == 2


def test_another_writer_is_waited_for_and_then_it_is_temporary(office: Office) -> None:
    office.complaint()
    (office.storage / "archive").mkdir()
    with locked(office.archive.lock), pytest.raises(TemporaryError), locked(office.archive.lock, wait=0.1):
        pass
    assert run(office) == 1


@pytest.mark.parametrize("others", [0, 300])
def test_the_cost_does_not_grow_with_other_customers(office: Office, others: int) -> None:
    rows: list[dict[str, Any]] = [
        {"number": f"X{n}", "created_at": office.clock, "changed": 1, "archived": 1} for n in range(others)
    ]
    if rows:
        office.run(t.customers.insert(), rows)
    office.complaint()
    statements = []
    sa.event.listen(office.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert run(office) == 1
    assert len(statements) <= 18
    with office.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM customers WHERE archived < changed ORDER BY id"
        ).fetchall()
    assert "ix_customers_behind" in str(plan)
