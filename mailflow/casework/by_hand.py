"""What a colleague wrote to a customer in the mailbox itself, past us: it stops the clocks it answers, and says so.

Nobody approved it here, and we cannot know whether it settles the matter.  So no task is done by it: the tasks on the
way to a letter to the customer lose their due time, and with it reminders, holding letters and escalations; whoever has
them, and whoever approves letters, hears of it and decides.  The customer hears nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from mailflow.casework import notes
from mailflow.casework.step import Step, Turn
from mailflow.customers.standing import standing
from mailflow.domain.model import Address, Case, Kind, Message
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseStatus, TaskStatus
from mailflow.outgoing.compose import one_line
from mailflow.procedures.model import Procedure
from mailflow.trust.policy import STANDINGS, Action

IsOurs = Callable[[Address | None], bool]

HOW = "sent_by_hand"  # how it is filed: nobody approved it here
EVENT = "answer.by_hand"
NOTICE = "answered_by_hand"
LETTERS = ("answer", "progress")  # what a procedure does that says something about the matter to the customer
LOOKED_AT = 50


def case_of(message: Message, work: Work, numbers: Callable[[str], list[str]]) -> Case | None:
    """The one case it is about: that of the mails it answers, the nearest first, else the number in its subject."""
    for mail_id in tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:LOOKED_AT]:
        found = work.cases_of_mails([mail_id])
        if found:
            return work.going_on(found[0]) if len(found) == 1 else None
    cases = [case for number in numbers(message.subject) if (case := work.case_by_number(number)) is not None]
    return work.going_on(cases[0]) if len(cases) == 1 else None


def file(turn: Turn, case: Case, message: Message, stored: int, is_ours: IsOurs) -> None:
    """File such a mail in its case, and stop the clocks it answers."""
    turn.work.change_case(case, turn.now)
    turn.work.touch(case.customer.id)
    turn.journal("mail.filed", message=stored, case=case.id, how=HOW, kind=Kind.STAFF_REPLY.value)
    if (step := turn.load(case)) is not None:
        answered(step, message, stored, is_ours)


def answered(step: Step, message: Message, stored: int, is_ours: IsOurs) -> list[str]:
    """Take in such a mail of a case; returns the names of the tasks whose clocks it stopped.

    Only a mail to somebody the case is told to stops any; one to colleagues or third parties is filed and no more.
    """
    file = step.file
    stopped = []
    if file.state.status is CaseStatus.OPEN and _reaches_customer(step, message, is_ours):
        wanted = toward_customer(file.procedure)
        stopped = [
            task
            for task in file.tasks.values()
            if task.status is TaskStatus.OPEN and task.name in wanted and step.work.stop_clock(task.id)
        ]
    names = [task.name for task in stopped]
    step.journal(EVENT, message=stored, approved="no", tasks="、".join(names) or "-")
    people = {task.person for task in stopped if task.person}
    if stopped and (manager := step.desk.staff().holder("service_manager", facts=step.routing(), day=step.day)):
        people.add(manager.address)
    for address in sorted(people):
        person = step.desk.staff().by_address(address)
        if person is not None:
            head, lines = step.head(person), [one_line(message.subject, 100), one_line(message.new_text, 400)]
            mail, words = notes.notice_mail(head, NOTICE, lines), notes.notice_words(head, NOTICE, lines)
            step.tell(person, f"notice:{stored}:{address}", mail, words, message=stored)
    return names


def toward_customer(procedure: Procedure) -> frozenset[str]:
    """The tasks whose clock runs for the customer.

    Those that would ask him for patience, and the last steps before a letter to him: who approves it, and who wrote
    what he approves (the one he must not be).
    """
    found = {
        name for name, spec in procedure.tasks.items() if any(step.do == "hold_customer" for step in spec.overdue)
    }  # fmt: skip
    for spec in procedure.tasks.values():
        if spec.done_by == "mailflow" and spec.do in LETTERS:
            for approval in spec.needs:
                approver = procedure.tasks[approval]
                found |= {approval, *(set(approver.needs) & set(approver.unlike))}
    return frozenset(name for name in found if procedure.tasks[name].done_by in ("reply", "signature"))


def _reaches_customer(step: Step, message: Message, is_ours: IsOurs) -> bool:
    return any(
        standing(step.work, step.file.case, person, is_ours) in STANDINGS[Action.BE_ANSWERED]
        for person in (*message.to, *message.cc)
        if not is_ours(person)
    )
