"""What a meeting decided, a line each: what, who does it, until when (``更新检验规程；负责人：邓宁；期限：12月15日``).

Nothing is guessed: a line without exactly one colleague and one day to come is given back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.reading.answers.days import read_day, wall
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import squeeze

MOST = 40
"""More lines than these are no list of decisions."""

LONGEST = 40
"""Signs of the longest name or day with its label."""

_NUMBER = re.compile(r"^[\s>]{0,8}(?:[(（]?\d{1,2}[.、)）]|[(（]?[一二三四五六七八九十]{1,3}[、.)）]|[-*•·●▪■])\s{0,4}")
_BRACKET = re.compile(r"[(（]([^()（）\n]{1,80})[)）][。.;；\s]{0,3}$")
_PARTS = re.compile(r"[；;，,|\t]")
_COLON = re.compile(r"[:：]")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom (a known name) it is to be done, and until which day (ISO)."""

    words: str
    person: str
    day: str


def read_minutes(reading: Reading, said: str) -> tuple[list[Decision], list[str]]:
    """The decisions of a text, and the lines that are none as they were written; a text of "none" has neither."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    none = reading.words.get("none_value")
    if len(lines) == 1 and none is not None and none.whole(squeeze(lines[0]).strip(" 。.")):
        return [], []
    found = [(line, _decision(reading, line)) for line in lines[:MOST]]
    unread = [line for line, decision in found if decision is None]
    return [decision for _, decision in found if decision is not None], [*unread, *lines[MOST:]]


def shown(decisions: Sequence[Decision]) -> str:
    """Decisions as they are kept: a line each, always in the same order."""
    return "\n".join(f"{each.words}；{each.person}；{each.day}" for each in decisions)


def kept(text: str) -> list[Decision]:
    """The decisions of a text that :func:`shown` made; none of one that says that there were none."""
    parts = (line.rsplit("；", 2) for line in text.splitlines())
    return [Decision(*each) for each in parts if len(each) == 3]


# ------------------------------------------------------------------------------------------------------------ parts


def _decision(reading: Reading, line: str) -> Decision | None:
    text = _BRACKET.sub(r"；\1", _NUMBER.sub("", line))
    what: list[str] = []
    people: list[str] = []
    days: list[str] = []
    for part in filter(None, (each.strip(" 。") for each in _PARTS.split(text))):
        if len(part) > LONGEST:
            what.append(part)
        elif name := _person(reading, part):
            people.append(name)
        elif day := _day(reading, part):
            days.append(day)
        else:
            what.append(part)
    today = wall(reading.now, reading.zone).date().isoformat()
    if not what or len(people) != 1 or len(days) != 1 or days[0] < today:
        return None
    return Decision("，".join(what), people[0], days[0])


def _person(reading: Reading, part: str) -> str:
    """The colleague a part names and nothing else: 负责人：邓宁, 邓宁负责, 由邓宁负责; empty when it does not."""
    in_charge = reading.words.get("in_charge")
    said = squeeze(_without_colon(in_charge.pattern.sub("", part) if in_charge is not None else part))
    said = said.removeprefix("由") if said not in map(squeeze, reading.names) else said
    return next((name for name in reading.names if squeeze(name) == said), "")


def _day(reading: Reading, part: str) -> str:
    """The day a part says and nothing else: 期限：12月15日, 12月15日前; empty when it does not."""
    label = reading.words.get("due_label")
    said = _without_colon(label.pattern.sub("", part, count=1) if label is not None else part)
    return read_day(reading.words, said, reading.now, reading.zone, timed=False)[0]


def _without_colon(said: str) -> str:
    return _COLON.sub("", said, count=1).strip()
