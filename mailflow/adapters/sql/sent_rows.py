"""The ledger's rows of the folder of sent mail: how far it was read, which copies are still to be put there."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import folders, outbox, tasks
from mailflow.domain.outbox_ports import Copy, ReadTo
from mailflow.domain.ports import Listing
from mailflow.domain.tasks import TaskStatus

JUST_SENT = timedelta(hours=1)


class SentRows(Rows):
    """Rows of ``folders``, ``outbox`` and ``tasks`` as far as they are about the folder of sent mail."""

    def sent_read_to(self, listing: Listing) -> ReadTo | None:
        """How far the folder was read; None when it was never looked at."""
        key = {"mailbox": listing.mailbox, "folder": listing.folder}
        query = sa.select(folders.c.uidvalidity, folders.c.read_to, folders.c.checked_at).filter_by(**key)
        row = self.connection.execute(query).first()
        return None if row is None or row.read_to is None else ReadTo(row.uidvalidity, row.read_to, row.checked_at)

    def set_sent_read_to(self, listing: Listing, uid: int, now: datetime) -> None:
        """Note that nothing up to this UID is looked at again.

        At the first look copies begin: of what was sent long before none is made.
        """
        key = {"mailbox": listing.mailbox, "folder": listing.folder}
        values = {"uidvalidity": listing.uidvalidity, "read_to": uid, "checked_at": now}
        if self.connection.execute(folders.update().filter_by(**key).values(values)).rowcount:
            return
        self.connection.execute(folders.insert(), {**key, **values})
        long_ago = sa.and_(outbox.c.copy == "due", outbox.c.sent_at < now - JUST_SENT)
        self.connection.execute(outbox.update().where(long_ago).values(copy=""))

    def copies_due(self, limit: int, after: int = 0) -> list[Copy]:
        """Mails that were sent and have no copy yet, in order, from the row behind ``after``."""
        query = (
            sa.select(outbox.c.id, outbox.c.mail_id, outbox.c.raw, outbox.c.sent_at)
            .where(sa.text("copy = 'due'"), outbox.c.status == "sent", outbox.c.id > after)  # as the index is written
            .order_by(outbox.c.id)
            .limit(limit)
        )
        return [Copy(row.id, row.mail_id, bytes(row.raw), row.sent_at) for row in self.connection.execute(query)]

    def copied(self, mail: int, *, kept: bool) -> None:
        """Note that a copy is kept, or that the server does not take it."""
        state = "kept" if kept else "refused"
        self.connection.execute(outbox.update().where(outbox.c.id == mail).values(copy=state))

    def raw_sent_under(self, mail_id: str) -> bytes | None:
        """The bytes of our mail with this Message-ID; None when none of ours has it."""
        found = self.connection.scalar(sa.select(outbox.c.raw).where(outbox.c.mail_id == fit(mail_id, 255)))
        return None if found is None else bytes(found)

    def stop_clock(self, task_id: int) -> bool:
        """Take due time and ladder from an open task; False when it had neither."""
        has_clock = sa.or_(tasks.c.due_at.is_not(None), tasks.c.next_at.is_not(None))
        update = tasks.update().where(tasks.c.id == task_id, tasks.c.status == TaskStatus.OPEN.value, has_clock)
        return self.connection.execute(update.values(due_at=None, next_at=None)).rowcount == 1
