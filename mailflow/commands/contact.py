"""``mailflow contact``: whose address is whose, as people say it; confirmed ones are told about their cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, local, print_json

if TYPE_CHECKING:
    from mailflow.domain.model import Contact, Customer
    from mailflow.domain.ports import Work

Where = Annotated[str, typer.Argument(metavar="ADDRESS", help="mail address")]
By = Annotated[str, typer.Option("--by", help="who says so")]


def contact_words(row: Mapping[str, Any]) -> str:
    """How sure a contact is, for people."""
    if row["confirmed"]:
        return t("confirmed")
    if row["claimed"]:
        return t("not confirmed (it only names the company)")
    return t("not confirmed")


def list_(
    customer: Annotated[str, typer.Option("--customer", help="customer number")] = "",
    unconfirmed: Annotated[bool, typer.Option("--unconfirmed", help="only those not confirmed")] = False,
    as_json: AsJson = False,
) -> None:
    """List contacts with how sure they are."""
    with one_line_errors(), opened() as app:
        rows = [row for row in app.lists.contacts(customer.strip()) if not (unconfirmed and row["confirmed"])]
        if as_json:
            print_json(rows)
            return
        shown = table(
            t("customer"), t("address"), t("name"), t("state"), t("first seen"),
            t("unreachable"),
        )  # fmt: skip
        for row in rows:
            times = (local(row[name], app.config.zone) for name in ("first_seen", "unreachable_at"))
            first, gone = times
            cells = (
                f"{row['customer']} {row['company']}",
                row["address"],
                row["name"],
                contact_words(row),
                first,
                gone,
            )
            shown.add_row(*map(cell, cells))
        out.print(shown)


def confirm(
    address: Where,
    customer: Annotated[str, typer.Option("--customer", help="customer number; needed for a new address")] = "",
    by: By = "",
) -> None:
    """Say that an address is a customer's: it is told about his cases, and his colleagues may join them."""
    from mailflow.commands.byhand import actor_of
    from mailflow.customers import proof
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        actor = actor_of(by)
        with opened() as app:
            wanted = _address(address)
            if app.services.filing.is_ours(wanted):
                fail(t("{address} is one of our own addresses", address=cell(address)))
            with app.ledger.begin() as work:
                contact, named = work.contact(wanted.address), _customer(work, customer)
                owner = work.customer_of_address(wanted.address) or named
                if owner is None:
                    fail(t("a new address: say whose it is with --customer NUMBER"))
                if named is not None and named.id != owner.id:
                    fail(t("a contact of {number}, unchanged", number=owner.number))
                proof.confirm(work, contact or _new(work, wanted.address, owner), proof.PERSON, now_utc(), actor=actor)
            archive_now(app, owner)
        words = t("{address}: contact of {number}", address=wanted.address, number=owner.number)
        out.print(cell(words))


def forget(address: Where, by: By = "") -> None:
    """Say that an address is not its customer's: it is told nothing of his cases but of those it opened itself."""
    from mailflow.commands.byhand import actor_of
    from mailflow.customers import proof
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        actor = actor_of(by)
        with opened() as app, app.ledger.begin() as work:
            wanted = _address(address).address
            contact = work.contact(wanted)
            if contact is None:
                fail(t("no contact {wanted} -> mailflow contact list", wanted=cell(wanted)), 4)
            news = proof.forget(work, contact, now_utc(), actor=actor)
        words = t("{wanted} is no confirmed contact any more", wanted=wanted)
        same = t("{wanted} was not confirmed, unchanged", wanted=wanted)
        out.print(cell(words if news else same))


# ------------------------------------------------------------------------------------------------------------ parts


def _address(text: str) -> Any:
    from mailflow.domain.model import Address
    from mailflow.outgoing.compose import mail_address

    found = mail_address(text.strip()).lower()
    if not found:
        fail(t("no mail address: {text}", text=cell(text)[:60]))
    return Address("", found)


def _customer(work: Work, number: str) -> Customer | None:
    if not number:
        return None
    found = work.customer_by_number(number.strip())
    if found is None:
        fail(t("no customer {number} -> mailflow contact list", number=cell(number)[:60]), 4)
    return found


def _new(work: Work, address: str, owner: Customer) -> Contact:
    """A contact a person enters."""
    from mailflow.domain.freemail import company_domain
    from mailflow.domain.model import Contact
    from mailflow.runtime.clock import now_utc

    contact = Contact(owner.id, address, company_domain(address.rpartition("@")[2]))
    work.touch(owner.id)
    return replace(contact, id=work.add_contact(contact, now_utc()))
