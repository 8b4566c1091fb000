"""The ledger's rows of what the mailboxes still show after a restore: mails moved away, copies of what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.outbox_rows import archives_behind
from mailflow.adapters.sql.restore_rows import RESTORED, RestoreRows
from mailflow.adapters.sql.restore_tables import sent_copies
from mailflow.adapters.sql.rows import fit
from mailflow.adapters.sql.tables import deliveries, messages, outbox
from mailflow.domain.model import OutgoingMail, Place
from mailflow.domain.restore_ports import Arrivals, Parked, SentCopy

_MARGIN = timedelta(days=1)  # of the server's clock, and of what lay in the mailbox when the backup was made
_COMPARED = "restored.compared"  # how many copies were compared with all mails up to which row


class CopyRows(RestoreRows):
    """Rows of ``sent_copies``, and those of ``messages`` and ``outbox`` they are compared with."""

    def arrivals(self, mailbox: str) -> Arrivals:
        """When the mails of a mailbox came that are in the ledger, and from when on they were taken in."""
        its = sa.select(messages.c.arrived_at).where(messages.c.mailbox == mailbox, messages.c.arrived_at.is_not(None))
        times = Counter(self.connection.scalars(its))
        since = self.safe_since()
        assert since is not None  # nobody asks but a safe start
        begin = self.earliest_start(mailbox) or min(times, default=since - _MARGIN)
        recent = since - _MARGIN
        return Arrivals(begin, Counter({at: count for at, count in times.items() if at < recent}))

    def known_digests(self, mailbox: str, digests: Collection[str]) -> set[str]:
        """Which of these bytes came through a mailbox before, wherever they lay."""
        query = sa.select(messages.c.digest).where(messages.c.mailbox == mailbox, messages.c.digest.in_(digests))
        return set(self.connection.scalars(query))

    def note_copies(self, copies: Sequence[SentCopy]) -> None:
        """Keep what a folder of sent mail shows; safe to repeat.  What the ledger knows as sent needs no copy."""
        ids = [fit(copy.mail_id, 255) for copy in copies]
        sent = sa.select(outbox.c.mail_id).where(outbox.c.mail_id.in_(ids), outbox.c.status == "sent")
        known = set(self.connection.scalars(sent))
        for copy, mail_id in zip(copies, ids, strict=True):
            key = asdict(copy.place)
            if mail_id in known or self.connection.execute(sa.select(sent_copies.c.uid).filter_by(**key)).first():
                continue
            values = {
                "mail_id": mail_id, "answers": fit(copy.answers, 255), "recipient": fit(copy.recipient, 320),
                "words": copy.words, "digest": copy.digest, "sent_at": copy.sent_at,
            }  # fmt: skip
            self.connection.execute(sent_copies.insert(), key | values)

    def compare_from(self) -> int | None:
        """Behind which row of the outbox nothing was compared with all copies yet; None when there are no copies."""
        copies = self._copies()
        before, _, row = self.noted(_COMPARED).partition(":")
        return None if not copies else int(row) if before == str(copies) else 0

    def free_copies(self) -> list[SentCopy]:
        """The copies that stand for no mail yet, in the order they lie in their folders."""
        free = sa.select(sent_copies).where(sent_copies.c.outbox_id.is_(None)).order_by(sent_copies.c.uid)
        return [_copy(row) for row in self.connection.execute(free)]

    def parked_after(self, row: int, limit: int) -> list[Parked]:
        """Mails behind this row that wait since the same may have left before the restore."""
        waits = outbox.c.status == "parked", outbox.c.last_error == RESTORED, outbox.c.id > row
        query = sa.select(outbox).where(*waits).order_by(outbox.c.id).limit(limit)
        return [_parked(found) for found in self.connection.execute(query)]

    def compared(self) -> None:
        """Note that all that waits was compared with all copies."""
        last = self.connection.scalar(sa.select(sa.func.max(outbox.c.id))) or 0
        self.note_down(_COMPARED, f"{self._copies()}:{last}")

    def found_sent(self, mail: Parked, copy: SentCopy, raw: bytes, now: datetime) -> bool:
        """Note that a mail that waits has left already, as this copy shows; False when it waits no more.

        From then on the row is what really left: those bytes, under that Message-ID.
        """
        mail_id = fit(copy.mail_id, 255)
        taken = sa.select(outbox.c.id).where(outbox.c.mail_id == mail_id, outbox.c.id != mail.id)
        what = {} if self.connection.execute(taken).first() else {"mail_id": mail_id, "raw": raw}
        values: dict[str, Any] = {"status": "sent", "sent_at": copy.sent_at or now, "last_error": "", "copy": "kept"}
        waits = outbox.update().where(outbox.c.id == mail.id, outbox.c.status == "parked")
        if not self.connection.execute(waits.values(**values, **what)).rowcount:
            return False
        self.connection.execute(archives_behind(outbox.c.id == mail.id))
        self.connection.execute(deliveries.insert(), {"outbox_id": mail.id, "at": now, "result": "found"})
        self.connection.execute(sent_copies.update().filter_by(**asdict(copy.place)).values(outbox_id=mail.id))
        return True

    def _copies(self) -> int:
        return self.connection.scalar(sa.select(sa.func.count()).select_from(sent_copies)) or 0


def _copy(row: Any) -> SentCopy:
    place = Place(row.mailbox, row.folder, row.uidvalidity, row.uid)
    return SentCopy(place, row.mail_id, row.answers, row.recipient, row.words, row.digest, row.sent_at)


def _parked(row: Any) -> Parked:
    mail = OutgoingMail(row.sender, (row.recipient,), row.mail_id, bytes(row.raw))
    return Parked(row.id, row.case_id, row.message_id, row.occasion, mail)
