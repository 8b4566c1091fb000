"""What a later mail of a case says otherwise than an earlier one: which value is newer, and the words of both.

Pure, over the findings of the mails in the order they came.  Nothing is decided: whether a second batch is another
trouble, a slip of the pen or the right number at last is for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.matching.normalise import fold
from mailflow.reading.text.numerals import NUMERALS, SCALES, chinese

COMPARED = (
    "phone", "order_no", "model", "batch_no", "quantity", "amount", "happened_on", "requested_deadline",
)  # fmt: skip
"""The fields two mails are compared in."""

How = Literal["replaced", "other", "added"]
_NOT_NEW = frozenset({"quoted_text"})  # what a quote says was said before
_COUNT = re.compile(
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|[{NUMERALS}]+)\s*(?P<scale>[百千万k](?![a-z]))?[多余来]?\s*(?P<unit>.*)"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PIECES = frozenset("个 只 件 支 根 块 台 片 pc pcs piece pieces unit units ea".split()) | {""}


@dataclass(frozen=True, slots=True)
class Said:
    """What one mail says of a field: the mail (as the caller names it), its values, and the words they came from."""

    mail: int
    values: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A field of which a later mail says something else.

    ``how``: ``replaced`` when the later mail takes the earlier value back in so many words (不是A是B), ``added`` when
    it repeats what was said and names more, ``other`` when it just names another value.
    """

    field: str
    how: How
    older: Said
    newer: Said


def changes(mails: Iterable[tuple[int, Sequence[Finding]]]) -> list[Change]:
    """Every change, in the order of the mails and of ``COMPARED``.

    Lists are compared as sets, and as people mean them: ``7只`` is ``7 pcs``, a number with and without its dashes is
    one number, a day is the same as an hour of it.  A later mail that repeats only some of the values changes nothing.
    """
    known: dict[str, Said] = {}
    found: list[Change] = []
    for mail, findings in mails:
        for field in COMPARED:
            newer = _said(mail, field, findings)
            older = known.get(field)
            if newer is None:
                continue
            if older is None:
                known[field] = newer
            elif how := _how(field, older, newer, findings):
                found.append(Change(field, how, older, newer))
                known[field] = newer
    return found


def same(field: str, one: str, other: str) -> bool:
    """Whether two values of a field mean the same."""
    if one == other:
        return True
    if field == "quantity":
        return _same_count(one, other)
    if field == "phone":
        first, second = sorted((_digits(one), _digits(other)), key=len)
        return len(first) >= 7 and second.startswith(first)  # with and without the extension
    if field in ("happened_on", "requested_deadline"):
        return _same_time(one, other)
    if field == "amount":
        return False
    return _bare(one) == _bare(other)


# ------------------------------------------------------------------------------------------------------------ parts


def _said(mail: int, field: str, findings: Sequence[Finding]) -> Said | None:
    here = [
        item
        for item in findings
        if item.field == field and item.confidence > SUPERSEDED and item.source not in _NOT_NEW
    ]
    if not here:
        return None
    first = {item.value: item.words for item in reversed(here)}
    values = tuple(dict.fromkeys(item.value for item in here))
    return Said(mail, values, tuple(first[value] for value in values))


def _how(field: str, older: Said, newer: Said, findings: Sequence[Finding]) -> How | None:
    if _within(field, newer.values, older.values):
        return None
    taken_back = [item.value for item in findings if item.field == field and item.confidence <= SUPERSEDED]
    if any(same(field, value, old) for value in taken_back for old in older.values):
        return "replaced"
    return "added" if _within(field, older.values, newer.values) else "other"


def _within(field: str, some: Iterable[str], all_: Sequence[str]) -> bool:
    return all(any(same(field, one, other) for other in all_) for one in some)


def _bare(code: str) -> str:
    return "".join(sign for sign in fold(code) if sign.isalnum())


def _digits(phone: str) -> str:
    return re.sub(r"^(?:00|\+)?86(?=1\d{10}|0?\d{9,11})", "", re.sub(r"[^\d+]", "", phone))


def _same_count(one: str, other: str) -> bool:
    first, second = _count(one), _count(other)
    if first is None or second is None or first[0] != second[0]:
        return False
    units = {first[1], second[1]}
    return len(units) == 1 or "" in units or units <= _PIECES


def _count(words: str) -> tuple[Decimal, str] | None:
    match = _COUNT.match(fold(words).strip())
    if match is None:
        return None
    digits = match["number"].replace(",", "")
    number = Decimal(digits) if digits[0].isascii() else _numeral(digits)
    return None if number is None else (number * SCALES.get(match["scale"] or "", 1), match["unit"].strip())


def _numeral(words: str) -> Decimal | None:
    number = chinese(words)
    return None if number is None else Decimal(number)


def _same_time(one: str, other: str) -> bool:
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    except ValueError:
        return False
    if _DAY.fullmatch(one) or _DAY.fullmatch(other) or (first.tzinfo is None) != (second.tzinfo is None):
        return first.date() == second.date()
    return first == second
