"""``mailflow profile``: what is known of a customer and from where, what waits for a person, the ledger of all."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import is_english, language, t
from mailflow.commands.ledger import BOM, harmless, write
from mailflow.commands.look import AsJson, print_json
from mailflow.sentences.catalogue import sentence, worded

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Customer
    from mailflow.domain.ports import Work
    from mailflow.domain.profile_ports import ProfileValue

Number = Annotated[str, typer.Argument(metavar="CUSTOMER", help="customer number")]
By = Annotated[str, typer.Option("--by", help="who says so")]
COLUMNS: tuple[tuple[str, str], ...] = (
    ("place", sentence("customers|no.")), ("number", sentence("customers|code")),
    ("company", sentence("customers|name")), ("address", sentence("customers|address")),
    ("postcode", sentence("customers|postcode")), ("contact", sentence("customers|contact")),
    ("phone", sentence("customers|telephone")), ("mail", sentence("customers|fax or mail")),
    ("products", sentence("customers|products")), ("tier", sentence("customers|tier")),
    ("created_on", sentence("customers|since")), ("checked_on", sentence("customers|last entered")),
    ("missing", sentence("customers|missing")),
)  # fmt: skip
"""The columns of the ledger of customers: key of a row, heading."""
STATES: Mapping[str, str] = {
    "proposed": sentence("profile|proposed"), "accepted": sentence("profile|entered"),
    "refused": sentence("profile|refused"),
}  # fmt: skip


def show(
    customer: Number,
    every: Annotated[bool, typer.Option("--all", help="also what was refused or replaced")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a customer's profile: every value with its mail and who entered it, what waits, what is missing."""
    from mailflow.customers.profile import completeness, missing

    with one_line_errors(), opened() as app:
        rules, zone = app.parts.office.archive, app.config.zone
        with app.ledger.begin(durable=False) as work:
            owner = _customer(work, customer)
            values = work.profile_values(owner.id)
        shown = [each for each in values if every or each.current or each.status == "proposed"]
        if as_json:
            print_json([_plain(each) for each in shown])
            return
        out.print(cell(f"{owner.number} {owner.company}"), style="bold")
        _show(app, shown, zone)
        lacking = [_title(app, name) for name in missing(rules, values)]
        share = t("{share:.0%} of the required fields are filled", share=completeness(rules, values))
        out.print(share + (t("; missing: {fields}", fields="、".join(lacking)) if lacking else ""))


def list_(as_json: AsJson = False) -> None:
    """List what mails say of customers that nobody has confirmed yet, oldest first."""
    from mailflow.scheduled.profiles import MOST

    with one_line_errors(), opened() as app:
        with app.ledger.begin(durable=False) as work:
            values = work.profile_proposals(MOST)
        if as_json:
            print_json([_plain(each) for each in values])
            return
        _show(app, values, app.config.zone)


def decide(
    values: Annotated[list[int], typer.Argument(metavar="ID...", help="of mailflow profile list")],
    by: By,
    refuse: Annotated[bool, typer.Option("--refuse", help="they do not hold")] = False,
) -> None:
    """Say that proposed values hold, or that they do not."""
    from mailflow.commands.byhand import staff_member
    from mailflow.customers import profile
    from mailflow.domain.profile_ports import ACCEPTED, REFUSED
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        person, now, status = staff_member(app, by), now_utc(), REFUSED if refuse else ACCEPTED
        by_owner, done = defaultdict[str, list["ProfileValue"]](list), 0
        with app.ledger.begin() as work:
            for value in dict.fromkeys(values):
                found = work.profile_value(value)
                if found is None:
                    fail(t("no value {id} -> mailflow profile list", id=value), 4)
                by_owner[found.customer_number].append(found)
            for mine in by_owner.values():
                done += len(profile.decide(work, mine, status, actor=person.address, message=None, now=now))
            owners = [_customer(work, number) for number in by_owner]
        for owner in owners:
            archive_now(app, owner)
        out.print(t("{count} decided", count=done))


def set_(
    customer: Number,
    given: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="name or title; empty takes it away")],
    by: By,
    contact: Annotated[str, typer.Option("--contact", metavar="ADDRESS", help="whose; else the company's")] = "",
    basis: Annotated[str, typer.Option("--basis", help="consent or purpose, of personal data")] = "",
) -> None:
    """Enter values of a customer's profile; what was there stays among the changes."""
    from mailflow.commands.byhand import staff_member
    from mailflow.customers import profile
    from mailflow.domain.profile_ports import NewValue
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        person, now, rules = staff_member(app, by), now_utc(), app.parts.office.archive
        with app.ledger.begin() as work:
            owner = _customer(work, customer)
            whose = work.contact(contact.strip().lower()) if contact else None
            if contact and (whose is None or whose.customer != owner.id):
                fail(t("{address} is no contact of {number}", address=cell(contact), number=owner.number), 4)
            for word in given:
                title, is_given, value = word.partition("=")
                name = rules.named(title)
                if not is_given or name is None:
                    known = "、".join(_title(app, each) for each in rules.fields)
                    fail(t("no field {name} -> NAME=VALUE, one of: {known}", name=cell(title), known=known))
                new = NewValue(owner.id, whose.id if whose else None, name, value, profile.PERSON, basis=basis)
                try:
                    profile.enter(work, rules, new, actor=person.address, message=None, now=now)
                except profile.NotKept as refusal:
                    fail(worded(language(), refusal.words, **refusal.said))
        archive_now(app, owner)
        out.print(t("{count} values of {number} entered", count=len(given), number=owner.number))


def ledger(
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="write an Excel workbook")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="write CSV for Excel")] = None,
    as_json: AsJson = False,
) -> None:
    """Show or write the ledger of customers: one line each, as their profiles are now, with what is missing."""
    from mailflow.app import sheet

    with one_line_errors(), opened() as app:
        rows = ledger_rows(app)
        headings = [t(heading) for _, heading in COLUMNS]
        cells = [[row[key] for key, _ in COLUMNS] for row in rows]
        if xlsx is not None:
            write(xlsx, sheet(t("Ledger of customers"), headings, cells))
        if csv_file is not None:
            stream = io.StringIO()
            csv.writer(stream).writerows([headings, *([harmless(str(each)) for each in line] for line in cells)])
            write(csv_file, (BOM + stream.getvalue()).encode())
        if as_json:
            print_json(rows)
        elif xlsx is None and csv_file is None:
            shown = table(*headings)
            for line in cells:
                shown.add_row(*(cell(str(each)) for each in line))
            out.print(shown)
            whole = sum(not row["missing"] for row in rows)
            out.print(t("{count} customers, {whole} of them complete", count=len(rows), whole=whole))


def copies(as_json: AsJson = False) -> None:
    """List the customers of whose changes the keeper of the copies was not told yet, or did not get the mail."""
    from mailflow.casework.step import Turn
    from mailflow.runtime.clock import now_utc
    from mailflow.scheduled.profiles import copy_states

    with one_line_errors(), opened() as app:
        with app.ledger.begin(durable=False) as work:
            person, states = copy_states(Turn(app.services.desk, work, now_utc()))
        if person is None:
            fail(t("nobody keeps the copies -> holders: copy in rules/archive.yaml, roles in rules/staff.yaml"), 5)
        behind = [each for each in states if each.told < each.version or each.undelivered]
        rows = [
            {"number": each.number, "company": each.company, "version": each.version, "told": each.told,
             "undelivered": each.undelivered}
            for each in behind
        ]  # fmt: skip
        if as_json:
            print_json(rows)
            return
        shown = table(t("customer"), t("profile|version"), t("profile|told"), t("profile|undelivered"))
        for row in rows:
            lost = t("profile|undelivered") if row["undelivered"] else ""
            shown.add_row(*map(cell, (f"{row['number']} {row['company']}", row["version"], row["told"], lost)))
        out.print(shown)
        words = t("{name} keeps the copies: {behind} of {count} differ", name=person.name, behind=len(rows),
                  count=len(states))  # fmt: skip
        out.print(cell(words))


def checks(
    period: Annotated[str, typer.Option("--period", metavar="QUARTER", help="such as 2026-Q1; this one")] = "",
    as_json: AsJson = False,
) -> None:
    """List every profile with whether it was checked in a quarter, by whom and when, and who is asked."""
    from mailflow.runtime.clock import now_utc
    from mailflow.scheduled.profile_checks import quarter

    with one_line_errors(), opened() as app:
        zone, staff = app.config.zone, app.services.desk.staff()
        chosen = period.strip().upper() or quarter(now_utc().astimezone(zone).date())
        with app.ledger.begin(durable=False) as work:
            found = work.profile_checks(chosen)
        if as_json:
            print_json([
                {"number": each.number, "company": each.company, "period": chosen, "person": each.person,
                 "times": each.times, "checked_by": each.checked_by, "checked_at": each.checked_at}
                for each in found
            ])  # fmt: skip
            return
        shown = table(t("customer"), t("person"), t("profile|asked"), t("profile|checked by"), t("day"))
        for each in found:
            asked, checker = staff.by_address(each.person), staff.by_address(each.checked_by)
            names = asked.name if asked else each.person, checker.name if checker else each.checked_by
            day = _day(each.checked_at, zone) if each.checked_at else ""
            shown.add_row(*map(cell, (f"{each.number} {each.company}", names[0], each.times, names[1], day)))
        out.print(shown)
        done = sum(each.checked_at is not None for each in found)
        out.print(t("{period}: {done} of {count} checked", period=chosen, done=done, count=len(found)))


def ledger_rows(app: App) -> list[dict[str, str | int | date]]:
    """The lines of the ledger of customers, by number."""
    from mailflow.customers.profile import missing
    from mailflow.runtime.clock import now_utc

    rules, zone = app.parts.office.archive, app.config.zone
    own, known = app.services.filing.series.own_company(now_utc()), defaultdict[int, list["ProfileValue"]](list)
    with app.ledger.begin(durable=False) as work:
        for value in work.profile_in_force():
            known[value.customer].append(value)
    rows: list[dict[str, str | int | date]] = []
    for customer in app.lists.customers():
        if customer["number"] == own:
            continue
        values = known[customer["id"]]
        said = {each.field: each.value for each in reversed(values)}  # of several contacts the first
        days = [each.decided_at for each in values if each.decided_at]
        rows.append({
            "place": len(rows) + 1, "number": customer["number"], "company": customer["company"],
            **{name: said.get(name, "") for name in ("address", "postcode", "products")},
            "contact": said.get("contact_name") or customer["contact"],
            "phone": said.get("telephone") or said.get("phone") or said.get("mobile", ""),
            "mail": said.get("fax") or customer["mail"], "tier": customer["tier"],
            "created_on": _day(customer["created_at"], zone), "checked_on": _day(max(days), zone) if days else "",
            "missing": "、".join(_title(app, name) for name in missing(rules, values)),
        })  # fmt: skip
    return rows


# ------------------------------------------------------------------------------------------------------------ parts


def _customer(work: Work, number: str) -> Customer:
    found = work.customer_by_number(number.strip().upper())
    if found is None:
        fail(t("no customer {number} -> mailflow profile ledger", number=cell(number)[:60]), 4)
    return found


def _show(app: App, values: Sequence[ProfileValue], zone: tzinfo) -> None:
    staff = app.services.desk.staff()
    shown = table("ID", t("customer"), t("field"), t("value"), t("state"), t("mail"), t("day"), t("person"))
    for each in values:
        by = staff.by_address(each.decided_by or each.person)
        whose = f"{each.customer_number} {each.address or each.company}"
        state = t(STATES[each.status]) if each.current or each.status != "accepted" else t("profile|replaced")
        day, name = _day(each.decided_at or each.found_at, zone), by.name if by else each.decided_by or each.person
        value = each.value or t("(taken away)")
        told = (each.id, whose, _title(app, each.field), value, state, each.message or "", day, name)
        shown.add_row(*map(cell, told))
    out.print(shown)


def _title(app: App, name: str) -> str:
    spec = app.parts.office.archive.fields.get(name)
    return spec.title.of("en" if is_english() else "zh") if spec else name


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _plain(value: ProfileValue) -> dict[str, Any]:
    return {
        "id": value.id, "customer": value.customer_number, "contact": value.address, "field": value.field,
        "value": value.value, "was": value.was, "state": value.status, "current": bool(value.current),
        "source": value.source, "words": value.words, "mail": value.message, "sender": value.sender,
        "found_at": value.found_at, "person": value.person, "decided_by": value.decided_by,
        "decided_at": value.decided_at, "version": value.version, "basis": value.basis,
    }  # fmt: skip
