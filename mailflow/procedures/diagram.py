"""A procedure as people look at it: a diagram (Mermaid) and the rows of a table, in Chinese or English.

Pure.  What stands in the files is shown as it is; nothing of it can break out of its box in the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailflow.procedures.model import Procedure, TaskSpec

Words = Mapping[str, tuple[str, str]]  # key: Chinese, English

DONE_BY: Words = {
    "signature": ("签字", "signature"),
    "reply": ("填写回复", "work and reply"),
    "event": ("客户来信", "customer's mail"),
    "clock": ("到时", "time"),
    "mailflow": ("系统", "mailflow"),
}
EVENTS: Words = {
    "customer.satisfaction": ("客户表示是否满意", "customer says whether he is satisfied"),
    "customer.confirmed": ("客户确认", "customer confirms"),
    "customer.answered": ("客户回答", "customer answers"),
}
DOES: Words = {
    "issue": ("出具记录", "issues the record"),
    "distribute": ("分送", "distributes"),
    "answer": ("发出批准的答复", "sends the approved answer"),
    "satisfaction": ("询问客户是否满意", "asks the customer whether he is satisfied"),
    "progress": ("告知客户进展", "tells the customer the progress"),
    "again": ("重新开始", "begins anew"),
    "close_unsatisfied": ("以未满意结案", "closes: customer not satisfied"),
}
STEPS: Words = {
    "remind": ("提醒", "remind"),
    "escalate": ("报告上级", "escalate"),
    "hold_customer": ("请客户稍候", "holding reply"),
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
    start, end = _pick(("收到来信", "mail received"), language), _pick(("结案", "closed"), language)
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
        words = _pick(("结案后客户又来信", "the customer writes again"), language)
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
        yield _safe(f"{_pick(('当', 'when'), language)} {task.when}")


def _people(task: TaskSpec, procedure: Procedure, language: str, roles: Mapping[str, tuple[str, str]]) -> str:
    named = f"[{_title(task.who, procedure, language)}]" if task.who else ""
    role = _of(roles, task.role, language) if task.role else ""
    people = _pick(("，否则", ", else "), language).join(item for item in (named, role) if item)
    without = [_title_of_task(other, procedure, language) for other in task.unlike]
    if task.not_accused:
        without.append(_pick(("被投诉人", "the accused"), language))
    if not without:
        return people
    return f"{people} ({_pick(('除：', 'not: '), language)}{'、'.join(without)})"


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
        yield task.from_, _pick(("重新开始", "anew"), language)
    if task.back_to:
        yield task.back_to, _pick(("退回", "returned"), language)


def _of(words: Words, key: str, language: str) -> str:
    return _pick(words[key], language) if key in words else key


def _pick(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language == "en" else pair[0]


def _safe(text: str) -> str:
    return "".join(_ESCAPED.get(sign, sign) for sign in text)
