"""Complaints that came again: the same customer or goods with the same defect within a year, as reports count them."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from mailflow.adapters.sql.tables import cases, corrections, findings, journal, messages
from mailflow.casework.corrections import SEPARATOR
from mailflow.domain.model import SUPERSEDED
from mailflow.reports.facts import COMPLAINT
from mailflow.reports.span import Span

WITHIN = timedelta(days=365)
DEFECT, GOODS = "defect_or_issue", ("product", "model")
_KIND = "kind"
_Key = tuple[str, str, object]


@dataclass(slots=True)
class _Known:
    """What a case is compared by, as it was read."""

    number: str
    customer: int
    kind: str
    received: datetime
    opened: datetime
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Earlier:
    """The complaints of the periods and of the year before each, read once for all of them."""

    def __init__(self, connection: sa.Connection, spans: Sequence[Span]) -> None:
        self._known: dict[int, _Known] = {}
        self._said: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
        for since, until in _windows(spans):
            self._load(connection, since, until)

    def repeated(self, span: Span) -> dict[int, str]:
        """The complaints of a period that came again, by id, with the number of the newest earlier one."""
        there = [(key, one) for key, one in self._as_of(span) if one.kind == COMPLAINT]
        there.sort(key=lambda item: (item[1].received, item[0]))
        by_key: dict[_Key, list[int]] = defaultdict(list)
        found: dict[int, str] = {}
        for place, (key, one) in enumerate(there):
            keys = [*_keys(one)]
            if span.holds(one.received):
                since = bisect_left(there, one.received - WITHIN, hi=place, key=lambda item: item[1].received)
                last = max((by_key[each][-1] for each in keys if by_key.get(each)), default=-1)
                if last >= since:
                    found[key] = there[last][1].number
            for each in keys:
                by_key[each].append(place)
        return found

    def _as_of(self, span: Span) -> Iterator[tuple[int, _Known]]:
        """The cases that were there, as people had corrected them by then."""
        for key, one in self._known.items():
            if one.opened >= span.as_of:
                continue
            said = {name: value for at, name, value in self._said.get(key, ()) if at < span.as_of}
            yield key, _corrected(one, said) if said else one

    def _load(self, connection: sa.Connection, since: datetime, until: datetime) -> None:
        """Cases opened in this time, but for void and imported ones and those that go on as another."""
        query = (
            sa.select(
                cases.c.id, cases.c.number, cases.c.customer_id, cases.c.kind, cases.c.opened_at,
                sa.func.coalesce(messages.c.received_at, messages.c.arrived_at, cases.c.opened_at),
            )
            .join(journal, sa.and_(journal.c.case_id == cases.c.id, journal.c.event == "case.opened"), isouter=True)
            .join(messages, messages.c.id == journal.c.message_id, isouter=True)
            .where(cases.c.opened_at >= since, cases.c.opened_at < until)
            .where(cases.c.status != "void", cases.c.successor_id.is_(None))
            .where(sa.func.coalesce(messages.c.history, sa.false()) == sa.false())
            .order_by(cases.c.id, journal.c.id.desc())
        )  # fmt: skip
        for key, number, customer, kind, opened, came in connection.execute(query):
            self._known[key] = _Known(number, customer, kind, min(came, opened), opened)
        chosen = sa.select(cases.c.id).where(cases.c.opened_at >= since, cases.c.opened_at < until)
        read = (
            sa.select(findings.c.case_id, findings.c.field, findings.c.value)
            .where(findings.c.case_id.in_(chosen), findings.c.field.in_((DEFECT, *GOODS)))
            .where(findings.c.confidence > SUPERSEDED)
        )
        same: dict[str, str] = {}
        for key, name, value in connection.execute(read):
            known, words = self._known.get(key), plain(value)
            if known is None or not words:
                continue
            words = same.setdefault(words, words)  # kept once, however many cases have it
            known.values[name] = (*known.values.get(name, ()), words)
        said = (
            sa.select(corrections.c.case_id, corrections.c.at, corrections.c.field, corrections.c.value)
            .where(corrections.c.case_id.in_(chosen), corrections.c.field.in_((_KIND, DEFECT, *GOODS)))
            .order_by(corrections.c.id)
        )
        for key, at, name, value in connection.execute(said):
            self._said[key].append((at, name, value))


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


def _corrected(one: _Known, said: Mapping[str, str]) -> _Known:
    values = {
        name: tuple(words for part in value.split(SEPARATOR) if (words := plain(part)))
        for name, value in said.items()
        if name != _KIND
    }
    return replace(one, kind=said.get(_KIND, one.kind), values={**one.values, **values})


def _keys(one: _Known) -> Iterator[_Key]:
    """What an earlier complaint must share with it: the defect, and the customer or goods."""
    for defect in set(one.values.get(DEFECT, ())):
        yield defect, "customer", one.customer
        for words in {words for name in GOODS for words in one.values.get(name, ())}:
            yield defect, "goods", words
