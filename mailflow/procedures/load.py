"""The procedures of ``rules/procedures``: read, put together, checked, every mistake of every file with its line.

``fields.yaml`` declares what people may be asked for, each other file is one procedure.  A file in ``parts/`` is a
piece procedures share.  What is the same elsewhere is taken over by name (``based_on``); see rules/README.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mailflow.domain.errors import Problem
from mailflow.domain.model import NO_CASE, FormSpec, Kind
from mailflow.procedures import checks
from mailflow.procedures.approval_checks import check_approvals
from mailflow.procedures.checks import Draft, Placed
from mailflow.procedures.model import INTERNAL_NOTE, FieldSpec, Overdue, Procedure, Procedures, TaskSpec, Title
from mailflow.procedures.outward import outward
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, Sound, sound, value_at

FIELDS = "fields.yaml"
PARTS = "parts"
_NOTE = FieldSpec(title=Title(zh="内部备注", en="Internal note"))


class _File(BaseModel):
    """One procedure, or a part, as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    version: str = "A/0"
    kinds: tuple[Kind, ...] = ()
    when: str = ""
    based_on: tuple[str, ...] = ()
    reopen_from: str = ""
    overdue: tuple[Overdue, ...] = ()
    tasks: Annotated[dict[str, TaskSpec], Field(min_length=1)]

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[Kind, ...]) -> tuple[Kind, ...]:
        if wrong := sorted(kind.value for kind in value if kind in NO_CASE):
            raise ValueError(f"no case is opened for {', '.join(wrong)}")
        return value


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, FieldSpec]


@dataclass(frozen=True)
class _Source:
    """A file that was read: the part of it that is sound; None when nothing is."""

    name: str
    is_part: bool
    document: yaml_file.Document
    tasks: Mapping[str, Placed]
    names: frozenset[str]  # of all its tasks
    based_on: tuple[str, ...]
    sound: _File | None


def load_procedures(
    folder: Path, *, forms: Mapping[str, FormSpec | None] | None = None, roles: Collection[str] | None = None
) -> tuple[Procedures | None, list[Problem]]:
    """Read every procedure of a folder; None with all problems when anything is wrong.

    ``forms`` are the forms there are, by code (None: its own file is wrong), and ``roles`` the keys of the roles in the
    staff file: None leaves what is said about them unchecked.
    """
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        remedy = "check the path, or run: mailflow init DIR"
        return None, [Problem(str(folder), 0, "MF801", "no procedures here", remedy)]
    fields, certain, problems = _fields(folder / FIELDS)
    sources: dict[str, _Source] = {}
    for file in [*(file for file in files if file.name != FIELDS), *sorted((folder / PARTS).glob("*.yaml"))]:
        source, wrong = _read(file, is_part=file.parent != folder)
        problems += wrong
        if source is not None:
            sources.setdefault(source.name, source)
    drafts = []
    for source in sources.values():
        problems += _bases(source, sources)
        if not source.is_part:
            drafts.append(_draft(source, sources, certain))
    for draft in drafts:
        problems += checks.check(draft, known=fields, forms=forms, roles=roles)
        if set(fields or ()) == set(certain) and not any(task.lost for task in draft.tasks.values()):
            problems += check_approvals(draft)  # every key of every task has a say in it
    problems += checks.check_choice(drafts)
    if problems:
        return None, sorted(set(problems))
    return Procedures(tuple(_procedure(sources[draft.name], draft) for draft in drafts)), []


# ------------------------------------------------------------------------------------------------------------ files


def _fields(path: Path) -> tuple[Mapping[str, FieldSpec] | None, Mapping[str, FieldSpec], list[Problem]]:
    """The declared fields, those of them that are wholly right, and the problems.

    The first is None when nothing is to be checked against them because their file cannot be read.
    """
    document, problems = yaml_file.read(path)
    if document is None:
        return None, {}, problems
    found, problems = sound(_Fields, document, _FIELD_STAND_INS)
    if found.value is None:
        return None, {}, problems
    fields = _with_note_field(found.value.fields)
    certain = {name: field for name, field in fields.items() if name == INTERNAL_NOTE or found.is_whole("fields", name)}
    return fields, certain, [*problems, *checks.check_fields(certain, document)]


def _with_note_field(fields: Mapping[str, FieldSpec]) -> Mapping[str, FieldSpec]:
    """A file written before there were internal notes has the field too, unless something of its own is called so."""
    taken = {title for field in fields.values() for title in (field.title.zh, field.title.en, *field.aliases)}
    if INTERNAL_NOTE in fields or {_NOTE.title.zh, _NOTE.title.en} & taken:
        return fields
    return {**fields, INTERNAL_NOTE: _NOTE}


_TITLE = {"zh": "-", "en": "-"}
_FIELD_STAND_INS: dict[yaml_file.Path_, Any] = {("fields", ANY): {"title": _TITLE}, ("fields", ANY, "title"): _TITLE}
_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("title",): _TITLE,
    ("tasks", ANY): {"title": _TITLE, "done_by": "clock"},
    ("tasks", ANY, "title"): _TITLE,
    ("tasks", ANY, "done_by"): "clock",
}


def _read(path: Path, *, is_part: bool) -> tuple[_Source | None, list[Problem]]:
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(_File, document, _STAND_INS)
    file, document = found.value, found.document
    data = document.data if isinstance(document.data, dict) else {}
    raw = data.get("tasks")
    names = tuple(raw) if isinstance(raw, dict) else ()
    problems += checks.check_names(path.stem, names, document)
    if file is None:
        return _Source(path.stem, is_part, document, {}, frozenset(names), _words(data.get("based_on")), None), problems
    if not is_part and not file.kinds and found.is_whole("kinds"):
        remedy = f"name the kinds of mail it serves, or move it to {PARTS}/"
        problems.append(document.problem((), "MF011", "'kinds' is missing", remedy))
    elif is_part and (file.kinds or file.when or file.reopen_from):
        words, remedy = "a part serves no kinds of mail by itself", "remove kinds, when and reopen_from"
        problems.append(document.problem((), "MF802", words, remedy))
    problems += checks.check_ladder(file.overdue, document, ("overdue",))
    tasks = {name: Placed(task, document, _lost(found, name)) for name, task in file.tasks.items()}
    return _Source(path.stem, is_part, document, tasks, frozenset(names), file.based_on, file), problems


def _lost(found: Sound[_File], name: str) -> frozenset[str]:
    """The keys of a task of which is not known what was meant; ``ANY``: all of them."""
    at: yaml_file.Path_ = ("tasks", name)
    places = [place for place in found.lost if place[:2] == at]
    lost = {str(place[2]) if len(place) > 2 else ANY for place in places}
    if at in found.doubtful:  # a key nobody knows may be any that is not there
        known = {field.alias or key for key, field in TaskSpec.model_fields.items()}
        lost |= known - set(value_at(found.document.data, at))
    return frozenset(lost)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _bases(source: _Source, sources: Mapping[str, _Source]) -> Iterator[Problem]:
    for place, name in enumerate(source.based_on):
        at = ("based_on", place)
        if name not in sources:
            words = f"there is no procedure or part {name!r} to take tasks from"
            yield source.document.problem(at, "MF802", words, f"known: {', '.join(sorted(sources))}")
        elif source in _line_of(sources[name], sources):
            words = f"{source.name} and {name} take their tasks from each other"
            yield source.document.problem(at, "MF802", words, "remove one of the two")


def _line_of(source: _Source, sources: Mapping[str, _Source]) -> list[_Source]:
    """A file and all it takes tasks from, the nearest last."""
    found: list[_Source] = []

    def visit(item: _Source) -> None:
        if item in found:
            return
        found.append(item)
        for name in item.based_on:
            if name in sources:
                visit(sources[name])

    visit(source)
    return found[::-1]


# ------------------------------------------------------------------------------------------------- put together


def _draft(source: _Source, sources: Mapping[str, _Source], fields: Mapping[str, FieldSpec]) -> Draft:
    """A procedure with the tasks it takes over; a task of its own replaces one of the same name."""
    tasks: dict[str, Placed] = {}
    names: set[str] = set()
    is_sound = True
    for item in _line_of(source, sources):
        ladder = item.sound.overdue if item.sound else ()
        is_sound = is_sound and item.sound is not None and len(item.tasks) == len(item.names)
        names |= item.names
        for name, task in item.tasks.items():
            tasks[name] = replace(task, spec=_with_ladder(task.spec, ladder))
    whole = source.sound
    own_first = dict.fromkeys((*source.tasks, *tasks))
    if INTERNAL_NOTE in fields:
        sent = outward({name: task.spec for name, task in tasks.items()}, fields)
        tasks = {name: _with_note(task, sent) for name, task in tasks.items()}
    return Draft(
        name=source.name,
        document=source.document,
        kinds=whole.kinds if whole else (),
        when=whole.when if whole else "",
        reopen_from=whole.reopen_from if whole else "",
        tasks={name: tasks[name] for name in own_first},
        names=frozenset(names),
        is_whole=is_sound and all(task.knows("needs", "asks", "may", "event") for task in tasks.values()),
        knows_all=all(base in sources for item in _line_of(source, sources) for base in item.based_on),
        fields={name: fields[name] for name in _asked(tasks.values()) if name in fields},
    )


def _with_ladder(task: TaskSpec, ladder: tuple[Overdue, ...]) -> TaskSpec:
    """The ladder written at the top of a file is that of its people's tasks that have a time and no ladder."""
    by_people = task.done_by in ("signature", "reply")
    return task.model_copy(update={"overdue": ladder}) if by_people and task.within and not task.overdue else task


def _with_note(task: Placed, sent: frozenset[str]) -> Placed:
    """Whoever writes words for the customer has a place for what is meant for colleagues only."""
    spec = task.spec
    if INTERNAL_NOTE in spec.fills() or not sent & set(spec.asks):
        return task
    return replace(task, spec=spec.model_copy(update={"may": (*spec.may, INTERNAL_NOTE)}))


def _asked(tasks: Collection[Placed]) -> list[str]:
    """The fields of a procedure: what its tasks ask for, send or wait for."""
    found = [name for task in tasks for name in (*task.spec.fills(), task.spec.text)]
    return [name for name in dict.fromkeys(found) if name]


def _procedure(source: _Source, draft: Draft) -> Procedure:
    assert source.sound is not None
    return Procedure(
        name=source.name,
        title=source.sound.title,
        version=source.sound.version,
        kinds=draft.kinds,
        when=draft.when,
        reopen_from=draft.reopen_from,
        tasks={name: task.spec for name, task in draft.tasks.items()},
        fields=dict(draft.fields),
    )
