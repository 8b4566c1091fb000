"""The ledger's rows of mails that lie in a mailbox and that the server does not give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows
from mailflow.adapters.sql.tables import unfetched
from mailflow.domain.mailbox_ports import LEFT_OUT_FOR, TRIES, NotGiven, Unfetched
from mailflow.domain.model import Place
from mailflow.domain.ports import Listing


class UnfetchedRows(Rows):
    """Rows of ``unfetched``.  A row lives until its mail comes, or is gone from the folder."""

    def unfetched(self, listing: Listing) -> list[Unfetched]:
        """What the folder holds and the server did not give, the least tried first; rows of other UIDs are removed."""
        rows = self.connection.execute(sa.select(unfetched).where(_in_folder(listing)))
        found = [_unfetched(row) for row in rows]
        there = set(listing.uids)
        if gone := [x for x in found if x.place.uidvalidity != listing.uidvalidity or x.place.uid not in there]:
            for item in gone:
                self.connection.execute(unfetched.delete().where(_is(item.place)))
            found = [item for item in found if item not in gone]
        return sorted(found, key=lambda item: (item.tries, item.place.uid))

    def not_given(self, mail: NotGiven, now: datetime) -> Unfetched:
        """Count one more try that was in vain; asked for next in the next round, or later once it is left out."""
        row = self.connection.execute(sa.select(unfetched).where(_is(mail.place))).first()
        tries = 1 if row is None else row.tries + 1
        next_at = now if tries < TRIES else now + LEFT_OUT_FOR
        values = {"why": mail.why, "tries": tries, "last_at": now, "next_at": next_at}
        if row is None:
            self.connection.execute(unfetched.insert(), {**asdict(mail.place), **values, "first_at": now})
        else:
            self.connection.execute(unfetched.update().where(_is(mail.place)).values(values))
        return Unfetched(mail.place, mail.why, tries, now if row is None else row.first_at, next_at)

    def no_longer_unfetched(self, listing: Listing, uids: Collection[int]) -> None:
        """These came."""
        for uid in uids:
            place = Place(listing.mailbox, listing.folder, listing.uidvalidity, uid)
            self.connection.execute(unfetched.delete().where(_is(place)))


def _in_folder(listing: Listing) -> sa.ColumnElement[bool]:
    return sa.and_(unfetched.c.mailbox == listing.mailbox, unfetched.c.folder == listing.folder)


def _is(place: Place) -> sa.ColumnElement[bool]:
    return sa.and_(
        unfetched.c.mailbox == place.mailbox,
        unfetched.c.folder == place.folder,
        unfetched.c.uidvalidity == place.uidvalidity,
        unfetched.c.uid == place.uid,
    )


def _unfetched(row: Any) -> Unfetched:
    place = Place(row.mailbox, row.folder, row.uidvalidity, row.uid)
    return Unfetched(place, row.why, row.tries, row.first_at, row.next_at)
