"""Days and times people write, counted from the mail's arrival in UTC+8: absolute, and the easy relative ones.

A day written without its year, month or week can lie ahead (a deadline) or behind (an event): a :class:`Moment`
therefore knows both readings.  Weeks run Monday to Sunday, working days Monday to Friday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain, islice

from mailflow.reading.dates import clocks, spans_of_time
from mailflow.reading.dates.clocks import time_after
from mailflow.reading.dates.day_counts import CHINA, WEEKDAY, Moment, month_day, nearest, safe
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.spans import ENOUGH, longest
from mailflow.reading.text.numerals import ONES, digits, number

__all__ = ["CHINA", "Moment", "find"]

_WEEKDAY_RULE = "date-weekday"
_CLOCK_RULE = "date-clock"
_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {d: n for n, d in enumerate("mon tue wed thu fri sat sun".split())}
# How many days away each of these lists lies.
_RELATIVE = {
    "days_back_3": -3, "days_back_2": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "days_on_2": 2, "days_on_3": 3,
}  # fmt: skip
_NEAR = Grammar("|".join(f"(?P<{name}><day-names-{name.replace('_', '-')}>)" for name in _RELATIVE))

_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_NO_CODE = r"(?![\d-])"
_FULL = re.compile(rf"(?<![a-z\d_-])(20\d\d)\s?[年./-]\s?(\d{{1,2}})\s?[月./-]\s?(\d{{1,2}}){_NO_CODE}\s?[日号]?")
_SHORT_YEAR = re.compile(
    r"(?<![a-z\d_./-])(2[4-9]|3\d)(?:年|([./-]))(0?[1-9]|1[0-2])(?:月|\2)(0?[1-9]|[12]\d|3[01])[日号]?(?![a-z\d_./-])"
)
_COMPACT = re.compile(r"(?<=[期间日于在自从至到]|[:：])\s?(20[2-4]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![a-z\d_-])")
_HAN_FULL = re.compile(rf"(二[〇零O0o][{ONES}〇零]{{2}})年([{ONES}十]{{1,2}})月([{ONES}十]{{1,3}})[日号]")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?月\s?(?:份\s?)?(\d{1,2})(?![\d年])\s?[日号]?")
_HAN_MONTH_DAY = re.compile(rf"(?<![{ONES}十年])([{ONES}十]{{1,2}})月([{ONES}十]{{1,3}})[日号]")
_DOT_DAY = re.compile(
    r"(?<![a-z\d_.-])(1[0-2]|0?[1-9])[.-](3[01]|[12]\d|0?[1-9])(?:[日号]|"
    r"(?=\s?(?:之?前|以前|上午|下午|早|晚|中午|凌晨|夜|到[货的]|收到|收货|签收|发现|开箱|安装|入库|来货)))"
)
_SLASH = re.compile(r"(?<![a-z\d_./-])(\d{1,2})/(\d{1,2})(?![a-z\d_/.%-]|\s?(?:pcs|只|件|个|台|套))")
_SLASH_YEAR = re.compile(r"(?<![a-z\d_./-])(\d{1,2})/(\d{1,2})/(20\d\d|2\d)(?![a-z\d_/.-])")
# What bears a number of its own: 2号螺杆机, 3号线, and each of 2号、5号泵.
_NUMBERED = r"(?:[、,和及与/~-]\s?\d{1,2}号){0,5}<numbered-things>"
_DAY = Grammar(
    rf"(?:(本月|这个月|上个月|上月|下个月|下月)\s?|(?<![a-z\d月.#/_镇路街道巷弄村院座栋楼-]))(\d{{1,2}})(?:日|"
    rf"号(?!{_NUMBERED}))(?![内间])(?!{_NUMBERED})"
)
_HAN_DAY = re.compile(rf"(本月|这个月|上个月|上月|下个月|下月)([{ONES}十]{{1,3}})[号日]")
_EN_DAY_MONTH = re.compile(
    rf"(?<![a-z\d_.])(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ /.-]{_MONTH}(?![a-z]),?(?:[ /.-](20\d\d|2\d(?!:)))?"
    r"(?![a-z\d])"
)
_EN_MONTH_DAY = re.compile(rf"(?<![a-z]){_MONTH}[ -](\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,? (20\d\d))?")
_EN_DAY = re.compile(
    r"(?<=the )(\d{1,2})(?:st|nd|rd|th)(?! (?:of [a-z]|floor|street|avenue|time|order|quarter|shipment|batch|year|"
    r"century|set|unit|one|lot|delivery|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))|"
    r"(?<=(?:by|on) )(\d{1,2})(?:st|nd|rd|th)(?= ?(?:$|[,.;\n]|at |latest|pm|am))"
)
_DOTTED = re.compile(r"(?<![a-z\d_.])(\d{1,2})\.(\d{1,2})\.(20\d\d)?(?!\d)")
_BEFORE_DOTTED = re.compile(r"(?<![a-z])(?:on|am|by|bis|since|from|until|till|before|vom|zum|the|du|le|den)(?: the)? $")
_WEEK = re.compile(
    r"(上上|上|这|本|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天末])(?![两三四五六七八九十]?[天个次年月轮倍])"
)
_EN_WEEK = re.compile(
    r"(?<![a-z])(?:(next|this|last|coming|past) )?(mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|"
    r"sun)(?:day)?(?![a-z])(?:,? (?:of )?(last|next|this) week(?![a-z]))?"
)
_SINCE = Grammar(r"(?<![昨前天日号])<day-parts>\s?\d{1,2}(?:点|:\d\d)[^,。;\n]{0,4}?(?=<since-then>)")


def find(text: str, received: datetime, lexicon: Lexicon, *, bare_times: bool = False) -> list[Moment]:
    """Every day in a folded text, in reading order; where two readings overlap the longer one stays.

    With ``bare_times`` a time of day without a day counts too: the next one ahead, the last one behind.
    """
    at = received.astimezone(CHINA)
    all_days = chain(_all(text, at, lexicon), clocks.alone(text, at, lexicon) if bare_times else ())
    found = longest(islice(all_days, 10 * ENOUGH), lambda moment: (moment.start, moment.end))
    return _joined(text, found[:ENOUGH], lexicon)


def _joined(text: str, found: list[Moment], lexicon: Lexicon) -> list[Moment]:
    """A date and its day of the week, side by side, are one moment: 7月18日（周五）下午5点, Friday 18 July, 5 pm.

    A time that stands a few words behind its day belongs to it: 明天务必派人上午10点前到场.
    """
    joined: list[Moment] = []
    for moment in found:
        last = joined[-1] if joined else None
        if last is not None and moment.start < last.end:
            continue
        if last is not None and _one_day(text, last, moment):
            end = moment.end + (text[last.end : moment.start].endswith("(") and text.startswith(")", moment.end))
            at = moment.at or last.at
            if at is None:
                at, end = time_after(text, end, "", lexicon)
            dated = moment if last.rule == _WEEKDAY_RULE else last
            weekday = last if last.rule == _WEEKDAY_RULE else moment
            ahead, behind = _agreed(dated, weekday) or (dated.ahead, dated.behind)
            joined[-1] = replace(dated, ahead=ahead, behind=behind, start=last.start, end=end, at=at)
        elif last is not None and _its_time(text, last, moment):
            joined.append(replace(moment, ahead=last.ahead, behind=last.behind))
        else:
            joined.append(moment)
    return joined


def _one_day(text: str, last: Moment, moment: Moment) -> bool:
    """Whether a date and a day of the week stand side by side and may be the same day."""
    beside = 0 <= moment.start - last.end <= 2 and not text[last.end : moment.start].strip(" ,(")
    named = (last.rule == _WEEKDAY_RULE) is not (moment.rule == _WEEKDAY_RULE)
    if not (beside and named):
        return False
    dated, weekday = (moment, last) if last.rule == _WEEKDAY_RULE else (last, moment)
    return _agreed(dated, weekday) is not None


def _agreed(dated: Moment, weekday: Moment) -> tuple[date, date] | None:
    """The readings of a date that fall on this day of the week: 上周三（9日） is no ninth of next month.

    A date of another day of the week than the word beside it is a slip of the pen: neither is taken for the other.
    """
    days = [day for day in (dated.ahead, dated.behind) if day.weekday() == weekday.ahead.weekday()]
    exact = [day for day in days if day == weekday.ahead == weekday.behind] or days
    return (exact[0], exact[-1]) if exact else None


def _its_time(text: str, last: Moment, moment: Moment) -> bool:
    between = text[last.end : moment.start]
    return (
        moment.rule == _CLOCK_RULE
        and last.at is None
        and not last.term
        and len(between) <= 24
        and not any(sign in between for sign in "。;!?\n")
    )


def _all(text: str, at: datetime, lexicon: Lexicon) -> Iterator[Moment]:
    today = at.date()
    if _DIGIT.search(text):
        yield from _numeric(text, today, lexicon)
    if _NEAR_SIGNS.search(text):
        for match in lexicon(_NEAR).finditer(text):
            yield from _fixed(
                text, match, "date-near", lambda m: today + timedelta(_RELATIVE[m.lastgroup or ""]), lexicon
            )
        for match in lexicon(_SINCE).finditer(text):
            yield Moment(match.start(), match.end(), today, today, _CLOCK_RULE)
        for match in _WEEK.finditer(text):
            yield from _weekday(text, match, WEEKDAY[match[2]], match[1] or "", today, lexicon)
    yield from spans_of_time.find(text, at, lexicon)
    if "月" in text:
        yield from _han_dates(text, today, lexicon)
    if _LATIN.search(text):
        yield from _english(text, today, lexicon)


_MONTHS_AWAY = {"本": (0,), "这": (0,), "上": (-1,), "下": (1,)}
# A cheap look first: most texts hold few kinds of dates.
_DIGIT = re.compile(r"\d")
_LATIN = re.compile(r"[a-z]{3}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NEAR_SIGNS = re.compile("[天日晚早晨夜周拜昨明今期午儿]|today|tonight|tom|tmr|yesterday|this |last ")
_MONTH_SIGNS = re.compile("|".join(_MONTHS))
_DAY_SIGNS = re.compile("|".join(_DAYS))


def _numeric(text: str, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    for match in _FULL.finditer(text) if "20" in text else ():
        yield from _fixed(text, match, "date-full", lambda m: date(int(m[1]), int(m[2]), int(m[3])), lexicon)
    for match in _COMPACT.finditer(text) if "20" in text else ():
        yield from _fixed(text, match, "date-full", lambda m: date(int(m[1]), int(m[2]), int(m[3])), lexicon)
    for match in _SHORT_YEAR.finditer(text):
        yield from _fixed(text, match, "date-full", lambda m: date(2000 + int(m[1]), int(m[3]), int(m[4])), lexicon)
    for match in _MONTH_DAY.finditer(text) if "月" in text else ():
        yield from _fixed(text, match, "date-month-day", lambda m: nearest(int(m[1]), int(m[2]), today), lexicon)
    for match in lexicon(_DAY).finditer(text) if "号" in text or "日" in text else ():
        yield from _day_of_month(text, match, int(match[2]), today, lexicon)
    for match in _DOT_DAY.finditer(text):
        yield from _fixed(text, match, "date-dot-day", lambda m: nearest(int(m[1]), int(m[2]), today), lexicon)
    if "/" in text:
        foreign = not _HAN.search(text)
        for match in _SLASH_YEAR.finditer(text):
            yield from _fixed(text, match, "date-slash", lambda m: _slash_year(m, today), lexicon)
        for match in _SLASH.finditer(text):
            yield from _fixed(
                text, match, "date-slash", lambda m: _slash(int(m[1]), int(m[2]), today, foreign), lexicon
            )
    if "." in text:
        for match in _DOTTED.finditer(text):
            if not match[3] and not _BEFORE_DOTTED.search(text[max(0, match.start() - 8) : match.start()]):
                continue  # 1.10. may be anything
            yield from _fixed(text, match, "date-dotted", lambda m: _dotted(m, today), lexicon)


def _slash(first: int, second: int, today: date, foreign: bool) -> date:
    """Month before day; where the calendar has no such day, or in a foreign mail nearer to now, day before month."""
    readings = [(first, second), (second, first)] if foreign or first > 12 else [(first, second)]
    days = [nearest(month, day, today) for month, day in readings if safe(2024, min(month, 13), day)]
    if not days:
        raise ValueError("no such day")
    return min(days, key=lambda day: abs((day - today).days))


def _slash_year(match: re.Match[str], today: date) -> date:
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    days = [day for m, d in ((1, 2), (2, 1)) if (day := safe(year, min(int(match[m]), 13), int(match[d])))]
    if not days:
        raise ValueError("no such day")
    return min(days, key=lambda day: abs((day - today).days))


def _dotted(match: re.Match[str], today: date) -> date:
    if match[3]:
        return date(int(match[3]), int(match[2]), int(match[1]))
    return nearest(int(match[2]), int(match[1]), today)


def _english(text: str, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    if _MONTH_SIGNS.search(text):
        for match in _EN_DAY_MONTH.finditer(text):
            yield from _fixed(text, match, "date-english", lambda m: _english_day(m[3], m[2], m[1], today), lexicon)
        for match in _EN_MONTH_DAY.finditer(text):
            yield from _fixed(text, match, "date-english", lambda m: _english_day(m[3], m[1], m[2], today), lexicon)
    for match in _EN_WEEK.finditer(text) if _DAY_SIGNS.search(text) else ():
        week = match[3] or ""
        word = {"next": "下", "this": "本", "last": "last", "past": "last", "coming": ""}.get(match[1] or "", "")
        word = {"next": "下", "this": "本", "last": "上"}.get(week, word)
        if match[2] in ("sat", "sun", "mon", "wed", "fri") and "day" not in match[0] and not match[1]:
            continue  # "sun" and "sat" are words too
        yield from _weekday(text, match, _DAYS[match[2][:3]], word, today, lexicon)
    for match in _EN_DAY.finditer(text) if "th" in text or "st" in text or "nd" in text or "rd" in text else ():
        yield from _day_of_month(text, match, int(match[1] or match[2]), today, lexicon)


def _han_dates(text: str, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    for match in _HAN_FULL.finditer(text):
        yield from _fixed(
            text, match, "date-han", lambda m: date(int("20" + digits(m[1][2:])), number(m[2]), number(m[3])), lexicon
        )
    for match in _HAN_MONTH_DAY.finditer(text):
        yield from _fixed(text, match, "date-han", lambda m: nearest(number(m[1]), number(m[2]), today), lexicon)
    for match in _HAN_DAY.finditer(text):
        yield from _day_of_month(text, match, number(match[2]), today, lexicon)


def _fixed(
    text: str, match: re.Match[str], rule: str, day: Callable[[re.Match[str]], date], lexicon: Lexicon
) -> Iterator[Moment]:
    """A day with one reading; nothing when there is no such day."""
    try:
        found = day(match)
    except (ValueError, OverflowError):
        return
    clock, end = time_after(text, match.end(), match[0], lexicon)
    yield Moment(match.start(), end, found, found, rule, clock)


def _day_of_month(text: str, match: re.Match[str], wanted: int, today: date, lexicon: Lexicon) -> Iterator[Moment]:
    months = _MONTHS_AWAY.get((match[1] or "")[:1], (-1, 0, 1, 2))
    days = [day for shift in months if (day := month_day(today, shift, wanted))]
    if not days:
        return
    ahead = next((day for day in days if day >= today), days[-1])
    behind = next((day for day in reversed(days) if day <= today), days[0])
    clock, end = time_after(text, match.end(), match[0], lexicon)
    yield Moment(match.start(), end, ahead, behind, "date-day", clock)


def _weekday(
    text: str, match: re.Match[str], wanted: int, which: str, today: date, lexicon: Lexicon
) -> Iterator[Moment]:
    monday = today - timedelta(today.weekday())
    clock, end = time_after(text, match.end(), match[0], lexicon)
    weeks = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}.get(which)
    if weeks is not None:
        day = monday + timedelta(7 * weeks + wanted)
        yield Moment(match.start(), end, day, day, _WEEKDAY_RULE, clock)
        return
    ahead = today + timedelta((wanted - today.weekday()) % 7)
    behind = today - timedelta((today.weekday() - wanted) % 7)
    if which == "last":
        ahead = behind = behind if behind < today else today - timedelta(7)
    yield Moment(match.start(), end, ahead, behind, _WEEKDAY_RULE, clock)


def _english_day(year: str | None, month: str, day: str, today: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), _MONTHS[month[:3]], int(day))
    return nearest(_MONTHS[month[:3]], int(day), today)
