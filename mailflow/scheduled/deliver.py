"""deliver: send what waits in the outbox over one kept connection, once each, and note every attempt.

The row is there before the mail leaves and its Message-ID was chosen before the first try.  The one gap SMTP leaves
(the server took the mail, and we died before noting it) sends the same bytes with the same Message-ID again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.errors import LoginRefused, PermanentError, TemporaryError
from mailflow.model import Refusal
from mailflow.ports import Ledger, QueuedMail, Sender

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
    ledger: Ledger, sender: Sender, clock: Callable[[], datetime], *, limit: int = 50, attempts: int = 12
) -> Delivered:
    """Send up to ``limit`` mails that are due; safe to repeat and to be killed at any point.

    A temporary refusal waits 1, 2, 4 ... minutes (at most 4 hours), ``attempts`` times; a permanent one fails at once.
    A refused login touches no mail: all of them wait for the operator.  Raises LoginRefused then.
    """
    with ledger.begin() as work:
        due = work.due_mail(limit, clock())
    sent = later = failed = in_a_row = 0
    last_error = ""
    for item in due:
        try:
            refusals = sender.send(item.mail)
        except LoginRefused:
            raise
        except TemporaryError as error:
            in_a_row += 1
            last_error = error.message
            gone_for_good = _put_off(ledger, item, last_error, _code(error), clock(), attempts)
            failed, later = failed + gone_for_good, later + (not gone_for_good)
            if in_a_row >= GIVE_UP_GROUP_AFTER:
                break
        except PermanentError as error:
            failed, in_a_row, last_error = failed + 1, 0, error.message
            _failed(ledger, item, last_error, _code(error), clock())
        else:
            sent, in_a_row = sent + 1, 0
            _sent(ledger, item, list(refusals), clock())
    return Delivered(sent, later, failed, last_error)


def wait_before(attempt: int) -> timedelta:
    """How long to wait before the next attempt, ``attempt`` attempts having failed."""
    doublings = min(max(attempt - 1, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _sent(ledger: Ledger, item: QueuedMail, refusals: list[Refusal], now: datetime) -> None:
    with ledger.begin() as work:
        work.sent([item.id], now)
        work.journal("reply.sent", now, message=item.message, case=item.case_id, outbox=item.id, refused=len(refusals))
        if item.case_id is not None:
            work.touch_case(item.case_id)


def _put_off(ledger: Ledger, item: QueuedMail, error: str, code: int, now: datetime, attempts: int) -> bool:
    """Note a passing failure; True when it was the last attempt."""
    last = item.attempts + 1 >= attempts
    again = None if last else now + wait_before(item.attempts + 1)
    with ledger.begin() as work:
        work.not_sent(item.id, error, code, now, again)
        if last:
            work.journal("reply.failed", now, message=item.message, case=item.case_id, outbox=item.id, code=code)
    return last


def _failed(ledger: Ledger, item: QueuedMail, error: str, code: int, now: datetime) -> None:
    with ledger.begin() as work:
        work.not_sent(item.id, error, code, now, None)
        work.journal("reply.failed", now, message=item.message, case=item.case_id, outbox=item.id, code=code)


def _code(error: TemporaryError | PermanentError) -> int:
    """The SMTP reply code an adapter attached to its error, 0 when there was none."""
    return int(getattr(error, "code", 0) or 0)
