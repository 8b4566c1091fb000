"""The ledger against the archive: every mail, record and signed copy there with its hash, every list as it should be.

Each page of customers is compared with a moment of its own, so that no transaction stays open while files are read.
A customer that changes meanwhile is looked at again; one whose archive is behind is left to the next pass.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mailflow.adapters.archive.folders import INDEX, folder_name
from mailflow.adapters.archive.layout import is_place
from mailflow.adapters.archive.page import pages_of, stamp_of
from mailflow.adapters.archive.storage import Tables
from mailflow.adapters.archive.tables import FORMAT, Places, is_note, tables_of
from mailflow.adapters.sql.dossier import Dossier, Dossiers, pages
from mailflow.adapters.upkeep.contents import Listed, hash_of, journal_hashes, listed, read_index, walk
from mailflow.adapters.upkeep.findings import REBUILD, Discrepancy
from mailflow.domain.anchor import Anchor

_TRIES = 3


def check_archive(
    folder: Path, dossiers: Dossiers, step: Callable[[str, int, int], None], anchors: Sequence[Anchor] = ()
) -> Iterator[Discrepancy]:
    """Compare every customer's folder with the ledger, and its journal with the anchors people noted."""
    noted = {anchor.number: anchor for anchor in anchors}
    ids = list(dossiers.changes())
    behind = done = 0
    known: set[str] = set()
    for page in pages(ids):
        for dossier in dossiers.read(page):
            known.add(folder_name(dossier.number))
            yield from _anchors(folder / folder_name(dossier.number), noted)
            found = _settled(folder, dossier, dossiers)
            if found is None:
                behind += 1
            else:
                yield from found
        done += len(page)
        step("archive", done, len(ids))
    if behind:
        yield Discrepancy(
            "note", "archive", f"{behind} customers wait for the next pass; their folders were not compared"
        )
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name not in known:
                yield Discrepancy("note", f"archive/{path.name}", "is not a customer's folder")


def _anchors(root: Path, noted: Mapping[int, Anchor]) -> Iterator[Discrepancy]:
    """Whether entries that were noted elsewhere stand in a customer's journal as they were, also when it is behind."""
    if not noted:
        return
    for number, stored in journal_hashes(root).items():
        if number in noted and not noted[number].fits(stored):
            what = f"its journal entry {number} is not the one that was noted"
            yield Discrepancy("error", f"archive/{root.name}/{INDEX}", what, REBUILD)


def _settled(folder: Path, dossier: Dossier, dossiers: Dossiers) -> list[Discrepancy] | None:
    """What is wrong with a customer's folder; None when it is behind, or changes faster than it can be read."""
    for _ in range(_TRIES):
        if dossier.archived < dossier.changed:
            return None
        found = list(_customer(folder / folder_name(dossier.number), dossier, dossiers))
        if not found:
            return found
        (again,) = dossiers.read([dossier.id])
        if again.changed == dossier.changed:
            return found
        dossier = again
    return None


def _customer(root: Path, dossier: Dossier, dossiers: Dossiers) -> Iterator[Discrepancy]:
    where = f"archive/{root.name}/{INDEX}"
    try:
        tables = read_index(root)
        if tables is None:
            yield Discrepancy("error", where, "is missing", REBUILD)
            return
        files = listed(tables)
        wrong = list(_lists(where, tables, dossier, dossiers))
        yield from wrong
    except (OSError, ValueError) as error:
        yield Discrepancy("error", where, f"cannot be read: {error}", REBUILD)
        return
    for item in files.values():
        yield from _file(root, item)
    pages = dict(pages_of(tables))
    for name, state in pages.items():
        yield from _page(root, name, "" if wrong else state)
    for path in walk(root):
        name = path.relative_to(root).as_posix()
        if name not in files and name != INDEX and name not in pages:
            yield Discrepancy("note", f"archive/{root.name}/{name}", _extra(name, files))


def _page(root: Path, name: str, state: str) -> Iterator[Discrepancy]:
    """The page of a case: derived, in no chain of hashes, but there, as it was drawn, and of this state (if given)."""
    where = f"archive/{root.name}/{name}"
    try:
        content = (root / name).read_bytes()
    except FileNotFoundError:
        yield Discrepancy("error", where, "the page of the case is missing", REBUILD)
        return
    except OSError as error:
        yield Discrepancy("error", where, f"cannot be read: {error.strerror}", REBUILD)
        return
    if stamp_of(content) is None:
        yield Discrepancy("error", where, "the page of the case was altered", REBUILD)
    elif state and stamp_of(content) != state:
        yield Discrepancy("error", where, "the page of the case tells another state", REBUILD)


def _extra(name: str, files: dict[str, Listed]) -> str:
    stem, _, suffix = name.rpartition(".")
    for other in files:
        if stem and other.startswith(f"{stem}.v") and other.endswith(f".{suffix}"):
            return f"was changed by a person; the original lies beside it as {Path(other).name}"
    return "was put there by a person"


def _file(root: Path, item: Listed) -> Iterator[Discrepancy]:
    where = f"archive/{root.name}/{item.file}"
    if not is_place(item.file):
        yield Discrepancy("error", where, f"{INDEX} names a place outside the case's folder", REBUILD)
        return
    try:
        status = os.lstat(root / item.file)
        if not stat.S_ISREG(status.st_mode):
            yield Discrepancy("error", where, "is not a plain file", REBUILD)
        elif status.st_size != item.size or hash_of(root / item.file) != item.sha256:
            yield _altered(where, item)
    except FileNotFoundError:
        yield Discrepancy("error", where, f"the {item.kind} is missing", REBUILD)
    except OSError as error:
        yield Discrepancy("error", where, f"cannot be read: {error.strerror}", "check the rights and the disk")


def _altered(where: str, item: Listed) -> Discrepancy:
    if item.kind == "record":  # people fill forms in where they find them
        what = "was filled in or changed since it was issued"
        return Discrepancy("note", where, what, f"the form as issued is in the vault; to have it beside, {REBUILD}")
    return Discrepancy("error", where, f"the {item.kind} was altered", f"{REBUILD} (the altered file is kept)")


def _lists(where: str, tables: Tables, dossier: Dossier, dossiers: Dossiers) -> Iterator[Discrepancy]:
    """Whether the tables say what the ledger says, and every mail and record has its file."""
    version = tables.get("versions", {}).get("1", {})
    if version.get("format") != FORMAT:
        yield Discrepancy("error", where, f"has format {version.get('format')}, not {FORMAT}", REBUILD)
        return
    places = _places(tables)
    lost = list(_lost(dossier, places))
    for what in lost:
        yield Discrepancy("error", where, f"{what} is not in the archive, or with another hash", REBUILD)
    if lost:
        return
    yield from _hashes_of_sent(where, dossier, places, dossiers)
    folders = {case["id"]: folder_name(case["number"]) for case in dossier.cases}
    should = tables_of(dossier, folders, places)
    should["versions"]["1"]["program"] = version.get("program")
    if not any("hash" in row for row in tables.get("journal", {}).values()):  # written by release 0.1
        for row in should["journal"].values():
            del row["hash"]
    if not any("severity_read" in row for row in tables.get("cases", {}).values()):  # nor what people decided
        for row in should["cases"].values():
            row["severity"] = row["severity_read"]
            for name in ("severity_read", "validity", "instructions", "owner"):
                del row[name]
    for name in sorted(should.keys() | tables.keys()):
        if should.get(name) != tables.get(name):
            yield Discrepancy("error", where, f"its list {name!r} differs from the ledger", REBUILD)


def _places(tables: Tables) -> Places:
    """What the tables say of files, by the ledger's ids."""
    names = ("subject", "file", "sha256", "size", "problem", "attachments")
    mails: dict[int, Any] = {}
    sent: dict[int, Any] = {}
    for row in tables["communications"].values():
        incoming = row["direction"] == "in"
        said = {name: row[name] for name in names if name in row and not (incoming and name == "subject")}
        (mails if incoming else sent)[row["id"]] = said
    records = {int(key): {name: row[name] for name in names if name in row} for key, row in tables["records"].items()}
    signatures = {
        int(key): {what: row[what] for what in ("copy", "pdf", "evidence") if what in row}
        for key, row in tables.get("signatures", {}).items()
    }
    return Places(mails, records, sent, signatures)


def _lost(dossier: Dossier, places: Places) -> Iterator[str]:
    """What has no place in the archive, or one with another hash."""
    for row in dossier.mails:
        if not _matches(places.mails.get(row["id"]), row["digest"]):
            yield f"mail {row['id']}"
    for row in dossier.records:
        if not _matches(places.records.get(row["id"]), row["digest"]):
            yield f"record {row['number']}"
    for row in dossier.signatures:
        there = places.signatures.get(row["id"])
        for what, digest in (
            ("copy", row["copy_digest"]),
            ("pdf", row["copy_pdf"]),
            ("evidence", row["evidence_digest"]),
        ):
            name = row["evidence_name" if what == "evidence" else "copy_name"]
            if there is None or (digest and not _matches(there.get(what), digest)):
                yield f"{what} {name} of signature {row['id']}"
    for row in dossier.sent:
        there = places.sent.get(row["id"])
        needs_file = row["status"] == "sent" and row["size"] and not is_note(row)
        if there is None or (needs_file and not there.get("file")):
            yield f"sent mail {row['id']}"


def _matches(place: dict[str, Any] | None, digest: str) -> bool:
    return place is not None and bool(place.get("file")) and place.get("sha256") == digest


def _hashes_of_sent(where: str, dossier: Dossier, places: Places, dossiers: Dossiers) -> Iterator[Discrepancy]:
    for key, raw in dossiers.outgoing([row["id"] for row in dossier.sent]).items():
        if hashlib.sha256(raw).hexdigest() != places.sent[key].get("sha256"):
            yield Discrepancy("error", where, f"sent mail {key} is listed with another hash", REBUILD)
