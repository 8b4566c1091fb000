"""Procedures: what must happen to a case, by whom and until when, as data (``rules/procedures/*.yaml``).

A procedure is a list of tasks.  A task begins when those it ``needs`` are done or skipped; its ``when`` then decides
whether it is due at all.  See rules/README.md for the format.  What a running case goes by is kept with the case, so
a changed file serves new cases only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mailflow.domain.model import NO_CASE, Kind
from mailflow.procedures.conditions import holds

TERM = re.compile(r"[+-]?\d{1,4}[mhdw]")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

FACTS = ("kind", "subkinds", "severity", "language", "channel", "repeat", "round", "urgent", "promised", "report")
"""What a ``when`` may ask about beside the fields people answer: the case as it was read, its round,
whether the plan for the customer promises anything, and the last step of an 8D report the customer asks for."""

REPORT = "report"
REPORT_STEPS: Mapping[str, str] = {"3D": "due_3d", "5D": "due_5d", "8D": "due_8d"}
"""The steps an 8D report is given in, each with where the case keeps until when (an ISO day or moment)."""

FieldType = Literal["text", "choice", "choices", "person", "department", "date", "moment", "money", "quantity", "yesno"]
YES_NO, YES_NO_EN = ("是", "否"), ("yes", "no")
DoneBy = Literal["signature", "reply", "event", "clock", "mailflow"]
Action = Literal["issue", "distribute", "answer", "satisfaction", "progress", "again", "close_unsatisfied"]
Step = Literal["remind", "escalate", "hold_customer"]
EVENTS = ("customer.satisfaction", "customer.confirmed", "customer.answered")

INTERNAL_NOTE = "internal_note"
"""What a writer of words for the customer says to colleagues only; tasks with such words may be answered with it."""

EVENT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "customer.satisfaction": ("satisfied", "satisfied_words", "wish"),
    "customer.confirmed": ("customer_confirmed",),
    "customer.answered": ("customer_answer",),
}
"""The fields a customer's own answer fills."""


OWNER = "owner"
"""The role, in procedures of our own matters, of whoever owes the work: it is named where the case is opened."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Title(_Part):
    """A name in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=80)]

    def of(self, language: str) -> str:
        """The name for a reader of this language."""
        return self.en if language == "en" else self.zh


class FieldSpec(_Part):
    """Something people are asked for: what it is called in mails and forms, and what its value looks like.

    ``choices_en`` are the choices in their order as readers of English see and may write them; kept is always the
    choice itself.  Empty: shown as they are.  ``meanings`` say what choices that are codes stand for; they may be
    written behind the code.  ``to_customer``: its words reach the customer as they are written.
    """

    title: Title
    aliases: tuple[str, ...] = ()
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    choices_en: tuple[str, ...] = ()
    meanings: dict[str, Title] = {}
    to_customer: bool = False

    @field_validator("meanings")
    @classmethod
    def _meanings(cls, value: dict[str, Title], info: ValidationInfo) -> dict[str, Title]:
        if wrong := sorted(value.keys() - set(info.data.get("choices", value))):
            raise ValueError(f"meanings are of choices, and {', '.join(wrong)} is none")
        return value

    @field_validator("choices_en")
    @classmethod
    def _choices_en(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and len(set(value)) != len(info.data.get("choices", set(value))):
            raise ValueError("choices_en has one word for each of the choices, each another one")
        return value

    def shown(self, language: str) -> tuple[str, ...]:
        """What may be answered, for a reader of this language: the choices, or yes and no."""
        if self.type == "yesno":
            return YES_NO_EN if language == "en" else YES_NO
        return self.choices_en if language == "en" and self.choices_en else self.choices


class Overdue(_Part):
    """A step of the reminder ladder, in working time before (-) or after (+) the due time."""

    at: str
    do: Step

    @field_validator("at")
    @classmethod
    def _at(cls, value: str) -> str:
        return _term(value)


class Refusal(_Part):
    """An answer a task does not take: ``when`` it looks like this, with what to tell the sender."""

    when: str
    because: Title


class TaskSpec(_Part):
    """One task of a procedure."""

    title: Title
    needs: tuple[str, ...] = ()
    regardless: tuple[str, ...] = ()  # of these needs: when one is returned and done anew, this task goes on
    when: str = ""
    role: str = ""
    who: str = ""
    unlike: tuple[str, ...] = ()
    not_accused: bool = False
    form: str = ""
    form_en: str = ""  # the form for a customer who writes English
    sign: str = ""
    named_in: dict[str, str] = {}  # cells of other records, by their forms, that name who did this: nobody signs there
    receipt: bool = False  # the signature says that something was received: 收到 signs
    asks: tuple[str, ...] = ()
    may: tuple[str, ...] = ()  # fields that may be answered too
    instead: str = ""  # the one of them that does the task without what it asks for
    shows: tuple[str, ...] = ()  # fields whose words the mail that asks for it quotes
    prose: str = ""  # the one of them that words without a label are kept in
    approves: str = ""  # the field whose words go to the customer once this task is done
    spares: tuple[str, ...] = ()  # roles whose own words go out without this approval
    attach: tuple[Literal["original", "files"], ...] = ()  # the customer's mail; the files in it, each for itself
    within: str = ""
    until: str = ""  # the day or moment that is its time instead, where it is known: a date answered, or of a report
    since: str = ""  # the day answered from which ``within`` counts, where it is later than its beginning
    done_by: DoneBy
    event: str = ""
    do: Action | None = None
    text: str = ""  # the field whose words an ``answer`` sends, instead of answer_text
    from_: str = Field("", alias="from")
    back_to: str = ""
    refuse: tuple[Refusal, ...] = ()
    overdue: tuple[Overdue, ...] = ()

    @field_validator("within")
    @classmethod
    def _within(cls, value: str) -> str:
        return _term(value) if value else value

    def form_for(self, language: str) -> str:
        """The code of its form for a customer of this language; empty when it has none."""
        return self.form_en if language == "en" and self.form_en else self.form

    def fills(self) -> tuple[str, ...]:
        """The fields that may have a value once it is done."""
        return self._fills

    @cached_property
    def _fills(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.asks, *self.may, *EVENT_FIELDS.get(self.event, ()))))


class Procedure(_Part):
    """A whole procedure with the fields its tasks ask for.  ``kinds`` and ``when`` say which new cases it serves."""

    name: str
    title: Title
    version: str = "A/0"
    kinds: tuple[Kind, ...]
    when: str = ""
    reopen_from: str = ""
    tasks: dict[str, TaskSpec]
    fields: dict[str, FieldSpec] = {}

    @cached_property
    def filling(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks that may give each field a value, in their order."""
        found: dict[str, tuple[str, ...]] = {}
        for task, spec in self.tasks.items():
            for name in spec.fills():
                found[name] = (*found.get(name, ()), task)
        return found

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("a name has small letters, digits and _")
        return value

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[Kind, ...]) -> tuple[Kind, ...]:
        if wrong := sorted(kind.value for kind in value if kind in NO_CASE):
            raise ValueError(f"no case is opened for {', '.join(wrong)}")
        return value

    @cached_property
    def text(self) -> str:
        """The procedure as it is kept with the cases that run by it."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @cached_property
    def digest(self) -> str:
        """What names this very version."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The tasks' names, each after those it needs."""
        return tuple(sorted_by_needs(self.tasks))

    def after(self, name: str) -> tuple[str, ...]:
        """A task and everything that builds on it, in order."""
        found = {name}
        for other in self.order:
            if found & set(self.tasks[other].needs):
                found.add(other)
        return tuple(item for item in self.order if item in found)

    def before(self, spec: TaskSpec) -> frozenset[str]:
        """All the tasks that one of this procedure builds on."""
        found: set[str] = set()
        left = list(spec.needs)
        while left:
            if (name := left.pop()) not in found:
                found.add(name)
                left += self.tasks[name].needs
        return frozenset(found)

    def after_return(self, name: str) -> tuple[str, ...]:
        """What begins anew when a task is returned: it and what builds on it, without what goes on regardless."""
        found = {name}
        for other in self.order:
            if found & (set(self.tasks[other].needs) - set(self.tasks[other].regardless)):
                found.add(other)
        return tuple(item for item in self.order if item in found)

    def roles(self) -> frozenset[str]:
        """The roles its tasks are for."""
        return frozenset(task.role for task in self.tasks.values() if task.role and task.role != OWNER)


@lru_cache(maxsize=256)
def from_text(text: str) -> Procedure:
    """A procedure from what :attr:`Procedure.text` gave."""
    return Procedure.model_validate_json(text)


@dataclass(frozen=True)
class Procedures:
    """The procedures in force."""

    all: tuple[Procedure, ...]

    def choose(self, kind: Kind, facts: Mapping[str, Any]) -> Procedure | None:
        """The procedure of a new case: one whose ``when`` holds, else the one of this kind without ``when``."""
        fitting = [item for item in self.all if kind in item.kinds]
        for procedure in sorted(fitting, key=lambda item: (not item.when, item.name)):
            if holds(procedure.when, facts):
                return procedure
        return None

    def named(self, name: str) -> Procedure | None:
        """The procedure in force with this name."""
        return next((item for item in self.all if item.name == name), None)


NO_PROCEDURE = Procedure(name="none", title=Title(zh="无程序", en="No procedure"), kinds=(), tasks={})
"""What a case goes by that no procedure serves: it has no tasks."""


def sorted_by_needs(tasks: Mapping[str, TaskSpec]) -> list[str]:
    """The names in an order in which every task follows what it needs; those of a circle are left out."""
    done: list[str] = []
    left = list(tasks)
    while ready := [name for name in left if all(need in done for need in tasks[name].needs if need in tasks)]:
        done += ready
        left = [name for name in left if name not in ready]
    return done


def _term(value: str) -> str:
    if not TERM.fullmatch(value):
        raise ValueError(f"{value!r} is no working time: write 30m, 4h, 2d or 1w, with + or - in the ladder")
    return value
