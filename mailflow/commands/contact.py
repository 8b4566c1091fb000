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

Where = Annotated[str, typer.Argument(metavar="ADDRESS", help=t("邮箱地址", "mail address"))]
By = Annotated[str, typer.Option("--by", help=t("由谁确认", "who says so"))]


def contact_words(row: Mapping[str, Any]) -> str:
    """How sure a contact is, for people."""
    if row["confirmed"]:
        return t("已确认", "confirmed")
    if row["claimed"]:
        return t("未确认（只是自称该公司）", "not confirmed (it only names the company)")
    return t("未确认", "not confirmed")


def list_(
    customer: Annotated[str, typer.Option("--customer", help=t("客户编号", "customer number"))] = "",
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help=t("只列未确认的", "only those not confirmed"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List contacts with how sure they are."""
    with one_line_errors(), opened() as app:
        rows = [row for row in app.lists.contacts(customer.strip()) if not (unconfirmed and row["confirmed"])]
        if as_json:
            print_json(rows)
            return
        shown = table(
            t("客户", "customer"), t("地址", "address"), t("姓名", "name"), t("状态", "state"), t("首次", "first seen"),
            t("退信", "unreachable"),
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
    customer: Annotated[
        str, typer.Option("--customer", help=t("客户编号；新地址必填", "customer number; needed for a new address"))
    ] = "",
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
                fail(t(f"{cell(address)} 是本公司的地址", f"{cell(address)} is one of our own addresses"))
            with app.ledger.begin() as work:
                contact, named = work.contact(wanted.address), _customer(work, customer)
                owner = work.customer_of_address(wanted.address) or named
                if owner is None:
                    fail(
                        t(
                            "这是新地址：请用 --customer 给出客户编号",
                            "a new address: say whose it is with --customer NUMBER",
                        )
                    )
                if named is not None and named.id != owner.id:
                    fail(t(f"该地址是客户 {owner.number} 的联系人，未变", f"a contact of {owner.number}, unchanged"))
                proof.confirm(work, contact or _new(work, wanted.address, owner), proof.PERSON, now_utc(), actor=actor)
            archive_now(app, owner)
        words = f"{wanted.address} 已确认为客户 {owner.number} 的联系人", f"{wanted.address}: contact of {owner.number}"
        out.print(cell(t(*words)))


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
                fail(t(f"没有联系人 {cell(wanted)}", f"no contact {cell(wanted)} -> mailflow contact list"), 4)
            news = proof.forget(work, contact, now_utc(), actor=actor)
        words = t(f"{wanted} 不再是已确认的联系人", f"{wanted} is no confirmed contact any more")
        same = t(f"{wanted} 本来就未确认，未变", f"{wanted} was not confirmed, unchanged")
        out.print(cell(words if news else same))


# ------------------------------------------------------------------------------------------------------------ parts


def _address(text: str) -> Any:
    from mailflow.domain.model import Address
    from mailflow.outgoing.compose import mail_address

    found = mail_address(text.strip()).lower()
    if not found:
        fail(t(f"不是邮箱地址：{cell(text)[:60]}", f"no mail address: {cell(text)[:60]}"))
    return Address("", found)


def _customer(work: Work, number: str) -> Customer | None:
    if not number:
        return None
    found = work.customer_by_number(number.strip())
    if found is None:
        fail(t(f"没有客户 {cell(number)[:60]}", f"no customer {cell(number)[:60]} -> mailflow contact list"), 4)
    return found


def _new(work: Work, address: str, owner: Customer) -> Contact:
    """A contact a person enters."""
    from mailflow.domain.freemail import company_domain
    from mailflow.domain.model import Contact
    from mailflow.runtime.clock import now_utc

    contact = Contact(owner.id, address, company_domain(address.rpartition("@")[2]))
    work.touch(owner.id)
    return replace(contact, id=work.add_contact(contact, now_utc()))
