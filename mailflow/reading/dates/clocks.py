"""Times of day behind a day, or alone: ``下午三点半``, ``17:00``, ``5 pm``, ``noon``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from mailflow.reading.dates.day_counts import Moment
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.text.numerals import COUNTED, number

_CLOCK = Grammar(
    r"[\s,(]{0,2}(?P<half><day-parts>|<day-parts-short>)?\s?"
    r"(?:(?P<hour>\d{1,2})\s?(?:点钟?|时(?!间)|:(?=\d\d))(?:(?P<minute>\d{1,2})分?|(?P<thirty>半))?(?:整)?)?"
)
_HAN_CLOCK = Grammar(  # 下午三点半; without the half of the day 一点 is "a little"
    rf"[\s,(]{{0,2}}(?!早一点|晚一点)(?P<half><day-parts>|<day-parts-short>)\s?"
    rf"(?P<hour>[{COUNTED}]{{1,3}})(?:点(?!<points-made>)|时(?!间))(?P<minute>)(?:(?P<thirty>半)|钟|整)?"
)
_BARE_HAN = re.compile(rf"\s?(?P<half>)(?P<hour>[{COUNTED}]{{1,3}})点(?P<minute>)(?:(?P<thirty>半)|钟|整)?(?=之?以?前)")
_NOON = Grammar("<noon>")  # 明天中午前, by itself 中午前
_BEFORE = r"\s?(?:之前|以前|前(?![后面台]))"
_BEFORE_IT = re.compile(_BEFORE)
_EN_CLOCK = re.compile(
    r"[ ,]{0,2}(?:(?:at|by|before|until|till|no later than) )?(?:(\d{1,2})(?:[:.](\d\d))? ?(am|pm|a\.m\.?|p\.m\.?)|"
    r"(noon|midday)|(\d{1,2}):(\d\d)(?!\d)|(\d\d)(\d\d) ?(?:h|hrs|hours)\b)"
)
_ELSEWHERE = re.compile(r"\W{0,2}(?:our time|local time|uk time|your time|cet|cest|gmt|utc|est|edt|pst|bst)")
_LATE = "day-parts-late"

_ALONE = Grammar(
    rf"(?<![\d昨前天日号:.年月至到-])(?P<half><day-parts>)?\s?(?:(?P<hour>\d{{1,2}})(?:点钟?|时|:(?=[0-5]\d))"
    rf"(?P<minute>[0-5]\d(?!\d))?(?P<thirty>半)?|(?P<han>[{COUNTED}]{{1,3}})点(?P<han_thirty>半)?钟?)整?"
    rf"(?P<before>{_BEFORE})?"
)
_NOON_ALONE = Grammar(
    rf"(?<![\u4e00-\u9fff\d])(?P<noon><noon>)(?={_BEFORE})|(?<=[在于请须])(?P<later><noon>)(?={_BEFORE})"
)
_EN_ALONE = re.compile(
    r"(?<![a-z])(?:by|before|until|till|no later than) (?:(\d{1,2})(?:[:.]([0-5]\d))? ?"
    r"(am|pm|a\.m\.?|p\.m\.?)(?![a-z])|"
    r"(noon|midday)|(\d{1,2}):([0-5]\d)(?!\d))"
)


def time_after(text: str, end: int, words: str, lexicon: Lexicon) -> tuple[time | None, int]:
    """The time of day right behind a day, and where it ends; a bare 上午 is no time, but belongs to the words."""
    match = lexicon(_HAN_CLOCK).match(text, end) or _BARE_HAN.match(text, end) or lexicon(_CLOCK).match(text, end)
    half = (match["half"] or "") if match else ""
    stop = match.end("half") if match and half else end
    if match and match["hour"]:
        hour, minute = number(match["hour"]), 30 if match["thirty"] else int(match["minute"] or 0)
        found = _time(hour, minute, half or ("晚" if words.endswith("晚") else ""), lexicon)
        if found is not None:
            return found, match.end()
    if lexicon(_NOON).fullmatch(half) and _BEFORE_IT.match(text, stop):
        return time(12), stop
    return _english_after(text, end, lexicon) or (None, stop)


def _english_after(text: str, end: int, lexicon: Lexicon) -> tuple[time, int] | None:
    match = _EN_CLOCK.match(text, end)
    if match is None or _ELSEWHERE.match(text, match.end()):
        return None
    hour, minute = int(match[1] or match[5] or match[7] or 12), int(match[2] or match[6] or match[8] or 0)
    found = _time(hour, minute, match[3] or "", lexicon)
    return None if found is None else (found, match.end())


def alone(text: str, at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    """Times without a day: ``上午十点前`` is the next ten o'clock, ``凌晨三点`` the last; no bare ``三点`` counts."""
    if any(sign in text for sign in ("点", "时", ":")):
        yield from _chinese(text, at, lexicon)
    for match in lexicon(_NOON_ALONE).finditer(text):
        yield _nearest_clock(match.start(), match.end(), time(12), at)
    if any(word in text for word in ("by ", "before ", "til", "than")):
        yield from _english(text, at, lexicon)


def _chinese(text: str, at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    for match in lexicon(_ALONE).finditer(text):
        if not match["before"] and not match["half"]:
            continue
        hour = number(match["hour"] or match["han"])
        minute = 30 if match["thirty"] or match["han_thirty"] else int(match["minute"] or 0)
        half = match["half"] or ""
        if not half and match["han"] and hour < 7:
            half = "下午"  # 三点前给我: nobody asks for three at night
        if (found := _time(hour, minute, half, lexicon)) is not None:
            end = match.start("before") if match["before"] else match.end()
            yield _nearest_clock(match.start(), end, found, at)


def _english(text: str, at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    for match in _EN_ALONE.finditer(text):
        hour, minute = int(match[1] or match[5] or 12), int(match[2] or match[6] or 0)
        found = _time(hour, minute, match[3] or "", lexicon)
        if found is not None and not _ELSEWHERE.match(text, match.end()):
            start = next(match.start(group) for group in (1, 4, 5) if match[group])
            yield _nearest_clock(start, match.end(), found, at)


def _nearest_clock(start: int, end: int, clock: time, at: datetime) -> Moment:
    today: date = at.date()
    if clock > at.time():
        return Moment(start, end, today, today - timedelta(1), "date-clock", clock)
    return Moment(start, end, today + timedelta(1), today, "date-clock", clock)


def _time(hour: int, minute: int, half: str, lexicon: Lexicon) -> time | None:
    late = half in lexicon.words(_LATE) or half.startswith("p")
    if (late or (hour < 3 and lexicon(_NOON).fullmatch(half))) and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
