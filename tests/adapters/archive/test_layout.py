"""The folder of a case: what counts now on top, the rest below; an archive of the former layout moves into it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.archive import layout
from mailflow.adapters.archive.folders import _Writer
from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.verify import verify
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office, files, mail
from tests.adapters.archive.casework import QIAN, SUN, Casework, worked_case

CASE = "archive/KH-00001/TS-2026-0001"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "storage")


def run(office: Office) -> dict[str, bytes]:
    archive(office.dossiers, office.archive)
    return files(office.storage / CASE)


def on_top(found: dict[str, bytes]) -> set[str]:
    return {name for name in found if "/" not in name}


def as_before(office: Office) -> None:
    """Lay the archive out as format 2 had it: everything of a case on top, attachments in a folder of their own."""
    root = office.storage / "archive/KH-00001"
    path = root / "archive.json"
    text = path.read_text("utf-8").replace('"format": 3', '"format": 2')
    for name in (layout.MAILS, layout.REVISIONS, layout.COPIES, layout.EVIDENCE):
        text = text.replace(f"/{name}/", "/")
    path.write_text(text.replace(f"/{layout.ATTACHED}/", "/attachments/"), "utf-8")
    for case in (path for path in root.iterdir() if path.is_dir()):
        for below in case.iterdir():
            if below.is_dir() and below.name == layout.ATTACHED:
                below.rename(case / "attachments")
            elif below.is_dir():
                for file in below.iterdir():
                    file.rename(case / file.name)
                below.rmdir()
        (case / "index.html").unlink()


def test_of_each_record_the_newest_signed_copy_lies_on_top_until_a_newer_version_does(office: Office) -> None:
    case = Casework(office, office.complaint())
    case.begin()
    assert on_top(run(office)) == {"index.html", "JL-23-01-2026-0001.docx"}
    case.sign(case.open("review", QIAN), QIAN)
    found = run(office)
    assert on_top(found) == {"index.html", "JL-23-01-2026-0001-signed-1.docx"}
    assert "修订/JL-23-01-2026-0001.docx" in found
    case.outdate("review")
    case.revise()
    found = run(office)
    assert on_top(found) == {"index.html", "JL-23-01-2026-0001-r2.docx"}
    assert "签字副本/JL-23-01-2026-0001-signed-1.docx" in found
    case.sign(case.open("approve", SUN), SUN)
    assert on_top(run(office)) == {"index.html", "JL-23-01-2026-0001-signed-2.docx"}
    assert verify(office.engine, office.vault, office.storage / "archive") == []


def test_the_pdf_of_a_signed_copy_lies_beside_it(office: Office) -> None:
    worked_case(office)
    pdf = office.store(b"%PDF-1.7 signed")
    office.run(t.signatures.update().where(t.signatures.c.id == 2).values(copy_pdf=pdf))
    found = run(office)
    assert found["JL-23-01-2026-0001-signed-2.pdf"] == b"%PDF-1.7 signed"
    assert verify(office.engine, office.vault, office.storage / "archive") == []
    (office.storage / CASE / "JL-23-01-2026-0001-signed-2.pdf").write_bytes(b"%PDF-1.7 forged")
    (wrong,) = verify(office.engine, office.vault, office.storage / "archive")
    assert wrong.severity == "error"


def test_an_archive_of_the_former_layout_moves_and_leaves_nothing_behind(office: Office) -> None:
    worked_case(office)
    new = run(office)
    as_before(office)
    assert (office.storage / CASE / "000001-original.eml").is_file()
    office.touch(1)
    assert run(office) == new
    assert not (office.storage / CASE / "attachments").exists()
    assert verify(office.engine, office.vault, office.storage / "archive") == []


def test_what_a_person_changed_or_put_there_stays_where_it_is(office: Office) -> None:
    worked_case(office)
    run(office)
    as_before(office)
    folder = office.storage / CASE
    (folder / "JL-23-01-2026-0001.docx").write_bytes(b"filled in by a person")
    (folder / "attachments/notes.txt").write_bytes(b"of a person")
    office.touch(1)
    found = run(office)
    assert found["JL-23-01-2026-0001.docx"] == b"filled in by a person"
    assert found["attachments/notes.txt"] == b"of a person"
    assert "修订/JL-23-01-2026-0001.docx" in found
    assert {item.severity for item in verify(office.engine, office.vault, office.storage / "archive")} == {"note"}


@pytest.mark.parametrize("step", ["take_away", "tell"])
def test_a_kill_between_costs_the_time_alone(office: Office, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    worked_case(office)
    new = run(office)
    as_before(office)
    office.touch(1)

    def killed(_writer: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_Writer, step, killed)
        with pytest.raises(KeyboardInterrupt):
            archive(office.dossiers, office.archive)
    index = json.loads((office.storage / "archive/KH-00001/archive.json").read_text("utf-8"))
    assert index["versions"]["1"]["format"] == 2
    assert run(office) == new
    assert verify(office.engine, office.vault, office.storage / "archive") == []


def _work(storage: Path) -> None:
    office = Office(storage)
    while archive(office.dossiers, office.archive, 5):
        pass


def test_kill_9_in_the_middle_of_the_move(tmp_path: Path) -> None:
    office = Office(tmp_path / "storage")
    customers = []
    for _ in range(12):
        customers.append(office.customer())
        office.complaint(customers[-1], {"a.bin": os.urandom(60_000)})
    while archive(office.dossiers, office.archive):
        pass
    before = files(office.storage / "archive")
    for number in range(1, 13):
        root = office.storage / f"archive/KH-{number:05d}"
        for case in (path for path in root.iterdir() if path.is_dir()):
            (case / layout.ATTACHED).rename(case / "attachments")
        path = root / "archive.json"
        path.write_text(path.read_text("utf-8").replace(f"/{layout.ATTACHED}/", "/attachments/"), "utf-8")
        office.touch(number)
    office.engine.dispose()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(office.storage,))
    process.start()
    while process.is_alive() and not any((office.storage / "archive").glob(f"*/*/{layout.ATTACHED}/.*.part")):
        time.sleep(0.0005)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    while archive(office.dossiers, office.archive):
        pass
    after = files(office.storage / "archive")
    assert {name for name in after if not name.endswith(".json")} == {
        name for name in before if not name.endswith(".json")
    }
    assert verify(office.engine, office.vault, office.storage / "archive") == []


def test_a_noted_place_elsewhere_is_never_taken_away(office: Office, tmp_path: Path) -> None:
    case = office.complaint(attachments={"a.txt": b"aaa"})
    run(office)
    outside = office.storage / "archive/KH-00001/other/a.txt"
    outside.parent.mkdir()
    outside.write_bytes(b"aaa")
    path = office.storage / "archive/KH-00001/archive.json"
    path.write_text(path.read_text("utf-8").replace("TS-2026-0001/附件/000001-a.txt", "other/a.txt"), "utf-8")
    office.touch_case(case)
    run(office)
    assert outside.read_bytes() == b"aaa"
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("TS-1/a.docx", True), ("TS-1/往来/1.eml", True), ("TS-1/attachments/x", False), ("TS-1/other/x", False),
        ("TS-1/往来/../x", False), ("../x", False), ("a", False), ("TS-1/往来/a/b", False), ("TS-1/附件/a\\b", False),
    ],
)  # fmt: skip
def test_places_of_our_files(path: str, is_ours: bool) -> None:
    assert layout.is_place(path) is is_ours


def test_a_migrated_ledger_has_every_customer_written_anew(office: Office) -> None:
    office.complaint()
    case = office.complaint()
    run(office)
    office.mail(case, mail("补充", "一"))
    with office.engine.connect() as connection:
        behind = connection.scalar(sa.select(sa.func.count()).select_from(t.customers).where(
            t.customers.c.archived < t.customers.c.changed))  # fmt: skip
    assert behind == 1
