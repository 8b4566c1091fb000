"""deliver: send what waits in the outbox over one kept connection, once each, and note every attempt.

The row is there before the mail leaves and its Message-ID was chosen before the first try.  The one gap SMTP leaves
(the server took the mail, and we died before noting it) sends the same bytes with the same Message-ID again.  A ledger
that takes no notes for now (disk full, locked) is no such gap: nothing more is sent until what happened is noted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.domain.errors import LoginRefused, PermanentError, TemporaryError
from mailflow.domain.model import Refusal
from mailflow.domain.outbox_ports import QueuedMail
from mailflow.domain.ports import Ledger, Sender, Work
from mailflow.runtime.logs import event

Note = Callable[[Work], None]  # what happened to a mail, still to be written into the ledger

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP_GROUP_AFTER = 3  # temporary failures in a row: the server is in trouble, not the mails


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did; ``error`` is the last failure in words for the operator."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    error: str = ""


def deliver(
    ledger: Ledger,
    sender: Sender,
    clock: Callable[[], datetime],
    *,
    limit: int = 50,
    attempts: int = 12,
    unwritten: list[Note] | None = None,
) -> Delivered:
    """Send up to ``limit`` mails that are due; safe to repeat and to be killed at any point.

    A temporary refusal waits 1, 2, 4 ... minutes (at most 4 hours), ``attempts`` times; a permanent one fails at once.
    A refused login touches no mail: all of them wait for the operator.  Raises LoginRefused then, and TemporaryError
    when the ledger takes no notes.  Keep ``unwritten`` from call to call: it holds what could not be noted, and is
    written before anything else is sent, lest a mail leave again and again while the disk is full.
    """
    notes: list[Note] = [] if unwritten is None else unwritten
    _write(ledger, notes)
    with ledger.begin(durable=False) as work:
        due = work.due_mail(limit, clock())
    sent = later = failed = in_a_row = 0
    last_error = ""
    for item in due:
        try:
            refusals = sender.send(item.mail)
        except LoginRefused:
            raise
        except TemporaryError as error:
            in_a_row, last_error = in_a_row + 1, error.message
            final = _put_off(notes, item, last_error, _code(error), clock(), attempts)
            failed, later = failed + final, later + (not final)
        except PermanentError as error:
            failed, in_a_row, last_error = failed + 1, 0, error.message
            notes.append(_failed(item, last_error, _code(error), clock()))
        except Exception as error:
            # One mail that breaks the sender must not stop those behind it.
            event("deliver.broke", logging.ERROR, trace=True, outbox=item.id)
            last_error = f"internal error: {type(error).__name__}"
            final = _put_off(notes, item, last_error, 0, clock(), attempts)
            failed, later = failed + final, later + (not final)
        else:
            sent, in_a_row = sent + 1, 0
            notes.append(_sent(item, list(refusals), clock()))
        _write(ledger, notes)
        if in_a_row >= GIVE_UP_GROUP_AFTER:
            break
    return Delivered(sent, later, failed, last_error)


def wait_before(attempt: int) -> timedelta:
    """How long to wait before the next attempt, ``attempt`` attempts having failed."""
    doublings = min(max(attempt - 1, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _write(ledger: Ledger, notes: list[Note]) -> None:
    """Write the notes in one transaction; they stay when the ledger takes none."""
    if notes:
        # Whoever kills us now changes nothing; a power cut may send the last mails again, with their Message-IDs.
        with ledger.begin(durable=False) as work:
            for note in notes:
                note(work)
        notes.clear()


def _sent(item: QueuedMail, refusals: list[Refusal], now: datetime) -> Note:
    def note(work: Work) -> None:
        work.sent([item.id], now)
        work.journal("reply.sent", now, message=item.message, case=item.case_id, outbox=item.id, refused=len(refusals))
        if item.case_id is not None:
            work.touch_case(item.case_id)

    return note


def _put_off(notes: list[Note], item: QueuedMail, error: str, code: int, now: datetime, attempts: int) -> bool:
    """Note a passing failure; True when it was the last attempt."""
    if item.attempts + 1 >= attempts:
        notes.append(_failed(item, error, code, now))
        return True
    again = now + wait_before(item.attempts + 1)
    notes.append(lambda work: work.not_sent(item.id, error, code, now, again))
    return False


def _failed(item: QueuedMail, error: str, code: int, now: datetime) -> Note:
    def note(work: Work) -> None:
        work.not_sent(item.id, error, code, now, None)
        work.journal("reply.failed", now, message=item.message, case=item.case_id, outbox=item.id, code=code)

    return note


def _code(error: TemporaryError | PermanentError) -> int:
    """The SMTP reply code an adapter attached to its error, 0 when there was none."""
    return int(getattr(error, "code", 0) or 0)
