"""sign: read a staff member's answer to a task: words above the quote, a returned Word file, or a scan of the paper.

Which task is meant comes from the token in the mail, from the thread, or from the record named by the file's QR code;
never from the sender alone.  What is not clear changes nothing: the sender is told what to do, and it is journaled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from mailflow.casework import engine, notes, reply_token, signing
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.said import AUTOMATIC, said_about, what_to_write
from mailflow.casework.signing import Evidence, Refused
from mailflow.domain.errors import NeedsPerson, PermanentError
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Attachment, Case, Message
from mailflow.domain.ports import Scans, StoredMessage, Work
from mailflow.domain.tasks import IssuedRecord, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.records import qr
from mailflow.records.returned import Returned, altered, read_returned
from mailflow.records.scanned import pages_of_record

LOGO = 30_000  # bytes: a picture in the text that is smaller is an ornament, not a page
WORD = ".docx"
PAPER = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".heic")
MOST_REFUSALS = 10  # told to one person in an hour: two robots must not feed each other
HELD = frozenset({"altered_form", "unreadable_scan", "unknown_address"})
"""Refusals a person must look at as well: what came back is not what went out, or cannot be read."""

FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)  # RFC 8601 section 2.7; of the topmost header alone


@dataclass(frozen=True, slots=True)
class Paper:
    """A scan that came back: by the code on them the pages of each record, and the pages nobody can tell."""

    name: str
    records: tuple[tuple[str, Attachment], ...] = ()
    unread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of a staff member's mail are: scans and returned forms, each with what was read from it."""

    papers: tuple[Paper, ...] = ()
    forms: tuple[tuple[Attachment, Returned], ...] = ()


NO_FILES = Files()


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of an answer.  ``done`` is ``signed``, ``worked``, ``returned``, ``transferred`` or ``refused``."""

    done: str
    case: Case | None = None
    reason: str = ""
    held: NeedsPerson | None = None
    blobs: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Target:
    """One task an answer is about, and the file it came in (none: the words of the mail)."""

    task: Task
    way: str = "reply"
    file: Attachment | None = None
    returned: Returned | None = None


def read_files(message: Message, scans: Scans) -> Files:
    """Look into the files of a staff member's mail; slow, and needs no transaction.  Never raises."""
    papers, forms = [], []
    for attachment in message.attachments:
        suffix = PurePosixPath(attachment.safe_name.lower()).suffix
        if suffix == WORD:
            try:
                forms.append((attachment, read_returned(attachment.content)))
            except ValueError:
                continue  # some other Word file
        elif suffix in PAPER and (not attachment.inline or attachment.size > LOGO):
            papers.append(_paper(attachment, scans))
    return Files(tuple(papers), tuple(forms))


def _paper(attachment: Attachment, scans: Scans) -> Paper:
    """A scan, its pages sorted by record; what cannot be cut out of it counts as unread."""
    scan = scans(attachment)
    pages = pages_of_record(scan)
    if not scan.pages:
        return Paper(attachment.name, unread=(0,))
    found = []
    try:
        for code, numbers in pages.records.items():
            content = scans.cut(attachment, numbers)
            found.append((code, replace(attachment, content=content)))
    except PermanentError:
        return Paper(attachment.name, unread=tuple(page.number for page in scan.pages))
    return Paper(attachment.name, tuple(found), (*pages.unknown, *pages.ambiguous))


def sign(stored: StoredMessage, message: Message, files: Files, desk: Desk, work: Work, now: datetime) -> Signed | None:
    """Do what a staff member's answer says; None when the mail answers no task of ours.

    Raises TemporaryError when the row changed under us.
    """
    sender = message.sender
    person = desk.staff().by_address(sender.address) if sender else None
    if person is None:
        return None if stored.released else _from_elsewhere(stored, message, desk, work, now)
    case: Case | None = None
    task: Task | None = None
    try:
        targets = list(_targets(message, files, person, desk, work, now))
        if not targets:
            return None
        task = targets[0].task
        case = work.case(task.case_id)
        with work.savepoint():
            return _do(targets, stored, message, person, desk, work, now)
    except Refused as refusal:
        return _refuse(refusal, stored, message, person, case, desk, work, now, task=task)


def _from_elsewhere(stored: StoredMessage, message: Message, desk: Desk, work: Work, now: datetime) -> Signed | None:
    """An answer to a task from an address nobody on the staff list has: a colleague's private mail, or anybody's.

    It signs nothing and opens no case: it is held, and whoever was asked is told at his own address.  None when the
    mail answers no task, or when its writer belongs to the case's customer and was passed our mail.
    """
    task = _task_answered(message, desk, work)
    if task is None:
        return None
    case = work.case(task.case_id)
    sender = message.sender
    if sender is None or work.knows(case, sender.address.lower(), company_domain(sender.domain)):
        return None
    holder = desk.staff().by_address(task.person)
    refusal = Refused("unknown_address")
    if holder is not None:
        refused = _refuse(refusal, stored, message, holder, case, desk, work, now, actor="")
        return replace(refused, case=None)  # a stranger's mail joins no case
    work.journal("sign.refused", now, message=stored.id, case=case.id, reason=refusal.reason)
    return Signed("refused", None, refusal.reason, NeedsPerson(refusal.reason, ""))


def _task_answered(message: Message, desk: Desk, work: Work) -> Task | None:
    """The task a mail answers, whoever wrote it: by a token that is good for the person asked, or by the thread."""
    for token in reply_token.find(message.subject) or reply_token.find(message.text):
        task = work.task(token.task)
        if task is not None and reply_token.is_ours(token, task.person, desk.secret):
            return task
    ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:20]
    return next((task for number, *_ in work.asked_by_mails(ids) if (task := work.task(number))), None) if ids else None


# ------------------------------------------------------------------------------------------------- what is it about?


def _targets(
    message: Message, files: Files, person: Person, desk: Desk, work: Work, now: datetime
) -> Iterator[_Target]:
    named = _named_task(message, person, desk, work, now)
    if (named or files.forms or files.papers) and FAILED.search(message.header("authentication-results")):
        raise Refused("forged")  # our own mail server says that the sender's domain disowns this mail
    found = False
    for attachment, returned in files.forms:
        record = _record(returned.qr, desk, work) if returned.qr else None
        if record is None:
            continue
        issued = desk.vault.get(record.digest)
        if changed := altered(issued, attachment.content):
            raise Refused("altered_form", record.number, *changed[:3])
        found = True
        yield _Target(_task_of(record, person, desk, work, now), "word", attachment, returned)
    for paper in files.papers:
        for code, pages in paper.records:
            record = _record(code, desk, work)
            if record is not None:
                found = True
                yield _Target(_task_of(record, person, desk, work, now), "scan", pages)
        if paper.unread and (paper.records or (named is not None and not message.new_text.strip())):
            raise Refused("unreadable_scan", f"{paper.name}: {', '.join(map(str, paper.unread))}")
    if named is not None and not found:
        yield _Target(named)


def _named_task(message: Message, person: Person, desk: Desk, work: Work, now: datetime) -> Task | None:
    """The task whose token or thread the mail carries; Refused when the token is not good."""
    found = reply_token.find(message.subject) or reply_token.find(message.text)
    if len(found) > 1:
        raise Refused("ambiguous")  # two of our mails are quoted: nobody can say which one is answered
    for token in found:
        task = work.task(token.task)
        if task is None:
            raise Refused("forged")
        holder = task.person
        if not reply_token.is_ours(token, person.address, desk.secret):
            if not reply_token.is_ours(token, holder, desk.secret):
                raise Refused("forged")
            if not _stands_in(person, holder, desk, now):
                raise Refused("wrong_person")
        if reply_token.is_expired(token, now, desk.token_days):
            raise Refused("expired")
        return _checked(task, token.record, person, desk, now)
    ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:20]
    for task_id, record, asked_at in work.asked_by_mails(ids) if ids else ():
        if now - asked_at > timedelta(days=desk.token_days):
            raise Refused("expired")
        task = work.task(task_id)
        if task is not None:
            return _checked(task, record, person, desk, now)
    return None


def _checked(task: Task, record: int, person: Person, desk: Desk, now: datetime) -> Task:
    if task.status is TaskStatus.OPEN:
        if record != task.record:
            raise Refused("old_version")
        if task.person != person.address and not _stands_in(person, task.person, desk, now):
            raise Refused("wrong_person")
    return task


def _record(code: str, desk: Desk, work: Work) -> IssuedRecord | None:
    """The record a QR code names, in its newest version; None when the code is not one of ours at all."""
    if qr.parse(code) is None:
        return None
    claim = qr.verify(code, desk.secret)
    if claim is None:
        raise Refused("forged")
    versions = work.record_by_number(claim.record)
    if not versions:
        raise Refused("unknown_record", claim.record)
    if claim.version != str(versions[-1].revision):
        raise Refused("old_version", claim.record)
    return versions[-1]


def _task_of(record: IssuedRecord, person: Person, desk: Desk, work: Work, now: datetime) -> Task:
    """The open task of this person about a record."""
    about = [task for task in work.tasks(record.case_id) if task.record == record.id]
    mine = [task for task in about if task.person == person.address]
    mine = mine or [task for task in about if _stands_in(person, task.person, desk, now)]
    for task in sorted(mine, key=lambda item: item.status is not TaskStatus.OPEN):
        return task
    is_waiting = any(task.status is TaskStatus.OPEN for task in about)
    raise Refused("wrong_person" if is_waiting else "not_open", record.number)


def _stands_in(person: Person, holder: str, desk: Desk, now: datetime) -> bool:
    """Is this person the deputy of a holder who is away today?"""
    staff, day = desk.staff(), now.astimezone(desk.zone).date()
    held_by = staff.by_address(holder)
    return held_by is not None and not staff.is_present(held_by, day) and staff.stand_in(held_by, day) == person


# ------------------------------------------------------------------------------------------------------ what is said?


def _do(
    targets: Sequence[_Target],
    stored: StoredMessage,
    message: Message,
    person: Person,
    desk: Desk,
    work: Work,
    now: datetime,
) -> Signed:
    blobs: engine.Blobs = []
    done = ""
    file: CaseFile | None = None
    to_name = ""
    taken: dict[str, str] = {}
    for target in targets:
        file = CaseFile.load(work.case(target.task.case_id), work, now)
        if file is None:
            raise Refused("not_open")
        said = said_about(
            target.task, file, person, message, desk, work, now, returned=target.returned, scanned=target.way == "scan"
        )
        if said.verdict == "transfer":
            to_name = signing.hand_on(file, target.task, person, said.to, stored.id, desk, work, now).name
            done = "transferred"
        elif said.verdict == "return":
            blobs += signing.send_back(file, target.task, person, said.reason, stored.id, desk, work, now)
            taken["Reason" if desk.notes.language == "en" else "退回原因"] = said.reason
            done = "returned"
        elif file.spec(target.task).done_by == "signature":
            content = target.file.content if target.file else b""
            suffix = PurePosixPath(target.file.safe_name.lower()).suffix if target.file else ""
            evidence = Evidence(target.way, content, suffix, stored.id)
            blobs += signing.sign(file, target.task, person, said.values, evidence, desk, work, now)
            done = "signed"
        else:
            blobs += signing.do_work(file, target.task, person, said.values, stored.id, desk, work, now)
            done = "worked"
        if done in ("signed", "worked"):
            taken |= {signing.title_of(name, file, desk): value for name, value in said.values.items()}
    assert file is not None
    _confirm(done, targets[0].task, to_name, taken, file, stored, message, person, desk, work, now)
    return Signed(done, file.case, blobs=tuple(blobs))


# ------------------------------------------------------------------------------------------------------- what we say


def _confirm(
    done: str,
    task: Task,
    to_name: str,
    taken: Mapping[str, str],
    file: CaseFile,
    stored: StoredMessage,
    message: Message,
    person: Person,
    desk: Desk,
    work: Work,
    now: datetime,
) -> None:
    language, staff = desk.notes.language, desk.staff()
    record = work.issued_record(task.record) if task.record else None
    following = []
    for item in file.tasks.values():
        if item.status is TaskStatus.OPEN and item.opened_at == now:
            held_by = staff.by_address(item.person)
            title = file.spec(item).title.of(language)
            who = (f" ({held_by.name})" if language == "en" else f"（{held_by.name}）") if held_by else ""
            following.append(f"{title}{who}")
    mail = notes.confirm_mail(
        paper=desk.notes, to=Address(person.name, person.address), message_id=desk.message_id(now), now=now,
        message=message, case_number=file.case.number, what_done=done, record_number=record.number if record else "",
        task_title=file.spec(task).title.of(language), next_titles=following, to_name=to_name,
        taken=[*taken.items()],
    )  # fmt: skip
    # No brake: a task is done once, so two robots cannot keep this going.
    work.queue(f"confirm:{stored.id}", mail, case=file.case.id, message=stored.id, now=now)


def _refuse(
    refusal: Refused,
    stored: StoredMessage,
    message: Message,
    person: Person,
    case: Case | None,
    desk: Desk,
    work: Work,
    now: datetime,
    actor: str | None = None,
    task: Task | None = None,
) -> Signed:
    """Journal it and tell this person how ``task`` is answered; ``actor`` is who wrote, where that is not he."""
    work.journal(
        "sign.refused", now, actor=person.address if actor is None else actor, message=stored.id,
        case=case.id if case else None, reason=refusal.reason,
    )  # fmt: skip
    if refusal.reason == AUTOMATIC:
        return Signed("refused", case, refusal.reason)
    if work.queued_since(person.address, now - timedelta(hours=1), occasion="refused:") >= MOST_REFUSALS:
        work.journal("reply.braked", now, message=stored.id, case=case.id if case else None, reason="rate_brake")
    else:
        file = CaseFile.load(case, work, now) if case and task else None
        what, fields = what_to_write(refusal, task, file, desk) if file and task else ("", [])
        mail = notes.refused_mail(
            paper=desk.notes, to=Address(person.name, person.address), message_id=desk.message_id(now), now=now,
            message=message, case_number=case.number if case else "", reason=refusal.reason, details=refusal.details,
            what=what, fields=fields,
        )  # fmt: skip
        work.queue(f"refused:{stored.id}", mail, case=case.id if case else None, message=stored.id, now=now)
    held = NeedsPerson(refusal.reason, "、".join(refusal.details)) if refusal.reason in HELD else None
    return Signed("refused", case, refusal.reason, held)
