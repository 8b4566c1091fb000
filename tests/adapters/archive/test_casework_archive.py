"""Casework in the customer's archive: every version, signed copy and returned file, and what was done by whom."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.backup import backup
from mailflow.adapters.upkeep.rebuild import rebuild
from mailflow.adapters.upkeep.restore import restore
from mailflow.adapters.upkeep.verify import verify
from mailflow.domain.tasks import CaseStatus
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import START, Office, decode, files
from tests.adapters.archive.casework import PROCEDURE, QIAN, SUN, ZHOU, Casework, worked_case


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "storage")


def run(office: Office) -> dict[str, Any]:
    """The archive's pass; returns what archive.json of the first customer says."""
    archive(office.dossiers, office.archive)
    return office.index()


CASE_FILES = {
    "往来/000001-original.eml",
    "附件/000001-照片.jpg",
    "往来/000001-reply.eml",
    "index.html",
    "修订/JL-23-01-2026-0001.docx",
    "修订/JL-23-01-2026-0001-r2.docx",
    "签字副本/JL-23-01-2026-0001-signed-1.docx",
    "签字凭据/JL-23-01-2026-0001-signed-1-back.pdf",
    "JL-23-01-2026-0001-signed-2.docx",
    "签字凭据/JL-23-01-2026-0001-signed-2-back.pdf",
}


def test_the_case_folder_holds_every_version_signed_copy_and_returned_file(office: Office) -> None:
    worked_case(office)
    run(office)
    found = files(office.storage / "archive/KH-00001/TS-2026-0001")
    assert set(found) == CASE_FILES
    assert (
        found["签字凭据/JL-23-01-2026-0001-signed-1-back.pdf"] == b"%PDF first scan"
    )  # of a signature that no longer counts
    assert found["签字凭据/JL-23-01-2026-0001-signed-2-back.pdf"] == b"PK came back"
    assert found["修订/JL-23-01-2026-0001-r2.docx"] != found["修订/JL-23-01-2026-0001.docx"]


def test_archive_json_says_by_which_procedure_a_case_runs_and_where_it_stands(office: Office) -> None:
    case = worked_case(office)
    (row,) = run(office)["cases"].values()
    assert row["procedure"] == {
        "name": "goods_complaint",
        "title": "货物投诉处理程序",
        "version": "B/2",
        "sha256": PROCEDURE.digest,
    }
    assert (row["status"], row["round"], row["closed_at"], row["subkinds"]) == ("open", 1, None, "产品质量")
    approve = office.scalar(sa.select(t.tasks.c.id).where(t.tasks.c.name == "approve"))
    case.sign(approve, SUN)
    case.close(CaseStatus.CLOSED_UNSATISFIED)
    (row,) = run(office)["cases"].values()
    assert row["status"] == "closed_unsatisfied"
    assert row["closed_at"] == f"{office.clock:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_archive_json_lists_tasks_answers_signatures_and_promises(office: Office) -> None:
    worked_case(office)
    index = run(office)
    tasks = list(index["tasks"].values())
    assert [(row["title"], row["person"], row["status"], row["outcome"], row["current"]) for row in tasks] == [
        ("制定处理方案", ZHOU, "done", "done", True),
        ("审核方案", QIAN, "done", "signed", False),
        ("审核方案", QIAN, "done", "signed", True),
        ("批准方案", SUN, "open", "", True),
    ]
    assert [(row["record"], row["revision"]) for row in tasks] == [("JL-23-01-2026-0001", n) for n in (1, 1, 2, 2)]
    assert tasks[0]["done_by"] == ZHOU
    assert tasks[0]["done_at"] > tasks[0]["opened_at"]
    assert tasks[0]["due_at"]
    answers = [(row["task"], row["field"], row["value"], row["actor"]) for row in index["answers"].values()]
    assert answers == [("plan", "plan", "补发两箱", ZHOU), ("plan", "resp_dept", "仓库部", ZHOU)]
    first, second = index["signatures"].values()
    assert (first["current"], first["way"], first["revision"]) == (False, "scan", 1)
    assert (second["current"], second["way"], second["revision"]) == (True, "word", 2)
    assert (second["name"], second["cell"], second["task"]) == ("钱立", "reviewer", "review")
    assert second["signed_sha256"] == index["records"]["2"]["sha256"]
    (promise,) = index["promises"].values()
    assert (promise["words"], promise["approved_by"], promise["kept_at"]) == ("三日内补发", SUN, None)
    assert {row["case"] for name in ("tasks", "answers", "signatures", "promises") for row in index[name].values()} == {
        "TS-2026-0001"
    }


def test_every_file_of_a_signature_has_the_hash_archive_json_says(office: Office) -> None:
    worked_case(office)
    index = run(office)
    listed = [row[what] for row in index["signatures"].values() for what in ("copy", "evidence")]
    assert len(listed) == 4
    for item in listed:
        content = (office.storage / "archive/KH-00001" / item["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (item["size"], item["sha256"])


def test_a_signature_by_mail_has_no_evidence_file(office: Office) -> None:
    case = worked_case(office)
    case.sign(office.scalar(sa.select(t.tasks.c.id).where(t.tasks.c.name == "approve")), SUN)
    *_, last = run(office)["signatures"].values()
    assert "evidence" not in last
    assert last["copy"]["file"].endswith("JL-23-01-2026-0001-signed-3.docx")


def test_asking_and_reminding_changes_nothing_the_archive_shows(office: Office) -> None:
    case = worked_case(office)
    before = run(office)
    approve = office.scalar(sa.select(t.tasks.c.id).where(t.tasks.c.name == "approve"))
    with office.engine.connect().execution_options(writing=True) as connection, connection.begin():
        from mailflow.adapters.sql.ledger import SqlWork

        work = SqlWork(connection)
        work.asked(approve, office.now())
        work.stepped(approve, 2, office.now())
    assert errors(office) == []
    with case.work():
        pass  # counts as changed
    after = run(office)
    assert after | {"versions": ""} == before | {"versions": ""}


def test_our_mails_to_staff_are_listed_once_sent_and_lie_in_no_customers_folder(office: Office) -> None:
    case = Casework(office, office.case(office.customer()))
    message = office.mail(case.case, b"From: li@huaxin.example\r\n\r\nhelp")
    note = office.reply(case.case, message, status="pending", subject="请审核方案")
    office.run(t.outbox.update().where(t.outbox.c.id == note).values(occasion="ask:1:2:qian@qinghe.example"))
    index = run(office)
    assert [row["kind"] for row in index["communications"].values() if row["direction"] == "out"] == []
    assert errors(office) == []
    office.sent(note)
    index = run(office)
    (row,) = [row for row in index["communications"].values() if row["direction"] == "out"]
    assert (row["kind"], row["subject"], row["file"]) == ("note", "请审核方案", "")
    assert errors(office) == []
    assert not list((office.storage / "archive").rglob("*-reply.eml"))


def test_nothing_is_written_twice(office: Office) -> None:
    case = worked_case(office)
    run(office)
    root = office.storage / "archive/KH-00001"
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    case.sign(office.scalar(sa.select(t.tasks.c.id).where(t.tasks.c.name == "approve")), SUN)
    run(office)
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    assert sorted(path.name for path in before if after.get(path) not in (before[path], None)) == [
        "archive.json", "index.html",
    ]  # fmt: skip
    assert {path.relative_to(root / "TS-2026-0001").as_posix() for path in set(after) - set(before)} == {
        "JL-23-01-2026-0001-signed-3.docx", "签字副本/JL-23-01-2026-0001-signed-2.docx",
    }  # fmt: skip
    assert {path.name for path in set(before) - set(after)} == {"JL-23-01-2026-0001-signed-2.docx"}


def test_blobs_that_lie_in_the_folder_are_not_read_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case = worked_case(office)
    run(office)
    read: list[str] = []
    monkeypatch.setattr(office.vault, "get", read.append)
    with case.work():
        pass
    assert archive(office.dossiers, office.archive) == 1
    assert read == []


def test_a_signed_copy_missing_in_the_vault_does_not_stop_the_others(office: Office) -> None:
    worked_case(office)
    office.vault.path(office.scalar(sa.select(t.signatures.c.copy_digest).where(t.signatures.c.id == 1))).unlink()
    first, second = run(office)["signatures"].values()
    assert (first["copy"]["file"], first["copy"]["problem"]) == ("", "damaged")
    assert second["copy"]["file"].endswith("-signed-2.docx")
    assert any("copy JL-23-01-2026-0001-signed-1.docx of signature 1" in item for item in errors(office))


def test_names_of_signed_copies_stay_inside_the_folder(office: Office, tmp_path: Path) -> None:
    worked_case(office)
    office.run(t.signatures.update().values(copy_name="../../../../evil.docx", evidence_name="/etc/evil.pdf"))
    run(office)
    assert not list(tmp_path.rglob("evil.*"))
    (folder,) = (path for path in (office.storage / "archive/KH-00001").iterdir() if path.is_dir())
    assert sum("evil" in path.name for path in folder.rglob("*.*")) == 4


@pytest.mark.parametrize("damage", ['{"1": 5}', '{"1": {"copy": 7}}', "[]", '{"x": {}}'])
def test_a_damaged_list_of_signatures_is_written_anew(office: Office, damage: str) -> None:
    case = worked_case(office)
    index = run(office)
    path = office.storage / "archive/KH-00001/archive.json"
    path.write_text(json.dumps(index | {"signatures": json.loads(damage)}), "utf-8")
    with case.work():
        pass
    after = run(office)
    assert after["signatures"] == index["signatures"]


def test_an_archive_without_casework_is_asked_nothing_about_it(office: Office) -> None:
    office.complaint()
    statements: list[str] = []
    sa.event.listen(office.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    index = run(office)
    assert not [text for text in statements if "FROM cases JOIN tasks" in text or "procedures" in text]
    assert (index["tasks"], index["answers"], index["signatures"], index["promises"]) == ({}, {}, {}, {})
    assert next(iter(index["cases"].values()))["procedure"] == {}


def test_one_query_a_table_for_many_customers(office: Office) -> None:
    def queries(customers: int) -> int:
        for _ in range(customers):
            worked_case(office)
        statements: list[str] = []

        def note(*arguments: Any) -> None:
            statements.append(arguments[2])

        sa.event.listen(office.engine, "before_cursor_execute", note)
        assert archive(office.dossiers, office.archive) == customers
        sa.event.remove(office.engine, "before_cursor_execute", note)
        return len(statements)

    assert queries(1) - 1 == queries(4)  # the procedure itself is read once in all


def test_a_procedure_nobody_can_read_leaves_its_name(office: Office) -> None:
    worked_case(office)
    office.run(t.procedures.update().values(text='{"written": "by a newer program"}'))
    index = run(office)
    (row,) = index["cases"].values()
    assert (row["procedure"]["name"], row["procedure"]["version"]) == ("goods_complaint", "")
    assert {row["title"] for row in index["tasks"].values()} == {""}


# ------------------------------------------------------------------------------------- rebuild, backup, restore


def errors(office: Office) -> list[str]:
    found = verify(office.engine, office.vault, office.storage / "archive")
    return [f"{item.where}: {item.what}" for item in found if item.severity == "error"]


def test_the_archive_made_anew_equals_the_old_one(office: Office) -> None:
    worked_case(office)
    run(office)
    before = files(office.storage / "archive")
    done = rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())
    assert files(office.storage / "archive") == before
    assert done.carried == []


def test_an_altered_signed_copy_is_kept_and_ours_lies_beside_it(office: Office) -> None:
    worked_case(office)
    run(office)
    folder = office.storage / "archive/KH-00001/TS-2026-0001"
    (folder / "签字副本/JL-23-01-2026-0001-signed-1.docx").write_bytes(b"tampered")
    done = rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())
    assert done.carried == ["KH-00001/TS-2026-0001/签字副本/JL-23-01-2026-0001-signed-1.docx"]
    assert (folder / "签字副本/JL-23-01-2026-0001-signed-1.docx").read_bytes() == b"tampered"
    assert (folder / "签字副本/JL-23-01-2026-0001-signed-1.v2.docx").is_file()
    assert errors(office) == []


def test_an_archive_of_the_older_format_is_written_anew(office: Office) -> None:
    worked_case(office)
    index = run(office)
    for name in ("tasks", "answers", "signatures", "promises"):
        del index[name]
    index["versions"]["1"]["format"] = 1
    path = office.storage / "archive/KH-00001/archive.json"
    path.write_text(json.dumps(index), "utf-8")
    assert errors(office) == ["archive/KH-00001/archive.json: has format 1, not 3"]
    rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())
    assert errors(office) == []


@pytest.mark.parametrize("name", ["copy", "copy.tar.gz"])
def test_a_backup_brings_back_signed_copies_and_evidence(office: Office, tmp_path: Path, name: str) -> None:
    worked_case(office)
    run(office)
    done = backup(office.storage, tmp_path / name, now=START)
    assert (done.missing, done.altered, done.own) == ([], [], 0)
    assert (done.counts["tasks"], done.counts["signatures"], done.counts["promises"]) == (4, 2, 1)
    shutil.rmtree(office.storage / "archive")
    restored = restore(tmp_path / name, tmp_path / "again", decode, now=START)
    assert [item for item in restored.discrepancies if item.severity == "error"] == []
    again = files(tmp_path / "again/archive/KH-00001/TS-2026-0001")
    assert set(again) == CASE_FILES
    assert again["签字凭据/JL-23-01-2026-0001-signed-1-back.pdf"] == b"%PDF first scan"
    assert files(tmp_path / "again/vault") == files(office.storage / "vault")


def test_a_backup_names_a_signed_copy_that_was_gone_before(office: Office, tmp_path: Path) -> None:
    worked_case(office)
    digest = office.scalar(sa.select(t.signatures.c.evidence_digest).where(t.signatures.c.id == 2))
    office.vault.path(digest).unlink()
    assert backup(office.storage, tmp_path / "copy", now=START).missing == [digest]


def test_a_storage_of_an_older_program_can_be_backed_up(office: Office, tmp_path: Path) -> None:
    office.complaint()
    with office.engine.connect() as connection:
        for name in ("answers", "signatures", "promises", "tasks", "procedures"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.commit()
    done = backup(office.storage, tmp_path / "copy", now=START)
    assert done.missing == []
    assert "tasks" not in done.counts


def test_every_digest_column_is_known_to_name_a_blob_or_not() -> None:
    """A new column of digests must be added to the list of blobs, or here, where it is said what it is."""
    from mailflow.adapters.upkeep.blobs import BLOBS

    not_blobs = {"messages.text_digest", "procedures.digest", "signatures.signed_digest", "report_periods.digest"}
    every = {f"{c.table.name}.{c.name}" for table in t.metadata.sorted_tables for c in table.c if "digest" in c.name}
    every |= {"signatures.copy_pdf"}
    assert every - not_blobs == {f"{blob.digest.table.name}.{blob.digest.name}" for blob in BLOBS}
