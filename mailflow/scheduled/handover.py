"""handover: tasks of people who are away go to whoever stands in, tasks nobody held to whoever holds their role now.

Safe to repeat: what changed hands is nobody's matter any more, and what a person who left leaves behind without anybody
to take it belongs to nobody then, which is told once.
"""

from __future__ import annotations

from datetime import date, datetime

from mailflow.casework import notices
from mailflow.casework.assign import person_for
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.step import Step, Turn
from mailflow.domain.ports import Ledger
from mailflow.domain.tasks import Task
from mailflow.office.staff import Staff
from mailflow.procedures.model import TaskSpec

ORAL = "oral"


def hand_over(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Give open tasks of absent people, and tasks nobody held, to others, who are asked; how many changed hands.

    Only another day or another list of staff changes who is there, so it is worth calling then and at the start.  A
    task of somebody on leave for which there is nobody else waits for him.
    """
    staff, day = desk.staff(), now.astimezone(desk.zone).date()
    if not staff.people:
        return 0
    changed = 0
    left: list[tuple[CaseFile, Task]] = []
    steps: dict[int, Step | None] = {}
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        absent = [address for address in work.holders() if not _is_here(address, staff, day)]
        waiting = [line.task for address in absent for line in work.open_tasks(person=address)]
        waiting += [line.task for line in work.open_tasks(person="") if line.task.role]
        for task in waiting:
            if task.case_id not in steps:
                steps[task.case_id] = turn.load(work.case(task.case_id))
            step = steps[task.case_id]
            if step is None:
                continue
            person = person_for(step, task.name)
            if person is not None:
                changed += person.address != task.person and _give(step, task, person.address)
            elif task.person and _is_gone(task.person, staff, day) and _give(step, task, ""):
                left.append((step.file, task))
        notices.left_behind(turn, left)
    return changed


# ------------------------------------------------------------------------------------------------------------ parts


def _is_here(address: str, staff: Staff, day: date) -> bool:
    """Is this one of our people, and at work?"""
    person = staff.by_address(address)
    return person is not None and staff.is_present(person, day)


def _is_gone(address: str, staff: Staff, day: date) -> bool:
    """Is this nobody of ours any more?"""
    person = staff.by_address(address)
    return person is None or staff.has_left(person, day)


def _give(step: Step, task: Task, to: str) -> bool:
    """Note who has the task now; False when it was ended meanwhile."""
    waits = task.asked_at is not None and _waits_for_customer(step, step.file.spec(task), task)
    if not step.work.reassign_task(task.id, to):
        return False
    if waits and task.asked_at is not None:
        step.work.asked(task.id, task.asked_at)  # still the customer's turn, since when it was
    step.journal("task.handed_on", case=task.case_id, task=task.name, id=task.id, to=to or "-",
        reason="absent" if task.person else "held_again",
    )  # fmt: skip
    return True


def _waits_for_customer(step: Step, spec: TaskSpec, task: Task) -> bool:
    """Is it the customer who must act, and was none of our people asked to do it for him?"""
    if spec.done_by != "event" or step.file.state.channel == ORAL:
        return False
    return not task.person or not step.work.was_asked_for(task.id, task.person, task.opened_at)
