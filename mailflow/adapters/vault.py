"""Immutable bytes under their SHA-256: raw mails as received, records as issued.

A blob is written to a temporary name, made durable together with its whole group by one sync, and then renamed.
Content addressing makes a crash harmless: a blob without a ledger row is never wrong, only unused.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from mailflow.domain.errors import NeedsPerson, TemporaryError
from mailflow.runtime import disk

# Makes the files written and the folders renamed in durable; the first argument is the vault's own folder.
Sync = Callable[[Path, Iterable[Path], Iterable[Path]], None]


class FileVault:
    """The vault as a folder: ``ab/cd…`` files named by digest, read-only once written.

    ``sync`` is :func:`sync_group` unless somebody wants to watch what is made durable when.
    """

    def __init__(self, folder: Path, *, sync: Sync | None = None) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sync = sync or sync_group

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store all of these durably and return their SHA-256 digests (hex), in order.

        When this returns, every blob survives a power cut.  Raises TemporaryError when the disk is full.
        """
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        fresh = {d: c for d, c in zip(digests, contents, strict=True) if not self.path(d).exists()}
        with _disk_errors():
            self._write(fresh)
        return digests

    def put_file(self, path: Path) -> str:
        """Move a spooled file into the vault without reading it into memory; returns its digest."""
        digest = hashlib.sha256()
        with _disk_errors(), path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
        name = digest.hexdigest()
        with _disk_errors():
            if not self.path(name).exists():
                self._folder_of(name).mkdir(exist_ok=True)
                temporary = self.path(name).with_suffix(".tmp")
                shutil.copyfile(path, temporary)
                self._settle([temporary], [self.path(name)])
        path.unlink(missing_ok=True)
        return name

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.  Raises NeedsPerson("damaged") when they are absent or altered."""
        try:
            content = self.path(digest).read_bytes()
        except OSError as error:
            if error.errno in disk.PASSING:
                words = f"storage: {os.strerror(error.errno or 0)}"
                raise TemporaryError(words, remedy=disk.remedy(error.errno)) from error
            raise NeedsPerson(
                "damaged", f"the vault has no file {digest}", remedy="restore it from a backup"
            ) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise NeedsPerson("damaged", f"the vault's file {digest} was altered", remedy="restore it from a backup")
        return content

    def path(self, digest: str) -> Path:
        """Where a digest's bytes lie."""
        return self.folder / digest[:2] / digest[2:]

    def digests(self) -> Iterator[str]:
        """Every digest stored, in no order."""
        for folder in self.folder.iterdir():
            if len(folder.name) == 2 and folder.is_dir():
                yield from (folder.name + path.name for path in folder.iterdir() if len(path.name) == 62)

    def _folder_of(self, digest: str) -> Path:
        return self.folder / digest[:2]

    def _write(self, fresh: dict[str, bytes]) -> None:
        temporary, final = [], []
        for digest, content in fresh.items():
            path = self.path(digest)
            with contextlib.suppress(FileExistsError):
                path.parent.mkdir()
            part = path.with_suffix(".tmp")
            part.write_bytes(content)
            temporary.append(part)
            final.append(path)
        if final:
            self._settle(temporary, final)

    def _settle(self, temporary: Sequence[Path], final: Sequence[Path]) -> None:
        self._sync(self.folder, temporary, ())
        for part, path in zip(temporary, final, strict=True):
            part.chmod(0o400)
            part.replace(path)
        self._sync(self.folder, (), {path.parent for path in final})


def sync_group(folder: Path, files: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Make a group of written files (and renames in ``folders``) durable: one syncfs on Linux, else one by one.

    syncfs(2) costs one wait for the group; on Linux >= 5.8 it also reports write errors.  Elsewhere each file is
    flushed with fsync, and each folder where the system can do that (Windows cannot, and needs not).
    """
    if _SYNCFS is not None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if _SYNCFS(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(folder))
        finally:
            os.close(descriptor)
        return
    for path in files:
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    if os.name == "posix":
        for path in folders:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in disk.PASSING:
            words = f"storage: {os.strerror(error.errno or 0)}"
            raise TemporaryError(words, remedy=disk.remedy(error.errno)) from error
        raise


def _find_syncfs() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


_SYNCFS = _find_syncfs()
