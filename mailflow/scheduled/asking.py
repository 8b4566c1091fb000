"""What a mail says of the task it asks for, and what it carries: the record, the customer's mail, facts to weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.casework import (
    actions,
    notes,
    notices,
    priority,
    putright,
    report_times,
    reported,
    same_event,
    their_form,
)
from mailflow.casework.assign import why_excluded
from mailflow.casework.casefile import CaseFile
from mailflow.casework.said import wanted_of
from mailflow.casework.signed_again import changed_since
from mailflow.casework.signing import RETURNED
from mailflow.casework.step import Step
from mailflow.casework.their_form import TheirForm
from mailflow.decoding.passing_on import LeftOut, pass_on
from mailflow.decoding.programs import is_program
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Work
from mailflow.domain.tasks import IssuedRecord, Task
from mailflow.outgoing.compose import harmless, one_line
from mailflow.procedures.exceptions import EXCEPTED, excepted_task
from mailflow.procedures.model import INTERNAL_NOTE, FieldSpec, TaskSpec
from mailflow.procedures.outward import approved_field, outward
from mailflow.reading.answers.promises import find_internal, find_promises
from mailflow.sentences.catalogue import sentence, worded

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_SHOWN = 300  # signs of what a task quotes
MOST_WITHHELD = 8
MOST_LEFT = 12  # labels of a customer's form
MOST_FILES, MOST_BYTES = 20, 8_000_000  # of the customer's own files beside his mail

SEVERITY = "severity_judged"
_FACTS = (
    "duty_period", "duty_text", "customer_name", "order_no", "product", "batch_no", "qty_defect", "class2",
    "demand_words", "deadline", "repeat_of",
)  # fmt: skip

Facts = list[tuple[str, str]]
Paper = tuple[IssuedRecord, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of somebody in one task.

    ``before`` and ``after`` are facts of this task, to stand before and after those of the case; ``files`` its record.
    ``original``: the customer's mail is to be attached, ``own_files``: its files each for itself as well.
    """

    asked: notes.Asked
    details: Sequence[str]
    before: Facts
    after: Facts
    returned_reason: str
    files: Sequence[Attachment]
    original: bool
    own_files: bool


def request(step: Step, task: Task, paper: Paper | None, pdf: bytes, *, token: str = "") -> Request:
    """What is asked in a task, with its record (and the PDF of it) as it is to be signed now."""
    file, desk = step.file, step.desk
    spec, language = file.spec(task), desk.notes.language
    record = paper[0] if paper else None
    form = desk.form(record.form) if record else None
    names = (*spec.asks, *spec.may)
    wanted = [file.procedure.fields[name] for name in names]
    sent = outward(file.procedure.tasks, file.procedure.fields)
    approved = _approved(step, task)
    theirs = their_form.for_approver(step, spec, record)
    asked = notes.Asked(
        title=spec.title.of(language),
        what=wanted_of(spec),
        due=task.due_at,
        customer=file.case.customer.company,
        record_number=record.number if record else "",
        record_title=_title(record, form, language),
        cell_title=_cell(spec, form, language),
        token=token,
        fields=[(field.title.of(language), "/".join(field.shown(language))) for field in wanted],
        required={file.procedure.fields[name].title.of(language) for name in spec.asks},
        outward=[file.procedure.fields[name].title.of(language) for name in names if name in sent],
        note=_title_of(file, INTERNAL_NOTE, language),
        going_out=actions.preview(step, task.name, approved[1]) if approved else None,
        priority=file.state.priority,
    )
    return Request(
        asked=asked,
        details=[line for field in wanted for line in _meanings(field, language)],
        before=[
            *changed_since(step, task, record, language),
            *_exception(step, task, language),
            *(
                (_title_of(file, name, language), one_line(file.answers[name], MOST_SHOWN))
                for name in spec.shows
                if file.answers.get(name)
            ),
        ],
        after=[
            *putright.to_confirm(step, task),
            *_for_who_leads(step, task, language),
            *(_to_weigh(step, *approved, language) if approved else ()),
            *(_of_their_form(theirs, language) if theirs else ()),
        ],
        returned_reason=_returned(task, step.work) if RETURNED in file.answers else "",
        files=[*_record_files(paper, pdf), *([theirs.file] if theirs else ())],
        original="original" in (spec.attach or (approved and ("original",))),
        own_files="files" in spec.attach,
    )


def facts(step: Step) -> Facts:
    """What sums up the case."""
    language = step.desk.notes.language
    return [*_unproven(step, language), *_facts(step, language)]


def original(step: Step, *, files: bool) -> tuple[list[Attachment], Facts]:
    """The customer's mail as received, and what of it is not passed on: a complaint is passed on itself, not retold.

    Programs and macro files in it are named, with where the mail is kept whole.
    """
    language, found = step.desk.notes.language, step.work.original_of_case(step.case_id)
    if found is None:
        return [], []
    digest, titles = found[1], _titles(language)
    place = f"vault/{digest[:2]}/{digest[2:]}"

    def said(left: LeftOut) -> str:
        name = harmless(left.name, language, 60) or "?"
        return titles["withheld_file"].format(name=name, size=left.size, digest=left.digest[:16])

    content, left_out = pass_on(
        step.desk.vault.get(digest), lambda left: titles["withheld_note"].format(file=said(left), place=place)
    )
    told = [(titles["withheld"], said(left)) for left in left_out[:MOST_WITHHELD]]
    if len(left_out) > MOST_WITHHELD:
        told.append((titles["withheld"], f"+{len(left_out) - MOST_WITHHELD}"))
    if left_out:
        told.append((titles["kept_whole"], place))
        step.journal("original.withheld", count=len(left_out))
    name = f"{step.case_number}-original.eml"
    return [
        Attachment(name, name, "application/octet-stream", content),
        *(_files_of(step, digest) if files else ()),
    ], told


# ------------------------------------------------------------------------------------------------------------ parts


def _cell(spec: TaskSpec, form: FormSpec | None, language: str) -> str:
    """What the signature cell is called on the form; empty when nothing is to be signed."""
    if form is None or spec.done_by != "signature":
        return ""
    return (form.signers_en if language == "en" else form.signers).get(spec.sign, "")


def _record_files(paper: Paper | None, pdf: bytes) -> list[Attachment]:
    if paper is None:
        return []
    record, content = paper
    files = [Attachment(record.file_name, record.file_name, WORD_TYPE, content)]
    if pdf:
        name = f"{record.file_name.removesuffix('.docx')}.pdf"
        files.append(Attachment(name, name, "application/pdf", pdf))
    return files


def _title(record: IssuedRecord | None, form: FormSpec | None, language: str) -> str:
    if record is None:
        return ""
    return form.title_en if language == "en" and form and form.title_en else record.title


def _unproven(step: Step, language: str) -> list[tuple[str, str]]:
    """The writer's address where nothing but a company's name in his mail says whose it is: people must know that."""
    opened_by = step.file.case.opened_by
    contact = step.work.contact(opened_by) if opened_by else None
    if contact is None or not contact.claimed:
        return []
    return [(_titles(language)["claimed"], harmless(opened_by, language, 80))]


def _files_of(step: Step, digest: str) -> list[Attachment]:
    """The files of the customer's mail, each for itself, as received: no programs, no pictures of the letter's own.

    What would make the mail too large for most servers stays in the original alone.
    """
    found: list[Attachment] = []
    room = MOST_BYTES
    for file in step.desk.decode(step.desk.vault.get(digest)).attachments:
        if file.inline or file.size > room or is_program(file.content, (file.name, file.safe_name), file.type):
            continue
        room -= file.size
        found.append(replace(file, type="application/octet-stream", content_id=""))
    return found[:MOST_FILES]


def _facts(step: Step, language: str) -> list[tuple[str, str]]:
    file = step.file
    titles = _titles(language)
    facts = [(titles[name], str(file.state.intake.get(name, ""))) for name in _FACTS]
    reports = (titles["report"], report_times.shown(file.state.intake, language, step))
    severity = [(titles["severity"], _grade(file, language)), (titles["priority"], _priority(step, language))]
    if file.state.round > 1 and (words := file.answers.get("satisfied_words")):
        severity.append((titles["satisfied_words"], words))  # why it is worked on again
    told = [(titles["instructions"], file.answers.get("instructions", ""))]
    return [(title, value) for title, value in (*facts, reports, *severity, *told) if value and value != "/"]


def _exception(step: Step, task: Task, language: str) -> list[tuple[str, str]]:
    """For whom an exception is asked, and from what."""
    name = excepted_task(task.name)
    said = next((item.value for item in step.work.answers(step.case_id)
                 if item.task_id == task.id and item.field == EXCEPTED), "") if name else ""  # fmt: skip
    person, titles = step.desk.staff().by_address(said), _titles(language)
    if person is None:
        return []
    did = ", ".join(why_excluded(person, name, step.file, step.desk.staff(), language))
    words = titles["exception_words"].format(
        name=person.name, did=did, task=step.file.procedure.tasks[name].title.of(language)
    )
    return [(titles["exception"], words)]


def _for_who_leads(step: Step, task: Task, language: str) -> list[tuple[str, str]]:
    """Whoever serves the customer is shown the departments the matter concerns; whoever takes it in, which other case
    may be of the same event, why, and how they become one.
    """
    titles = _titles(language)
    rows = []
    if task.role in notices.OWNERS:
        rows.append((titles["concerned"], titles["and"].join(reported.concerned(step))))
    if task.role == same_event.ASKED:
        for number, words, target in step.file.state.intake.get(same_event.FIELD, ()):
            rows.append((f"{titles['same_event']} {number}", words))
            rows.append((titles["if_same"], titles["join"].format(number=target)))
    return rows


def _priority(step: Step, language: str) -> str:
    """How pressing it is, in the reader's language, with the words of the mails that say so."""
    grade = step.file.state.priority
    words = priority.words_for(step.case_id, grade, step.work)
    said = " ".join(f"“{harmless(each, language, 20)}”" for each in words)
    field = step.file.procedure.fields.get(priority.JUDGED)
    shown = dict(zip(field.choices, field.shown(language), strict=True)).get(grade, grade) if field else grade
    if grade not in (priority.TOP, priority.HIGH):
        return ""
    return worded(language, "{grade} (his words: {said})", grade=shown, said=said) if said else shown


def _meanings(field: FieldSpec, language: str) -> list[str]:
    """What the codes one may answer with stand for: a line for each letter."""
    lines: dict[str, list[str]] = {}
    for code, title in field.meanings.items():
        lines.setdefault(code[:1], []).append(f"{code} {title.of(language)}")
    return ["; ".join(line) if language == "en" else "；".join(line) for line in lines.values()]


def _grade(file: CaseFile, language: str) -> str:
    """The severity as it was judged, or else read, in the reader's language where the procedure says it."""
    field, read = file.procedure.fields.get(SEVERITY), file.answers.get(SEVERITY) or file.state.severity
    words = dict(zip(field.choices, field.shown(language), strict=True)) if field else {}
    return words.get(read, read)


def _approved(step: Step, task: Task) -> tuple[str, str] | tuple[()]:
    """The field and the words that this task lets go to the customer; nothing when it lets none go."""
    file = step.file
    field = approved_field(file.procedure.tasks, task.name)
    text = file.answers.get(field, "") if field in outward(file.procedure.tasks, file.procedure.fields) else ""
    return (field, text) if text else ()


def _to_weigh(step: Step, field: str, text: str, language: str) -> list[tuple[str, str]]:
    """What whoever lets words go must have seen: what they promise, what seems internal, what the writer added."""
    titles = _titles(language)
    found = find_promises(step.desk.words, text, now=step.now, zone=step.desk.zone)
    writers = {task.id for task in step.file.tasks.values() if field in step.file.spec(task).fills()}
    said = [
        item.value
        for item in step.work.answers(step.case_id)
        if item.field == INTERNAL_NOTE and item.task_id in writers
    ]
    return [
        *((titles["promise"], promise.words) for promise in found),
        *((titles["internal"], words) for words in find_internal(step.desk.words, text)),
        *((titles[INTERNAL_NOTE], words) for words in said[-1:]),
    ]


def _of_their_form(theirs: TheirForm, language: str) -> Facts:
    """His own form, which leaves filled in with the report, and what of it stays empty."""
    titles = _titles(language)
    told = [(titles["their_form"], harmless(theirs.file.name, language, 80))]
    shown = theirs.left[:MOST_LEFT]
    more = f" +{len(theirs.left) - len(shown)}" if len(theirs.left) > len(shown) else ""
    return [*told, (titles["form_left"], titles["and"].join(shown) + more)] if shown else told


def _title_of(file: CaseFile, name: str, language: str) -> str:
    field = file.procedure.fields.get(name)
    return field.title.of(language) if field else ""


def _returned(task: Task, work: Work) -> str:
    """Why this work came back, when it did: the reason was entered in the same moment in which the task began."""
    reasons = [item for item in work.answers(task.case_id) if item.field == RETURNED and item.at == task.opened_at]
    return reasons[-1].value if reasons else ""


_TITLES = {
    "exception": sentence("asked|Exception asked for"),
    "exception_words": sentence(
        "asked|{name} did “{did}” and so may not do “{task}”, and the staff list has nobody "
        "else. May it be? Please say why"
    ),
    "claimed": sentence(
        "asked|Written from (only names the customer, not confirmed; make sure before telling anything)"
    ),
    "duty_period": sentence("asked|Period"),
    "duty_text": sentence("asked|To be done"),
    "customer_name": sentence("asked|Customer"),
    "order_no": sentence("asked|Order"),
    "product": sentence("asked|Product"),
    "batch_no": sentence("asked|Batch"),
    "qty_defect": sentence("asked|Quantity"),
    "class2": sentence("asked|Trouble"),
    "demand_words": sentence("asked|Customer asks for"),
    "deadline": sentence("asked|Answer wanted"),
    "repeat_of": sentence("asked|A repeat?"),
    "report": sentence("asked|8D report wanted"),
    "severity": sentence("asked|Severity"),
    "priority": sentence("asked|Priority"),
    "concerned": sentence("asked|Departments concerned (by subject)"),
    "and": sentence("asked|, "),
    "same_event": sentence("asked|Perhaps the same event"),
    "if_same": sentence("asked|If it is the same"),
    "join": sentence("asked|write a line in your answer: “join: {number}”"),
    "promise": sentence("asked|Promised in it (for you to approve)"),
    "internal": sentence("asked|Seems meant for colleagues (may it go to the customer?)"),
    "internal_note": sentence("asked|The writer's internal note (not sent)"),
    "satisfied_words": sentence("asked|Customer's words"),
    "instructions": sentence("asked|Executive's instructions"),
    "their_form": sentence("asked|The customer's own form, filled in (leaves with the report; see the file)"),
    "form_left": sentence("asked|Not filled in on it (not known, or not clear where)"),
    "withheld": sentence("asked|Not passed on (program or macro file)"),
    "withheld_file": sentence("asked|{name} ({size} bytes, SHA-256 {digest}...)"),
    "withheld_note": sentence(
        "asked|[The attached {file} is a program or macro file and is not passed on. The "
        "whole mail is kept in the storage at {place}.]\r\n"
    ),
    "kept_whole": sentence("asked|The whole mail is kept at"),
}


def _titles(language: str) -> dict[str, str]:
    """What stands beside the facts in a mail that asks, by what they are."""
    return {key: worded(language, words) for key, words in _TITLES.items()}
