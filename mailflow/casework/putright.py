"""Whoever registers a case puts right what was read: in words of his answer, or in the Word file he sends back.

A correction is a fact of the case with the person and the mail it came in; the records that print it get a new version.
What is not said plainly changes nothing: its writer is asked, with what was understood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailflow.casework import corrections, customer, unsure
from mailflow.casework.casefile import CaseFile
from mailflow.casework.corrections import CHOICES, SEPARATOR, Corrected
from mailflow.casework.said import field_specs, is_automatic, said_about, shown_otherwise
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import FIELDS, Message
from mailflow.domain.tasks import CaseStatus, IssuedRecord, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.procedures.outward import outward
from mailflow.reading.answers import labelled
from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.facts import Known, read_facts
from mailflow.reading.answers.move_words import MoveWords
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import squeeze
from mailflow.reading.matching.normalise import fold
from mailflow.reading.review.doubts import SINGLE
from mailflow.records.changed_cells import changed_cells
from mailflow.records.clean import BLANK
from mailflow.records.registration import PRINTED
from mailflow.records.returned import altered
from mailflow.sentences.catalogue import worded

Cells = Sequence[tuple[str, str]]
"""Cells of a form that were changed in Word: what each is called, and what stands in it now."""
NO_CELLS: Cells = ()

UNCLEAR = "correction_unclear"
"""Why a correction is refused that does not say plainly what is right."""


@dataclass(frozen=True, slots=True)
class PutRight:
    """What an answer says of the facts: ``changes`` by field, ``rest`` the mail without these words.

    ``plain``: every value stood behind its label, or in its cell, so that a signature beside it stands for it.
    ``confirms``: what was asked is right.
    """

    changes: Mapping[str, Sequence[str]]
    rest: Message
    doubts: Sequence[str] = ()
    plain: bool = True
    confirms: bool = False
    titles: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def said_something(self) -> bool:
        """Does the answer say anything of the facts?"""
        return bool(self.changes or self.confirms)

    def called(self) -> dict[str, Sequence[str]]:
        """The changes by what people call the fields."""
        return {self.titles.get(name, (name,))[0]: values for name, values in self.changes.items()}


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken of an answer: ``task`` as it is after it, ``rest`` what is left to be read.

    ``only``: nothing else counts in this answer; ``shown``: its writer sees what was made of his words in a new mail
    that asks him.  ``lines`` tell him the facts that were put right; ``done`` is one of :data:`.paper.DONE`.
    """

    task: Task
    rest: Message
    only: bool = False
    shown: bool = False
    done: str = "corrected"
    lines: Mapping[str, str] = field(default_factory=dict)
    blobs: Sequence[bytes] = ()


def may_correct(file: CaseFile, task: Task) -> bool:
    """Is this a task in which a case is registered: nothing comes before it, none of its words leave the house?"""
    spec = file.spec(task)
    if spec.needs or spec.done_by not in ("signature", "reply") or file.state.status is not CaseStatus.OPEN:
        return False
    return not outward(file.procedure.tasks, file.procedure.fields) & {*spec.asks, *spec.may}


def read(step: Step, task: Task, message: Message, cells: Cells = NO_CELLS) -> PutRight:
    """What the words of an answer, and the cells changed in its Word file, say of the facts.

    Nothing where its task is not one to correct them in.  Words and cells that differ are a doubt.
    """
    words = step.desk.moves
    if words is None or not may_correct(step.file, task) or is_automatic(message):
        return PutRight({}, message)
    names = [each.name for each in step.desk.staff().people]
    reading = Reading(step.desk.words, step.now, step.desk.zone, names)
    facts, fields = known(step), field_specs(step.file, task)
    own = {squeeze(title) for spec in fields.values() for title in spec.titles}
    lines = [f"{title}：{value or BLANK}" for title, value in cells if title in own]
    message = _with(message, lines)
    said = read_facts(reading, words, message.text, facts, fields)
    in_cells = "\n".join(f"{title}：{_typed(words, value)}" for title, value in cells if title not in own)
    typed = read_facts(reading, words, in_cells, facts, {})
    both = [name for name in said.values if typed.values.get(name, said.values[name]) != said.values[name]]
    doubts = [*said.doubts, *typed.doubts, *(facts.titles[name][0] for name in both)]
    rest = message if said.rest == message.text else without(message, said.rest)
    asked = bool(unsure.questions(step)) if said.right else False
    changes = {**typed.values, **said.values}
    return PutRight(changes, rest, doubts, said.labelled, asked, facts.titles)


def known(step: Step) -> Known:
    """The facts one may put right, as the records of the case and people call them, and what each holds now."""
    words, titles = step.desk.moves, {}
    assert words is not None
    forms = [form for code in step.file.records if (form := step.desk.form(code))]
    for name, printed in PRINTED.items():
        called = (form.fields[printed] for form in forms if printed in form.fields)
        titles[name] = tuple(dict.fromkeys((*called, *words.facts.get(name, ()))))
    return Known({name: found for name, found in titles.items() if found}, values_now(step), CHOICES)


def values_now(step: Step) -> dict[str, str]:
    """What each fact of the case holds now, several values joined by ``；``."""
    said = corrections.newest(step.work.corrections(step.case_id))
    found = {}
    for name in PRINTED:
        if name in said:
            found[name] = said[name].value
        elif name in FIELDS:
            found[name] = SEPARATOR.join(step.work.found_values(step.case_id, name))
        else:
            printed = step.file.state.intake.get(PRINTED[name], "")
            found[name] = SEPARATOR.join(printed) if isinstance(printed, list) else str(printed).strip(BLANK)
    return found


def take(step: Step, task: Task, person: Person, message: Message, mail: int | None, cells: Cells = NO_CELLS) -> Taken:
    """Write what an answer puts right, before it is read as an answer to its task.

    A signature beside it counts when every value stood behind its label or in its cell; else what was made of the words
    is shown first, in the new version he is asked to sign.  Raises Refused where something was not clear.
    """
    right = read(step, task, message, cells)
    signs = answers(step, task, person, right.rest)
    if right.doubts and not (signs and not right.said_something):
        raise Refused(UNCLEAR, *_understood(right))
    if not right.said_something:
        return Taken(task, message)
    changes = {name: tuple(values) for name, values in right.changes.items()}
    if right.confirms:
        changes = {**unsure.values_of(step), **changes}
    titles = known(step).titles
    written, blobs = customer.correct(step, changes, by=person.address, message=mail)
    now = step.file.tasks.get(task.name, task)
    only = task.status is not TaskStatus.OPEN or not signs or not right.plain
    lines = _lines(step, written, titles)
    if not signs:
        lines |= _left_out(step, task, right.rest)
    done = "corrected" if written else "confirmed"
    return Taken(now, right.rest, only, now.asked_at is None, done, lines, blobs)


def confirm(step: Step, task: Task, *, by: str, message: int | None) -> None:
    """Whoever signs the registration says that what was in doubt is right."""
    if may_correct(step.file, task) and (values := unsure.values_of(step)):
        customer.correct(step, values, by=by, message=message)


def cells_of(turn: Turn, task: Task, record: IssuedRecord, issued: bytes, returned: bytes) -> Cells:
    """The printed cells that whoever registers the case changed in Word; nothing when he changed none.

    Raises Refused when anything else was changed, or when it is not for him to change.
    """
    changed = altered(issued, returned, turn.desk.notes.language)
    if not changed:
        return NO_CELLS
    step = turn.load(turn.work.case(task.case_id))
    if step is not None and turn.desk.moves is not None and may_correct(step.file, task):
        own = [title for spec in field_specs(step.file, task).values() for title in spec.titles]
        titles = [*own, *(title for names in known(step).titles.values() for title in names)]
        found = changed_cells(issued, returned, titles)
        if found is not None:
            return found
    raise Refused("altered_form", record.number, *changed[:3])


def filled(step: Step, task: Task, message: Message) -> list[tuple[int, int]]:
    """Where the text of an answer fills a field of its task with words of any kind."""
    words = without_quoted_lines(fold(own_words(step.desk.words, message.text)))
    found = labelled.find(words, field_specs(step.file, task), lambda line: False)
    return [(item.start, item.end) for item in found if item.field.type == "text"]


def to_confirm(step: Step, task: Task) -> list[tuple[str, str]]:
    """What the task that registers the case asks to be confirmed: field, value and the words it was read from."""
    if step.desk.moves is None or not may_correct(step.file, task):
        return []
    language = step.desk.notes.language
    english = language == "en"
    titles = known(step).titles
    found = []
    for item in unsure.questions(step):
        names = titles.get(item.field, (item.field,))
        title = next((name for name in names if name.isascii()), names[0]) if english else names[0]
        between = worded(language, " or ") if item.field in SINGLE else SEPARATOR
        values = between.join(one_line(value, 60) for value in item.doubtful[:3])
        quoted = "“" + "”“".join(item.words[:3]) + "”"
        words = worded(language, "{values}? (read from {quoted})", values=values, quoted=quoted)
        found.append((worded(language, "To confirm, {title}", title=title), words))
    put_right = worded(language, "add a line to your answer for each, such as “{line}”", line=_example(titles, english))
    return [*found, (worded(language, "If something of this is wrong"), put_right)]


# ------------------------------------------------------------------------------------------------------------ parts


def answers(step: Step, task: Task, person: Person, rest: Message) -> bool:
    """Does what is left of an answer say plainly what becomes of its task?"""
    try:
        said_about(step, task, person, rest)
    except Refused:
        return False
    return True


def _example(titles: Mapping[str, Sequence[str]], english: bool) -> str:
    """The line that would put the quantity of goods in trouble right, as this form calls it."""
    names = titles.get("quantity", ("quantity",))
    return f"{next((name for name in names if name.isascii()), names[0])}: 15 pcs" if english else f"{names[0]}：15件"


def _understood(right: PutRight) -> list[str]:
    """What was not clear, and what was understood beside it."""
    clear = [f"{name}：{SEPARATOR.join(values) or BLANK}" for name, values in right.called().items()]
    return [f"“{one_line(words, 120)}”？" for words in right.doubts] + clear


def _lines(step: Step, written: Sequence[Corrected], titles: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What was put right, as its writer is told it: the title of each field, what it is now and what it was."""
    language = step.desk.notes.language
    english = language == "en"
    found = {}
    for item in written:
        before, after = item.before or BLANK, item.after or BLANK
        names = titles.get(item.field, (item.field,))
        title = next((name for name in names if name.isascii()), names[0]) if english else names[0]
        found[title] = worded(language, "{after} (was: {before})", after=after, before=before)
    return found


def _left_out(step: Step, task: Task, rest: Message) -> dict[str, str]:
    """The lines that belong to a signature and came without it: they do not count, and their writer is told so."""
    kept = worded(step.desk.notes.language, "{} (not kept: add it when you sign)")
    words = without_quoted_lines(fold(own_words(step.desk.words, rest.text)))
    found = labelled.find(words, field_specs(step.file, task), lambda line: False)
    said = {item.label: one_line(words[item.value_start : item.end].strip(), 60) for item in found}
    return {label: kept.format(value) for label, value in said.items() if value}


def without(message: Message, rest: str) -> Message:
    """The mail with this text, which is its own without what was read before: what is left answers the task.

    HTML that says the same is left out with it; other HTML stays, to be compared.
    """
    html = message.html if shown_otherwise(message) else ""
    return replace(message, text=rest, new_text=_blank(message.new_text, message.text, rest), html=html)


def _with(message: Message, lines: Sequence[str]) -> Message:
    """The mail with these lines above its words."""
    if not lines:
        return message
    above = "\n".join([*lines, ""])
    html = message.html if shown_otherwise(message) else ""
    return replace(message, text=f"{above}{message.text}", new_text=f"{above}{message.new_text}", html=html)


def _typed(words: MoveWords, value: str) -> str:
    """What stands in a cell; that a person emptied it says that the mail does not hold it."""
    return value if value.strip(f" {BLANK}") else words.nothing_word


def _blank(new_text: str, text: str, rest: str) -> str:
    at = text.find(new_text)
    return rest[at : at + len(new_text)] if at >= 0 else rest
