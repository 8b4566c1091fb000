"""What a mail says, put into the fields of JL-23-01 客户投诉登记表 (complaint registration).

Pure, and in Chinese whatever the mail's language: the form is the company's, its contents stay as the customer wrote
them.  What is not known prints ``/``; no field is guessed from another.  Judgement, remedy and closing are not here at
all: those cells are for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailflow.domain.model import Case, Details, Message
from mailflow.domain.wrapped import on_one_line
from mailflow.records.boxes import CHANNELS, CLASSES, DEMANDS, OTHER
from mailflow.records.clean import BLANK, bounded, clean, short
from mailflow.sentences.catalogue import worded

FORM = "JL-23-01"
SEVERITIES = ("恶性", "重大", "一般")  # the gravest first
CLOSING = tuple(
    (
        "first_reply interim containment scope_first owner_dept validity reason_code instructions result reply_sent "
        "satisfied capa_ref amount closed_at"
    ).split()
)
"""The fields of the form's last part: blank until somebody has answered, investigated and closed."""
CELL_VALUES = 6  # of a list in one cell; the whole list stands in the customer's words

# The cell of the customer's words: what fits it on one page, in half-width columns and lines, by size of type.
NORMAL_COLUMNS, NORMAL_LINES = 88, 12
SMALL_COLUMNS, SMALL_LINES = 98, 14

PRINTED: Mapping[str, str] = {
    "customer_company": "customer_name",
    "contact": "complainant",
    "phone": "phone",
    "order_no": "order_no",
    "product": "product",
    "model": "model",
    "batch_no": "batch_no",
    "quantity": "qty_defect",
    "happened_on": "happened_on",
    "requested_deadline": "deadline",
    "defect_or_issue": "class2",
    "demand": "demand_words",
    **{name: name for name in ("position", "email", "address", "delivery_no", "class1", "channel", "repeat_of")},
}
"""Facts and the fields of the form that print them."""

_NEGATED = re.compile(
    r"(?:不(?:要|用|必|想|是要?|需要?|接受|同意)?|无需|無需|没有?要求?|别)\s*$"
    r"|(?:\bno|\bnot|\bwithout|n't)(?:\s+[a-z]+){0,3}\s*$",
    re.IGNORECASE,
)
_AIRY = 10  # line ends; a letter of this length on a printed form needs its room
_BLANK_LINES = re.compile(r"\n(?:[ \t　]*\n)+")
_MANY_BLANK_LINES = re.compile(r"\n[ \t　]*(?:\n[ \t　]*){2,}")
_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


def registration_fields(
    company: str, case: Case, message: Message, details: Details, received_at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """Every field of JL-23-01 that one complaint's mail can fill; the parts people fill are blank.

    ``received_at`` is aware and printed in ``zone``.  What belongs to the paper itself (number, code, day of issue)
    comes with the record.  Whether it is a repeat, and of which case, is proposed elsewhere and ticked by people.
    """
    sender = message.sender
    subkinds = details.subkinds
    demands = details.values("demand")
    words = _content(message)
    return {
        "company": short(company, 40),
        "case_no": case.number,
        "customer_name": short(case.customer.company or details.value("customer_company"), 80),
        "customer_code": short(case.customer.number, 40),
        "complainant": _cell(details.values("contact") or ((sender.name,) if sender else ()), 40),
        "position": BLANK,
        "phone": _cell(details.values("phone"), 60),
        "email": short(sender.address if sender else "", 80),
        "address": BLANK,
        "received_at": f"{received_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "deadline": "；".join(_moment(value, zone) for value in details.values("requested_deadline")[:2]) or BLANK,
        "channel": [CHANNELS[1]],
        "class1": _classes(details),
        "class2": _cell(_troubles(details) or subkinds, 80),
        "severity": [word for word in SEVERITIES if word in details.values("severity")][:1],
        "repeat": [],
        "repeat_of": "",
        "respondent": BLANK,
        "product": _cell(details.values("product")),
        "model": _cell(details.values("model")),
        "batch_no": _cell(details.values("batch_no")),
        "order_no": _cell(details.values("order_no")),
        "delivery_no": BLANK,
        "happened_on": _cell([_day(value, zone) for value in details.values("happened_on")]),
        "qty_defect": _cell(details.values("quantity")),
        "content": words,
        "compact": _lines(words, NORMAL_COLUMNS) > NORMAL_LINES and _lines(words, SMALL_COLUMNS) <= SMALL_LINES,
        "latin": details.language == "en",
        "demand": _demand_boxes(demands),
        "demand_words": _quoted(demands),
        "evidence": _attachments(message),
        "pictures": [],
        "source_mail": _source(message),
        **dict.fromkeys(CLOSING, ""),
    }


def put_right(field: str, values: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    """The fields of JL-23-01 that print a fact, holding what a person says it is; ``/`` where he says it is unknown."""
    if field in ("class1", "channel"):
        return {field: list(values)}
    if field == "demand":
        return {"demand": _demand_boxes(values), "demand_words": _quoted(values)}
    if field == "requested_deadline":
        return {"deadline": "；".join(_moment(value, zone) for value in values[:2]) or BLANK}
    if field == "happened_on":
        values = [_day(value, zone) for value in values]
    printed = PRINTED.get(field)
    return {printed: _cell(values) or BLANK} if printed else {}


def date_words(value: datetime, *, with_time: bool) -> str:
    """A date as letters write it: ``2026年11月22日`` or ``2026年11月22日 18:00``."""
    words = worded("zh", "{year}-{month}-{day}", year=value.year, month=value.month, day=value.day)
    return f"{words} {value:%H:%M}" if with_time else words


def _moment(value: str, zone: ZoneInfo) -> str:
    """A normalised deadline in words; what is no ISO 8601 date stays as the reader gave it."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return short(value, 30)
    if _DATE_ONLY.fullmatch(value):
        return worded("zh", "before {day}", day=date_words(moment, with_time=False))
    local = moment.astimezone(zone) if moment.tzinfo else moment
    return worded("zh", "before {day}", day=date_words(local, with_time=True))


def _day(value: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{moment.astimezone(zone) if moment.tzinfo else moment:%Y-%m-%d}"


def _cell(values: Iterable[str], characters: int = 90) -> str:
    """Values for one cell: the first few, and visibly how many there are in all."""
    found = [line for line in (on_one_line(clean(value)) for value in values) if line]
    text = short("；".join(found[:CELL_VALUES]), characters)
    cut = len(found) > CELL_VALUES or text.endswith("…")
    return (
        worded("zh", "{text} and more, {count} in all", text=text, count=len(found)) if cut and len(found) > 1 else text
    )


def _content(message: Message) -> str:
    """The customer's own words, as written.  Only runs of empty lines are folded, for the paper's sake."""
    parts = []
    if message.new_text.strip():
        parts.append(message.new_text)
    forwarded = message.forwarded_text
    if not forwarded.strip() and message.forwarded:
        inner = message.forwarded[0]
        forwarded = inner.new_text if inner.new_text.strip() else inner.text
    if forwarded.strip():
        heading = worded("zh", "[the mail passed on]")
        parts.append(f"{heading}\n{forwarded.strip()}" if parts else forwarded)
    if not parts and message.text.strip():
        parts.append(message.text)
    words = "\n\n".join(_MANY_BLANK_LINES.sub("\n\n", clean(part)).strip() for part in parts).strip()
    if words.count("\n") >= _AIRY:
        words = _BLANK_LINES.sub("\n", words)  # every word stays; only the air goes, so that one page suffices
    return bounded(words) if words else f"{BLANK}　{worded('zh', '(a mail without words, see its files)')}"


def _lines(text: str, columns: int) -> int:
    """How many lines a text takes; a Chinese character is two columns wide."""
    # Chinese takes three bytes in UTF-8, Latin one: half of what a line has more in bytes than in letters is width.
    widths = ((len(line) + len(line.encode())) // 2 for line in text.split("\n"))
    return sum(max(1, -(-width // columns)) for width in widths)


def _classes(details: Details) -> list[str]:
    """The boxes of what it is about: of its sub-kinds, and of every trouble it tells."""
    told = {trouble.box for trouble in details.troubles}
    return [box for box, words in CLASSES.items() if box in told or any(word in details.subkinds for word in words)]


def _troubles(details: Details) -> Sequence[str]:
    """Every trouble in the customer's words, in the order of the mail."""
    return [trouble.words for trouble in details.troubles] or details.values("defect_or_issue")


def _demand_boxes(demands: Sequence[str]) -> list[str]:
    boxes: list[str] = []
    for demand in demands:
        found = [box for box, pattern in DEMANDS.items() if _asked(pattern, demand)]
        boxes += found or ([OTHER] if demand.strip() else [])
    return list(dict.fromkeys(boxes))


def _asked(pattern: re.Pattern[str], demand: str) -> bool:
    return any(not _NEGATED.search(demand[: found.start()]) for found in pattern.finditer(demand))


def _quoted(demands: Sequence[str]) -> str:
    words = [short(demand, 80) for demand in demands if demand.strip()]
    return " ".join(f"“{word}”" for word in words[:CELL_VALUES]) or BLANK


def _attachments(message: Message) -> str:
    files = [
        short(attachment.name or attachment.safe_name, 32)
        for attachment in message.attachments
        if not attachment.inline
    ]
    inline = sum(attachment.inline for attachment in message.attachments)
    said = []
    if files:
        said.append(worded("zh", "{count} files: {files}", count=len(files), files="、".join(files[:CELL_VALUES])))
        if len(files) > CELL_VALUES:
            said[-1] += worded("zh", " and more")
    if inline:
        said.append(worded("zh", "{count} pictures in the text", count=inline))
    return "；".join(said) or BLANK


def _source(message: Message) -> str:
    return worded("zh", "Subject: {subject}", subject=short(message.subject, 60))
