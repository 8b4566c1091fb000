"""The vault: durable, content-addressed, immutable."""

import errno
import hashlib
from pathlib import Path

import pytest

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
    assert vault.path(digest).stat().st_mode & 0o222 == 0


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
