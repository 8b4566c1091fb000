"""surveys: a round planned, its letters sent once its plan is approved, and what the clock does with them.

Letters leave through the outbox like every mail, one for each occasion: a round that is sent twice sends nothing twice.
Reminders go after 7 and 14 working days; an answer, a letter that came back or a grave open complaint ends them.  For a
letter that came back the customer's next contact is asked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from mailflow.casework import signing
from mailflow.casework.letters import Letter
from mailflow.casework.own_matters import Matter, open_matter
from mailflow.casework.step import Step, Turn
from mailflow.casework.survey_letters import LETTER, REMINDER, Asked, survey_letter
from mailflow.decoding.file_names import safe_name
from mailflow.domain.errors import TemporaryError
from mailflow.domain.model import Address, Attachment
from mailflow.domain.ports import Ledger, Work
from mailflow.domain.survey_ports import BOUNCED, CHOSEN, INVITED, PLANNED, SENT, Invitation, Round
from mailflow.domain.tasks import TaskStatus
from mailflow.office.staff import Person
from mailflow.office.working_time import Term
from mailflow.outgoing.templates import day_words
from mailflow.procedures.model import Procedure
from mailflow.records.qr import payload
from mailflow.runtime.logs import event
from mailflow.scheduled.survey_measures import open_measures
from mailflow.surveys import token
from mailflow.surveys.file import read_questionnaire
from mailflow.surveys.questionnaire import Questionnaire
from mailflow.surveys.sampling import Sample, next_contact
from mailflow.surveys.sheet import sheet_lines, sheet_rows

PROCEDURE, PLAN, APPROVAL, CONDUCT = "survey", "plan", "approve_plan", "conduct"
"""The procedure of a round, and its steps this module knows."""

REMINDED_AFTER = (7, 14)
"""Working days after the letter."""

SHEET, SHEET_IN_ENGLISH = "JL-8.2-01", "JL-8.2-01E"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

LOOKED_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Planned:
    """A round to be planned: ``values`` are the answers of its first step, ``plan`` what the program goes by."""

    procedure: Procedure
    form: Questionnaire
    period: str
    person: Person
    sample: Sample
    values: Mapping[str, str]
    plan: Mapping[str, Any]


def plan_round(turn: Turn, planned: Planned) -> tuple[Step, int, list[bytes]]:
    """Open the round's case with its plan written; the case, the round's row and the files of its record.

    Raises Refused when the plan is not whole.
    """
    subject = f"{planned.period} {planned.form.title.of(turn.desk.notes.language)}"
    matter = Matter(planned.procedure, subject, {"duty_period": planned.period}, planned.person.address, turn.now)
    step, blobs = open_matter(turn, matter)
    blobs = [*blobs, *signing.do_work(step, step.file.tasks[PLAN], planned.person, planned.values, None)]
    text = json.dumps(dict(planned.plan), ensure_ascii=False)
    row = turn.work.add_round(step.case_id, planned.form.name, planned.form.text, planned.period, text, turn.now)
    for who in planned.sample.chosen:
        turn.work.add_invitation(row, who)
    turn.journal("survey.planned", case=step.case_id, round=row, invited=len(planned.sample.chosen))
    return step, row, blobs


def is_approved(turn: Turn, of: Round) -> bool:
    """Was the plan signed by whoever approves it?"""
    step = turn.load(turn.work.case(of.case_id))
    task = step.file.tasks.get(APPROVAL) if step is not None else None
    return task is not None and task.status is TaskStatus.DONE


def send_round(turn: Turn, of: Round) -> int:
    """Queue the letters of a round whose plan is approved; how many."""
    form = form_of(of)
    sent = 0
    for invitation in turn.work.invitations(of.id):
        if invitation.status == CHOSEN:
            sent += _send(turn, of, form, invitation)
    if of.sent_at is None:
        turn.work.set_round(of.id, status=SENT, sent_at=turn.now)
        turn.journal("survey.sent", case=of.case_id, round=of.id, letters=sent)
    return sent


def look_after(desk_turn: Turn, of: Round) -> int:
    """Replace what came back, remind who is due; how many mails were queued."""
    turn, form = desk_turn, form_of(of)
    answered = {each.invitation for each in turn.work.survey_answers(of.id)}
    candidates = None
    done = 0
    for invitation in turn.work.invitations(of.id):
        if invitation.status != INVITED or invitation.outbox is None or invitation.id in answered:
            continue
        if turn.work.has_come_back(invitation.outbox):
            candidates = candidates or turn.work.survey_candidates(turn.now - LOOKED_BACK)
            turn.work.set_invitation(invitation.id, status=BOUNCED)
            turn.journal("survey.bounced", case=of.case_id, invitation=invitation.id)
            asked = [each.address for each in turn.work.invitations(of.id)]
            other = next_contact(candidates, invitation.customer, asked)
            if other is not None and not other.open_grave:
                row = turn.work.add_invitation(of.id, other, instead=invitation.id)
                replaced = turn.work.invitation(row)
                done += _send(turn, of, form, replaced) if replaced is not None else 0
        elif _is_due(turn, of, invitation):
            candidates = candidates or turn.work.survey_candidates(turn.now - LOOKED_BACK)
            if not any(each.customer == invitation.customer and each.open_grave for each in candidates):
                done += _remind(turn, of, form, invitation)
    return done


def attend_surveys(turn_of: Callable[[Work, datetime], Turn], ledger: Ledger, now: datetime) -> int:
    """What the clock does with all open rounds; a round that breaks is said in the log and keeps no other waiting."""
    with ledger.begin(durable=False) as work:
        rounds = [each for each in work.rounds() if each.status != PLANNED]
    done = 0
    for each in rounds:
        try:
            with ledger.begin() as work:
                turn = turn_of(work, now)
                done += look_after(turn, each) if each.status == SENT else open_measures(turn, each)
        except TemporaryError:
            raise
        except Exception:
            event("survey.broke", logging.ERROR, trace=True, round=each.id)
    return done


def form_of(of: Round) -> Questionnaire:
    """The questionnaire a round was planned with, whatever the file says now.  Raises LookupError for a broken one."""
    form, problems = read_questionnaire(of.questionnaire, of.text)
    if form is None:
        raise LookupError(f"the questionnaire of round {of.number} cannot be read: {problems[0]}")
    return form


def reminders(plan: Mapping[str, Any]) -> Sequence[int]:
    """After how many working days a round reminds."""
    return [int(each) for each in plan.get("reminders", REMINDED_AFTER)]


# ------------------------------------------------------------------------------------------------------------ parts


def _is_due(turn: Turn, of: Round, invitation: Invitation) -> bool:
    """Has the next reminder's day come, and is there still time to answer?"""
    days = reminders(of.plan)
    if invitation.reminders >= len(days) or invitation.sent_at is None:
        return False
    if turn.day > date.fromisoformat(of.plan["until"]):
        return False
    calendar = turn.desk.staff().calendar
    return calendar.add(invitation.sent_at, Term(days[invitation.reminders], "d")) <= turn.now


def _send(turn: Turn, of: Round, form: Questionnaire, invitation: Invitation) -> int:
    row = _queue(turn, of, form, invitation, LETTER, f"survey:{invitation.id}:letter")
    if row is None:
        return 0
    turn.work.set_invitation(invitation.id, status=INVITED, outbox_id=row, sent_at=turn.now)
    return 1


def _remind(turn: Turn, of: Round, form: Questionnaire, invitation: Invitation) -> int:
    number = invitation.reminders + 1
    row = _queue(turn, of, form, invitation, REMINDER, f"survey:{invitation.id}:reminder:{number}")
    turn.work.set_invitation(invitation.id, reminders=number)
    if row is not None:
        turn.journal("survey.reminded", case=of.case_id, invitation=invitation.id, number=number)
    return int(row is not None)


def _queue(turn: Turn, of: Round, form: Questionnaire, to: Invitation, name: str, occasion: str) -> int | None:
    paper = turn.desk.letters
    language = of.plan.get("language", paper.language)
    number = token.make(to.id, to.address, turn.desk.secret)
    letter = Letter(
        paper, Address(to.name, to.address), number, subject=f"{of.period} {form.title.of(language)}", contact=to.name,
        company=to.company, language=language, reference=number,
    )  # fmt: skip
    until = date.fromisoformat(of.plan["until"])
    files = _word_sheet(turn, of, form, to, letter)
    asked = Asked(
        sheet_lines(form, language), form.shown_scale(language), of.period, until, bool(of.plan.get("confidential")),
        files,
    )  # fmt: skip
    mail = survey_letter(letter, asked, name=name, message_id=turn.desk.message_id(turn.now), now=turn.now)
    return turn.work.queue(occasion, mail, case=None, message=None, now=turn.now)


def _word_sheet(turn: Turn, of: Round, form: Questionnaire, to: Invitation, letter: Letter) -> tuple[Attachment, ...]:
    """The letter with the questions as a Word form; none in an office that was laid out before there was one."""
    code = SHEET_IN_ENGLISH if letter.speech == "en" else SHEET
    if turn.desk.form(code) is None:
        return ()
    number, head = letter.reference, turn.desk.letterhead
    department = head.department_en if letter.speech == "en" else head.department
    contact = "　".join(filter(None, (department, head.phone, head.sender.address)))
    content = turn.desk.forms.fill(
        code,
        {
            "company": (letter.speech == "en" and head.name_en) or turn.desk.company, "record_no": number,
            "qr": payload(number, "1", turn.desk.secret), "company_contact": contact,
            "customer_name": to.company, "contact": to.name, "period": of.period,
            "until": day_words(date.fromisoformat(of.plan["until"]), letter.speech),
            "scale": form.shown_scale(letter.speech), "confidential": bool(of.plan.get("confidential")),
            "questions": sheet_rows(form, letter.speech), "issued_at": turn.now,
        },
    )  # fmt: skip
    name = f"{form.title.of(letter.speech)} {number}.docx"
    return (Attachment(name, safe_name(name), WORD, content),)
