"""The ledger's rows of customers' profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.profile_tables import profile_checks, profile_copies, profile_values
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import contacts, customers, deliveries, messages, outbox
from mailflow.domain.profile_ports import ACCEPTED, PROPOSED, CopyState, NewValue, ProfileCheck, ProfileValue

LONGEST = 2000
"""Characters of a value, and of the words it was read from."""

_V, _C, _K = profile_values.c, profile_copies.c, profile_checks.c
_VALUES = (
    sa.select(
        _V.id, _V.customer_id, _V.contact_id, _V.field, _V.value, _V.was, _V.status, _V.source, _V.words, _V.message_id,
        _V.found_at, _V.person, _V.asked_at, _V.number, _V.decided_by, _V.decided_at, _V.version, _V.current, _V.basis,
        customers.c.number.label("customer_number"), customers.c.company,
        sa.func.coalesce(contacts.c.address, ""), sa.func.coalesce(contacts.c.name, ""),
        sa.func.coalesce(contacts.c.confirmed, sa.true()), sa.func.coalesce(messages.c.sender, ""),
        messages.c.received_at,
    )
    .join(customers, customers.c.id == _V.customer_id)
    .outerjoin(contacts, contacts.c.id == _V.contact_id)
    .outerjoin(messages, messages.c.id == _V.message_id)
)  # fmt: skip
_KNOWN = (
    sa.select(
        _V.customer_id, sa.func.max(_V.version).label("version"), sa.func.min(_V.decided_at).label("since")
    )
    .where(_V.version > 0)
    .group_by(_V.customer_id)
    .subquery()
)  # fmt: skip
_CHECKS = (
    sa.select(
        _K.id, customers.c.id.label("customer"), customers.c.number, customers.c.company, _K.period, _K.person,
        _K.asked_at, _K.times, _K.number.label("point"), _KNOWN.c.version, _K.checked_at, _K.checked_by,
        _KNOWN.c.since,
    )
    .join(_KNOWN, _KNOWN.c.customer_id == customers.c.id)
    .order_by(customers.c.id)
)  # fmt: skip
_OPEN = _V.status == PROPOSED


class ProfileRows(Rows):
    """Rows of ``profile_values``, ``profile_copies`` and ``profile_checks``."""

    def profile_values(self, customer: int) -> list[ProfileValue]:
        """All of a customer, by row."""
        return self._values(_VALUES.where(_V.customer_id == customer).order_by(_V.id))

    def profile_proposals(self, limit: int) -> list[ProfileValue]:
        """Those nobody decided, oldest first."""
        return self._values(_VALUES.where(_OPEN).order_by(_V.id).limit(limit))

    def profile_in_force(self) -> list[ProfileValue]:
        """What holds now of all customers, by row."""
        return self._values(_VALUES.where(_V.current, _V.value != "").order_by(_V.id))

    def profile_value(self, value: int) -> ProfileValue | None:
        """One by its row."""
        return next(iter(self._values(_VALUES.where(_V.id == value))), None)

    def add_profile_value(self, new: NewValue, now: datetime) -> int:
        """Enter a proposal; its row."""
        values = {
            "customer_id": new.customer, "contact_id": new.contact, "field": fit(new.field, 40), "status": PROPOSED,
            "value": fit(new.value, LONGEST), "source": fit(new.source, 20), "words": fit(new.words, LONGEST),
            "message_id": new.message, "found_at": now, "basis": fit(new.basis, LONGEST),
        }  # fmt: skip
        return self.insert(profile_values, values)

    def profile_given(self, values: Sequence[int], person: str) -> None:
        """Note who is asked; he is asked anew."""
        given = {"person": fit(person, 320), "asked_at": None}
        self.connection.execute(profile_values.update().where(_V.id.in_(values)).values(given))

    def profile_asked(self, values: Sequence[int], number: int, mail_id: str, now: datetime) -> None:
        """Note that these were asked for in one point of this mail."""
        asked = {"asked_at": now, "mail_id": fit(mail_id, 255), "number": number}
        self.connection.execute(profile_values.update().where(_V.id.in_(values)).values(asked))

    def profile_points(self, mail_ids: Sequence[str]) -> list[ProfileValue]:
        """All values asked for in the newest of these mails of ours, by number."""
        ours = [fit(item, 255) for item in mail_ids]
        newest = sa.select(_V.mail_id).where(_V.mail_id.in_(ours)).order_by(_V.asked_at.desc()).limit(1)
        return self._of_mail(self.connection.scalar(newest))

    def profile_beside(self, value: int) -> list[ProfileValue]:
        """All values of the mail of ours that asked for this one last; none before it was."""
        return self._of_mail(self.connection.scalar(sa.select(_V.mail_id).where(_V.id == value)))

    def next_profile_version(self, customer: int) -> int:
        """The number of the customer's next change."""
        last = sa.select(sa.func.max(_V.version)).where(_V.customer_id == customer)
        return int(self.connection.scalar(last) or 0) + 1

    def profile_decided(
        self, value: ProfileValue, status: str, *, actor: str, message: int | None, version: int, now: datetime
    ) -> bool:
        """Note what a value is; False when that was decided before.  What is accepted takes the place of what held."""
        same = sa.and_(_V.customer_id == value.customer, _V.field == value.field, _V.current)
        same = sa.and_(same, _V.contact_id.is_(None) if value.contact is None else _V.contact_id == value.contact)
        was = self.connection.scalar(sa.select(_V.value).where(same)) or ""
        holds = status == ACCEPTED
        decided: dict[str, Any] = {
            "status": status, "decided_by": fit(actor, 320), "decided_at": now, "decided_in": message,
            "version": version if holds else 0, "was": was if holds else "",
        }  # fmt: skip
        done = self.connection.execute(profile_values.update().where(_V.id == value.id, _OPEN).values(decided))
        if done.rowcount and holds:
            self.connection.execute(profile_values.update().where(same).values(current=False))
            self.connection.execute(profile_values.update().where(_V.id == value.id).values(current=True))
        return bool(done.rowcount)

    def profile_copies(self, holder: str) -> list[CopyState]:
        """How far this person was told of every customer that has a profile, by customer."""
        newest = (
            sa.select(_V.customer_id, sa.func.max(_V.version).label("version"))
            .where(_V.version > 0)
            .group_by(_V.customer_id)
            .subquery()
        )
        came_back = sa.exists().where(deliveries.c.outbox_id == outbox.c.id, deliveries.c.result == "bounced")
        lost = sa.or_(outbox.c.status.in_(("failed", "cancelled")), came_back)
        query = (
            sa.select(
                newest.c.customer_id, customers.c.number, customers.c.company, newest.c.version,
                _C.version.label("told"), _C.told_at, sa.case((lost, True), else_=False).label("lost"),
            )
            .join(customers, customers.c.id == newest.c.customer_id)
            .outerjoin(profile_copies, sa.and_(_C.customer_id == newest.c.customer_id, _C.holder == holder))
            .outerjoin(outbox, outbox.c.id == _C.outbox_id)
            .order_by(newest.c.customer_id)
        )  # fmt: skip
        return [
            CopyState(row.customer_id, row.number, row.company, row.version, row.told or 0, row.told_at, bool(row.lost))
            for row in self.connection.execute(query)
        ]

    def profile_changes(self, customer: int, since: int) -> list[ProfileValue]:
        """What was accepted after this version, in order."""
        changes = _VALUES.where(_V.customer_id == customer, _V.version > since)
        return self._values(changes.order_by(_V.version, _V.id))

    def profile_checks(self, period: str) -> list[ProfileCheck]:
        """Every customer with a profile, with what became of its check in this period, by customer."""
        of_period = sa.and_(_K.customer_id == customers.c.id, _K.period == period)
        return self._checks(_CHECKS.outerjoin(profile_checks, of_period), period)

    def profile_checks_of(self, mail_ids: Sequence[str]) -> list[ProfileCheck]:
        """All points of the newest of these mails of ours, by number, also those checked."""
        ours = [fit(item, 255) for item in mail_ids]
        newest = sa.select(_K.mail_id).where(_K.mail_id.in_(ours)).order_by(_K.asked_at.desc()).limit(1)
        return self._checks_of_mail(self.connection.scalar(newest))

    def profile_checks_beside(self, check: int) -> list[ProfileCheck]:
        """All points of the mail of ours that asked for this one last."""
        return self._checks_of_mail(self.connection.scalar(sa.select(_K.mail_id).where(_K.id == check)))

    def profile_check_asked(self, check: ProfileCheck, mail_id: str, now: datetime) -> int:
        """Note that this person was asked in this point; its row."""
        values = {
            "person": fit(check.person, 320), "asked_at": now, "mail_id": fit(mail_id, 255), "number": check.point,
            "version": check.version, "times": check.times + 1,
        }  # fmt: skip
        if check.id:
            self.connection.execute(profile_checks.update().where(_K.id == check.id).values(values))
            return check.id
        return self.insert(profile_checks, {"customer_id": check.customer, "period": check.period, **values})

    def profile_checked(self, check: int, *, actor: str, message: int | None, now: datetime) -> bool:
        """Note that it was checked; False when it was before."""
        values = {"checked_at": now, "checked_by": fit(actor, 320), "checked_in": message}
        is_open = sa.and_(_K.id == check, _K.checked_at.is_(None))
        return bool(self.connection.execute(profile_checks.update().where(is_open).values(values)).rowcount)

    def _checks_of_mail(self, mail_id: str | None) -> list[ProfileCheck]:
        if not mail_id:
            return []
        query = _CHECKS.join(profile_checks, _K.customer_id == customers.c.id).where(_K.mail_id == mail_id)
        return self._checks(query.order_by(None).order_by(_K.number), "")

    def _checks(self, query: sa.Select[Any], period: str) -> list[ProfileCheck]:
        return [
            ProfileCheck(
                row.id or 0, row.customer, row.number, row.company, row.period or period, row.person or "",
                row.asked_at, row.times or 0, row.point or 0, row.version, row.checked_at, row.checked_by or "",
                _moment(row.since),
            )
            for row in self.connection.execute(query)
        ]  # fmt: skip

    def profile_told(self, customer: int, holder: str, version: int, outbox: int, now: datetime) -> None:
        """Note up to which change a holder was told, and by which mail."""
        key = sa.and_(_C.customer_id == customer, _C.holder == holder)
        values = {"version": version, "outbox_id": outbox, "told_at": now}
        if not self.connection.execute(profile_copies.update().where(key).values(values)).rowcount:
            self.connection.execute(
                profile_copies.insert(), {"customer_id": customer, "holder": fit(holder, 320), **values}
            )

    def _of_mail(self, mail_id: str | None) -> list[ProfileValue]:
        if not mail_id:
            return []
        return self._values(_VALUES.where(_V.mail_id == mail_id).order_by(_V.number, _V.id))

    def _values(self, query: sa.Select[Any]) -> list[ProfileValue]:
        return [ProfileValue(*row) for row in self.connection.execute(query)]


def _moment(value: Any) -> datetime | None:
    """An aggregate's value: some databases give back the text of the column."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
