"""The archive made anew: equal to the old one, people's files carried over, kills harmless."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep import rebuild as module
from mailflow.adapters.upkeep.rebuild import Rebuilt, rebuild
from mailflow.adapters.upkeep.verify import verify
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office, decode, files, mail


@pytest.fixture
def office(tmp_path: Path, three_cases: Path) -> Office:
    shutil.copytree(three_cases, tmp_path / "storage")
    office = Office(tmp_path / "storage")
    archive(office.dossiers, office.archive)  # what is behind, if anything
    return office


def run(office: Office) -> Rebuilt:
    return rebuild(office.storage / "archive", office.vault, office.dossiers, decode, office.now())


def test_the_new_archive_equals_the_old_one(office: Office) -> None:
    before = files(office.storage / "archive")
    done = run(office)
    assert files(office.storage / "archive") == before
    assert done.customers == 3
    assert done.carried == []
    assert done.old is not None
    assert files(done.old) == before
    assert office.dossiers.behind(10) == []


def test_an_archive_that_is_gone_is_made_again(office: Office) -> None:
    before = files(office.storage / "archive")
    for path in sorted((office.storage / "archive").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (office.storage / "archive").rmdir()
    assert run(office).old is None
    assert files(office.storage / "archive") == before


def test_peoples_files_are_carried_over_and_altered_ones_kept_beside_ours(office: Office) -> None:
    case = office.storage / "archive/KH-00001/TS-2026-0001"
    (case / "电话记录.txt").write_text("打过电话")
    record = case / "JL-23-01-2026-0001.docx"
    record.write_bytes(b"filled in")
    original = case / "往来/000001-original.eml"
    altered = original.read_bytes()[:-1] + b"\x01"
    original.write_bytes(altered)
    (office.storage / "archive/说明.txt").write_text("top")
    done = run(office)
    assert sorted(done.carried) == [
        "KH-00001/TS-2026-0001/JL-23-01-2026-0001.docx",
        "KH-00001/TS-2026-0001/往来/000001-original.eml",
        "KH-00001/TS-2026-0001/电话记录.txt",
        "说明.txt",
    ]
    assert original.read_bytes() == altered
    assert record.read_bytes() == b"filled in"
    assert (case / "往来/000001-original.v2.eml").is_file()
    assert (case / "JL-23-01-2026-0001.v2.docx").is_file()
    found = verify(office.engine, office.vault, office.storage / "archive")
    assert {item.severity for item in found} == {"note"}
    before = files(office.storage / "archive")
    run(office)
    assert files(office.storage / "archive") == before


def test_the_last_copy_of_a_lost_blob_is_carried_over(office: Office) -> None:
    digest = office.scalar(sa.select(t.messages.c.digest).where(t.messages.c.id == 1))
    office.vault.path(digest).unlink()
    before = files(office.storage / "archive")
    done = run(office)
    assert "KH-00001/TS-2026-0001/往来/000001-original.eml" in done.carried
    after = files(office.storage / "archive")
    assert {name for name in before if after.get(name) != before[name]} == {
        "KH-00001/archive.json", "KH-00001/TS-2026-0001/index.html",
    }  # fmt: skip


def test_what_changes_while_it_is_made_is_in_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    original = module._write
    changed: list[int] = []

    def write(*arguments: object) -> dict[int, int]:
        written = original(*arguments)  # type: ignore[arg-type]
        if not changed:
            changed.append(office.mail(1, mail("补充", "中途")))
        return written

    monkeypatch.setattr(module, "_write", write)
    run(office)
    assert office.dossiers.behind(10) == []
    assert len(office.index("KH-00001")["communications"]) == 3


def test_a_kill_between_the_two_renames_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(office.storage / "archive")
    own = office.storage / "archive/KH-00001/note.txt"
    own.write_text("own")
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        if self.name == "archive.new":
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            run(office)
    assert not (office.storage / "archive").exists()
    assert archive(office.dossiers, office.archive) == 3
    assert files(office.storage / "archive") == before
    assert any(path.read_text() == "own" for path in office.storage.glob("archive.old-*/KH-00001/note.txt"))


def _work(storage: Path) -> None:
    office = Office(storage)
    while archive(office.dossiers, office.archive, 7):
        pass


def test_kill_9_leaves_a_readable_archive_and_the_next_pass_completes_it(tmp_path: Path) -> None:
    office = Office(tmp_path / "storage")
    for _ in range(25):
        office.complaint(attachments={"a.bin": os.urandom(100_000)})
    folder = office.storage / "archive"
    # Once while the first group is written aside, once when some groups have taken their places.
    for moment in ("*/*/附件/.*.part", "KH-00010/archive.json"):
        office.engine.dispose()
        process = multiprocessing.get_context("fork").Process(target=_work, args=(office.storage,))
        process.start()
        while process.is_alive() and not any(folder.glob(moment)):
            time.sleep(0.001)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert office.dossiers.behind(100)
        for path in folder.glob("*/archive.json"):
            assert office.index(path.parent.name)["versions"]["1"]["format"] == 3
    while archive(office.dossiers, office.archive, 50):
        pass
    assert verify(office.engine, office.vault, office.storage / "archive") == []
    left = [path.name for path in (office.storage / "archive").rglob("*") if path.name.endswith(".part")]
    assert left == []
