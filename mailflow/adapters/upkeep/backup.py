"""backup: one consistent copy of everything, while the worker runs.

The ledger first, by SQLite's online backup (one moment, writers go on).  Then the blobs that copy names: they were
durable before their rows were committed and never change, so they are there.  The archive is not copied, it is made
anew from these; only the files people put into it or changed are.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailflow import __version__
from mailflow.adapters.archive.storage import disk_errors
from mailflow.adapters.upkeep.blobs import BLOBS
from mailflow.adapters.upkeep.bundle import LEDGER, OWN, SECRET, SETTINGS, VAULT, BundleWriter, remove
from mailflow.adapters.upkeep.contents import own_files, walk
from mailflow.adapters.upkeep.findings import Progress
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.runtime.private import private_files

_COUNTED = (
    "messages", "customers", "cases", "records", "tasks", "answers", "signatures", "promises", "outbox", "journal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A finished backup.  ``missing`` and ``altered`` name blobs of the vault that were so before: run verify.

    ``secret`` says that it holds the secret key: keep the backup as safe as the storage itself.
    """

    path: Path
    files: int
    size: int
    counts: Mapping[str, int]
    own: int
    secret: bool
    missing: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)


@private_files()
def backup(
    storage: Path,
    target: Path,
    *,
    now: datetime,
    settings: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> BackedUp:
    """Copy the storage into ``target``: a folder, or a file ending in .tar, .tar.gz or .tgz.

    ``settings`` are files and folders to take along (configuration, rules, templates), by the name each gets.
    ``target`` must not be there yet and gets its name only when it is whole.  Raises TemporaryError when the disk
    is full, PermanentError when a file cannot be read.
    """
    step = progress or (lambda _what, _done, _all: None)
    if not (storage / LEDGER).is_file():
        remedy = "check storage: in mailflow.yaml; a ledger on PostgreSQL is backed up with pg_dump"
        raise PermanentError(f"{storage} holds no {LEDGER}", remedy=remedy)
    with disk_errors("backup"), BundleWriter(target) as bundle, _ledger_copy(storage / LEDGER, target) as copy:
        step("ledger", 1, 1)
        bundle.add(LEDGER, copy)
        counts, digests, revision = _facts(copy)
        vault = FileVault(storage / VAULT)
        missing, altered = [], []
        for done, digest in enumerate(digests, 1):
            try:
                content = bundle.add(f"{VAULT}/{digest[:2]}/{digest[2:]}", vault.path(digest), 0o400)
            except FileNotFoundError:
                missing.append(digest)
                continue
            if content != digest:
                altered.append(digest)
            if done % 200 == 0 or done == len(digests):
                step("vault", done, len(digests))
        secret = (storage / SECRET).is_file()
        if secret:
            bundle.add(SECRET, storage / SECRET, 0o600)
        own = _own(bundle, storage / "archive", vault)
        _settings(bundle, settings or {})
        bundle.finish(
            {
                "program": f"mailflow {__version__}",
                "made_at": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "schema": revision,
                "counts": counts,
                "holds_secret_key": secret,
                "missing": missing,
                "altered": altered,
            }
        )
        size = sum(item["size"] for item in bundle.files.values())
        return BackedUp(target, len(bundle.files), size, counts, own, secret, missing, altered)


@contextlib.contextmanager
def _ledger_copy(ledger: Path, target: Path) -> Iterator[Path]:
    """A copy of the ledger as of one moment, in one file, for as long as the block runs."""
    copy = target.with_name(f".{target.name}.ledger")
    remove(copy)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            _sqlite_errors(),
            contextlib.closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=rw", uri=True, timeout=30)) as source,
            contextlib.closing(sqlite3.connect(copy)) as sink,
        ):
            source.backup(sink)
            sink.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            (verdict,) = sink.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise PermanentError(f"the ledger is damaged: {verdict}", remedy="restore from an earlier backup")
        yield copy
    finally:
        for path in (copy, copy.with_name(f"{copy.name}-journal")):
            path.unlink(missing_ok=True)


def _facts(copy: Path) -> tuple[dict[str, int], list[str], str]:
    """Counts of rows, every digest the ledger names, and the schema's revision."""
    with _sqlite_errors(), contextlib.closing(sqlite3.connect(copy)) as connection:
        # A ledger of an older program, not opened by this one yet, lacks the newer tables and columns.
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {
            name: _one(connection, f"SELECT count(*) FROM {name}")  # noqa: S608
            for name in _COUNTED
            if name in there
        }
        digests: set[str] = set()
        for column in (blob.digest for blob in BLOBS):
            table = column.table.name
            if column.name in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
                rows = connection.execute(f"SELECT DISTINCT {column.name} FROM {table}")  # noqa: S608
                digests.update(row[0] for row in rows if row[0])
        return counts, sorted(digests), str(_one(connection, "SELECT version_num FROM alembic_version"))


def _one(connection: sqlite3.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _own(bundle: BundleWriter, archive: Path, vault: FileVault) -> int:
    """People's own files of the archive; what the running worker writes meanwhile is not among them."""
    count = 0
    if archive.is_dir():
        for path in own_files(archive, vault):
            with contextlib.suppress(FileNotFoundError):
                bundle.add(f"{OWN}/{path.relative_to(archive).as_posix()}", path)
                count += 1
    return count


def _settings(bundle: BundleWriter, settings: Mapping[str, Path]) -> None:
    for name, path in settings.items():
        if path.is_file():
            bundle.add(f"{SETTINGS}/{name}", path)
        elif path.is_dir():
            for file in walk(path):
                bundle.add(f"{SETTINGS}/{name}/{file.relative_to(path).as_posix()}", file)
        else:
            raise PermanentError(f"{path} is not there", remedy="check the settings to be backed up")


@contextlib.contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        remedy = "free disk space" if "full" in str(error) else "try again"
        raise TemporaryError(f"backup of the ledger: {error}", remedy=remedy) from error
    except sqlite3.DatabaseError as error:
        remedy = "run mailflow verify; restore from an earlier backup"
        raise PermanentError(f"the ledger is damaged: {error}", remedy=remedy) from error
