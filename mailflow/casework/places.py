"""Where an answer stands: each step's words in its own place, so that no later step overwrites them.

What the tasks of a form answered is what that form prints.  What they left open it repeats from the other steps, as it
was known when they were done; what came later stands on the form of the step that said it.  What nobody is or will be
asked for is crossed out (:func:`unasked`), so that no issued record waits for what never comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from mailflow.casework.casefile import CaseFile, Said
from mailflow.domain.forms import FormSpec
from mailflow.domain.tasks import FINISHED, Task, TaskStatus
from mailflow.procedures.model import Procedure, TaskSpec
from mailflow.procedures.outward import ANSWER, sent_field
from mailflow.records.returned import ANSWER_TAG, SIGN_TAG

FORMERLY: Mapping[str, tuple[str, str]] = {
    "interim": ("correction", "plan"),
    "containment": ("correction", "contain"),
    "scope_first": ("scope", "contain"),
    "scope_found": ("scope", "investigate"),
}
"""What a case that began under an older procedure asks for under one name, and the task whose words stand here."""

REPEATS: Mapping[str, tuple[str, ...]] = {
    "scope": ("scope_found", "scope_first"),
    "interim": ("containment",),
}
"""What a form repeats for a field nobody answered, where it has no place for it of its own."""

OF_EACH_FORM = frozenset({"conclusion"})
"""Fields that mean something else on every form: the conclusion on a complaint is not that of a corrective action."""

ALIASES: Mapping[str, str] = {
    "owner_dept": "resp_dept",
    "result": "conclusion",
    "first_reply": "plan",
    "severity": "severity_judged",
    "repeat": "repeat_judged",
    "respondent": "accused",
}
"""Printed fields that stand for a field people answer under another name."""

FIELD_TAG = "field:"

Prints = Callable[[str, str], bool]
"""Whether people fill this field (second) in on the form with this code (first)."""


def answer_on(file: CaseFile, form: FormSpec, name: str, prints: Prints) -> str:
    """What a form prints of a field people answer; "" when nobody said it."""
    if not name:
        return ""
    for asked in (name, *(other for other in REPEATS.get(name, ()) if not _has(form, other))):
        if found := _newest(_said_on(file, form, asked, prints)):
            return found
    return ""


def asked_as(name: str, wanted: Mapping[str, object]) -> str:
    """The field a task asks for in this place of a form: in a case of an older procedure by its old name."""
    former = FORMERLY.get(name, ("", ""))[0]
    return former if name not in wanted and former in wanted else name


def unasked(procedure: Procedure, tasks: Mapping[str, Task], form: FormSpec, signing: str = "") -> frozenset[str]:
    """The signature cells and fields of a form, by their tags, that nobody is or will be asked for in this round.

    ``tasks`` are those that have begun, by name; ``signing`` is one that ends at this moment.  A printed field is there
    when it repeats what people answer.
    """

    def waits(name: str) -> bool:
        return name != signing and (name not in tasks or tasks[name].status not in FINISHED)

    def is_over(name: str) -> bool:
        return not any(map(waits, _asking(procedure, form, name)))

    waiting = [spec for name, spec in procedure.tasks.items() if waits(name)]
    signed = {spec.sign for spec in waiting if _is_for(form, spec)} | {spec.named_in.get(form.code) for spec in waiting}
    said = {name: {name, ALIASES.get(name, name)} & procedure.fields.keys() for name in form.fields}
    return frozenset(
        [f"{SIGN_TAG}{cell}" for cell in form.signers if cell not in signed]
        + [f"{ANSWER_TAG}{name}" for name in form.answers if is_over(name)]
        + [f"{FIELD_TAG}{name}" for name, asked in said.items() if asked and all(map(is_over, asked))]
    )


# ------------------------------------------------------------------------------------------------------------ parts


def _asking(procedure: Procedure, form: FormSpec, name: str) -> Iterator[str]:
    """The tasks in which what a form prints here may be said: its own, or those whose words it repeats."""
    tasks = procedure.tasks
    was, by = FORMERLY.get(name, ("", ""))
    if name not in procedure.fields and was in procedure.fields:
        yield from (task for task in (by,) if task in tasks)
        return
    filling = procedure.filling.get(name, ())
    own = [task for task in filling if _is_for(form, tasks[task])]
    if own or name in OF_EACH_FORM:
        yield from own or (task for task in filling if not tasks[task].form)
        return
    for asked in (name, *(other for other in REPEATS.get(name, ()) if not _has(form, other))):
        yield from procedure.filling.get(asked, ())
    if name == ANSWER:  # what is drafted is nobody's answer before it is approved and sent
        yield from (task for task, spec in tasks.items() if sent_field(spec) == ANSWER)


def _said_on(file: CaseFile, form: FormSpec, name: str, prints: Prints) -> list[Said]:
    known = file.procedure.fields
    was, by = FORMERLY.get(name, ("", ""))
    if name not in known and was in known:
        given = [item for item in file.said if item.field == was]
        own = [item for item in given if name in form.answers and _is_for(form, _spec(file, item.task))]
        return (not _is_for(form, _spec(file, by)) and own) or [item for item in given if item.task == by]
    elsewhere = {
        by for place, (was, by) in FORMERLY.items() if was == name and place not in known and _has(form, place)
    }
    given = [item for item in file.said if item.field == name and item.task not in elsewhere]
    tasks = file.procedure.tasks
    filling = {task for task in file.procedure.filling.get(name, ()) if _is_for(form, tasks[task])}
    if name not in form.answers or not filling:
        return _not_anothers(given, file, name, prints)
    if _is_of_a_later_step(file, form, filling):
        return []
    if own := [item for item in given if item.task in filling and item.value]:
        return own
    until = _done(file, filling)
    return _not_anothers([item for item in given if until is None or item.at <= until], file, name, prints)


def _is_of_a_later_step(file: CaseFile, form: FormSpec, filling: set[str]) -> bool:
    """Has the form been begun by other steps, and by none that fills this in?  Then it is not yet time for it."""
    if any(task in file.tasks for task in filling):
        return False
    begun = (task for task in file.tasks.values() if task.status in (TaskStatus.OPEN, TaskStatus.DONE))
    return any(_is_for(form, spec) and spec.done_by == "reply" for task in begun if (spec := _spec(file, task.name)))


def _not_anothers(given: list[Said], file: CaseFile, name: str, prints: Prints) -> list[Said]:
    """What was said for the case as a whole; where nothing was, what was said for another form."""

    def is_anothers(item: Said) -> bool:
        spec = _spec(file, item.task)
        return spec is not None and bool(spec.form) and prints(spec.form, name)

    return [item for item in given if not is_anothers(item)] or given


def _done(file: CaseFile, names: set[str]) -> datetime | None:
    """When the last of these tasks was done; None while none is."""
    done = [task.done_at for name in names if (task := file.tasks.get(name)) and task.status is TaskStatus.DONE]
    return max((at for at in done if at is not None), default=None)


def _spec(file: CaseFile, task: str) -> TaskSpec | None:
    return file.procedure.tasks.get(task)


def _is_for(form: FormSpec, spec: TaskSpec | None) -> bool:
    return spec is not None and form.code in (spec.form, spec.form_en)


def _has(form: FormSpec, name: str) -> bool:
    return name in form.fields or name in form.answers


def _newest(said: list[Said]) -> str:
    return said[-1].value if said else ""
