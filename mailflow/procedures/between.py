"""Words to the customer between what a procedure foresees: an answer to what he wrote, an interim word.

They are three tasks that are in no file: a colleague writes, another lets the words go, mailflow sends them.  A case
may have them any number of times; which of them it is stands in their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailflow.procedures.model import INTERNAL_NOTE, FieldSpec, Procedure, TaskSpec, Title

_NAME = re.compile(r"word_(?P<number>\d{1,4})(?P<part>|_ok|_out)")
_NOTE = FieldSpec(title=Title(zh="内部备注", en="Internal note"), aliases=("内部说明", "对内", "Internal"))
WITHIN = {"escalates": "2h", "angry": "2h", "asks_progress": "4h", "unhappy": "2h", "quiet": "1d", "twice": "4h"}
"""Why a word is due (the words of ``rules/answers.yaml`` that say so, or the clock), and the working time for it."""

TEXT_TITLES = (
    "回复客户", "Words to the customer", "给客户回信", "给客户的回信", "回信", "答复客户", "告知客户",
    "Reply to customer", "Tell the customer",
)  # fmt: skip
"""What words to the customer are called in answers."""

NOTE_TITLES = (
    "备注",
    "内部备注",
    "内部说明",
    "对内",
    "给同事",
    "只给同事看",
    "Internal note",
    "Internal",
    "Remark",
    "Note",
)
"""What a note for colleagues is called in answers."""

ANYWAY = "4h"  # of a word a colleague writes unasked


def word(number: int) -> str:
    """The task in which a colleague writes the word of this number."""
    return f"word_{number}"


def number_of(task: str) -> int:
    """Which word a task is about; 0 when it is about none."""
    found = _NAME.fullmatch(task)
    return int(found["number"]) if found else 0


def text_field(number: int) -> str:
    """The field of the words that go to the customer."""
    return f"word_text_{number}"


def told_field(number: int) -> str:
    """The field of how he was told otherwise."""
    return f"word_told_{number}"


def because_field(number: int) -> str:
    """The field of why a word is due, in the customer's own words where he wrote."""
    return f"word_because_{number}"


def spec_of(procedure: Procedure, name: str, within: str = ANYWAY) -> TaskSpec | None:
    """What is asked in one of these tasks; None when it is none of them."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    number, ladder = int(found["number"]), ("-30m remind", "0m escalate", "+1d escalate")
    text, told, ok = text_field(number), told_field(number), f"word_ok_{number}"
    common = {"overdue": [dict(zip(("at", "do"), step.split(), strict=True)) for step in ladder], "not_accused": True}
    written = f'{text} != "" and {told} == ""'
    if found["part"] == "_out":
        title = Title(zh="发给客户", en="Send it to the customer")
        sent = {
            "needs": (f"{word(number)}_ok",),
            "when": written,
            "done_by": "mailflow",
            "do": "progress",
            "text": text,
        }
        return TaskSpec.model_validate({"title": title, **sent})
    if found["part"] == "_ok":
        title = Title(zh="核准给客户的回信", en="Approve the words to the customer")
        answers = procedure.tasks.get("approve_answer")
        unlike = (word(number), *(other for other, spec in procedure.tasks.items() if spec.who == "investigator"))
        asked = {"needs": (word(number),), "when": written, "role": "service_manager", "unlike": unlike, "asks": (ok,)}
        asked |= {"approves": text, "spares": answers.spares if answers else (), "within": "2h", "done_by": "reply"}
        return TaskSpec.model_validate({"title": title, **asked, **common})
    title = Title(zh="给客户回信", en="Write to the customer")
    asked = {"role": "service", "shows": (because_field(number),), "asks": (text,), "may": (told, INTERNAL_NOTE)}
    return TaskSpec.model_validate(
        {"title": title, **asked, **common, "instead": told, "within": within, "done_by": "reply"}
    )


def with_words(procedure: Procedure, names: Iterable[str], within: str = ANYWAY) -> Procedure:
    """The procedure with these tasks, and what belongs to them; as it is where none of the names is one of theirs."""
    numbers = sorted({number for name in names if (number := number_of(name))})
    tasks = {
        name: spec
        for number in numbers
        for name in (word(number), f"{word(number)}_ok", f"{word(number)}_out")
        if name not in procedure.tasks and (spec := spec_of(procedure, name, within)) is not None
    }
    if not tasks:
        return procedure
    fields = {INTERNAL_NOTE: _NOTE} | procedure.fields
    for number in numbers:
        fields |= _fields(number)
    return Procedure.model_construct(**{**dict(procedure), "tasks": {**procedure.tasks, **tasks}, "fields": fields})


def _fields(number: int) -> dict[str, FieldSpec]:
    return {
        text_field(number): FieldSpec(
            title=Title(zh=TEXT_TITLES[0], en=TEXT_TITLES[1]), to_customer=True, aliases=TEXT_TITLES[2:]
        ),
        told_field(number): FieldSpec(
            title=Title(zh="已另行告知", en="Told otherwise"),
            aliases=("已电话告知", "电话告知", "已告知", "已口头告知"),
        ),
        because_field(number): FieldSpec(title=Title(zh="为何要回信", en="Why a word is due")),
        f"word_ok_{number}": FieldSpec(
            title=Title(zh="核准回信", en="Words approved"), type="choice", choices=("同意", "不同意"),
            choices_en=("agreed", "not agreed"), aliases=("是否同意发出", "可否发出"),
        ),
    }  # fmt: skip
