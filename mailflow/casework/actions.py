"""What a procedure does by itself toward the customer: holding reply, progress, the approved answer, the question.

Each is one occasion of one case and round, so that nothing is sent twice.  Nothing here writes a sentence of its own:
what the customer reads was approved by a person or says no more than that we are at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.casework import letters, notices
from mailflow.casework.casefile import CaseFile
from mailflow.casework.corrections import Corrected
from mailflow.casework.desk import Desk
from mailflow.casework.issue import signed_copy
from mailflow.casework.letters import Letter
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.domain.ports import Work
from mailflow.domain.tasks import IssuedRecord
from mailflow.procedures.model import TaskSpec
from mailflow.reading.answers.promises import find_promises

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANSWER = "answer_text"
LOOKED_AT = 20  # mails of a case, for one whose writer may be answered
OPINION = "opinion_"
INTERNAL = frozenset({"amount", "scope", "risk"})
"""What a paper both sides see keeps to ourselves: losses, and what stands in our store."""


def act(spec: TaskSpec, name: str, file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Do what a task of mailflow's own says; ``issue`` is done by the record itself."""
    letter = _letter(file, desk, work, now, what=spec.do or name)
    text = file.answers.get("plan" if spec.do == "progress" else spec.text or ANSWER, "")
    if letter is None:
        # What the next tasks tell or ask him by word of mouth needs no word of ours.
        if spec.do in ("answer", "progress") and not _told_by_people(spec, name, file):
            notices.unreached(file, spec.do, name, text, desk, work, now)
        return
    key = desk.message_id(now)
    if spec.do == "answer":
        files = _letter_files(spec, file, desk, work)
        mail = letters.answer_letter(letter, message_id=key, now=now, answer_text=text, attachments=files)
        _keep_promises(spec, file, text, desk, work, now)
    elif spec.do == "satisfaction":
        mail = letters.satisfaction_letter(letter, message_id=key, now=now, summary="")
    elif spec.do == "progress":
        _keep_promises(spec, file, text, desk, work, now)
        mail = letters.progress_letter(letter, message_id=key, now=now, text=text)
    else:
        return
    _queue(f"{spec.do}:{name}:{file.case.id}:{file.state.round}", mail, file, work, now)


def hold(file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Tell the customer that we are at work and ask for patience, once in a round."""
    letter = _letter(file, desk, work, now, what="holding")
    if letter is not None:
        mail = letters.holding_letter(letter, message_id=desk.message_id(now), now=now)
        _queue(f"holding:{file.case.id}:{file.state.round}", mail, file, work, now)
    else:
        notices.unreached(file, "holding", "holding", "", desk, work, now)


def tell_reopened(file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Tell the customer that his case is worked on again."""
    letter = _letter(file, desk, work, now, what="reopened")
    if letter is not None:
        mail = letters.reopened_letter(letter, message_id=desk.message_id(now), now=now)
        _queue(f"reopened:{file.case.id}:{file.state.round}", mail, file, work, now)


def tell_closed(file: CaseFile, desk: Desk, work: Work, now: datetime) -> None:
    """Tell a customer who is satisfied that his case is closed, and how to come back to it."""
    letter = _letter(file, desk, work, now, what="closed")
    if letter is not None:
        mail = letters.closed_letter(letter, message_id=desk.message_id(now), now=now)
        _queue(f"closed:{file.case.id}:{file.state.round}", mail, file, work, now)


def tell_corrected(
    file: CaseFile, done: Sequence[Corrected], message: Message, stored: int, desk: Desk, work: Work, now: datetime
) -> bool:
    """Tell the customer that the record was corrected as he wrote; False when there is nobody to tell."""
    letter = _letter(file, desk, work, now, what="corrected", message=message)
    if letter is None or desk.brakes.hold_back(letter.to.address, work, now):
        return False
    mail = letters.corrected_letter(
        letter, message_id=desk.message_id(now), now=now, changes=[(c.field, c.before, c.after) for c in done]
    )
    _queue(f"corrected:{stored}", mail, file, work, now, message=stored)
    return True


# ------------------------------------------------------------------------------------------------------------ parts


def _letter(
    file: CaseFile, desk: Desk, work: Work, now: datetime, *, what: str, message: Message | None = None
) -> Letter | None:
    """The customer as we write to him: in the thread and language of his last mail.  None when he has no address.

    What our people passed on into the case may be somebody else's mail: only who belongs to the case is written to.
    """
    mails: Iterable[Message] = [message] if message is not None else _mails(file, desk, work)
    for mail in mails:
        to = desk.customer_of(mail)
        if to is not None and work.knows(file.case, to.address.lower(), company_domain(to.domain)):
            return _letter_to(to, mail, file, desk)
    work.journal("letter.nobody", now, case=file.case.id, what=what)
    file.unreached = True
    return None


def _told_by_people(spec: TaskSpec, name: str, file: CaseFile) -> bool:
    """Does the procedure ask a colleague next to tell the customer, with the same letter?"""
    return any(
        name in task.needs and task.done_by == "reply" and task.form == spec.form
        for task in file.procedure.tasks.values()
    )


def _mails(file: CaseFile, desk: Desk, work: Work) -> Iterator[Message]:
    """The mails of a case as they may be answered, newest first."""
    for _, digest in work.customer_mails(file.case.id, LOOKED_AT):
        yield desk.decode(desk.vault.get(digest))


def _letter_to(to: Address, message: Message, file: CaseFile, desk: Desk) -> Letter:
    language = file.state.language if file.state.language != "mixed" else ""
    return Letter(
        paper=desk.letters, to=to, case_number=file.case.number, message=message, subject=file.state.subject,
        contact=str(file.state.intake.get("complainant", "")).strip("/"), language=language, kind=file.case.kind.value,
    )  # fmt: skip


def _letter_files(spec: TaskSpec, file: CaseFile, desk: Desk, work: Work) -> list[Attachment]:
    """The letter to the customer with the signatures given, as a Word file."""
    record = file.records.get(spec.form_for(file.state.language))
    if record is None:
        return []
    given = [item for item in work.signatures(file.case.id) if item.record_id == record.id]
    content = signed_copy(_for_customer(record), given, desk, record.issued_at)
    return [Attachment(record.file_name, record.file_name, WORD_TYPE, content)]


def _for_customer(record: IssuedRecord) -> IssuedRecord:
    """The record without what our departments say among themselves; a letter has none of it."""
    answers: Mapping[str, str] = record.fields.get("answer", {})
    if not any(name.startswith(OPINION) for name in answers):
        return record
    blank = {name: "" for name in (*answers, *record.fields) if name.startswith(OPINION) or name in INTERNAL}
    inner = {name: blank.get(name, value) for name, value in answers.items()}
    outer = {name: blank.get(name, value) for name, value in record.fields.items()}
    return replace(record, fields={**outer, "answer": inner})


def _keep_promises(spec: TaskSpec, file: CaseFile, text: str, desk: Desk, work: Work, now: datetime) -> None:
    """What an approved answer promises is listed, with who approved it, until somebody says that it was kept."""
    approved_by = next((by for need in reversed(spec.needs) if (by := file.done_by(need))), "")
    for promise in find_promises(desk.words, text, now=now, zone=desk.zone):
        due_at = datetime.fromisoformat(promise.due) if promise.due else None
        if due_at is not None and due_at.tzinfo is None:
            due_at = desk.staff().calendar.end_of_day(due_at.replace(hour=12, tzinfo=desk.zone))
        work.add_promise(file.case.id, promise.kind, promise.words, due_at, approved_by=approved_by, now=now)
        work.journal("promise.made", now, actor=approved_by or "mailflow", case=file.case.id, kind=promise.kind)


def _queue(
    occasion: str, mail: OutgoingMail, file: CaseFile, work: Work, now: datetime, message: int | None = None
) -> None:
    queued = work.queue(occasion[:120], mail, case=file.case.id, message=message, now=now)
    if queued is not None:
        work.journal("letter.queued", now, case=file.case.id, what=occasion.split(":")[0], outbox=queued)
