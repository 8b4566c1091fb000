"""Spells of time: ``三天内``, ``within 48 hours``, ``本周内``, ``月底前``, ``end of next week``, ``三天前``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mailflow.reading.dates.day_counts import Moment, month_end, working_days
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.text.numerals import COUNTED, ONES, number

_COUNT = rf"(\d{{1,3}}|[{COUNTED}]{{1,3}}|半)"
_UNIT = r"(小时|钟头|h|hrs?|个?工作日|个?工作天|自然日|天|日|周|星期|礼拜|月)"
_TERM = re.compile(
    rf"(?<![第\d]){_COUNT}(?:[-~到至]{_COUNT})?\s?个?\s?{_UNIT}(?:时间)?(?:之内|以内|内(?![部侧壁外圈径胆衬]))"
)
_BARE_TERM = Grammar(  # 给你们三天时间, 限两个工作日
    rf"<term-given>\s?(?:<makers>|[您你])?\s?{_COUNT}()\s?个?\s?{_UNIT}(?:时间|期限)?(?![内前后])"
)
_BARE_DAYS = Grammar(rf"(?<![第\d]){_COUNT}()\s?(个?工作日)(?=<term-asks>)")
_EN_TERM = re.compile(
    r"(?:within|in the next|inside(?: of)?|in under|not later than|you have) (?:the )?(?:next |another |max(?:imum)? )?"
    r"(\d{1,3}|an?|one|two|three|four|five|six|seven|ten)"
    r"[ -]?(?:\(\d{1,2}\) )?(hour|hr|h|working day|business day|working hour|calendar day|day|week|month)s?(?![a-z])"
)
_EN_COUNT = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
# What has happened within a spell: 一个月内坏了三次, failed within two weeks.
_PAST_AFTER = Grammar(
    r"[^,。;\n]{0,10}(?:<past-in-spell>|第[二三四五六]次|[两二三四五六七\d]次)|"
    r"[^,.\n]{0,20}(?:of (?:installation|use|operation|commissioning|receipt|delivery)|it failed|"
    r"they failed|has failed|failed|broke|warranty|this is the|has happened|already)"
)
_PAST_BEFORE = Grammar(r"<past-before-spell>\s?$")
_OF_US = Grammar(r"(?:给|<they-make-us>)(?:我们|<own-side>)[^,。;\n]{0,6}$")

_WEEK_END = re.compile(
    r"(本|这个?|下个?)(?:周|星期|礼拜)(?=内|之内|以内)|周(?=内(?![部一二三四五六日]))|"
    r"(?:by |before )?(?:the )?end of (this|the|next) week(?!end)|(?:by|within) (this|the|next) week(?!end)"
)
_MONTH_END = Grammar(
    rf"(?<![上每])(?<!上个)(本|这个?|下个?)?(?:(\d{{1,2}}|十[一二]?|[{ONES}])月份?|月)(?:底|末)"
    r"(?=<month-end-behind>|[。;\n]|$)|"
    r"(?<=[期间日]:)\s?(\d{1,2})月底"
)
_MONTH_WITHIN = re.compile(r"(本|这个|当|下个?)月(?=内|之内|以内)")
_EN_MONTH_END = re.compile(
    r"(?:the )?(?:month[ -]end|end of (?:(this|the|next) month|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}))"
)
_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_FEAST = Grammar(
    r"(<feasts>)(?=前|之前|以前)|"
    r"(?<=before )(christmas|new year)|(?<=by )(christmas|new year|year[ -]end|the end of the year)"
)
_FEASTS = {
    "年": (12, 31),
    "元": (1, 1),
    "五": (5, 1),
    "国": (10, 1),
    "圣": (12, 25),
    "平": (12, 24),
    "六": (6, 1),
    "十": (10, 1),
    "c": (12, 25),
    "n": (1, 1),
    "y": (12, 31),
    "t": (12, 31),
}
_TODAY_END = Grammar(
    r"(?<![天日午周一二三四五六今明后])<day-ends>(?=之?以?前)|"
    r"(?<![a-z])(?:by|before|until) (?:the )?(?:eod|cob|eob|"
    r"(?:end|close) of (?:the |business |working )?(?:day|play|business|work))"
    r"(?!,? (?:on )?(?:today|tomorrow|mon|tue|wed|thu|fri|sat|sun|\d|the \d|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
_AGO = Grammar(rf"(?<![第\d提])(\d{{1,2}}|[{COUNTED}])\s?(天|周|个星期|个礼拜)(?:以前|之前|前)(?!<ahead-verbs>)")
_EN_AGO = re.compile(r"(?<![a-z\d])(\d{1,2}|an?|one|two|three|four|five|six|seven|ten) (day|week)s? ago")


def find(text: str, at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    """Every spell of a folded text, counted from a moment in UTC+8; those that tell of the past are left out."""
    today = at.date()
    if _TERM_SIGNS.search(text):
        for pattern in (_TERM, lexicon(_BARE_TERM), *([lexicon(_BARE_DAYS)] if "工作日" in text else ())):
            for match in pattern.finditer(text):
                yield from _term(text, match, at, lexicon)
    if _MONTH_SIGNS.search(text):
        yield from _month_ends(text, today, lexicon)
    if _WEEK_SIGNS.search(text):
        yield from _week_ends(text, today)
    for match in _EN_TERM.finditer(text):
        yield from _english_term(text, match, at, lexicon)
    if _BEFORE_SIGNS.search(text):
        for match in lexicon(_TODAY_END).finditer(text):
            yield Moment(match.start(), match.end(), today, today, "date-day-end", term=True)
        for match in lexicon(_FEAST).finditer(text):
            yield _feast(match, today)
    yield from _ago(text, today, lexicon)


# A cheap look first: most texts hold few kinds of spells.
_TERM_SIGNS = re.compile("[内限给前]|工作日|最多")
_MONTH_SIGNS = re.compile("月|month|end of")
_BEFORE_SIGNS = re.compile("前|b(?:y|efore) |until ")
_WEEK_SIGNS = re.compile("周|星期|week")


def _term(text: str, match: re.Match[str], at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    if _is_past(text, match, lexicon) or lexicon(_OF_US).search(text[max(0, match.start() - 16) : match.start()]):
        return
    words = match[2] or match[1]
    count = 0.5 if words == "半" else float(number(words))
    unit = match[3].lstrip("个")
    if unit in ("小时", "钟头", "h", "hr", "hrs"):
        yield _exact(match, at + timedelta(hours=count))
        return
    if not count:
        return
    days = {"周": 7, "星期": 7, "礼拜": 7, "月": 30}.get(unit, 1) * count
    day = working_days(at.date(), int(count)) if unit.startswith("工作") else at.date() + timedelta(int(days))
    yield Moment(match.start(), match.end(), day, day, "date-term", term=True)


def _is_past(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """Whether the words round a spell tell what happened within it."""
    before = text[max(0, match.start() - 10) : match.start()]
    return bool(lexicon(_PAST_AFTER).match(text, match.end()) or lexicon(_PAST_BEFORE).search(before))


def _english_term(text: str, match: re.Match[str], at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    if _is_past(text, match, lexicon):
        return
    count = _EN_COUNT.get(match[1]) or int(match[1])
    unit = match[2]
    if unit in ("hour", "hr", "h", "working hour"):
        yield _exact(match, at + timedelta(hours=count))
        return
    working = unit in ("working day", "business day")
    each = {"week": 7, "month": 30}.get(unit, 1)
    days = working_days(at.date(), count) if working else at.date() + timedelta(count * each)
    yield Moment(match.start(), match.end(), days, days, "date-term", term=True)


def _exact(match: re.Match[str], end: datetime) -> Moment:
    return Moment(match.start(), match.end(), end.date(), end.date(), "date-hours", end.time().replace(second=0), True)


def _week_ends(text: str, today: date) -> Iterator[Moment]:
    for match in _WEEK_END.finditer(text):
        last_day = 4 if match[0][-1].isascii() else 6
        # Whoever writes on a Sunday means the week that begins: no service answers the same day.
        over = today.weekday() >= max(last_day, 5)
        weeks = 1 if over or (match[1] or match[2] or match[3] or "").startswith(("下", "next")) else 0
        last = today + timedelta(last_day - today.weekday() + 7 * weeks)
        yield Moment(match.start(), match.end(), last, last, "date-week-end", term=True)


def _month_ends(text: str, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    for match in lexicon(_MONTH_END).finditer(text):
        named = match[2] or match[3]
        month = number(named) if named else today.month + (1 if (match[1] or "").startswith("下") else 0)
        if named and not 1 <= month <= 12:
            continue
        last = month_end(today.year + (month < today.month), month)
        yield Moment(match.start(), match.end(), last, last, "date-month-end")
    for match in _MONTH_WITHIN.finditer(text):
        last = month_end(today.year, today.month + match[1].startswith("下"))
        yield Moment(match.start(), match.end(), last, last, "date-month-end", term=True)
    for match in _EN_MONTH_END.finditer(text):
        month = _MONTHS[match[2]] if match[2] else today.month + (match[1] == "next")
        last = month_end(today.year + (month < today.month), month)
        yield Moment(match.start(), match.end(), last, last, "date-month-end")


def _feast(match: re.Match[str], today: date) -> Moment:
    words = match[1] or match[2] or match[3]
    month, day = (11, 11) if words in ("双十一", "双11") else (12, 12) if words.startswith("双") else _FEASTS[words[0]]
    found = date(today.year, month, day)
    if found < today:
        found = found.replace(year=today.year + 1)
    return Moment(match.start(), match.end(), found, found, "date-feast")


def _ago(text: str, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    for match in lexicon(_AGO).finditer(text) if "前" in text else ():
        count = number(match[1]) * (1 if match[2] == "天" else 7)
        if count:
            yield Moment(match.start(), match.end(), today - timedelta(count), today - timedelta(count), "date-ago")
    for match in _EN_AGO.finditer(text) if " ago" in text else ():
        count = (_EN_COUNT.get(match[1]) or int(match[1])) * (1 if match[2] == "day" else 7)
        yield Moment(match.start(), match.end(), today - timedelta(count), today - timedelta(count), "date-ago")
