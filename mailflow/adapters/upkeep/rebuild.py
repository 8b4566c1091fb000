"""Make the whole archive anew from ledger and vault, beside the old one, and then put it in its place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mailflow.adapters.archive.folders import Decode, FolderArchive
from mailflow.adapters.archive.page import CasePages
from mailflow.adapters.archive.storage import disk_errors, locked
from mailflow.adapters.sql.dossier import Dossiers, pages
from mailflow.adapters.upkeep.contents import journal_hashes, own_files
from mailflow.adapters.upkeep.findings import Progress
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import PermanentError
from mailflow.runtime.private import private_files


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: customers written, where the old archive is, which files of people were carried over.

    ``beyond`` are the numbers of journal entries that the old archive showed and the ledger lacks or has otherwise.
    """

    customers: int
    old: Path | None
    carried: list[str] = field(default_factory=list)
    beyond: list[int] = field(default_factory=list)


@private_files()
def rebuild(
    folder: Path,
    vault: FileVault,
    dossiers: Dossiers,
    decode: Decode,
    now: datetime,
    progress: Progress | None = None,
    pages: CasePages | None = None,
) -> Rebuilt:
    """Write every customer's folder into ``archive.new``, then swap: the old archive stays as ``archive.old-TIME``.

    May run beside the worker.  Files people put there or changed are carried over at their places (ours are then
    written beside).  A kill leaves the old archive, or customers marked as behind, which the next pass writes.
    """
    new = folder.with_name(f"{folder.name}.new")
    with disk_errors("archive"):
        if new.exists():
            shutil.rmtree(new)  # of a rebuild that did not end
        new.mkdir(parents=True)
        source = _source(folder)
        carried = _carry_over(source, new, vault) if source else []
        beyond = _beyond(source, dossiers) if source else []
        writer = FolderArchive(new, vault, dossiers, decode, strict=True, pages=pages)
        versions = _write(writer, list(dossiers.changes()), progress)
        with locked(FolderArchive(folder, vault, dossiers, decode).lock, wait=600):
            # What changed since then; nobody writes the old archive now.
            late = [key for key, changed in dossiers.changes().items() if versions.get(key) != changed]
            versions |= _write(writer, late, None)
            old = _swap(folder, new, dossiers, versions, now)
    return Rebuilt(len(versions), old, carried, beyond)


def _write(writer: FolderArchive, ids: list[int], progress: Progress | None) -> dict[int, int]:
    versions: dict[int, int] = {}
    for page in pages(ids):
        written = writer.write_locked(page)
        if len(written) < len(page):
            raise PermanentError("some folders of the new archive cannot be written", remedy="see the log for which")
        versions |= written
        if progress:
            progress("archive", len(versions), len(ids))
    return versions


def _source(folder: Path) -> Path | None:
    """The archive to carry people's files over from: the present one, or the last one when a swap was cut short."""
    if folder.is_dir():
        return folder
    kept = sorted(folder.parent.glob(f"{folder.name}.old-*"))
    return kept[-1] if kept else None


def _carry_over(source: Path, new: Path, vault: FileVault) -> list[str]:
    carried = []
    for path in own_files(source, vault):
        name = path.relative_to(source)
        target = new / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        target.chmod(target.stat().st_mode & 0o700)  # the archive is for our account alone
        carried.append(name.as_posix())
    return carried


def _beyond(source: Path, dossiers: Dossiers) -> list[int]:
    """Journal entries the old archive shows otherwise than the ledger: it must not be replaced without a word."""
    shown: dict[int, str] = {}
    for customer in source.iterdir():
        if customer.is_dir() and not customer.is_symlink():
            shown |= journal_hashes(customer)
    stored = dossiers.journal_hashes(sorted(shown))
    return sorted(number for number, found in shown.items() if stored.get(number) != found)


def _swap(folder: Path, new: Path, dossiers: Dossiers, versions: dict[int, int], now: datetime) -> Path | None:
    old = folder.with_name(f"{folder.name}.old-{now.astimezone(UTC):%Y%m%d-%H%M%S}")
    if old.exists():
        raise PermanentError(f"{old.name} is there already", remedy="wait a second and run it again")
    # Between the two renames there is no archive: whoever starts after a kill there must write every folder.
    dossiers.mark(dict.fromkeys(versions, 0), anew=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    dossiers.mark(versions, anew=True)
    return old if old.exists() else None
