"""survey_measures: what an approved report decided becomes tasks, and the next report says what came of them."""

from __future__ import annotations

import json

from mailflow.casework.own_matters import Matter, open_matter
from mailflow.casework.step import Turn
from mailflow.domain.survey_ports import CLOSED, Round
from mailflow.domain.tasks import TaskStatus
from mailflow.sentences.catalogue import worded
from mailflow.surveys.measures import Measure, measures

PROCEDURE, CARRY_OUT, VERIFY = "survey_measure", "carry_out", "verify"
APPROVAL, MEASURES = "approve_report", "survey_measures"
DUE = "action_due"
OPENED = "measures"
"""In a round's plan: the cases of its measures, from the moment they were opened."""


def open_measures(turn: Turn, of: Round) -> int:
    """Open a case for each measure of a report that was approved, once; how many."""
    if of.status != CLOSED or OPENED in of.plan:
        return 0
    step = turn.load(turn.work.case(of.case_id))
    procedure = turn.desk.procedures().named(PROCEDURE)
    approval = step.file.tasks.get(APPROVAL) if step is not None else None
    if step is None or procedure is None or approval is None or approval.status is not TaskStatus.DONE:
        return 0
    staff = turn.desk.staff()

    def address_of(name: str) -> str:
        person = staff.by_name(name)
        return person.address if person is not None and not staff.has_left(person, turn.day) else ""

    opened: list[int] = []
    for measure in measures(step.file.answers.get(MEASURES, ""), address_of):
        owner = measure.owner or str(of.plan.get("owner", ""))
        words = _asked(turn, of, measure)
        intake = {"duty_period": of.period, "duty_text": words}
        intake |= {DUE: measure.due.isoformat()} if measure.due else {}
        subject = f"{of.period} {measure.words[:60]}"
        matter = Matter(procedure, subject, intake, owner, turn.now, until=DUE if measure.due else "")
        made, blobs = open_matter(turn, matter)
        if blobs:
            turn.desk.vault.put(blobs)
        opened.append(made.case_id)
    turn.work.set_round(of.id, plan=json.dumps({**of.plan, OPENED: opened}, ensure_ascii=False))
    turn.journal("survey.measures", case=of.case_id, round=of.id, opened=len(opened))
    return len(opened)


def effect_of(turn: Turn, earlier: Round | None, language: str) -> str:
    """What became of the measures of an earlier round, a line each; empty where it had none."""
    lines = []
    for case in earlier.plan.get(OPENED, ()) if earlier is not None else ():
        step = turn.load(turn.work.case(case))
        if step is None:
            continue
        carried, checked = step.file.tasks.get(CARRY_OUT), step.file.tasks.get(VERIFY)
        result = step.file.answers.get("verify_result", "")
        if checked is not None and checked.status is TaskStatus.DONE:
            state = worded(language, "carried out, verified: {result}", result=result)
        elif carried is not None and carried.status is TaskStatus.DONE:
            state = worded(language, "carried out, effect not verified yet")
        else:
            state = worded(language, "not carried out yet")
        lines.append(f"{step.case_number} {step.file.state.subject}：{state}")
    return "\n".join(lines)


# ------------------------------------------------------------------------------------------------------------ parts


def _asked(turn: Turn, of: Round, measure: Measure) -> str:
    language = turn.desk.notes.language
    return worded(language, "From the report on satisfaction {number}: {words}", number=of.number, words=measure.words)
