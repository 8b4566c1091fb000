"""What duties of the calendar ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from mailflow.domain.model import Customer

RESULT = "duty_result"
"""The field in which the owner of a duty says what came of it."""


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One occasion of a duty as lists show it.

    ``period`` is what it is about (``2026-10``), ``day`` when it is due; ``person`` whose own it is, empty when one
    does it for all.  ``status`` is its case's.  ``holder`` has its open task, ``done_by`` did the last one (addresses).
    ``said`` is the outcome people wrote last, empty before.
    """

    duty: str
    period: str
    person: str
    day: date
    case_number: str
    status: str
    begun_at: datetime
    closed_at: datetime | None
    holder: str
    done_by: str
    said: str = ""


class DutyWork(Protocol):
    """Operations on duties of the calendar."""

    def duties_since(self, names: Collection[str], now: datetime) -> dict[str, datetime]:
        """Since when each of these duties was last looked at; one that is new, or was switched off, begins ``now``."""
        ...

    def duties_looked_at(self, now: datetime) -> None:
        """All that began until now is opened."""
        ...

    def begin_duty(self, duty: str, period: str, person: str, day: date, case: int, now: datetime) -> None:
        """Note that the work of this period was opened as a case."""
        ...

    def has_begun(self, duty: str, period: str, person: str) -> bool:
        """Was the work of this period opened, for this person, before?"""
        ...

    def own_company(self, number: str, company: str, now: datetime) -> Customer:
        """The customer under which our own matters lie; entered when it is not there.  No mail is ever joined to it."""
        ...

    def duty_lines(self, since: date) -> list[DutyLine]:
        """The occasions due from this day on, by day."""
        ...
