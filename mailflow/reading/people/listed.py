"""Customers of the company's own list: the full name for a short one, the name for a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailflow.domain.model import Finding
from mailflow.reading.matching.catalogue import CUSTOMER, KnownBuyer, buyer_of
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit

_SHORTEST = 4  # characters of a name that may stand for a longer one


def known_customers(found: Sequence[Finding], parts: Sequence[Part]) -> list[Finding]:
    """The company that was found, under its name in the catalogue when that is beyond doubt.

    A code or a full name of the catalogue counts where no company was found; of several different ones none does.
    """
    said = [(part, hit, buyer) for part in parts for hit in part.of(CUSTOMER) if (buyer := buyer_of(hit.rule))]
    if not said:
        return list(found)
    if not found:
        return _alone(said)
    fitting = {buyer.name for _, _, buyer in said if _is_same(found[0].value, buyer.name)}
    return [replace(item, value=next(iter(fitting))) if len(fitting) == 1 else item for item in found]


def _alone(said: Sequence[tuple[Part, Hit, KnownBuyer]]) -> list[Finding]:
    names = {buyer.name for _, _, buyer in said}
    if len(names) != 1:
        return []
    part, hit, buyer = max(said, key=lambda item: not item[2].by_code)
    return [part.finding(CUSTOMER, hit.start, hit.end, hit.rule.name, 0.85, buyer.name)]


def _is_same(found: str, name: str) -> bool:
    """Whether the mail's name is the catalogue's, or a piece of it long enough."""
    short, full = fold(found).replace(" ", ""), fold(name).replace(" ", "")
    return short == full or (len(short) >= _SHORTEST and short in full)
