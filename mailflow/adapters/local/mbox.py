"""An mbox file as :class:`mailflow.domain.ports.Mailbox`: read with bounded memory, never written, never locked.

A mail starts at a ``From `` line at the beginning of the file or after an empty line, if the line holds a time of
day as every program writes it; a sentence that happens to start with "From " does not.  ``>From`` at the start of a
line loses one ``>`` (mboxrd: RFC 4155 gives the format, qmail's mbox(5) the quoting).

A UID is the mail's position in the file with a hash of its beginning (62 bits): UIDs ascend in the file's order,
stay as long as the file is only appended to, and are new for everything behind a place where mails were taken out.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from mailflow.adapters.local.files import (
    PIECE,
    open_regular,
    oversize,
    path_validity,
    reading,
    still_growing,
    wait_for_change,
)
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Listing, Oversize

log = logging.getLogger("mailflow.local")

_SEPARATOR = re.compile(rb"From .*\d:\d\d")
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_HASH_BITS = 26
_BEGINNING = 4096
MAX_BYTES = 50_000_000
_LINE = 1 << 16  # longer lines are read in parts, so that memory stays bounded


class MboxMailbox:
    """One mbox file.  Its last mail waits for the next time while a program is still appending to it."""

    folder = "INBOX"

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        max_bytes: int = MAX_BYTES,
        spool_dir: Path = Path("storage/spool"),
        stop: threading.Event | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self._max_bytes = max_bytes
        self._spool_dir = spool_dir
        self._stop = stop or threading.Event()
        self._uidvalidity = path_validity(path)
        self._state: tuple[int, int] | None = None
        self._spans: dict[int, tuple[int, int]] = {}

    def listing(self) -> Sequence[Listing]:
        """The mails in the file now, in its order."""
        self._scan()
        return [Listing(self.name, self.folder, self._uidvalidity, tuple(self._spans))]

    def received(self, listing: Listing, uids: Sequence[int]) -> dict[int, datetime | None]:
        """Nobody vouches for the times an mbox file gives: None for each."""
        return dict.fromkeys(uids)

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize]:
        """Read these mails; those no longer in the file are left out."""
        for uid in uids:
            # Looked at again for each mail: between two yields the file may have been rewritten.
            self._scan(settle=False)
            span = self._spans.get(uid)
            if span is None:
                continue
            with reading(self.path, "an mbox file"), open_regular(self.path) as file:
                mail = self._take(file, Place(self.name, listing.folder, listing.uidvalidity, uid), *span)
            yield mail

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Nothing: the file belongs to somebody else."""

    def wait(self, seconds: float) -> None:
        """Sleep until the file changes, the time is over, or ``stop`` is set."""
        wait_for_change([self.path], seconds, self._stop)

    def close(self) -> None:
        """Nothing is kept open."""

    def _take(self, file: BinaryIO, place: Place, start: int, end: int) -> RawMessage | Oversize:
        if end - start <= self._max_bytes:
            file.seek(start)
            return RawMessage(place, _QUOTED.sub(b"", file.read(end - start)))
        return oversize(place, None, _unquoted_pieces(file, start, end), self._spool_dir)

    def _scan(self, *, settle: bool = True) -> None:
        with reading(self.path, "an mbox file"), open_regular(self.path) as file:
            status = os.fstat(file.fileno())
            state = (status.st_size, status.st_mtime_ns)
            if state == self._state:
                return
            growing = settle and bool(still_growing([self.path]))
            self._spans = dict(_mails(file, self.path, status.st_size))
            if growing and self._spans:
                self._spans.popitem()
            self._state = None if growing else state


def _mails(file: BinaryIO, path: Path, size: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """UID and span (without the separator line and the empty line at the end) of each mail."""
    starts = list(_starts(file))
    if size and (not starts or starts[0][0] != 0):
        raise PermanentError(f"{path}: not an mbox file (no 'From ' line at its start)", remedy="name an mbox file")
    for index, (position, start) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else size
        file.seek(max(start, end - 4))
        tail = file.read(end - file.tell())
        # The empty line in front of the next separator belongs to the format, not to the mail.
        end -= 2 if tail.endswith(b"\r\n\r\n") else 1 if tail.endswith(b"\n\n") else 0
        file.seek(position)
        beginning = file.read(min(end - position, _BEGINNING))
        digest = int.from_bytes(blake2b(beginning, digest_size=4).digest(), "big") >> (32 - _HASH_BITS)
        yield (position + 1) << _HASH_BITS | digest, (start, end)


def _starts(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each separator line begins and ends.  Read line by line: a map of a file that shrinks would kill us."""
    position, after_empty, whole = 0, True, True
    for line in iter(lambda: file.readline(_LINE), b""):
        if whole and after_empty and line.startswith(b"From ") and (position == 0 or _SEPARATOR.match(line)):
            yield position, position + len(line)
        after_empty = whole and line in (b"\n", b"\r\n")
        whole = line.endswith(b"\n")
        position += len(line)


def _unquoted_pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The span in pieces of about a megabyte, cut at line ends so that no quoted ``>From`` is torn apart."""
    file.seek(start)
    left = end - start
    while left > 0:
        piece = file.read(min(PIECE, left))
        if not piece:
            return
        left -= len(piece)
        if left > 0 and not piece.endswith(b"\n"):
            rest = file.readline(min(PIECE, left))
            left -= len(rest)
            piece += rest
        yield _QUOTED.sub(b"", piece)
