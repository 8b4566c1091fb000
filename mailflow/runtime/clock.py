"""The clock: the one place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)
