"""Days of the calendar as an iCalendar file (RFC 5545) that people's own calendars take in or subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from mailflow.duties.standing import DayEvent

UID = "duties@mailflow"


def calendar_file(name: str, events: Sequence[DayEvent], now: datetime) -> bytes:
    """A calendar of whole days; its own UID is always the same.  ``now`` (aware) is when it was made."""
    found = Calendar.new(name=name, uid=UID, prodid="-//mailflow//duties//", last_modified=now)
    for item in events:
        found.add_component(
            Event.new(
                uid=item.uid,
                stamp=now,
                start=item.day,
                end=item.day + timedelta(days=1),
                summary=item.title,
                description=item.words,
            )
        )
    return bytes(found.to_ical())
