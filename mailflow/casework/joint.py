"""An answer to a mail that asks for several tasks at once: point by point, each done, refused or left open by itself.

Numbers say which point is meant.  Without them a labelled line is the point's that asks for its field, and an agreement
signs what asks for nothing else: never what nobody said something about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from markupsafe import escape

from mailflow.casework import putright
from mailflow.casework.answered import (
    Acted,
    Answer,
    Target,
    act,
    believed,
    check_token,
    checked,
    form_target,
    page_target,
    points_at_files,
    stands_in,
    thread,
    tokens,
    unreadable,
)
from mailflow.casework.returned_files import Files
from mailflow.casework.said import AUTOMATIC, CONSENT_VERDICTS, field_specs, reading_of, shown_otherwise, sole_of
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.joint_ports import JointAsk
from mailflow.domain.model import Message
from mailflow.domain.tasks import IssuedRecord, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.reading.answers.moves import read_moves
from mailflow.reading.answers.points import in_their_places, pointed, shared
from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer

WHICH = "which_point"
"""Why an answer that names no point is refused: nobody can say which it means."""

UNSEEN = "?"  # no answer to anything


@dataclass(frozen=True, slots=True)
class Point:
    """A point as it stands when it is answered; ``record`` is the version the mail asked about."""

    number: int
    record: int
    task: Task
    title: str
    fields: Mapping[str, FieldSpec]
    asks: tuple[str, ...]
    signs: bool
    receipt: bool
    sole: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """What was said of a point (None: of no one point) and could not be done."""

    point: Point | None
    refusal: Refused


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an answer: the points done, those refused, and the others that are open still.

    ``surprising``: a bare agreement left points open, which its writer may not know.
    """

    step: Step
    done: Sequence[tuple[Point, Acted]] = ()
    failed: Sequence[Failed] = ()
    left: Sequence[Point] = ()
    surprising: bool = False


@dataclass(slots=True)
class Words:
    """The words about each point, by number; ``surprising`` as in :class:`Settled`."""

    of: dict[int, str] = field(default_factory=dict)
    surprising: bool = False


def which(turn: Turn, message: Message, person: Person) -> JointAsk | None:
    """The joint ask a mail answers, by its token or its thread; None when it answers another mail or none.

    Raises Refused when its token is not good, or is another person's.
    """
    found = tokens(message)
    if found:
        if len(found) > 1 or not found[0].joint:
            return None
        ask = turn.work.joint_ask(found[0].joint)
        if ask is None:
            raise Refused("forged")
        check_token(turn, found[0], person, ask.person)
        return ask
    ids = thread(message)
    ask = turn.work.joint_ask_of_mails(ids) if ids else None
    if ask is None or any(at > ask.asked_at for *_, at in turn.work.asked_by_mails(ids)):
        return None
    if turn.now - ask.asked_at > timedelta(days=turn.desk.token_days):
        raise Refused("expired")
    if person.address != ask.person and not stands_in(turn, person, ask.person):
        raise Refused("wrong_person")
    return ask


def settle(turn: Turn, answer: Answer, ask: JointAsk, files: Files) -> Settled:
    """Do what an answer says of each point; what is refused is undone by itself.  Raises Refused when all of it is."""
    believed(answer, files, named=True)
    step = turn.load(turn.work.case(ask.case_id))
    if step is None:
        raise Refused("not_open")
    points = points_of(turn, step, ask)
    files_of, failed, doubtful = _files(turn, answer, files, points)
    if any(item.code == AUTOMATIC for item in _plain(step, answer.message.text).problems):
        raise Refused(AUTOMATIC)
    try:
        words = words_of(step, answer, points, frozenset(files_of))
    except Refused:
        if not failed:
            raise
        words = Words()  # what is wrong with the files is told first
    for number in doubtful:  # words do not sign beside a file of the same record that is of no use
        words.of.pop(number, None)
    shown = shown_otherwise(answer.message)
    seen = _seen(step, answer, shown, points, frozenset(files_of)) if shown else {}
    done: list[tuple[Point, Acted]] = []
    for point in _in_order(step, points, files_of, words):
        part = words.of.get(point.number, "")
        html = f"<pre>{escape(seen.get(point.number, UNSEEN))}</pre>" if shown else ""
        message = replace(answer.message, text=part, new_text=part, html=html)
        acted = _act(turn, answer, point, files_of.get(point.number) or [Target(point.task)], message)
        if isinstance(acted, Refused):
            failed.append(Failed(point, acted))
        elif acted.still is not None:
            failed.append(Failed(point, acted.still))
        else:
            done.append((point, acted))
    now = turn.load(turn.work.case(ask.case_id)) or step
    touched = {each.number for each, _ in done} | {item.point.number for item in failed if item.point}
    left = [point for point in points if point.number not in touched and _is_open(turn, point)]
    return Settled(now, done, failed, left, words.surprising and bool(left))


def unclear(points: Sequence[Point]) -> Refused:
    """The refusal of an answer that does not say which of these points it means."""
    return Refused(WHICH, *(f"{point.number}. {point.title}" for point in points))


def said_of(failed: Sequence[Failed], why: Mapping[str, str]) -> Iterator[str]:
    """What could not be done, a line each: the number and title of the point, why, particulars."""
    for item in failed:
        head = f"{item.point.number}. {item.point.title}：" if item.point else ""
        details = "、".join(item.refusal.details)
        yield f"{head}{why.get(item.refusal.reason, item.refusal.reason)}{f'（{details}）' if details else ''}"


# ------------------------------------------------------------------------------------------------------------ parts


def points_of(turn: Turn, step: Step, ask: JointAsk) -> list[Point]:
    """The points of a joint ask as they stand, without those whose task is gone."""
    language, found = step.desk.notes.language, []
    for point in ask.points:
        task = turn.work.task(point.task)
        if task is None:
            continue
        spec = step.file.spec(task)
        title, fields = spec.title.of(language), field_specs(step.file, task)
        signs = spec.done_by == "signature"
        found.append(
            Point(
                point.number,
                point.record,
                task,
                title,
                fields,
                tuple(spec.asks),
                signs,
                spec.receipt,
                sole_of(step.file, task),
            )
        )
    return found


def _act(turn: Turn, answer: Answer, point: Point, targets: Sequence[Target], message: Message) -> Acted | Refused:
    """Do what is said of a point, by the first of its files that serves; else why it cannot be done."""
    refused: Refused | None = None
    for target in targets:
        try:
            with turn.work.savepoint():
                now = turn.work.task(target.task.id) or target.task  # what was done of other points may have changed it
                task = checked(turn, now, point.record, answer.person)
                return act(turn, answer, replace(target, task=task), message)
        except Refused as refusal:
            refused = refused or refusal
    return refused or unclear([point])


def _seen(
    step: Step, answer: Answer, shown: str, points: Sequence[Point], with_files: frozenset[int]
) -> Mapping[int, str]:
    """The words about each point as the mail's HTML shows them."""
    message = replace(answer.message, text=shown, new_text=shown, html="")
    try:
        return words_of(step, replace(answer, message=message), points, with_files).of
    except Refused:
        return {}


def _is_open(turn: Turn, point: Point) -> bool:
    task = turn.work.task(point.task.id)
    return task is not None and task.status is TaskStatus.OPEN and task.current


def _files(
    turn: Turn, answer: Answer, files: Files, points: Sequence[Point]
) -> tuple[dict[int, list[Target]], list[Failed], set[int]]:
    """The returned files by the number of their point, why some are of no use, and of which points those may be."""
    found: dict[int, list[Target]] = {}
    failed: list[Failed] = []
    doubtful: set[int] = set()
    picked: list[Point] = []

    def pick(record: IssuedRecord, marked: Collection[str]) -> Task:
        about = [point for point in points if point.record == record.id]
        if not about:
            raise Refused("other_record", record.number)
        file = turn.load(turn.work.case(record.case_id))
        mine = [point for point in about if file and file.file.spec(point.task).sign in marked]
        picked.append(min(mine or about, key=lambda point: point.task.status is not TaskStatus.OPEN))
        return picked[-1].task

    def take(make: Callable[[], Target | None]) -> None:
        picked.clear()
        try:
            target = make()
        except Refused as refusal:
            failed.append(Failed(picked[0] if picked else None, refusal))
            doubtful.update(point.number for point in picked or points if point.signs)
            return
        if target is not None:
            number = next(point.number for point in points if point.task.id == target.task.id)
            found.setdefault(number, []).append(target)

    for attachment, returned in files.forms:
        take(lambda attachment=attachment, returned=returned: form_target(turn, attachment, returned, pick))  # type: ignore[misc]
    for paper in files.papers:
        for pages in paper.records:
            take(lambda pages=pages: page_target(turn, pages, pick))  # type: ignore[misc]
        if paper.unread and (paper.records or points_at_files(turn, answer.message)):
            failed.append(Failed(None, unreadable(paper)))
            if not paper.records:  # it may be of any of them
                doubtful.update(point.number for point in points if point.signs)
    return found, failed, doubtful


def _in_order(
    step: Step, points: Sequence[Point], files_of: Mapping[int, Sequence[Target]], words: Words
) -> list[Point]:
    """What is to be done: what is sent back first, since what builds on it begins anew and need not be signed."""
    found = [point for point in points if point.number in words.of or point.number in files_of]

    def stays(point: Point) -> bool:
        return _read(step, words.of.get(point.number, ""), point).verdict != "return"

    return sorted(found, key=stays)


def words_of(step: Step, answer: Answer, points: Sequence[Point], with_files: frozenset[int]) -> Words:
    """Which words are about which point, as casework reads them.  Raises Refused where nobody can say it."""
    text = answer.message.text
    titles = {title for point in points for spec in point.fields.values() for title in spec.titles}
    parts = pointed(reading_of(step), text, max(point.number for point in points), titles)
    if parts.unclear:
        raise unclear(points)
    if not parts.by_number:
        return _unnumbered(step, text, answer, points, with_files)
    about = in_their_places(reading_of(step), parts.by_number, {point.number: point.fields for point in points})
    found = Words({number: words for number, words in about.items() if _says(step, words, points, number)})
    if parts.rest.strip():
        others = [point for point in points if point.number not in parts.by_number]
        before = _plain(step, parts.rest)
        if before.verdict in CONSENT_VERDICTS:
            _agreed(step, parts.rest, others, found)
        elif before.verdict != "nothing" and {item.code for item in before.problems} != {"only_received"}:
            raise unclear(points)
    return found


def _says(step: Step, words: str, points: Sequence[Point], number: int) -> bool:
    """Does a point's part say anything?  Lines that were copied and left empty do not."""
    said = [_read(step, words, point) for point in points if point.number == number]
    return any(item.verdict != "nothing" or item.problems for item in said)


def _unnumbered(step: Step, text: str, answer: Answer, points: Sequence[Point], with_files: frozenset[int]) -> Words:
    waiting = [point for point in points if _is_open(step, point) and _is_for(step, point.task, answer.person)]
    if (done := _put_right_later(step, answer, points, waiting)) is not None:
        return Words({done.number: text})
    if len(waiting) == 1 and all(_ended_by(point.task, answer.person) for point in points if point not in waiting):
        _about_the_case(step, answer, points, {point.number: text for point in points} | {0: text}, about := Words())
        if about.of and waiting[0].number not in about.of:
            raise unclear(points)  # or does it put a fact right?
        return Words({waiting[0].number: text})  # he did the rest himself: this is what he means
    if not waiting:
        return Words({points[0].number: text})  # it is said who was first
    fields = {0: {}, **{point.number: point.fields for point in waiting}}
    parts = shared(reading_of(step), text, fields, {0: (), **{point.number: point.asks for point in waiting}})
    if parts.doubtful:
        raise Refused(WHICH, *parts.doubtful)
    found = Words({number: parts.texts[number] for number in parts.own | with_files if number in parts.texts})
    alike = _about_the_case(step, answer, waiting, parts.texts, found)
    common = _plain(step, alike)
    if common.verdict in CONSENT_VERDICTS or any(
        point.receipt and _read(step, alike, point).verdict in CONSENT_VERDICTS for point in waiting
    ):
        if not with_files:  # beside a file it is about the file
            _agreed(step, alike, [point for point in waiting if point.number not in found.of], found)
    elif common.verdict in ("return", "transfer"):
        raise unclear(waiting)
    elif common.verdict == "unclear":
        raise Refused("ambiguous")
    elif not found.of:
        raise unclear(waiting)
    return found


def _put_right_later(step: Step, answer: Answer, points: Sequence[Point], waiting: Sequence[Point]) -> Point | None:
    """The point in which the case was registered, where an answer that came after it says nothing but what is wrong."""
    registered = next((point for point in points if putright.may_correct(step.file, point.task)), None)
    words = step.desk.moves
    if registered is None or registered in waiting or words is None:
        return None
    moved, rest = read_moves(step.desk.words, words, answer.message.text)
    right = putright.read(step, registered.task, replace(answer.message, text=rest, new_text=rest, html=""))
    alone = _plain(step, right.rest.text).verdict == "nothing"
    return registered if alone and (moved or right.said_something) else None


def _about_the_case(step: Step, answer: Answer, points: Sequence[Point], texts: Mapping[int, str], found: Words) -> str:
    """The words that are about no field and no fact.  What corrects a fact of the case, or moves it, is about the point
    in which the case is registered, with the agreement beside it."""
    registers = next((point for point in points if putright.may_correct(step.file, point.task)), None)
    words = step.desk.moves
    if registers is None or words is None:
        return texts[0]
    moved, rest = read_moves(step.desk.words, words, texts[registers.number])
    message = replace(answer.message, text=rest, new_text=rest, html="")
    right = putright.read(step, registers.task, message)
    if not moved and not right.said_something:
        return texts[0]
    found.of[registers.number] = texts[registers.number]
    fields = {0: {}, registers.number: registers.fields}
    return shared(reading_of(step), right.rest.text, fields, {0: (), registers.number: registers.asks}).texts[0]


def _agreed(step: Step, text: str, points: Sequence[Point], found: Words) -> None:
    """A bare agreement signs those points that ask for a signature and nothing else."""
    for point in points:
        if point.signs and not point.asks and _read(step, text, point).verdict in CONSENT_VERDICTS:
            found.of[point.number] = text
        else:
            found.surprising = True


def _is_for(turn: Turn, task: Task, person: Person) -> bool:
    return task.person == person.address or stands_in(turn, person, task.person)


def _ended_by(task: Task, person: Person) -> bool:
    return task.status is TaskStatus.CANCELLED or not task.current or task.done_by == person.address


def _plain(step: Step, text: str) -> StaffAnswer:
    return read_staff_answer(reading_of(step), text, {})


def _read(step: Step, text: str, point: Point) -> StaffAnswer:
    return read_staff_answer(reading_of(step), text, point.fields, receipt=point.receipt, sole=point.sole)
