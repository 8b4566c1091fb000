"""quiet: a customer who heard nothing of us for some working days gets a word, from a person, within a time.

Who is waited for (he was asked something and has not answered) has had his word.  A case in which somebody is to write
to the customer already is left alone.
"""

from __future__ import annotations

from datetime import datetime

from mailflow.casework import speaking
from mailflow.casework.desk import Desk
from mailflow.casework.engine import Blobs
from mailflow.casework.step import Step, Turn
from mailflow.domain.ports import Ledger, Vault
from mailflow.domain.tasks import TaskStatus
from mailflow.office.working_time import parse_term

MOST = 50  # tasks of one round: after a long stop nobody gets hundreds at once
LOOKED_AT = 1000


def quiet(desk: Desk, ledger: Ledger, vault: Vault, now: datetime) -> int:
    """Let somebody write to the customers who heard nothing; returns to how many.

    ``desk.quiet_days`` are working days of the company's calendar; with 0 nobody is looked for.
    """
    staff = desk.staff()
    if not desk.quiet_days or not staff.people:
        return 0
    before = staff.calendar.add(now, parse_term(f"-{desk.quiet_days}d"))
    found, blobs = 0, Blobs()
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        for row, last in work.quiet_cases(before, LOOKED_AT):
            step = turn.load(work.case(row))
            if step is None or speaking.is_due(step) is not None or _is_waited_for(step):
                continue
            day = f"{last.astimezone(desk.zone):%Y-%m-%d}"
            blobs += speaking.ask_for(step, "quiet", day, step.file.state.subject, None)
            found += 1
            if found >= MOST:
                break
        if blobs:
            vault.put(blobs)
    return found


def _is_waited_for(step: Step) -> bool:
    """Is it the customer's turn, or is a word to him waiting for approval?"""
    return any(
        task.status is TaskStatus.OPEN
        and (step.file.spec(task).done_by == "event" or bool(step.file.spec(task).approves))
        for task in step.file.tasks.values()
    )
