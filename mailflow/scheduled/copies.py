"""copies: what was sent is kept in the mailbox's folder of sent mail, where people look for it."""

from __future__ import annotations

import logging

from mailflow.domain.folder_ports import SentFolder
from mailflow.domain.ports import Ledger
from mailflow.runtime.logs import event

LIMIT = 50


def keep_copies(mailbox: SentFolder, ledger: Ledger) -> int:
    """Put a copy of each mail that was sent into the folder; returns how many it put or found there.

    Safe to repeat and to be killed: a copy is looked for before it is put.  Raises what the mailbox raises.
    """
    done = after = 0
    while True:
        with ledger.begin(durable=False) as work:
            due = work.copies_due(LIMIT, after)
        for copy in due:
            kept = mailbox.keep_copy(copy.mail_id, copy.raw, copy.sent_at)
            with ledger.begin(durable=False) as work:
                work.copied(copy.id, kept=kept)
            if not kept:
                event("copy.refused", logging.WARNING, mailbox=mailbox.name, outbox=copy.id)
            done += kept
            after = copy.id
        if len(due) < LIMIT:
            return done
