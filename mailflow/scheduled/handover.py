"""handover: tasks of people who are away go to whoever stands in, tasks nobody held to whoever holds their role now."""

from __future__ import annotations

from datetime import date, datetime

from mailflow.casework.assign import person_for
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.ports import Ledger, Work
from mailflow.staff import Staff
from mailflow.tasks import TaskLine


def hand_over(desk: Desk, ledger: Ledger, now: datetime, *, unheld: bool = False) -> int:
    """Give open tasks of absent people to others, who are asked anew; returns how many changed hands.

    ``unheld`` also looks at tasks nobody held: worth it when the list of staff changed.  A task for which there is
    nobody stays where it is, and is listed.
    """
    staff, day = desk.staff(), now.astimezone(desk.zone).date()
    if not staff.people:
        return 0
    changed = 0
    with ledger.begin() as work:
        absent = [address for address in work.holders() if not _is_here(address, staff, day)]
        lines = [line for address in absent for line in work.open_tasks(person=address)]
        lines += [line for line in work.open_tasks(person="") if line.task.role] if unheld else []
        for line in lines:
            changed += _hand_over(line, desk, work, now)
    return changed


def _is_here(address: str, staff: Staff, day: date) -> bool:
    """Is this one of our people, and at work?"""
    person = staff.by_address(address)
    return person is not None and staff.is_present(person, day)


def _hand_over(line: TaskLine, desk: Desk, work: Work, now: datetime) -> int:
    task = line.task
    file = CaseFile.load(work.case(task.case_id), work, now)
    if file is None:
        return 0
    spec = file.spec(task)
    person = person_for(spec, file, desk, now)
    if person is None or person.address == task.person or not work.reassign_task(task.id, person.address):
        return 0
    if spec.done_by == "event":
        work.asked(task.id, now)  # still the customer's turn
    work.journal(
        "task.handed_on", now, case=task.case_id, task=task.name, id=task.id, to=person.address,
        reason="absent" if task.person else "held_again",
    )  # fmt: skip
    return 1
