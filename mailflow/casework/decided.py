"""What a meeting decided becomes tasks: a matter of our own for each, asked, reminded and closed like any other.

They are opened in the transaction in which the step ``do: decide`` begins, once the minutes are approved; their numbers
are kept with the case, so that nothing opens them again.
"""

from __future__ import annotations

from mailflow.casework import engine
from mailflow.casework.own_matters import DUE, PERIOD, TEXT, Matter, open_matter
from mailflow.casework.step import Step, Turn
from mailflow.domain.tasks import Task, TaskStatus
from mailflow.duties.model import GENERIC
from mailflow.outgoing.compose import one_line
from mailflow.procedures.model import Title
from mailflow.reading.answers.decisions import Decision, kept
from mailflow.reading.answers.typed import Reading

OPENED = "decisions_opened"
"""The field with the numbers of the matters that were opened."""

_LONGEST_TITLE = 50


def reading(turn: Turn) -> Reading:
    """What decisions are read with at this moment."""
    names = [each.name for each in turn.desk.staff().people]
    return Reading(turn.desk.words, turn.now, turn.desk.zone, names)


def hand_out(step: Step, message: int | None) -> engine.Blobs:
    """Open a matter for each decision of a step that has begun just now; the files of their records."""
    blobs = engine.Blobs()
    for name, task in list(step.file.tasks.items()):
        spec = step.file.procedure.tasks.get(name)
        if spec is None or spec.do != "decide" or task.status is not TaskStatus.DONE:
            continue
        if OPENED not in step.file.answers:
            blobs += _open(step, task, step.file.answers.get(spec.text, ""), message)
    return blobs


# ------------------------------------------------------------------------------------------------------------ parts


def _open(step: Step, task: Task, said: str, message: int | None) -> engine.Blobs:
    numbers, blobs = list[str](), engine.Blobs()
    for decision in kept(said):
        matter, more = open_matter(Turn(step.desk, step.work, step.now), _matter(step, decision))
        numbers.append(matter.case_number)
        blobs += more
    engine.answer(step, task, {OPENED: "；".join(numbers)}, by="mailflow", message=message)
    step.journal("decisions.opened", message=message, count=len(numbers))
    return blobs


def _matter(step: Step, decision: Decision) -> Matter:
    procedure = step.desk.procedures().named(GENERIC)
    assert procedure is not None, f"no procedure {GENERIC} for what was decided"
    words = one_line(decision.words, _LONGEST_TITLE)
    person = step.desk.staff().by_name(decision.person)
    intake = {
        PERIOD: step.file.state.intake.get("duty_period", ""),
        TEXT: f"{decision.words}（{step.case_number}）",
        DUE: decision.day,
    }
    owner = person.address if person else ""
    return Matter(procedure, words, intake, owner, step.now, Title(zh=words, en=words))
