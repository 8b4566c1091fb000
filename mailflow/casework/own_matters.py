"""A matter of our own, without a customer: its case lies under our own company and runs by a procedure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.casework import engine
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Case, Details, Kind
from mailflow.domain.tasks import CaseState, CaseStatus
from mailflow.procedures.model import OWNER, Procedure, Title

CHANNEL = "calendar"
PERIOD, TEXT, DUE = "duty_period", "duty_text", "duty_due"
"""What such a case is printed and asked with: the period it is about, what is to be done, until which day (ISO)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is opened: ``subject`` names it, ``intake`` is what its records are printed with; ``owner`` is the address
    of whoever has the steps of ``role: owner``, empty: their role was put in already.  ``since``: its clocks begin.
    """

    procedure: Procedure
    subject: str
    intake: Mapping[str, Any]
    owner: str
    since: datetime
    title: Title | None = None


def open_matter(turn: Turn, matter: Matter) -> tuple[Step, engine.Blobs]:
    """Open it under the next number, with its first tasks; nobody is asked yet."""
    desk, work, now = turn.desk, turn.work, turn.now
    case = enter(turn, matter.subject)
    state = CaseState(
        status=CaseStatus.OPEN, round=1, channel=CHANNEL, severity="", language=desk.notes.language, subkinds=(),
        procedure="", intake=dict(matter.intake), subject=matter.subject,
    )  # fmt: skip
    tasks = dict(matter.procedure.tasks)
    mine = [name for name, task in tasks.items() if task.role == OWNER] or [*tasks]
    for name in mine:
        change: dict[str, Any] = {"title": matter.title} if matter.title else {}
        change |= {"role": ""} if tasks[name].role == OWNER else {}
        change |= {"until": DUE} if matter.intake.get(DUE) else {}
        tasks[name] = tasks[name].model_copy(update=change)
    file = engine.begin_by(turn, case, state, matter.procedure.model_copy(update={"tasks": tasks}), matter.since)
    if matter.owner:
        file.had.update(dict.fromkeys(mine, (matter.owner, now)))
    step = turn.on(file)
    blobs = engine.advance(step)
    work.touch(case.customer.id)
    return step, blobs


def enter(turn: Turn, subject: str) -> Case:
    """A case of our own under the next number; it runs by nothing yet."""
    desk, work, now = turn.desk, turn.work, turn.now
    assert desk.opening is not None
    number = desk.series.next_case(desk.opening.prefixes.get(Kind.DUTY.value, "ZQ"), work, now)
    owner = work.own_company(desk.series.own_company(now), "", now)
    details = Details(kind=Kind.DUTY, language=desk.notes.language)
    case = work.add_case(number, owner, details, Kind.DUTY, subject=subject, opened_by="", now=now)
    turn.journal("case.opened", case=case.id, number=number, kind=Kind.DUTY.value)
    return case
