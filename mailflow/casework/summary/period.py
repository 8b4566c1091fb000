"""The managers' summary: the time it covers, and what the ledger is asked for it, all from one state of the ledger.

Two kinds of figures stand in it.  What *happened* (mail that came in, cases opened, mail that failed) is of a period;
what *is* (open tasks, held mail, counts of mailboxes) is of the moment it was asked.  Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal, Protocol

Happening = Literal["opened", "reopened", "closed", "closed_unsatisfied"]
Trouble = Literal["waiting", "failed", "bounced", "nobody", "parked"]

SENT = "summary.sent"
"""The duty whose occasions, in the ledger, are the ends of the periods told."""

WAITED = timedelta(hours=1)
"""Mail that is still unsent after this time is told."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since``, included, to ``until``, not included: one period begins where the one before ended."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        """Does this moment belong to the period?"""
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many mails of the period are of one sort; the grade is their case's, empty when nothing says it."""

    status: str
    kind: str
    reason: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A case was opened, reopened or closed in the period.

    ``kind`` and ``severity`` are what a person says now, else what was read; ``owner`` is a name or an address.
    ``classes`` are the boxes of its registration form, all that its troubles tick.
    """

    what: Happening
    at: datetime
    case: str
    kind: str
    severity: str
    customer: str
    company: str
    subject: str
    validity: str = ""
    instructions: str = ""
    owner: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is open now.

    ``by`` says what ends it (``signature``, ``reply``, ``event``, ``clock``); it is empty, as the titles are, when the
    procedure cannot be read.  ``person`` is an address, empty when nobody holds the role.
    """

    id: int
    case: str
    customer: str
    company: str
    severity: str
    name: str
    title: str
    title_en: str
    by: str
    role: str
    person: str
    opened_at: datetime
    due_at: datetime | None
    record: str


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail a person must look at, or a pile of ``on_pile`` mails (its first; ``id`` is the pile's then).

    ``person`` (an address) must decide until ``due_at``, where that is set.
    """

    id: int
    mailbox: str
    folder: str
    reason: str
    sender: str
    subject: str
    collected_at: datetime
    person: str = ""
    due_at: datetime | None = None
    on_pile: int = 0


@dataclass(frozen=True, slots=True)
class FolderState:
    """The last reconciliation of a folder; ``checked_at`` None: there was none."""

    mailbox: str
    folder: str
    checked_at: datetime | None
    present: int
    handled: int
    aside: int
    held: int
    waiting: int
    unknown: int
    old: int = 0  # from before the start, not taken in

    @property
    def adds_up(self) -> bool:
        """Is every mail that lies there accounted for, those still to be worked on included?"""
        return self.present == self.handled + self.aside + self.held + self.old + self.waiting + self.unknown


@dataclass(frozen=True, slots=True)
class Unsent:
    """A mail of ours that has waited long, failed for good, or came back, or a letter with nobody to go to.

    ``at``: since when it waits, or when it failed.  ``code`` is the server's (0: none), ``words`` its last answer.  Of
    a letter with ``nobody`` to go to ``recipient`` is the customer's name, and a person must tell him another way.
    """

    why: Trouble
    recipient: str
    case: str
    at: datetime
    attempts: int
    code: int
    words: str


@dataclass(frozen=True, slots=True)
class DuePromise:
    """A promise to a customer that is not kept and due."""

    case: str
    customer: str
    company: str
    words: str
    due_at: datetime
    approved_by: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A case that was proposed as a repeat in the period; ``earlier`` are case numbers."""

    case: str
    company: str
    earlier: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the ledger says for one summary.  ``imported`` counts old mails taken in, which nobody answers,
    ``late`` those that reached us a day or more before they could be read.

    ``anchor`` is the journal's head (:mod:`mailflow.domain.anchor`); empty before its first entry.
    """

    period: Period
    now: datetime
    arrived: tuple[Arrived, ...] = ()
    imported: int = 0
    late: int = 0
    events: tuple[CaseEvent, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    held: tuple[HeldMail, ...] = ()
    folders: tuple[FolderState, ...] = ()
    unsent: tuple[Unsent, ...] = ()
    promises: tuple[DuePromise, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    anchor: str = ""


class Source(Protocol):
    """What summaries ask of the ledger."""

    def told(self, before: datetime) -> datetime | None:
        """Up to when the last summary that ended before this moment told; None when there was none."""
        ...

    def read(self, period: Period, now: datetime, *, promises_until: datetime) -> Facts:
        """What happened in the period and what is now, from one state of the ledger.

        Promises are those due before ``promises_until``.
        """
        ...


def period_of(
    day: date,
    at: time,
    zone: tzinfo,
    now: datetime,
    *,
    working_day: Callable[[date], bool],
    told: Callable[[datetime], datetime | None],
) -> Period:
    """What the summary of a day covers: up to that day's ``at`` (or now, when that is yet to come), from where the
    last one ended; without one before it, from ``at`` of the working day before.
    """
    until = min(datetime.combine(day, at, zone), now)
    since = told(until)
    if since is None:
        earlier = next(
            (day - timedelta(n) for n in range(1, 60) if working_day(day - timedelta(n))), day - timedelta(1)
        )
        since = datetime.combine(earlier, at, zone)
    return Period(since, until)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The first moment after a local day."""
    return datetime.combine(day + timedelta(days=1), time(), zone)
