"""gather: one digest for whoever would get more mails in an hour than a person can read.

Listed are the tasks he is not asked for yet, whose time runs all the same, and the notices that were kept back.  The
mails that ask for tasks follow as the hours go by (:mod:`mailflow.scheduled.ask`).  What a digest tells is noted in its
own transaction, so nothing is told twice; nobody gets more than one digest in an hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mailflow.casework import notes
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.domain.ports import Ledger
from mailflow.domain.tasks import TaskLine
from mailflow.office.staff import Person
from mailflow.procedures.extra import spec_of
from mailflow.procedures.model import Procedure, from_text

EVERY = timedelta(hours=1)


def gather(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Write the digests that are due; returns how many were queued."""
    with ledger.begin(durable=False) as work:
        waiting = {*work.gathered_people(), *work.untold_people()}
    queued = 0
    for address in sorted(waiting):
        person = desk.staff().by_address(address)
        if person is None:
            continue
        with ledger.begin() as work:
            queued += _digest(Turn(desk, work, now), person)
    return queued


# ------------------------------------------------------------------------------------------------------------ parts


def _digest(turn: Turn, person: Person) -> bool:
    work, now, brakes = turn.work, turn.now, turn.desk.brakes
    if work.queued_since(person.address, now - EVERY, occasion="gathered:"):
        return False
    full = brakes.is_full(person.address, work, now)
    lines = [line for line in work.open_tasks(person=person.address) if _is_untold(line)] if full else []
    words = work.gathered_words(person.address)
    if not lines and not words:
        return False
    procedures = {digest: from_text(work.procedure_text(digest)) for digest in {line.procedure for line in lines}}
    items = [_item(line, procedures[line.procedure], turn) for line in lines]
    limit = brakes.per_colleague if full else None
    mail = notes.gathered_mail(turn.head(person), items, [said for _, said in words], limit=limit)
    if turn.queue(f"gathered:{now:%Y%m%dT%H%M%S%f}:{person.address}", mail) is None:
        return False
    work.tasks_told([line.task.id for line in lines], now)
    work.gathered_told([row for row, _ in words], now)
    turn.journal("digest.queued", tasks=len(lines), notices=len(words))
    return True


def _is_untold(line: TaskLine) -> bool:
    return line.task.asked_at is None and line.task.gathered_at is None


def _item(line: TaskLine, procedure: Procedure, turn: Turn) -> notes.ReminderItem:
    task, language = line.task, turn.desk.notes.language
    spec = spec_of(procedure, task.name) or procedure.tasks[task.name]
    return notes.ReminderItem(
        case_number=line.case_number, customer=line.customer, task_title=spec.title.of(language),
        record_number=line.record_number, due=task.due_at, overdue=False, token="",
        priority=line.priority,
    )  # fmt: skip
