"""The vault: durable, content-addressed, immutable."""

import errno
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from mailflow.adapters import vault as vault_module
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import NeedsPerson, TemporaryError


def test_what_is_put_comes_back_under_its_sha256(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    contents = [b"first mail", b"second mail", b"first mail"]
    digests = vault.put(contents)
    assert digests == [hashlib.sha256(content).hexdigest() for content in contents]
    assert [vault.get(digest) for digest in digests] == contents
    assert set(vault.digests()) == set(digests)


def test_putting_again_changes_nothing(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    (digest,) = vault.put([b"mail"])
    before = vault.path(digest).stat().st_mtime_ns
    vault.put([b"mail"])
    assert vault.path(digest).stat().st_mtime_ns == before


def test_a_blob_cannot_be_written_to_by_accident(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    (digest,) = vault.put([b"mail"])
    assert vault.path(digest).stat().st_mode & 0o777 == 0o400


def test_an_altered_or_absent_blob_is_for_a_person(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    (digest,) = vault.put([b"mail"])
    vault.path(digest).chmod(0o640)
    vault.path(digest).write_bytes(b"liam")
    with pytest.raises(NeedsPerson, match="altered") as caught:
        vault.get(digest)
    assert caught.value.reason == "damaged"
    vault.path(digest).unlink()
    with pytest.raises(NeedsPerson, match="has no file"):
        vault.get(digest)


def test_a_spooled_file_moves_in_without_its_old_name(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    spooled = tmp_path / "spool" / "large.eml"
    spooled.parent.mkdir()
    spooled.write_bytes(b"x" * 3_000_000)
    digest = vault.put_file(spooled)
    assert vault.get(digest) == b"x" * 3_000_000
    assert not spooled.exists()


class Syncs:
    """Notes what stands where each time something is made durable; the last time may fail."""

    def __init__(self, failing: bool = False) -> None:
        self.seen: list[tuple[str, list[bytes], set[str]]] = []
        self.failing = failing

    def __call__(self, folder: Path, files: Iterable[Path], folders: Iterable[Path]) -> None:
        contents = [path.read_bytes() for path in files]
        blobs = {path.parent.name + path.name for path in folder.rglob("*") if path.is_file() and not path.suffix}
        step = "files" if contents else "folders"
        assert all(path.is_dir() for path in folders)
        assert bool(contents) is not bool(list(folders))
        self.seen.append((step, contents, blobs))
        if self.failing:
            raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("spooled", [False, True])
def test_bytes_are_durable_before_they_get_their_name_and_the_name_before_it_is_told(
    tmp_path: Path, spooled: bool
) -> None:
    syncs = Syncs()
    vault = FileVault(tmp_path / "vault", sync=syncs)
    if spooled:
        (tmp_path / "large.eml").write_bytes(b"first mail")
        digests = [vault.put_file(tmp_path / "large.eml")]
        contents = [b"first mail"]
    else:
        contents = [b"first mail", b"second mail"]
        digests = vault.put(contents)
    # All are synced while none has its name; then the names are synced, when all are there.
    assert syncs.seen == [("files", contents, set()), ("folders", [], set(digests))]


def test_what_could_not_be_made_durable_gets_no_name(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault", sync=Syncs(failing=True))
    with pytest.raises(TemporaryError, match="Input/output"):
        vault.put([b"mail"])
    assert list(vault.digests()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="syncfs is Linux's")
def test_on_linux_one_call_to_the_vaults_file_system_makes_a_group_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = vault_module._SYNCFS, []
    assert real is not None

    def watched(descriptor: int) -> int:
        asked.append(opened(descriptor))
        return int(real(descriptor))

    monkeypatch.setattr(vault_module, "_SYNCFS", watched)
    FileVault(tmp_path / "vault").put([b"first mail", b"second mail"])
    assert asked == [tmp_path / "vault"] * 2  # the bytes, then the names


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="syncfs is Linux's")
def test_an_error_that_syncing_reports_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = FileVault(tmp_path / "vault")
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(vault_module, "_SYNCFS", lambda descriptor: vault_module._find_syncfs()(-1))  # type: ignore[misc]
    with pytest.raises(OSError, match="Bad file descriptor") as caught:
        vault.put([b"mail"])
    assert caught.value.errno == errno.EBADF
    assert list(vault.digests()) == []
    assert len(os.listdir("/proc/self/fd")) == before  # nothing stays open


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be synced on Windows")
def test_where_there_is_no_syncfs_every_file_is_synced_and_then_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, synced = os.fsync, []

    def watched(descriptor: int) -> None:
        synced.append(opened(descriptor))
        real(descriptor)

    monkeypatch.setattr(vault_module, "_SYNCFS", None)
    monkeypatch.setattr(os, "fsync", watched)
    vault = FileVault(tmp_path / "vault")
    before = len(os.listdir("/proc/self/fd"))
    paths = [vault.path(digest) for digest in vault.put([b"first mail", b"second mail"])]
    assert synced[:2] == [path.with_suffix(".tmp") for path in paths]
    assert sorted(synced[2:]) == sorted(path.parent for path in paths)
    assert len(os.listdir("/proc/self/fd")) == before


def opened(descriptor: int) -> Path:
    """The file or folder behind a descriptor."""
    return Path(os.readlink(f"/proc/self/fd/{descriptor}"))


def test_a_vault_that_is_there_already_keeps_what_it_has(tmp_path: Path) -> None:
    (digest,) = FileVault(tmp_path / "home" / "vault").put([b"mail"])
    assert FileVault(tmp_path / "home" / "vault").get(digest) == b"mail"


def test_blobs_share_folders_and_a_mail_spooled_twice_is_kept_once(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    contents = [str(number).encode() for number in range(600)]  # more than there are folders
    assert len(set(vault.put(contents[:300]))) == 300
    spooled = tmp_path / "large.eml"
    for content in (*contents[300:], contents[0], contents[300]):
        spooled.write_bytes(content)
        assert vault.get(vault.put_file(spooled)) == content
        assert not spooled.exists()
    assert len(list(vault.digests())) == 600
    assert {len(path.name) for path in vault.folder.iterdir()} == {2}


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"])
def test_a_disk_that_cannot_give_a_blob_now_is_a_passing_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    vault = FileVault(tmp_path / "vault")
    (digest,) = vault.put([b"mail"])

    def away(self: Path) -> bytes:
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(Path, "read_bytes", away)
    with pytest.raises(TemporaryError, match=os.strerror(getattr(errno, name))):
        vault.get(digest)


def test_nothing_new_is_not_synced(tmp_path: Path) -> None:
    syncs = Syncs()
    vault = FileVault(tmp_path / "vault", sync=syncs)
    vault.put([b"mail"])
    vault.put([b"mail"])
    vault.put([])
    assert len(syncs.seen) == 2


def test_a_full_disk_is_a_passing_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = FileVault(tmp_path / "vault")

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TemporaryError, match="No space"):
        vault.put([b"mail"])


def test_half_written_leftovers_of_a_crash_are_not_blobs(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault")
    (digest,) = vault.put([b"mail"])
    vault.path(digest).with_suffix(".tmp").write_bytes(b"ma")
    assert list(vault.digests()) == [digest]
