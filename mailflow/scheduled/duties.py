"""duties: work of the calendar, done once for each occasion, also after a restart.

``schedule`` only ticks; what was done stands in the ledger.  A missed occasion is caught up once (the latest one),
however long the machine was off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from mailflow.domain.ports import Ledger


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of every day at a local time."""

    name: str
    at: time
    run: Callable[[datetime], None]


def duties(todo: Sequence[Duty], ledger: Ledger, zone: tzinfo, now: datetime) -> list[str]:
    """Run what is due and not done; returns the names of those that ran.

    The occasion is claimed before the duty runs: a duty that kills the process is not repeated forever.
    """
    done = []
    for duty in todo:
        due = last_due(duty.at, zone, now)
        with ledger.begin() as work:
            claimed = work.duty_done(duty.name, due, now)
        if claimed:
            duty.run(now)
            done.append(duty.name)
    return done


def last_due(at: time, zone: tzinfo, now: datetime) -> datetime:
    """The latest instant not after ``now`` at which the local clock showed ``at``, in UTC."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    return (today if today <= local else datetime.combine(local.date() - timedelta(days=1), at, zone)).astimezone(UTC)
