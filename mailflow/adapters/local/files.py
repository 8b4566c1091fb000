"""Reading mails from the own disk with care, and writing large ones to the spool."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from mailflow.adapters.backoff import TryLater
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Oversize

PIECE = 1 << 20  # bytes of a large mail held in memory at once
HEADER_LIMIT = 1 << 18  # of a large mail's header section this much is kept in memory
YOUNG = 2.0  # seconds: a file this new may still be being copied
SETTLING = 0.1  # seconds in which such a file must not change
_HEADER_END = re.compile(rb"\r?\n\r?\n")


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading, never through a link, also not one put there a moment ago."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(22, "not a regular file")
        yield file


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Translate the errors of looking into a source."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise PermanentError(f"{path}: {error.strerror}", remedy=f"name {what} that mailflow may read") from None
    except OSError as error:
        raise TryLater(f"{path}: {error.strerror}", remedy="check the disk or the network share") from None


def still_growing(paths: Iterable[Path]) -> set[Path]:
    """Files a copy is still writing to: changed within two seconds, and again while we look."""
    now = time.time()
    young = {path: state for path in paths if (state := _state(path)) and now - state[1] / 1e9 < YOUNG}
    if not young:
        return set()
    time.sleep(SETTLING)
    return {path for path, state in young.items() if _state(path) != state}


def wait_for_change(paths: Iterable[Path], seconds: float, stop: threading.Event) -> None:
    """Sleep in pieces of a second, shorter when one of the paths changes."""
    watched = list(paths)
    before = [_state(path) for path in watched]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not stop.wait(min(1.0, left)):
        if [_state(path) for path in watched] != before:
            return


def path_validity(path: Path) -> int:
    """A UIDVALIDITY for a path: constant, not zero, 31 bits."""
    digest = blake2b(os.fsencode(path.absolute()), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1 | 1


def oversize(place: Place, received_at: datetime | None, pieces: Iterable[bytes], spool_dir: Path) -> Oversize:
    """Copy a large mail to the spool: the reader may do with that file as it likes, never with the source."""
    head = bytearray()

    def watched() -> Iterator[bytes]:
        for piece in pieces:
            if len(head) < HEADER_LIMIT:
                head.extend(piece[: HEADER_LIMIT - len(head)])
            yield piece

    path = spool_dir / f"{spool_name(place)}.eml"
    size = spool(watched(), path)
    end = _HEADER_END.search(head)
    return Oversize(RawMessage(place, bytes(head[: end.end()] if end else head), received_at), path, size)


def spool(pieces: Iterable[bytes], path: Path) -> int:
    """Write pieces to a file that appears only when complete and durable; returns its size."""
    partial = path.with_suffix(".part")
    size = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise TryLater(
            f"a large mail cannot be written to {path.parent}: {error.strerror}", remedy="free space on this disk"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return size


def spool_name(place: Place) -> str:
    """A file name of our own for a mail's place."""
    key = f"{place.mailbox}\0{place.folder}\0{place.uidvalidity}\0{place.uid}".encode("utf-8", "surrogateescape")
    return f"{blake2b(key, digest_size=12).hexdigest()}-{place.uid}"


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
