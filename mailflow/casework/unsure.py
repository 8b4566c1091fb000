"""Facts the program is not sure of: asked in the task that registers the case, with the words they were read from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailflow.casework import corrections
from mailflow.casework.step import Step
from mailflow.domain.model import FIELDS
from mailflow.domain.moved_ports import ReadFact
from mailflow.outgoing.compose import one_line
from mailflow.reading.review.doubts import SINGLE
from mailflow.reading.review.sure import Band, band
from mailflow.records.registration import PRINTED

MOST = 6  # asked in one mail
_ABOUT = re.compile(
    r"几|约|左右|上下|大概|[十百千]来|多[件个只台套支箱]|数[十百]|([一二三四五六七八九])(?!\1)[一二三四五六七八九](?=[十百千个件只台套支箱])|about|around"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One fact in doubt: its values, and the words of the mail each was read from.

    ``doubtful`` are the values that are shown: those in doubt; all of a contradiction.  ``sure``: how sure the least
    sure of them is.
    """

    field: str
    values: tuple[str, ...]
    words: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
    sure: float = 0.0


def questions(step: Step) -> list[Question]:
    """What is to be confirmed, in the order of the fields: the most doubtful, nothing that a person said already.

    Doubtful is what was read less surely than what a customer is told, two values where there can be one, and a
    count of about so many.  What is too unsure to be printed is no question either.
    """
    said = corrections.newest(step.work.corrections(step.case_id))
    read: dict[str, list[ReadFact]] = {}
    for fact in step.work.facts_read(step.case_id):
        read.setdefault(fact.field, []).append(fact)
    found = []
    for name in FIELDS:
        facts = [fact for fact in read.get(name, ()) if fact.words and band(fact.confidence) is not Band.LOW]
        if name not in PRINTED or name in said or not facts:
            continue
        values = tuple(dict.fromkeys(fact.value for fact in facts))
        doubted = [fact for fact in facts if band(fact.confidence) is not Band.HIGH or _is_vague(fact)]
        contradicted = name in SINGLE and len(values) > 1
        if contradicted:
            doubted = facts
        elif name in SINGLE and len(doubted) < len(facts):
            continue  # the same was read surely elsewhere
        if doubted:
            words = tuple(dict.fromkeys(one_line(fact.words, 40) for fact in doubted))
            shown = tuple(dict.fromkeys(fact.value for fact in doubted))
            least = 0.0 if contradicted else min(fact.confidence for fact in doubted)
            found.append(Question(name, values, words, shown, least))
    most = sorted(found, key=lambda item: item.sure)[:MOST]
    return [item for item in found if item in most]


def _is_vague(fact: ReadFact) -> bool:
    return fact.field == "quantity" and _ABOUT.search(fact.value) is not None


def values_of(step: Step) -> Mapping[str, tuple[str, ...]]:
    """What a person confirms who says that all of it is right; of a contradiction nothing is right by itself."""
    return {item.field: item.values for item in questions(step) if item.field not in SINGLE or len(item.values) == 1}
