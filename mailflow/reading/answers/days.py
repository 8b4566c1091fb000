"""A day or moment in a labelled line, counted from now in a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.dates import moments
from mailflow.reading.dates.day_counts import WEEKDAY

_YEAR = re.compile(r"(20\d\d|\d\d)[./年-](\d{1,2})[./月-](\d{1,2})日?")
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_SHORT = re.compile(r"(\d{1,2})[.-](\d{1,2})")
_BRACKETED = re.compile(r"[(\[] ?(?:周|星期|礼拜)([一二三四五六日天]) ?[)\]]")
_WEEKDAY = re.compile(r"\(?(?:周|星期)[一二三四五六日天]\)?|\((?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\)")


def wall(now: datetime, zone: tzinfo) -> datetime:
    """Now on the clocks of a zone, as :func:`mailflow.reading.dates.moments.find` counts."""
    return now.astimezone(zone).replace(tzinfo=moments.CHINA)


def read_day(words: AnswerWords, said: str, now: datetime, zone: tzinfo, *, timed: bool) -> tuple[str, str]:
    """The day as ``2026-11-30`` (``timed``: the minute with its offset), and a problem code; one of them is empty.

    A day without its year, month or week lies ahead.  The words must hold one day and nothing else.
    """
    text = squeeze(said).strip(" 。.;,")
    if (weekday := _BRACKETED.search(text)) and _BRACKETED.sub("", text).strip():
        value, problem = read_day(words, _BRACKETED.sub("", text), now, zone, timed=timed)
        agrees = not value or date.fromisoformat(value[:10]).weekday() == WEEKDAY[weekday[1]]
        return (value, problem) if agrees else ("", "not_a_date")
    today = wall(now, zone).date()
    plain = _written(text, today)
    if plain is not None:
        return ("", "no_time") if timed else (plain.isoformat(), "")
    for tail in ("", "前"):  # 月底 is a day of a deadline only
        found = moments.find(text + tail, wall(now, zone), words.lexicon)
        if len(found) == 1 and _alone(words, text + tail, found[0]):
            return _shown(found[0], zone, timed)
        if found:
            break
    return "", "not_a_date"


def _shown(moment: moments.Moment, zone: tzinfo, timed: bool) -> tuple[str, str]:
    if not timed:
        return moment.ahead.isoformat(), ""
    if moment.at is None:
        return "", "no_time"
    return datetime.combine(moment.ahead, moment.at, zone).isoformat(timespec="minutes"), ""


def _alone(words: AnswerWords, text: str, moment: moments.Moment) -> bool:
    rest = text[: moment.start] + " " + text[moment.end :]
    rest = words["date_filler"].pattern.sub("", _WEEKDAY.sub("", rest))
    return not re.sub(r"[\s,()。.]", "", rest)


def _written(text: str, today: date) -> date | None:
    """Digits only, as in forms: 2026.11.30, 26-11-30, 20261130, 11.30."""
    text = _WEEKDAY.sub("", text).strip()
    match = _YEAR.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if match is not None:
            year = int(match[1])
            return date(year if year > 99 else 2000 + year, int(match[2]), int(match[3]))
        if match := _SHORT.fullmatch(text):
            days = [date(year, int(match[1]), int(match[2])) for year in (today.year - 1, today.year, today.year + 1)]
            return min(days, key=lambda day: abs((day - today).days))
    except ValueError:
        return None
    return None
