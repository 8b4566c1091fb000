"""Invitations and answers to them (RFC 5545, RFC 5546): what their writer says, as far as a letter goes.

Only a handful of text properties is asked for, of calendars that are often damaged; the file itself stays attached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailflow.decoding.charsets import decode_text

ANSWERS = frozenset({"REPLY", "CANCEL", "REFRESH", "DECLINECOUNTER"})
"""Methods that answer or call off: they ask for nothing."""
LIMIT = 64_000  # bytes of a calendar that are read

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r"^(METHOD|SUMMARY|DESCRIPTION|LOCATION|DTSTART|COMMENT)((?:;[^:\r\n]{0,300})?):([^\r\n]{0,8000})", re.M | re.I
)
_ESCAPE = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Invitation:
    """The method in upper case, and the first value of each property; any may be empty."""

    method: str = ""
    summary: str = ""
    description: str = ""
    location: str = ""
    start: str = ""
    comment: str = ""

    @property
    def words(self) -> str:
        """What an invitation says, one property in a line; the start as the calendar writes it."""
        start = f"DTSTART: {self.start}" if self.start else ""
        return "\n".join(value for value in (self.summary, self.description, self.location, start) if value)


def read_calendar(data: bytes, charset: str = "") -> Invitation:
    """The first event of a calendar.  Never raises; what is no calendar comes back empty."""
    text = _FOLD.sub("", decode_text(data[:LIMIT], charset or "utf-8")[0])
    if "BEGIN:VCALENDAR" not in text[:400].upper():
        return Invitation()
    found: dict[str, str] = {}
    for match in _LINE.finditer(text):
        found.setdefault(match[1].upper(), _ESCAPE.sub(_unescaped, match[3]).strip())
    return Invitation(
        found.get("METHOD", "").upper()[:40],
        *(found.get(name, "") for name in ("SUMMARY", "DESCRIPTION", "LOCATION", "DTSTART", "COMMENT")),
    )


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]
