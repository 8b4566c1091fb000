"""Complaints that came again: the same customer or goods with the same defect within a year, as reports count them.

All complaints of two years may be looked at, so each is kept as a few numbers: what it shares with others as keys, and
moments as the ledger's own text, which sorts like time.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.columns import Instant
from mailflow.adapters.sql.tables import cases, corrections, findings, journal, messages
from mailflow.casework.corrections import SEPARATOR
from mailflow.domain.model import SUPERSEDED
from mailflow.reports.facts import COMPLAINT
from mailflow.reports.span import Span

WITHIN = timedelta(days=365)
DEFECT, GOODS = "defect_or_issue", ("product", "model")
_KIND = "kind"
_ROWS = 10_000
_SHIFT = 40  # a defect's number stands above that of a customer or of goods
_INSTANT = Instant()


@dataclass(slots=True)
class _Known:
    """What a case is compared by; ``values`` only where people corrected it."""

    received: str
    id: int
    number: str
    customer: int
    kind: str
    opened: str
    defects: tuple[int, ...] = ()
    goods: tuple[int, ...] = ()
    values: dict[str, list[int]] | None = None


class Earlier:
    """The complaints of the periods and of the year before each, read once for all of them."""

    def __init__(self, connection: sa.Connection, spans: Sequence[Span]) -> None:
        self._known: dict[int, _Known] = {}
        self._said: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
        self._words: dict[str, int] = {}  # a number for every value, as it is compared
        self._raw: dict[str, int] = {}  # the same for every value as it was read
        for since, until in _windows(spans):
            self._load(connection, since, until)

    def repeated(self, span: Span) -> dict[int, str]:
        """The complaints of a period that came again, by id, with the number of the newest earlier one."""
        first, last, as_of = _text(span.since - WITHIN), _text(span.until), _text(span.as_of)
        begins = _text(span.since)
        there = [
            one for one in self._as_of(span) if one.kind == COMPLAINT and first <= one.received < last
            and one.opened < as_of
        ]  # fmt: skip
        there.sort(key=lambda one: (one.received, one.id))
        moments = [one.received for one in there]
        newest: dict[int, int] = {}
        found: dict[int, str] = {}
        for place, one in enumerate(there):
            keys = [
                defect << _SHIFT | other
                for defect in one.defects
                for other in (one.customer << 1, *(goods << 1 | 1 for goods in one.goods))
            ]
            if one.received >= begins and keys:
                last_like = max(newest.get(key, -1) for key in keys)
                if last_like >= 0 and last_like >= bisect_left(moments, _text(_moment(one.received) - WITHIN)):
                    found[one.id] = there[last_like].number
            for key in keys:
                newest[key] = place
        return found

    def _as_of(self, span: Span) -> Iterator[_Known]:
        """The cases, as people had corrected them by then."""
        for key, one in self._known.items():
            said = self._said.get(key)
            if not said:
                yield one
            else:
                yield self._corrected(one, {name: value for at, name, value in said if at < span.as_of})

    def _corrected(self, one: _Known, said: Mapping[str, str]) -> _Known:
        def values(name: str) -> list[int]:
            if name not in said:
                return (one.values or {}).get(name, [])
            return [number for part in said[name].split(SEPARATOR) if (number := self._number(part))]

        goods = [number for name in GOODS for number in values(name)]
        return _Known(
            one.received, one.id, one.number, one.customer, said.get(_KIND, one.kind), one.opened,
            tuple(dict.fromkeys(values(DEFECT))), tuple(dict.fromkeys(goods)),
        )  # fmt: skip

    def _number(self, value: str) -> int:
        """The number of a value, the same for all that are compared alike; 0 for an empty one."""
        if (known := self._raw.get(value)) is None:
            words = plain(value)
            known = self._raw[value] = self._words.setdefault(words, len(self._words) + 1) if words else 0
        return known

    def _load(self, connection: sa.Connection, since: datetime, until: datetime) -> None:
        """Cases opened in this time, but for void and imported ones and those that go on as another."""
        span = sa.and_(cases.c.opened_at >= since, cases.c.opened_at < until)
        first, last = connection.execute(sa.select(sa.func.min(cases.c.id), sa.func.max(cases.c.id)).where(span)).one()
        if first is None:
            return
        said = (
            sa.select(corrections.c.case_id, corrections.c.at, corrections.c.field, corrections.c.value)
            .where(corrections.c.case_id.between(first, last), corrections.c.field.in_((_KIND, DEFECT, *GOODS)))
            .order_by(corrections.c.id)
        )
        for key, at, name, value in connection.execute(said):
            self._said[key].append((at, name, value))
        came = sa.func.coalesce(messages.c.received_at, messages.c.arrived_at, cases.c.opened_at)
        query = (
            sa.select(
                cases.c.id, cases.c.number, cases.c.customer_id, cases.c.kind, _as_text(cases.c.opened_at),
                _as_text(came),
            )
            .join(journal, sa.and_(journal.c.case_id == cases.c.id, journal.c.event == "case.opened"), isouter=True)
            .join(messages, messages.c.id == journal.c.message_id, isouter=True)
            .where(span, cases.c.status != "void", cases.c.successor_id.is_(None))
            .where(sa.func.coalesce(messages.c.history, sa.false()) == sa.false())
            .where(sa.or_(cases.c.kind == COMPLAINT, cases.c.id.in_(sa.select(corrections.c.case_id))))
            .order_by(cases.c.id, journal.c.id.desc())
        )  # fmt: skip
        for page in connection.execute(query).partitions(_ROWS):
            for key, number, customer, kind, opened, moment in page:
                self._known[key] = _Known(min(moment, opened), key, number, customer, kind, opened)
        read = (
            sa.select(findings.c.case_id, findings.c.field, findings.c.value)
            .join(cases, cases.c.id == findings.c.case_id)
            .where(findings.c.case_id.between(first, last), findings.c.field.in_((DEFECT, *GOODS)))
            .where(findings.c.confidence > SUPERSEDED)
            .where(sa.or_(cases.c.kind == COMPLAINT, cases.c.id.in_(sa.select(corrections.c.case_id))))
        )
        for values in connection.execute(read).partitions(_ROWS):
            for key, name, value in values:
                if (one := self._known.get(key)) is not None and (number := self._number(value)):
                    self._note(one, name, number)

    def _note(self, one: _Known, name: str, number: int) -> None:
        if one.id in self._said:
            one.values = one.values or {}
            one.values.setdefault(name, []).append(number)
        elif name == DEFECT:
            one.defects = (*one.defects, number) if number not in one.defects else one.defects
        else:
            one.goods = (*one.goods, number) if number not in one.goods else one.goods


# ------------------------------------------------------------------------------------------------------------ parts


def plain(value: str) -> str:
    """A value as it is compared: width and case do not matter."""
    return unicodedata.normalize("NFKC", value).strip().lower()


def _windows(spans: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """From a year before each period to when it is seen, joined where they overlap."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted((span.since - WITHIN, span.as_of) for span in spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _as_text(moment: Any) -> Any:
    return sa.type_coerce(moment, sa.String)


def _text(moment: datetime) -> str:
    return _INSTANT.process_bind_param(moment, None) or ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
