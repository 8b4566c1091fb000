"""remind: the reminder ladder of tasks, and one combined mail per person and day.

Each step of a ladder is one occasion: its row moves on in the transaction that queues the mail, so a restart repeats
nothing.  Steps fall into working time by themselves; what is found late at night waits for the morning, unless the
case is grave.  Steps of ordinary tasks that have days are left to the daily mail.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from mailflow.casework import actions, engine, notes, reply_token
from mailflow.casework.assign import calendar_of
from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.said import wanted_of
from mailflow.domain.errors import TemporaryError
from mailflow.domain.model import Address
from mailflow.domain.ports import Ledger, Vault, Work
from mailflow.domain.tasks import Task, TaskLine
from mailflow.office.staff import Person
from mailflow.procedures.model import Procedure, from_text
from mailflow.runtime.logs import event

GROUP = 20  # a tick must stay short; the next one follows at once
SOON = timedelta(hours=24)
AGAIN = timedelta(hours=1)  # after a step that broke
GRACE = timedelta(minutes=15)  # of working time that everybody has before his superior hears of him


def remind(desk: Desk, ledger: Ledger, vault: Vault, now: datetime, *, limit: int = GROUP) -> int:
    """Take every step of the ladders that is due; returns how many steps were taken."""
    with ledger.begin() as work:
        due = work.due_tasks(limit, now)
        blobs: engine.Blobs = []
        for task in due:
            try:
                with work.savepoint():
                    blobs += _step(task, desk, work, now)
            except TemporaryError:
                raise
            except Exception:
                # One task that breaks must not silence the others; it is tried again later and said in the log.
                event("remind.broke", logging.ERROR, trace=True, task=task.id)
                work.journal("remind.failed", now, case=task.case_id, task=task.name, id=task.id)
                work.stepped(task.id, task.step, now + AGAIN)
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
        promised = _promised(desk, work, now)
        for line in work.open_tasks(due_before=now + SOON):
            if line.task.person and line.task.asked_at is not None:
                by_person[line.task.person].append(line)
        keeper = desk.staff().holder("service", day=today) if promised else None
        if keeper is not None:
            by_person[keeper.address] += []  # promises alone are a reason to write to him
        digests = {line.procedure for lines in by_person.values() for line in lines}
        procedures = {digest: from_text(work.procedure_text(digest)) for digest in digests}
    # Made between two transactions: thousands of lines take their time, and nobody else may wait for it.
    mails = []
    for address, lines in sorted(by_person.items()):
        person = desk.staff().by_address(address)
        if person is None or not calendar_of(person, desk).working_day(today):
            continue
        mail = notes.daily_mail(
            paper=desk.notes, to=Address(person.name, person.address), message_id=desk.message_id(now), now=now,
            name=person.name,
            items=[_item(line, procedures[line.procedure], person, desk, now) for line in lines]
            + (promised if keeper is not None and address == keeper.address else []),
        )  # fmt: skip
        mails.append((f"daily:{today.isoformat()}:{person.address}"[:120], mail))
    with ledger.begin() as work:
        queued = [work.queue(key, mail, case=None, message=None, now=now) for key, mail in mails]
    return sum(item is not None for item in queued)


# ------------------------------------------------------------------------------------------------------------ parts


def _promised(desk: Desk, work: Work, now: datetime) -> list[notes.ReminderItem]:
    """Promises to customers that are due: chased like tasks, with whoever serves customers."""
    title = "Keep the promise" if desk.notes.language == "en" else "兑现对客户的承诺"
    return [
        notes.ReminderItem(
            case_number=case.number, customer=case.customer.company, task_title=f"{title}：{promise.words[:40]}",
            record_number="", due=promise.due_at, overdue=promise.due_at < now, token="",
        )
        for promise in work.promises()
        if promise.due_at is not None and promise.due_at <= now + SOON and (case := work.case(promise.case_id))
    ]  # fmt: skip


def _step(task: Task, desk: Desk, work: Work, now: datetime) -> engine.Blobs:
    file = CaseFile.load(work.case(task.case_id), work, now)
    if file is None:
        work.stepped(task.id, task.step, None)
        return []
    spec = file.spec(task)
    if spec.done_by == "clock":
        done = engine.complete(file, task, outcome="time", by="mailflow", desk=desk, work=work, now=now)
        return done or []
    person = desk.staff().by_address(task.person)
    hours = calendar_of(person, desk)
    if not file.is_grave and not hours.is_working(now):
        work.stepped(task.id, task.step, hours.next_opening(now))
        return []
    what: str = spec.overdue[task.step].do
    if what == "escalate" and person is not None:
        # A mail that was collected late has its deadline behind it: nobody is late with what he was not asked for.
        asked = task.asked_at or now
        fair = asked + GRACE if file.is_grave else hours.add(asked, GRACE)
        if now < fair:
            work.stepped(task.id, task.step, fair)
            return []
    if what == "hold_customer":
        # Whose mail was only just taken in has our acknowledgement in hand; nobody says twice that we are at work.
        if desk.staff().people and task.next_at is not None and task.opened_at < task.next_at:
            actions.hold(file, desk, work, now)
        else:
            what = "skipped"
    elif what == "escalate":
        _escalate(task, person, file, desk, work, now)
    elif person is not None and _is_urgent(task, file) and not _is_stale(task, file, desk, now):
        _remind(task, person, file, desk, work, now)
    else:
        what = "left_to_daily_mail"
    work.journal("task.reminded", now, case=file.case.id, task=task.name, id=task.id, step=task.step, what=what)
    work.stepped(task.id, task.step + 1, engine.next_step(file, task, desk))
    return []


def _is_stale(task: Task, file: CaseFile, desk: Desk, now: datetime) -> bool:
    """Is there no sense in this reminder any more: he was asked after its time, or a later step is due as well?"""
    following = engine.next_step(file, task, desk)
    if following is not None and following <= now:
        return True
    return task.asked_at is None or (task.next_at is not None and task.asked_at >= task.next_at)


def _is_late(task: Task, now: datetime) -> bool:
    """Is its time over, for somebody who was asked a while ago?"""
    return task.due_at is not None and task.due_at < now and (task.asked_at is None or now - task.asked_at >= GRACE)


def _is_urgent(task: Task, file: CaseFile) -> bool:
    """Too urgent for tomorrow's combined mail: a grave case, or a task of hours (nights and days off do not count)."""
    return file.is_grave or file.spec(task).within.endswith(("m", "h"))


def _remind(task: Task, person: Person, file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    spec, language = file.spec(task), desk.notes.language
    record = work.issued_record(task.record) if task.record else None
    fields = [file.procedure.fields[name] for name in spec.asks]
    mail = notes.reminder_mail(
        paper=desk.notes, to=Address(person.name, person.address), message_id=desk.message_id(now), now=now,
        case_number=file.case.number, task_title=spec.title.of(language),
        record_number=record.number if record else "", due=task.due_at, overdue=_is_late(task, now),
        token=reply_token.make(task.id, task.record, person.address, now, desk.secret),
        fields=[(field.title.of(language), "/".join(field.shown(language))) for field in fields],
        required={field.title.of(language) for field in fields},
        what=wanted_of(spec), customer=file.case.customer.company,
    )  # fmt: skip
    work.queue(f"remind:{task.id}:{task.step}", mail, case=file.case.id, message=None, now=now)


def _escalate(task: Task, person: Person | None, file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Tell the superior of whoever is late, or who stands in for him; with nobody there, who leads customer service."""
    staff, day = desk.staff(), now.astimezone(desk.zone).date()
    above = staff.above(person, day) if person else None
    above = above or staff.holder("service_manager", facts=file.routing(), day=day)
    if above is None:
        work.journal("escalation.nobody", now, case=file.case.id, task=task.name, id=task.id)
        return
    mail = notes.escalation_mail(
        paper=desk.notes, to=Address(above.name, above.address), message_id=desk.message_id(now), now=now,
        name=person.name if person else "", case_number=file.case.number,
        task_title=file.spec(task).title.of(desk.notes.language), due=task.due_at,
        reason=_why_late(task, person, now), customer=file.case.customer.company,
    )  # fmt: skip
    work.queue(f"escalate:{task.id}:{task.step}", mail, case=file.case.id, message=None, now=now)
    work.journal("task.escalated", now, case=file.case.id, task=task.name, id=task.id, to=above.address)


def _why_late(task: Task, person: Person | None, now: datetime) -> str:
    """What the superior is told: a ladder may call him before the time is over, for a customer who waits."""
    if person is None:
        return "unheld"
    return "customer_waits" if task.due_at is not None and now < task.due_at else "overdue"


def _item(line: TaskLine, procedure: Procedure, person: Person, desk: Desk, now: datetime) -> notes.ReminderItem:
    task = line.task
    spec = procedure.tasks[task.name]
    return notes.ReminderItem(
        case_number=line.case_number, customer=line.customer, task_title=spec.title.of(desk.notes.language),
        record_number=line.record_number, due=task.due_at, overdue=_is_late(task, now),
        token=reply_token.make(task.id, task.record, person.address, now, desk.secret),
    )  # fmt: skip
