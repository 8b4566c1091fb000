"""A backup as a thing on disk: a folder or a tar, with a manifest of every file's SHA-256.

Written under another name and renamed at the end, so whatever bears the backup's name is whole.  Read with
distrust: a name in a backup never leads out of the folder it is unpacked into, and only plain files are taken.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from mailflow.adapters.archive.storage import disk_errors
from mailflow.adapters.vault import sync_group
from mailflow.domain.errors import PermanentError, TemporaryError

FORMAT = 1
MANIFEST = "manifest.json"
LEDGER = "ledger.db"
SECRET = "secret.key"  # noqa: S105  (a file name)
VAULT = "vault"
OWN = "own"  # people's own files of the archive
SETTINGS = "settings"

_BLOB = re.compile(r"vault/[0-9a-f]{2}/[0-9a-f]{62}")
_TREES = (OWN, SETTINGS)
_PIECE = 1 << 20
_FORBIDDEN = re.compile(r'[\x00-\x1f\\:*?"<>|]' if os.name == "nt" else r"[\x00-\x1f]")


class _Out(Protocol):
    def put(self, name: str, stream: IO[bytes], size: int, mode: int) -> None: ...
    def close(self) -> None: ...


class BundleWriter:
    """Writes a backup; use as a context.  What is not finished is removed."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.part = target.with_name(f".{target.name}.part")
        self.files: dict[str, dict[str, Any]] = {}
        self._out: _Out | None = None

    def __enter__(self) -> BundleWriter:
        if self.target.exists() or self.target.is_symlink():
            raise PermanentError(f"{self.target} is there already", remedy="give another name; nothing is overwritten")
        self.target.parent.mkdir(parents=True, exist_ok=True)
        remove(self.part)  # of a backup that did not end
        compressed = self.target.name.lower().endswith((".tar.gz", ".tgz"))
        is_tar = compressed or self.target.name.lower().endswith(".tar")
        self._out = _TarOut(self.part, compressed) if is_tar else _FolderOut(self.part)
        return self

    def add(self, name: str, path: Path, mode: int = 0o600) -> str:
        """Copy a file into the backup; returns its SHA-256."""
        with path.open("rb") as stream:
            return self._put(name, stream, os.fstat(stream.fileno()).st_size, mode)

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the manifest, make everything durable, and give the backup its name."""
        manifest = {"format": FORMAT, **facts, "files": dict(self.files)}
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode("utf-8", "surrogateescape")
        self._put(MANIFEST, io.BytesIO(content), len(content), 0o600)
        assert self._out is not None
        self._out.close()
        self._out = None
        sync_group(self.target.parent, [p for p in self.part.rglob("*") if p.is_file()] or [self.part])
        self.part.rename(self.target)
        sync_group(self.target.parent, [], [self.target.parent])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out is not None:
            with contextlib.suppress(OSError):
                self._out.close()
        if self.part.exists():
            with contextlib.suppress(OSError):
                remove(self.part)

    def _put(self, name: str, stream: IO[bytes], size: int, mode: int) -> str:
        assert self._out is not None
        hashing = _Hashing(stream)
        self._out.put(name, hashing, size, mode)  # type: ignore[arg-type]
        if hashing.count != size:
            raise TemporaryError(f"{name} changed while it was copied", remedy="run the backup again")
        self.files[name] = {"sha256": hashing.digest.hexdigest(), "size": size}
        return hashing.digest.hexdigest()


class _Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        piece = self.stream.read(size)
        self.digest.update(piece)
        self.count += len(piece)
        return piece


class _FolderOut:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)

    def put(self, name: str, stream: IO[bytes], size: int, mode: int) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(descriptor, "wb") as out:
            while piece := stream.read(_PIECE):
                out.write(piece)

    def close(self) -> None:
        """Every file is closed already."""


class _TarOut:
    def __init__(self, path: Path, compressed: bool) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        self.raw = os.fdopen(descriptor, "wb")
        # Mails shrink, pictures and Word files do not: more effort than the least gains little.
        squeeze = gzip.GzipFile(fileobj=self.raw, mode="wb", compresslevel=1) if compressed else None
        self.squeeze = squeeze
        self.tar = tarfile.TarFile(fileobj=squeeze or self.raw, mode="w", format=tarfile.PAX_FORMAT)

    def put(self, name: str, stream: IO[bytes], size: int, mode: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, mode
        try:
            self.tar.addfile(info, stream)
        except OSError as error:
            if error.errno is None:
                raise TemporaryError(f"{name} changed while it was copied", remedy="run the backup again") from error
            raise

    def close(self) -> None:
        try:
            self.tar.close()
            if self.squeeze is not None:
                self.squeeze.close()
        finally:
            self.raw.close()


# ---------------------------------------------------------------------------------------------------------- reading


def unpack(backup: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup into a new folder and compare it with its manifest; returns the manifest.

    Raises PermanentError when anything is missing, altered or suspicious.  Names are taken as they are only after
    they were checked; links, devices and everything else that is not a plain file are refused.
    """
    found: dict[str, tuple[str, int]] = {}
    members = _tar_members(backup) if backup.is_file() else _folder_members(backup)
    with disk_errors("restore"), _tar_errors(backup):
        for name, stream in members:
            _check_name(name)
            if name in found:
                raise _refused(f"{name!r} is there twice")
            found[name] = _take(stream, folder / name)
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        files = {str(name): (str(item["sha256"]), int(item["size"])) for name, item in manifest["files"].items()}
        version = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(f"it has no readable {MANIFEST}, so it is not whole") from error
    if version != FORMAT:
        raise _refused(f"its format is {version}, this program reads {FORMAT}")
    found.pop(MANIFEST)
    wrong = sorted(name for name in found.keys() | files.keys() if found.get(name) != files.get(name))
    if wrong:
        some = ", ".join(wrong[:5])
        raise _refused(f"{len(wrong)} files are missing, altered or not in its manifest: {some}")
    if LEDGER not in files:
        raise _refused("it holds no ledger")
    assert isinstance(manifest, dict)
    return manifest


def remove(path: Path) -> None:
    """Remove a file or a folder; nothing when it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _refused(why: str) -> PermanentError:
    return PermanentError(f"the backup cannot be used: {why}", remedy="take another backup; nothing was changed")


def _check_name(name: str) -> None:
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or _FORBIDDEN.search(name):
        raise _refused(f"the name {name!r} leads elsewhere")
    if name in (MANIFEST, LEDGER, SECRET) or _BLOB.fullmatch(name) or (parts[0] in _TREES and len(parts) > 1):
        return
    raise _refused(f"{name!r} does not belong into a backup")


def _take(stream: IO[bytes], path: Path) -> tuple[str, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashing = _Hashing(stream)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while piece := hashing.read(_PIECE):
            out.write(piece)
    return hashing.digest.hexdigest(), hashing.count


def _folder_members(folder: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if not folder.is_dir():
        raise PermanentError(f"{folder} is not there", remedy="name a backup's folder or tar file")
    for root, folders, names in os.walk(folder):
        for name in sorted([*folders, *names]):
            path = Path(root) / name
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise _refused(f"{path.relative_to(folder).as_posix()!r} is not a plain file")
        folders.sort()
        for name in sorted(names):
            path = Path(root) / name
            with path.open("rb") as stream:
                yield path.relative_to(folder).as_posix(), stream


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, "r:*") as tar:
        for member in tar:
            if member.isdir():
                _check_name(f"{OWN}/{member.name}")
                continue
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                raise _refused(f"{member.name!r} is not a plain file")
            stream = tar.extractfile(member)
            assert stream is not None
            yield member.name, stream


@contextlib.contextmanager
def _tar_errors(backup: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _refused(f"{backup.name} is damaged or not a backup ({error})") from error
