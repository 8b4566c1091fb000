"""Goods of the company's own catalogue among all that a mail may name: they win over what was guessed."""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.reading.matching.catalogue import BY_MODEL, is_listed
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit

Place = tuple[Part, Hit]


def preferred(places: Sequence[Place]) -> list[Place]:
    """The places of the catalogue where there are any: by name, else by model; else all places as they are.

    A name that only begins a longer one (水泵 in 水泵控制柜) names something else and does not count.
    """
    sure = [place for place in places if is_listed(place[1].rule)]
    if not sure:
        return list(places)
    labelled = [place for place in places if place[1].rule.labels]
    if labelled and not any(_covers(place, other) for place in labelled for other in sure):
        return list(places)  # who fills in 品名 says what it is about, in the catalogue or not
    named = [place for place in sure if not place[1].rule.name.startswith(BY_MODEL)]
    whole = [place for place in named if not _goes_on(place, places)]
    return whole or [place for place in sure if place not in named] or [p for p in places if p not in sure] or sure


def name_of(hit: Hit) -> str | None:
    """The catalogue's name of the goods a hit names; None for all others, whose words are their name."""
    return hit.rule.value if is_listed(hit.rule) else None


def _covers(place: Place, other: Place) -> bool:
    return place[0] is other[0] and place[1].start < other[1].end and other[1].start < place[1].end


def _goes_on(place: Place, others: Sequence[Place]) -> bool:
    """Whether a rule's word for other goods covers this one and ends behind it."""
    part, hit = place
    return any(
        part is other and not is_listed(more.rule) and more.start <= hit.start and more.end > hit.end
        for other, more in others
        if more.rule.phrases
    )
