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
_TWO_DIGIT_YEAR = 50


def parse_date(value: str) -> datetime | None:
    """The moment a Date-like value names, in UTC; None when it names none.  Without a zone it is China's time."""
    value = value.strip()[:200]
    if not value:
        return None
    numeric = _NUMERIC.match(value)
    try:
        if numeric is not None:
            return _numeric(numeric)
        if not _OFFSET.search(value):
            value = _CST.sub("+0800", value)
        return _standard(value)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None


def received_date(value: str) -> datetime | None:
    """The date of one Received field: what follows its last semicolon (RFC 5321 section 4.4)."""
    return parse_date(value[-300:].rpartition(";")[2])


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
