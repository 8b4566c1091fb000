"""Does a mail in a case's thread speak of another matter?

People answer an old mail to have the address at hand, write a new subject over it, and ask for something else.  Such a
mail opens a case of its own.  In doubt it stays in the thread, where whoever works on the case reads it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.ports import Work
from mailflow.outgoing.compose import bare_subject, is_answer

TROUBLE = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})
REQUESTS = TROUBLE | {Kind.INQUIRY, Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE, Kind.SUGGESTION}
FAR = frozenset({Kind.COMPLAINT, Kind.RFQ, Kind.ORDER})  # kinds nobody comes to by asking on about something else
CLOSE = 0.8  # being in a thread speaks for a follow-up; with this share of it, a complaint may be one of its own
SAME, GOODS = ("order_no", "batch_no"), ("product", "model")


def is_another(message: Message, details: Details, case: Case, work: Work) -> bool:
    """Whether a mail found by its thread alone is about something else than the case of that thread.

    It is when its writer wrote a subject of his own and kept nothing of the conversation, and what he asks for is of
    another kind, or he names another order and other goods than the case does.
    """
    if is_answer(message.subject) or message.quoted_text.strip() or details.kind not in REQUESTS:
        return False
    own = _key(bare_subject(message.subject))
    if not own or any(_is_like(own, _key(bare_subject(subject))) for subject in work.subjects_of(case.id)):
        return False
    said = {field: (set(details.values(field)), set(work.found_values(case.id, field))) for field in (*SAME, *GOODS)}
    if any(here & there for here, there in (said[field] for field in SAME)):
        return False
    if any(here and there for here, there in (said[field] for field in SAME)) and _is_whole(details, said):
        return True
    if details.kind is case.kind or {details.kind, case.kind} <= TROUBLE or details.kind is Kind.FOLLOWUP:
        return False
    return details.kind in FAR or not message.in_reply_to


def _is_whole(details: Details, said: Mapping[str, tuple[set[str], set[str]]]) -> bool:
    """Whether a mail with another order number tells of other goods, and does not just correct the number."""
    weights = dict(details.kinds)
    if details.kind is Kind.FOLLOWUP and weights.get(Kind.COMPLAINT, 0.0) < CLOSE * weights.get(Kind.FOLLOWUP, 0.0):
        return False
    return any(here and not here & there for here, there in (said[field] for field in GOODS))


def _key(subject: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", subject).casefold() if sign.isalnum())


def _is_like(one: str, other: str) -> bool:
    """The same words, or the one with something before or after it (a gateway's mark, an addition)."""
    return one == other or (min(len(one), len(other)) >= 4 and (one in other or other in one))
