"""What a staff member's answer says about one task: the words of his mail and the form he returned, taken together.

What does not say it clearly is refused: nothing is guessed, and the sender is told what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from mailflow.casework import signing
from mailflow.casework.casefile import CaseFile
from mailflow.casework.issue import signed_on
from mailflow.casework.notes import Wanted
from mailflow.casework.places import asked_as
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step
from mailflow.decoding.html_text import coloured_lines, html_to_text
from mailflow.domain.model import Message
from mailflow.domain.tasks import Task
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.procedures.between import TEXT_TITLES
from mailflow.procedures.model import INTERNAL_NOTE, TaskSpec
from mailflow.reading.answers.points import of_one
from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.typed import Reading, is_blank, read_value
from mailflow.reading.answers.unlabelled import ENOUGH
from mailflow.reading.answers.verdicts import reason_start
from mailflow.reading.answers.words import squeeze
from mailflow.reading.matching.normalise import fold
from mailflow.records.returned import Returned, is_placeholder
from mailflow.sentences.catalogue import worded

CONSENT = "同意"
TELL_HOW = frozenset(
    {"ambiguous", "conditional", "correction_unclear", "fields_missing", "bad_value", "reason_missing", "unknown_staff"}
)
"""Refusals of what was written: how to write it is told with them."""
AUTOMATIC = "automatic"
"""Why a mail that only a machine wrote is refused: nobody is there to be told."""

LEFT_OPEN = frozenset({"open", "none"})
"""Why a field has no value though somebody wrote something: it is not known yet, or there is none."""
BESIDE_A_FILE = frozenset({"see_attachment", "only_received", "only_instructions", "comment", "not_understood"})
"""What words may be beside a good file: a cover note.  A condition, a denial or a question speaks against it."""

REMARK = "remark"
CONSENT_VERDICTS = ("agree", "signed")
_WHOLE = {"reason_missing": "reason_missing", "name_unknown": "unknown_staff"}


def said_about(
    step: Step, task: Task, person: Person, message: Message, *, returned: Returned | None = None, scanned: bool = False
) -> StaffAnswer:
    """What the answer says; its verdict is ``signed``, ``work``, ``return`` or ``transfer``.

    ``returned`` is the form that came with it, ``scanned``: the signed paper did.  Raises Refused.
    """
    file = step.file
    spec, fields = file.spec(task), field_specs(file, task)
    reading = reading_of(step)

    def read(text: str) -> StaffAnswer:
        sole, least = spec.prose or sole_of(file, task), 1 if spec.prose else ENOUGH
        text = of_one(reading, text, {title for field in fields.values() for title in field.titles})
        return read_staff_answer(reading, text, fields, receipt=spec.receipt, sole=sole, least=least)

    said = read(message.text)
    if said.verdict in CONSENT_VERDICTS:
        if is_automatic(message):
            raise Refused(AUTOMATIC)  # RFC 3834 section 5: no person agreed to anything
        if (shown := shown_otherwise(message)) and read(shown).verdict not in CONSENT_VERDICTS:
            raise Refused("ambiguous")
    if (why := _not_approved(step, task, said, message)) is not None:  # what is not approved is written anew
        return StaffAnswer(verdict="return", reason=why)
    said = _without_what_is_open(spec, said)
    if problem := _problem(step, task, said, has_file=returned is not None or scanned):
        raise problem
    if said.verdict in ("return", "transfer"):
        return said
    agrees = scanned or said.verdict in ("agree", "signed") or _instructs(step, spec, said, message)
    values = dict(said.values)
    if returned is not None:
        values = {**_typed(step, returned, task, reading), **values}
        agrees = agrees or _is_signed(step, returned, task, person, reading)
    if agrees and (only := _only_consent(file, task)):
        values = {only: CONSENT, **values}
    if spec.done_by == "signature" and not agrees:
        raise Refused("ambiguous")
    if spec.done_by != "signature" and not values:
        raise Refused("fields_missing", *(signing.title_of(step, name) for name in spec.asks))
    return StaffAnswer(verdict="signed" if agrees else "work", values=values, problems=said.problems)


def is_automatic(message: Message) -> bool:
    """Does the mail say that a machine wrote it (RFC 3834 section 5)?"""
    return message.header("auto-submitted").strip().lower()[:2] not in ("", "no")


def is_interpreted(step: Step, said: StaffAnswer, message: Message) -> bool:
    """Was a value taken from words that bear no label of its field, so that their writer should see what was made of
    them?  A bare consent is none."""
    text = "".join(message.new_text.split()).casefold()
    fields = step.file.procedure.fields
    return any(
        value != CONSENT
        and not any(
            _plain(title) in text for title in (fields[name].title.zh, fields[name].title.en, *fields[name].aliases)
        )
        for name, value in said.values.items()
    )


def unread(step: Step, said: StaffAnswer) -> list[str]:
    """The values of an answer that could not be read, each behind the title of its field."""
    return [f"{signing.title_of(step, item.field)}：{item.words}" for item in said.problems if item.field]


def not_kept(step: Step, wrong: Iterable[str]) -> dict[str, str]:
    """What is told of such values where the task is done without them, by title."""
    language, parts = step.desk.notes.language, (words.partition("：") for words in wrong)
    return {
        title: worded(language, "{value} (not understood, not kept)", value=one_line(words, 60))
        for title, _, words in parts
    }


def what_to_write(step: Step, refusal: Refused, task: Task) -> tuple[Wanted | Literal[""], list[tuple[str, str]]]:
    """What an answer that was refused should have said: what is wanted (as in the mail that asks), and the labels.

    Of the labels those it lacked or filled wrongly; when nothing could be read, all the task asks for.
    """
    spec, language = step.file.spec(task), step.desk.notes.language
    if refusal.reason not in TELL_HOW:
        return "", []
    named = {words.partition("：")[0] for words in refusal.details}
    titles = {name: signing.title_of(step, name) for name in (*spec.asks, *spec.may)}
    wanted = [name for name in titles if titles[name] in named] or [*spec.asks, *filter(None, [spec.prose])]
    shown = [
        (titles[name], "/".join(step.file.procedure.fields[name].shown(language))) for name in dict.fromkeys(wanted)
    ]
    return wanted_of(spec), shown


def wanted_of(spec: TaskSpec) -> Wanted:
    """What a task's mail asks for: to sign, to confirm a receipt, or to work."""
    if spec.done_by != "signature":
        return "work"
    return "receive" if spec.receipt else "sign"


def field_specs(file: CaseFile, task: Task) -> dict[str, FieldSpec]:
    """The fields a task asks for, as the reader of answers knows them."""
    spec = file.spec(task)
    found = {name: spec_for(file, name, required=name in spec.asks) for name in (*spec.asks, *spec.may)}
    asked = [name for name in spec.asks if found[name].outward]
    if len(asked) == 1:  # who writes 回复客户 in answer to a draft means the draft
        taken = {title for each in found.values() for title in each.titles}
        more = tuple(title for title in TEXT_TITLES if title not in taken)
        found[asked[0]] = replace(found[asked[0]], titles=(*found[asked[0]].titles, *more))
    remark = file.procedure.fields.get(REMARK)
    if INTERNAL_NOTE in found and REMARK not in found and remark is not None:
        note = found[INTERNAL_NOTE]  # below words for the customer a remark is for colleagues
        found[INTERNAL_NOTE] = replace(note, titles=(*note.titles, remark.title.zh, remark.title.en))
    return found


def spec_for(file: CaseFile, name: str, *, required: bool = False) -> FieldSpec:
    """A field of the case's procedure, as the reader of answers knows it."""
    item = file.procedure.fields[name]
    return FieldSpec(
        name=name, titles=(item.title.zh, item.title.en, *item.aliases), type=item.type, choices=item.choices,
        choices_en=item.choices_en, outward=item.to_customer, required=required,
        meanings=tuple((code, word) for code, title in item.meanings.items() for word in (title.zh, title.en)),
    )  # fmt: skip


def shown_otherwise(message: Message) -> str:
    """What a mail's HTML shows, where its plain text is another reading of it (RFC 2046 section 5.1.4): most programs
    show the HTML, so it must say the same.  Empty when there is none, or when it is part of the text anyway.
    """
    shown = coloured_lines(html_to_text(message.html))[0] if message.html else ""
    return "" if _plain(shown) in _plain(message.text) else shown


def reading_of(step: Step) -> Reading:
    """What answers of this moment are read with."""
    names = [each.name for each in step.desk.staff().people]
    return Reading(step.desk.words, step.now, step.desk.zone, names)


def sole_of(file: CaseFile, task: Task) -> str:
    """The one field a task asks for when words without a label may be it: a text, or somebody's name."""
    asks = file.spec(task).asks
    return asks[0] if len(asks) == 1 and file.procedure.fields[asks[0]].type in ("text", "person") else ""


def not_approved(file: CaseFile, task: Task, values: Mapping[str, str]) -> bool:
    """Do these values refuse the words for the customer that a task approves?  Then they are written anew."""
    name = _only_consent(file, task) if file.spec(task).approves else ""
    return bool(name) and values.get(name, CONSENT) != CONSENT


# ------------------------------------------------------------------------------------------------------------ parts


def _without_what_is_open(spec: TaskSpec, said: StaffAnswer) -> StaffAnswer:
    """The answer without what it leaves open of fields that may stay blank: 赔偿金额：无, 重复投诉：不清楚."""
    kept = [item for item in said.problems if item.code not in LEFT_OPEN or item.field in spec.asks]
    if len(kept) == len(said.problems):
        return said
    nothing_else = said.verdict == "unclear" and not kept and not said.values
    return replace(said, problems=tuple(kept), verdict="nothing" if nothing_else else said.verdict)


def _instructs(step: Step, spec: TaskSpec, said: StaffAnswer, message: Message) -> bool:
    """Does whoever is told of something write his instructions under their label?  Then he has seen it."""
    is_labelled = bool(spec.prose) and not is_interpreted(step, said, message)
    return spec.receipt and is_labelled and said.verdict == "work" and spec.prose in said.values


def _problem(step: Step, task: Task, said: StaffAnswer, *, has_file: bool) -> Refused | None:
    """Why an answer cannot be used, in the word that says what to do about it; None when it can.

    Of work what was understood is kept: then what is wrong beside it is no reason.
    """
    codes = {item.code for item in said.problems if not item.field}
    if AUTOMATIC in codes:
        return Refused(AUTOMATIC)
    for code in sorted(codes & _WHOLE.keys()):
        return Refused(_WHOLE[code], said.to)
    works = step.file.spec(task).done_by != "signature"
    if works and said.verdict == "work" and said.values and not codes:
        return None
    wrong = unread(step, said)
    if wrong and not codes:
        return Refused("bad_value", *wrong)
    if has_file and codes and codes <= BESIDE_A_FILE and not _speaks_against(step, said):
        return None
    if said.agrees and codes == {"conditional"} and not works:
        return Refused("conditional", *_not_understood(said))
    if said.verdict == "unclear" or codes:
        return Refused("ambiguous", *wrong, *_not_understood(said))
    return None


def _speaks_against(step: Step, said: StaffAnswer) -> bool:
    """Do the words beside a file say that something is wrong with it?"""
    trouble = step.desk.words["trouble"]
    return any(trouble.find(squeeze(item.words)) for item in said.problems if item.code != "see_attachment")


def _not_understood(said: StaffAnswer) -> list[str]:
    """The words nobody could read, quoted, so that their writer need not look for them."""
    quoted = [item.words for item in said.problems if not item.field and item.words.strip()]
    return [f"“{one_line(words, 80)}”" for words in dict.fromkeys(quoted)]


def _typed(step: Step, returned: Returned, task: Task, reading: Reading) -> dict[str, str]:
    """What was typed into the fields a task asks for, in its normal form.  Nobody may change the other fields."""
    wanted = field_specs(step.file, task)
    record = step.work.issued_record(task.record)
    printed = record.fields.get("answer") if record else None
    before = printed if isinstance(printed, dict) else {}
    values: dict[str, str] = {}
    wrong: list[str] = []
    for place, words in _filled(returned, reading):
        if _plain(words) == _plain(str(before.get(place, ""))):
            continue
        name = asked_as(place, wanted)
        if name not in wanted:
            raise Refused("altered_form", f"{signing.title_of(step, name)}：{words[:80]}")
        value, problem = read_value(reading, wanted[name], words)
        if problem:
            wrong.append(f"{signing.title_of(step, name)}：{words[:80]}")
        values[name] = value
    if wrong:
        raise Refused("bad_value", *wrong)
    return values


def _filled(returned: Returned, reading: Reading) -> Iterator[tuple[str, str]]:
    for name, words in returned.answers.items():
        if not (is_placeholder(words) or is_blank(reading.words, words)):
            yield name, words.strip()


def _is_signed(step: Step, returned: Returned, task: Task, person: Person, reading: Reading) -> bool:
    """Did the person type a name into the cell?  One that stood there, or a colleague's, is not his.

    Nor is one with words that could not stand beside an agreement: 代白露, 白露未签.
    """
    cell = step.file.spec(task).sign
    there = _printed(step, task, cell)
    words = "；".join(part for part in returned.signatures.get(cell, "").split("；") if _plain(part) not in there)
    typed = _plain(words)
    mine = [_plain(name) for name in (person.name, person.english_name) if name]
    own = [part for part in words.split("；") if any(name in _plain(part) for name in mine)]
    if not typed or not _stands_beside_consent(reading, "\n".join(own) or words, person):
        return False
    if own:
        return True
    others = {_plain(each.name) for each in step.desk.staff().people}
    return not there and not any(name in typed for name in others)


def _printed(step: Step, task: Task, cell: str) -> frozenset[str]:
    """The signatures that stand in a cell as it is printed."""
    record = step.work.issued_record(task.record)
    if record is None:
        return frozenset()
    given = signed_on(step, record)
    words = (given.words(item, record.form, record.revision, step.desk) for item in given.standing if item.cell == cell)
    return frozenset(_plain(each) for each in words)


def _stands_beside_consent(reading: Reading, words: str, person: Person) -> bool:
    if person.english_name:  # the reader of answers knows the other names
        words = re.sub(r"\s*".join(map(re.escape, _plain(person.english_name))), person.name, words)
    return read_staff_answer(reading, f"{CONSENT}\n{words}", {}).verdict == "agree"


def _only_consent(file: CaseFile, task: Task) -> str:
    """The one field of a task that is a consent, so that a bare "agreed" answers it; otherwise empty."""
    consents = [name for name in file.spec(task).asks if CONSENT in file.procedure.fields[name].choices]
    return consents[0] if len(consents) == 1 else ""


def _not_approved(step: Step, task: Task, said: StaffAnswer, message: Message) -> str | None:
    """The words beside a 不同意 in the field by which words for a customer are approved; None when it is not there."""
    name = _only_consent(step.file, task) if step.file.spec(task).approves else ""
    if not name:
        return None
    title, others = _plain(signing.title_of(step, name)), step.file.procedure.fields[name].choices
    written = [said.values.get(name, ""), *(item.words for item in said.problems if item.field == name)]
    found = [(words, each) for words in written for each in others if each != CONSENT and words.startswith(each)]
    if not found:
        return None
    ((words, choice), *_) = found
    lines = [line.strip() for line in message.new_text.splitlines() if title not in _plain(line)]
    beside = [line[reason_start(fold(line), 0) :] for line in lines]
    return "\n".join(filter(None, [words.removeprefix(choice).strip(" ，,。；;：:"), *beside]))


def _plain(words: str) -> str:
    return "".join(words.split()).casefold()
