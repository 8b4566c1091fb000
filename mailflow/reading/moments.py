"""Days and times people write, counted from the mail's arrival in UTC+8: absolute, and the easy relative ones.

A day written without its year, month or week can lie ahead (a deadline) or behind (an event): a :class:`Moment`
therefore knows both readings.  Weeks run Monday to Sunday, working days Monday to Friday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice

from mailflow.reading.spans import ENOUGH, longest

CHINA = timezone(timedelta(hours=8), "UTC+8")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the text: its nearest reading ahead and behind, a time of day if one stands there, and its rule.

    ``term`` tells a duration such as 三天内, which is a deadline whatever stands around it.
    """

    start: int
    end: int
    ahead: date
    behind: date
    rule: str
    at: time | None = None
    term: bool = False


_WEEKDAY_RULE = "date-weekday"
_HAN_NUMBER = {c: n for n, c in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2, "俩": 2}
_WEEKDAY = {c: n for n, c in enumerate("一二三四五六")} | {"日": 6, "天": 6, "末": 6}
_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {d: n for n, d in enumerate("mon tue wed thu fri sat sun".split())}
_RELATIVE_WORDS = {
    -3: "大前天",
    -2: "前天",
    -1: "昨天|昨日|昨晚|昨夜|yesterday|last night",
    0: "今天|今日|今晚|今早|今晨|今儿|当天|当日|today|tonight|this morning|this afternoon",
    1: "明天|明日|明早|明晚|明儿|tomorrow",
    2: "后天",
    3: "大后天",
}
_RELATIVE = {word: shift for shift, words in _RELATIVE_WORDS.items() for word in words.split("|")}

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_FULL = re.compile(r"(?<!\d)(20\d\d)\s?[年./-]\s?(\d{1,2})\s?[月./-]\s?(\d{1,2})(?![\d-])\s?[日号]?")
_HAN_FULL = re.compile(
    r"(二[〇零O0o][一二三四五六七八九〇零]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?月\s?(?:份\s?)?(\d{1,2})(?!\d)\s?[日号]?")
_HAN_MONTH_DAY = re.compile(
    r"(?<![一二三四五六七八九十年])([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_SLASH = re.compile(r"(?<![\d./-])(\d{1,2})/(\d{1,2})(?![\d/.-])")
_DAY = re.compile(
    r"(?:(本月|这个月|上个月|上月|下个月|下月)\s?|(?<![\d月.-]))(\d{1,2})[号日](?![\u4e00-\u9fff]?(?:楼|线|机|仓|店|"
    r"阀|泵|车|库|门|栋|厂|产线|电梯|炉|罐|桌|楼|岗|窗|位|库))"
)
_EN_DAY_MONTH = re.compile(rf"(?<![\w.])(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH},?(?:[ -](20\d\d))?(?![a-z])")
_EN_MONTH_DAY = re.compile(rf"(?<![a-z]){_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,? (20\d\d))?")
_DOTTED = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(20\d\d)?(?!\d)")
_NEAR = re.compile("|".join(re.escape(word) for word in sorted(_RELATIVE, key=len, reverse=True)))
_WEEK = re.compile(r"(上上|上|这|本|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天末])")
_EN_WEEK = re.compile(
    r"(?<![a-z])(?:(next|this|last|coming) )?(mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|"
    r"sun)(?:day)?(?![a-z])"
)
_SINCE = re.compile(
    r"(?<![昨前天日号])(?:早上|上午|中午|下午|晚上|凌晨)\s?\d{1,2}(?:点|:\d\d)[^,。;\n]{0,4}?(?=到现在|至今|起就|开始)"
)
_MONTH_END = re.compile(r"(本|这个|下个|下)?(?:(\d{1,2})月|月)底(?=前|之前|以前|必须|要)")
_WEEK_END = re.compile(r"(本|这|下)周(?=内|之内|以内)|(?:by |before )?(?:the )?end of (this|the|next) week")
_TERM = re.compile(
    r"(\d{1,3}|[一二两三四五六七八九十]{1,3}|半)\s?个?\s?(小时|钟头|h|工作[日天]|自然日|天|日|周|星期|礼拜|月)(?:之内|"
    r"以内|内)"
)
_EN_TERM = re.compile(
    r"(?:within|in the next|inside) (?:the next )?(\d{1,3}|one|two|three|four|five|seven|ten)[ -]"
    r"(hour|working day|business day|calendar day|day|week)s?"
)
_EN_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "ten": 10}
_CLOCK = re.compile(
    r"[\s,(]{0,2}(?P<half>凌晨|清晨|早上|早晨|早|上午|中午|午后|下午|下昼|傍晚|晚上|晚间|晚|夜里)?\s?"
    r"(?:(?P<hour>\d{1,2})\s?(?:点钟?|时|:(?=\d\d))(?:(?P<minute>\d{1,2})分?|(?P<thirty>半))?(?:整)?)?"
)
_HAN_CLOCK = re.compile(  # 下午三点半; without the half of the day 一点 is "a little"
    r"[\s,(]{0,2}(?P<half>凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜里)\s?"
    r"(?P<hour>[一二两三四五六七八九十]{1,3})点(?P<minute>)(?:(?P<thirty>半)|钟|整)?(?!要求|意见|建议|问题|说明)"
)
_EN_CLOCK = re.compile(
    r"[ ,]{0,2}(?:(?:at|by|before|until) )?(?:(\d{1,2})(?::(\d\d))? ?(am|pm|a\.m\.|p\.m\.)|(noon|midday)|"
    r"(\d{1,2}):(\d\d)(?!\d))"
)
_ELSEWHERE = re.compile(r"\W{0,2}(?:our time|local time|uk time|your time|cet|cest|gmt|utc|est|edt|pst|bst)")


def find(text: str, received: datetime) -> list[Moment]:
    """Every day in a folded text, in reading order; where two readings overlap the longer one stays."""
    found = longest(
        islice(_all(text, received.astimezone(CHINA)), 10 * ENOUGH), lambda moment: (moment.start, moment.end)
    )
    return _joined(text, found[:ENOUGH])


def _joined(text: str, found: list[Moment]) -> list[Moment]:
    """A date and its day of the week, side by side, are one moment: 7月18日（周五）下午5点, Friday 18 July, 5 pm."""
    joined: list[Moment] = []
    for moment in found:
        last = joined[-1] if joined else None
        if last is None or not _one_day(text, last, moment):
            joined.append(moment)
            continue
        end = moment.end + (text[last.end : moment.start].endswith("(") and text.startswith(")", moment.end))
        at = moment.at or last.at
        if at is None:
            at, end = _time_after(text, end, "")
        joined[-1] = replace(moment if last.rule == _WEEKDAY_RULE else last, start=last.start, end=end, at=at)
    return joined


def _one_day(text: str, last: Moment, moment: Moment) -> bool:
    beside = 0 <= moment.start - last.end <= 2 and not text[last.end : moment.start].strip(" ,(")
    named = (last.rule == _WEEKDAY_RULE) is not (moment.rule == _WEEKDAY_RULE)
    return beside and named and bool({last.ahead, last.behind} & {moment.ahead, moment.behind})


def _all(text: str, at: datetime) -> Iterator[Moment]:
    today = at.date()
    if _DIGIT.search(text):
        yield from _numeric(text, today)
    if _NEAR_SIGNS.search(text):
        for match in _NEAR.finditer(text):
            yield from _fixed(text, match, "date-near", lambda m: today + timedelta(_RELATIVE[m[0]]))
        for match in _SINCE.finditer(text):
            yield Moment(match.start(), match.end(), today, today, "date-clock")
        for match in _WEEK.finditer(text):
            yield from _weekday(text, match, _WEEKDAY[match[2]], match[1] or "", today)
    if "内" in text:
        for match in _TERM.finditer(text):
            yield from _term(match, at)
    if "月" in text:
        yield from _han_dates(text, today)
        yield from _month_end(text, today)
    if "周" in text or "end of" in text:
        yield from _week_end(text, today)
    if _LATIN.search(text):
        yield from _english(text, at)


# A cheap look first: most texts hold few kinds of dates.
_DIGIT = re.compile(r"\d")
_LATIN = re.compile(r"[a-z]{3}")
_NEAR_SIGNS = re.compile("[天日晚早晨夜周拜昨明今期午]|today|tonight|tomorrow|yesterday|this |last ")
_MONTH_SIGNS = re.compile("|".join(_MONTHS))
_DAY_SIGNS = re.compile("|".join(_DAYS))


def _numeric(text: str, today: date) -> Iterator[Moment]:
    for match in _FULL.finditer(text) if "20" in text else ():
        yield from _fixed(text, match, "date-full", lambda m: date(int(m[1]), int(m[2]), int(m[3])))
    for match in _MONTH_DAY.finditer(text) if "月" in text else ():
        yield from _fixed(text, match, "date-month-day", lambda m: _nearest(int(m[1]), int(m[2]), today))
    for match in _DAY.finditer(text) if "号" in text or "日" in text else ():
        yield from _day_of_month(text, match, today)
    if "/" in text:
        for match in _SLASH.finditer(text):
            yield from _fixed(text, match, "date-slash", lambda m: _nearest(int(m[1]), int(m[2]), today))
    if "." in text:
        for match in _DOTTED.finditer(text):
            yield from _fixed(text, match, "date-dotted", lambda m: _dotted(m, today))


def _dotted(match: re.Match[str], today: date) -> date:
    if match[3]:
        return date(int(match[3]), int(match[2]), int(match[1]))
    return _nearest(int(match[2]), int(match[1]), today)


def _week_end(text: str, today: date) -> Iterator[Moment]:
    for match in _WEEK_END.finditer(text):
        weeks = 1 if (match[1] or match[2]) in ("下", "next") else 0
        last = today + timedelta(6 - today.weekday() + 7 * weeks - (2 if match[2] else 0))
        yield Moment(match.start(), match.end(), last, last, "date-week-end", term=True)


def _english(text: str, at: datetime) -> Iterator[Moment]:
    today = at.date()
    if _MONTH_SIGNS.search(text):
        for match in _EN_DAY_MONTH.finditer(text):
            yield from _fixed(text, match, "date-english", lambda m: _english_day(m[3], m[2], m[1], today))
        for match in _EN_MONTH_DAY.finditer(text):
            yield from _fixed(text, match, "date-english", lambda m: _english_day(m[3], m[1], m[2], today))
    for match in _EN_WEEK.finditer(text) if _DAY_SIGNS.search(text) else ():
        word = {"next": "下", "this": "本", "last": "last", "coming": ""}.get(match[1] or "", "")
        if match[2] in ("sat", "sun", "mon", "wed", "fri") and not match[0].endswith("day") and not match[1]:
            continue  # "sun" and "sat" are words too
        yield from _weekday(text, match, _DAYS[match[2][:3]], word, today)
    for match in _EN_TERM.finditer(text) if "in" in text else ():
        yield from _english_term(match, at)


def _han_dates(text: str, today: date) -> Iterator[Moment]:
    for match in _HAN_FULL.finditer(text):
        yield from _fixed(text, match, "date-han", lambda m: date(_han_year(m[1]), number(m[2]), number(m[3])))
    for match in _HAN_MONTH_DAY.finditer(text):
        yield from _fixed(text, match, "date-han", lambda m: _nearest(number(m[1]), number(m[2]), today))


def _han_year(words: str) -> int:
    return 2000 + int("".join(str(_HAN_NUMBER.get(c, 0)) for c in words[2:]))


def _fixed(text: str, match: re.Match[str], rule: str, day: Callable[[re.Match[str]], date]) -> Iterator[Moment]:
    """A day with one reading; nothing when there is no such day."""
    try:
        found = day(match)
    except (ValueError, OverflowError):
        return
    clock, end = _time_after(text, match.end(), match[0])
    yield Moment(match.start(), end, found, found, rule, clock)


def _day_of_month(text: str, match: re.Match[str], today: date) -> Iterator[Moment]:
    wanted = int(match[2])
    month = {"本月": 0, "这个月": 0, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1}.get(match[1] or "")
    months = [month] if month is not None else [-1, 0, 1, 2]
    days = [day for shift in months if (day := _month_day(today, shift, wanted))]
    if not days:
        return
    ahead = next((day for day in days if day >= today), days[-1])
    behind = next((day for day in reversed(days) if day <= today), days[0])
    clock, end = _time_after(text, match.end(), match[0])
    yield Moment(match.start(), end, ahead, behind, "date-day", clock)


def _weekday(text: str, match: re.Match[str], wanted: int, which: str, today: date) -> Iterator[Moment]:
    monday = today - timedelta(today.weekday())
    clock, end = _time_after(text, match.end(), match[0])
    weeks = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}.get(which)
    if weeks is not None:
        day = monday + timedelta(7 * weeks + wanted)
        yield Moment(match.start(), end, day, day, "date-weekday", clock)
        return
    ahead = today + timedelta((wanted - today.weekday()) % 7)
    behind = today - timedelta((today.weekday() - wanted) % 7)
    if which == "last":
        ahead = behind = behind if behind < today else today - timedelta(7)
    yield Moment(match.start(), end, ahead, behind, "date-weekday", clock)


def _month_end(text: str, today: date) -> Iterator[Moment]:
    for match in _MONTH_END.finditer(text):
        month = int(match[2]) if match[2] else today.month + (1 if match[1] in ("下个", "下") else 0)
        first = date(today.year + (month > 12 or month < today.month), (month - 1) % 12 + 1, 1)
        last = (first + timedelta(32)).replace(day=1) - timedelta(1)
        yield Moment(match.start(), match.end(), last, last, "date-month-end")


def _term(match: re.Match[str], at: datetime) -> Iterator[Moment]:
    count = 0.5 if match[1] == "半" else float(number(match[1]))
    unit = match[2]
    if unit in ("小时", "钟头", "h"):
        yield _exact(match, at + timedelta(hours=count))
        return
    days = {"周": 7, "星期": 7, "礼拜": 7, "月": 30}.get(unit, 1) * count
    day = working_days(at.date(), int(count)) if unit.startswith("工作") else at.date() + timedelta(int(days))
    yield Moment(match.start(), match.end(), day, day, "date-term", term=True)


def _english_term(match: re.Match[str], at: datetime) -> Iterator[Moment]:
    count = _EN_NUMBER.get(match[1]) or int(match[1])
    unit = match[2]
    if unit == "hour":
        yield _exact(match, at + timedelta(hours=count))
        return
    working = unit in ("working day", "business day")
    days = working_days(at.date(), count) if working else at.date() + timedelta(count * (7 if unit == "week" else 1))
    yield Moment(match.start(), match.end(), days, days, "date-term", term=True)


def _exact(match: re.Match[str], end: datetime) -> Moment:
    return Moment(match.start(), match.end(), end.date(), end.date(), "date-hours", end.time().replace(second=0), True)


def working_days(day: date, count: int) -> date:
    """``count`` working days (Monday to Friday) after a day."""
    while count > 0:
        day += timedelta(1)
        count -= day.weekday() < 5
    return day


def number(words: str) -> int:
    """A small number in digits or Chinese characters (up to 99); 0 when it is none."""
    if words.isdigit():
        return int(words)
    tens, _, ones = words.rpartition("十")
    if "十" not in words:
        return _HAN_NUMBER.get(words, 0)
    return (_HAN_NUMBER.get(tens, 1) if tens else 1) * 10 + (_HAN_NUMBER.get(ones, 0) if ones else 0)


def _time_after(text: str, end: int, words: str) -> tuple[time | None, int]:
    """The time of day right behind a day, and where it ends; a bare 上午 is no time, but belongs to the words."""
    match = _HAN_CLOCK.match(text, end) or _CLOCK.match(text, end)
    if match and match["hour"]:
        hour, minute = number(match["hour"]), 30 if match["thirty"] else int(match["minute"] or 0)
        half = match["half"] or ("晚" if words.endswith("晚") else "")
        if half in ("下午", "下昼", "午后", "傍晚", "晚上", "晚间", "晚", "夜里") and hour < 12:
            hour += 12
        if hour < 24 and minute < 60:
            return time(hour, minute), match.end()
    english = _EN_CLOCK.match(text, end)
    if english and not _ELSEWHERE.match(text, english.end()):
        hour = int(english[1] or english[5] or 12)
        minute = int(english[2] or english[6] or 0)
        if (english[3] or "").startswith("p") and hour < 12:
            hour += 12
        if hour < 24 and minute < 60:
            return time(hour, minute), english.end()
    return None, match.end("half") if match and match["half"] else end


def _nearest(month: int, day: int, today: date) -> date:
    """The day of that month and day nearest to today."""
    years = (today.year - 1, today.year, today.year + 1)
    days = [found for year in years if (found := _safe(year, month, day))]
    if not days:
        raise ValueError(f"no such day: {month}-{day}")
    return min(days, key=lambda found: abs((found - today).days))


def _english_day(year: str | None, month: str, day: str, today: date) -> date:
    if year:
        return date(int(year), _MONTHS[month], int(day))
    return _nearest(_MONTHS[month], int(day), today)


def _month_day(today: date, shift: int, day: int) -> date | None:
    months = today.year * 12 + today.month - 1 + shift
    return _safe(months // 12, months % 12 + 1, day)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
