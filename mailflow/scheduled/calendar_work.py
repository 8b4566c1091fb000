"""calendar_work: what duties of the calendar ask for is opened as a case when its time to begin has come.

Every period once, for each who owes it: the case, its tasks and the note that it was opened are one transaction, so a
restart, a clock set back or a second worker opens nothing again; what began while nothing ran is opened late, not left
out.  A duty that is new, or was switched on, begins with what is still to come.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.casework.desk import Desk
from mailflow.casework.duty_cases import NewDuty, open_duty
from mailflow.casework.step import Turn
from mailflow.domain.errors import TemporaryError
from mailflow.domain.model import Kind
from mailflow.domain.ports import Ledger, Vault
from mailflow.duties.model import Due, Duties
from mailflow.office.staff import Person, Staff
from mailflow.procedures.model import Procedure
from mailflow.reports.records import FORMS
from mailflow.runtime.logs import event
from mailflow.scheduled.report import Reporting, carried


def begin_duties(
    desk: Desk, ledger: Ledger, vault: Vault, duties: Duties, now: datetime, *, made: Reporting | None = None
) -> int:
    """Open what began since the last look; returns how many cases were opened.

    ``made`` makes the reports whose records duties carry.  What breaks is said in the log and tried again at the next
    look; it keeps nothing else waiting.
    """
    staff = desk.staff()
    with ledger.begin(durable=False) as work:
        since = work.duties_since(duties.by_name, now)
    if not since:
        return 0
    begun = [due for due in duties.begun(staff.calendar, min(since.values()), now) if since[due.duty.name] < due.begins]
    opened, is_whole = 0, True
    for due in begun:
        for person in owners(due, staff, now):
            try:
                opened += _open(desk, ledger, vault, NewDuty(due, _by(desk, due), person), now, made)
            except TemporaryError:
                raise
            except Exception:
                is_whole = False
                event("duty.broke", logging.ERROR, trace=True, duty=due.duty.name, period=due.occasion.period)
    if begun and is_whole:
        with ledger.begin() as work:
            work.duties_looked_at(now)
    return opened


def owners(due: Due, staff: Staff, now: datetime) -> Sequence[Person | None]:
    """Whose own it is; None stands for whoever holds the role, or for nobody."""
    duty = due.duty
    if "@" in duty.owner:
        return [staff.by_address(duty.owner)]
    day = now.astimezone(staff.calendar.zone).date()
    holders = [each for each in staff.people if duty.owner in each.roles and not staff.has_left(each, day)]
    return holders if duty.each and holders else [None]


# ------------------------------------------------------------------------------------------------------------ parts


def _by(desk: Desk, due: Due) -> Procedure:
    found = desk.procedures().named(due.duty.procedure)
    if found is None or Kind.DUTY not in found.kinds:
        raise LookupError(f"no procedure {due.duty.procedure!r} for duties")
    return found


def _open(desk: Desk, ledger: Ledger, vault: Vault, new: NewDuty, now: datetime, made: Reporting | None) -> bool:
    duty, period = new.due.duty, new.due.occasion.period
    with ledger.begin(durable=False) as work:
        if work.has_begun(duty.name, period, new.whose):
            return False
    form = next((task.form for task in new.procedure.tasks.values() if task.form in FORMS), "")
    report = carried(made, ledger, form, period, now) if form and made is not None else None
    with ledger.begin() as work:
        if work.has_begun(duty.name, period, new.whose):
            return False
        if report is not None:
            work.freeze_report(report.figures)
            new = replace(new, report=report.intake)
        case, blobs = open_duty(Turn(desk, work, now), new)
        if blobs:
            vault.put(blobs)
    event("duty.begun", duty=duty.name, period=period, case=case.number)
    return True
