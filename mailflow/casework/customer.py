"""What a customer's mail does to a running case: an answer we waited for, a correction of the facts, a reopening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailflow.casework import actions, corrections, engine, notes, notices, priority, speaking
from mailflow.casework.assign import person_for
from mailflow.casework.casefile import Heard
from mailflow.casework.step import Step, Turn
from mailflow.customers.standing import follows
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import CaseStatus, Task, TaskStatus
from mailflow.outgoing.compose import one_line
from mailflow.outgoing.late import is_late
from mailflow.reading.answers.body import own_words
from mailflow.reading.answers.corrections import read_corrections
from mailflow.reading.answers.satisfaction import read_satisfaction
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.tone import tones
from mailflow.reading.answers.typed import Reading
from mailflow.records.registration import PRINTED, put_right
from mailflow.sentences.catalogue import worded
from mailflow.trust.policy import Action, Footing

NOT_DONE = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})
MOST_LINES = 30  # of a customer's mail in ours
SATISFACTION, CONFIRMED = "customer.satisfaction", "customer.confirmed"
WISH = "wish"
CONTENT = frozenset({"满意", "基本满意"})
JUDGED = {"severity": priority.SEVERITY, priority.URGENCY: priority.JUDGED}
"""Facts a task asks a person to judge, and the field of the task."""
AS_JUDGED = {"不急": priority.ORDINARY}
BY_MAIL = "邮件"  # of the ways of contact in rules/procedures/fields.yaml


@dataclass(frozen=True, slots=True)
class Effect:
    """What the mail did.  ``answered``: the customer was written to about it, a plain receipt would be too much."""

    blobs: tuple[bytes, ...] = field(default=(), repr=False)
    answered: bool = False


def wrote(
    turn: Turn, case: Case, message: Message, details: Details, stored: StoredMessage, how: str, footing: Footing
) -> Effect:
    """Take in a customer's mail that belongs to a known case; ``how`` tells how its case was found.

    Facts are corrected by an answer to one of our mails alone; a second complaint about an order is no correction.
    """
    step = turn.load(case)
    if step is None:
        return Effect()
    file, was_open = step.file, step.file.state.status is CaseStatus.OPEN
    file.late = is_late(stored.arrived_at, turn.now)
    file.heard = Heard(message, stored.id)
    blobs: engine.Blobs = []
    waiting = [
        task for task in file.tasks.values() if task.status is TaskStatus.OPEN and file.spec(task).done_by == "event"
    ]
    heard, gets_letters = False, footing.may(Action.GET_LETTERS)
    for task in waiting:
        heard = _answer(step, task, message, stored, blobs, footing) or heard
    if file.state.status is not CaseStatus.OPEN:
        if details.kind in NOT_DONE and file.procedure.reopen_from and footing.may(Action.REOPEN):
            blobs += engine.again(
                step, file.procedure.reopen_from, reason="customer_wrote", by=_writer(message), next_round=True,
                because=_said(message),
            )  # fmt: skip
        else:
            return Effect(tuple(blobs), answered=(heard and gets_letters) or _is_told(step, message))
    elif not heard:
        _tell_staff(step, message, stored)
    if footing.may(Action.BE_ANSWERED):
        blobs += _see_to(step, message, stored, footing, is_new=was_open and not heard)
    needs_receipt = details.kind in NOT_DONE and not _says_no_more(step, message)
    answered = _is_told(step, message) or (heard and gets_letters and not needs_receipt)
    known = {name: str(file.state.intake.get(printed, "")) for name, printed in PRINTED.items()}
    said = read_corrections(step.desk.words, message.new_text, known, now=step.now, zone=step.desk.zone)
    changes = {item.field: (item.value,) for item in said if item.field in PRINTED}
    if changes and not heard and how == "thread" and footing.may(Action.CORRECT):
        done = correct(step, changes, by=_writer(message), message=stored.id)
        blobs += done[1]
        if done[0] and not answered:
            answered = actions.tell_corrected(step, done[0], message, stored.id)
    return Effect(tuple(blobs), answered)


def correct(
    step: Step, changes: Mapping[str, Sequence[str]], *, by: str, message: int | None = None
) -> tuple[list[corrections.Corrected], engine.Blobs]:
    """Write corrections of what was read, and print the records that show it anew, as new versions.

    Of severity and urgency the newest word of a person counts, also above what one judged before.
    """
    file = step.file
    done = corrections.correct(file.case, changes, actor=by, prefixes={}, message=message, work=step.work, now=step.now)
    done = [_over_judged(step, item, by, message) for item in done]
    written = [item for item in done if item.written and not item.confirms]
    if not written:
        return [], []
    file.case = step.work.case(file.case.id)  # its customer may have another name now
    intake = dict(file.state.intake)
    for item in written:
        intake |= put_right(item.field, item.after.split(corrections.SEPARATOR) if item.after else [], step.desk.zone)
    file.state = replace(file.state, intake=intake)
    step.work.set_intake(file.case.id, intake)
    return written, engine.renew_records(step, message)


# ------------------------------------------------------------------------------------------------------------ parts


def _answer(
    step: Step, task: Task, message: Message, stored: StoredMessage, blobs: engine.Blobs, footing: Footing
) -> bool:
    """Does the mail answer what this task waits for?

    When it may, but does not say so clearly, or its writer is not the one who was asked, a person is asked.
    """
    event, words = step.file.spec(task).event, message.new_text
    values: dict[str, str] = {}
    if event == SATISFACTION:
        found = read_satisfaction(step.desk.words, words)
        if not found.verdict and not found.doubtful:
            return False
        granted = found.verdict in CONTENT and found.wish and WISH in step.file.procedure.fields
        if found.verdict and (granted or not found.doubtful):
            values = {"satisfied": found.verdict, "satisfied_words": one_line(own_words(step.desk.words, words), 500)}
            values |= _how_he_said_it(step, task)
            if granted or step.file.answers.get(WISH):
                values[WISH] = one_line(found.wish, 500)  # somebody sees to it before the case is closed
    elif event == CONFIRMED:
        said = read_staff_answer(Reading(step.desk.words, step.now, step.desk.zone, ()), words, {})
        if said.verdict in ("agree", "signed"):
            values = {"customer_confirmed": one_line(words, 300)}
    else:
        values = {"customer_answer": one_line(words, 500)}
    if values and footing.may(Action.ANSWER):
        ended = engine.complete(step, task, outcome="answered", by=_writer(message), values=values, message=stored.id)
        blobs += ended or []
        return True
    _ask_a_person(step, task, message, stored)
    return True


def _how_he_said_it(step: Step, task: Task) -> dict[str, str]:
    """When and by what way he answered, where the record of the talk has a place for it."""
    known = {"contacted_at": step.now.astimezone(step.desk.zone).isoformat(timespec="minutes"), "contact_mode": BY_MAIL}
    may = step.file.spec(task).may
    return {name: value for name, value in known.items() if name in may}


def _ask_a_person(step: Step, task: Task, message: Message, stored: StoredMessage) -> None:
    """Whoever serves the customer settles what his words mean; they stand whole in the mail that asks for it."""
    person = person_for(step, task.name)
    holder = person.address if person else task.person
    step.work.reassign_task(task.id, holder)
    step.journal("answer.unsure", message=stored.id, task=task.name)
    if person is None:
        return
    step.file.tasks[task.name] = replace(task, person=holder, asked_at=None)
    head, lines = step.head(person), [one_line(message.subject, 100), *_whole(step, message)]
    mail, words = notes.notice_mail(head, "customer_wrote", lines), notes.notice_words(head, "customer_wrote", lines)
    step.tell(person, f"notice:{stored.id}:{holder}", mail, words, message=stored.id)


def _whole(step: Step, message: Message) -> list[str]:
    """The customer's own words, line by line, and what he wants besides being satisfied."""
    lines = [one_line(line, 400) for line in message.new_text.splitlines() if line.strip()]
    wish = read_satisfaction(step.desk.words, message.new_text).wish
    said = worded(step.desk.notes.language, "he is satisfied, and wants besides: {wish}", wish=wish) if wish else ""
    return [*([one_line(said, 400)] if wish else []), *lines[:MOST_LINES]]


def _tell_staff(step: Step, message: Message, stored: StoredMessage) -> None:
    """Tell whoever works on the case that the customer wrote again; with nobody at work, who serves customers."""
    file = step.file
    staff = step.desk.staff()
    working = {task.person for task in file.tasks.values() if task.status is TaskStatus.OPEN and task.person}
    if not working and (holder := staff.holder("service", facts=file.routing(), day=step.day)):
        working = {holder.address}
    found = read_satisfaction(step.desk.words, message.new_text)
    unhappy = found.verdict == "不满意" and found.told and not found.doubtful
    early = ["客户表示不满意 / The customer is not satisfied"] if unhappy else []  # before he was asked
    for address in sorted(working):
        person = staff.by_address(address)
        if person is None:
            continue
        head, lines = step.head(person), [*early, *_said(message)]
        mail = notes.notice_mail(head, "customer_wrote", lines)
        words = notes.notice_words(head, "customer_wrote", lines)
        step.tell(person, f"notice:{stored.id}:{address}", mail, words, message=stored.id)


def _see_to(step: Step, message: Message, stored: StoredMessage, footing: Footing, *, is_new: bool) -> engine.Blobs:
    """Who turns higher up is told of; of what is no answer we waited for, somebody answers what asks for a word."""
    heard = tones(step.desk.words, message.new_text)
    if "escalates" in heard:
        notices.escalates(step, stored.id, [heard["escalates"], *_said(message)])
    if not is_new:
        return []
    _, blobs = speaking.heard(step, heard, message, stored.id)
    found = read_satisfaction(step.desk.words, message.new_text)
    if not found.verdict or found.doubtful or not footing.may(Action.ANSWER):
        return blobs
    before = _answered_before(step)
    if before and before != found.verdict:
        notices.answered_twice(step, stored.id, [before, found.verdict, *_said(message)])
    if found.verdict == "不满意" and (before or found.told):
        why = "twice" if before and before != found.verdict else "unhappy"
        blobs += speaking.ask_for(step, why, f"{before} → {found.verdict}", one_line(message.new_text, 400), stored.id)
    return blobs


def _answered_before(step: Step) -> str:
    """What the customer said in this round when he was asked whether he is satisfied."""
    done = (task for task in step.file.tasks.values() if task.status is TaskStatus.DONE)
    asked = any(step.file.spec(task).event == SATISFACTION for task in done)
    return step.file.answers.get("satisfied", "") if asked else ""


def _is_told(step: Step, message: Message) -> bool:
    """Does a letter of this moment go to whoever wrote?"""
    to = step.desk.customer_of(message, follows(step.work, step.file.case))
    return to is not None and to.address.lower() in step.file.told


def _says_no_more(step: Step, message: Message) -> bool:
    """Does he say that he is satisfied, and nothing else?  He hears of the closing; a receipt would be too much."""
    found = read_satisfaction(step.desk.words, message.new_text)
    return found.verdict in CONTENT and not found.doubtful and not message.attachments


def _said(message: Message) -> list[str]:
    """The customer's words as our people read them in a notice."""
    return [one_line(message.subject, 100), one_line(message.new_text, 400)]


def _over_judged(step: Step, item: corrections.Corrected, by: str, message: int | None) -> corrections.Corrected:
    """The same, when it corrects what a person judged in a task: that is judged anew."""
    field, file = JUDGED.get(item.field, ""), step.file
    before = file.answers.get(field, "")
    after = AS_JUDGED.get(item.after, item.after)
    task = next((task for name, task in file.tasks.items() if field in file.procedure.tasks[name].fills()), None)
    if not before or not after or before == after or task is None:
        return item
    engine.answer(step, task, {field: after}, by=by, message=message)
    return replace(item, before=before, after=after, written=True)


def _writer(message: Message) -> str:
    return message.sender.address.lower() if message.sender else "customer"
