"""A case as casework sees it: its procedure, the newest task of each name, what people answered, what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailflow.casework.priority import ORDINARY, rank
from mailflow.domain.model import Case, Message
from mailflow.domain.ports import Work
from mailflow.domain.tasks import FINISHED, Answer, CaseState, IssuedRecord, Task, TaskStatus
from mailflow.office.staff import CaseFacts
from mailflow.procedures.exceptions import EXCEPTED, GRANTED, YES, exception_of
from mailflow.procedures.extra import with_extras
from mailflow.procedures.model import FACTS, REPORT, Procedure, TaskSpec, from_text

GRAVE = frozenset({"重大", "恶性"})

TAKEN_OVER = "taken_over_by"
"""The field under which it is kept with a task to whom (an address) it was handed."""

Had = tuple[str, datetime]
"""Who had a task (an address), and since or until when."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail of the customer's and its row; in the ledger it belongs to no case before its turn is over."""

    message: Message
    row: int


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered to a field, in which task, when (aware UTC)."""

    field: str
    value: str
    task: str
    at: datetime


@dataclass(slots=True)
class CaseFile:
    """Kept up to date by the engine while it works.  ``since`` is when the clock of tasks opened now starts."""

    case: Case
    state: CaseState
    procedure: Procedure
    since: datetime
    tasks: dict[str, Task] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)  # every answer, the newest last
    records: dict[str, IssuedRecord] = field(default_factory=dict)  # the newest version of each form
    stale: set[str] = field(default_factory=set)  # fields answered only in tasks that began anew since
    unreached: bool = False  # a letter of this moment had nobody to go to
    rose: bool = False  # it became a matter of top urgency at this moment, and nobody was told yet
    late: bool = False  # the mail of this moment reached us long before it could be read
    heard: Heard | None = None  # the customer's mail that moves the case at this moment
    told: set[str] = field(default_factory=set)  # addresses a letter of this moment goes to, in lower case
    had: dict[str, Had] = field(
        default_factory=dict
    )  # who took a task of this round over, or did it before it came back

    @classmethod
    def load(cls, case: Case, work: Work, now: datetime) -> CaseFile | None:
        """A case from the ledger; None when it runs by no procedure."""
        state = work.case_state(case.id)
        if not state.procedure:
            return None
        every = work.tasks(case.id, history=True)
        tasks = [task for task in every if task.current]
        said, names = work.answers(case.id), {task.id: task.name for task in every}
        current = {task.id for task in tasks}
        return cls(
            case=case,
            state=state,
            procedure=with_extras(from_text(work.procedure_text(state.procedure)), (task.name for task in tasks)),
            since=now,
            tasks={task.name: task for task in tasks},
            answers={answer.field: answer.value for answer in said},
            said=[Said(item.field, item.value, names.get(item.task_id, ""), item.at) for item in said],
            stale={item.field for item in said} - {item.field for item in said if item.task_id in current},
            records={record.form: record for record in work.issued_records(case.id)},
            had=_had(every, said, state.round),
        )

    def spec(self, task: Task) -> TaskSpec:
        """What the procedure says of a task."""
        return self.procedure.tasks[task.name]

    def facts(self) -> dict[str, Any]:
        """What a ``when`` may ask about; fields nobody answered are empty."""
        known = facts_of(self.case, self.state) | dict.fromkeys(self.procedure.fields, "") | self.answers
        known["repeat"] = self.answers.get("repeat_judged") == "是"
        return known | {"urgent": self.is_grave, "promised": bool(self.answers.get("plan_promises"))}

    def routing(self) -> CaseFacts:
        """What decides who is responsible."""
        return CaseFacts(
            kind=self.case.kind.value,
            subkinds=self.state.subkinds,
            product=str(self.state.intake.get("product", "")),
            customer_number=self.case.customer.number,
            subject=self.state.subject,
        )

    def said_before(self, name: str, spec: TaskSpec) -> Said | None:
        """The newest answer to a field from a task this one builds on; None when none answered it."""
        before = self.procedure.before(spec)
        return next((item for item in reversed(self.said) if item.field == name and item.task in before), None)

    def excepted(self, name: str) -> str:
        """Who may do a task though he did what it judges, since the general manager said so; an address, or empty."""
        asked = exception_of(name)
        said = {item.field: item.value for item in self.said if item.task == asked}
        return said.get(EXCEPTED, "") if said.get(GRANTED) == YES else ""

    def retire(self, names: Iterable[str]) -> None:
        """These tasks begin anew: what stands is history, and who did them is asked again."""
        for name in names:
            task = self.tasks.pop(name, None)
            if task is not None:
                self.had |= _done_in([task], task.round)

    def day_of(self, name: str, spec: TaskSpec) -> str:
        """The ISO day or moment of a field, as answered before this task, or of a step of a report he wants."""
        said = self.said_before(name, spec)
        return said.value if said and said.value else str(self.state.intake.get(name, ""))

    def done_by(self, name: str) -> str:
        """Who did a task; empty while it is not done."""
        task = self.tasks.get(name)
        return task.done_by if task and task.status in FINISHED else ""

    @property
    def is_urgent(self) -> bool:
        """Does it come before the ordinary ones: grave, or of a priority?"""
        return self.is_grave or rank(self.state.priority) < rank(ORDINARY)

    @property
    def is_grave(self) -> bool:
        """Was it read, or judged, to be more than ordinary?"""
        return (self.answers.get("severity_judged") or self.state.severity) in GRAVE


def _had(tasks: Sequence[Task], said: Iterable[Answer], round_: int) -> dict[str, Had]:
    """Who had each task of this round the last time: who took it over, or did it before it came back."""
    found, of = _done_in([task for task in tasks if not task.current], round_), {task.id: task for task in tasks}
    for item in said:
        task = of.get(item.task_id)
        if item.field != TAKEN_OVER or task is None or task.round != round_:
            continue
        if task.name not in found or found[task.name][1] <= item.at:
            found[task.name] = (item.value, item.at)
    return found


def _done_in(tasks: Iterable[Task], round_: int) -> dict[str, Had]:
    done = (task for task in tasks if task.round == round_ and task.status is TaskStatus.DONE)
    return {task.name: (task.done_by, task.done_at) for task in done if task.done_by and task.done_at}


def facts_of(case: Case, state: CaseState) -> dict[str, Any]:
    """The facts of a new case (:data:`mailflow.procedures.model.FACTS`): nobody has said yet that it is a repeat."""
    values = (
        case.kind.value, list(state.subkinds), state.severity, state.language, state.channel,
        False, state.round, state.severity in GRAVE, False, state.intake.get(REPORT, ""),
    )  # fmt: skip
    return dict(zip(FACTS, values, strict=True))
