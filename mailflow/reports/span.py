"""The time a report covers: a closed period of the calendar (:mod:`mailflow.duties.recurrence` names them)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from mailflow.duties.recurrence import bounds, kind_of, name_of

MOST_CLOSED = 60  # a machine that was off for longer has other worries


@dataclass(frozen=True, slots=True)
class Span:
    """A period by its name (``2026-10``): from ``since``, included, to ``until``, not included, aware.

    ``as_of`` is up to when what became of its complaints is counted; it is not before ``until`` unless the period is
    not over yet.
    """

    name: str
    since: datetime
    until: datetime
    as_of: datetime

    @property
    def kind(self) -> str:
        """``day``, ``week``, ``month``, ``quarter`` or ``year``."""
        return kind_of(self.name)

    @property
    def is_over(self) -> bool:
        """Was the period over at ``as_of``?"""
        return self.as_of >= self.until

    def holds(self, moment: datetime | None) -> bool:
        """Does this moment belong to the period?"""
        return moment is not None and self.since <= moment < self.until


def span(name: str, zone: tzinfo, as_of: datetime) -> Span:
    """The period of this name in local time.  Raises ValueError for what is no name of one."""
    first, following = bounds(name)
    return Span(name, _midnight(first, zone), _midnight(following, zone), as_of)


def before(of: Span, zone: tzinfo) -> Span:
    """The period before, seen from the same distance behind its end: both had as much time to be worked on."""
    return _at_same_distance(of, name_of(_first(of) - timedelta(days=1), of.kind), zone)  # type: ignore[arg-type]


def year_before(of: Span, zone: tzinfo) -> Span | None:
    """The same period of the year before, seen from the same distance; None when that year has none (29 February)."""
    year, rest = int(of.name[:4]) - 1, of.name[4:]
    try:
        bounds(f"{year}{rest}")
    except ValueError:
        return None
    return None if of.kind == "year" else _at_same_distance(of, f"{year}{rest}", zone)


def last_closed(kind: str, now: datetime, zone: tzinfo) -> str:
    """The name of the last period of this kind that is over."""
    today = now.astimezone(zone).date()
    first, _ = bounds(name_of(today, kind))  # type: ignore[arg-type]
    return name_of(first - timedelta(days=1), kind)  # type: ignore[arg-type]


def closed_since(kind: str, since: datetime, now: datetime, zone: tzinfo) -> list[str]:
    """The periods of this kind that ended after ``since`` and not after ``now`` (aware), oldest first."""
    found: list[str] = []
    name = last_closed(kind, now, zone)
    while _midnight(bounds(name)[1], zone) > since and len(found) < MOST_CLOSED:
        found.insert(0, name)
        name = name_of(bounds(name)[0] - timedelta(days=1), kind)  # type: ignore[arg-type]
    return found


def years(of: Span) -> tuple[int, ...]:
    """The years the period touches."""
    return tuple(range(of.since.year, (of.until - timedelta(microseconds=1)).year + 1))


def unknown_years(of: Span, knows: Callable[[int], bool]) -> tuple[int, ...]:
    """Those of them whose holidays nobody wrote: working time counts their holidays as work."""
    return tuple(year for year in years(of) if not knows(year))


# ------------------------------------------------------------------------------------------------------------ parts


def _at_same_distance(of: Span, name: str, zone: tzinfo) -> Span:
    found = span(name, zone, of.as_of)
    return Span(name, found.since, found.until, found.until + (of.as_of - of.until))


def _first(of: Span) -> date:
    return bounds(of.name)[0]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
