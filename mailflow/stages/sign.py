"""sign: read a staff member's answer to a task: words above the quote, a returned Word file, or a scan of the paper.

Which task is meant comes from the token in the mail, from the thread, or from the record named by the file's QR code;
never from the sender alone.  What is not clear changes nothing: the sender is told what to do, and it is journaled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import PurePosixPath

from mailflow.casework import engine, moves, notes, putright, reply_token, signing
from mailflow.casework.returned_files import Files, check_form, check_page, record_of
from mailflow.casework.said import AUTOMATIC, is_interpreted, said_about, what_to_write
from mailflow.casework.signing import Evidence, Refused
from mailflow.casework.step import Step, Turn
from mailflow.customers.standing import standing
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import Attachment, Case, Message
from mailflow.domain.paper_ports import Shown
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import IssuedRecord, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.reading.answers.words import squeeze
from mailflow.records.returned import Returned, filled_cells
from mailflow.trust.level import UNVERIFIED, Trust
from mailflow.trust.policy import STANDINGS, Action, may

MOST_REFUSALS = 10  # told to one person in an hour: two robots must not feed each other
HELD = frozenset(
    "altered_form foreign_cell unreadable_scan unclear_signature missing_pages unknown_address has_left".split()
)
"""Refusals a person must look at as well: what came back is not what went out, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of an answer.  ``done`` is one of :data:`.paper.DONE`, or ``refused``."""

    done: str
    case: Case | None = None
    reason: str = ""
    held: NeedsPerson | None = None
    blobs: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A mail about a task: its row, what it says, which of our people it is from (or is told about it), how surely."""

    stored: StoredMessage
    message: Message
    person: Person
    trust: Trust = UNVERIFIED


@dataclass(frozen=True, slots=True)
class _Target:
    """One task an answer is about, and the file it came in (none: the words of the mail) with what that shows."""

    task: Task
    way: str = "reply"
    file: Attachment | None = None
    returned: Returned | None = None
    shown: Shown | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    cells: putright.Cells = ()
    record: IssuedRecord | None = None


def sign(turn: Turn, stored: StoredMessage, message: Message, files: Files, trust: Trust) -> Signed | None:
    """Do what a staff member's answer says; None when the mail answers no task of ours.

    Raises TemporaryError when the row changed under us.
    """
    sender = message.sender
    person = turn.desk.staff().by_address(sender.address) if sender else None
    if person is None or turn.desk.staff().has_left(person, turn.day):
        return None if stored.released else _from_elsewhere(turn, stored, message, files, person)
    case: Case | None = None
    task: Task | None = None
    answer = _Answer(stored, message, person, trust)
    try:
        targets = list(_targets(turn, answer, files))
        if not targets:
            return None
        task = targets[0].task
        case = turn.work.case(task.case_id)
        with turn.work.savepoint():
            return _do(turn, answer, targets)
    except Refused as refusal:
        return _refuse(turn, answer, refusal, case, task=task)


def _from_elsewhere(
    turn: Turn, stored: StoredMessage, message: Message, files: Files, gone: Person | None
) -> Signed | None:
    """An answer to a task from an address nobody on the staff list has (a colleague's private mail, or anybody's), or
    from a colleague who has left (``gone``).

    It signs nothing and opens no case: it is held, and whoever has the task is told at his own address.  None when the
    mail answers no task, or when its writer belongs to the case's customer and was passed our mail.
    """
    task = _task_answered(turn, message) or (_task_of_files(turn, files) if gone else None)
    if task is None:
        return None
    case = turn.work.case(task.case_id)
    sender = message.sender
    if sender is None:
        return None
    if gone is None and standing(turn.work, case, sender, turn.desk.is_ours) in STANDINGS[Action.JOIN]:
        return None
    staff = turn.desk.staff()
    holder = staff.by_address(task.person)
    if gone is not None and holder in (None, gone):
        holder = staff.above(gone, turn.day)
    refusal = Refused("has_left", gone.name) if gone else Refused("unknown_address")
    if holder is not None:
        refused = _refuse(turn, _Answer(stored, message, holder), refusal, case, actor="")
        return replace(refused, case=None)  # his mail joins no case
    turn.journal("sign.refused", message=stored.id, case=case.id, reason=refusal.reason)
    return Signed("refused", None, refusal.reason, NeedsPerson(refusal.reason, ""))


def _task_of_files(turn: Turn, files: Files) -> Task | None:
    """An open task about a record of which a page or the Word file came, whosever it is."""
    codes = [returned.qr for _, returned in files.forms] + [
        page.code for paper in files.papers for page in paper.records
    ]
    for code in codes:
        try:
            record = record_of(turn, code)
        except Refused:
            continue
        about = [task for task in turn.work.tasks(record.case_id) if task.record == record.id] if record else []
        if about:
            return min(about, key=lambda task: task.status is not TaskStatus.OPEN)
    return None


def _task_answered(turn: Turn, message: Message) -> Task | None:
    """The task a mail answers, whoever wrote it: by a token that is good for the person asked, or by the thread."""
    for token in reply_token.find(message.subject) or reply_token.find(message.text):
        task = turn.work.task(token.task)
        if task is not None and reply_token.is_ours(token, task.person, turn.desk.secret):
            return task
    ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:20]
    asked = turn.work.asked_by_mails(ids) if ids else ()
    return next((task for number, *_ in asked if (task := turn.work.task(number))), None)


# ------------------------------------------------------------------------------------------------- what is it about?


def _targets(turn: Turn, answer: _Answer, files: Files) -> Iterator[_Target]:
    message, person = answer.message, answer.person
    named = _named_task(turn, message, person)
    if (named or files.forms or files.papers) and not may(Action.SIGN, answer.trust):
        raise Refused("forged")  # our own mail server says that this is not his mail
    found = []
    for attachment, returned in files.forms:
        record = record_of(turn, returned.qr) if returned.qr else None
        if record is None:
            continue
        task = _task_of(turn, record, answer, named)
        issued = turn.desk.vault.get(record.digest)
        cells = putright.cells_of(turn, task, record, issued, attachment.content)
        filled = filled_cells(issued, attachment.content)
        found.append(_Target(task, "word", attachment, returned, record=record, filled=filled, cells=cells))
    for paper in files.papers:
        for pages in paper.records:
            record = record_of(turn, pages.code)
            if record is not None:
                task = _task_of(turn, record, answer, named)
                found.append(_Target(task, "scan", pages.file, shown=pages.shown, record=record))
        if paper.unread and (paper.records or (named is not None and not message.new_text.strip())):
            raise Refused("unreadable_scan", f"{paper.name}: {', '.join(map(str, paper.unread))}")
    if named is not None and found and all(target.task.id != named.id for target in found):
        raise Refused("other_record", *(target.record.number for target in found if target.record))
    yield from found
    if named is not None and not found:
        yield _Target(named)


def _named_task(turn: Turn, message: Message, person: Person) -> Task | None:
    """The task whose token or thread the mail carries; Refused when the token is not good."""
    found = reply_token.find(message.subject) or reply_token.find(message.text)
    if len(found) > 1:
        raise Refused("ambiguous")  # two of our mails are quoted: nobody can say which one is answered
    for token in found:
        task = turn.work.task(token.task)
        if task is None:
            raise Refused("forged")
        holder = task.person
        if not reply_token.is_ours(token, person.address, turn.desk.secret):
            if not reply_token.is_ours(token, holder, turn.desk.secret):
                raise Refused("forged")
            if not _stands_in(turn, person, holder):
                raise Refused("wrong_person")
        if reply_token.is_expired(token, turn.now, turn.desk.token_days):
            raise Refused("expired")
        return _checked(turn, task, token.record, person)
    ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:20]
    for task_id, record, asked_at in turn.work.asked_by_mails(ids) if ids else ():
        if turn.now - asked_at > timedelta(days=turn.desk.token_days):
            raise Refused("expired")
        task = turn.work.task(task_id)
        if task is not None:
            return _checked(turn, task, record, person)
    return None


def _checked(turn: Turn, task: Task, record: int, person: Person) -> Task:
    if task.status is TaskStatus.OPEN:
        if record != task.record:
            raise Refused("old_version")
        if task.person != person.address and not _stands_in(turn, person, task.person):
            raise Refused("wrong_person")
    return task


def _task_of(turn: Turn, record: IssuedRecord, answer: _Answer, named: Task | None) -> Task:
    """The task that is meant: the one the mail names, when it is about this record; else his open one about it.

    A file that comes without our mail about its record has nothing but its sender to vouch for it.
    """
    person = answer.person
    about = [task for task in turn.work.tasks(record.case_id) if task.record == record.id]
    if named is not None and any(task.id == named.id for task in about):
        return named
    if not may(Action.SIGN_BY_FILE_ALONE, answer.trust):
        raise Refused("other_record" if named else "no_token", record.number)
    mine = [task for task in about if task.person == person.address]
    mine = mine or [task for task in about if _stands_in(turn, person, task.person)]
    for task in sorted(mine, key=lambda item: item.status is not TaskStatus.OPEN):
        return task
    is_waiting = any(task.status is TaskStatus.OPEN for task in about)
    raise Refused("wrong_person" if is_waiting else "not_open", record.number)


def _stands_in(turn: Turn, person: Person, holder: str) -> bool:
    """Is this person the deputy of a holder who is away today?"""
    staff, day = turn.desk.staff(), turn.day
    held_by = staff.by_address(holder)
    return held_by is not None and not staff.is_present(held_by, day) and staff.stand_in(held_by, day) == person


# ------------------------------------------------------------------------------------------------------ what is said?


def _do(turn: Turn, answer: _Answer, targets: Sequence[_Target]) -> Signed:
    blobs: engine.Blobs = []
    done = to_name = ""
    step: Step | None = None
    taken: dict[str, str] = {}
    at_once = _wants_word(turn, answer.message)
    mail, person = answer.stored.id, answer.person
    for target in targets:
        task = target.task
        step = turn.load(turn.work.case(task.case_id))
        if step is None:
            raise Refused("not_open")
        if target.record is not None:
            check_form(step, task, target.record, target.filled)
        message = answer.message
        moved = moves.take(step, task, person, message, mail) if target.file is None else None
        if moved is not None:
            blobs, taken, done, at_once = [*blobs, *moved.blobs], {**taken, **moved.lines}, "moved", True
            if moved.rest is None:
                continue
            task, message = step.file.tasks.get(task.name, task), moved.rest
        right = putright.take(step, task, person, message, mail, target.cells)
        blobs, taken, task, message = [*blobs, *right.blobs], {**taken, **right.lines}, right.task, right.rest
        if right.only:
            done, at_once = right.done, at_once or not right.shown
            continue
        said = said_about(step, task, person, message, returned=target.returned, scanned=target.way == "scan")
        if said.verdict == "transfer":
            taker, made = signing.hand_on(step, task, person, said.to, mail)
            to_name, done, blobs = taker.name, "transferred", blobs + made
        elif said.verdict == "return":
            blobs += signing.send_back(step, task, person, said.reason, mail)
            taken["Reason" if turn.desk.notes.language == "en" else "退回原因"] = said.reason
            done = "returned"
        elif step.file.spec(task).done_by == "signature":
            if target.record and target.shown and task.status is TaskStatus.OPEN:  # else it is said who was first
                check_page(step, task, target.record, target.shown)
            putright.confirm(step, task, by=person.address, message=mail)
            blobs += signing.sign(step, task, person, said.values, _evidence(target, mail))
            done = "signed"
        else:
            blobs += signing.do_work(step, task, person, said.values, mail)
            done = "worked"
        at_once = at_once or (target.returned is None and is_interpreted(step, said, message))
        if done in ("signed", "worked"):
            taken |= {signing.title_of(step, name): value for name, value in said.values.items()}
    assert step is not None
    task = targets[0].task
    record = step.work.issued_record(task.record) if task.record else None
    title = step.file.spec(task).title.of(turn.desk.notes.language)
    counted = notes.Counted(done, title, record.number if record else "", to_name, [*taken.items()])
    _confirm(step, answer, counted, at_once=at_once)
    return Signed(done, step.file.case, blobs=tuple(blobs))


def _evidence(target: _Target, mail: int) -> Evidence:
    if target.file is None:
        return Evidence(target.way, message=mail)
    suffix = PurePosixPath(target.file.safe_name.lower()).suffix
    return Evidence(target.way, target.file.content, suffix, mail)


# ------------------------------------------------------------------------------------------------------- what we say


def _confirm(step: Step, answer: _Answer, counted: notes.Counted, *, at_once: bool) -> None:
    """Say that an answer counted: in the next mail its writer gets, ``at_once`` in a mail of its own."""
    occasion = f"confirm:{answer.stored.id}"
    head = step.head(answer.person)
    if not at_once:
        words = notes.confirmation(head, counted)
        step.work.gather(occasion, answer.person.address, words, case=step.case_id, now=step.now)
        return
    language, staff = step.desk.notes.language, step.desk.staff()
    following = []
    for item in step.file.tasks.values():
        if item.status is TaskStatus.OPEN and item.opened_at == step.now:
            held_by = staff.by_address(item.person)
            title = step.file.spec(item).title.of(language)
            who = (f" ({held_by.name})" if language == "en" else f"（{held_by.name}）") if held_by else ""
            following.append(f"{title}{who}")
    mail = notes.confirm_mail(head, answer.message, counted, next_titles=following)
    # No brake: a task is done once, so two robots cannot keep this going.
    step.queue(occasion, mail, message=answer.stored.id)


def _wants_word(turn: Turn, message: Message) -> bool:
    """Does the writer ask to be told that his answer arrived (RFC 8098 section 2.1, or in words)?"""
    group = turn.desk.words.get("wants_word")
    asked = group is not None and group.find(squeeze(message.new_text[:2000])) is not None
    return asked or bool(message.header("disposition-notification-to"))


def _refuse(
    turn: Turn,
    answer: _Answer,
    refusal: Refused,
    case: Case | None,
    *,
    actor: str | None = None,
    task: Task | None = None,
) -> Signed:
    """Journal it and tell this person how ``task`` is answered; ``actor`` is who wrote, where that is not he."""
    person, mail, about = answer.person, answer.stored.id, case.id if case else None
    who = person.address if actor is None else actor
    turn.journal("sign.refused", actor=who, message=mail, case=about, reason=refusal.reason)
    if refusal.reason == AUTOMATIC:
        return Signed("refused", case, refusal.reason)
    if turn.work.queued_since(person.address, turn.now - timedelta(hours=1), occasion="refused:") >= MOST_REFUSALS:
        turn.journal("reply.braked", message=mail, case=about, reason="rate_brake")
    else:
        step = turn.load(case) if case and task else None
        what, fields = what_to_write(step, refusal, task) if step and task else ("", [])
        head = turn.head(person, case.number if case else "")
        told = notes.refused_mail(
            head, answer.message, refusal.reason, details=refusal.details, what=what, fields=fields
        )
        turn.queue(f"refused:{mail}", told, message=mail, case=about)
    held = NeedsPerson(refusal.reason, "、".join(refusal.details)) if refusal.reason in HELD else None
    return Signed("refused", case, refusal.reason, held)
