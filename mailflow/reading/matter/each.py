"""What is told of each trouble by itself: its goods, their numbers and how many.

A fact belongs to the trouble whose words it stands with: in its item of a list, or in its sentence from the clause that
tells it to the clause that tells the next.  What the mail has one of is every trouble's; of several that stand with
none, none is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailflow.domain.matters import Trouble
from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.text.clauses import Span

QUALITY, SERVED = "Q1", "S"
"""The code of what is wrong with goods; how the codes of what is wrong with people's service begin."""

_OF_GOODS, _SHORT = frozenset("QP"), "B1"  # codes of troubles that goods have
_FACTS = ("product", "model", "batch_no", "quantity")
_SEPARATOR = "；"


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble, the stretch of its part that speaks of it, and where in that the clause begins that tells it."""

    trouble: Trouble
    scope: Span
    clause: int


def about_each(told: Sequence[Told], facts: Sequence[Finding], goods: Sequence[Finding] = ()) -> list[Trouble]:
    """The troubles, in the same order, with what is told of each.

    ``facts`` were found in the mail; ``goods`` are all words of it that may be goods, asked where no fact says which.
    """
    known = [fact for fact in facts if fact.field in _FACTS and fact.confidence > SUPERSEDED]
    own = [_own(told, place) for place in range(len(told))]
    found = []
    for item, stretch in zip(told, own, strict=True):
        source = item.trouble.source
        given = {name: _values(known, name, source, stretch) for name in _FACTS}
        if _has_goods(item.trouble) and not given["product"]:
            named = _values(goods, "product", source, stretch)
            given["product"] = "" if _SEPARATOR in named else named
        if _has_goods(item.trouble) or len(told) == 1:
            others = [(other.trouble.source, span) for other, span in zip(told, own, strict=True) if other is not item]
            given |= {name: _only(known, name, others) for name in _FACTS if not given[name]}
        found.append(_with(item.trouble, given))
    return found


def _with(trouble: Trouble, given: Mapping[str, str]) -> Trouble:
    return replace(
        trouble,
        product=given["product"],
        model=given["model"],
        batch_no=given["batch_no"],
        quantity=given["quantity"],
    )


def _has_goods(trouble: Trouble) -> bool:
    return not trouble.code or trouble.code[0] in _OF_GOODS or trouble.code == _SHORT


def _own(told: Sequence[Told], place: int) -> Span:
    """The stretch that speaks of this trouble and of no other."""
    item = told[place]
    start, end = item.scope
    others = [other.clause for other in told if other.trouble.source == item.trouble.source and other is not item]
    if any(start <= clause < item.clause for clause in others):
        start = item.clause  # what stands before it in the sentence is the other's
    return start, min([end, *(clause for clause in others if item.clause < clause < end)])


def _in(fact: Finding, source: str, stretch: Span) -> bool:
    return fact.source == source and stretch[0] <= fact.start < stretch[1]


def _values(facts: Sequence[Finding], name: str, source: str, stretch: Span) -> str:
    here = [fact.value for fact in facts if fact.field == name and _in(fact, source, stretch)]
    return _SEPARATOR.join(dict.fromkeys(here))


def _only(facts: Sequence[Finding], name: str, others: Sequence[tuple[str, Span]]) -> str:
    """The one value the mail has, where it does not stand with another trouble; how many, only of a lone trouble."""
    mine = [fact for fact in facts if fact.field == name]
    if len({fact.value for fact in mine}) != 1 or (name == "quantity" and others):
        return ""
    return "" if any(_in(fact, *other) for fact in mine for other in others) else mine[0].value
