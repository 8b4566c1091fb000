"""What is told of each trouble by itself: its goods, their numbers and how many.

A fact belongs to the trouble whose words it stands with: in its item of a list, or in its sentence from the clause that
tells it to the clause that tells the next.  What the mail has one of is every trouble's; of several that stand with
none, none is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.domain.matters import Trouble
from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.text.clauses import Span

QUALITY, SERVED = "Q1", "S"
"""The code of what is wrong with goods; how the codes of what is wrong with people's service begin."""

_OF_GOODS = frozenset("QPB")  # codes of troubles that goods have
_FACTS = ("product", "model", "batch_no", "quantity")
_SEPARATOR = "；"


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble, the stretch of its part that speaks of it, and where in that the clause begins that tells it."""

    trouble: Trouble
    scope: Span
    clause: int


def about_each(told: Sequence[Told], facts: Sequence[Finding]) -> list[Trouble]:
    """The troubles, in the same order, with what is told of each."""
    known = [fact for fact in facts if fact.field in _FACTS and fact.confidence > SUPERSEDED]
    found = []
    for place, item in enumerate(told):
        own = _own(told, place)
        here = [fact for fact in known if fact.source == item.trouble.source and own[0] <= fact.start < own[1]]
        given = {name: _values(here, name) or _only(known, name, item.trouble, len(told)) for name in _FACTS}
        found.append(replace(item.trouble, **given))
    return found


def _own(told: Sequence[Told], place: int) -> Span:
    """The stretch that speaks of this trouble and of no other."""
    item = told[place]
    start, end = item.scope
    others = [other.clause for other in told if other.trouble.source == item.trouble.source and other is not item]
    if any(start <= clause < item.clause for clause in others):
        start = item.clause  # what stands before it in the sentence is the other's
    return start, min([end, *(clause for clause in others if item.clause < clause < end)])


def _values(facts: Sequence[Finding], name: str) -> str:
    return _SEPARATOR.join(dict.fromkeys(fact.value for fact in facts if fact.field == name))


def _only(facts: Sequence[Finding], name: str, trouble: Trouble, troubles: int) -> str:
    """The one value the mail has, for a trouble that goods may have; how many, only where there is one trouble."""
    values = list(dict.fromkeys(fact.value for fact in facts if fact.field == name))
    if len(values) != 1 or (name == "quantity" and troubles > 1):
        return ""
    return values[0] if not trouble.code or trouble.code[0] in _OF_GOODS else ""
