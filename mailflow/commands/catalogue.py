"""``mailflow catalogue``: the company's own list of goods and customers, taken from the table it is kept in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, load_config, one_line_errors, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, print_json
from mailflow.domain.errors import ConfigError

if TYPE_CHECKING:
    from mailflow.domain.catalogue import Buyer, Catalogue, Changes, Goods
    from mailflow.reading.matching.lexicon import Lexicon

_SHOWN = 20  # lines of each group of changes


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a table (.xlsx or .csv)")],
    yes: Annotated[bool, typer.Option("--yes", help="write it; else only shown")] = False,
) -> None:
    """Show what a list would change in the catalogue, and with --yes take it over; the list in it is replaced whole."""
    from mailflow.domain.catalogue import changes
    from mailflow.settings import catalogue_file

    with one_line_errors():
        config = load_config()
        before = catalogue_file.load(config.rules, sound=False)
        found = read_file(file, lexicon_of(config.rules))
        after = replace(before, **{name: items for name in ("goods", "buyers") if (items := getattr(found, name))})
        goods, buyers = changes(before.goods, after.goods), changes(before.buyers, after.buyers)
        if found.goods:
            _show(t("goods"), goods)
        if found.buyers:
            _show(t("customers"), buyers)
        if not goods and not buyers:
            out.print(t("Nothing changes."))
        elif not yes:
            out.print(t("Nothing was written: add --yes to write it."))
        else:
            catalogue_file.save(config.rules, after)
            out.print(t("Written; mailflow run uses it from its next start."))


def list_(as_json: AsJson = False) -> None:
    """Show the catalogue in use."""
    from mailflow.settings import catalogue_file

    with one_line_errors():
        listed = catalogue_file.load(load_config().rules)
        if as_json:
            print_json([*map(asdict, listed.goods), *map(asdict, listed.buyers)])
            return
        if not listed:
            out.print(t("none yet: mailflow catalogue import FILE"))
        if listed.goods:
            shown = table(t("name"), t("model"), t("aliases"), t("unit"), t("department"))
            for item in listed.goods:
                shown.add_row(*map(cell, (item.name, item.model, "、".join(item.aliases), item.unit, item.department)))
            out.print(shown)
        if listed.buyers:
            shown = table(t("customer"), t("code"))
            for buyer in listed.buyers:
                shown.add_row(cell(buyer.name), cell(buyer.code))
            out.print(shown)


def read_file(file: Path, lexicon: Lexicon) -> Catalogue:
    """The catalogue in a table.  Raises ConfigError with every mistake of the file, PermanentError when it is shut."""
    from mailflow.app import read_table
    from mailflow.reading.matching.catalogue_rows import read_catalogue

    found, problems = read_catalogue(str(file), read_table(file), lexicon)
    if problems:
        raise ConfigError(problems)
    return found


def lexicon_of(rules: Path) -> Lexicon:
    """The word lists, among them those of headings.  Raises ConfigError with what is wrong in the office's own."""
    from mailflow.reading.matching.lexicon_files import load
    from mailflow.settings import shipped

    lexicon, problems = load(rules / shipped.LEXICON, whole=False)
    if lexicon is None:
        raise ConfigError(problems)
    return lexicon


# ------------------------------------------------------------------------------------------------------------ parts


def _show(title: str, found: Changes[Goods] | Changes[Buyer]) -> None:
    new, changed, gone = len(found.new), len(found.changed), len(found.gone)
    out.print(
        t(
            "{title}: {new} new, {changed} changed, {gone} gone, {same} the same",
            title=title,
            new=new,
            changed=changed,
            gone=gone,
            same=found.same,
        )
    )
    _lines("+", map(_words, found.new))
    _lines("*", (f"{_words(before)} -> {_words(after)}" for before, after in found.changed))
    _lines("-", map(_words, found.gone))


def _lines(sign: str, words: Iterable[str]) -> None:
    lines = list(words)
    for line in lines[:_SHOWN]:
        out.print(f"  {sign} {cell(line)}", soft_wrap=True)
    if len(lines) > _SHOWN:
        out.print(f"  {sign} " + t("... {count} in all", count=len(lines)))


def _words(item: Goods | Buyer) -> str:
    values = asdict(item).values()
    return " | ".join("、".join(value) if isinstance(value, (tuple, list)) else value for value in values if value)
