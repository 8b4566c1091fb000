"""What lies in the archive's folders: which files are ours by ``archive.json``, and which are people's own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailflow.adapters.archive.folders import INDEX
from mailflow.adapters.archive.page import PAGE
from mailflow.adapters.archive.storage import PART, AtomicJSONStorage, Tables
from mailflow.adapters.vault import FileVault


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that ``archive.json`` names.  ``origin`` is the digest of the blob in the vault it comes from, if any."""

    file: str
    kind: str  # mail, attachment, record, signed copy, its PDF, evidence, sent
    sha256: str
    size: int
    origin: str


def read_index(customer: Path) -> Tables | None:
    """The tables of a customer's ``archive.json``; None when it is not there.  Raises ValueError when unreadable."""
    return AtomicJSONStorage(customer / INDEX).read()


def listed(tables: Tables) -> dict[str, Listed]:
    """The files the tables name, by path below the customer's folder.  Raises ValueError when they are not ours."""
    try:
        return {item.file: item for item in _listed(tables) if item.file}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{INDEX} lacks what it should say: {error}") from error


def _listed(tables: Tables) -> Iterator[Listed]:
    for row in tables["communications"].values():
        incoming = row["direction"] == "in"
        yield _item(row, "mail" if incoming else "sent", row["sha256"] if incoming else "")
        for attachment in row.get("attachments", []):
            yield _item(attachment, "attachment", row["sha256"])
    for row in tables["records"].values():
        yield _item(row, "record", row["sha256"])
    for row in tables.get("signatures", {}).values():
        for name, kind in (("copy", "signed copy"), ("pdf", "PDF"), ("evidence", "evidence")):
            if name in row:
                yield _item(row[name], kind, row[name]["sha256"])


def _item(row: dict[str, Any], kind: str, origin: str) -> Listed:
    return Listed(str(row["file"]), kind, str(row["sha256"]), int(row["size"] or 0), origin)


def journal_hashes(customer: Path) -> dict[int, str]:
    """The hashes of the journal entries a customer's ``archive.json`` shows, by number; empty when it shows none."""
    try:
        rows = (read_index(customer) or {}).get("journal", {})
        return {int(key): str(row["hash"]) for key, row in rows.items() if "hash" in row}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # what cannot be read is told where the folder is compared


def walk(folder: Path) -> Iterator[Path]:
    """Every plain file below a folder, sorted; links are not followed, temporary files of ours left out."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root) / name
            if not path.is_symlink() and path.is_file() and not (name.startswith(".") and name.endswith(PART)):
                yield path


def hash_of(path: Path) -> str:
    """The SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def own_files(archive: Path, vault: FileVault) -> Iterator[Path]:
    """The files in the archive that cannot be made anew: people's own, those they changed, last copies.

    A file is ours to make anew when ``archive.json`` names it, its hash is right and the vault still has what it
    comes from, or when its very bytes lie in the vault.
    """
    for path in _top_files(archive):
        yield path
    for customer in sorted(path for path in archive.iterdir() if path.is_dir() and not path.is_symlink()):
        try:
            tables = read_index(customer) or {"communications": {}, "records": {}}
            ours = listed(tables)
            pages = {f"{row['folder']}/{PAGE}" for row in tables.get("cases", {}).values()}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            ours, pages = {}, set()
        for path in walk(customer):
            name = path.relative_to(customer).as_posix()
            if name == INDEX or name in pages:
                continue
            try:
                digest = hash_of(path)
            except FileNotFoundError:
                continue  # taken away meanwhile
            item = ours.get(name)
            if vault.path(digest).exists():
                continue
            if item is None or item.sha256 != digest or (item.origin and not vault.path(item.origin).exists()):
                yield path


def _top_files(archive: Path) -> list[Path]:
    return sorted(path for path in archive.iterdir() if path.is_file() and not path.is_symlink())
