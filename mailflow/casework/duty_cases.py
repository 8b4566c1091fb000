"""The case of one occasion of a duty: opened by the calendar, run by a procedure, done by reply like any task.

It belongs to no customer.  Its procedure is kept with it as with every case, with the duty's own title, owner and time
in the steps that are the owner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailflow.casework import engine
from mailflow.casework.casefile import CaseFile
from mailflow.casework.own_matters import CHANNEL, DUE, PERIOD, TEXT, enter
from mailflow.casework.step import Turn
from mailflow.domain.model import Case
from mailflow.domain.tasks import CaseState, CaseStatus
from mailflow.duties.model import Due
from mailflow.office.staff import Person
from mailflow.procedures.model import OWNER, Procedure


@dataclass(frozen=True, slots=True)
class NewDuty:
    """An occasion to be opened; ``person``: whose own it is, or who alone owes it; None: whoever holds the role.

    ``report``: what the record of its period's report is printed with, where its procedure has one.
    """

    due: Due
    procedure: Procedure
    person: Person | None = None
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whose(self) -> str:
        """The address of whoever does it for himself; empty where one does it for all."""
        return self.person.address if self.person is not None and self.due.duty.each else ""


def open_duty(turn: Turn, new: NewDuty) -> tuple[Case, engine.Blobs]:
    """Open it under the next number, with its first tasks; nobody is asked yet."""
    desk, work, now = turn.desk, turn.work, turn.now
    duty, occasion, language = new.due.duty, new.due.occasion, desk.notes.language
    subject = f"{occasion.period} {duty.title.of(language)}"
    case = enter(turn, subject)
    turn.journal("duty.begun", case=case.id, duty=duty.name, period=occasion.period, due=occasion.day.isoformat())
    state = CaseState(
        status=CaseStatus.OPEN, round=1, channel=CHANNEL, severity="", language=language, subkinds=(), procedure="",
        intake={**new.report, PERIOD: occasion.period, TEXT: duty.text[language], DUE: occasion.day.isoformat()},
        subject=subject,
    )  # fmt: skip
    file = _begun(turn, case, state, new)
    blobs = engine.advance(turn.on(file))
    work.begin_duty(duty.name, occasion.period, new.whose, occasion.day, case.id, now)
    work.touch(case.customer.id)
    return case, blobs


def owned(procedure: Procedure, due: Due) -> Procedure:
    """The procedure with the duty's owner in the steps of its owner, and its title and day in the first of them."""
    duty = due.duty
    tasks = dict(procedure.tasks)
    for place, name in enumerate(name for name in procedure.order if tasks[name].role == OWNER):
        mine: dict[str, Any] = {"role": "" if "@" in duty.owner else duty.owner}
        mine |= {"title": duty.title, "until": DUE} if place == 0 else {}
        tasks[name] = tasks[name].model_copy(update=mine)
    return procedure.model_copy(update={"title": duty.title, "tasks": tasks})


# ------------------------------------------------------------------------------------------------------------ parts


def _begun(turn: Turn, case: Case, state: CaseState, new: NewDuty) -> CaseFile:
    procedure = owned(new.procedure, new.due)
    file = engine.begin_by(turn, case, state, procedure, new.due.begins)
    if new.person is not None:
        mine = [name for name, task in new.procedure.tasks.items() if task.role == OWNER]
        file.had.update(dict.fromkeys(mine, (new.person.address, turn.now)))
    return file
