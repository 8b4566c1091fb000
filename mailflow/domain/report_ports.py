"""What reports ask of the ledger when they are sent; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

REPORTS = "reports"
"""The duty of the clock that sends what closed."""


@dataclass(frozen=True, slots=True)
class SentReport:
    """The figures of a period as they were sent.

    ``period`` is its name (``2026-10``), ``reader`` what its readers see (``all``, or ``department:NAME``), ``as_of``
    up to when things were counted.  ``figures`` is JSON, ``digest`` its SHA-256 (hex).  Times are aware UTC.
    """

    period: str
    reader: str
    as_of: datetime
    figures: str
    digest: str
    sent_at: datetime


class ReportWork(Protocol):
    """Operations on reports that were sent."""

    def freeze_report(self, report: SentReport) -> bool:
        """Keep the figures as they are sent; False when this period was sent to such readers before: those stand."""
        ...

    def reported_at(self, period: str, reader: str) -> datetime | None:
        """Up to when things were counted in what such readers were told of a period first; None: nothing yet."""
        ...

    def reports_since(self) -> datetime | None:
        """Since when reports are sent by themselves (the first look of the duty ``reports``); None: never yet."""
        ...
