"""How surely a day in a text is the one the trouble happened or was found on: by the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from mailflow.reading.dates import deadline_weight
from mailflow.reading.dates.day_counts import Moment
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part

_MADE = Grammar(r"<made-before>[^\w,。;\n]{0,3}$")
_MADE_AFTER = Grammar(
    ".{0,8}<made-behind>|.{0,14}<told-behind>|.{0,8}(?:在[^,。]{0,12}(?:买(?!家)|购|订购|下单))"
    "|.{0,24}(?:i bought|we bought|i ordered|we ordered|purchased|your reply|you said|you promised)"
)
_FOUND = Grammar(r"[^。;!?\n]{0,30}?<found-behind>")
_ARRIVED = Grammar(r"[^。;!?\n]{0,16}?<arrived-behind>")
_FOUND_BEFORE = Grammar(r"<found-before>\W{0,3}$")
_ARRIVED_BEFORE = Grammar(r"<arrived-before>\W{0,3}$")
_SENTENCE = re.compile(r"[。！!？?;\n]|\.\s")
_IS_NOW = re.compile(r"(?:今天|今日|今儿)(?:都|已经?|就)?是?\s?$")  # 今天13号了 tells what day it is
_UP_TO = re.compile(r"(?:到|截至|截止)\s?$")  # 拖到今天还没到
_NOW_BEFORE = re.compile(r"(?:都|已经?|到)\s?$")

# How sure it is that this is the day, by what is said of it.
_LABELLED = 0.85  # 发现日期: a label for nothing else
_FOUND_THEN = 0.8  # 发现, 坏了 right behind it
_TROUBLE_NEAR = 0.75  # a trouble in the same sentence
_CAME_THEN = 0.72  # the goods came: mostly found then, too
_SOME_DAY = 0.4  # a past day, nothing said of it
_TODAY = 0.35  # today at an hour: it may be when the mail was written


def weigh(part: Part, moments: Sequence[Moment], today: date) -> Iterator[tuple[Moment, float]]:
    """Each past day of a part that may be the day, with how surely it is."""
    for place, moment in enumerate(moments):
        following = moments[place + 1].start if place + 1 < len(moments) else len(part.text)
        if confidence := _weight(part, moment, following, today):
            yield moment, confidence


def _weight(part: Part, moment: Moment, following: int, today: date) -> float:
    if _is_another_day(part, moment, following, today):
        return 0.0
    before = part.text[max(0, moment.start - 24) : moment.start]
    if part.lexicon(_FOUND_BEFORE).search(before):
        return _LABELLED
    near = part.text[: min(max(moment.end, following), moment.end + 34)]
    found, arrived = part.lexicon(_FOUND).match(near, moment.end), part.lexicon(_ARRIVED).match(near, moment.end)
    if found or (arrived is None and _trouble_near(part, moment, following)):
        return _FOUND_THEN if found and (arrived is None or found.end() <= arrived.end() + 6) else _TROUBLE_NEAR
    if arrived or part.lexicon(_ARRIVED_BEFORE).search(before):
        return _CAME_THEN
    return _bare(moment, today)


def _is_another_day(part: Part, moment: Moment, following: int, today: date) -> bool:
    """A spell, a day ahead, one on which the goods were made or ordered, the date of a letter, today as such."""
    text = part.text
    if (moment.term and moment.rule != "date-clock") or moment.behind > today:
        return True
    before = text[max(0, moment.start - 24) : moment.start]
    own = text[: max(moment.end, following)]
    if part.lexicon(_MADE).search(before) or part.lexicon(_MADE_AFTER).match(own, moment.end) or _alone(part, moment):
        return True
    if moment.rule == "date-near" and moment.behind == today and _UP_TO.search(before):
        return True
    if _IS_NOW.search(before) or (_NOW_BEFORE.search(before) and text.startswith("了", moment.end)):
        return True
    if moment.rule == "date-weekday" and deadline_weight.is_until(text, moment, part.lexicon):
        return True  # 本周五前 on a Sunday: a slip, and nothing that happened
    return moment.ahead >= today and bool(deadline_weight.weigh(text, moment, part.lexicon))


def _bare(moment: Moment, today: date) -> float:
    """A past day nothing is said of."""
    if moment.rule == "date-clock":
        return 0.0
    if moment.behind == today:
        return _TODAY if moment.at is not None else 0.0
    return _SOME_DAY if moment.rule != "date-weekday" or moment.behind == moment.ahead else 0.0


def _alone(part: Part, moment: Moment) -> bool:
    """Whether the day is a line by itself, unlabelled and without a trouble: the date of a letter."""
    text = part.text
    start, end = text.rfind("\n", 0, moment.start) + 1, text.find("\n", moment.end)
    end = end if end >= 0 else len(text)
    bare = len(text[start:end].strip()) - (moment.end - moment.start) <= 5 and ":" not in text[start : moment.start]
    return bare and not any(start <= hit.start < end for hit in part.of("defect_or_issue"))


def _trouble_near(part: Part, moment: Moment, following: int) -> bool:
    stop = _SENTENCE.search(part.text, moment.end)
    end = min(stop.start() if stop else len(part.text), moment.end + 60, following)
    return any(moment.end <= hit.start < end for hit in part.of("defect_or_issue"))
