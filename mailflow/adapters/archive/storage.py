"""What the archive's files rest on: safe names, groups of files made durable together, TinyDB without torn files.

TinyDB's own storage writes in place, so a kill in the middle leaves a file nobody can read.  Here a file is written
under a temporary name beside its place, made durable, and then takes its place in one step.  A group of files
pays for durability once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from tinydb.storages import Storage

from mailflow.adapters.vault import sync_group
from mailflow.domain.errors import PermanentError, TemporaryError

Tables = dict[str, dict[str, Any]]

PART = ".part"  # a temporary file is called .NAME.part; what a kill leaves behind is overwritten by the next run

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)

_LONGEST = 180  # bytes of UTF-8; file systems allow 255, and prefixes and suffixes of ours come on top
# What some file system refuses, and signs that make a name look like another (direction marks, no-width spaces).
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_PASSING = _FULL | {errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT}


def safe_component(name: str) -> str:
    """The name as one path component that is fit for every file system; the same name always gives the same.

    Numbers and stored names are ours already, so this changes nothing as a rule; it is the last gate before a path.
    A changed name gets a mark of the original, so that two names never become one.
    """
    fit = _UNFIT.sub("_", name).strip(" .")
    if not fit or _RESERVED.fullmatch(fit):
        fit = f"_{fit}"
    stem, dot, suffix = fit.rpartition(".")
    if not stem or len(suffix) > 10:
        stem, dot, suffix = fit, "", ""
    room = _LONGEST - len((dot + suffix).encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[: room - 9].decode("utf-8", "ignore").rstrip(" .")
    if stem + dot + suffix != name:
        mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        stem = stem.encode()[: room - 9].decode("utf-8", "ignore").rstrip(" .") + "-" + mark
    return stem + dot + suffix


class FileGroup:
    """Files that become visible together: each is written aside, one sync makes all durable, then all take place.

    Use as a context: leaving it without :meth:`settle` removes what was written aside.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: list[tuple[str, str]] = []  # paths as text: there are many, and they are only handed on
        self._folders: set[str] = set()

    def __enter__(self) -> FileGroup:
        return self

    def __exit__(self, *_: object) -> None:
        self.forget(0)

    def add(self, final: str | Path, content: bytes) -> None:
        """Write a file aside; the folders above it are made when they are missing."""
        place = os.fspath(final)
        folder, name = os.path.split(place)
        part = os.path.join(folder, f".{name}{PART}")
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)
            self._folders.add(folder)
        self._waiting.append((part, place))
        descriptor = os.open(part, _NEW_FILE, 0o666)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)

    def position(self) -> int:
        """How many files wait, to give to :meth:`forget`."""
        return len(self._waiting)

    def forget(self, position: int) -> None:
        """Take back what was added since ``position``."""
        for part, _final in self._waiting[position:]:
            with contextlib.suppress(OSError):
                os.unlink(part)
        del self._waiting[position:]

    def settle(self) -> dict[Path, OSError]:
        """Make everything durable and visible; returns the files that could not take their place, and why.

        On Windows a file somebody has open cannot be replaced: that is the file's trouble, not the group's.
        """
        if not self._waiting:
            return {}
        sync_group(self.folder, (Path(part) for part, _ in self._waiting))
        failed: dict[str, OSError] = {}
        for part, final in self._waiting:
            try:
                os.replace(part, final)
            except OSError as error:
                if error.errno in _PASSING:
                    raise
                failed[final] = error
        sync_group(self.folder, [], (Path(folder) for folder in self._folders))
        self._waiting = [(part, final) for part, final in self._waiting if final in failed]
        return {Path(final): error for final, error in failed.items()}


class AtomicJSONStorage(Storage):
    """A TinyDB storage that replaces its file in one step: ``TinyDB(path, storage=AtomicJSONStorage)``.

    With a ``group`` the new file waits for the group to settle; without one it is durable when ``write`` returns.
    It does not lock: one writer a file.  The text is JSON with one field a line, written by the C encoder (the
    ``indent`` of :mod:`json` is pure Python and ten times slower).
    """

    def __init__(self, path: Path | str, group: FileGroup | None = None) -> None:
        super().__init__()
        self.path = Path(path)
        self.group = group

    def read(self) -> Tables | None:
        """The whole file, or None when it is not there.  Raises ValueError when it is not such a file."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        data = json.loads(text) if text.strip() else None
        if data is not None and not (isinstance(data, dict) and all(isinstance(rows, dict) for rows in data.values())):
            raise ValueError(f"{self.path.name} does not hold TinyDB tables")
        return data

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the whole file."""
        content = encode(data)
        if self.group is not None:
            self.group.add(self.path, content)
            return
        with FileGroup(self.path.parent) as group:
            group.add(self.path, content)
            for error in group.settle().values():
                raise error


_ROW = json.JSONEncoder(ensure_ascii=False, separators=(",\n      ", ": "))


def encode(tables: Mapping[str, Mapping[str, Any]]) -> bytes:
    """TinyDB tables as JSON that people can read: a table, a row and a field each begin a line."""
    parts = []
    for name, rows in tables.items():
        lines = [f"    {json.dumps(str(key))}: {_ROW.encode(row)}" for key, row in rows.items()]
        body = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
        parts.append(f"  {json.dumps(name)}: {body}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("utf-8", "replace")


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn the file system's errors into our families: full or broken disks may pass, refused access will not."""
    try:
        yield
    except OSError as error:
        words = f"{what}: {error.strerror or error}"
        if error.errno in _PASSING:
            remedy = "free disk space" if error.errno in _FULL else "check the disk; it is tried again"
            raise TemporaryError(words, remedy=f"{remedy}; nothing is lost") from error
        place = f" {error.filename}" if error.filename else ""
        raise PermanentError(words, remedy=f"check that the program may read and write{place}") from error


@contextlib.contextmanager
def locked(path: Path, wait: float = 30.0) -> Iterator[None]:
    """Hold a lock file: one process at a time writes the archive.  A kill lets go of it.

    Raises TemporaryError when another holds it for longer than ``wait`` seconds.
    """
    # Locked by the system, never by the file's being there: that would outlive a killed process.
    lock = FileLock(path, timeout=wait, is_singleton=False, fallback_to_soft=False, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout:
        raise TemporaryError("the archive is being written by another process", remedy="it is tried again") from None
    try:
        yield
    finally:
        lock.release()
