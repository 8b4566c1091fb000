"""What a colleague says in any answer about a case besides the answer: a word to the customer, a note for colleagues.

``回复客户：…`` is an interim word: another colleague lets it go before it leaves, as the procedure has it for letters.
``备注：…`` stays with the case and never leaves.  Both stand whatever becomes of the rest of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.casework import engine, notes, putright, signing, speaking
from mailflow.casework.answered import thread
from mailflow.casework.said import field_specs, is_automatic, reading_of
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import OWN, Case, Message
from mailflow.domain.tasks import CaseStatus, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.outgoing.compose import bare_subject, one_line
from mailflow.procedures import between
from mailflow.procedures.model import INTERNAL_NOTE
from mailflow.reading.answers import labelled
from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.verdicts import is_verdict_line
from mailflow.reading.answers.words import squeeze
from mailflow.reading.matching.normalise import fold
from mailflow.sentences.catalogue import worded

TO_CUSTOMER = "word_to_customer"
NOTED = "noted"
"""What an answer did that says nothing but such things."""

_MARK = re.compile(r"\[([^\[\]\s]{1,40})\]")

Fields = Mapping[str, FieldSpec]


@dataclass(frozen=True, slots=True)
class Aside:
    """What was said besides: lines for its writer, the mail without it, the files of records made on the way.

    ``alone``: the mail says nothing else.
    """

    rest: Message
    alone: bool
    lines: Mapping[str, str] = field(default_factory=dict)
    blobs: Sequence[bytes] = ()

    @property
    def counted(self) -> notes.Counted:
        """What its writer is told."""
        return notes.Counted(NOTED, "", taken=[*self.lines.items()])


def take(step: Step, task: Task | None, person: Person, message: Message, mail: int, own: Fields) -> Aside | None:
    """Do what a mail says besides its answer; None when it says nothing of the kind.

    ``own`` are the fields of the tasks it answers: what bears one of their names belongs to them.  Raises Refused where
    words for the customer are not clear, or the case is closed; then nothing was written.
    """
    if is_automatic(message):
        return None
    reading, wanted = reading_of(step), _wanted(own)
    if step.file.case.kind in OWN:  # it has no customer
        wanted.pop(TO_CUSTOMER, None)
    fields, body = {**own, **wanted}, own_words(step.desk.words, message.text)
    folded = without_quoted_lines(fold(body))
    lines = labelled.find(folded, fields, lambda line: is_verdict_line(step.desk.words, line, reading.names))
    found = [item for item in lines if item.field.name in wanted and body[item.value_start : item.end].strip()]
    if not found:
        return None
    read = read_staff_answer(reading, message.text, fields)
    said = {name: value for name, value in read.values.items() if name in wanted}
    doubts = [f"“{one_line(item.words, 120)}”" for item in read.problems if item.field in wanted]
    rest = message.text
    for item in found:
        rest = blank_out(rest, item.start, item.end)
    if not doubts and _may_change(step, said.get(INTERNAL_NOTE, ""), rest):
        doubts.append(f"“{one_line(said[INTERNAL_NOTE], 120)}”")
    if doubts:
        raise Refused("ambiguous", *doubts)
    if not said:
        return None
    if step.file.state.status is not CaseStatus.OPEN:
        raise Refused("not_open")
    told, blobs = _write(step, task, person, mail, said)
    left = putright.without(message, rest)
    alone = read_staff_answer(reading_of(step), rest, own).verdict == "nothing"
    return Aside(left, alone, told, blobs)


def case_named(turn: Turn, message: Message) -> tuple[Case | None, bool]:
    """The case a colleague's mail is about that answers no task: by its thread, else by the number in its subject.

    And whether its thread says so: nobody else knows the Message-IDs of our mails.
    """
    for mail_id in thread(message):
        found = turn.work.cases_of_mails([mail_id])
        if found:
            return (turn.work.going_on(found[0]) if len(found) == 1 else None), True
    found = [case for mark in _MARK.findall(message.subject)[:3] if (case := turn.work.case_by_number(mark))]
    return (turn.work.going_on(found[0]) if len(found) == 1 else None), False


def tasks_of(step: Step, person: Person) -> list[Task]:
    """The open tasks of a case this person was asked for."""
    mine = (task for task in step.file.tasks.values() if task.person == person.address and task.asked_at)
    return [task for task in mine if task.status is TaskStatus.OPEN]


def is_an_answer(step: Step, tasks: Sequence[Task], message: Message, *, in_thread: bool) -> bool:
    """Does a reply to us alone say what one of these tasks asks for, though nothing in it says which?

    In one of our threads 收到 is no more than that: a notice was read.
    """
    to_us = all(step.desk.is_ours(each) for each in (*message.to, *message.cc))
    if not to_us or is_automatic(message) or bare_subject(message.subject) == message.subject.strip():
        return False
    for task in tasks:
        receipt = step.file.spec(task).receipt and not in_thread
        said = read_staff_answer(reading_of(step), message.new_text, field_specs(step.file, task), receipt=receipt)
        if said.verdict not in ("nothing", "unclear") or said.agrees:
            return True
    return False


# ------------------------------------------------------------------------------------------------------------ parts


def _wanted(own: Fields) -> dict[str, FieldSpec]:
    """The names of what may be said besides, without those the tasks themselves have for their own."""
    taken = {squeeze(title) for spec in own.values() for title in spec.titles}
    outward = any(spec.outward for spec in own.values())
    titles = {INTERNAL_NOTE: between.NOTE_TITLES} | ({} if outward else {TO_CUSTOMER: between.TEXT_TITLES})
    free = {name: tuple(each for each in words if squeeze(each) not in taken) for name, words in titles.items()}
    if any(spec.name == INTERNAL_NOTE for spec in own.values()):
        free.pop(INTERNAL_NOTE)  # the task has a place for it
    return {name: FieldSpec(name, words, outward=name == TO_CUSTOMER) for name, words in free.items() if words}


def _may_change(step: Step, note: str, rest: str) -> bool:
    """Does a note beside an agreement hold a condition, a denial or a "later"?  It may be about what is agreed to."""
    words = step.desk.words
    agrees = any(words[group].find(squeeze(rest)) for group in ("agree", "signed"))
    return bool(note) and agrees and any(words[each].find(squeeze(note)) for each in ("condition", "later", "negation"))


def _write(
    step: Step, task: Task | None, person: Person, mail: int, said: Mapping[str, str]
) -> tuple[dict[str, str], engine.Blobs]:
    language, told, blobs = step.desk.notes.language, dict[str, str](), engine.Blobs()
    if note := said.get(INTERNAL_NOTE):
        kept_with = task or next(iter(step.file.tasks.values()), None)
        if kept_with is None:
            raise Refused("not_open")
        engine.answer(step, kept_with, {INTERNAL_NOTE: note}, by=person.address, message=mail)
        step.journal("case.noted", actor=person.address, message=mail)
        told[worded(language, "Note for colleagues (never sent)")] = note
    if words := said.get(TO_CUSTOMER):
        blobs += _word(step, person, mail, words)
        told[worded(language, "Words to the customer (sent when approved)")] = words
    return told, blobs


def _word(step: Step, person: Person, mail: int, words: str) -> engine.Blobs:
    """The word is written: whoever may approve it is asked; where one is due already, it is that one."""
    accused = step.desk.staff().by_name(step.file.answers.get("accused", ""))
    if accused == person:
        raise Refused("not_allowed", person.name)
    task, blobs = speaking.is_due(step), engine.Blobs()
    if task is None:
        task, blobs = speaking.open_word(step, between.ANYWAY, mail)
    if task is None:
        raise Refused("not_open")
    text = between.text_field(between.number_of(task.name))
    return blobs + signing.do_work(step, task, person, {text: words}, mail)
