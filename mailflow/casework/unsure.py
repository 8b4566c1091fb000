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
from mailflow.reading.review.doubts import SINGLE, UNSURE
from mailflow.records.registration import PRINTED

MOST = 6  # asked in one mail
_ABOUT = re.compile(
    r"几|约|左右|上下|大概|[十百千]来|多[件个只台套支箱]|数[十百]|([一二三四五六七八九])(?!\1)[一二三四五六七八九](?=[十百千个件只台套支箱])|about|around"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One fact in doubt: its values, and the words of the mail each was read from."""

    field: str
    values: tuple[str, ...]
    words: tuple[str, ...]


def questions(step: Step) -> list[Question]:
    """What is to be confirmed, in the order of the fields: nothing that a person said already.

    Doubtful is what was read with little certainty, two values where there can be one, and a count of about so many.
    """
    said = corrections.newest(step.work.corrections(step.case_id))
    read: dict[str, list[ReadFact]] = {}
    for fact in step.work.facts_read(step.case_id):
        read.setdefault(fact.field, []).append(fact)
    found = []
    for name in FIELDS:
        facts = [fact for fact in read.get(name, ()) if fact.words]
        if name not in PRINTED or name in said or not facts:
            continue
        values = tuple(dict.fromkeys(fact.value for fact in facts))
        vague = name == "quantity" and any(_ABOUT.search(value) for value in values)
        if vague or max(fact.confidence for fact in facts) < UNSURE or (name in SINGLE and len(values) > 1):
            words = tuple(dict.fromkeys(one_line(fact.words, 40) for fact in facts))
            found.append(Question(name, values, words))
    return found[:MOST]


def values_of(step: Step) -> Mapping[str, tuple[str, ...]]:
    """What a person confirms who says that all of it is right; of a contradiction nothing is right by itself."""
    return {item.field: item.values for item in questions(step) if item.field not in SINGLE or len(item.values) == 1}
