"""A mail in a known customer's name that failed the checks of our mail server: he hears of it where we know him."""

from __future__ import annotations

from dataclasses import replace

from mailflow.casework import letters
from mailflow.casework.letters import Letter
from mailflow.casework.step import Turn
from mailflow.customers import token
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Case


def warn(turn: Turn, case: Case, claimed: Address | None, message: int) -> str:
    """Tell him once a day for each case; returns whom, empty when nobody is told (now, or again).

    Told is the address the mail claimed when it is a confirmed contact or opened the case, else one of these of the
    same company's domain: nobody whom the forged name does not concern.
    """
    domain = company_domain(claimed.domain) if claimed is not None else ""
    known = turn.work.contact_to_warn(case, claimed.address.lower(), domain) if claimed is not None else None
    if known is None:
        turn.journal("letter.nobody", message=message, case=case.id, what="impersonated")
        return ""
    if turn.desk.brakes.hold_back(known.address, turn.work, turn.now):
        turn.journal("letter.braked", message=message, case=case.id, what="impersonated")
        return ""
    state = turn.work.case_state(case.id)
    language = state.language if state.language != "mixed" else ""
    letter = Letter(
        paper=turn.desk.letters, to=replace(known, name=""), case_number=case.number, subject=state.subject,
        contact=known.name, language=language, kind=case.kind.value,
        reference=token.make(case.id, known.address, turn.desk.secret),
    )  # fmt: skip
    mail = letters.impersonated_letter(letter, message_id=turn.desk.message_id(turn.now), now=turn.now)
    queued = turn.queue(f"impersonated:{case.id}:{turn.day}", mail, message=message, case=case.id)
    if queued is None:
        return ""
    turn.journal("letter.queued", message=message, case=case.id, what="impersonated", outbox=queued)
    return known.address
