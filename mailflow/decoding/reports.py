"""Machine-readable reports: delivery status (RFC 3464), disposition (RFC 8098), feedback (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailflow.decoding.headers import decode_value
from mailflow.decoding.mime import Part
from mailflow.decoding.sections import split_section
from mailflow.domain.model import Report

MAX_GROUPS = 1000

_STATUS_TYPES = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
    "message/tracking-status": "tracking-status",
}
_HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_MAIL_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822"})
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")


def is_status(part: Part) -> bool:
    """Whether the part holds header-like report fields."""
    return part.type in _STATUS_TYPES


def is_headers(part: Part) -> bool:
    """Whether the part holds the header section of a returned mail."""
    return part.type in _HEADER_TYPES


def read_report(top: Part) -> Report | None:
    """The report of a mail: declared by multipart/report, or told by its parts alone.  None for ordinary mail."""
    leaves = list(top.leaves())
    status = next((leaf for leaf in leaves if leaf.type in _STATUS_TYPES), None)
    declared = top.parameters.get("report-type", "").lower() if top.type == "multipart/report" else ""
    if status is None and top.type != "multipart/report":
        return None
    kind = declared or (_STATUS_TYPES[status.type] if status is not None else "")
    fields: tuple[Mapping[str, str], ...] = ()
    for leaf in leaves:
        if leaf.type in _STATUS_TYPES:
            fields += _groups(leaf.content()[0])
    returned = next((leaf for leaf in leaves if leaf.type in _HEADER_TYPES or leaf.type in _MAIL_TYPES), None)
    return Report(kind, fields[:MAX_GROUPS], header_map(returned.content()[0]) if returned is not None else {})


def header_map(data: bytes) -> dict[str, tuple[str, ...]]:
    """A header section as lower-case names to all decoded values in order."""
    values: dict[str, list[str]] = {}
    for name, value in split_section(data, 0, len(data)).fields:
        values.setdefault(name.lower(), []).append(decode_value(value))
    return {name: tuple(items) for name, items in values.items()}


def _groups(data: bytes) -> tuple[Mapping[str, str], ...]:
    groups = []
    for block in _BLANK_LINES.split(data.strip())[:MAX_GROUPS]:
        fields: dict[str, str] = {}
        for name, value in split_section(block, 0, len(block)).fields:
            key = name.lower()
            text = decode_value(value)
            fields[key] = f"{fields[key]}\n{text}" if key in fields else text
        if fields:
            groups.append(fields)
    return tuple(groups)
