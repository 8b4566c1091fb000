"""The ledger's rows of mails and folders: what was collected, where it stands, what reconciles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import folders, messages, old_mails
from mailflow.domain.model import Place, Status
from mailflow.domain.ports import Ending, FolderCount, Listing, MailFacts, StoredMessage

_STORED = (
    messages.c.id,
    messages.c.mailbox,
    messages.c.folder,
    messages.c.uidvalidity,
    messages.c.uid,
    messages.c.digest,
    messages.c.size,
    messages.c.arrived_at,
    messages.c.attempts,
    messages.c.released,
    messages.c.history,
    folders.c.read_to.is_not(None).label("by_hand"),  # only folders of sent mail are read so
)
_ITS_FOLDER = sa.and_(folders.c.mailbox == messages.c.mailbox, folders.c.folder == messages.c.folder)
_IN_FOLDER = sa.and_(
    messages.c.mailbox == sa.bindparam("b_mailbox"),
    messages.c.folder == sa.bindparam("b_folder"),
    messages.c.uidvalidity == sa.bindparam("b_uidvalidity"),
)
_KNOWN = sa.select(messages.c.uid).where(_IN_FOLDER)
_MOVED = (
    sa.select(messages.c.id)
    .where(
        messages.c.digest == sa.bindparam("b_digest"),
        messages.c.mailbox == sa.bindparam("b_mailbox"),
        messages.c.folder == sa.bindparam("b_folder"),
        messages.c.uidvalidity != sa.bindparam("b_uidvalidity"),
    )
    .order_by(messages.c.id)
    .limit(1)
)
_FINISH = (
    messages.update()
    .where(messages.c.id == sa.bindparam("b_id"), messages.c.status == Status.WAITING.value)
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "status", "kind", "reason", "detail", "message_id", "answers", "sender", "subject", "received_at",
                "text_digest", "attachments", "trust", "case_id", "finished_at",
            )
        }
    )
)  # fmt: skip


class MailRows(Rows):
    """Rows of ``messages`` and ``folders``."""

    def known_uids(self, listing: Listing) -> set[int]:
        """The UIDs of a folder that are in the ledger already."""
        return set(self.connection.scalars(_KNOWN, _folder(listing)))

    def add_message(
        self,
        place: Place,
        digest: str,
        size: int,
        *,
        arrived_at: datetime | None,
        now: datetime,
        history: bool = False,
        held: tuple[str, str] | None = None,
    ) -> int:
        """Enter a collected mail, waiting (or held with reason and detail), and return its row.

        After a UIDVALIDITY change (RFC 9051 section 2.3.1.1) the same bytes come back under new UIDs: their row is
        given its new place instead of a second row, so nothing is handled again.
        """
        where = dict(_folder(place), b_digest=digest)
        if (row := self.connection.scalar(_MOVED, where)) is not None:
            self.connection.execute(
                messages.update()
                .where(messages.c.id == row)
                .values(uidvalidity=place.uidvalidity, uid=place.uid, marked=False)
            )
            return int(row)
        values = {
            "mailbox": place.mailbox,
            "folder": place.folder,
            "uidvalidity": place.uidvalidity,
            "uid": place.uid,
            "digest": digest,
            "size": size,
            "arrived_at": arrived_at,
            "collected_at": now,
            "status": (Status.HELD if held else Status.WAITING).value,
            "reason": held[0] if held else "",
            "detail": held[1] if held else "",
            "history": history,
        }
        return self.insert(messages, values)

    def unmarked(self, listing: Listing) -> list[int]:
        """UIDs of a folder whose mails are handled or set aside and whose colleagues were not told yet."""
        final = messages.c.status.in_([Status.HANDLED.value, Status.ASIDE.value])
        query = sa.select(messages.c.uid).where(_IN_FOLDER, final, messages.c.marked == sa.false())
        return list(self.connection.scalars(query.order_by(messages.c.uid), _folder(listing)))

    def set_marked(self, listing: Listing, uids: Sequence[int]) -> None:
        """Note that colleagues were told about these."""
        update = messages.update().where(_IN_FOLDER, messages.c.uid == sa.bindparam("b_uid")).values(marked=True)
        if uids:
            self.connection.execute(update, [dict(_folder(listing), b_uid=uid) for uid in uids])

    def reconcile(self, listing: Listing, now: datetime) -> FolderCount:
        """Count what lies in the folder against the ledger, and keep the count for summaries."""
        query = sa.select(messages.c.uid, messages.c.status).where(_IN_FOLDER)
        status = {row.uid: row.status for row in self.connection.execute(query, _folder(listing))}
        old = sa.select(old_mails.c.uid).where(
            old_mails.c.mailbox == listing.mailbox,
            old_mails.c.folder == listing.folder,
            old_mails.c.uidvalidity == listing.uidvalidity,
        )
        status = dict.fromkeys(self.connection.scalars(old), "old") | status
        found = [status.get(uid, "unknown") for uid in listing.uids]
        count = FolderCount(
            mailbox=listing.mailbox,
            folder=listing.folder,
            present=len(found),
            handled=found.count(Status.HANDLED),
            aside=found.count(Status.ASIDE),
            held=found.count(Status.HELD),
            waiting=found.count(Status.WAITING),
            unknown=found.count("unknown"),
            old=found.count("old"),
        )
        key = {"mailbox": listing.mailbox, "folder": listing.folder}
        values = {name: getattr(count, name) for name in FolderCount.__slots__[2:]}
        values |= {"uidvalidity": listing.uidvalidity, "checked_at": now}
        changed = self.connection.execute(folders.update().filter_by(**key).values(values)).rowcount
        if not changed:
            self.connection.execute(folders.insert(), {**key, **values})
        return count

    def waiting(self, limit: int, now: datetime) -> list[StoredMessage]:
        """Mails to process now, in the order they were collected."""
        query = (
            sa.select(*_STORED)
            .outerjoin(folders, _ITS_FOLDER)
            .where(
                messages.c.status == Status.WAITING.value,
                sa.or_(messages.c.next_attempt_at.is_(None), messages.c.next_attempt_at <= now),
            )
            .order_by(messages.c.id)
            .limit(limit)
        )
        return [_stored(row) for row in self.connection.execute(query)]

    def finish(self, stored: StoredMessage, ending: Ending, facts: MailFacts, now: datetime) -> bool:
        """Give a waiting mail its final state; False when somebody else already did (the claim of a row)."""
        values: dict[str, Any] = {
            "b_id": stored.id,
            "status": ending.status.value,
            "kind": ending.kind,
            "reason": fit(ending.reason, 60),
            "detail": fit(ending.detail, 2000),
            "message_id": fit(facts.message_id, 255),
            "answers": fit(facts.answers, 255),
            "sender": fit(facts.sender, 320),
            "subject": fit(facts.subject, 500),
            "received_at": facts.received_at,
            "text_digest": facts.text_digest,
            "attachments": facts.attachments,
            "trust": facts.trust,
            "case_id": ending.case_id,
            "finished_at": now,
        }
        return self.connection.execute(_FINISH, values).rowcount == 1

    def retry_later(self, stored: StoredMessage, error: str, at: datetime) -> None:
        """Keep a mail waiting after a passing failure, with its next attempt."""
        self.connection.execute(
            messages.update()
            .where(messages.c.id == stored.id, messages.c.status == Status.WAITING.value)
            .values(attempts=stored.attempts + 1, next_attempt_at=at, detail=fit(error, 2000))
        )

    def release(self, message_id: int) -> bool:
        """Let a held or set-aside mail be handled like any other; False when it is neither."""
        return self._wait_again(message_id, [Status.HELD.value, Status.ASIDE.value], released=True)

    def replay(self, message_id: int) -> bool:
        """Read a held or set-aside mail again with today's rules; False when it is neither."""
        return self._wait_again(message_id, [Status.HELD.value, Status.ASIDE.value], released=False)

    def _wait_again(self, message_id: int, states: list[str], *, released: bool) -> bool:
        update = (
            messages.update()
            .where(messages.c.id == message_id, messages.c.status.in_(states))
            .values(status=Status.WAITING.value, reason="", attempts=0, next_attempt_at=None, released=released)
        )
        return self.connection.execute(update).rowcount == 1

    def message(self, message_id: int) -> Mapping[str, Any] | None:
        """One row as a mapping, or None."""
        query = sa.select(messages).where(messages.c.id == message_id)
        return dict(row) if (row := self.connection.execute(query).mappings().first()) else None


def _folder(place: Listing | Place) -> dict[str, Any]:
    return {"b_mailbox": place.mailbox, "b_folder": place.folder, "b_uidvalidity": place.uidvalidity}


def _stored(row: Any) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        place=Place(row.mailbox, row.folder, row.uidvalidity, row.uid),
        digest=row.digest,
        size=row.size,
        arrived_at=row.arrived_at,
        attempts=row.attempts,
        released=row.released,
        history=row.history,
        by_hand=row.by_hand,
    )
