"""sign: read a staff member's answer to a task: words above the quote, a returned Word file, or a scan of the paper.

Which task is meant comes from the token in the mail, from the thread, or from the record named by the file's QR code;
never from the sender alone.  What is not clear changes nothing: the sender is told what to do, and it is journaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mailflow.casework import amending, asides, held, improvement, joint, notes, profiles, reply_token, signing, sorting
from mailflow.casework.answered import Answer, Target, act, targets, task_answered, task_of_files
from mailflow.casework.returned_files import Files
from mailflow.casework.said import AUTOMATIC, field_specs, what_to_write
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.customers.standing import standing
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.joint_ports import JointAsk
from mailflow.domain.model import Case, Message
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.reading.answers.words import squeeze
from mailflow.trust.level import Trust
from mailflow.trust.policy import STANDINGS, Action, may

MOST_REFUSALS = 10  # told to one person in an hour: two robots must not feed each other
HELD = frozenset(
    "altered_form foreign_cell unreadable_scan unclear_signature missing_pages unknown_address has_left".split()
)
"""Refusals a person must look at as well: what came back is not what went out, or cannot be read."""


NO_THREAD = "no_thread"
"""Why an answer is asked back that bears no token and stands in no thread of ours."""

SORTED = "sorted"
"""What an answer did that says what kind mails are."""

DECIDED, JUDGED = "decided", "judged"
"""What an answer did that says what becomes of held mail, and whether values of profiles hold."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of an answer: of :data:`.paper.DONE`, ``sorted``, ``decided``, ``judged``, ``capa``, ``refused``."""

    done: str
    case: Case | None = None
    reason: str = ""
    held: NeedsPerson | None = None
    blobs: tuple[bytes, ...] = field(default=(), repr=False)


def sign(turn: Turn, stored: StoredMessage, message: Message, files: Files, trust: Trust) -> Signed | None:
    """Do what a staff member's answer says; None when the mail answers no task of ours.

    Raises TemporaryError when the row changed under us.
    """
    sender = message.sender
    person = turn.desk.staff().by_address(sender.address) if sender else None
    if person is None or turn.desk.staff().has_left(person, turn.day):
        return None if stored.released else _from_elsewhere(turn, stored, message, files, person)
    case: Case | None = None
    task: Task | None = None
    answer = Answer(stored, message, person, trust)
    try:
        if opened := improvement.take(turn, answer):
            return Signed(improvement.OPENED, opened[0], blobs=tuple(opened[1]))
        if (listed := _of_a_list(turn, answer)) is not None:
            return listed
        ask = joint.which(turn, message, person)
        if ask is not None:
            case = turn.work.case(ask.case_id)
            found = [task for point in ask.points if (task := turn.work.task(point.task))]
            task = found[0] if found else None
            aside = _aside(turn, answer, case, found)
            if aside is not None and aside.alone and not files.forms and not files.papers:
                return _noted(turn, answer, case, aside)
            with turn.work.savepoint():
                return _with(aside, _do_points(turn, _rest(answer, aside), ask, files))
        about = list(targets(turn, answer, files))
        if not about:
            return _about_no_task(turn, answer)
        task = about[0].task
        case = turn.work.case(task.case_id)
        aside = _aside(turn, answer, case, [target.task for target in about])
        if aside is not None and aside.alone and not files.forms and not files.papers:
            return _noted(turn, answer, case, aside)
        with turn.work.savepoint():
            return _with(aside, _do(turn, _rest(answer, aside), about))
    except Refused as refusal:
        return _refuse(turn, answer, refusal, case, task=task)


def _aside(turn: Turn, answer: Answer, case: Case, tasks: Sequence[Task]) -> asides.Aside | None:
    """Do what an answer says besides the answer; it stands whatever becomes of the rest."""
    with turn.work.savepoint():
        step = turn.load(case)
        if step is None:
            return None
        own = {name: spec for task in tasks for name, spec in field_specs(step.file, task).items()}
        aside = asides.take(step, tasks[0] if tasks else None, answer.person, answer.message, answer.stored.id, own)
    if aside is not None and not aside.alone:
        words = notes.confirmation(turn.head(answer.person, case.number), aside.counted)
        key = f"confirm:{answer.stored.id}:aside"
        turn.work.gather(key, answer.person.address, words, case=case.id, now=turn.now)
    return aside


def _rest(answer: Answer, aside: asides.Aside | None) -> Answer:
    return answer if aside is None else replace(answer, message=aside.rest)


def _with(aside: asides.Aside | None, signed: Signed) -> Signed:
    return signed if aside is None else replace(signed, blobs=(*aside.blobs, *signed.blobs))


def _noted(turn: Turn, answer: Answer, case: Case, aside: asides.Aside) -> Signed:
    """A mail that says nothing else: its writer sees at once what was made of it."""
    step = turn.load(case)
    if step is not None:
        _confirm(step, answer, aside.counted, at_once=True)
    return Signed(asides.NOTED, case, blobs=tuple(aside.blobs))


def _about_no_task(turn: Turn, answer: Answer) -> Signed | None:
    """A colleague's mail about a case that names no task: what he says to the customer or notes is done.

    Words that would do a task of his are asked about, with its token: a telephone may have hidden what he answered.
    None: it is no such mail.
    """
    case, in_thread = asides.case_named(turn, answer.message)
    step = turn.load(case) if case is not None else None
    if case is None or step is None or not may(Action.SIGN, answer.trust):
        return None
    if in_thread or may(Action.SIGN_BY_FILE_ALONE, answer.trust):
        aside = _aside(turn, answer, case, ())
        if aside is not None:
            return _noted(turn, answer, case, aside)
    mine = asides.tasks_of(step, answer.person)
    if not mine or not asides.is_an_answer(step, mine, answer.message, in_thread=in_thread):
        return None
    turn.journal("sign.refused", actor=answer.person.address, message=answer.stored.id, case=case.id, reason=NO_THREAD)
    titles = [step.file.spec(task).title.of(turn.desk.notes.language) for task in mine]
    only = mine[0] if len(mine) == 1 else None
    token = reply_token.make(only.id, only.record, answer.person.address, turn.now, turn.desk.secret) if only else ""
    told = notes.refused_mail(
        turn.head(answer.person, case.number), answer.message, NO_THREAD, details=titles, token=token
    )
    turn.queue(f"refused:{answer.stored.id}", told, message=answer.stored.id, case=case.id)
    return Signed("refused", case, NO_THREAD)


def _from_elsewhere(
    turn: Turn, stored: StoredMessage, message: Message, files: Files, gone: Person | None
) -> Signed | None:
    """An answer to a task from an address nobody on the staff list has (a colleague's private mail, or anybody's), or
    from a colleague who has left (``gone``).

    It signs nothing and opens no case: it is held, and whoever has the task is told at his own address.  None when the
    mail answers no task, or when its writer belongs to the case's customer and was passed our mail.
    """
    task = task_answered(turn, message) or (task_of_files(turn, files) if gone else None)
    if task is None:
        return None
    case = turn.work.case(task.case_id)
    sender = message.sender
    if sender is None:
        return None
    if gone is None and standing(turn.work, case, sender, turn.desk.is_ours) in STANDINGS[Action.JOIN]:
        return None
    staff = turn.desk.staff()
    holder = staff.by_address(task.person)
    if gone is not None and holder in (None, gone):
        holder = staff.above(gone, turn.day)
    refusal = Refused("has_left", gone.name) if gone else Refused("unknown_address")
    if holder is not None:
        refused = _refuse(turn, Answer(stored, message, holder), refusal, case, actor="")
        return replace(refused, case=None)  # his mail joins no case
    turn.journal("sign.refused", message=stored.id, case=case.id, reason=refusal.reason)
    return Signed("refused", None, refusal.reason, NeedsPerson(refusal.reason, ""))


# ------------------------------------------------------------------------------------------------------ what is said?


def _do(turn: Turn, answer: Answer, about: Sequence[Target]) -> Signed:
    acted = [act(turn, answer, target, answer.message) for target in about]
    step, task = acted[-1].step, about[0].task
    if (still := next((each.still for each in acted if each.still), None)) is not None:
        refused = _refuse(turn, answer, still, step.file.case, task=task)
        return replace(refused, blobs=tuple(blob for each in acted for blob in each.blobs))
    record = step.work.issued_record(task.record) if task.record else None
    title = step.file.spec(task).title.of(turn.desk.notes.language)
    to_name = next((each.to_name for each in reversed(acted) if each.to_name), "")
    taken = {label: value for each in acted for label, value in each.taken.items()}
    counted = notes.Counted(acted[-1].done, title, record.number if record else "", to_name, [*taken.items()])
    at_once = _wants_word(turn, answer.message) or any(each.told for each in acted)
    _confirm(step, answer, counted, at_once=at_once)
    return Signed(acted[-1].done, step.file.case, blobs=tuple(blob for each in acted for blob in each.blobs))


def _of_a_list(turn: Turn, answer: Answer) -> Signed | None:
    """An answer to a mail that asks what kind mails are, about held mail, or about profiles.

    What was decided is confirmed in his next mail, and what was not understood is told at once.
    """
    message, person = answer.message, answer.person
    done: tuple[str, ...] = ()
    with turn.work.savepoint():
        if points := sorting.questions(turn, message, person):
            what, wrong = SORTED, Refused(sorting.UNCLEAR, *sorting.answer(turn, answer, points).unclear)
        elif decisions := held.points(turn, message, person):
            said = held.decide(turn, answer, decisions)
            what, done, wrong = DECIDED, said.done, Refused(held.UNCLEAR, *said.unclear)
        elif (judged := profiles.answered(turn, answer)) is not None:
            what, done, wrong = JUDGED, judged.done, Refused(profiles.UNCLEAR, *judged.unclear)
        else:
            return None
        for number, line in enumerate(done):
            turn.work.gather(
                f"confirm:{answer.stored.id}:{what}{number}", person.address, line, case=None, now=turn.now
            )
        if wrong.details:
            return replace(_refuse(turn, answer, wrong, None), done=what, reason="")
        return Signed(what)


def _do_points(turn: Turn, answer: Answer, ask: JointAsk, files: Files) -> Signed:
    """Do what is said of the points of a mail that asks for several; what of them was not done is told."""
    settled, shown = _with_changes_shown(turn, answer, joint.settle(turn, answer, ask, files))
    step = settled.step
    if not settled.done and not settled.failed and shown:
        return Signed("refused", step.file.case, amending.ASKED)
    if not settled.done:
        refusal, point = _all_refused(turn, settled)
        return _refuse(turn, answer, refusal, step.file.case, task=point.task if point else None)
    counted = [
        notes.Counted(each.done, point.title, _number_of(step, point.task), each.to_name, [*each.taken.items()])
        for point, each in settled.done
    ]
    at_once = bool(settled.failed or settled.surprising or _wants_word(turn, answer.message))
    if at_once or any(each.told for _, each in settled.done):
        _confirm_points(step, answer, ask, counted, settled)
    else:
        head = step.head(answer.person)
        for (point, _), each in zip(settled.done, counted, strict=True):
            words = notes.confirmation(head, each)
            occasion = f"confirm:{answer.stored.id}:{point.number}"
            step.work.gather(occasion, answer.person.address, words, case=step.case_id, now=step.now)
    for item in settled.failed:
        turn.journal("sign.refused", actor=answer.person.address, message=answer.stored.id, case=step.case_id,
            reason=item.refusal.reason,
        )  # fmt: skip
    held = next((held for item in settled.failed if (held := _held(item.refusal))), None)
    blobs = tuple(blob for _, each in settled.done for blob in each.blobs)
    return Signed(settled.done[0][1].done, step.file.case, held=held, blobs=blobs)


def _with_changes_shown(turn: Turn, answer: Answer, settled: joint.Settled) -> tuple[joint.Settled, bool]:
    """What became of the points, without those whose signer wants a change: each is shown in a mail of its own."""
    wanting = [(item, item.point) for item in settled.failed if item.refusal.change and item.point is not None]
    for item, point in wanting:
        turn.journal("sign.refused", actor=answer.person.address, message=answer.stored.id, case=settled.step.case_id,
            reason=item.refusal.reason,
        )  # fmt: skip
        _propose(settled.step, answer, point.task, item.refusal)
    shown = [item for item, _ in wanting]
    return replace(settled, failed=[item for item in settled.failed if item not in shown]), bool(wanting)


def _held(refusal: Refused) -> NeedsPerson | None:
    """Must a person look at the mail as well?"""
    return NeedsPerson(refusal.reason, "、".join(refusal.details)) if refusal.reason in HELD else None


def _all_refused(turn: Turn, settled: joint.Settled) -> tuple[Refused, joint.Point | None]:
    """Why nothing of an answer was done, and of which point it is told how to answer; of several each says its own."""
    if not settled.failed:
        return joint.unclear(settled.left), None
    first = settled.failed[0]
    if len(settled.failed) == 1:
        return first.refusal, first.point
    return Refused(first.refusal.reason, *joint.said_of(settled.failed, _why(turn))), None


def _why(turn: Turn) -> Mapping[str, str]:
    return turn.desk.notes.templates.labels(turn.desk.notes.language, "refused_why")


def _number_of(step: Step, task: Task) -> str:
    record = step.work.issued_record(task.record) if task.record else None
    return record.number if record else ""


# ------------------------------------------------------------------------------------------------------- what we say


def _confirm(step: Step, answer: Answer, counted: notes.Counted, *, at_once: bool) -> None:
    """Say that an answer counted: in the next mail its writer gets, ``at_once`` in a mail of its own."""
    occasion = f"confirm:{answer.stored.id}"
    head = step.head(answer.person)
    if not at_once:
        words = notes.confirmation(head, counted)
        step.work.gather(occasion, answer.person.address, words, case=step.case_id, now=step.now)
        return
    mail = notes.confirm_mail(head, answer.message, counted, next_titles=_following(step))
    # No brake: a task is done once, so two robots cannot keep this going.
    step.queue(occasion, mail, message=answer.stored.id)


def _confirm_points(
    step: Step, answer: Answer, ask: JointAsk, counted: Sequence[notes.Counted], settled: joint.Settled
) -> None:
    """The same of several points at once, with what is open still, and how to answer it."""
    failed = [item.point for item in settled.failed if item.point]
    still = sorted([*failed, *settled.left], key=lambda point: point.number)
    rest = notes.Rest(
        open=[(point.number, point.title) for point in settled.left],
        why=[*joint.said_of(settled.failed, _why(step))],
        fields=[
            (
                f"{point.number} {signing.title_of(step, name)}",
                "/".join(step.file.procedure.fields[name].shown(step.desk.notes.language)),
            )
            for point in still
            for name in point.asks
        ],
        token=reply_token.make_joint(ask.id, len(ask.points), ask.person, step.now, step.desk.secret) if still else "",
    )
    mail = notes.confirm_several_mail(
        step.head(answer.person), answer.message, counted, rest, next_titles=_following(step)
    )
    step.queue(f"confirm:{answer.stored.id}", mail, message=answer.stored.id)


def _following(step: Step) -> list[str]:
    """What begins now, and with whom."""
    language, staff = step.desk.notes.language, step.desk.staff()
    following = []
    for item in step.file.tasks.values():
        if item.status is TaskStatus.OPEN and item.opened_at == step.now:
            held_by = staff.by_address(item.person)
            title = step.file.spec(item).title.of(language)
            who = (f" ({held_by.name})" if language == "en" else f"（{held_by.name}）") if held_by else ""
            following.append(f"{title}{who}")
    return following


def _wants_word(turn: Turn, message: Message) -> bool:
    """Does the writer ask to be told that his answer arrived (RFC 8098 section 2.1, or in words)?"""
    group = turn.desk.words.get("wants_word")
    asked = group is not None and group.find(squeeze(message.new_text[:2000])) is not None
    return asked or bool(message.header("disposition-notification-to"))


def _refuse(
    turn: Turn,
    answer: Answer,
    refusal: Refused,
    case: Case | None,
    *,
    actor: str | None = None,
    task: Task | None = None,
) -> Signed:
    """Journal it and tell this person how ``task`` is answered; ``actor`` is who wrote, where that is not he."""
    person, mail, about = answer.person, answer.stored.id, case.id if case else None
    who = person.address if actor is None else actor
    turn.journal("sign.refused", actor=who, message=mail, case=about, reason=refusal.reason)
    if refusal.reason == AUTOMATIC:
        return Signed("refused", case, refusal.reason)
    if turn.work.queued_since(person.address, turn.now - timedelta(hours=1), occasion="refused:") >= MOST_REFUSALS:
        turn.journal("reply.braked", message=mail, case=about, reason="rate_brake")
    else:
        step = turn.load(case) if case and task else None
        if step and task and refusal.change:
            _propose(step, answer, task, refusal)
            return Signed("refused", case, refusal.reason)
        what, fields = what_to_write(step, refusal, task) if step and task else ("", [])
        head = turn.head(person, case.number if case else "")
        told = notes.refused_mail(
            head, answer.message, refusal.reason, details=refusal.details, what=what, fields=fields,
            kept=[*refusal.kept.items()],
        )  # fmt: skip
        turn.queue(f"refused:{mail}", told, message=mail, case=about)
    return Signed("refused", case, refusal.reason, _held(refusal))


def _propose(step: Step, answer: Answer, task: Task, refusal: Refused) -> None:
    """Show what the change beside an agreement would make of the record, and ask for one word."""
    mail, person = answer.stored.id, answer.person
    amending.propose(step, step.work.task(task.id) or task, person, mail, refusal.change)
    token = reply_token.make_change(mail, task.id, person.address, step.now, step.desk.secret)
    told = notes.refused_mail(step.head(person), answer.message, refusal.reason, details=refusal.details, token=token)
    step.queue(f"refused:{mail}:{task.id}", told, message=mail)
