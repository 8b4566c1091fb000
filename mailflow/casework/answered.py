"""Which task a colleague's answer is about, and what its words and files do in it.

Which task is meant comes from the token in the mail, from the thread, or from the record named by the file's QR code;
never from the sender alone.  What is not clear is refused: it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

from mailflow.casework import amending, engine, moves, putright, reply_token, signing
from mailflow.casework.returned_files import Files, Pages, Paper, check_form, check_page, record_of
from mailflow.casework.returned_files import unread as unread_files
from mailflow.casework.said import is_interpreted, not_kept, said_about, unread
from mailflow.casework.signing import Evidence, Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.joint_ports import JointAsk
from mailflow.domain.model import Attachment, Message
from mailflow.domain.paper_ports import Cell, Shown
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import IssuedRecord, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.reading.answers.words import squeeze
from mailflow.records.returned import Returned, filled_cells
from mailflow.sentences.catalogue import worded
from mailflow.trust.level import UNVERIFIED, Trust
from mailflow.trust.policy import Action, may

Pick = Callable[[IssuedRecord, Collection[str]], Task]
"""Which task the returned record is about, given the cells and fields in which something new stands; raises Refused."""

THREAD = 20  # Message-IDs of one thread that are looked up


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail about a task: its row, what it says, which of our people it is from (or is told about it), how surely."""

    stored: StoredMessage
    message: Message
    person: Person
    trust: Trust = UNVERIFIED


@dataclass(frozen=True, slots=True)
class Target:
    """One task an answer is about, and the file it came in (none: the words of the mail) with what that shows.

    ``confirms`` is the row of the mail whose change the answered mail showed, 0 for none.
    """

    task: Task
    way: str = "reply"
    file: Attachment | None = None
    returned: Returned | None = None
    shown: Shown | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    cells: putright.Cells = ()
    record: IssuedRecord | None = None
    confirms: int = 0


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of one task: ``done`` is one of :data:`.paper.DONE`, ``taken`` what was kept of the answer (label,
    value).  ``told``: its writer must see at once what was made of his words.  ``still``: the task is not done; what of
    the answer was kept, and what is asked of its writer yet."""

    step: Step
    done: str
    to_name: str
    taken: Mapping[str, str]
    blobs: engine.Blobs
    told: bool
    still: Refused | None = None


def act(turn: Turn, answer: Answer, target: Target, message: Message) -> Acted:
    """Do what ``message`` (the answer's, or the part of it that is about this task) says of one task.

    Raises Refused; what was written before must then be undone.
    """
    task, mail, person = target.task, answer.stored.id, answer.person
    step = turn.load(turn.work.case(task.case_id))
    if step is None:
        raise Refused("not_open")
    if target.record is not None:
        check_form(step, task, target.record, target.filled)
    to_name = ""
    taken: dict[str, str] = {}
    blobs: engine.Blobs = []
    moved = moves.take(step, task, person, message, mail) if target.file is None else None
    if moved is not None:
        blobs, taken = [*moved.blobs], {**moved.lines}
        if moved.rest is None:
            return Acted(step, "moved", "", taken, blobs, told=True)
        task, message = step.file.tasks.get(task.name, task), moved.rest
    right = putright.take(step, task, person, message, mail, target.cells)
    blobs, taken, task, message = [*blobs, *right.blobs], {**taken, **right.lines}, right.task, right.rest
    if right.only:
        return Acted(step, right.done, "", taken, blobs, told=moved is not None or not right.shown)
    try:
        said = said_about(step, task, person, message, returned=target.returned, scanned=target.way == "scan")
    except Refused as refusal:
        raise amending.shown(step, task, message, refusal) from None
    wrong = unread(step, said)
    if said.verdict in ("signed", "work"):
        still = signing.keep(step, task, person, said.values, mail, wrong)
        if still is not None:
            return Acted(step, "kept", "", taken, blobs, told=True, still=still)
    if said.verdict == "transfer":
        taker, made = signing.hand_on(step, task, person, said.to, mail)
        to_name, done, blobs = taker.name, "transferred", blobs + made
    elif said.verdict == "return":
        blobs += signing.send_back(step, task, person, said.reason, mail)
        taken[worded(turn.desk.notes.language, "returned|Reason")] = said.reason
        done = "returned"
    elif step.file.spec(task).done_by == "signature":
        if target.record and target.shown and task.status is TaskStatus.OPEN:  # else it is said who was first
            check_page(step, task, target.record, target.shown)
        if target.file is None:
            _check_files(answer.message)
            blobs += amending.settle(step, task, person, message, mail, target.confirms)
            task = step.file.tasks.get(task.name, task)
        putright.confirm(step, task, by=person.address, message=mail)
        blobs += signing.sign(step, task, person, said.values, _evidence(target, mail))
        done = "signed"
    else:
        blobs += signing.do_work(step, task, person, said.values, mail)
        done = "worked"
    if done in ("signed", "worked"):
        taken |= {signing.title_of(step, name): value for name, value in said.values.items()} | not_kept(step, wrong)
    interpreted = bool(wrong) or (target.returned is None and is_interpreted(step, said, message))
    return Acted(step, done, to_name, taken, blobs, told=moved is not None or interpreted)


# ------------------------------------------------------------------------------------------------- what is it about?


def task_of_files(turn: Turn, files: Files) -> Task | None:
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


def task_answered(turn: Turn, message: Message) -> Task | None:
    """The task a mail answers, whoever wrote it: by a token that is good for the person asked, or by the thread."""
    for token in tokens(message):
        if token.joint:
            ask = turn.work.joint_ask(token.joint)
            if ask is not None and reply_token.is_ours(token, ask.person, turn.desk.secret):
                return _first_open(turn, ask)
        task = turn.work.task(token.task)
        if task is not None and reply_token.is_ours(token, task.person, turn.desk.secret):
            return task
    ids = thread(message)
    if ids and (ask := turn.work.joint_ask_of_mails(ids)):
        return _first_open(turn, ask)
    asked = turn.work.asked_by_mails(ids) if ids else ()
    return next((task for number, *_ in asked if (task := turn.work.task(number))), None)


def targets(turn: Turn, answer: Answer, files: Files) -> Iterator[Target]:
    """The tasks an answer to a mail about one task, or a mail with nothing but files, is about.  Raises Refused."""
    message, person = answer.message, answer.person
    named = _named_task(turn, message, person)
    believed(answer, files, named is not None)

    def pick(record: IssuedRecord, marked: Collection[str]) -> Task:
        return _task_of(turn, record, answer, named)

    found = [form_target(turn, attachment, returned, pick) for attachment, returned in files.forms]
    for paper in files.papers:
        found += [page_target(turn, pages, pick) for pages in paper.records]
        if paper.unread and (paper.records or (named is not None and points_at_files(turn, message))):
            raise unreadable(paper)
    about = [target for target in found if target is not None]
    if named is not None and about and all(target.task.id != named.id for target in about):
        raise Refused("other_record", *(target.record.number for target in about if target.record))
    yield from about
    if named is not None and not about:
        yield Target(named, confirms=next((token.change for token in tokens(message)), 0))


def believed(answer: Answer, files: Files, named: bool) -> None:
    """Raises Refused when our own mail server says that an answer to one of our mails is not this person's."""
    if (named or files.forms or files.papers) and not may(Action.SIGN, answer.trust):
        raise Refused("forged")


def form_target(turn: Turn, attachment: Attachment, returned: Returned, pick: Pick) -> Target | None:
    """The task a returned Word file is about; None when it is no record of ours.  Raises Refused."""
    record = record_of(turn, returned.qr) if returned.qr else None
    if record is None:
        return None
    issued = turn.desk.vault.get(record.digest)
    filled = filled_cells(issued, attachment.content)
    task = pick(record, {tag.partition(":")[2] for tag in filled})
    cells = putright.cells_of(turn, task, record, issued, attachment.content)
    return Target(task, "word", attachment, returned, record=record, filled=filled, cells=cells)


def page_target(turn: Turn, pages: Pages, pick: Pick) -> Target | None:
    """The task the scanned pages of a record are about; None when they are of no record of ours.  Raises Refused."""
    record = record_of(turn, pages.code)
    if record is None:
        return None
    marked = {cell for cell, found in pages.shown.cells.items() if found is Cell.MARKED}
    return Target(pick(record, marked), "scan", pages.file, shown=pages.shown, record=record)


def points_at_files(turn: Turn, message: Message) -> bool:
    """Does the mail say nothing, or that what it says stands in its files?"""
    said = squeeze(message.new_text)
    return not said or bool(turn.desk.words["attachment"].find(said))


def unreadable(paper: Paper) -> Refused:
    """Why pages of a scan are of no use: nobody can tell of which record they are."""
    return Refused("unreadable_scan", f"{paper.name}: {', '.join(map(str, paper.unread))}")


def tokens(message: Message) -> list[reply_token.Token]:
    """The tokens a mail carries: those of its subject, else those of its text."""
    return reply_token.find(message.subject) or reply_token.find(message.text)


def thread(message: Message) -> tuple[str, ...]:
    """The Message-IDs a mail answers, the nearest first."""
    return tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:THREAD]


def check_token(turn: Turn, token: reply_token.Token, person: Person, holder: str) -> None:
    """Raises Refused unless a token is good in this person's hand: his, or ``holder``'s for whom he stands in."""
    if not reply_token.is_ours(token, person.address, turn.desk.secret):
        if not reply_token.is_ours(token, holder, turn.desk.secret):
            raise Refused("forged")
        if not stands_in(turn, person, holder):
            raise Refused("wrong_person")
    if reply_token.is_expired(token, turn.now, turn.desk.token_days):
        raise Refused("expired")


def checked(turn: Turn, task: Task, record: int, person: Person) -> Task:
    """The task, when it is this person's and, while it is open, about the version he was asked about; else Refused."""
    if task.status is TaskStatus.OPEN:
        if record != task.record:
            raise Refused("old_version")
        if task.person != person.address and not stands_in(turn, person, task.person):
            raise Refused("wrong_person")
    return task


def stands_in(turn: Turn, person: Person, holder: str) -> bool:
    """Is this person the deputy of a holder who is away today?"""
    staff, day = turn.desk.staff(), turn.day
    held_by = staff.by_address(holder)
    return held_by is not None and not staff.is_present(held_by, day) and staff.stand_in(held_by, day) == person


# ------------------------------------------------------------------------------------------------------------ parts


def _check_files(message: Message) -> None:
    """Raises Refused where files came along that nobody can read: what he signed may stand there, and be changed."""
    if names := unread_files(message):
        raise Refused("unread_file", *names)


def _evidence(target: Target, mail: int) -> Evidence:
    if target.file is None:
        return Evidence(target.way, message=mail)
    suffix = PurePosixPath(target.file.safe_name.lower()).suffix
    return Evidence(target.way, target.file.content, suffix, mail)


def _first_open(turn: Turn, ask: JointAsk) -> Task | None:
    found = [task for point in ask.points if (task := turn.work.task(point.task))]
    return min(found, key=lambda task: task.status is not TaskStatus.OPEN, default=None)


def _named_task(turn: Turn, message: Message, person: Person) -> Task | None:
    """The task whose token or thread the mail carries; Refused when the token is not good."""
    found = tokens(message)
    if len(found) > 1:
        raise Refused("ambiguous")  # two of our mails are quoted: nobody can say which one is answered
    for token in found:
        task = turn.work.task(token.task)
        if task is None:
            raise Refused("forged")
        check_token(turn, token, person, task.person)
        return checked(turn, task, task.record if token.change else token.record, person)
    ids = thread(message)
    for task_id, record, asked_at in turn.work.asked_by_mails(ids) if ids else ():
        if turn.now - asked_at > timedelta(days=turn.desk.token_days):
            raise Refused("expired")
        task = turn.work.task(task_id)
        if task is not None:
            return checked(turn, task, record, person)
    return None


def _task_of(turn: Turn, record: IssuedRecord, answer: Answer, named: Task | None) -> Task:
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
    mine = mine or [task for task in about if stands_in(turn, person, task.person)]
    for task in sorted(mine, key=lambda item: item.status is not TaskStatus.OPEN):
        return task
    is_waiting = any(task.status is TaskStatus.OPEN for task in about)
    raise Refused("wrong_person" if is_waiting else "not_open", record.number)
