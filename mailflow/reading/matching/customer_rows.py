"""A company's own list of customers: tier, level, key customer or not, account manager; every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.errors import Problem
from mailflow.domain.survey_ports import Traits
from mailflow.domain.table import Sheet
from mailflow.reading.matching.headed_table import HeadedTable, head_rows, headed
from mailflow.reading.matching.lexicon import Grammar, Lexicon

MAX_CUSTOMERS = 50_000
_NAMES, _NUMBERS = Grammar("<catalogue-customers>"), Grammar("<catalogue-codes>")
_TIERS, _LEVELS = Grammar("<customer-tiers>"), Grammar("<customer-levels>")
_KEYS, _MANAGERS = Grammar("<customer-keys>"), Grammar("<customer-managers>")
_HEADS = {
    "name": _NAMES, "number": _NUMBERS, "tier": _TIERS, "level": _LEVELS, "is_key": _KEYS, "manager": _MANAGERS,
}  # fmt: skip
_YES, _NO = Grammar("<customer-yes>"), Grammar("<customer-no>")
_LONGEST = {"tier": 60, "level": 60}
_BRACKETS = str.maketrans("()", "（）")
_HALF = str.maketrans("（）", "()")


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list: who it is about, and what its columns say; a column the file has not is not in ``said``."""

    row: int
    name: str
    number: str
    said: Mapping[str, str | bool]

    @property
    def names(self) -> tuple[str, ...]:
        """What the ledger may call the customer: his number, his name with brackets of either width."""
        spelled = (self.number, self.name, self.name.translate(_BRACKETS), self.name.translate(_HALF))
        return tuple(dict.fromkeys(filter(None, spelled)))

    def traits(self, before: Traits) -> Traits:
        """What is known of him after this line."""
        said = {"tier": before.tier, "level": before.level, "is_key": before.is_key, "manager": before.manager}
        tier, level, is_key, manager = {**said, **self.said}.values()
        return Traits(before.customer, str(tier), str(level), bool(is_key), str(manager))


def read_customers(
    file: str, sheets: Sequence[Sheet], lexicon: Lexicon, address_of: Callable[[str], str]
) -> tuple[list[Listed], list[Problem]]:
    """The customers of a file's sheets; sheets without known headings are left out when another has them.

    ``address_of`` gives the address of a colleague by his name, "" of nobody.
    """
    tables = [table for sheet in sheets if (table := _table(file, sheet, lexicon)) is not None]
    if not tables:
        remedy = "the first row names the columns: 客户名称, 客户编号, 客户等级, 重点客户, 客户经理"
        return [], [Problem(file, 1, "MF223", "no heading that names customers and one that says something", remedy)]
    found: dict[str, Listed] = {}
    problems: list[Problem] = []
    for table in tables:
        problems += table.of_file()
        for row, cells in table.lines():
            wrong = [*table.of_cells(row, cells, _LONGEST), *_answers(table, row, cells, lexicon, address_of)]
            key = cells.get("number") or cells["name"]
            if key in found:
                wrong.append(
                    table.problem(row, "name", "MF228", f"the same as row {found[key].row}", "keep one of the rows")
                )
            elif len(found) >= MAX_CUSTOMERS:
                wrong.append(table.too_long(row))
            problems += wrong
            if not wrong:
                found[key] = Listed(row, cells["name"], cells.get("number", ""), _said(cells, lexicon, address_of))
    return list(found.values()), sorted(problems)


# ------------------------------------------------------------------------------------------------------------ parts


def _table(file: str, sheet: Sheet, lexicon: Lexicon) -> HeadedTable | None:
    for row in head_rows(sheet):
        table = headed(file, sheet, _HEADS, lexicon, row)
        if table is not None and table.columns.keys() - {"name", "number"}:
            return table
    return None


def _answers(
    table: HeadedTable, row: int, cells: Mapping[str, str], lexicon: Lexicon, address_of: Callable[[str], str]
) -> Iterator[Problem]:
    key = cells.get("is_key", "")
    if key and not (_is(key, _YES, lexicon) or _is(key, _NO, lexicon)):
        yield table.problem(row, "is_key", "MF844", f"{key!r} is neither yes nor no", "write 是 or 否")
    manager = cells.get("manager", "")
    if manager and not address_of(manager):
        remedy = "write a name of rules/staff.yaml that one person has, or the address"
        yield table.problem(row, "manager", "MF845", f"{manager!r} is nobody of the company, or several are", remedy)


def _said(cells: Mapping[str, str], lexicon: Lexicon, address_of: Callable[[str], str]) -> dict[str, str | bool]:
    said: dict[str, str | bool] = {name: cells[name] for name in ("tier", "level") if name in cells}
    if "is_key" in cells:
        said["is_key"] = _is(cells["is_key"], _YES, lexicon)
    if "manager" in cells:
        said["manager"] = address_of(cells["manager"]) if cells["manager"] else ""
    return said


def _is(words: str, grammar: Grammar, lexicon: Lexicon) -> bool:
    return bool(lexicon(grammar).fullmatch(words.strip().lower()))
