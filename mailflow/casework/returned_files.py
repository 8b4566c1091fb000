"""The files of a colleague's mail: scans, each page under the record its code names, and Word forms; what they prove.

Looking into them is slow and needs no transaction.  A scan proves a signature only where its cell shows a hand's
strokes that the page as we print it does not; where nobody can tell, a person looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from mailflow.casework.issue import as_it_stands, signed_on
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import NeedsPerson, PermanentError
from mailflow.domain.model import Attachment, Message
from mailflow.domain.paper_ports import Cell, Shown
from mailflow.domain.picture_ports import Picture
from mailflow.domain.ports import Scans
from mailflow.domain.tasks import IssuedRecord, Task, TaskStatus
from mailflow.outgoing.compose import one_line
from mailflow.records import qr
from mailflow.records.returned import ANSWER_TAG, Returned, is_placeholder, names_a_record, read_returned
from mailflow.records.scanned import pages_of_record

LOGO = 30_000  # bytes: a picture in the text that is smaller is an ornament, not a page
WORD = ".docx"
PAPER = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".heic")
MAYBE_RECORDS = (
    ".doc", ".dot", ".wps", ".wpt", ".rtf", ".odt", ".docm", ".dotx", ".zip", ".rar", ".7z", ".ofd", ".pages", ".htm",
    ".html", ".mht",
)  # fmt: skip
"""What a record becomes that is saved as something else, or packed."""

KNOWN = (".xlsx", ".xls", ".xlsm", ".et", ".ods", ".pptx", ".ppt", ".msg", ".eml")
"""Files that begin like those and are no record."""

_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
NOT_COMPARED = Shown(problem="not_compared")

Compare = Callable[[str, Attachment], Shown]
"""What the pages of the record with this code show."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one record: the text of its code, the pages as a file, what they show."""

    code: str
    file: Attachment
    shown: Shown = NOT_COMPARED


@dataclass(frozen=True, slots=True)
class Paper:
    """A scan that came back: by the code on them the pages of each record, and the pages nobody can tell."""

    name: str
    records: tuple[Pages, ...] = ()
    unread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of a mail are: a colleague's scans and returned forms, a customer's photos, and the texts of files
    that may answer a survey (cells parted by tabs)."""

    papers: tuple[Paper, ...] = ()
    forms: tuple[tuple[Attachment, Returned], ...] = ()
    pictures: tuple[Picture, ...] = ()
    sheets: tuple[str, ...] = ()


NO_FILES = Files()


def unread(message: Message) -> list[str]:
    """The files of a colleague's mail that may be his signed record and that nobody can read, by their names.

    Old Word files, archives, files without a name of their kind; a Word file with our mark that lost its fields.
    """
    return [one_line(file.name, 60) for file in message.attachments if not file.inline and _is_unread(file)]


def _is_unread(file: Attachment) -> bool:
    suffix = PurePosixPath(file.safe_name.lower()).suffix
    if suffix == WORD:
        try:
            read_returned(file.content)
        except ValueError:
            return names_a_record(file.content)
        return False
    return suffix in MAYBE_RECORDS or (suffix not in KNOWN and file.content.startswith(_PACKED))


def read_files(message: Message, scans: Scans, compare: Compare) -> Files:
    """Look into the files of a staff member's mail.  Slow.  Raises what ``compare`` raises."""
    papers, forms = [], []
    for attachment in message.attachments:
        suffix = PurePosixPath(attachment.safe_name.lower()).suffix
        if suffix == WORD:
            try:
                forms.append((attachment, read_returned(attachment.content)))
            except ValueError:
                continue  # some other Word file
        elif suffix in PAPER and (not attachment.inline or attachment.size > LOGO):
            papers.append(_paper(attachment, scans, compare))
    return Files(tuple(papers), tuple(forms))


def _paper(attachment: Attachment, scans: Scans, compare: Compare) -> Paper:
    """A scan, its pages sorted by record; what cannot be cut out of it counts as unread."""
    scan = scans(attachment)
    pages = pages_of_record(scan)
    if not scan.pages:
        return Paper(attachment.name, unread=(0,))
    found = []
    try:
        for code, numbers in pages.records.items():
            file = replace(attachment, content=scans.cut(attachment, numbers))
            found.append(Pages(code, file, compare(code, file)))
    except PermanentError:
        return Paper(attachment.name, unread=tuple(page.number for page in scan.pages))
    return Paper(attachment.name, tuple(found), (*pages.unknown, *pages.ambiguous))


def record_of(turn: Turn, code: str) -> IssuedRecord | None:
    """The record a QR code names, in a version that may be signed; None when the code is not one of ours at all.

    Raises Refused when the code is not true, or names a version that was replaced.
    """
    if qr.parse(code) is None:
        return None
    claim = qr.verify(code, turn.desk.secret)
    if claim is None:
        raise Refused("forged")
    versions = turn.work.record_by_number(claim.record)
    if not versions:
        raise Refused("unknown_record", claim.record)
    named = next((item for item in versions if claim.version == str(item.revision)), None)
    if named is None or (named is not versions[-1] and not _is_asked_about(turn, named)):
        raise Refused("old_version", claim.record)
    return named


def printed_as(turn: Turn, code: str) -> bytes:
    """The Word file a signer of the record with this code has before him; empty when there is none to sign."""
    try:
        record = record_of(turn, code)
        return as_it_stands(turn, record) if record else b""
    except (Refused, NeedsPerson, PermanentError):
        return b""  # said when the mail is settled


def check_page(step: Step, task: Task, record: IssuedRecord, shown: Shown) -> None:
    """Raises Refused unless the page shows a new hand in the cell this task signs."""
    cell = step.file.spec(task).sign
    signed = any(item.record_id == record.id and item.cell == cell for item in step.work.signatures(task.case_id))
    found = Cell.UNCLEAR if signed or shown.problem else shown.cells.get(cell, Cell.UNCLEAR)
    if found is Cell.EMPTY:
        raise Refused("unsigned_page", record.number)
    if shown.missing:
        raise Refused("missing_pages", record.number, ", ".join(map(str, shown.missing)))
    if found is not Cell.MARKED:
        raise Refused("unclear_signature", record.number)


def check_form(step: Step, task: Task, record: IssuedRecord, filled: Mapping[str, str]) -> None:
    """Raises Refused when a cell of the returned form was filled that is not this task's signer's.

    ``filled``: what differs from the record as issued, by the control's tag.  What we printed may stand there.
    """
    spec, given = step.file.spec(task), signed_on(step, record)
    form = step.desk.form(record.form)
    for tag, words in filled.items():
        kind, _, name = tag.partition(":")
        if f"{kind}:" == ANSWER_TAG:
            if is_placeholder(words):  # words put into our own placeholder, where nobody reads them as an answer
                raise Refused("foreign_cell", words[:80])
            continue  # whose field it is, and what it said before, is looked at where it is read
        every = [item for item in given.every if item.cell == name]
        printed = {_plain(given.words(item, record.form, record.revision, step.desk)) for item in every}
        printed.add(_plain(given.named.get(name, "")))
        strange = [part for part in words.split("；") if _plain(part) and _plain(part) not in printed]
        if strange and (name != spec.sign or spec.done_by != "signature"):
            title = form.signers.get(name, name) if form else name
            raise Refused("foreign_cell", f"{title}：{'；'.join(strange)[:80]}")


def _is_asked_about(turn: Turn, record: IssuedRecord) -> bool:
    """Is somebody to sign this very version, since what he answers for reads the same in the newer one?"""
    tasks = turn.work.tasks(record.case_id)
    return any(task.record == record.id and task.status is TaskStatus.OPEN for task in tasks)


def _plain(words: str) -> str:
    return "".join(words.split())
