"""What a person says a case is: two cases, part of another, of another kind, or beside it a second matter.

The case that was opened wrongly is void: it keeps its number, its mails and its records, whoever had a task in it hears
once, and its threads and its number lead to the case that goes on.  Nothing is written to the customer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailflow.casework import corrections, customer, engine, putright
from mailflow.casework.notices import LEADER, OWNERS
from mailflow.casework.opening import NewCase, open_case
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.tasks import CaseStatus, Task
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.reading.answers.facts import read_facts
from mailflow.reading.answers.moves import Move, read_moves
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import squeeze
from mailflow.records.clean import BLANK
from mailflow.records.registration import PRINTED
from mailflow.sentences.catalogue import sentence, worded

UNDONE = "move_unclear"
_CLAUSE = re.compile(r"[^，,。；;！!？?\n]+[，,。；;！!？?]?")
_CODE = re.compile(r"(?=[A-Za-z0-9./-]{0,30}\d)[A-Za-z0-9][A-Za-z0-9./-]{2,30}")
_OF_THE_CUSTOMER = frozenset({"customer_company", "contact", "phone"})
_LEAVES = ("order_no", "product", "model", "batch_no", "quantity", "defect_or_issue")
LONGEST_SUBJECT = 100


@dataclass(slots=True)
class Moved:
    """What was done: lines for whoever said it (what it is called, the case), the files of new records.

    ``rest`` is the mail without it, where that answers the task it came for.
    """

    lines: dict[str, str] = field(default_factory=dict)
    blobs: engine.Blobs = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    rest: Message | None = None


def take(step: Step, task: Task | None, person: Person, message: Message, mail: int | None) -> Moved | None:
    """Do what the lines of a mail about this case say; None when none of them moves anything.

    ``task``: the one whose mail it answers.  Raises Refused with the reason; then nothing was written.
    """
    words = step.desk.moves
    if words is None or step.desk.opening is None:
        return None
    filled = putright.filled(step, task, message) if task is not None else []
    found, rest = read_moves(step.desk.words, words, message.text, filled)
    if not found or is_automatic(message):
        return None
    _check(step, task, person, found)
    done = Moved()
    left = putright.without(message, rest)
    if task is not None:
        left = _put_right(step, task, left, person, mail, done)
    for move in found:  # what leaves the case first
        if move.what in ("split", "second"):
            _open_another(step, move, person.address, mail, done)
    for move in found:
        if move.what == "kind":
            _as_kind(step, move, person.address, mail, done)
        elif move.what == "join":
            _join(step, move, person.address, mail, done)
    if task is not None and step.file.state.status is CaseStatus.OPEN and putright.answers(step, task, person, left):
        done.rest = left
    return done


def _put_right(step: Step, task: Task, left: Message, person: Person, mail: int | None, done: Moved) -> Message:
    """Facts in the same mail are put right before the case goes on elsewhere."""
    right = putright.read(step, task, left)
    if right.doubts:
        raise Refused(putright.UNCLEAR, *(f"“{one_line(words, 120)}”？" for words in right.doubts))
    if right.changes:
        done.blobs += customer.correct(step, right.changes, by=person.address, message=mail)[1]
    return right.rest


# ------------------------------------------------------------------------------------------------------------ who may


def _check(step: Step, task: Task | None, person: Person, found: Sequence[Move]) -> None:
    file, staff = step.file, step.desk.staff()
    if file.state.status is not CaseStatus.OPEN:
        raise Refused("not_open")
    registers = task is not None and not file.spec(task).needs
    if not registers and not any(staff.has_role(person, role) for role in (*OWNERS, LEADER)):
        raise _refused(step, sentence("only those who register and serve a case may"))
    if staff.by_name(file.answers.get("accused", "")) == person:
        raise _refused(step, sentence("the person complained of may not"))
    if sum(move.what in ("kind", "join") for move in found) > 1:
        raise _refused(step, sentence("a case is joined or changes its kind once in a mail"))


def _refused(step: Step, english: str, /, **values: object) -> Refused:
    return Refused(UNDONE, worded(step.desk.notes.language, english, **values))


# ------------------------------------------------------------------------------------------------------ another case


def _open_another(step: Step, move: Move, by: str, mail: int | None, done: Moved) -> None:
    """Open a case for a part of the mail, or for a matter beside it; what is split off leaves this case."""
    words = step.desk.moves
    assert words is not None
    if not squeeze(move.words):
        raise _refused(step, sentence("say which part it is, or what it is about"))
    row, source, read = _source(step)
    said = _said_below(step, move)
    part = _part(step, source, move.words)
    kind = words.kind_in(move.words) or (_second_kind(step, read) if move.what == "second" else None)
    details = _of_part(read, part)
    subject = one_line(move.words, LONGEST_SUBJECT)
    new = NewCase(
        kind or step.file.case.kind, subject, source, row, details, [row], {name: (v, by) for name, v in said.items()}
    )
    case, blobs = open_case(step, new, by=by, message=mail)
    done.blobs += blobs
    done.cases.append(case)
    done.lines[_called(step, sentence("New case ({kind})"), case)] = f"{case.number}（{subject}）"
    step.journal(f"case.{move.what}", actor=by, message=mail, to=case.number, kind=case.kind.value)
    if move.what == "split":
        holds = {name: details.values(name) for name in _LEAVES} | {n: tuple(v.split("；")) for n, v in said.items()}
        done.blobs += _leave(step, holds, by, mail)


def _source(step: Step) -> tuple[int, Message, Details]:
    """The mail that opened the case, its row, and what is read in it."""
    opening = step.desk.opening
    assert opening is not None
    found = step.work.original_of_case(step.case_id)
    if found is None:
        raise _refused(step, sentence("there is no mail this case came from"))
    message = step.desk.decode(step.desk.vault.get(found[1]))
    return found[0], message, opening.read(message, step.now)


def _part(step: Step, source: Message, words: str) -> Details | None:
    """What is read in the clauses of the mail that these words quote, or whose numbers they name; None for none."""
    opening = step.desk.opening
    assert opening is not None
    named, said = _CODE.findall(words), squeeze(words)
    clauses = [
        clause
        for clause in _CLAUSE.findall(source.new_text[:20_000])
        if any(code in clause for code in named) or (len(said) >= 4 and said in squeeze(clause))
    ]
    if not clauses:
        return None
    text = "".join(clauses)
    return opening.read(replace(source, subject="", new_text=text, text=text, attachments=(), signature=""), step.now)


def _of_part(read: Details, part: Details | None) -> Details:
    """Who wrote is the mail's; what it is about is the part's alone, and blank where no part was found."""
    of_writer = [item for item in read.findings if item.field in _OF_THE_CUSTOMER]
    matter = [item for item in part.findings if item.field not in _OF_THE_CUSTOMER] if part else []
    findings = (*of_writer, *(item for item in matter if item.words))
    return replace(
        read, findings=findings, subkinds=part.subkinds if part else (), reasons=part.reasons if part else ()
    )


def _second_kind(step: Step, read: Details) -> Kind | None:
    """The other kind of thing the mail asks for, where it is read to ask for two."""
    procedures = step.desk.procedures().all
    served = {kind for procedure in procedures for kind in procedure.kinds} - {Kind.FOLLOWUP}
    others = [kind for kind, _ in read.kinds if kind is not step.file.case.kind and kind in served]
    return others[0] if others else None


def _said_below(step: Step, move: Move) -> dict[str, str]:
    """The facts in the labelled lines below a move."""
    words = step.desk.moves
    assert words is not None
    known = replace(putright.known(step), values={})
    names = [each.name for each in step.desk.staff().people]
    reading = Reading(step.desk.words, step.now, step.desk.zone, names)
    said = read_facts(reading, words, move.lines, known, {})
    if said.doubts:
        raise Refused(putright.UNCLEAR, *(f"“{one_line(item, 120)}”？" for item in said.doubts))
    return {name: corrections.SEPARATOR.join(values) for name, values in said.values.items()}


def _leave(step: Step, holds: Mapping[str, Sequence[str]], by: str, mail: int | None) -> engine.Blobs:
    """What was split off is no longer what this case is about, where it is about something else besides."""
    now, changes = putright.values_now(step), {}
    for name in _LEAVES:
        mine = [value for value in now.get(name, "").split(corrections.SEPARATOR) if value]
        left = tuple(value for value in mine if value not in holds.get(name, ()))
        if left and len(left) < len(mine):
            changes[name] = left
    return customer.correct(step, changes, by=by, message=mail)[1] if changes else []


# ------------------------------------------------------------------------------------------------------ another kind


def _as_kind(step: Step, move: Move, by: str, mail: int | None, done: Moved) -> None:
    """Let the case go on as one of another kind, under a number of that kind, with all that people said of it."""
    words, file = step.desk.moves, step.file
    assert words is not None
    kind = words.kind(move.words)
    if kind is None or kind is Kind.OTHER:
        called = "、".join(words.called().values())
        raise _refused(
            step,
            sentence("there is no kind “{words}”; kinds are: {called}"),
            called=called,
            words=one_line(move.words, 40),
        )
    if kind is file.case.kind:
        raise _refused(step, sentence("it is of this kind already"))
    row, source, read = _source(step)
    earlier = corrections.newest(step.work.corrections(step.case_id))
    said = {name: (item.value, item.actor) for name, item in earlier.items() if name in PRINTED}
    mails = step.work.mails_of(step.case_id)
    new = NewCase(kind, file.state.subject, source, row, read, mails, said)
    case, blobs = open_case(step, new, by=by, message=mail)
    done.blobs += blobs
    done.cases.append(case)
    done.lines[_called(step, sentence("Goes on as ({kind})"), case)] = case.number
    _end(step, case, worded(step.desk.notes.language, "goes on as {number}", number=case.number), by, mail)


# ------------------------------------------------------------------------------------------------------------- joined


def _join(step: Step, move: Move, by: str, mail: int | None, done: Moved) -> None:
    """Let the case go on as part of another: its mails, its facts, and what it alone knows."""
    other = _other(step, move)
    file, target = step.file, step.load(other)
    if target is None or target.file.state.status is not CaseStatus.OPEN:
        raise _refused(step, sentence("{number} is not open"), number=other.number)
    if other.customer.id != file.case.customer.id:
        _check_both_named(step, move, other)
    work = step.work
    alone = _known_here_alone(step, target)
    work.share_mails(other.id, work.mails_of(file.case.id))
    work.copy_findings(file.case.id, other.id)
    _end(step, other, worded(step.desk.notes.language, "joined to {number}", number=other.number), by, mail)
    if alone:
        done.blobs += customer.correct(target, alone, by=by, message=mail)[1]
    target.journal("case.joined", actor=by, message=mail, joined=file.case.number)
    work.change_case(other, step.now)
    work.touch(other.customer.id)
    done.cases.append(other)
    done.lines[worded(step.desk.notes.language, "Joined to")] = other.number


def _other(step: Step, move: Move) -> Case:
    opening = step.desk.opening
    assert opening is not None
    numbers = opening.case_numbers(move.words)
    cases = [case for number in numbers if (case := step.work.case_by_number(number))]
    others = {case.id: case for each in cases if (case := step.work.going_on(each)).id != step.case_id}
    if len(others) != 1:
        words = one_line(move.words, 60)
        raise _refused(step, sentence("“{words}” is not the number of one other case"), words=words)
    return next(iter(others.values()))


def _check_both_named(step: Step, move: Move, other: Case) -> None:
    """Two customers' cases are joined only by a word that names both of them."""
    said, both = squeeze(move.words), (step.file.case.customer, other.customer)
    if all((each.company and squeeze(each.company) in said) or squeeze(each.number) in said for each in both):
        return
    first, second = (f"{each.company or BLANK}（{each.number}）" for each in both)
    raise _refused(
        step,
        sentence(
            "they are cases of two customers, {first} and {second}; to join them name both behind the number: "
            "{number}, {one} and {two}"
        ),
        first=first,
        second=second,
        number=other.number,
        one=both[0].number,
        two=both[1].number,
    )


def _known_here_alone(step: Step, target: Step) -> dict[str, tuple[str, ...]]:
    mine, theirs = putright.values_now(step), putright.values_now(target)
    own = ("customer_company", "contact", "phone", "email", "address", "channel", "class1", "repeat_of")
    return {
        name: tuple(value.split(corrections.SEPARATOR))
        for name, value in mine.items()
        if value and not theirs.get(name) and name not in own
    }


# -------------------------------------------------------------------------------------------------------------- parts


def _end(step: Step, goes_on: Case, reason: str, by: str, mail: int | None) -> None:
    step.work.goes_on_as(step.case_id, goes_on.id)
    step.journal("case.moved", actor=by, message=mail, to=goes_on.number)
    engine.void(step, reason, by=by)


def _called(step: Step, english: str, case: Case) -> str:
    words = step.desk.moves
    kind = next((name for name, kind in words.kinds.items() if kind is case.kind), "") if words else ""
    language = step.desk.notes.language
    return worded(language, english, kind=case.kind.value if language == "en" else kind)
