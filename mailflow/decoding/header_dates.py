"""Dates of mail headers (RFC 5322 section 3.3, and what Chinese clients write instead) as aware UTC datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

CHINA = timezone(timedelta(hours=8), "CST")

# "CST" is China Standard Time in this office, not US Central: the wrong reading is fourteen hours off.
_CST = re.compile(r"\b(?:CST|China Standard Time|中国标准时间|北京时间)\b|\(CST\)", re.I)
_OFFSET = re.compile(r"[+-]\d{4}\b")
_NUMERIC = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?)?[T\s,]*(?P<half>上午|中午|下午|晚上|凌晨|AM|PM)?\s*"
    r"(?:(?P<hour>\d{1,2})[:：点](?P<minute>\d{2})(?:[:：](?P<second>\d{2}))?)?(?:\.\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_COLON = re.compile(r"(?<![\d:])(?:GMT|UTC)?([+-]\d{2}):(\d{2})\b")
_HOURS = re.compile(r"\b(?:GMT|UTC)\s?([+-])(\d{1,2})(?![\d:])")
_HALF = re.compile(r"\b(1[0-2]|0?[1-9])(:\d{2}(?::\d{2})?)\s*(AM|PM|上午|下午|晚上)(?![A-Za-z])", re.I)
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月")
_WEEKDAY = re.compile(r"^(?:星期|周|週)[一二三四五六日天]\s*[,，]?\s*")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TWO_DIGIT_YEAR = 50
# RFC 5322 as nine mails of ten write it; -0000 says that the zone is not known.
_AS_WRITTEN = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) ((?:19|20)\d\d) (\d\d):(\d\d):([0-5]\d) ([+-])((?!0000)\d\d)(\d\d)"
    r"(?: \([A-Z]{2,5}\))?"
)
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)}


def parse_date(value: str) -> datetime | None:
    """The moment a Date-like value names, in UTC; None when it names none.  Without a zone it is China's time."""
    value = value.strip()[:200]
    if not value:
        return None
    written = _AS_WRITTEN.fullmatch(value)
    numeric = None if written else _NUMERIC.match(value)
    try:
        if written is not None and written[2] in _MONTH_NUMBERS:
            return _as_written(written)
        if numeric is not None:
            return _numeric(numeric)
        value = _in_english(value)
        if not _OFFSET.search(value):
            value = _CST.sub("+0800", value)
        return _standard(value)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None


def received_date(value: str) -> datetime | None:
    """The date of one Received field: what follows its last semicolon (RFC 5321 section 4.4)."""
    return parse_date(value[-300:].rpartition(";")[2])


def _in_english(value: str) -> str:
    """What the standard library does not read: ``+08:00``, ``GMT+8``, AM and PM, Chinese days and months."""
    value = _COLON.sub(r"\1\2", _HOURS.sub(lambda zone: f"{zone[1]}{int(zone[2]):02}00", value))
    value = _MONTH.sub(lambda month: f" {_MONTHS[int(month[1]) - 1]} ", _WEEKDAY.sub("", value))
    return _HALF.sub(_whole_day, value)


def _whole_day(match: re.Match[str]) -> str:
    late = match[3].upper() in ("PM", "下午", "晚上")
    return f"{int(match[1]) % 12 + 12 * late}{match[2]} "


def _as_written(match: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    there = datetime(int(year), _MONTH_NUMBERS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return there - ahead if sign == "+" else there + ahead


def _standard(value: str) -> datetime | None:
    parts = parsedate_tz(value)
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    if year < 100:
        year += 2000 if year < _TWO_DIGIT_YEAR else 1900
    offset = parts[9]
    zone = CHINA if offset is None else timezone(timedelta(seconds=offset))
    carry = timedelta(seconds=1) if second >= 60 else timedelta()
    return (datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone) + carry).astimezone(UTC)


def _numeric(match: re.Match[str]) -> datetime:
    hour = int(match["hour"] or 0)
    if match["half"] in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    zone = CHINA
    if match["zone"] == "Z":
        zone = UTC
    elif match["zone"]:
        sign = -1 if match["zone"][0] == "-" else 1
        digits = match["zone"][1:].replace(":", "")
        zone = timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    moment = datetime(
        int(match["year"]), int(match["month"]), int(match["day"]), hour, int(match["minute"] or 0),
        min(int(match["second"] or 0), 59), tzinfo=zone,
    )  # fmt: skip
    return moment.astimezone(UTC)
