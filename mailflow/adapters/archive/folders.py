"""The archive: one folder a customer, readable without this program for as long as it must be kept.

::

    archive/KH-00001/archive.json       everything known, as TinyDB tables (see :mod:`mailflow.adapters.archive.tables`)
    archive/KH-00001/客户档案.html      his profile (see :mod:`mailflow.adapters.archive.profile_page`)
    archive/KH-00001/TS-2026-0001/      the files of a case (see :mod:`mailflow.adapters.archive.layout`)

It shows what the ledger holds and can be made anew from ledger and vault at any time.  Paths are built from our own
numbers; of a stranger's words only an attachment's safe name gets into one.  A file that lies there already is left
alone: people open these folders.  One that a person changed is kept as well, and ours is written beside it as
``NAME.v2.EXT``.  Only ``archive.json``, ``客户档案.html`` and the cases' ``index.html`` are replaced, each in one step.

A file of ours whose place is another one now (a newer version stands on top) is written there, and the old one taken
away when it still holds the same bytes; only then does ``archive.json`` name the new place, so that a kill between
leaves the old places to be looked at again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from mailflow.adapters.archive import layout
from mailflow.adapters.archive.page import PAGE, CasePages, changed_cases
from mailflow.adapters.archive.profile_page import PROFILE_PAGE, profile_state
from mailflow.adapters.archive.storage import AtomicJSONStorage, FileGroup, disk_errors, locked, safe_component
from mailflow.adapters.archive.tables import Places, is_note, may_have_attachments, outgoing_subject, tables_of
from mailflow.adapters.sql.dossier import Dossier, Dossiers, Row
from mailflow.domain.errors import MailflowError, NeedsPerson, PermanentError
from mailflow.domain.model import Message
from mailflow.domain.ports import Vault

Decode = Callable[[bytes, datetime | None], Message]
Prior = Mapping[tuple[str, int], Mapping[str, Any]]

INDEX = "archive.json"
_BESIDE = 99  # copies of ours beside files that people changed; more than that is not an accident

log = logging.getLogger(__name__)


class FolderArchive:
    """Writes customers' folders.  ``decode`` is the stage's function; it tells the attachments of a mail.

    ``strict`` compares the content of files that lie there already, not only their size: for making the archive anew.
    ``pages`` draws the cases' pages.
    """

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        dossiers: Dossiers,
        decode: Decode,
        *,
        strict: bool = False,
        pages: CasePages | None = None,
    ) -> None:
        self.folder = folder
        self.vault = vault
        self.dossiers = dossiers
        self.decode = decode
        self.strict = strict
        self.pages = pages or CasePages()

    @property
    def lock(self) -> Path:
        """The file locked while the archive is written or swapped."""
        return self.folder.with_name(f"{self.folder.name}.lock")

    def write(self, customer_ids: Sequence[int]) -> dict[int, int]:
        """Bring these customers' folders up to date; returns the state shown now (customer id to ``changed``).

        Everything is durable when this returns.  A customer whose folder cannot be written is logged and left out
        of the result; PermanentError when none could be.  Raises TemporaryError when the disk is full.  Safe to
        repeat and to kill: no file is ever half there under its own name.
        """
        with disk_errors("archive"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.lock):
                return self.write_locked(customer_ids)

    def write_locked(self, customer_ids: Sequence[int]) -> dict[int, int]:
        """:meth:`write` for callers that hold the lock."""
        dossiers = self.dossiers.read(customer_ids)
        failed: dict[str, OSError] = {}
        with FileGroup(self.folder) as group:
            writers = [_Writer(self, dossier, group) for dossier in dossiers]
            # One query for all mails sent since the last time.
            fresh = self.dossiers.outgoing([key for writer in writers for key in writer.unknown_outgoing()])
            self._each(writers, group, failed, lambda writer: writer.place(fresh))
            if any(writer.left for writer in writers):
                self._settle(group, failed)  # nothing is taken away before it lies elsewhere
                self._each(writers, group, failed, _Writer.take_away)
            self._each(writers, group, failed, _Writer.tell)
            self._settle(group, failed)
        troubles = [f"the archive of {name} cannot be written: {error.strerror}" for name, error in failed.items()]
        for trouble in troubles:
            log.warning("%s", trouble)
        written = {d.id: d.changed for d in dossiers if folder_name(d.number) not in failed}
        if troubles and not written:
            remedy = "close the file if a program holds it open, and check the rights"
            raise PermanentError(troubles[0], remedy=remedy)
        return written

    def _settle(self, group: FileGroup, failed: dict[str, OSError]) -> None:
        for path, refusal in group.settle().items():
            failed[path.relative_to(self.folder).parts[0]] = refusal

    @staticmethod
    def _each(
        writers: Sequence[_Writer], group: FileGroup, failed: dict[str, OSError], step: Callable[[_Writer], None]
    ) -> None:
        """A step for every customer's folder; one that cannot be written keeps none of the others from it."""
        for writer in writers:
            if writer.root.name in failed:
                continue
            position = group.position()
            try:
                step(writer)
            except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                group.forget(position)
                failed[writer.root.name] = error


def folder_name(number: str) -> str:
    """The folder of a customer or case number."""
    return safe_component(number)


class _Writer:
    """Writes one customer's folder into a group of files."""

    def __init__(self, archive: FolderArchive, dossier: Dossier, group: FileGroup) -> None:
        self.archive = archive
        self.dossier = dossier
        self.group = group
        self.root = archive.folder / folder_name(dossier.number)
        self.prefix = f"{self.root}{os.sep}"  # joined as text: there are many names, and most files lie there already
        self.folders: dict[int | None, str] = {case["id"]: folder_name(case["number"]) for case in dossier.cases}
        self.folders |= {None: layout.KEPT} if dossier.kept else {}
        self.top = layout.on_top(dossier)
        self.taken: set[str] = set()
        self.left: list[tuple[str, str]] = []  # places files of ours had, with the digest of what lies elsewhere now
        self.places: Places | None = None
        self.before: Mapping[str, Any] = {}
        self.database = TinyDB(self.root / INDEX, storage=AtomicJSONStorage, group=group)
        self.prior = self._read_prior()

    def _read_prior(self) -> Prior:
        """What the last run noted of each mail, record and signature, so that nothing is decoded or hashed twice."""
        prior: dict[tuple[str, int], Mapping[str, Any]] = {}
        try:
            tables = self.database.storage.read() or {}
            self.before = tables
            for row in tables.get("communications", {}).values():
                prior[row["direction"], row["id"]] = row
            for key, row in tables.get("records", {}).items():
                prior["record", int(key)] = row
            for key, row in tables.get("signatures", {}).items():
                prior |= {(what, int(key)): row[what] for what in ("copy", "pdf", "evidence") if what in row}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            log.warning("archive: %s/%s cannot be read; it is written anew", self.root.name, INDEX)
            return {}
        return {key: row for key, row in prior.items() if isinstance(row, dict)}

    def unknown_outgoing(self) -> list[int]:
        """The outgoing mails that the last run did not note."""
        return [row["id"] for row in self.dossier.sent if not self._known_outgoing(row)]

    def _known_outgoing(self, row: Row) -> Mapping[str, Any] | None:
        known = self.prior.get(("out", row["id"]))
        if known and known.get("size") == row["size"] and known.get("sha256") and "subject" in known:
            return known
        return None

    def place(self, outgoing: Mapping[int, bytes]) -> None:
        """Write the files that are missing."""
        self.places = Places(
            mails={row["id"]: self._mail(row) for row in self.dossier.mails},
            records={row["id"]: self._record(row) for row in self.dossier.records},
            sent={row["id"]: self._sent(row, outgoing) for row in self.dossier.sent},
            signatures={row["id"]: self._signature(row) for row in self.dossier.signatures},
        )

    def take_away(self) -> None:
        """Take away files of ours whose place is another one now; what a person changed stays."""
        for name, digest in self.left:
            path = self.root / name
            if name in self.taken or self._size(name) in (None, -1) or not self._same(name, digest):
                continue
            if path.parent.resolve() != (self.root.resolve() / name).parent:
                continue  # behind a link
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # when it was the last one there

    def tell(self) -> None:
        """Write the index, and the page of every case that reads otherwise now."""
        assert self.places is not None
        tables = tables_of(self.dossier, self.folders, self.places)
        for number, folder in changed_cases(self.before, tables, lambda folder: self._size(f"{folder}/{PAGE}")):
            self.group.add(self.root / folder / PAGE, self.archive.pages.page(number, tables, self.dossier))
        if (state := profile_state(tables)) and state != self._profile_before():
            self.group.add(self.root / PROFILE_PAGE, self.archive.pages.profile(tables))
        self.database.storage.write(tables)

    def _profile_before(self) -> str:
        """The state the profile's page tells; empty where it is missing or nobody can say."""
        if self._size(PROFILE_PAGE) in (None, -1):
            return ""
        try:
            return profile_state(self.before)
        except (TypeError, AttributeError, ValueError):
            return ""

    # ---------------------------------------------------------------------------------------------- kinds of file

    def _mail(self, row: Row) -> dict[str, Any]:
        folder = self.folders[row["case_id"]]
        wanted = layout.joined(folder, layout.MAILS, f"{row['id']:06d}-original.eml")
        known = self.prior.get(("in", row["id"]))
        attachments = self._known_attachments(row, known)
        read = self._reader(row["digest"])
        found: dict[str, Any] = {"file": "", "sha256": row["digest"], "size": row["size"]}
        try:
            found["file"] = self._place(wanted, row["size"], row["digest"], read)
            if attachments is None:
                attachments = [] if row["attachments"] == 0 else self._attachments(row, read(), folder)
        except NeedsPerson as error:
            log.warning("archive: mail %d of %s: %s", row["id"], self.dossier.number, error)
            found["problem"] = error.reason
        self._moved(known, found)
        for old, new in zip((known or {}).get("attachments", ()), attachments or (), strict=False):
            self._moved(old, new)
        return found | ({"attachments": attachments} if attachments else {})

    def _reader(self, digest: str) -> Callable[[], bytes]:
        """A function that reads a blob when it is needed, once."""
        return cache(lambda: self.archive.vault.get(digest))

    def _known_attachments(self, row: Row, known: Mapping[str, Any] | None) -> list[Mapping[str, Any]] | None:
        """The attachments noted by the last run when every one still lies there; None when the mail must be read."""
        if known is None or self.archive.strict or known.get("sha256") != row["digest"] or "problem" in known:
            return None
        listed = known.get("attachments", [])
        folder = layout.joined(self.folders[row["case_id"]], layout.ATTACHED, "")
        for item in listed:
            name = str(item["file"])
            if not name.startswith(folder) or safe_component(name[len(folder) :]) != name[len(folder) :]:
                return None  # noted under another name, or by somebody else
            if self._size(name) != item["size"]:
                return None
        self.taken.update(item["file"] for item in listed)
        return list(listed)

    def _attachments(self, row: Row, raw: bytes, folder: str) -> list[Mapping[str, Any]]:
        if row["attachments"] is None and not may_have_attachments(raw):
            return []
        try:
            message = self.archive.decode(raw, None)
        except MailflowError as error:
            log.warning("archive: attachments of mail %d: %s", row["id"], error)
            return []
        found: list[Mapping[str, Any]] = []
        for attachment in message.attachments:
            content = attachment.content
            name = safe_component(f"{row['id']:06d}-{attachment.safe_name}")
            digest = hashlib.sha256(content).hexdigest()
            wanted = layout.joined(folder, layout.ATTACHED, name)
            file = self._place(wanted, len(content), digest, content.__bytes__)
            found.append({"name": attachment.name, "file": file, "sha256": digest, "size": len(content)})
        return found

    def _record(self, row: Row) -> dict[str, Any]:
        return self._stored("record", row, (self.top.record(row), row["file_name"]), row["digest"])

    def _signature(self, row: Row) -> dict[str, Any]:
        """The copy that shows a signature, as Word file and PDF, and what it came by, also when it no longer counts."""
        name, below = row["copy_name"], self.top.copy(row)
        files = {
            "copy": (below, name, row["copy_digest"]),
            "pdf": (below, f"{name.removesuffix('.docx')}.pdf", row["copy_pdf"]),
            "evidence": (layout.EVIDENCE, row["evidence_name"], row["evidence_digest"]),
        }
        return {
            what: self._stored(what, row, (below, name), digest)
            for what, (below, name, digest) in files.items()
            if digest
        }

    def _stored(self, what: str, row: Row, place: tuple[str, str], digest: str) -> dict[str, Any]:
        """The place of a file of ours that lies in the vault; ``place`` is its folder in the case's, and its name."""
        wanted = layout.joined(self.folders[row["case_id"]], place[0], safe_component(place[1]))
        known = self.prior.get((what, row["id"]))
        noted = known.get("size") if known and known.get("sha256") == digest else None
        read = self._reader(digest)
        try:
            size = noted if isinstance(noted, int) else len(read())
            file = self._place(wanted, size, digest, read)
        except NeedsPerson as error:
            log.warning("archive: %s %d of %s: %s", what, row["id"], self.dossier.number, error)
            return {"file": "", "sha256": digest, "size": None, "problem": error.reason}
        found = {"file": file, "sha256": digest, "size": size}
        self._moved(known, found)
        return found

    def _sent(self, row: Row, outgoing: Mapping[int, bytes]) -> dict[str, Any]:
        known = self._known_outgoing(row)
        if known is not None:
            subject, digest = known["subject"], known["sha256"]
        else:
            raw = outgoing[row["id"]]
            subject, digest = outgoing_subject(raw), hashlib.sha256(raw).hexdigest()
        file = ""
        if row["status"] == "sent" and row["size"] and not is_note(row):

            def content() -> bytes:
                return outgoing.get(row["id"]) or self.archive.dossiers.outgoing([row["id"]])[row["id"]]

            wanted = layout.joined(self.folders[row["case_id"]], layout.MAILS, f"{row['id']:06d}-reply.eml")
            file = self._place(wanted, row["size"], digest, content)
            self._moved(known, {"file": file, "sha256": digest})
        return {"subject": subject, "file": file, "sha256": digest, "size": row["size"]}

    # --------------------------------------------------------------------------------------------- one file's place

    def _place(self, wanted: str, size: int, digest: str, content: Callable[[], bytes]) -> str:
        """Where these bytes lie below the customer's folder; they are written when they lie nowhere yet."""
        for name in beside(wanted):
            if name in self.taken:
                continue
            there = self._size(name)
            if there is None:
                self.group.add(self.prefix + name, content())
            elif there != size or (self.archive.strict and not self._same(name, digest)):
                continue  # a person's; it stays as it is
            self.taken.add(name)
            return name
        raise PermanentError(
            f"the archive holds too many changed copies of {wanted}",
            remedy=f"look into the folder {self.root.name} and take away what is not needed",
        )

    def _moved(self, known: Mapping[str, Any] | None, found: Mapping[str, Any]) -> None:
        """Remember where a file lay that lies elsewhere now; what was noted is looked at, never trusted."""
        old = str((known or {}).get("file", ""))
        if found["file"] and old != found["file"] and layout.was_place(old, self.folders):
            self.left.append((old, found["sha256"]))

    def _size(self, name: str) -> int | None:
        """The size of the file there; None when there is none; -1 for what is not a plain file."""
        try:
            status = os.lstat(self.prefix + name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else -1

    def _same(self, name: str, digest: str) -> bool:
        with (self.root / name).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == digest


def beside(name: str) -> Iterator[str]:
    """The names a file of ours may have: the plain one, and those for when a person changed what lies there."""
    yield name
    stem, dot, suffix = name.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = name, "", ""
    for number in range(2, _BESIDE):
        yield f"{stem}.v{number}{dot}{suffix}"
