"""Which of the days in a mail is the deadline asked of us, and which the day the trouble happened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from mailflow.domain.model import Finding
from mailflow.reading.dates import deadline_weight, happened_weight
from mailflow.reading.dates.moments import CHINA, Moment, find
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text.superseded import is_stale

_CIRCLED = re.compile("[①-⑳]")

Days = list[tuple[Part, list[Moment]]]


def days(parts: Sequence[Part], received: datetime) -> Days:
    """Every day these parts name, counted from the mail's arrival, but those named only to be taken back."""
    return [
        (part, [day for day in _days_of(part, received) if not is_stale(part, day.start, day.end)]) for part in parts
    ]


def _days_of(part: Part, received: datetime) -> list[Moment]:
    # Folded, the mark of an item is a digit like any other: ①24小时内 is no 124 hours.
    text = part.text
    for match in islice(_CIRCLED.finditer(part.original), ENOUGH):
        text = f"{text[: match.start()]},{text[match.end() :]}"
    return find(text, received, part.lexicon, bare_times=True)


def deadline(named: Days, received: datetime, floor: float = 0.0) -> list[Finding]:
    """The earliest deadline asked of us, as an ISO date or minute in UTC+8; empty when none is asked surely enough."""
    found = [item for part, moments in named for item in _deadlines(part, moments, received)]
    found = [item for item in found if item.confidence >= floor]
    return [min(found, key=lambda item: (item.value[:10], len(item.value) == 10, item.value))] if found else []


def happened(named: Days, received: datetime) -> list[Finding]:
    """The day the trouble happened or was found; empty when it is not said."""
    best: Finding | None = None
    today = received.astimezone(CHINA).date()
    for part, moments in named:
        for moment, confidence in happened_weight.weigh(part, moments, today):
            if best is None or confidence > best.confidence:
                value = moment.behind.isoformat()
                best = part.finding("happened_on", moment.start, moment.end, moment.rule, confidence, value)
    return [best] if best else []


def _deadlines(part: Part, moments: list[Moment], received: datetime) -> Iterator[Finding]:
    now = received.astimezone(CHINA)
    for moment in moments:
        day = moment.ahead
        confidence = deadline_weight.weigh(part.text, moment, part.lexicon) if day >= now.date() else 0.0
        if confidence:
            value = day.isoformat()
            if moment.at is not None:
                value += f"T{moment.at:%H:%M}"
            yield part.finding("requested_deadline", moment.start, moment.end, moment.rule, confidence, value)
