"""attend: what a person must decide about held mail gets a person and a time, and he is asked, and reminded once.

A continuation that failed the checks is for whose case it is, a pile for who serves customers.  The time is thirty
working minutes, as for a complaint; `mailflow held` and the managers' summary show what is late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.casework import held, notes, notices, reply_token
from mailflow.casework.assign import calendar_of
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.casework.writing import MAX_DETAILS
from mailflow.domain.ports import Ledger
from mailflow.domain.storm_ports import HeldTask
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.sentences.catalogue import sentence, worded

WITHIN = timedelta(minutes=30)  # of working time
HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=15)  # nobody is late with what he was only just asked for
MOST = 500  # looked at in one round
MAILS = 4  # to one person in an hour, whatever else he gets: a storm of tasks must not keep its own pile from him

_REASONS = {
    "failed_sender": sentence("its sender failed the checks"),
    "storm": sentence("more mail than an hour bears"),
}


def attend(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Give out, ask for and remind of what must be decided; returns how many mails were queued."""
    if not desk.staff().people:
        return 0
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        open_tasks = [_given(turn, task) for task in work.held_tasks(MOST)]
        fresh = [task for task in open_tasks if task.person and task.asked_at is None]
        late = [task for task in open_tasks if _is_late(task, now)]
        asked = sum(_tell(turn, person, tasks, overdue=False) for person, tasks in _by_person(turn, fresh))
        return asked + sum(_tell(turn, person, tasks, overdue=True) for person, tasks in _by_person(turn, late))


# ------------------------------------------------------------------------------------------------------------ parts


def _given(turn: Turn, task: HeldTask) -> HeldTask:
    """The task with its person and its time; somebody else gets it, and is asked, when its person is not there."""
    staff = turn.desk.staff()
    holder = staff.by_address(task.person)
    if holder is not None and staff.is_present(holder, turn.day):
        return task
    person = keeper(turn, task.case_id)
    due = task.due_at or calendar_of(person, turn.desk).add(task.since, WITHIN)
    address = person.address if person else ""
    if (address, due) == (task.person, task.due_at):
        return task
    turn.work.held_task_given(task.id, address, due)
    return replace(task, person=address, due_at=due, asked_at=None)


def keeper(turn: Turn, case_id: int | None) -> Person | None:
    """Whose case it is, else who takes mail in and serves customers, else who leads them or can name somebody."""
    step = turn.load(turn.work.case(case_id)) if case_id is not None else None
    if step is not None and (owners := notices.owners(step)):
        return owners[0]
    staff = turn.desk.staff()
    holders = (staff.holder(role, day=turn.day) for role in (*notices.OWNERS, notices.LEADER))
    return next(filter(None, (*holders, *notices.who_can_name(turn))), None)


def _is_late(task: HeldTask, now: datetime) -> bool:
    return task.due_at is not None and task.due_at <= now and task.asked_at is not None and task.asked_at + GRACE <= now


def _by_person(turn: Turn, tasks: Sequence[HeldTask]) -> list[tuple[Person, list[HeldTask]]]:
    found: defaultdict[str, list[HeldTask]] = defaultdict(list)
    for task in tasks:
        found[task.person].append(task)
    people = ((turn.desk.staff().by_address(address), mine) for address, mine in sorted(found.items()))
    return [(person, mine) for person, mine in people if person is not None]


def _tell(turn: Turn, person: Person, tasks: Sequence[HeldTask], *, overdue: bool) -> bool:
    """One mail for the first of them; when he got enough of these in this hour a later round tells him."""
    if turn.work.queued_since(person.address, turn.now - HOUR, occasion="held:") >= MAILS:
        return False
    tasks = tasks[:MAX_DETAILS]  # each has a number in the mail, by which it is answered
    numbers = {task.case_number for task in tasks}
    head = turn.head(person, numbers.pop() if len(numbers) == 1 else "")
    due = min(task.due_at for task in tasks if task.due_at is not None)
    token = reply_token.make_held(tasks[0].id, len(tasks), person.address, turn.now, turn.desk.secret)
    lines = [f"{number}. {_line(turn, task)}" for number, task in enumerate(tasks, 1)]
    kinds = {"pile" if task.pile else "mail" for task in tasks}
    mail = notes.held_mail(head, lines, token, due=due, overdue=overdue, kinds=kinds)
    what = "late" if overdue else "ask"
    case = tasks[0].case_id if len({task.case_id for task in tasks}) == 1 else None
    occasion = f"held:{what}:{tasks[0].id}:{turn.now:%Y%m%dT%H%M%S%f}:{person.address}"
    if turn.queue(occasion, mail, case=case) is None:
        return False
    ids = [task.id for task in tasks]
    (turn.work.held_task_reminded if overdue else turn.work.held_task_asked)(ids, mail.message_id, turn.now)
    for task in tasks:
        turn.journal(f"held.{'reminded' if overdue else 'asked'}", message=task.message, case=task.case_id, id=task.id)
    return True


def _line(turn: Turn, task: HeldTask) -> str:
    language, zone = turn.desk.notes.language, turn.desk.zone
    reason = worded(language, _REASONS[task.reason]) if task.reason in _REASONS else task.reason
    due = worded(language, "due {due}", due=f"{task.due_at.astimezone(zone):%m-%d %H:%M}") if task.due_at else ""
    return " · ".join(
        filter(None, (held.name_of(turn, task), task.case_number, reason, one_line(task.subject, 80), due))
    )
