"""The ledger's rows of outgoing mail: one occasion, one mail; every attempt noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import cases, customers, deliveries, duties, outbox
from mailflow.domain.model import OutgoingMail
from mailflow.domain.outbox_ports import QueuedMail, SentMail, Tries

PRINTING_LASTS = timedelta(hours=1)  # longer than many rounds of a busy worker
CLAIM_LASTS = timedelta(minutes=15)  # longer than the server may take to answer a whole mail

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
    .where(
        outbox.c.status == "pending",
        outbox.c.next_attempt_at <= sa.bindparam("b_now"),
        # A letter waits for its PDF, but not for ever: what nobody prints leaves as the Word file it is.
        sa.or_(outbox.c.printing != "due", outbox.c.created_at < sa.bindparam("b_unprinted")),
    )
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
    .values(
        status="sent",
        attempts=outbox.c.attempts + 1,
        sent_at=sa.bindparam("b_at"),
        last_error="",
        claimed_by="",
        copy="due",
    )
)
_FREE = sa.or_(outbox.c.claimed_by == "", outbox.c.claimed_at < sa.bindparam("b_lapsed"))
_CLAIM = (
    outbox.update()
    .where(
        outbox.c.id == sa.bindparam("b_id"),
        outbox.c.status == "pending",
        outbox.c.next_attempt_at <= sa.bindparam("b_now"),
        sa.or_(_FREE, outbox.c.claimed_by == sa.bindparam("b_by")),
    )
    .values(claimed_by=sa.bindparam("b_by"), claimed_at=sa.bindparam("b_now"))
)
_MINE = deliveries.c.outbox_id == sa.bindparam("b_id")
# What was tried before a person sent it out again does not count any more.
_AGAIN = sa.func.coalesce(
    sa.select(sa.func.max(deliveries.c.id))
    .where(_MINE, deliveries.c.result.in_(("resent", "released")))
    .scalar_subquery(),
    0,
)
_OF_IT = sa.or_(
    deliveries.c.result == "dropped", sa.and_(deliveries.c.result == "temporary", deliveries.c.code.not_in((0, 421)))
)
_TRIES = sa.select(
    sa.func.min(sa.case((_OF_IT, deliveries.c.at))),
    sa.func.count(sa.case((deliveries.c.result.in_(("broken", "dropped")), 1))),
    sa.func.max(sa.case((deliveries.c.result.in_(("broken", "dropped")), deliveries.c.id))),
).where(_MINE, deliveries.c.id > _AGAIN)
_PASSED = sa.select(deliveries.c.id).where(deliveries.c.id > sa.bindparam("b_since"), deliveries.c.result == "sent")


def archives_behind(mails: sa.ColumnElement[bool]) -> sa.Update:
    """Mark the customers as changed in whose archives these mails of the outbox stand."""
    theirs = sa.select(cases.c.customer_id).join(outbox, outbox.c.case_id == cases.c.id).where(mails)
    return customers.update().where(customers.c.id.in_(theirs)).values(changed=customers.c.changed + 1)


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
        values = {"b_now": now, "b_limit": limit, "b_unprinted": now - PRINTING_LASTS}
        rows = self.connection.execute(_DUE, values)
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

    def claim(self, mail: int, by: str, now: datetime) -> bool:
        """Take a mail that is due for sending; False when it is not due any more or somebody else sends it.

        A claim ends with what is noted of the try, and lapses after a quarter of an hour.
        """
        values = {"b_id": mail, "b_by": by, "b_now": now, "b_lapsed": now - CLAIM_LASTS}
        return self.connection.execute(_CLAIM, values).rowcount == 1

    def unclaim(self, mail: int) -> None:
        """Give a claim back: the mail was not tried."""
        self.connection.execute(outbox.update().where(outbox.c.id == mail).values(claimed_by=""))

    def forget_claims(self) -> int:
        """Whoever sent before is gone (the caller holds the storage); how many mails he had in hand."""
        stale = outbox.update().where(outbox.c.status == "pending", outbox.c.claimed_by != "").values(claimed_by="")
        return self.connection.execute(stale).rowcount

    def tries(self, mail: int) -> Tries:
        """What was tried with a mail so far."""
        since, broken, last = self.connection.execute(_TRIES, {"b_id": mail}).one()
        passed = last is not None and self.connection.execute(_PASSED.limit(1), {"b_since": last}).first() is not None
        return Tries(since, broken, passed)

    def sent(self, mails: Sequence[int], now: datetime) -> None:
        """Note that the server took these."""
        self.connection.execute(_SENT, [{"b_id": mail, "b_at": now} for mail in mails])
        self.connection.execute(
            deliveries.insert(), [{"outbox_id": mail, "at": now, "result": "sent", "code": 250} for mail in mails]
        )

    def not_sent(
        self, mail: int, error: str, code: int, now: datetime, again_at: datetime | None, *, result: str = ""
    ) -> None:
        """Note a failed attempt; ``again_at`` None means the mail has failed for good.

        ``result`` says what kind of failure it was; "broken", a line that broke, is no attempt that counts.
        """
        self.connection.execute(
            outbox.update()
            .where(outbox.c.id == mail)
            .values(
                status="failed" if again_at is None else "pending",
                attempts=outbox.c.attempts + (0 if result == "broken" else 1),
                next_attempt_at=again_at or now,
                last_error=fit(error, 300),
                claimed_by="",
            )
        )
        result = "permanent" if again_at is None else result or "temporary"
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

    def sent_lately_to(self, recipient: str, since: datetime) -> list[SentMail]:
        """The mails a server took for this address since then, the last first; of very many the last twenty."""
        query = sa.select(outbox.c.id, outbox.c.case_id, outbox.c.mail_id, outbox.c.recipient).where(
            sa.func.lower(outbox.c.recipient) == recipient.lower(), outbox.c.sent_at >= since, outbox.c.status == "sent"
        )
        rows = self.connection.execute(query.order_by(outbox.c.id.desc()).limit(20))
        return [SentMail(row.id, row.case_id, row.mail_id, row.recipient) for row in rows]

    def came_back(self, mail: int, words: str, now: datetime, *, delayed: bool = False) -> bool:
        """Note that a mail of ours came back, or is only late; False when that was noted before."""
        result = "delayed" if delayed else "bounced"
        before = sa.select(deliveries.c.id).where(_MINE, deliveries.c.result == result, deliveries.c.id > _AGAIN)
        if self.connection.execute(before.limit(1), {"b_id": mail}).first():
            return False
        values = {"outbox_id": mail, "at": now, "result": result, "words": fit(words, 300)}
        self.connection.execute(deliveries.insert(), values)
        return True

    def outgoing(self, mail: int) -> Mapping[str, Any] | None:
        """One row of the outbox, or None."""
        row = self.connection.execute(sa.select(outbox).where(outbox.c.id == mail)).mappings().first()
        return dict(row) if row else None

    def send_again(self, mail: int, states: Sequence[str], result: str, now: datetime) -> bool:
        """Let a mail in one of these states go out now, by a person's word; False when it is in none of them.

        What was tried before does not count any more.  The bytes and the Message-ID stay.
        """
        values = {"status": "pending", "attempts": 0, "next_attempt_at": now, "sent_at": None, "last_error": ""}
        return self._by_a_person(mail, states, values, result, now)

    def cancel(self, mail: int, words: str, now: datetime) -> bool:
        """Withdraw a mail that has not left, by a person's word; False when it left or is leaving this moment."""
        states = ("pending", "failed", "parked")
        return self._by_a_person(mail, states, {"status": "cancelled"}, "cancelled", now, words)

    def has_come_back(self, mail: int) -> bool:
        """Did a report say that a mail did not arrive, since it was last sent?"""
        query = sa.select(deliveries.c.id).where(_MINE, deliveries.c.result == "bounced", deliveries.c.id > _AGAIN)
        return self.connection.execute(query.limit(1), {"b_id": mail}).first() is not None

    def ever_tried(self) -> bool:
        """Was any mail ever brought to a server?"""
        return self.connection.execute(sa.select(deliveries.c.id).limit(1)).first() is not None

    def unsent_counts(self) -> dict[str, int]:
        """How many mails have not left, by state; every state is there."""
        states = ("pending", "failed", "parked")
        query = sa.select(outbox.c.status, sa.func.count()).where(outbox.c.status.in_(states)).group_by(outbox.c.status)
        return dict.fromkeys(states, 0) | {row.status: row[1] for row in self.connection.execute(query)}

    def park(self, before: datetime) -> int:
        """Keep mails that were queued before a moment and never tried from going out; returns how many."""
        stale = sa.and_(outbox.c.status == "pending", outbox.c.created_at < before, outbox.c.attempts == 0)
        self.connection.execute(archives_behind(stale))
        return self.connection.execute(outbox.update().where(stale).values(status="parked")).rowcount

    def _by_a_person(
        self, mail: int, states: Sequence[str], values: Mapping[str, Any], result: str, now: datetime, words: str = ""
    ) -> bool:
        allowed = outbox.update().where(outbox.c.id == mail, outbox.c.status.in_(states), _FREE)
        changed = self.connection.execute(allowed.values(**values, claimed_by=""), {"b_lapsed": now - CLAIM_LASTS})
        if changed.rowcount == 1:
            row = {"outbox_id": mail, "at": now, "result": result, "words": fit(words, 300)}
            self.connection.execute(deliveries.insert(), row)
        return changed.rowcount == 1

    def duty_done(self, name: str, due_at: datetime, now: datetime) -> bool:
        """Claim one occasion of a clock-driven duty; False when it was done before (also before a restart)."""
        key = {"name": name, "due_at": due_at}
        if self.connection.execute(sa.select(duties.c.name).filter_by(**key)).first():
            return False
        self.connection.execute(duties.insert(), {**key, "done_at": now})
        return True
