"""backup and restore: whole or not there, consistent while the worker writes, distrustful of what it reads."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep import bundle
from mailflow.adapters.upkeep.backup import BackedUp, backup
from mailflow.adapters.upkeep.restore import Restored, restore
from mailflow.adapters.upkeep.verify import verify
from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import START, Office, decode, files

KINDS = ["copy", "copy.tar", "copy.tar.gz"]


@pytest.fixture
def office(tmp_path: Path, three_cases: Path) -> Office:
    shutil.copytree(three_cases, tmp_path / "storage")
    office = Office(tmp_path / "storage")
    (office.storage / "secret.key").write_bytes(b"k" * 32)
    archive(office.dossiers, office.archive)  # what is behind, if anything
    return office


def save(office: Office, target: Path, **more: Any) -> BackedUp:
    return backup(office.storage, target, now=START, **more)


def bring_back(source: Path, storage: Path) -> Restored:
    return restore(source, storage, decode, now=START)


@pytest.mark.parametrize("name", KINDS)
def test_a_backup_restores_to_the_same_verified_storage(office: Office, tmp_path: Path, name: str) -> None:
    (office.storage / "archive/KH-00001/电话记录.txt").write_text("打过电话")
    (office.storage / "archive/KH-00002/TS-2026-0002/JL-23-01-2026-0002.docx").write_bytes(b"filled in")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text("a: 1")
    done = save(office, tmp_path / name, settings={"rules": rules})
    assert (done.counts["messages"], done.counts["cases"], done.own, done.secret) == (3, 3, 2, True)
    assert (done.missing, done.altered) == ([], [])
    restored = bring_back(tmp_path / name, tmp_path / "again")
    assert [item for item in restored.discrepancies if item.severity == "error"] == []
    assert restored.customers == 3
    for part in ("vault", "secret.key"):
        left, right = office.storage / part, tmp_path / "again" / part
        assert (files(left) == files(right)) if left.is_dir() else left.read_bytes() == right.read_bytes()
    was, now = files(office.storage / "archive"), files(tmp_path / "again/archive")
    derived = (".json", ".html")  # they name the record that lies beside the one a person filled in
    assert {name: now[name] for name in was if not name.endswith(derived)} == {
        name: content for name, content in was.items() if not name.endswith(derived)
    }
    assert {name for name in was if name.endswith(derived)} <= now.keys()
    assert (tmp_path / "again/restored-settings/rules/a.yaml").read_text() == "a: 1"
    assert not list((tmp_path / "again").glob("archive.old*"))
    if os.name == "posix":
        assert (tmp_path / "again/secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", KINDS)
def test_a_backup_taken_while_mails_come_in_is_consistent(office: Office, tmp_path: Path, name: str) -> None:
    stop, came_in = threading.Event(), threading.Event()
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.is_set():
                office.complaint(customer=1)
                came_in.set()
                archive(office.dossiers, office.archive)
        except BaseException as error:  # told to the test
            troubles.append(error)
            came_in.set()

    def taken(count: int) -> BackedUp:
        copy = save(office, tmp_path / f"{count}-{name}")
        came_in.clear()
        came_in.wait()
        return copy

    worker = threading.Thread(target=work)
    worker.start()
    try:
        done = [taken(count) for count in range(3)]
    finally:
        stop.set()
        worker.join()
    assert troubles == []
    assert all(item.missing == [] for item in done)
    assert done[0].counts["messages"] < done[-1].counts["messages"]
    for count in (0, 2):
        restored = bring_back(tmp_path / f"{count}-{name}", tmp_path / f"again-{count}")
        # A case is several transactions in this test's builder, so the last one may lack its record or mail.
        wrong = [
            str(i) for i in restored.discrepancies if i.severity == "error" and "numbers are missing" not in i.what
        ]
        assert wrong == []


def test_the_secret_key_is_private_in_the_backup(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "copy")
    save(office, tmp_path / "copy.tar")
    assert (tmp_path / "copy/secret.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy.tar").stat().st_mode & 0o777 == 0o600
    with tarfile.open(tmp_path / "copy.tar") as tar:
        assert tar.getmember("secret.key").mode == 0o600
    assert json.loads((tmp_path / "copy/manifest.json").read_bytes())["holds_secret_key"] is True


def test_nothing_is_overwritten(office: Office, tmp_path: Path) -> None:
    (tmp_path / "copy.tar").write_text("yesterday's")
    with pytest.raises(PermanentError, match="is there already"):
        save(office, tmp_path / "copy.tar")
    assert (tmp_path / "copy.tar").read_text() == "yesterday's"
    save(office, tmp_path / "good")
    with pytest.raises(PermanentError, match="not empty"):
        bring_back(tmp_path / "good", office.storage)
    assert verify(office.engine, office.vault, office.storage / "archive") == []


def test_a_storage_without_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"holds no ledger\.db"):
        backup(tmp_path, tmp_path / "copy", now=START)


def test_a_damaged_vault_is_backed_up_as_far_as_it_goes_and_said(office: Office, tmp_path: Path) -> None:
    lost, altered = (office.scalar(sa.select(t.messages.c.digest).where(t.messages.c.id == key)) for key in (1, 2))
    office.vault.path(lost).unlink()
    office.vault.path(altered).chmod(0o640)
    office.vault.path(altered).write_bytes(b"altered")
    done = save(office, tmp_path / "copy")
    assert (done.missing, done.altered) == ([lost], [altered])
    restored = bring_back(tmp_path / "copy", tmp_path / "again")
    wrong = [item.where for item in restored.discrepancies if item.severity == "error" and "vault" in item.where]
    assert sorted(wrong) == sorted([f"vault {lost}", f"vault {altered}"])


@pytest.mark.parametrize("name", KINDS)
def test_a_full_disk_leaves_no_backup(
    office: Office, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = bundle.BundleWriter.add

    def full(self: bundle.BundleWriter, name: str, path: Path, mode: int = 0o640) -> str:
        if len(self.files) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return add(self, name, path, mode)

    monkeypatch.setattr(bundle.BundleWriter, "add", full)
    with pytest.raises(TemporaryError, match="free disk space"):
        save(office, tmp_path / "backups" / name)
    assert list((tmp_path / "backups").iterdir()) == []


def test_what_a_killed_backup_left_is_removed_by_the_next(office: Office, tmp_path: Path) -> None:
    (tmp_path / ".copy.part").mkdir()
    (tmp_path / ".copy.part/ledger.db").write_bytes(b"half")
    (tmp_path / ".copy.ledger").write_bytes(b"half")
    save(office, tmp_path / "copy")
    assert not list(tmp_path.glob(".copy*"))


# ------------------------------------------------------------------------------------------ what cannot be trusted


def test_an_altered_or_incomplete_backup_is_refused(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "good")
    blob = next((tmp_path / "good/vault").glob("*/*"))

    def alter(folder: Path) -> None:
        path = folder / blob.relative_to(tmp_path / "good")
        path.chmod(0o640)
        path.write_bytes(path.read_bytes() + b"x")

    damages: list[Callable[[Path], object]] = [
        alter,
        lambda folder: (folder / blob.relative_to(tmp_path / "good")).unlink(),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text('{"files": []}'),
        lambda folder: (next((folder / "vault").iterdir()) / ("0" * 62)).write_text("x"),
        lambda folder: (folder / "evil.txt").write_text("x"),
    ]
    for count, damage in enumerate(damages):
        folder = tmp_path / f"damaged-{count}"
        shutil.copytree(tmp_path / "good", folder)
        damage(folder)
        with pytest.raises(PermanentError, match="cannot be used"):
            bring_back(folder, tmp_path / "again")
        assert not (tmp_path / "again").exists()
        assert not list(tmp_path.glob(".again*"))


def test_a_tar_cut_short_is_refused(office: Office, tmp_path: Path) -> None:
    for name in KINDS[1:]:
        save(office, tmp_path / name)
        content = (tmp_path / name).read_bytes()
        for share in (0, 0.3, 0.6, 0.9):
            (tmp_path / f"cut-{name}").write_bytes(content[: int(len(content) * share)])
            with pytest.raises(PermanentError):
                bring_back(tmp_path / f"cut-{name}", tmp_path / "again")
            assert not (tmp_path / "again").exists()


def _with(source: Path, target: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    """The backup with one more member, which its manifest names."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for info in old:
            if info.name != "manifest.json":
                new.addfile(info, old.extractfile(info))
        member.size = len(content)
        new.addfile(member, io.BytesIO(content))
        stream = old.extractfile("manifest.json")
        assert stream is not None
        manifest = json.load(stream)
        manifest["files"][member.name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        text = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(text)
        new.addfile(info, io.BytesIO(text))
    return target


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "own/../../evil", "own//x", "own/./x", "vault/../evil", "vault/ab/short", "own/a\nb", "x"],
)
def test_names_that_lead_elsewhere_are_refused(office: Office, tmp_path: Path, name: str) -> None:
    save(office, tmp_path / "good.tar")
    evil = _with(tmp_path / "good.tar", tmp_path / "evil.tar", tarfile.TarInfo(name), b"evil")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(PermanentError, match="cannot be used"):
        bring_back(evil, tmp_path / "again")
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE])
def test_links_and_devices_are_refused(office: Office, tmp_path: Path, kind: bytes) -> None:
    save(office, tmp_path / "good.tar")
    member = tarfile.TarInfo("own/link")
    member.type, member.linkname = kind, "../../secret.key"
    evil = _with(tmp_path / "good.tar", tmp_path / "evil.tar", member)
    with pytest.raises(PermanentError, match="not a plain file"):
        bring_back(evil, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_links_in_a_folder_are_refused(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "good")
    (tmp_path / "good/own").symlink_to(office.storage)
    with pytest.raises(PermanentError, match="not a plain file"):
        bring_back(tmp_path / "good", tmp_path / "again")


def test_an_empty_storage_folder_is_filled(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "copy.tar")
    (tmp_path / "again").mkdir()
    assert bring_back(tmp_path / "copy.tar", tmp_path / "again").discrepancies == []
    again = Office(tmp_path / "again")
    case = again.complaint()
    assert again.scalar(sa.select(t.cases.c.number).where(t.cases.c.id == case)) == "TS-2026-0004"
