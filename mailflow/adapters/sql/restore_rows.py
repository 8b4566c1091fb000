"""The ledger after a restore: another name, numbers that jump ahead, and mail that waits for a person.

What the backup lacks was done once already: numbers were given, mails were sent.  So no number is given that may have
been given since (a gap is left and said to be void), and what would leave on account of that time waits for a person
(``mailflow outbox release``), for nobody here knows whether it left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from mailflow.adapters.sql.guard import IDENTITY, new_identity
from mailflow.adapters.sql.outbox_rows import archives_behind
from mailflow.adapters.sql.start_rows import StartRows
from mailflow.adapters.sql.tables import cases, counters, folders, messages, outbox
from mailflow.domain.model import Status
from mailflow.domain.restore_ports import Look

RESTORED = "restored"  # why a mail is parked
AT, SAFE, GAP, SINCE = "restored.at", "restored.safe", "restored.gap", "restored.since"
_LOOK = "restored.look"  # with the folder and the mailbox: after which restore that folder was read through
RESERVED = "numbers.reserved"  # the journal's word for numbers that are left out and void
LEAST_GAP = 100
_SERIES = ("case:", "record:")
_MONTH = timedelta(days=30)


class RestoreRows(StartRows):
    """What a restore changes, and what it asks of everything queued and numbered afterwards."""

    def begin_again(self, since: datetime, now: datetime, gap: int | None = None) -> list[tuple[str, int, int]]:
        """Make a ledger that ends at ``since`` fit to go on now; safe to repeat.  Returns (counter, first, last) void.

        ``gap`` is how many numbers of each series are left out; None: three times what the rate before would have
        given, 100 at least.
        """
        if self.noted(AT) == now.isoformat():
            return []
        size = self._gap(since, now) if gap is None else gap
        self.note_down(IDENTITY, new_identity())
        for name, value in ((AT, now.isoformat()), (SINCE, since.isoformat()), (SAFE, "1"), (GAP, str(size))):
            self.note_down(name, value)
        pending = outbox.c.status == "pending"
        self.connection.execute(archives_behind(pending))
        self.connection.execute(outbox.update().where(pending).values(status="parked", last_error=RESTORED))
        reserved = []
        for name, value in self.connection.execute(sa.select(counters.c.name, counters.c.value)).all():
            if size and _may_have_counted(name, since, now):
                self.connection.execute(counters.update().where(counters.c.name == name).values(value=value + size))
                reserved.append((name, value + 1, value + size))
        return reserved

    def gap_before(self, counter: str) -> int:
        """How many numbers of a series nobody counted yet may have been given before the restore."""
        at, since = self.noted(AT), self.noted(SINCE)
        if not (at and since and _may_have_counted(counter, datetime.fromisoformat(since), datetime.fromisoformat(at))):
            return 0
        return int(self.noted(GAP) or 0)

    def may_have_left(self, message: int | None) -> bool:
        """Must a mail that is queued now wait for a person, since the same may have left before the restore?"""
        if self.noted(SAFE):
            return True
        at = self.noted(AT)
        if not at or message is None:
            return False
        arrived = self.connection.scalar(sa.select(messages.c.arrived_at).where(messages.c.id == message))
        return arrived is not None and arrived < datetime.fromisoformat(at)

    def starts_safe(self) -> bool:
        """Does everything that is queued wait for a person still?"""
        return bool(self.noted(SAFE))

    def safe_since(self) -> datetime | None:
        """While a restored ledger starts safe: where the backup ends; None otherwise."""
        return datetime.fromisoformat(self.noted(SINCE)) if self.starts_safe() else None

    def looked_into(self, what: Look, mailbox: str) -> None:
        """Note that this folder of a mailbox was read through after the restore."""
        self.note_down(f"{_LOOK}:{what}:{mailbox}", self.noted(AT))

    def was_looked_into(self, what: Look, mailbox: str) -> bool:
        """Was this folder of a mailbox read through since the newest restore?"""
        return self.noted(f"{_LOOK}:{what}:{mailbox}") == self.noted(AT)

    def begin_mailbox(self, mailbox: str, now: datetime) -> datetime | None:
        """As :meth:`StartRows.begin_mailbox`; what began after the backup begins where the backup ends."""
        return super().begin_mailbox(mailbox, self.safe_since() or now)

    def end_safe_start(self, mailboxes: Iterable[str], looks: Iterable[tuple[Look, str]] = ()) -> bool:
        """Go on as usual once everything was read through since the restore and all worked on; True if so now.

        ``looks`` are the folders (what, mailbox) that must be read through besides.
        """
        at = self.noted(AT)
        if not self.noted(SAFE) or not at:
            return False
        moment = datetime.fromisoformat(at)
        read = sa.select(folders.c.mailbox).where(folders.c.checked_at >= moment, folders.c.read_to.is_(None))
        if not set(mailboxes) <= set(self.connection.scalars(read)):
            return False
        if not all(self.was_looked_into(*look) for look in looks):
            return False
        waiting = sa.select(messages.c.id).where(messages.c.status == Status.WAITING.value).limit(1)
        if self.connection.execute(waiting).first():
            return False
        self.note_down(SAFE, "")
        return True

    def _gap(self, since: datetime, now: datetime) -> int:
        opened = sa.select(sa.func.count()).select_from(cases).where(cases.c.opened_at >= since - _MONTH)
        days = max((now - since) / timedelta(days=1), 0.0) + 1
        lost = (self.connection.scalar(opened) or 0) / _MONTH.days * days
        return max(LEAST_GAP, math.ceil(3 * lost / LEAST_GAP) * LEAST_GAP)


def _may_have_counted(counter: str, since: datetime, now: datetime) -> bool:
    """May this series have gone on between the two moments?  Its period is the last part of its name."""
    if counter == "customer":
        return True
    if not counter.startswith(_SERIES):
        return False
    period = counter.rpartition(":")[2]
    day = timedelta(days=1)  # whatever the time zone
    first, last = ((moment.astimezone(UTC) + shift).strftime("%Y-%m") for moment, shift in ((since, -day), (now, day)))
    return first[: len(period)] <= period <= last[: len(period)]
