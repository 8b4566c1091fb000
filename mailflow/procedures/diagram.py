"""A procedure as people look at it: a diagram (Mermaid) and the rows of a table, in Chinese or English.

Pure.  What stands in the files is shown as it is; nothing of it can break out of its box in the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailflow.procedures.model import Procedure, TaskSpec
from mailflow.sentences.catalogue import sentence, worded

Words = Mapping[str, str]

DONE_BY: Words = {
    "signature": sentence("by|signature"),
    "reply": sentence("work and reply"),
    "event": sentence("customer's mail"),
    "clock": sentence("by|time"),
    "mailflow": sentence("mailflow"),
}
EVENTS: Words = {
    "customer.satisfaction": sentence("customer says whether he is satisfied"),
    "customer.confirmed": sentence("customer confirms"),
    "customer.answered": sentence("customer answers"),
}
DOES: Words = {
    "issue": sentence("issues the record"),
    "distribute": sentence("distributes"),
    "answer": sentence("sends the approved answer"),
    "satisfaction": sentence("asks the customer whether he is satisfied"),
    "progress": sentence("tells the customer the progress"),
    "again": sentence("begins anew"),
    "close_unsatisfied": sentence("closes: customer not satisfied"),
    "decide": sentence("makes a task of each decision"),
}
STEPS: Words = {
    "remind": sentence("remind"),
    "escalate": sentence("escalate"),
    "hold_customer": sentence("holding reply"),
}
_SHAPES = {
    "signature": ('["', '"]'),
    "reply": ('("', '")'),
    "event": ('{{"', '"}}'),
    "clock": ('(["', '"])'),
    "mailflow": ('[["', '"]]'),
}
_ESCAPED = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "\n": " ", "`": "#96;", "|": "#124;"}


@dataclass(frozen=True, slots=True)
class Row:
    """One task for people: ``role`` also names who else it may be, ``form`` its signature cell."""

    name: str
    title: str
    role: str
    form: str
    within: str
    done_by: str
    after: str
    when: str
    asks: str
    ladder: str


def mermaid(procedure: Procedure, language: str = "zh", roles: Mapping[str, tuple[str, str]] | None = None) -> str:
    """The procedure as a Mermaid flowchart, ending with a line break.  ``roles`` are titles by key (zh, en)."""
    lines = ["flowchart TD"]
    start, end = worded(language, "mail received"), worded(language, "end|closed")
    lines.append(f'  t0(("{start}"))')
    for name in procedure.order:
        task = procedure.tasks[name]
        left, right = _SHAPES[task.done_by]
        lines.append(f"  t_{name}{left}{'<br/>'.join(_box(name, task, procedure, language, roles or {}))}{right}")
    lines.append(f'  t1(("{end}"))')
    needed = {need for task in procedure.tasks.values() for need in task.needs}
    for name in procedure.order:
        task = procedure.tasks[name]
        lines += [f"  t_{need} --> t_{name}" for need in task.needs] or [f"  t0 --> t_{name}"]
        lines += [f'  t_{name} -. "{words}" .-> t_{to}' for to, words in _back(task, language)]
        if name not in needed:
            lines.append(f"  t_{name} --> t1")
    if procedure.reopen_from:
        words = worded(language, "the customer writes again")
        lines.append(f'  t1 -. "{words}" .-> t_{procedure.reopen_from}')
    lines.append("  classDef auto fill:#eef,stroke:#88a")
    automatic = [f"t_{name}" for name in procedure.order if procedure.tasks[name].done_by in ("mailflow", "clock")]
    if automatic:
        lines.append(f"  class {','.join(automatic)} auto")
    return "\n".join(lines) + "\n"


def rows(
    procedure: Procedure, language: str = "zh", roles: Mapping[str, tuple[str, str]] | None = None
) -> Iterator[Row]:
    """The tasks in the order they become due."""
    for name in procedure.order:
        task = procedure.tasks[name]
        signs = f" ({task.sign})" if task.sign else ""
        yield Row(
            name=name,
            title=task.title.of(language),
            role=_people(task, procedure, language, roles or {}),
            form=f"{task.form}{signs}",
            within=task.within,
            done_by=_how(task, language),
            after="、".join(task.needs) or "-",
            when=task.when,
            asks="、".join(_title(field, procedure, language) for field in task.asks),
            ladder=" ".join(f"{step.at} {_of(STEPS, step.do, language)}" for step in task.overdue),
        )


# ------------------------------------------------------------------------------------------------------------ parts


def _box(
    name: str, task: TaskSpec, procedure: Procedure, language: str, roles: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    yield _safe(task.title.of(language) or name)
    people = _people(task, procedure, language, roles) if task.role or task.who else ""
    if facts := " · ".join(item for item in (people, task.form, task.within) if item):
        yield _safe(facts)
    if task.when:
        yield _safe(f"{worded(language, 'if|when')} {task.when}")


def _people(task: TaskSpec, procedure: Procedure, language: str, roles: Mapping[str, tuple[str, str]]) -> str:
    named = f"[{_title(task.who, procedure, language)}]" if task.who else ""
    titles = roles.get(task.role, (task.role, task.role))
    role = titles[1] if language == "en" else titles[0]
    people = worded(language, ", else ").join(item for item in (named, role) if item)
    without = [_title_of_task(other, procedure, language) for other in task.unlike]
    if task.not_accused:
        without.append(worded(language, "the accused"))
    if not without:
        return people
    return f"{people} ({worded(language, 'not: ')}{'、'.join(without)})"


def _title_of_task(name: str, procedure: Procedure, language: str) -> str:
    return procedure.tasks[name].title.of(language) if name in procedure.tasks else name


def _title(name: str, procedure: Procedure, language: str) -> str:
    return procedure.fields[name].title.of(language) if name in procedure.fields else name


def _how(task: TaskSpec, language: str) -> str:
    if task.event:
        return _of(EVENTS, task.event, language)
    return _of(DOES, task.do, language) if task.do else _of(DONE_BY, task.done_by, language)


def _back(task: TaskSpec, language: str) -> Iterator[tuple[str, str]]:
    if task.from_:
        yield task.from_, worded(language, "anew")
    if task.back_to:
        yield task.back_to, worded(language, "returned")


def _of(words: Words, key: str, language: str) -> str:
    return worded(language, words[key]) if key in words else key


def _safe(text: str) -> str:
    return "".join(_ESCAPED.get(sign, sign) for sign in text)
