"""What a procedure does by itself toward the customer: holding reply, progress, the approved answer, the question.

Each is one occasion of one case and round, so that nothing is sent twice.  Nothing here writes a sentence of its own:
what the customer reads was approved by a person or says no more than that we are at work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.casework import letters, notices, their_form
from mailflow.casework.casefile import CaseFile
from mailflow.casework.corrections import Corrected
from mailflow.casework.going_out import GoingOut
from mailflow.casework.issue import signed_copy, signed_on
from mailflow.casework.letters import Letter
from mailflow.casework.step import Step
from mailflow.customers import token
from mailflow.customers.standing import follows, standing
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.domain.tasks import IssuedRecord
from mailflow.outgoing.compose import bare_subject, words_of
from mailflow.outgoing.greeting import ADDRESSEE
from mailflow.procedures.model import TaskSpec
from mailflow.procedures.outward import senders, sent_field
from mailflow.reading.answers.promises import find_promises
from mailflow.sentences.catalogue import worded
from mailflow.trust.policy import STANDINGS, Action, Standing

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LOOKED_AT = 20  # mails of a case, for one whose writer may be answered
OPINION = "opinion_"
INTERNAL = frozenset({"amount", "scope", "risk"})
"""What a paper both sides see keeps to ourselves: losses, and what stands in our store."""


def act(step: Step, spec: TaskSpec, name: str) -> None:
    """Do what a task of mailflow's own says; ``issue`` is done by the record itself."""
    file = step.file
    letter = _letter(step, what=spec.do or name)
    text = file.answers.get(sent_field(spec), "")
    files: list[Attachment] = []
    if letter is None:
        # What the next tasks tell or ask him by word of mouth needs no word of ours.
        if sent_field(spec) and not _told_by_people(spec, name, file):
            notices.unreached(step, spec.do or name, name, text)
        return
    if spec.do == "satisfaction":
        mail = letters.satisfaction_letter(letter, message_id=step.desk.message_id(step.now), now=step.now, summary="")
    elif sent_field(spec):
        files = _letter_files(step, spec) if spec.do == "answer" else []
        mail = _words(step, spec, letter, text, files)
        _keep_promises(step, spec, text)
    else:
        return
    queued = _queue(step, f"{spec.do}:{name}:{file.case.id}:{file.state.round}", mail)
    if queued is not None and files and step.desk.letter_files != "word":
        step.work.print_later(queued)


def preview(step: Step, name: str, text: str) -> GoingOut:
    """What leaves once the task of this name is done, as it stands now; nothing is written or sent.

    Without a task of mailflow's own that sends it, or an address to send it to, colleagues tell the customer the text.
    """
    file = step.file
    sender = next(senders(file.procedure.tasks, name), "")
    letter = _reader(step) if sender else None
    if letter is None:
        return GoingOut("", text)
    spec = file.procedure.tasks[sender]
    record = file.records.get(spec.form_for(file.state.language)) if spec.do == "answer" else None
    files = [Attachment(record.file_name, record.file_name, WORD_TYPE, b"")] if record else []
    # The reference is the customer's own proof of who he is: nobody else gets to see it.
    mail = _words(step, spec, replace(letter, reference=""), text, files)
    return GoingOut(mail.recipients[0], words_of(mail))


def hold(step: Step) -> None:
    """Tell the customer that we are at work and ask for patience, once in a round and for what went on as this."""
    if any(step.work.was_queued(f"holding:{earlier.id}:") for earlier in step.work.predecessors(step.file.case.id)):
        return
    letter = _letter(step, what="holding")
    if letter is not None:
        mail = letters.holding_letter(letter, message_id=step.desk.message_id(step.now), now=step.now)
        _queue(step, f"holding:{step.file.case.id}:{step.file.state.round}", mail)
    else:
        notices.unreached(step, "holding", "holding", "")


def tell_reopened(step: Step) -> None:
    """Tell the customer that his case is worked on again."""
    letter = _letter(step, what="reopened")
    if letter is not None:
        mail = letters.reopened_letter(letter, message_id=step.desk.message_id(step.now), now=step.now)
        heard = step.file.heard
        occasion = f"reopened:{step.file.case.id}:{step.file.state.round}"
        _queue(step, occasion, mail, message=heard.row if heard else None)


def tell_closed(step: Step) -> None:
    """Tell a customer who is satisfied that his case is closed, and how to come back to it."""
    letter = _letter(step, what="closed")
    if letter is not None:
        mail = letters.closed_letter(letter, message_id=step.desk.message_id(step.now), now=step.now)
        _queue(step, f"closed:{step.file.case.id}:{step.file.state.round}", mail)


def tell_state(step: Step, text: str, when: datetime | None, message: Message, stored: int) -> bool:
    """Tell a customer who asks how it stands what was approved and sent before; False when he may not be told it."""
    to = step.desk.customer_of(message, follows(step.work, step.file.case))
    if to is None or _standing(step, to) not in STANDINGS[Action.BE_TOLD]:
        return False
    if step.desk.brakes.hold_back(to.address, step.work, step.now):
        return False
    mail = letters.state_letter(
        _letter_to(step, to, message), message_id=step.desk.message_id(step.now), now=step.now, text=text,
        next_news=when,
    )  # fmt: skip
    return _queue(step, f"progress:state:{stored}", mail, message=stored) is not None


def tell_corrected(step: Step, done: Sequence[Corrected], message: Message, stored: int) -> bool:
    """Tell the customer that the record was corrected as he wrote; False when he may not be told what it said."""
    to = step.desk.customer_of(message, follows(step.work, step.file.case))
    # What we had written before may have come from somebody else: only a confirmed contact is shown it.
    if to is None or _standing(step, to) not in STANDINGS[Action.BE_TOLD]:
        return False
    if step.desk.brakes.hold_back(to.address, step.work, step.now):
        return False
    letter = _letter_to(step, to, message)
    mail = letters.corrected_letter(
        letter,
        message_id=step.desk.message_id(step.now),
        now=step.now,
        changes=[(c.field, c.before, c.after) for c in done],
    )
    _queue(step, f"corrected:{stored}", mail, message=stored)
    return True


# ------------------------------------------------------------------------------------------------------------ parts


def _words(step: Step, spec: TaskSpec, letter: Letter, text: str, files: Sequence[Attachment]) -> OutgoingMail:
    """The letter that brings a person's words to the customer."""
    key = step.desk.message_id(step.now)
    if spec.do == "answer":
        enclosed = [_title(step, spec, letter)] if files else []
        return letters.answer_letter(
            letter, message_id=key, now=step.now, answer_text=text, attachments=files, enclosed=enclosed
        )
    return letters.progress_letter(letter, message_id=key, now=step.now, text=text)


def _letter(step: Step, *, what: str) -> Letter | None:
    """The customer as we write to him; that he has no address to be written to is noted."""
    letter = _reader(step)
    if letter is None:
        step.journal("letter.nobody", what=what)
        step.file.unreached = True
    return letter


def _reader(step: Step) -> Letter | None:
    """The customer as we write to him: in the thread and language of his last mail.  None when he has no address.

    What our people passed on into the case may be somebody else's mail, and who joined it is not proven to be the
    customer: letters go to a confirmed contact, or to the one who opened the case while he is alone in it.
    """
    is_followed = follows(step.work, step.file.case)
    for mail in _mails(step):
        to, writer = step.desk.customer_of(mail, is_followed), step.desk.author(mail)
        if to is None or writer is None:
            continue
        reader = _standing(step, to)
        if {reader, _standing(step, writer)} & STANDINGS[Action.GET_LETTERS]:
            return _letter_to(step, to, mail, sure=reader in STANDINGS[Action.BE_TOLD])
    return None


def _told_by_people(spec: TaskSpec, name: str, file: CaseFile) -> bool:
    """Does the procedure ask a colleague next to tell the customer, with the same letter?"""
    return any(
        name in task.needs and task.done_by == "reply" and task.form == spec.form
        for task in file.procedure.tasks.values()
    )


def _mails(step: Step) -> Iterator[Message]:
    """The mails of a case as they may be answered, newest first."""
    if step.file.heard is not None:
        yield step.file.heard.message
    for _, digest in step.work.customer_mails(step.file.case.id, LOOKED_AT):
        yield step.desk.decode(step.desk.vault.get(digest))


def _letter_to(step: Step, to: Address, message: Message, *, sure: bool = True) -> Letter:
    """``sure``: he may be told facts of the case; else his name is used only as his own mails give it."""
    file, message = step.file, his_own(message, to)
    language = file.state.language if file.state.language != "mixed" else ""
    name = str(file.state.intake.get("complainant", "")).strip("/")
    if not sure and name not in step.work.found_values(file.case.id, "contact"):
        name = ""
    addressee = str(file.state.intake.get(ADDRESSEE, ""))  # with the title his first mail gave him
    return Letter(
        paper=step.desk.letters, to=to, case_number=file.case.number, message=message,
        contact=addressee if name and addressee.startswith(name) else name,
        company=file.case.customer.company if sure else "", language=language, kind=file.case.kind.value,
        reference=token.make(file.case.id, to.address, step.desk.secret), late=file.late,
    )  # fmt: skip


def _standing(step: Step, person: Address) -> Standing:
    return standing(step.work, step.file.case, person, step.desk.is_ours)


def his_own(message: Message, to: Address) -> Message:
    """Of a mail a colleague passed on: the customer's own, or it without a subject he did not write."""
    if to.address.lower() in {each.address.lower() for each in (*message.from_, *message.reply_to)}:
        return message
    for attached in message.forwarded:
        if attached.sender is not None and attached.sender.address.lower() == to.address.lower():
            return attached
    words = bare_subject(message.subject)
    return message if words and words in message.forwarded_text else replace(message, subject="")


def _letter_files(step: Step, spec: TaskSpec) -> list[Attachment]:
    """The letter to the customer with the signatures given, as a Word file."""
    file = step.file
    record = file.records.get(spec.form_for(file.state.language))
    if record is None:
        return []
    content = signed_copy(_for_customer(record), signed_on(step, record), step.desk, record.issued_at)
    theirs = their_form.filled(step, record)
    return [Attachment(record.file_name, record.file_name, WORD_TYPE, content), *([theirs.file] if theirs else [])]


def _title(step: Step, spec: TaskSpec, letter: Letter) -> str:
    """What the enclosed record is called, with its number; its version is ours alone."""
    record, language = step.file.records[spec.form_for(step.file.state.language)], letter.speech
    form = step.desk.form(record.form)
    title = (form.title_en if language == "en" and form else "") or record.title
    words = worded(language, "{title} ({number})", title=title, number=record.number)
    return letter.paper.templates.our_words(language, words)


def _for_customer(record: IssuedRecord) -> IssuedRecord:
    """The record without what our departments say among themselves; a letter has none of it."""
    answers: Mapping[str, str] = record.fields.get("answer", {})
    if not any(name.startswith(OPINION) for name in answers):
        return record
    blank = {name: "" for name in (*answers, *record.fields) if name.startswith(OPINION) or name in INTERNAL}
    inner = {name: blank.get(name, value) for name, value in answers.items()}
    outer = {name: blank.get(name, value) for name, value in record.fields.items()}
    return replace(record, fields={**outer, "answer": inner})


def _keep_promises(step: Step, spec: TaskSpec, text: str) -> None:
    """What an approved answer promises is listed, with who approved it, until somebody says that it was kept."""
    approved_by = next((by for need in reversed(spec.needs) if (by := step.file.done_by(need))), "")
    for promise in find_promises(step.desk.words, text, now=step.now, zone=step.desk.zone):
        due_at = datetime.fromisoformat(promise.due) if promise.due else None
        if due_at is not None and due_at.tzinfo is None:
            due_at = step.desk.staff().calendar.end_of_day(due_at.replace(hour=12, tzinfo=step.desk.zone))
        step.work.add_promise(
            step.file.case.id, promise.kind, promise.words, due_at, approved_by=approved_by, now=step.now
        )
        step.journal("promise.made", actor=approved_by or "mailflow", kind=promise.kind)


def _queue(step: Step, occasion: str, mail: OutgoingMail, message: int | None = None) -> int | None:
    queued = step.queue(occasion, mail, message=message)
    if queued is not None:
        step.file.told.update(address.lower() for address in mail.recipients)
        step.journal("letter.queued", what=occasion.split(":")[0], outbox=queued)
    return queued
