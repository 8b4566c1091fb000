"""parking: mails queued while there was no way out do not leave unseen when there is one.

The ledger notes whether the last run had a mail server.  A server that was only away is none of this: its mails wait
and go.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from mailflow.domain.ports import Ledger
from mailflow.runtime.logs import event

STALE = timedelta(days=1)
MARK = "smtp.configured"  # the ledger's mark: 1 when the last run had a mail server, 0 when it had none


def begin_sending(ledger: Ledger, now: datetime, *, has_server: bool) -> int:
    """What whoever holds the storage does before anything is sent; returns how many mails it parked.

    Claims of a worker that died are given up.  With a mail server that the run before did not have, mails older than a
    day wait for a person (``mailflow outbox release``).
    """
    with ledger.begin() as work:
        work.forget_claims()
        before, is_now = work.noted(MARK), "1" if has_server else "0"
        if before != is_now:
            work.note_down(MARK, is_now)
        if not has_server or before == "1" or (not before and work.ever_tried()):
            return 0
        parked = work.park(now - STALE)
        if parked:
            work.journal("outbox.parked", now, count=parked)
    if parked:
        event("outbox.parked", logging.WARNING, count=parked, remedy="mailflow outbox list, release")
    return parked
