"""remind: the reminder ladder of tasks, and one combined mail per person and day.

Each step of a ladder is one occasion: its row moves on in the transaction that queues the mail, so a restart repeats
nothing.  Steps fall into working time by themselves; what is found late at night waits for the morning, unless the
case is grave.  Steps of ordinary tasks that have days are left to the daily mail.  What somebody is told of several
tasks at the same moment is one digest (:mod:`.gather`); reminders of grave cases are mails of their own.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.casework import actions, engine, notes, reply_token, reported
from mailflow.casework.assign import calendar_of
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.said import wanted_of
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import TemporaryError
from mailflow.domain.model import OutgoingMail
from mailflow.domain.ports import Ledger, Vault
from mailflow.domain.tasks import Task, TaskLine, TaskStatus
from mailflow.office.staff import Person
from mailflow.outgoing.templates import moment_words
from mailflow.procedures.extra import spec_of
from mailflow.procedures.model import Procedure, from_text
from mailflow.runtime.logs import event
from mailflow.sentences.catalogue import worded

GROUP = 100  # a tick must stay short, and still tell together what is due together; the next one follows at once
SOON = timedelta(hours=24)
JUST_ASKED = timedelta(minutes=15)  # who was asked for a task so shortly ago has it before him
AGAIN = timedelta(hours=1)  # after a step that broke
GRACE = timedelta(minutes=15)  # of working time that everybody has before his superior hears of him


def remind(desk: Desk, ledger: Ledger, vault: Vault, now: datetime, *, limit: int = GROUP) -> int:
    """Take every step of the ladders that is due; returns how many steps were taken."""
    with ledger.begin() as work:
        turn, due = Turn(desk, work, now), work.due_tasks(limit, now)
        blobs: engine.Blobs = []
        told: list[_Told] = []
        for task in due:
            try:
                with work.savepoint():
                    blobs += _steps(turn, task, told)
            except TemporaryError:
                raise
            except Exception:
                # One task that breaks must not silence the others; it is tried again later and said in the log.
                event("remind.broke", logging.ERROR, trace=True, task=task.id)
                turn.journal("remind.failed", case=task.case_id, task=task.name, id=task.id)
                work.stepped(task.id, task.step, now + AGAIN)
        _tell(turn, told)
        if blobs:
            vault.put(blobs)
    return len(due)


def daily(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """One mail to each person with work that is due today or late; returns how many were queued.

    Safe to repeat: a person gets one such mail a day, and none on a day off.
    """
    today = now.astimezone(desk.zone).date()
    by_person: defaultdict[str, list[TaskLine]] = defaultdict(list)
    with ledger.begin(durable=False) as work:
        turn = Turn(desk, work, now)
        promised = _promised(turn)
        for line in work.open_tasks(due_before=now + SOON):
            asked = line.task.asked_at
            if line.task.person and (asked or line.task.gathered_at) and not (asked and now - asked < JUST_ASKED):
                by_person[line.task.person].append(line)
        keeper = desk.staff().holder("service", day=today) if promised else None
        if keeper is not None:
            by_person[keeper.address] += []  # promises alone are a reason to write to him
        told = reported.waiting(turn)
        for reader in told:
            by_person[reader] += []  # so are complaints he must know of
        heads = {
            person.address: turn.head(person) for address in by_person if (person := desk.staff().by_address(address))
        }
        digests = {line.procedure for lines in by_person.values() for line in lines}
        procedures = {digest: from_text(work.procedure_text(digest)) for digest in digests}
    # Made between two transactions: thousands of lines take their time, and nobody else may wait for it.
    mails = []
    for address, lines in sorted(by_person.items()):
        person = desk.staff().by_address(address)
        if person is None or not calendar_of(person, desk).working_day(today):
            continue
        items = [_item(turn, line, procedures[line.procedure], person) for line in lines]
        if keeper is not None and address == keeper.address:
            items += promised
        heard = told.get(person.address, {})
        mail = notes.daily_mail(heads[person.address], person.name, items, told=list(heard.values()))
        mails.append((f"daily:{today.isoformat()}:{person.address}", mail, list(heard)))
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        return sum(_queue_daily(turn, *each) for each in mails)


# ------------------------------------------------------------------------------------------------------------ parts


def _queue_daily(turn: Turn, key: str, mail: OutgoingMail, rows: Sequence[int]) -> bool:
    """Queue a daily mail and note what it tells; was it queued?"""
    if turn.queue(key, mail) is None:
        return False
    turn.work.gathered_told(rows, turn.now)
    return True


def _promised(turn: Turn) -> list[notes.ReminderItem]:
    """Promises to customers that are due: chased like tasks, with whoever serves customers."""
    title = worded(turn.desk.notes.language, "Keep the promise")
    return [
        notes.ReminderItem(
            case_number=case.number, customer=case.customer.company, task_title=f"{title}：{promise.words[:40]}",
            record_number="", due=promise.due_at, overdue=promise.due_at < turn.now, token="",
        )
        for promise in turn.work.promises()
        if promise.due_at is not None and promise.due_at <= turn.now + SOON
        and (case := turn.work.case(promise.case_id))
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """What somebody is told of one task of the step's case: as a mail, and as a line of a digest.

    ``apart``: too urgent to stand among others.
    """

    step: Step
    person: Person
    occasion: str
    mail: OutgoingMail
    words: str
    apart: bool = False


def _tell(turn: Turn, told: Sequence[_Told]) -> None:
    """One mail to each person however much is late: of several tasks a digest tells (:mod:`.gather`)."""
    by_person: defaultdict[str, list[_Told]] = defaultdict(list)
    for item in told:
        if item.apart:
            item.step.queue(item.occasion, item.mail)
        else:
            by_person[item.person.address].append(item)
    for address, items in by_person.items():
        if len(items) == 1 and not turn.work.gathered_words(address):
            items[0].step.tell(items[0].person, items[0].occasion, items[0].mail, items[0].words)
            continue
        for item in items:
            turn.work.gather(item.occasion, address, item.words, case=item.step.case_id, now=turn.now)


def _steps(turn: Turn, task: Task, told: list[_Told]) -> engine.Blobs:
    """Take all steps of a task that are due: what came due while nobody looked is told together."""
    blobs: engine.Blobs = []
    fresh: list[_Told] = []
    while True:
        blobs += _step(turn, task, fresh)
        now = turn.work.task(task.id)
        if now is None or now.status is not TaskStatus.OPEN or now.step == task.step:
            break
        if now.next_at is None or now.next_at > turn.now:
            break
        task = now
    told += fresh
    return blobs


def _step(turn: Turn, task: Task, told: list[_Told]) -> engine.Blobs:
    step = turn.load(turn.work.case(task.case_id))
    if step is None:
        turn.work.stepped(task.id, task.step, None)
        return []
    file, work, now = step.file, step.work, step.now
    spec = file.spec(task)
    if spec.done_by == "clock":
        done = engine.complete(step, task, outcome="time", by="mailflow")
        return done or []
    person = step.desk.staff().by_address(task.person)
    hours = calendar_of(person, step.desk)
    if not file.is_grave and not hours.is_working(now):
        work.stepped(task.id, task.step, hours.next_opening(now))
        return []
    what: str = spec.overdue[task.step].do
    if what == "escalate" and person is not None:
        # A mail that was collected late has its deadline behind it: nobody is late with what he was not asked for.
        asked = task.asked_at or task.gathered_at or now
        fair = asked + GRACE if file.is_grave else hours.add(asked, GRACE)
        if now < fair:
            work.stepped(task.id, task.step, fair)
            return []
    if what == "hold_customer":
        # Whose mail was only just taken in has our acknowledgement in hand; nobody says twice that we are at work.
        if step.desk.staff().people and task.next_at is not None and task.opened_at < task.next_at:
            actions.hold(step)
        else:
            what = "skipped"
    elif what == "escalate" and _escalates_again(step, task):
        what = "skipped"  # the step after it tells the same superior the same
    elif what == "escalate":
        told += _escalate(step, task, person)
    elif person is not None and _is_urgent(task, file) and not _is_stale(step, task) and not _is_full(step, person):
        told.append(_remind(step, task, person))
    else:
        what = "left_to_daily_mail"
    step.journal("task.reminded", task=task.name, id=task.id, step=task.step, what=what)
    work.stepped(task.id, task.step + 1, engine.next_step(step, task))
    return []


def _escalates_again(step: Step, task: Task) -> bool:
    """Is the next step of the ladder due as well, and tells the superior too?"""
    following, ladder = engine.next_step(step, task), step.file.spec(task).overdue
    return following is not None and following <= step.now and ladder[task.step + 1].do == "escalate"


def _is_full(step: Step, person: Person) -> bool:
    """Did he get so many mails in this hour that the daily mail must do?"""
    return step.desk.brakes.is_full(person.address, step.work, step.now)


def _is_stale(step: Step, task: Task) -> bool:
    """Is there no sense in this reminder any more: he was asked after its time, or a later step is due as well?"""
    following = engine.next_step(step, task)
    if following is not None and following <= step.now:
        return True
    return task.asked_at is None or (task.next_at is not None and task.asked_at >= task.next_at)


def _is_late(task: Task, now: datetime) -> bool:
    """Is its time over, for somebody who was asked a while ago?"""
    return task.due_at is not None and task.due_at < now and (task.asked_at is None or now - task.asked_at >= GRACE)


def _is_urgent(task: Task, file: CaseFile) -> bool:
    """Too urgent for tomorrow's combined mail: a grave case, or a task of hours (nights and days off do not count)."""
    return file.is_grave or file.spec(task).within.endswith(("m", "h"))


def _remind(step: Step, task: Task, person: Person) -> _Told:
    spec, language = step.file.spec(task), step.desk.notes.language
    record = step.work.issued_record(task.record) if task.record else None
    fields = [step.file.procedure.fields[name] for name in spec.asks]
    asked = notes.Asked(
        title=spec.title.of(language),
        what=wanted_of(spec),
        due=task.due_at,
        customer=step.file.case.customer.company,
        record_number=record.number if record else "",
        token=reply_token.make(task.id, task.record, person.address, step.now, step.desk.secret),
        fields=[(field.title.of(language), "/".join(field.shown(language))) for field in fields],
        required={field.title.of(language) for field in fields},
        priority=step.file.state.priority,
    )
    late = _is_late(task, step.now)
    mail = notes.reminder_mail(step.head(person), asked, overdue=late)
    words = notes.reminder_words(step.head(person), asked, overdue=late)
    return _Told(step, person, f"remind:{task.id}:{task.step}", mail, words, apart=step.file.is_grave)


def _escalate(step: Step, task: Task, person: Person | None) -> list[_Told]:
    """Tell the superior of whoever is late, or who stands in for him; with nobody there, who leads customer service."""
    staff = step.desk.staff()
    above = staff.above(person, step.day) if person else None
    above = above or staff.holder("service_manager", facts=step.routing(), day=step.day)
    if above is None:
        step.journal("escalation.nobody", task=task.name, id=task.id)
        return []
    spec_title = step.file.spec(task).title.of(step.desk.notes.language)
    language, zone = step.desk.notes.language, step.desk.zone
    reason = _why_late(task, person, step.now)
    mail = notes.escalation_mail(
        step.head(above),
        person.name if person else "",
        task_title=spec_title,
        due=task.due_at,
        reason=reason,
        customer=step.file.case.customer.company,
    )
    due = moment_words(task.due_at, language, zone) if task.due_at else ""
    late = step.desk.notes.templates.labels(language, "escalated")[reason]
    what = notes.escalation_words(step.head(above), spec_title, person.name if person else "")
    words = " · ".join(filter(None, (what, late, due, step.file.case.customer.company)))
    step.journal("task.escalated", task=task.name, id=task.id, to=above.address)
    return [_Told(step, above, f"escalate:{task.id}:{task.step}", mail, words)]


def _why_late(task: Task, person: Person | None, now: datetime) -> str:
    """What the superior is told: a ladder may call him before the time is over, for a customer who waits."""
    if person is None:
        return "unheld"
    return "customer_waits" if task.due_at is not None and now < task.due_at else "overdue"


def _item(turn: Turn, line: TaskLine, procedure: Procedure, person: Person) -> notes.ReminderItem:
    task = line.task
    spec = spec_of(procedure, task.name) or procedure.tasks[task.name]
    return notes.ReminderItem(
        case_number=line.case_number, customer=line.customer, task_title=spec.title.of(turn.desk.notes.language),
        record_number=line.record_number, due=task.due_at, overdue=_is_late(task, turn.now),
        token=reply_token.make(task.id, task.record, person.address, turn.now, turn.desk.secret),
        priority=line.priority,
    )  # fmt: skip
