"""The measures of a report, as people write them into its cell: a line each, ``measure; who; until when``.

Who and when are read where they stand alone between the marks; a line without them is a measure all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

MOST = 30
LONGEST = 20_000  # characters
_NUMBERED = re.compile(r"^\s*(?:[(（]\d{1,2}[)）]|\d{1,2}[.、)）](?!\d))\s*")
_PARTS = re.compile(r"[;；|｜\t]")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be done; ``owner`` is a colleague's address and ``due`` the last day, "" and None where not said."""

    words: str
    owner: str = ""
    due: date | None = None


def measures(text: str, address_of: Callable[[str], str]) -> list[Measure]:
    """The measures of a text, at most :data:`MOST`; ``address_of`` gives a colleague's address by his name, else ""."""
    lines = (_NUMBERED.sub("", line).strip() for line in text[:LONGEST].splitlines())
    return [_measure(line, address_of) for line in lines if any(map(str.isalnum, line))][:MOST]


def _measure(line: str, address_of: Callable[[str], str]) -> Measure:
    words: list[str] = []
    owner, due = "", None
    for part in filter(None, map(str.strip, _PARTS.split(line))):
        bare = re.split(r"[:：]", part)[-1].strip()  # 责任人：白露
        day = _day(bare)
        if not owner and (found := address_of(bare)):
            owner = found
        elif due is None and day is not None:
            due = day
        else:
            words.append(part)
    return Measure("；".join(words) or line, owner, due)


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    if found is None or len(text) > found.end() + 2:  # 前, 之前
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
