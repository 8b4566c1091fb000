"""Who is asked: every key customer and a drawn share of the others, and of everybody else why not.

The draw has a seed and depends on nothing else: the same customers and seed give the same sample.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.domain.survey_ports import Candidate

RECENT = timedelta(days=90)
NO_CONTACT, UNREACHABLE, ASKED_LATELY, GRAVE, NOT_DRAWN = (
    "no_contact", "unreachable", "asked_lately", "open_grave", "not_drawn",
)  # fmt: skip
REASONS = (NO_CONTACT, UNREACHABLE, ASKED_LATELY, GRAVE, NOT_DRAWN)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A customer that is not asked, and why: one of :data:`REASONS`."""

    customer: int
    company: str
    why: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Who is asked, one contact a customer, and who is not; ``of`` customers could have been asked."""

    chosen: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def of(self) -> int:
        """How many customers there were to ask: all that are asked or were not drawn."""
        return len(self.chosen) + sum(each.why == NOT_DRAWN for each in self.left_out)


def draw(candidates: Sequence[Candidate], share: float, seed: int, now: datetime) -> Sample:
    """The sample: ``share`` (0 to 1) of the customers that are no key customers, rounded up."""
    by_customer: dict[int, list[Candidate]] = {}
    for each in candidates:
        by_customer.setdefault(each.customer, []).append(each)
    chosen: list[Candidate] = []
    others: list[Candidate] = []
    left: list[LeftOut] = []
    for contacts in by_customer.values():
        first, why = contacts[0], _why_not(contacts, now)
        if why:
            left.append(LeftOut(first.customer, first.company, why))
            continue
        person = next(each for each in contacts if each.address and each.is_reachable)
        (chosen if first.traits.is_key else others).append(person)
    drawn = set(random.Random(seed).sample(range(len(others)), math.ceil(share * len(others))))  # noqa: S311
    chosen += [each for at, each in enumerate(others) if at in drawn]
    left += [LeftOut(e.customer, e.company, NOT_DRAWN) for at, e in enumerate(others) if at not in drawn]
    return Sample(tuple(sorted(chosen, key=lambda each: each.customer)), tuple(left))


def next_contact(candidates: Iterable[Candidate], customer: int, asked: Iterable[str]) -> Candidate | None:
    """Another contact of the customer, who was not asked in this round; None when there is none to reach."""
    before = {address.lower() for address in asked}
    return next(
        (
            each
            for each in candidates
            if each.customer == customer and each.address and each.is_reachable and each.address.lower() not in before
        ),
        None,
    )


def _why_not(contacts: Sequence[Candidate], now: datetime) -> str:
    first = contacts[0]
    if not any(each.address for each in contacts):
        return NO_CONTACT
    if not any(each.address and each.is_reachable for each in contacts):
        return UNREACHABLE
    if first.open_grave:
        return GRAVE
    if first.asked_at is not None and now - first.asked_at < RECENT:
        return ASKED_LATELY
    return ""
