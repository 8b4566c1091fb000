"""Mails on the own disk as :class:`mailflow.domain.ports.Mailbox`: a folder of .eml files, a Maildir, an mbox file.

Files have no UIDs, and nothing may be written into somebody's folder, so a UID is derived from what lasts: for .eml
files and Maildirs from the file's name, for an mbox from the mail's position and beginning.  The same file has the
same UID in every run.  ``uidvalidity`` is derived from the path: a source that is moved elsewhere counts as new, and
the digest of each mail tells that it is known.

A UID from a name is at most 62 bits: the first digits of the name in front, so that the order of UIDs follows
numbered and dated names (a Maildir name starts with its time of delivery), then a hash.  Two names with the same UID
in one listing both get a longer hash instead.  Whoever reads such a mailbox must ask which UIDs are unknown, not
which are above the last.

Symbolic links inside a source are never followed.  What cannot be read is logged by its number and left out.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Literal

from mailflow.adapters.backoff import TryLater
from mailflow.adapters.local.files import (
    PIECE,
    open_regular,
    oversize,
    path_validity,
    reading,
    still_growing,
    wait_for_change,
)
from mailflow.adapters.local.mbox import MboxMailbox
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Listing, Oversize

__all__ = ["FolderMailbox", "MaildirMailbox", "MboxMailbox"]

log = logging.getLogger("mailflow.local")

MAX_BYTES = 50_000_000
_DIGITS = re.compile(r"\d+")


class _Files:
    """What a folder of files and a Maildir have in common: one mail a file, its name is its identity."""

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
        self._found: dict[int, Path] = {}

    def listing(self) -> Sequence[Listing]:
        """The mails there now, in ascending order of their UIDs."""
        self._found = name_uids(self._scan())
        return [Listing(self.name, self.folder, self._uidvalidity, tuple(sorted(self._found)))]

    def received(self, listing: Listing, uids: Sequence[int]) -> dict[int, datetime | None]:
        """When these were delivered; None in a folder of files, which anybody may have put there."""
        self._refresh(uids)
        found: dict[int, datetime | None] = {}
        for uid in uids:
            if path := self._found.get(uid):
                try:
                    found[uid] = self._received_at(path)
                except OSError:  # it has moved: told apart the next time
                    continue
        return found

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize]:
        """Read these mails one by one; vanished and unreadable ones are left out."""
        self._refresh(uids)
        for uid in uids:
            mail = self._read(Place(self.name, listing.folder, listing.uidvalidity, uid))
            if mail is not None:
                yield mail

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Nothing: the files belong to somebody else."""

    def wait(self, seconds: float) -> None:
        """Sleep until the directory changes, the time is over, or ``stop`` is set."""
        wait_for_change(self._watched(), seconds, self._stop)

    def close(self) -> None:
        """Nothing is kept open."""

    def _scan(self) -> dict[str, Path]:
        """Identity to file."""
        raise NotImplementedError

    def _watched(self) -> Iterable[Path]:
        return [self.path]

    def _received_at(self, path: Path) -> datetime | None:
        return None

    def _refresh(self, uids: Sequence[int]) -> None:
        if any(uid not in self._found for uid in uids):
            self._found = name_uids(self._scan())

    def _read(self, place: Place) -> RawMessage | Oversize | None:
        for attempt in (1, 2):
            path = self._found.get(place.uid)
            if path is None:
                return None
            try:
                with open_regular(path) as file:
                    return self._take(file, place, path)
            except FileNotFoundError:
                # A mail program renames a Maildir file when its flags change: look once more.
                self._found.pop(place.uid)
                if attempt == 1:
                    self._refresh([place.uid])
            except OSError as error:
                log.warning("%s: UID %d cannot be read (%s), left out", self.name, place.uid, error.strerror)
                return None
        return None

    def _take(self, file: BinaryIO, place: Place, path: Path) -> RawMessage | Oversize:
        size = os.fstat(file.fileno()).st_size
        received_at = self._received_at(path)
        if size <= self._max_bytes:
            return RawMessage(place, file.read(), received_at)
        return oversize(place, received_at, iter(lambda: file.read(PIECE), b""), self._spool_dir)


class FolderMailbox(_Files):
    """A folder of ``.eml`` files, sub-folders not included.  Files still being copied are left for the next time."""

    def _scan(self) -> dict[str, Path]:
        with reading(self.path, "a folder with .eml files"):
            entries = [
                entry
                for entry in os.scandir(self.path)
                if entry.name.lower().endswith(".eml")
                and not entry.name.startswith(".")
                and entry.is_file(follow_symlinks=False)
            ]
            growing = still_growing(Path(entry.path) for entry in entries)
            return {entry.name: Path(entry.path) for entry in entries if Path(entry.path) not in growing}


class MaildirMailbox(_Files):
    """A Maildir: ``new`` and ``cur``.  The part of a name before the flags is the mail's identity.

    With ``after="flag"`` a collected mail goes from ``new`` to ``cur`` with no flag set: seen by a program, not yet
    read by a person.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        after: Literal["nothing", "flag"] = "nothing",
        max_bytes: int = MAX_BYTES,
        spool_dir: Path = Path("storage/spool"),
        stop: threading.Event | None = None,
    ) -> None:
        super().__init__(name, path, max_bytes=max_bytes, spool_dir=spool_dir, stop=stop)
        self._after = after
        self._flags_sign = ";" if os.name == "nt" else ":"  # Windows forbids the colon in names

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Move from ``new`` to ``cur`` if so configured; one that is gone or moved already is left alone."""
        if self._after != "flag":
            return
        self._refresh(uids)
        for uid in uids:
            path = self._found.get(uid)
            if path is None or path.parent.name != "new":
                continue
            info = "" if self._flags_sign in path.name else f"{self._flags_sign}2,"
            target = self.path / "cur" / (path.name + info)
            try:
                path.rename(target)
                self._found[uid] = target
            except FileNotFoundError:
                self._found.pop(uid, None)
            except OSError as error:
                raise TryLater(
                    f"{self.name}: mails cannot be moved to {target.parent}: {error.strerror}",
                    remedy="give mailflow the right to write there, or set after: nothing",
                ) from None

    def _scan(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        with reading(self.path, "a Maildir"):
            for part in ("cur", "new"):  # a mail moved in between is then seen twice rather than not at all
                directory = self.path / part
                if directory.is_symlink():
                    raise PermanentError(f"{directory} is a symbolic link", remedy="name the real folder")
                for entry in os.scandir(directory):
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                        found[re.split("[:;]", entry.name, maxsplit=1)[0]] = Path(entry.path)
        return found

    def _watched(self) -> Iterable[Path]:
        return [self.path / "new", self.path / "cur"]

    def _received_at(self, path: Path) -> datetime | None:
        # Delivery wrote the file and nobody may change it since: its time is the time of arrival.
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def name_uids(names: dict[str, Path]) -> dict[int, Path]:
    """A lasting UID for each name; see the module for how."""
    ordinary = {name: _name_uid(name) for name in names}
    seen = Counter(ordinary.values())
    return {uid if seen[uid] == 1 else _long_hash(name): names[name] for name, uid in ordinary.items()}


def _name_uid(name: str) -> int:
    digits = _DIGITS.search(name)
    if digits is None or not digits.group().isascii():
        return _long_hash(name)
    digest = blake2b(_bytes(name), digest_size=4).digest()
    return int(digits.group()[:9]) << 32 | int.from_bytes(digest, "big") or 1


def _long_hash(name: str) -> int:
    return 1 << 62 | int.from_bytes(blake2b(_bytes(name), digest_size=8).digest(), "big") >> 2


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
