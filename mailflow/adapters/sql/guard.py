"""Is this the ledger that worked in this storage?  An older, foreign or missing one is refused, with what to do.

The storage holds a mark beside the ledger: whose it is, and how far its journal had come for certain.  The mark may lag
behind (it is written once a round, after the ledger is durable) and never leads, so whoever is killed or loses power
finds a ledger that reaches it.  A ledger that does not reach it, or whose journal reads otherwise there, is another.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.chain import FIRST
from mailflow.adapters.sql.tables import journal, marks, messages
from mailflow.domain.errors import LedgerLost

FILE = "ledger.mark"
RESTORED = "ledger.restored"  # beside the ledger: what a restore left to do
IDENTITY = "identity"  # its name among the marks of the ledger
SECRET = "secret"  # noqa: S105  (there, too: the name of the key that lies in the storage, which gives nothing of it away)
RENEWED = "secret.renewed"  # the event of another secret key
_IN_PLACE = "if the newer one is lost: mailflow restore --in-place"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the storage knows of its ledger: ``entries`` of the journal were there, the last with this ``hash``."""

    identity: str
    entries: int = 0
    hash: str = FIRST


def new_identity() -> str:
    """The name of a ledger, drawn once."""
    return uuid.uuid4().hex


def read_mark(storage: Path) -> Mark | None:
    """The mark of a storage; None where there is none, or where it cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads((storage / FILE).read_text("utf-8"))
        return Mark(str(found["identity"]), int(found["entries"]), str(found["hash"]))
    return None


def write_mark(storage: Path, mark: Mark) -> None:
    """Replace the mark, durably and as a whole.  Raises OSError."""
    part = storage / f"{FILE}.part"
    with part.open("w", encoding="utf-8") as stream:
        json.dump(asdict(mark), stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(storage / FILE)
    if os.name == "posix":
        folder = os.open(storage, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def check_file(ledger: Path, storage: Path) -> bool:
    """Is the ledger's file there?  Raises LedgerLost when it should be and is not."""
    if ledger.is_file():
        return True
    if read_mark(storage) is not None or _has_blobs(storage):
        raise LedgerLost(
            f"{ledger} is missing, and this storage has worked with it",
            remedy="put it back; if it is lost: move the storage away and mailflow restore the newest backup",
        )
    return False


def check(connection: sa.Connection, storage: Path) -> None:
    """Raise LedgerLost when this is not the ledger that worked in the storage, or an older state of it."""
    if (storage / RESTORED).is_file():
        return  # a person said to go on with it
    mark, inspector = read_mark(storage), sa.inspect(connection)
    has_journal = inspector.has_table(journal.name)
    if mark is None:
        is_empty = not has_journal or connection.execute(sa.select(messages.c.id).limit(1)).first() is None
        named = has_journal and inspector.has_table(marks.name) and _identity(connection)
        if is_empty and not named and _has_blobs(storage):
            raise LedgerLost(
                "the ledger is empty, and the vault beside it is not", remedy=f"put the ledger back; {_IN_PLACE}"
            )
        return
    if not has_journal:
        raise LedgerLost("the ledger is empty, and this storage has worked", remedy=f"put the ledger back; {_IN_PLACE}")
    identity = _identity(connection) if inspector.has_table(marks.name) else ""
    if identity and identity != mark.identity:
        raise LedgerLost("the ledger belongs to another storage, or to a time before a restore",
                         remedy=f"put the one of this storage back; {_IN_PLACE}")  # fmt: skip
    found = connection.scalar(sa.select(journal.c.hash).where(journal.c.id == mark.entries)) if mark.entries else FIRST
    if found != mark.hash:
        last = connection.scalar(sa.select(sa.func.max(journal.c.id))) or 0
        what = f"ends at journal entry {last}" if found is None else f"reads otherwise at journal entry {mark.entries}"
        raise LedgerLost(
            f"the ledger {what}; the one that worked here had come to {mark.entries} at least",
            remedy=f"an older copy was put in its place: put the newer one back; {_IN_PLACE}",
        )


def known_secret(connection: sa.Connection) -> str:
    """The name of the storage's secret key; empty before the first start with it, and in older ledgers."""
    if not sa.inspect(connection).has_table(marks.name):
        return ""
    return connection.scalar(sa.select(marks.c.value).where(marks.c.name == SECRET)) or ""


def _identity(connection: sa.Connection) -> str:
    return connection.scalar(sa.select(marks.c.value).where(marks.c.name == IDENTITY)) or ""


def _has_blobs(storage: Path) -> bool:
    return next((storage / "vault").glob("??/*"), None) is not None


def note_restore(storage: Path, since: datetime, now: datetime, gap: int | None) -> None:
    """Leave word beside a restored ledger that it ends at ``since``; whoever opens it next goes on from there."""
    part = storage / f"{RESTORED}.part"
    part.write_text(json.dumps({"since": since.isoformat(), "at": now.isoformat(), "gap": gap}), "utf-8")
    part.replace(storage / RESTORED)
    (storage / FILE).unlink(missing_ok=True)


class Seen:
    """The file of an opened ledger: was it removed or replaced since?"""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._key = self._now()

    def check(self) -> None:
        """Raise LedgerLost when the file is gone or another."""
        if self.file is not None and self._key is not None and self._now() != self._key:
            gone = "was removed" if self._now() is None else "was replaced"
            raise LedgerLost(
                f"{self.file} {gone} while mailflow worked: what is written now would be lost",
                remedy="put it back and start again; if it is lost: mailflow restore the newest backup",
            )

    def _now(self) -> Any:
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
