"""The ledger's rows of contacts: whose address is whose, how surely, and who wrote to which case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.moved_rows import of_case
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import contacts, customers, messages
from mailflow.domain.model import Acquaintance, Address, Case, Contact, Customer, Kind, Status

MANY_COMPANIES = 3

_CUSTOMER = sa.select(customers.c.id, customers.c.number, customers.c.company, customers.c.created_at)
_CONTACT = sa.select(
    contacts.c.customer_id,
    contacts.c.address,
    contacts.c.domain,
    contacts.c.name,
    contacts.c.phone,
    contacts.c.confirmed,
    contacts.c.claimed,
    contacts.c.id,
)
_OF_ADDRESS = _CONTACT.where(contacts.c.address == sa.bindparam("b_address"))
_OF_CUSTOMER = _CONTACT.where(contacts.c.customer_id == sa.bindparam("b_customer")).order_by(contacts.c.id)
_BY_NUMBER = _CUSTOMER.where(customers.c.number == sa.bindparam("b_number"))
_BY_ADDRESS = _CUSTOMER.join(contacts, contacts.c.customer_id == customers.c.id).where(
    contacts.c.address == sa.bindparam("b_address")
)
# A domain where so many companies have contacts is a host's, or a platform's: it says nothing about who writes.
_IS_SHARED = (
    sa.select(sa.func.count(sa.distinct(customers.c.company_key)))
    .join(contacts, contacts.c.customer_id == customers.c.id)
    .where(contacts.c.domain == sa.bindparam("b_domain"), contacts.c.domain != "", customers.c.company_key != "")
    .correlate(None)  # counts for itself, whatever tables the query around it uses
    .scalar_subquery()
) >= MANY_COMPANIES
# Who merely names a company leads nobody else to it.
_BY_DOMAIN = (
    _CUSTOMER.join(contacts, contacts.c.customer_id == customers.c.id)
    .where(contacts.c.domain == sa.bindparam("b_domain"), sa.not_(contacts.c.claimed), sa.not_(_IS_SHARED))
    .distinct()
    .limit(2)
)


def _is_there(*conditions: Any) -> Any:
    """Has the customer a contact like this?"""
    found = sa.select(contacts.c.id).where(contacts.c.customer_id == sa.bindparam("b_customer"), *conditions)
    return sa.exists(found)


_CONFIRMED = _is_there(contacts.c.address == sa.bindparam("b_address"), contacts.c.confirmed)
_KNOWN_DOMAIN = _is_there(contacts.c.domain == sa.bindparam("b_domain"), contacts.c.domain != "", contacts.c.confirmed)
_CLAIMED = _is_there(contacts.c.address == sa.bindparam("b_opener"), contacts.c.claimed)
_ACQUAINTANCE = sa.select(_CONFIRMED, _KNOWN_DOMAIN, _IS_SHARED, _CLAIMED)
_WRITERS = (
    sa.select(messages.c.sender)
    .where(
        of_case(sa.bindparam("b_case")),
        messages.c.status == Status.HANDLED.value,
        messages.c.kind != Kind.STAFF_REPLY.value,
    )
    .distinct()
)


_REACHABLE = (
    contacts.update()
    .where(contacts.c.id == sa.bindparam("b_contact"), contacts.c.unreachable_at.is_not(None))
    .values(unreachable_at=None)
)


class ContactRows(Rows):
    """Rows of ``contacts``."""

    def acquaintance(self, case: Case, address: str, domain: str) -> Acquaintance:
        """What is known of an address, and of its company domain, with regard to a case; both lower case."""
        where = {"b_customer": case.customer.id, "b_address": address, "b_domain": domain, "b_opener": case.opened_by}
        return Acquaintance(*map(bool, self.connection.execute(_ACQUAINTANCE, where).one()))

    def writers(self, case: int) -> list[str]:
        """The addresses whose mails were handled in a case, without answers of our own people to their tasks."""
        return sorted(self.connection.scalars(_WRITERS, {"b_case": case}))

    def contact(self, address: str) -> Contact | None:
        """The contact with this address (lower case), or None."""
        row = self.connection.execute(_OF_ADDRESS, {"b_address": fit(address, 320)}).first()
        return None if row is None else Contact(*row)

    def contacts(self, customer: int) -> list[Contact]:
        """A customer's contacts, oldest first."""
        return [Contact(*row) for row in self.connection.execute(_OF_CUSTOMER, {"b_customer": customer})]

    def contact_to_warn(self, case: Case, address: str, domain: str) -> Address | None:
        """Who hears of a mail in the name of this address: the address itself, else one in this (company) domain.

        He is a contact of the case's customer, confirmed or the one who opened the case; of several in the domain the
        one who wrote to the case last.  None when there is none who can be reached.
        """
        c = contacts.c
        wrote = (
            sa.select(sa.func.max(messages.c.id))
            .where(messages.c.case_id == case.id, messages.c.sender == c.address)
            .scalar_subquery()
        )
        query = (
            sa.select(c.name, c.address)
            .where(c.customer_id == case.customer.id, c.unreachable_at.is_(None))
            .where(sa.or_(c.confirmed, c.address == case.opened_by))
            .where(sa.or_(c.address == address, sa.and_(c.domain == domain, c.domain != "")))
            .order_by((c.address == address).desc(), sa.func.coalesce(wrote, 0).desc(), c.id)
            .limit(1)
        )
        row = self.connection.execute(query).first()
        return Address(*row) if row else None

    def knows_domain(self, customer: int, domain: str) -> bool:
        """Has the customer a confirmed contact in this domain, which people of many companies do not share?"""
        query = sa.select(sa.and_(_KNOWN_DOMAIN, sa.not_(_IS_SHARED)))
        return bool(self.connection.scalar(query, {"b_customer": customer, "b_domain": domain}))

    def is_shared(self, domain: str) -> bool:
        """Do contacts of :data:`MANY_COMPANIES` companies have their addresses in this domain?"""
        return bool(self.connection.scalar(sa.select(_IS_SHARED), {"b_domain": domain}))

    def customer_of_address(self, address: str) -> Customer | None:
        """The customer this address belongs to."""
        row = self.connection.execute(_BY_ADDRESS, {"b_address": fit(address, 320)}).first()
        return None if row is None else Customer(*row)

    def customer_of_domain(self, domain: str) -> Customer | None:
        """The only customer with contacts in this domain that do more than name it; None when none or more than one.

        None also where contacts of :data:`MANY_COMPANIES` companies have their addresses: the domain joins nobody.
        """
        rows = self.connection.execute(_BY_DOMAIN, {"b_domain": domain}).all()
        return Customer(*rows[0]) if len(rows) == 1 else None

    def customer_by_number(self, number: str) -> Customer | None:
        """The customer with this number, or None."""
        row = self.connection.execute(_BY_NUMBER, {"b_number": number}).first()
        return None if row is None else Customer(*row)

    def add_contact(self, contact: Contact, now: datetime) -> int:
        """Enter a contact of a customer; returns its row."""
        values = {
            "customer_id": contact.customer,
            "address": fit(contact.address.lower(), 320),
            "domain": fit(contact.domain, 255),
            "name": fit(contact.name, 255),
            "phone": fit(contact.phone, 255),
            "first_seen": now,
            "confirmed": contact.confirmed,
            "claimed": contact.claimed,
        }
        return self.insert(contacts, values)

    def set_contact(self, contact: int, *, confirmed: bool, claimed: bool) -> bool:
        """Note how sure a contact is; whether that was news."""
        changed = self.connection.execute(
            contacts.update()
            .where(contacts.c.id == contact)
            .where(sa.or_(contacts.c.confirmed != confirmed, contacts.c.claimed != claimed))
            .values(confirmed=confirmed, claimed=claimed)
        )
        return bool(changed.rowcount)

    def unreachable(self, address: str, now: datetime) -> int | None:
        """Note that mail to a contact bounces for good; returns its customer."""
        found = self.connection.execute(
            contacts.update()
            .where(contacts.c.address == fit(address.lower(), 320))
            .values(unreachable_at=now)
            .returning(contacts.c.customer_id)
        ).scalar()
        return None if found is None else int(found)

    def reachable(self, contact: int) -> bool:
        """Note that a contact can be written to; whether that was news."""
        return bool(self.connection.execute(_REACHABLE, {"b_contact": contact}).rowcount)
