"""What stands in the fields of a case's records: what the mail said, what people answered, and nothing else.

The first mail fills the fields of the registration form once (``intake``); every other form takes its customer,
goods and trouble from there.  What people are asked for comes from their answers; what nobody said stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.photos import noted
from mailflow.casework.places import ALIASES, OF_EACH_FORM, answer_on
from mailflow.casework.step import Step
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind
from mailflow.domain.picture_ports import PICTURES
from mailflow.domain.tasks import Task, TaskStatus
from mailflow.outgoing.compose import bare_subject
from mailflow.outgoing.greeting import ADDRESSEE, greeted
from mailflow.outgoing.templates import day_words
from mailflow.procedures.exceptions import WORDS, exception_of
from mailflow.records.clean import BLANK, short
from mailflow.sentences.catalogue import worded

SYSTEM = frozenset({"record_no", "qr", "sig", "issued_at"})
"""Filled when a record is rendered, not kept with its values."""

END_REASON = "end_reason"
CAPA = "JL-8.5-01"
SOURCE = "capa_source"
ANSWER = "answer_text"
ORAL = "oral"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d")
_ORDER_KINDS = {Kind.INQUIRY: "询价", Kind.RFQ: "询价", Kind.ORDER: "订单", Kind.ORDER_CHANGE: "更改"}

READ = frozenset({"customer_ref"})
"""Fields people fill in that the mail may have told already: facts of the customer's."""

KEPT = frozenset({"issued_on", "letter_date", "received_on", "company_contact"})
"""Computed fields that stay as they were first printed, whatever the day or the letterhead is now."""


def printed_fields(step: Step, spec: FormSpec, previous: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of every declared field, without those of :data:`SYSTEM`; ``answer`` holds what people fill in.

    ``previous`` are the values of the version before: the day a paper was written stays that day.
    """
    file = step.file
    columns = {name.partition(".")[0] for name in spec.fields if "." in name}
    before = {name: value for name, value in (previous or {}).items() if name in KEPT and value}
    if (previous or {}).get("answer", {}).get(ANSWER) != file.answers.get(ANSWER):
        before.pop("letter_date", None)  # the day of a letter is the day its words were written
    computed = (
        _computed(step)
        | {"exceptions": _exceptions(step, spec)}
        | (_letter(step, spec) if _is_letter(spec) else {})
        | before
    )
    values: dict[str, Any] = {}

    def said(name: str) -> str:
        return answer_on(file, spec, name, lambda code, field: field in _controls(step, code))

    for name in spec.fields:
        if "." in name or name in SYSTEM:
            continue
        known = file.state.intake.get(name)
        answered = said(name) or said(ALIASES.get(name, ""))
        if answered:
            values[name] = answered.split("、") if isinstance(known, list) else answered
        elif name == PICTURES:
            photos = noted(step.work.pictures_of(file.case.id), step.desk.zone)
            if photos:  # a record without any reads as one from before there were any
                values[name] = photos
        elif name in columns:
            values[name] = known if isinstance(known, list) else _items(spec, name, file)
        else:
            values[name] = computed.get(name, "" if known is None else known)
    if END_REASON in file.answers and "result" in values:
        values["result"] = "；".join(filter(None, (str(values["result"]), file.answers[END_REASON])))
    if spec.answers:
        typed = {name: said(name) or (_read(file, name) if name in READ else "") for name in spec.answers}
        if repeats_answer(spec) and not _is_answered(file):
            typed[ANSWER] = ""  # a draft is nobody's answer yet
        printed = (previous or {}).get("answer", {})
        values["answer"] = {
            name: _moment(value, printed.get(name, "")) if _means(name, spec, file) else ""
            for name, value in typed.items()
        }
    return values


def _read(file: CaseFile, name: str) -> str:
    """What the mail said of it, as long as nobody answers otherwise."""
    return str(_known(file.state.intake.get(name)) or "")


def repeats_answer(spec: FormSpec) -> bool:
    """Does the form only repeat the answer that is drafted, approved and signed on a letter of its own?"""
    return ANSWER in spec.answers and not _is_letter(spec)


def _controls(step: Step, code: str) -> Mapping[str, str]:
    """What people fill in on a form."""
    form = step.desk.form(code)
    return form.answers if form else {}


def _computed(step: Step) -> dict[str, Any]:
    """What follows from the case itself."""
    file = step.file
    intake = file.state.intake
    capa = file.records.get(CAPA)
    sent = next((task for task in file.tasks.values() if _is_answer(task, file)), None)
    drafter, proposer = _who_signed("drafter", file), _who_answered("needs_capa", file)
    return {
        "company": step.desk.company,
        "case_no": file.case.number,
        "subject": _known(short(bare_subject(file.state.subject), 80)),
        "issued_on": f"{step.now.astimezone(step.desk.zone):%Y-%m-%d}",
        "email": BLANK if _is_ours(step, intake) else intake.get("email", ""),
        "due": _known(intake.get("deadline")),
        "requested": _known(intake.get("demand_words")),
        "from_dept": _department(drafter, step.desk),
        "from_person": _name(drafter, step.desk),
        "issuing_dept": _department(proposer, step.desk),
        "source": str(intake.get(SOURCE) or "顾客投诉"),
        "capa_type": "纠正措施",
        "order_kind": "口头/电话订单"
        if file.case.kind is Kind.ORDER and file.state.channel == ORAL
        else _ORDER_KINDS.get(file.case.kind, ""),
        "proposed_by": "顾客",
        "replace_type": file.answers.get("disposition", ""),
        "action_done_on": _day_of("action_done", step),
        "capa_ref": capa.number if capa else "",
        "reply_sent": worded("zh", "{day} by mail", day=f"{sent.done_at.astimezone(step.desk.zone):%Y-%m-%d}")
        if sent and sent.done_at
        else "",
    }


# ------------------------------------------------------------------------------------------- the letter to the customer


def _is_letter(spec: FormSpec) -> bool:
    return "letter_date" in spec.fields


def _letter(step: Step, spec: FormSpec) -> dict[str, Any]:
    """What a letter says otherwise than a form does: in its language, and nothing where nothing is known."""
    file = step.file
    english = any(task.form_en == spec.code for task in file.procedure.tasks.values())
    language = "en" if english else "zh"
    head, intake = step.desk.letterhead, file.state.intake
    try:
        received = day_words(date.fromisoformat(str(intake.get("received_at", ""))[:10]), language)
    except ValueError:
        received = ""
    department = head.department_en if english else head.department
    return {
        "company": (english and head.name_en) or step.desk.company,
        **({"subject": ""} if file.state.channel == ORAL else {}),  # what our people called their note
        "customer_name": _known(intake.get("customer_name")),
        "complainant": _addressee(intake, language),
        "received_on": received,
        "letter_date": day_words(step.day, language),
        "company_contact": "　".join(filter(None, (department, head.phone, head.sender.address))),
    }


# ---------------------------------------------------------------------------------------------------------------- parts


def _exceptions(step: Step, form: FormSpec) -> str:
    """Who did a step of this form though he did what it judges, with whose leave, when, and in what words."""
    file, said = step.file, step.file.said
    lines = []
    for name, spec in file.procedure.tasks.items():
        person = file.excepted(name)
        if not person or form.code not in (spec.form, spec.form_en):
            continue
        asked = exception_of(name)
        words = next((item for item in reversed(said) if item.task == asked and item.field == WORDS), None)
        when = f"{words.at.astimezone(step.desk.zone):%Y-%m-%d}" if words else ""
        by, leave = _name(person, step.desk), _name(file.done_by(asked), step.desk)
        line = worded("zh", "“{task}” done by {by} as well, with leave of {leave} on {day}",
                      task=spec.title.zh, by=by, leave=leave, day=when)  # fmt: skip
        lines.append(line + (f"：{words.value}" if words else ""))
    return "；".join(lines) or BLANK


def _addressee(intake: Mapping[str, Any], language: str) -> str:
    """The person a letter is for, with his title where it is known; empty when nobody named one."""
    name, known = str(intake.get("complainant", "")), str(intake.get(ADDRESSEE, ""))
    return known if language == "zh" and known and known.startswith(name) else greeted(name, "", "", language)


def _moment(value: str, printed: str) -> str:
    """A moment as people read it; what an earlier version ``printed`` reads the same in the next, signed as it is."""
    return value.replace("T", " ")[:16] if value != printed and _MOMENT.fullmatch(value) else value


def _known(value: Any) -> Any:
    """The value; empty rather than ``/`` where somebody may still write something in."""
    return "" if value is None or value == BLANK else value


def _is_ours(step: Step, intake: Mapping[str, Any]) -> bool:
    """Was the mail written by our own people, so that its address is not the customer's?"""
    return step.file.state.channel == ORAL or step.desk.staff().by_address(str(intake.get("email", ""))) is not None


def _means(name: str, spec: FormSpec, file: CaseFile) -> bool:
    """Was this field, as this form means it, asked for?"""
    if name not in OF_EACH_FORM:
        return True
    tasks = file.procedure.tasks
    asking = {task: tasks[task].form for task in tasks if name in (*tasks[task].asks, *tasks[task].may)}
    if not any(asking.values()):
        return True
    # What was said in the round before stands until it is said anew: blanking it would void every signature given.
    return any(task in file.tasks or name in file.stale for task, form in asking.items() if form in ("", spec.code))


def _who_signed(cell: str, file: CaseFile) -> str:
    """Who signed this cell; empty before."""
    return next((file.done_by(name) for name, task in file.procedure.tasks.items() if task.sign == cell), "")


def _who_answered(field: str, file: CaseFile) -> str:
    """Who did the task that asks for a field; empty before."""
    return next((file.done_by(name) for name, task in file.procedure.tasks.items() if field in task.asks), "")


def _day_of(field: str, step: Step) -> str:
    """The day on which the task that asks for a field was done; empty before."""
    file = step.file
    done = (file.tasks.get(name) for name, task in file.procedure.tasks.items() if field in task.asks)
    at = next((task.done_at for task in done if task and task.status is TaskStatus.DONE), None)
    return f"{at.astimezone(step.desk.zone):%Y-%m-%d}" if at else ""


def _department(address: str, desk: Desk) -> str:
    person = desk.staff().by_address(address) if address else None
    return person.department if person else ""


def _name(address: str, desk: Desk) -> str:
    person = desk.staff().by_address(address) if address else None
    return person.name if person else ""


def _is_answer(task: Task, file: CaseFile) -> bool:
    """Did this task send the answer?  Who complained by telephone may have no address: what was sent is not known."""
    return _approved(task, file) and file.state.channel != ORAL


def _is_answered(file: CaseFile) -> bool:
    """Was the answer approved in this round?"""
    return any(_approved(task, file) for task in file.tasks.values())


def _approved(task: Task, file: CaseFile) -> bool:
    spec = file.procedure.tasks[task.name]
    return task.status is TaskStatus.DONE and spec.do == "answer" and not spec.text


def _items(spec: FormSpec, name: str, file: CaseFile) -> list[dict[str, str]]:
    """One line of goods, as the mail names them; people add the rest in Word.  Other tables are theirs alone."""
    wanted = [column.partition(".")[2] for column in spec.fields if column.startswith(f"{name}.")]
    if "model" not in wanted:
        return []
    intake = file.state.intake
    known = {
        "name": intake.get("product", ""),
        "model": intake.get("model", ""),
        "batch_no": intake.get("batch_no", ""),
        "qty": intake.get("qty_defect", ""),
        "defect": intake.get("class2", ""),
    }
    if all(value in ("", BLANK) for value in known.values()):
        return []
    return [{column: str(known.get(column, "")) for column in wanted}]
