"""What was read of a mail, as one JSON object for programs.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mailflow.domain.model import FIELDS, Address, Details, Message
from mailflow.flow import Reading
from mailflow.reading.review.doubts import Doubt
from mailflow.reading.text.language import detect


def readout(name: str, reading: Reading, doubts: Iterable[Doubt] = ()) -> dict[str, Any]:
    """The reading as plain data: ``file``, ``kind``, the fields, ``evidence``, ``doubts``, ``exclusion``, ``message``.

    A field is null when unknown and a list when it has several values.  Times are ISO 8601.  A mail that could not
    be read has ``kind`` null and says why in ``problems``.
    """
    message, details, exclusion = reading.message, reading.details, reading.exclusion
    found = {field: _values(details.values(field)) if details else None for field in FIELDS}
    kind = details.kind.value if details else exclusion.kind if exclusion else None
    return {
        "file": name,
        "kind": kind,
        "kinds": [[kind.value, round(weight, 3)] for kind, weight in details.kinds] if details else [],
        "second_opinion": [*details.second_opinion] if details and details.second_opinion else None,
        "subkinds": list(details.subkinds) if details else [],
        "reasons": list(details.reasons) if details else [],
        **found,
        "troubles": [asdict(trouble) for trouble in details.troubles] if details else [],
        "beside": [_beside(other) for other in details.beside] if details else [],
        "unread": [asdict(file) for file in details.unread] if details else [],
        "language": details.language if details else _language(message),
        "is_reply_to": message.in_reply_to or None,
        "evidence": [asdict(finding) for finding in details.findings] if details else [],
        "doubts": [asdict(doubt) for doubt in doubts],
        "exclusion": asdict(exclusion) if exclusion else None,
        "held": {"reason": reading.error.reason, "detail": reading.error.message} if reading.error else None,
        "message": _message(message),
        "problems": list(message.problems) + ([reading.error.message] if reading.error else []),
    }


def _beside(other: Details) -> dict[str, Any]:
    """A matter of another kind: what it is, and what is told of it."""
    found = {field: other.values(field) for field in FIELDS}
    return {"kind": other.kind.value, **{field: _values(values) for field, values in found.items() if values}}


def _language(message: Message) -> str | None:
    """The language of a mail that was set aside; null when it says nothing."""
    return detect((message.subject, message.text)) if message.subject or message.text else None


def _message(message: Message) -> dict[str, Any]:
    return {
        "subject": message.subject,
        "from": _people(message.from_),
        "to": _people(message.to),
        "cc": _people(message.cc),
        "date": _time(message.date),
        "received_at": _time(message.received_at),
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "text": message.text,
        "new_text": message.new_text,
        "quoted_text": message.quoted_text,
        "forwarded_text": message.forwarded_text,
        "signature": message.signature,
        "attachments": [{"name": a.name, "type": a.type, "size": a.size} for a in message.attachments],
        "charset": message.charset,
        "cut": list(message.cut),
        "problems": list(message.problems),
    }


def _values(values: tuple[str, ...]) -> str | list[str] | None:
    return None if not values else values[0] if len(values) == 1 else list(values)


def _people(people: Iterable[Address]) -> list[dict[str, str]]:
    return [{"name": person.name, "address": person.address} for person in people]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
