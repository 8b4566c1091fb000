"""deliver: send what waits in the outbox over one kept connection, once each, and note every attempt.

The row is there before the mail leaves and its Message-ID was chosen before the first try.  The one gap SMTP leaves
(the server took the mail, and we died before noting it) sends the same bytes with the same Message-ID again.  A ledger
that takes no notes for now (disk full, locked) is no such gap: nothing more is sent until what happened is noted.

An attempt counts when the server answered about that very mail.  A server out of reach uses none up: all mails wait
for it.  A line that breaks over a mail counts only when other mails pass and this one breaks it again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailflow.casework import undelivered
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.domain.errors import LoginRefused, PermanentError, SenderRefused, TemporaryError, Unreachable
from mailflow.domain.model import Refusal
from mailflow.domain.outbox_ports import QueuedMail, Tries
from mailflow.domain.ports import Ledger, Sender, Work
from mailflow.runtime.logs import event

Note = Callable[[Work], None]  # what happened to a mail, still to be written into the ledger

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=5)  # RFC 5321 section 4.5.4.1: at least four to five days
GIVE_UP_GROUP_AFTER = 3  # temporary failures in a row: the server is in trouble, not the mails
OUR_ERROR = 451  # "local error in processing" (RFC 5321 section 4.2.3)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did; ``error`` is the last failure in words for the operator.

    ``away``: the server is out of reach, or breaks off over every mail; nothing should be tried for a while.
    """

    sent: int = 0
    later: int = 0
    failed: int = 0
    error: str = ""
    away: bool = False


@dataclass
class Sending:
    """What whoever sends keeps from round to round: whose mails, notes that could not be written, and who it is."""

    desk: Desk | None = None  # writes to whoever handles a case whose mail failed
    unwritten: list[Note] = field(default_factory=list)
    name: str = field(default_factory=lambda: secrets.token_hex(8))


def deliver(
    ledger: Ledger, sender: Sender, clock: Callable[[], datetime], sending: Sending, *, limit: int = 50
) -> Delivered:
    """Send up to ``limit`` mails that are due; safe to repeat, to run twice at a time, and to be killed at any point.

    A temporary refusal waits 1, 2, 4 ... minutes (at most 4 hours), for five days; a permanent one fails at once.
    A refused login and a server out of reach touch no mail.  Raises LoginRefused then, and TemporaryError when the
    ledger takes no notes: they stay in ``sending`` and are written before anything else is sent, lest a mail leave
    again and again while the disk is full.
    """
    round_ = _Round(ledger, clock, sending)
    round_.write()
    with ledger.begin(durable=False) as work:
        due = work.due_mail(limit, clock())
    for item in due:
        if not round_.take(item):
            continue
        try:
            refusals = sender.send(item.mail)
        except LoginRefused:
            round_.give_back(item)
            raise
        except Unreachable as error:
            round_.give_back(item)
            return round_.result(error.message)
        except TemporaryError as error:
            round_.not_now(item, error)
        except PermanentError as error:
            round_.never(item, error)
        except Exception as error:
            # One mail that breaks the sender must not stop those behind it.
            event("deliver.broke", logging.ERROR, trace=True, outbox=item.id)
            round_.refused(item, f"internal error: {type(error).__name__}", OUR_ERROR)
        else:
            round_.sent(item, refusals)
        if round_.in_a_row >= GIVE_UP_GROUP_AFTER:
            break
    round_.write()
    return round_.result()


def wait_before(attempt: int) -> timedelta:
    """How long to wait before the next attempt, ``attempt`` attempts having failed."""
    doublings = min(max(attempt - 1, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


class _Round:
    """One round of sending: what happened, noted before anything else is sent."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime], sending: Sending) -> None:
        self.ledger, self.clock, self.name, self.desk = ledger, clock, sending.name, sending.desk
        self.notes = sending.unwritten
        self.counts = {"sent": 0, "later": 0, "failed": 0}
        self.in_a_row = self.broken_in_a_row = 0
        self.error = ""

    def write(self) -> None:
        """Write the notes in one transaction; they stay when the ledger takes none."""
        if self.notes:
            # Whoever kills us now changes nothing; a power cut may send the last mails again, with their Message-IDs.
            with self.ledger.begin(durable=False) as work:
                for note in self.notes:
                    note(work)
            self.notes.clear()

    def take(self, item: QueuedMail) -> bool:
        """Claim a mail, with the notes of those before it; False when it is somebody else's or was withdrawn."""
        with self.ledger.begin(durable=False) as work:
            for note in self.notes:
                note(work)
            claimed = work.claim(item.id, self.name, self.clock())
        self.notes.clear()
        return claimed

    def give_back(self, item: QueuedMail) -> None:
        """The mail was not tried."""
        self.notes.append(lambda work: work.unclaim(item.id))
        self.write()

    def sent(self, item: QueuedMail, refusals: Sequence[Refusal]) -> None:
        """The server took it."""
        now, refused = self.clock(), len(refusals)

        def note(work: Work) -> None:
            work.sent([item.id], now)
            work.journal("reply.sent", now, message=item.message, case=item.case_id, outbox=item.id, refused=refused)
            if item.case_id is not None:
                work.touch_case(item.case_id)

        self.notes.append(note)
        self.counts["sent"] += 1
        self.in_a_row = self.broken_in_a_row = 0

    def not_now(self, item: QueuedMail, error: TemporaryError) -> None:
        """The server said "not now" about it, or the line broke over it."""
        code = _code(error)
        if code in (0, 421):
            self._broken(item, error.message, code, fatal=False)
        else:
            self.refused(item, error.message, code)

    def never(self, item: QueuedMail, error: PermanentError) -> None:
        """The server refused it for good, or our sender: then the other mails tell whom it meant."""
        if isinstance(error, SenderRefused):
            self._broken(item, error.message, _code(error), fatal=True)
        else:
            self._failed(item, error.message, _code(error))

    def refused(self, item: QueuedMail, words: str, code: int, *, result: str = "temporary") -> None:
        """An attempt that counts: it is tried again, five days long."""
        now, tries = self.clock(), self._tries(item)
        if tries.refused_since is not None and now - tries.refused_since >= GIVE_UP:
            self._failed(item, words, code)
            return
        again = now + wait_before(item.attempts + 1)
        self.notes.append(lambda work: work.not_sent(item.id, words, code, now, again, result=result))
        self.error = words
        self.counts["later"] += 1
        self.in_a_row += 1
        self.broken_in_a_row = 0

    def result(self, away: str = "") -> Delivered:
        """What the round did; ``away`` says why the server is out of reach."""
        gone = bool(away) or self.broken_in_a_row >= GIVE_UP_GROUP_AFTER
        return Delivered(**self.counts, error=away or self.error, away=gone)

    def _broken(self, item: QueuedMail, words: str, code: int, *, fatal: bool) -> None:
        now, tries = self.clock(), self._tries(item)
        if tries.others_passed and fatal:
            self._failed(item, words, code)
            return
        if tries.others_passed:
            self.refused(item, words, code, result="dropped")
            return
        again = now + wait_before(tries.broken + 1)
        self.notes.append(lambda work: work.not_sent(item.id, words, code, now, again, result="broken"))
        self.error = words
        self.counts["later"] += 1
        self.in_a_row += 1
        self.broken_in_a_row += 1

    def _failed(self, item: QueuedMail, words: str, code: int) -> None:
        now = self.clock()

        def note(work: Work) -> None:
            work.not_sent(item.id, words, code, now, None)
            work.journal("reply.failed", now, message=item.message, case=item.case_id, outbox=item.id, code=code)
            if self.desk is not None:
                undelivered.tell(Turn(self.desk, work, now), item.id, words)

        self.notes.append(note)
        self.error = words
        self.counts["failed"] += 1
        self.in_a_row = self.broken_in_a_row = 0

    def _tries(self, item: QueuedMail) -> Tries:
        with self.ledger.begin(durable=False) as work:
            return work.tries(item.id)


def _code(error: TemporaryError | PermanentError) -> int:
    """The SMTP reply code an adapter attached to its error, 0 when there was none."""
    return int(getattr(error, "code", 0) or 0)
