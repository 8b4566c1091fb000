"""What can be wrong with a procedure beyond its keys: names that lead nowhere, circles, tasks nobody can do.

Every check yields all it finds, at the line of the file the task stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import OWN, Kind
from mailflow.procedures.conditions import compared_words, expression_problem
from mailflow.procedures.model import EVENTS, FACTS, OWNER, REPORT_STEPS, FieldSpec, Overdue, TaskSpec, sorted_by_needs
from mailflow.settings.sound_part import ANY
from mailflow.settings.yaml_file import Document

Forms = Mapping[str, FormSpec | None]  # by code; None: its own file is wrong
Fields = Mapping[str, FieldSpec]

DAY, WEEK = 480, 5 * 480
"""Working minutes of a usual day and week, to put times in order."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MINUTES = {"m": 1, "h": 60, "d": DAY, "w": WEEK}
_SAID: Mapping[str, tuple[str, ...]] = {
    "severity": ("一般", "重大", "恶性"),
    "channel": ("mail", "oral"),
    "language": ("zh", "zh-Hant", "en", "mixed"),
    "kind": tuple(kind.value for kind in Kind),
    "report": tuple(REPORT_STEPS),
}
_ONLY_FOR: Sequence[tuple[str, Callable[[TaskSpec], bool], str]] = (
    ("sign", lambda task: task.done_by == "signature", "done_by: signature"),
    ("receipt", lambda task: task.done_by == "signature", "done_by: signature"),
    ("event", lambda task: task.done_by == "event", "done_by: event"),
    ("do", lambda task: task.done_by == "mailflow", "done_by: mailflow"),
    ("from_", lambda task: task.do == "again", "do: again"),
    ("text", lambda task: task.do in ("answer", "decide"), "do: answer"),
    ("back_to", lambda task: task.done_by == "signature", "done_by: signature"),
    ("asks", lambda task: task.done_by in ("signature", "reply", "event"), "a task of people"),
    ("may", lambda task: task.done_by in ("signature", "reply", "event"), "a task of people"),
    ("role", lambda task: task.done_by in ("signature", "reply", "event"), "a task of people"),
    ("who", lambda task: task.done_by in ("signature", "reply", "event"), "a task of people"),
    ("until", lambda task: bool(task.within), "a task with within"),
    ("since", lambda task: bool(task.within), "a task with within"),
    ("overdue", lambda task: bool(task.within) and task.done_by not in ("clock", "mailflow"), "a task with within"),
)


@dataclass(frozen=True)
class Placed:
    """A task and the file it stands in; ``lost`` are keys whose values were wrong and are not in it (ANY: all)."""

    spec: TaskSpec
    document: Document
    lost: frozenset[str] = frozenset()

    def knows(self, *keys: str) -> bool:
        """Are the values of these keys those that were written?"""
        return self.lost.isdisjoint((*keys, ANY))

    def problem(self, name: str, code: str, words: str, remedy: str = "", *at: str | int) -> Problem:
        """A problem of the task of this name, at the line of one of its keys."""
        return self.document.problem(("tasks", name, *at), code, f"{name}: {words}", remedy)


@dataclass(frozen=True)
class Draft:
    """A procedure put together but not yet sound.

    ``names`` are those of all its tasks.  ``is_whole``: what they need and ask for is right, so that how they hang
    together can be judged; ``knows_all``: nothing it takes tasks from is missing.
    """

    name: str
    document: Document
    kinds: tuple[Kind, ...]
    when: str
    reopen_from: str
    tasks: Mapping[str, Placed]
    names: frozenset[str]
    is_whole: bool
    knows_all: bool
    fields: Fields


def check(draft: Draft, *, known: Fields | None, forms: Forms | None, roles: Collection[str] | None) -> list[Problem]:
    """Everything that is wrong with one procedure.  None leaves what is said about fields, forms or roles unchecked."""
    problems = [*_case_conditions(draft)]
    for name, task in draft.tasks.items():
        problems += _done_by(name, task)
        at = ("tasks", name, "overdue")
        problems += check_ladder(task.spec.overdue, task.document, at) if at in task.document.lines else []
        if draft.knows_all:
            problems += _names_of_tasks(name, task, draft)
        problems += _condition(name, task, draft)
        if known is not None:
            problems += _asked(name, task, known)
        own = {OWNER} if draft.kinds and OWN.issuperset(draft.kinds) else set()
        if roles is not None and task.spec.role and task.spec.role not in own.union(roles):
            remedy = f"roles are: {', '.join(sorted(roles))}"
            problems.append(task.problem(name, "MF806", f"nobody has the role {task.spec.role!r}", remedy, "role"))
        if forms is not None:
            problems += _forms(name, task, forms)
    if draft.knows_all:
        problems += _together(draft)
    return problems


def check_names(name: str, tasks: Sequence[str], document: Document) -> Iterator[Problem]:
    """Are the names of a procedure and its tasks usable?"""
    remedy = "use small letters, digits and _"
    if not _NAME.fullmatch(name):
        yield document.problem((), "MF803", f"{name!r} is no name for a procedure", f"{remedy} in the file's name")
    for task in tasks:
        if not _NAME.fullmatch(task):
            yield document.problem(("tasks", task), "MF803", f"{task!r} is no name for a task", remedy)


def check_fields(fields: Fields, document: Document) -> Iterator[Problem]:
    """Are choices given where they must be, and is everything people write in answers one field's only?"""
    taken: dict[str, str] = {}
    for name, field in fields.items():
        if not _NAME.fullmatch(name):
            remedy = "use small letters, digits and _"
            yield document.problem(("fields", name), "MF803", f"{name!r} is no name for a field", remedy)
        if name in FACTS:
            words = f"{name} is what was read of a case"
            yield document.problem(("fields", name), "MF803", words, "give the field another name")
        if (field.type in ("choice", "choices")) != bool(field.choices):
            words = f"{name}: a {field.type} {'needs' if not field.choices else 'has no'} choices"
            yield document.problem(("fields", name), "MF813", words, "choices: [...] belong to choice and choices")
        for title in dict.fromkeys((field.title.zh, field.title.en, *field.aliases)):
            other = taken.setdefault(title.replace(" ", "").casefold(), name)
            if other != name:
                words = f"{title!r} is what both {other} and {name} are called"
                yield document.problem(("fields", name), "MF813", words, "an answer could mean either: change one")


def check_choice(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """Is it clear which procedure a new case gets?"""
    first: dict[Kind, Draft] = {}
    for draft in drafts:
        for kind in draft.kinds if not draft.when else ():
            if kind in OWN:
                continue  # whoever opens such a case names its procedure
            other = first.setdefault(kind, draft)
            if other is not draft:
                words = f"{kind.value} is served by {other.name} and {draft.name}, both without when"
                yield draft.document.problem(("kinds",), "MF812", words, "say in one of them when it applies")


# -------------------------------------------------------------------------------------------------------- one task


def _done_by(name: str, task: Placed) -> Iterator[Problem]:
    spec = task.spec
    missing: list[str] = []
    if spec.done_by == "signature":
        missing = [key for key in ("form", "sign") if not getattr(spec, key)]
    elif spec.done_by == "reply" and not spec.asks:
        missing = ["asks"]
    elif spec.done_by == "event":
        missing = [] if spec.event else ["event"]
        if (spec.role or spec.who) and not (spec.asks or spec.may):
            missing.append("asks")
    elif spec.done_by == "clock" and not spec.within:
        missing = ["within"]
    elif spec.done_by == "mailflow":
        wanted = {"issue": ("form",), "again": ("from_", "when"), "close_unsatisfied": ("when",), "decide": ("text",)}
        missing = [key for key in wanted.get(spec.do or "", ()) if not getattr(spec, key)] if spec.do else ["do"]
    for key in missing if task.knows("done_by", "do", "role", "who") else ():
        if not task.knows(key.rstrip("_"), *(("may",) if key == "asks" else ())):
            continue
        words = f"done_by: {spec.done_by} {f'with do: {spec.do} ' if spec.do else ''}needs {key.rstrip('_')}"
        yield task.problem(name, "MF810", words, f"add {key.rstrip('_')}", "done_by")
    has_nobody = spec.done_by in ("signature", "reply") and not (spec.role or spec.who)
    if has_nobody and task.knows("done_by", "role", "who"):
        yield task.problem(name, "MF815", "nobody does it", "add role or who", "done_by")
    if spec.event and spec.event not in EVENTS:
        yield task.problem(name, "MF810", f"there is no event {spec.event!r}", f"events: {', '.join(EVENTS)}", "event")
    if spec.form_en and not spec.form and task.knows("form"):
        yield task.problem(name, "MF810", "form_en goes with form", "add form", "form_en")
    for key, fits, what in _ONLY_FOR if task.knows("done_by", "do", "within") else ():
        if getattr(spec, key) and not fits(spec):
            written = key.rstrip("_")
            yield task.problem(name, "MF810", f"{written} belongs to {what}", "remove it", written)


def check_ladder(steps: Sequence[Overdue], document: Document, at: tuple[str | int, ...]) -> Iterator[Problem]:
    """Do the steps of a ladder written at this place follow each other in time?"""
    for place in range(1, len(steps)):
        if minutes(steps[place].at) < minutes(steps[place - 1].at):
            words = f"the step at {steps[place].at} comes before the one at {steps[place - 1].at}"
            yield document.problem((*at, place), "MF814", words, "put them in the order of time")


def minutes(term: str) -> int:
    """A working time in minutes, days and weeks counted as usual ones; before is negative."""
    return int(term[:-1]) * _MINUTES[term[-1]]


def _names_of_tasks(name: str, task: Placed, draft: Draft) -> Iterator[Problem]:
    spec = task.spec
    named: list[tuple[str, str | int, str]] = [("needs", place, need) for place, need in enumerate(spec.needs)]
    named += [("unlike", place, other) for place, other in enumerate(spec.unlike)]
    named += [(key, "", getattr(spec, attribute)) for key, attribute in (("from", "from_"), ("back_to", "back_to"))]
    for key, place, other in named:
        if other and other not in draft.names:
            at = (key, place) if place != "" else (key,)
            remedy = f"tasks: {', '.join(sorted(draft.names))}"
            yield task.problem(name, "MF804", f"{key}: there is no task {other!r}", remedy, *at)

    for place, other in enumerate(spec.regardless if task.knows("needs") else ()):
        if other not in spec.needs:
            words = f"regardless: {other} is none of its needs"
            yield task.problem(name, "MF804", words, "name tasks of needs", "regardless", place)


def _condition(name: str, task: Placed, draft: Draft) -> Iterator[Problem]:
    for place, refusal in enumerate(task.spec.refuse if draft.is_whole and draft.knows_all else ()):
        if words := expression_problem(refusal.when, _all(draft)):
            yield task.problem(name, "MF809", words, "compare facts and answered fields with words", "refuse", place)
    if not task.spec.when or not (draft.is_whole and draft.knows_all):
        return
    if words := expression_problem(task.spec.when, _all(draft)):
        yield task.problem(name, "MF809", words, "compare facts and answered fields with words", "when")
        return
    for asked, words_ in compared_words(task.spec.when).items():
        possible = _possible(asked, draft)
        for word in sorted(words_ - set(possible) - {""}) if possible else ():
            text = f"{asked} is never {word!r}, so nobody may ever reach this"
            yield task.problem(name, "MF809", text, f"it is one of: {'、'.join(possible)}", "when")


def _all(draft: Draft) -> tuple[str, ...]:
    """Every name a condition of its tasks may ask about."""
    return (*FACTS, *dict.fromkeys(field for task in draft.tasks.values() for field in task.spec.fills()))


def _possible(name: str, draft: Draft) -> tuple[str, ...]:
    """All a name can be, empty when that is not known."""
    field = draft.fields.get(name)
    if field is not None:
        return ("是", "否") if field.type == "yesno" else field.choices
    return _SAID.get(name, ())


def _asked(name: str, task: Placed, known: Fields) -> Iterator[Problem]:
    spec = task.spec
    for key in ("asks", "may"):
        for place, field in enumerate(getattr(spec, key)):
            if field not in known:
                remedy = "declare it in fields.yaml, or check its spelling"
                yield task.problem(name, "MF808", f"{key}: there is no field {field!r}", remedy, key, place)
    if spec.prose and spec.prose not in (*spec.asks, *spec.may) and task.knows("asks", "may"):
        words = f"prose: {spec.prose} is not asked for here"
        yield task.problem(name, "MF808", words, "name one of its asks or may", "prose")
    elif spec.prose and spec.prose in known and known[spec.prose].type != "text":
        words = f"prose: {spec.prose} is no text"
        yield task.problem(name, "MF808", words, "name a field of type text", "prose")
    if spec.text and spec.text not in known:
        yield task.problem(name, "MF808", f"text: there is no field {spec.text!r}", "declare it in fields.yaml", "text")


def _forms(name: str, task: Placed, forms: Forms) -> Iterator[Problem]:
    for key in ("form", "form_en"):
        code = getattr(task.spec, key)
        if not code:
            continue
        form = forms.get(code)
        if code not in forms:
            yield task.problem(name, "MF807", f"there is no form {code!r}", f"forms: {', '.join(sorted(forms))}", key)
        elif form is not None and task.spec.sign and task.spec.sign not in form.signers:
            words = f"{code} has no signature cell {task.spec.sign!r}"
            yield task.problem(name, "MF807", words, f"its cells: {', '.join(form.signers)}", "sign")


# -------------------------------------------------------------------------------------------------- all together


def _case_conditions(draft: Draft) -> Iterator[Problem]:
    if draft.when and (words := expression_problem(draft.when, FACTS)):
        remedy = f"a new case has only: {', '.join(FACTS)}"
        yield draft.document.problem(("when",), "MF809", words, remedy)
    if draft.reopen_from and draft.knows_all and draft.reopen_from not in draft.names:
        words = f"reopen_from: there is no task {draft.reopen_from!r}"
        yield draft.document.problem(("reopen_from",), "MF804", words, f"tasks: {', '.join(sorted(draft.names))}")


def _together(draft: Draft) -> Iterator[Problem]:
    specs = {name: task.spec for name, task in draft.tasks.items()}
    ordered = sorted_by_needs(specs)
    for name in specs.keys() - set(ordered):
        if circle := _circle(name, specs):
            words = f"waits for itself: {' → '.join(circle)}"
            yield draft.tasks[name].problem(name, "MF805", words, "remove one of these needs", "needs")
    if not draft.is_whole:
        return
    before = finished_before(ordered, specs)
    for name in ordered:
        yield from _order(name, draft.tasks[name], before[name], draft)


def _circle(name: str, specs: Mapping[str, TaskSpec]) -> list[str]:
    """The way from a task back to itself, empty when there is none."""
    seen, ways = {name}, [[name]]
    while ways:
        way = ways.pop(0)
        for need in specs[way[-1]].needs:
            if need == name:
                return [*way, name]
            if need in specs and need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return []


def finished_before(ordered: Sequence[str], specs: Mapping[str, TaskSpec]) -> dict[str, frozenset[str]]:
    """Of each task all that are finished before it begins."""
    found: dict[str, frozenset[str]] = {}
    for name in ordered:
        needs = [need for need in specs[name].needs if need in found]
        found[name] = frozenset(needs).union(*(found[need] for need in needs))
    return found


def _order(name: str, task: Placed, before: frozenset[str], draft: Draft) -> Iterator[Problem]:
    spec = task.spec
    answered = {field for other in before for field in draft.tasks[other].spec.fills()}
    asked = set(compared_words(spec.when)) if spec.when and not expression_problem(spec.when, _all(draft)) else set()
    for field_name in sorted(asked - set(FACTS) - answered):
        words = f"{field_name} is not answered in any task before it, so it is still empty when this is looked at"
        yield task.problem(name, "MF809", words, "add the task that asks for it to needs", "when")
    for place, other in enumerate(spec.unlike):
        if other in draft.tasks and other not in before:
            words = f"unlike: {other} need not be done before it, so nobody is kept away"
            yield task.problem(name, "MF804", words, "add it to needs, or to the needs of these", "unlike", place)
    for key, other in (("from", spec.from_), ("back_to", spec.back_to)):
        if other and other in draft.tasks and other not in before:
            words = f"{key}: {other} does not lead here, so this would not begin anew"
            yield task.problem(name, "MF804", words, "name a task this one needs", key)
    for key in ("until", "since"):
        if words := _no_day(getattr(spec, key), before, draft):
            remedy = f"name a date asked for in a task this one needs, or one of {', '.join(REPORT_STEPS.values())}"
            yield task.problem(name, "MF817", f"{key}: {words}", remedy, key)
    if spec.who:
        field = draft.fields.get(spec.who)
        if field is not None and field.type not in ("person", "department"):
            words = f"who: {spec.who} is a {field.type}, and names neither a person nor a department"
            yield task.problem(name, "MF811", words, "name a field of type person or department", "who")
        elif not any(spec.who in draft.tasks[other].spec.fills() for other in before):
            words = f"who: {spec.who} is not answered in any task before it"
            yield task.problem(name, "MF811", words, "ask for it in a task this one needs", "who")


def _no_day(field: str, before: frozenset[str], draft: Draft) -> str:
    """Why no task can have its time from this field; empty when one can."""
    if not field or field in REPORT_STEPS.values():
        return ""
    known = draft.fields.get(field)
    if known is not None and known.type not in ("date", "moment"):
        return f"{field} is a {known.type}, and no day"
    if not any(field in draft.tasks[other].spec.fills() for other in before):
        return f"{field} is not answered in any task before it"
    return ""
