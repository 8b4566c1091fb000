"""``mailflow customers``: what the company says of its customers, taken from the table it is kept in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, print_json
from mailflow.domain.errors import ConfigError

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.ports import Work
    from mailflow.domain.survey_ports import Traits
    from mailflow.reading.matching.customer_rows import Listed

_SHOWN = 20  # lines of each group


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a table (.xlsx or .csv)")],
    yes: Annotated[bool, typer.Option("--yes", help="write it; else only shown")] = False,
) -> None:
    """Show what a list would change about the customers it names, and with --yes write it; others stay as they are."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        listed = _read(app, file)
        with app.ledger.begin(durable=yes) as work:
            changed, same, unknown = _compared(work, file, listed)
            out.print(t("{changed} customers change, {same} stay the same", changed=len(changed), same=same))
            _lines("*", [f"{name}: {_words(before)} -> {_words(after)}" for name, before, after in changed])
            if unknown:
                out.print(t("not known here yet, or several have the name (write the number, KH-00001):"))
                _lines("?", [" ".join(filter(None, (each.number, each.name))) for each in unknown])
            if not changed:
                out.print(t("Nothing changes."))
            elif not yes:
                out.print(t("Nothing was written: add --yes to write it."))
            else:
                for _, _, after in changed:
                    work.set_traits(after)
                work.journal("customers.listed", now_utc(), file=file.name[:200], changed=len(changed))
                out.print(t("Written; surveys planned from now on go by it."))


def list_(as_json: AsJson = False) -> None:
    """Show what the company says of its customers."""
    with one_line_errors(), opened() as app:
        with app.ledger.begin(durable=False) as work:
            known = work.all_traits()
        if as_json:
            print_json([{"company": company, **asdict(each)} for company, each in known])
            return
        if not known:
            out.print(t("none yet: mailflow customers import FILE"))
            return
        shown = table(t("customer"), t("tier"), t("level"), t("key customer"), t("account manager"))
        for company, each in known:
            key = t("yes") if each.is_key else ""
            shown.add_row(*map(cell, (company, each.tier, each.level, key, each.manager)))
        out.print(shown)


# ------------------------------------------------------------------------------------------------------------ parts


def _read(app: App, file: Path) -> list[Listed]:
    """The list; raises ConfigError with every mistake of the file."""
    from mailflow.app import read_table
    from mailflow.commands.catalogue import lexicon_of
    from mailflow.reading.matching.customer_rows import read_customers

    staff = app.services.desk.staff()

    def address_of(name: str) -> str:
        person = staff.by_name(name)
        return person.address if person is not None else ""

    found, problems = read_customers(str(file), read_table(file), lexicon_of(app.config.rules), address_of)
    if problems:
        raise ConfigError(problems)
    return found


def _compared(
    work: Work, file: Path, listed: Sequence[Listed]
) -> tuple[list[tuple[str, Traits, Traits]], int, list[Listed]]:
    """Who changes (name, before, after), how many stay the same, and whom the ledger does not know.

    Raises ConfigError where two lines are about one customer.
    """
    from mailflow.domain.errors import Problem
    from mailflow.domain.survey_ports import Traits

    rows = work.customers_named(sorted({name for each in listed for name in each.names}))
    known = {each.customer: each for _, each in work.all_traits()}
    changed: list[tuple[str, Traits, Traits]] = []
    unknown: list[Listed] = []
    seen: dict[int, Listed] = {}
    twice: list[Problem] = []
    for each in listed:
        customer = next((rows[name] for name in each.names if name in rows), None)
        if customer is None:
            unknown.append(each)
        elif customer in seen:
            words = f"the same customer as row {seen[customer].row}"
            twice.append(Problem(str(file), each.row, "MF228", words, "keep one of the rows"))
        else:
            seen[customer] = each
            before = known.get(customer, Traits(customer))
            after = each.traits(before)
            changed += [(each.name, before, after)] if after != before else []
    if twice:
        raise ConfigError(twice)
    return changed, len(seen) - len(changed), unknown


def _words(traits: Traits) -> str:
    said = (traits.tier, traits.level, t("key customer") if traits.is_key else "", traits.manager)
    return " | ".join(filter(None, said)) or "-"


def _lines(sign: str, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        out.print(f"  {sign} {cell(line)}", soft_wrap=True)
    if len(lines) > _SHOWN:
        out.print(f"  {sign} " + t("... {count} in all", count=len(lines)))
