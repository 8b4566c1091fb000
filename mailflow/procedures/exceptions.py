"""Exceptions from the rule that nobody judges what he did: asked of the general manager, task by task, in his words.

A task whose rule (``unlike``) leaves nobody in a small company waits for a task of its own, which is in no file: the
general manager is asked whether the one person left may do it all the same.  What he answers stands with the case.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailflow.procedures.model import FieldSpec, Overdue, Procedure, TaskSpec, Title

PREFIX = "except_"
GRANTED, WORDS = "exception_granted", "exception_words"
EXCEPTED = "exception_person"
"""The field under which it is kept whom an exception is for (an address)."""

TOP = "general_manager"
YES = "同意"
FIELDS = {
    GRANTED: FieldSpec(
        title=Title(zh="例外", en="Exception"), aliases=("准许例外",), type="choice", choices=(YES, "不同意"),
        choices_en=("agreed", "not agreed"),
    ),
    WORDS: FieldSpec(title=Title(zh="例外理由", en="Reason for the exception"), aliases=("理由",)),
}  # fmt: skip


def exception_of(task: str) -> str:
    """What the task is called that asks for an exception for another."""
    return f"{PREFIX}{task}"


def excepted_task(name: str) -> str:
    """For which task an exception is asked in this one; empty when it asks for none."""
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else ""


def spec_of(procedure: Procedure, name: str) -> TaskSpec | None:
    """What a procedure says of a task, also of one that asks for an exception; None when it has none of this name."""
    of = procedure.tasks.get(excepted_task(name))
    return _asking(of) if of is not None else procedure.tasks.get(name)


def with_exceptions(procedure: Procedure, names: Iterable[str]) -> Procedure:
    """The procedure with the tasks of these names that ask for exceptions."""
    asking = {name: spec for name in names if excepted_task(name) and (spec := spec_of(procedure, name))}
    if not asking:
        return procedure
    parts = {**dict(procedure), "tasks": {**procedure.tasks, **asking}, "fields": {**procedure.fields, **FIELDS}}
    return Procedure.model_construct(**parts)


def _asking(of: TaskSpec) -> TaskSpec:
    title = Title(zh=f"准许例外：{of.title.zh}"[:60], en=f"Exception: {of.title.en}"[:80])
    ladder = (Overdue(at="0m", do="remind"), Overdue(at="+1d", do="escalate"))
    asked = {"role": TOP, "asks": (GRANTED, WORDS), "prose": WORDS, "within": "1d", "done_by": "reply"}
    return TaskSpec.model_validate({**asked, "title": title, "overdue": ladder})
