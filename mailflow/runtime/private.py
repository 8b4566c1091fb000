"""What mailflow writes is for the account it runs under alone, whatever umask it was started with.

One place instead of many: the mask of the process (umask(2)).  It holds for every library and child process as well
(SQLite's files beside the ledger, spooled mails, LibreOffice).  Windows has no such mask: there the folder's own access
list decides, and nothing here does anything.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_MASK = 0o077  # nothing for group and others: folders 0700, files 0600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_before: list[int] = []  # the masks that were set when each block began; the first is the user's own


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Files made while the block runs are their owner's alone; also a decorator.  The mask is that of the process."""
    if os.name != "posix":
        yield
        return
    _before.append(os.umask(_MASK))
    try:
        yield
    finally:
        os.umask(_before.pop())


@contextlib.contextmanager
def private_storage(storage: Path) -> Iterator[None]:
    """Make the storage's folder when it is missing; whatever is written while the block runs is its owner's alone."""
    with private_files():
        storage.mkdir(parents=True, exist_ok=True)
        yield


@contextlib.contextmanager
def users_files() -> Iterator[None]:
    """Files made while the block runs follow the user's own umask: what he had written out, to pass it on."""
    if not _before:
        yield
        return
    kept = os.umask(_before[0])
    try:
        yield
    finally:
        os.umask(kept)


def exposed(*places: Path) -> Iterator[Path]:
    """The files and folders at and below these places that somebody else on this machine may read, write or enter.

    None on Windows.  A folder closed to others does not excuse what lies in it: it may be moved or copied.
    """
    if os.name != "posix":
        return
    for place in places:
        if is_exposed(place):
            yield place
        if place.is_dir() and not place.is_symlink():
            for root, folders, files in os.walk(place):
                yield from (path for name in (*folders, *files) if is_exposed(path := Path(root, name)))


def is_exposed(path: Path) -> bool:
    """May somebody else on this machine use this file or folder?  A missing one and a symbolic link: no."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return os.name == "posix" and not stat.S_ISLNK(mode) and bool(mode & _OTHERS)
