"""What a disk refuses, in our families of errors: full, read-only, somebody else's.  One place for every command."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from mailflow.domain.errors import MailflowError, PermanentError, TemporaryError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OWNER = frozenset({errno.EACCES, errno.EPERM})
_NO_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EEXIST})
# They pass by themselves or with an operator's help.
PASSING = _FULL | _OWNER | {errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE}


def remedy(number: int | None) -> str:
    """What to do about an error of the system."""
    if number in _FULL:
        return "free disk space; nothing is lost"
    if number in _OWNER:
        return "run mailflow as the account that owns it, or give it to this account (chown)"
    if number == errno.EROFS:
        return "make the disk writable again; nothing is lost"
    return "look after the disk; nothing is lost"


def trouble(error: OSError) -> MailflowError | None:
    """An error of the disk as one of ours, with its exit code; None when it is none (a defect, a network).

    A disk that is full or read-only may be well later (TemporaryError); what belongs to somebody else, or is no place
    to write to, stays so (PermanentError).
    """
    if error.errno not in PASSING | _NO_PLACE or (error.filename is None and error.errno in _NO_PLACE):
        return None
    place = error.filename2 or error.filename  # of a copy the second is what is written
    where = f"{_name(place)}: " if place is not None else "storage: "
    words = where + os.strerror(error.errno or 0)
    if error.errno in _NO_PLACE:
        return PermanentError(words, remedy="name a folder that is there, or make it")
    return (PermanentError if error.errno in _OWNER else TemporaryError)(words, remedy=remedy(error.errno))


def writable(paths: Iterable[Path]) -> None:
    """Raise TemporaryError or PermanentError for the first of these that is there and cannot be written.

    SQLite says of all of them only that the database is read-only or cannot be opened.
    """
    for path in paths:
        if path.exists() and not os.access(path, os.W_OK):
            read_only = hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)
            number = errno.EROFS if read_only else errno.EACCES
            found = trouble(OSError(number, os.strerror(number), str(path)))
            assert found is not None
            raise found


def _name(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else str(name)
