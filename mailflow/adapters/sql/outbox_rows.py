"""The ledger's rows of outgoing mail: one occasion, one mail; every attempt noted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import deliveries, duties, outbox
from mailflow.domain.model import OutgoingMail
from mailflow.domain.outbox_ports import QueuedMail, SentMail

_QUEUE = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(outbox)
    .on_conflict_do_nothing(index_elements=[outbox.c.occasion])
    .returning(outbox.c.id)
    for dialect in (sqlite, postgresql)
}
_DUE = (
    sa.select(
        outbox.c.id, outbox.c.case_id, outbox.c.message_id, outbox.c.mail_id, outbox.c.sender, outbox.c.recipient,
        outbox.c.raw, outbox.c.attempts,
    )
    .where(outbox.c.status == "pending", outbox.c.next_attempt_at <= sa.bindparam("b_now"))
    .order_by(outbox.c.next_attempt_at, outbox.c.id)
    .limit(sa.bindparam("b_limit"))
)  # fmt: skip
_RECENT_TO = sa.select(sa.func.count()).where(
    outbox.c.recipient == sa.bindparam("b_recipient"),
    outbox.c.created_at >= sa.bindparam("b_since"),
    outbox.c.occasion.startswith(sa.bindparam("b_occasion")),
)
_ANSWERS_TO = sa.select(sa.func.count()).where(
    outbox.c.recipient == sa.bindparam("b_recipient"),
    outbox.c.created_at >= sa.bindparam("b_since"),
    outbox.c.message_id.is_not(None),
)
# Rows are never removed and their ids only grow: on SQLite the n-th last row is found by its id.
_NTH_LAST = sa.select(outbox.c.created_at).where(
    outbox.c.id == sa.select(sa.func.max(outbox.c.id)).scalar_subquery() - sa.bindparam("b_back")
)
# PostgreSQL leaves out ids (of what was rolled back, of what was in the outbox already).
_COUNT_SINCE = sa.select(sa.func.count()).select_from(
    sa.select(outbox.c.id)
    .where(outbox.c.created_at >= sa.bindparam("b_since"))
    .limit(sa.bindparam("b_count"))
    .subquery()
)
_SENT = (
    outbox.update()
    .where(outbox.c.id == sa.bindparam("b_id"))
    .values(status="sent", attempts=outbox.c.attempts + 1, sent_at=sa.bindparam("b_at"), last_error="")
)


class OutboxRows(Rows):
    """Rows of ``outbox``, ``deliveries`` and ``duties``."""

    def queue(
        self, occasion: str, mail: OutgoingMail, *, case: int | None, message: int | None, now: datetime
    ) -> int | None:
        """Put a mail into the outbox, once for its occasion; None when it is there already."""
        values = {
            "occasion": occasion,
            "case_id": case,
            "message_id": message,
            "mail_id": mail.message_id,
            "sender": mail.sender,
            "recipient": mail.recipients[0],
            "raw": mail.raw,
            "status": "pending",
            "next_attempt_at": now,
            "created_at": now,
        }
        added = self.connection.scalar(_QUEUE[self.connection.dialect.name], values)
        return None if added is None else int(added)

    def queued_since(self, recipient: str, since: datetime, *, occasion: str = "") -> int:
        """How many mails to this address were queued since then, for occasions that begin so."""
        values = {"b_recipient": recipient, "b_since": since, "b_occasion": occasion}
        return int(self.connection.scalar(_RECENT_TO, values) or 0)

    def answers_since(self, recipient: str, since: datetime) -> int:
        """How many mails that answer one of this address were queued since then (for its rate brake)."""
        return int(self.connection.scalar(_ANSWERS_TO, {"b_recipient": recipient, "b_since": since}) or 0)

    def queued_at_least(self, count: int, since: datetime) -> bool:
        """Were at least this many mails queued since then, to anybody?  One look, however many there are."""
        if self.connection.dialect.name != "sqlite":
            return self.connection.scalar(_COUNT_SINCE, {"b_since": since, "b_count": count}) == count
        at = self.connection.scalar(_NTH_LAST, {"b_back": count - 1})
        return at is not None and at >= since

    def due_mail(self, limit: int, now: datetime) -> list[QueuedMail]:
        """Mails to send now, oldest due first."""
        rows = self.connection.execute(_DUE, {"b_now": now, "b_limit": limit})
        return [
            QueuedMail(
                id=row.id,
                case_id=row.case_id,
                message=row.message_id,
                mail=OutgoingMail(row.sender, (row.recipient,), row.mail_id, bytes(row.raw)),
                attempts=row.attempts,
            )
            for row in rows
        ]

    def sent(self, mails: Sequence[int], now: datetime) -> None:
        """Note that the server took these."""
        self.connection.execute(_SENT, [{"b_id": mail, "b_at": now} for mail in mails])
        self.connection.execute(
            deliveries.insert(), [{"outbox_id": mail, "at": now, "result": "sent", "code": 250} for mail in mails]
        )

    def not_sent(self, mail: int, error: str, code: int, now: datetime, again_at: datetime | None) -> None:
        """Note a failed attempt; ``again_at`` None means the mail has failed for good."""
        self.connection.execute(
            outbox.update()
            .where(outbox.c.id == mail)
            .values(
                status="failed" if again_at is None else "pending",
                attempts=outbox.c.attempts + 1,
                next_attempt_at=again_at or now,
                last_error=fit(error, 300),
            )
        )
        result = "permanent" if again_at is None else "temporary"
        self.connection.execute(
            deliveries.insert(),
            {"outbox_id": mail, "at": now, "result": result, "code": code, "words": fit(error, 300)},
        )

    def sent_under(self, mail_ids: Sequence[str]) -> list[SentMail]:
        """Our mails with these Message-IDs, in the order the ids are given."""
        wanted = [fit(mail_id, 255) for mail_id in mail_ids]
        query = sa.select(outbox.c.id, outbox.c.case_id, outbox.c.mail_id, outbox.c.recipient)
        rows = self.connection.execute(query.where(outbox.c.mail_id.in_(wanted)))
        found = [SentMail(row.id, row.case_id, row.mail_id, row.recipient) for row in rows]
        return sorted(found, key=lambda mail: wanted.index(mail.mail_id))

    def came_back(self, mail: int, words: str, now: datetime, *, delayed: bool = False) -> bool:
        """Note that a mail of ours came back, or is only late; False when that was noted before."""
        result = "delayed" if delayed else "bounced"
        before = sa.select(deliveries.c.id).where(deliveries.c.outbox_id == mail, deliveries.c.result == result)
        if self.connection.execute(before.limit(1)).first():
            return False
        values = {"outbox_id": mail, "at": now, "result": result, "words": fit(words, 300)}
        self.connection.execute(deliveries.insert(), values)
        return True

    def duty_done(self, name: str, due_at: datetime, now: datetime) -> bool:
        """Claim one occasion of a clock-driven duty; False when it was done before (also before a restart)."""
        key = {"name": name, "due_at": due_at}
        if self.connection.execute(sa.select(duties.c.name).filter_by(**key)).first():
            return False
        self.connection.execute(duties.insert(), {**key, "done_at": now})
        return True
