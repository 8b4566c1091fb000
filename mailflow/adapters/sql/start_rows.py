"""The ledger's rows of where mail begins to be new: marks, starts of folders, mails from before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import folders, marks, messages, old_mails
from mailflow.domain.ports import Listing
from mailflow.domain.start_ports import Start

ALL = "all"  # the start of a mailbox of which everything is taken
_RUN = "run"  # when the worker began that runs now, or ran last
_MARK = sa.select(marks.c.value).where(marks.c.name == sa.bindparam("b_name"))


class StartRows(Rows):
    """Rows of ``marks`` and ``old_mails``, and the starts in ``folders``."""

    def noted(self, name: str) -> str:
        """What is noted under a name; empty when nothing is."""
        if name not in self.marks_read:
            self.marks_read[name] = self.connection.scalar(_MARK, {"b_name": name}) or ""
        return self.marks_read[name]

    def note_down(self, name: str, value: str) -> None:
        """Note it; an empty value removes the note."""
        name = fit(name, 150)
        self.marks_read.clear()
        self.connection.execute(marks.delete().where(marks.c.name == name))
        if value:
            self.connection.execute(marks.insert(), {"name": name, "value": value})

    def begin_mailbox(self, mailbox: str, now: datetime) -> datetime | None:
        """Note that a worker begins to read a mailbox; None when one did before, else from when on its mail is new."""
        self.note_down(_RUN, now.isoformat())
        if self.noted(_start(mailbox)) or self._is_read(mailbox):
            return None
        self.note_down(_start(mailbox), now.isoformat())
        return now

    def begin_from(self, mailbox: str, since: datetime | None) -> None:
        """Let mail received since then be new (None: all mail), what was counted as old too.

        A mail nobody says the time of is let go on with all mail only.
        """
        self.note_down(_start(mailbox), since.isoformat() if since else ALL)
        self.connection.execute(folders.update().where(folders.c.mailbox == mailbox).values(since=since))
        chosen = old_mails.c.mailbox == mailbox
        if since is not None:
            chosen = sa.and_(chosen, old_mails.c.received_at >= since)
        self.connection.execute(old_mails.delete().where(chosen))

    def start_of(self, listing: Listing, now: datetime) -> Start:
        """The start of a folder.  One nobody looked into begins with its mailbox, or with the worker that runs now."""
        row = self.connection.execute(sa.select(folders).filter_by(**_key(listing))).first()
        if row is not None:
            return Start(row.since, same_uids=row.first_uidvalidity == listing.uidvalidity)
        began = self.noted(_start(listing.mailbox))
        if self._is_read(listing.mailbox) and not self._is_read(listing.mailbox, listing.folder):
            began = self.noted(_RUN) if began != ALL else began  # a folder added to those of the mailbox
        return Start(datetime.fromisoformat(began) if began and began != ALL else None, first=True)

    def starts_of(self, mailboxes: Iterable[str]) -> list[datetime | None]:
        """The starts of those of these mailboxes that have one; None: of this one all mail is taken."""
        noted = filter(None, (self.noted(_start(mailbox)) for mailbox in mailboxes))
        return [None if began == ALL else datetime.fromisoformat(began) for began in noted]

    def earliest_start(self, mailbox: str) -> datetime | None:
        """From when on the mail of a mailbox was taken in by itself; None when all of it was, or none yet."""
        its = sa.select(folders.c.since).where(folders.c.mailbox == mailbox, folders.c.read_to.is_(None))
        found = list(self.connection.scalars(its))
        if found:
            return None if None in found else min(found)
        began = self.noted(_start(mailbox))
        return datetime.fromisoformat(began) if began and began != ALL else None

    def note_old(self, listing: Listing, start: Start, received: Mapping[int, datetime | None]) -> None:
        """Keep which mails are old, and with the first look into a folder its start."""
        if start.first:
            values = {"uidvalidity": listing.uidvalidity, "first_uidvalidity": listing.uidvalidity, "since": start.at}
            self.connection.execute(folders.insert(), {**_key(listing), **values})
        folder = {**_key(listing), "uidvalidity": listing.uidvalidity}
        if received:
            rows = [{**folder, "uid": uid, "received_at": at} for uid, at in received.items()]
            self.connection.execute(old_mails.insert(), rows)

    def old_uids(self, listing: Listing) -> set[int]:
        """The UIDs of a folder that are counted as old."""
        return set(self.connection.scalars(sa.select(old_mails.c.uid).where(_in_folder(listing))))

    def no_longer_old(self, listing: Listing) -> None:
        """Forget UIDs the folder gave up (UIDVALIDITY changed); a mail without a time keeps its own."""
        gone = sa.and_(
            old_mails.c.mailbox == listing.mailbox,
            old_mails.c.folder == listing.folder,
            old_mails.c.uidvalidity != listing.uidvalidity,
        )
        lasting = sa.select(old_mails.c.uid).where(gone, old_mails.c.received_at.is_(None))
        uids = set(self.connection.scalars(lasting))
        self.connection.execute(old_mails.delete().where(gone))
        if still := uids & set(listing.uids) - self.old_uids(listing):
            folder = {**_key(listing), "uidvalidity": listing.uidvalidity}
            self.connection.execute(old_mails.insert(), [{**folder, "uid": uid} for uid in sorted(still)])

    def _is_read(self, mailbox: str, folder: str = "") -> bool:
        """Was mail taken from there, or counted?"""
        for table in (folders, messages):
            key = {"mailbox": mailbox, **({"folder": folder} if folder else {})}
            if self.connection.execute(sa.select(sa.literal(1)).select_from(table).filter_by(**key).limit(1)).first():
                return True
        return False


def _start(mailbox: str) -> str:
    return f"start:{mailbox}"


def _key(listing: Listing) -> dict[str, str]:
    return {"mailbox": listing.mailbox, "folder": listing.folder}


def _in_folder(listing: Listing) -> sa.ColumnElement[bool]:
    return sa.and_(
        old_mails.c.mailbox == listing.mailbox,
        old_mails.c.folder == listing.folder,
        old_mails.c.uidvalidity == listing.uidvalidity,
    )
