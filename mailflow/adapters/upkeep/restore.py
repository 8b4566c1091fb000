"""restore: an empty storage becomes what the backup holds; checked before anything bears the storage's name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.archive.folders import Decode
from mailflow.adapters.archive.page import CasePages
from mailflow.adapters.archive.storage import disk_errors
from mailflow.adapters.sql.dossier import Dossiers
from mailflow.adapters.sql.engine import migrate, open_engine, translated
from mailflow.adapters.sql.guard import note_restore
from mailflow.adapters.sql.tables import journal
from mailflow.adapters.upkeep.bundle import LEDGER, MANIFEST, OWN, SECRET, SETTINGS, VAULT, remove, unpack
from mailflow.adapters.upkeep.findings import Discrepancy, Progress
from mailflow.adapters.upkeep.journal_checks import Witness
from mailflow.adapters.upkeep.rebuild import rebuild
from mailflow.adapters.upkeep.series_checks import NumberPatterns
from mailflow.adapters.upkeep.verify import NOTHING_ELSE, verify
from mailflow.adapters.vault import FileVault, sync_group
from mailflow.domain.errors import PermanentError
from mailflow.domain.forms import FormSpec
from mailflow.runtime.private import private_files


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored storage, and what its verification found.  ``settings`` is where the backup's settings lie now."""

    storage: Path
    made_at: str
    customers: int
    settings: Path | None
    secret: bool
    discrepancies: list[Discrepancy] = field(default_factory=list)


@private_files()
def restore(
    backup: Path,
    storage: Path,
    decode: Decode,
    *,
    now: datetime,
    forms: Sequence[FormSpec] = (),
    patterns: NumberPatterns | None = None,
    progress: Progress | None = None,
    witness: Witness = NOTHING_ELSE,
    gap: int | None = None,
    pages: CasePages | None = None,
) -> Restored:
    """Make a storage out of a backup: unpack, check against its manifest, make the archive, verify.

    ``gap`` is how many numbers of each series are left out when it goes on (None: as many as may have been given).
    Refuses a storage that holds anything.  All happens beside it under another name; a failure or a kill leaves no
    storage.  Settings are put into ``restored-settings`` for a person to compare: those in use are not touched.
    """
    if storage.exists() and (not storage.is_dir() or any(storage.iterdir())):
        remedy = "move it away first, or name another storage folder"
        raise PermanentError(f"{storage} is not empty", remedy=remedy)
    staging = storage.with_name(f".{storage.name}.restoring")
    with disk_errors("restore"):
        remove(staging)  # of a restore that did not end
        staging.mkdir(parents=True, mode=0o700)
        try:
            manifest = unpack(backup, staging)
            _arrange(staging)
            customers = _bring_up(staging, decode, now, progress, pages)
            note_restore(staging, _last_entry(staging, now), now, gap)
            found = _verified(staging, forms, patterns, progress, witness)
            sync_group(staging, [path for path in staging.rglob("*") if path.is_file()])
            if storage.exists():
                storage.rmdir()
            staging.rename(storage)
        except BaseException:
            with contextlib.suppress(OSError):
                remove(staging)
            raise
    settings = storage / "restored-settings"
    return Restored(
        storage,
        str(manifest.get("made_at", "")),
        customers,
        settings if settings.is_dir() else None,
        (storage / SECRET).is_file(),
        found,
    )


def restore_in_place(
    storage: Path, ledger: sa.URL, password: Callable[[], str] | None, now: datetime, gap: int | None
) -> None:
    """Go on with the ledger that is there though a newer one worked here: the same care as after :func:`restore`.

    Raises PermanentError when there is no ledger.
    """
    engine = open_engine(ledger, password=password)
    try:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
            raise PermanentError("there is no ledger", remedy="mailflow restore BACKUP into an empty storage")
        with translated(), engine.connect() as connection:
            if not sa.inspect(connection).has_table(journal.name):
                raise PermanentError("the ledger is empty", remedy="mailflow restore BACKUP into an empty storage")
            last = connection.scalar(sa.select(sa.func.max(journal.c.at)))
    finally:
        engine.dispose()
    note_restore(storage, last or now, now, gap)


def _last_entry(staging: Path, now: datetime) -> datetime:
    """When the ledger that was restored last said something."""
    engine = open_engine(f"sqlite:///{staging / LEDGER}")
    try:
        with engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.max(journal.c.at))) or now
    finally:
        engine.dispose()


def _arrange(staging: Path) -> None:
    """Put what was unpacked where a storage has it."""
    (staging / MANIFEST).unlink()
    for path in (staging / VAULT).glob("*/*"):
        path.chmod(0o400)
    if (staging / SECRET).exists():
        (staging / SECRET).chmod(0o600)
    if (staging / OWN).is_dir():
        (staging / OWN).rename(staging / "archive")
    if (staging / SETTINGS).is_dir():
        (staging / SETTINGS).rename(staging / "restored-settings")


def _bring_up(staging: Path, decode: Decode, now: datetime, progress: Progress | None, pages: CasePages | None) -> int:
    """Bring the ledger to today's schema and make the archive; returns how many customers it has."""
    engine = open_engine(f"sqlite:///{staging / LEDGER}")
    try:
        migrate(engine)
        vault = FileVault(staging / VAULT)
        done = rebuild(staging / "archive", vault, Dossiers(engine), decode, now, progress, pages)
        if done.old is not None:
            remove(done.old)  # people's files only, and the new archive has them
        return done.customers
    finally:
        engine.dispose()


def _verified(
    staging: Path,
    forms: Sequence[FormSpec],
    patterns: NumberPatterns | None,
    progress: Progress | None,
    witness: Witness,
) -> list[Discrepancy]:
    engine = open_engine(f"sqlite:///{staging / LEDGER}")
    try:
        vault, archive = FileVault(staging / VAULT), staging / "archive"
        return verify(engine, vault, archive, forms=forms, patterns=patterns, progress=progress, witness=witness)
    finally:
        engine.dispose()
