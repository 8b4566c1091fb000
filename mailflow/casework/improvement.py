"""A corrective action nobody's complaint led to: opened by a mail of a colleague who may, under our own company.

The mail itself is the evidence and goes along with the first task.  Whoever is answered it knows the number.  What the
mail leaves open stays blank; where it answers a mail of ours about a case, goods and trouble are those of that case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mailflow.casework import engine, notes
from mailflow.casework.answered import Answer
from mailflow.casework.casefile import CaseFile
from mailflow.casework.fields import SOURCE
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.tasks import CaseState, CaseStatus
from mailflow.outgoing.compose import one_line
from mailflow.procedures.model import NO_PROCEDURE
from mailflow.reading.matter.own_action import OwnAction, find_own_action
from mailflow.records.clean import BLANK, clean, short
from mailflow.sentences.catalogue import worded
from mailflow.trust.policy import Action, may

ROLES = ("quality", "management_rep", "service_manager", "leader", "general_manager")
"""Who may open one; the first of these roles is told the number."""
OPENED = "capa"
_LONGEST_FACT = 1500


def take(turn: Turn, answer: Answer) -> tuple[Case, engine.Blobs] | None:
    """Open what a colleague's mail asks for; None when it asks for none.

    Raises Refused when he may not; then nothing was written.
    """
    desk, message = turn.desk, answer.message
    if desk.opening is None or is_automatic(message):
        return None
    wanted = find_own_action(message.subject, message.new_text, desk.words.lexicon)
    if wanted is None:
        return None
    person, staff = answer.person, desk.staff()
    if not may(Action.JOIN, answer.trust) or not any(staff.has_role(person, role) for role in ROLES):
        titles = "、".join(staff.title(role, desk.notes.language) for role in ROLES)
        raise Refused("not_allowed", person.name, titles)
    if not (wanted.what or wanted.fact):
        raise Refused("fields_missing", worded(desk.notes.language, "what it is about"))
    return _open(turn, answer, wanted)


# ------------------------------------------------------------------------------------------------------------ parts


def _open(turn: Turn, answer: Answer, wanted: OwnAction) -> tuple[Case, engine.Blobs]:
    work, now, stored, person = turn.work, turn.now, answer.stored, answer.person
    assert turn.desk.opening is not None
    number = turn.desk.series.next_case(turn.desk.opening.prefixes.get(Kind.CAPA.value, "CA"), work, now)
    details = Details(Kind.CAPA, language="zh")
    owner = work.own_company(turn.desk.series.own_company(now), "", now)
    subject = one_line(wanted.what or wanted.fact, 100)
    opened_by = person.address.lower()
    case = work.add_case(number, owner, details, Kind.CAPA, subject=subject, opened_by=opened_by, now=now)
    turn.journal("case.opened", actor=person.address, message=stored.id, case=case.id, number=number,
        kind=Kind.CAPA.value,
    )  # fmt: skip
    state = CaseState(
        status=CaseStatus.OPEN, round=1, channel="mail", severity="", language="zh", subkinds=(), procedure="",
        intake=_intake(turn, answer.message, wanted), subject=subject,
    )  # fmt: skip
    running = engine.begin(turn, case, state, now)
    step = turn.on(running or CaseFile(case, state, NO_PROCEDURE, now))
    blobs = engine.advance(step, message=stored.id) if running is not None else []
    work.touch(case.customer.id)
    _confirm(step, answer, wanted)
    return case, blobs


def _intake(turn: Turn, message: Message, wanted: OwnAction) -> Mapping[str, Any]:
    """The fields of the report: what the mail says, and of the case it answers what the mail does not say."""
    known: Mapping[str, Any] = {}
    about = turn.work.cases_of_mails([message.in_reply_to]) if message.in_reply_to else []
    if len(about) == 1:
        known = turn.work.case_state(about[0].id).intake
        wanted = replace(wanted, cases=wanted.cases or about[0].number)
    words = "\n".join(filter(None, (wanted.what, wanted.fact, str(known.get("class2", "") or "") if known else "")))
    if wanted.cases:
        words += "\n" + worded("zh", "see {cases}", cases=wanted.cases)

    def said(own: str, name: str) -> str:
        value = own or str(known.get(name, ""))
        return short(" ".join(clean(value).split()), 80) if value and value != BLANK else BLANK

    received = (message.received_at or turn.now).astimezone(turn.desk.zone)
    return {
        SOURCE: wanted.source or worded("zh", "capa|other"),
        "content": short(clean(words).strip(), _LONGEST_FACT),
        "product": said(wanted.product, "product"), "model": said(wanted.model, "model"),
        "batch_no": said(wanted.batch_no, "batch_no"), "received_at": f"{received:%Y-%m-%d %H:%M}",
    }  # fmt: skip


def _confirm(step: Step, answer: Answer, wanted: OwnAction) -> None:
    """Tell whoever opened it the number, and who has it now."""
    language, staff = step.desk.notes.language, step.desk.staff()
    titles = []
    for task in step.file.tasks.values():
        holder = staff.by_address(task.person)
        name = step.file.spec(task).title.of(language)
        titles.append(f"{name} ({holder.name})" if holder else name)
    taken = [(worded(language, "what it is about"), wanted.what or wanted.fact)]
    counted = notes.Counted("worked", step.file.procedure.title.of(language), "", "", taken)
    mail = notes.confirm_mail(step.head(answer.person), answer.message, counted, next_titles=titles)
    step.queue(f"confirm:{answer.stored.id}", mail, message=answer.stored.id)
