"""A table of goods or of customers read as a catalogue: every mistake of the file at once, with row and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mailflow.domain.catalogue import Buyer, Catalogue, Goods
from mailflow.domain.errors import Problem
from mailflow.domain.table import Sheet
from mailflow.reading.matching.headed_table import MAX_CELL, HeadedTable, head_rows, headed
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold

MAX_GOODS, MAX_BUYERS, MAX_ALIASES = 20_000, 50_000, 30
_SEPARATORS = "、;；,，|/\n"
_NAMES, _MODELS, _ALIASES = Grammar("<catalogue-names>"), Grammar("<catalogue-models>"), Grammar("<catalogue-aliases>")
_UNITS, _DEPARTMENTS = Grammar("<catalogue-units>"), Grammar("<catalogue-departments>")
_CUSTOMERS, _CODES = Grammar("<catalogue-customers>"), Grammar("<catalogue-codes>")
_GOODS = {"name": _NAMES, "model": _MODELS, "aliases": _ALIASES, "unit": _UNITS, "department": _DEPARTMENTS}
_BUYERS = {"name": _CUSTOMERS, "code": _CODES}


def read_catalogue(file: str, sheets: Sequence[Sheet], lexicon: Lexicon) -> tuple[Catalogue, list[Problem]]:
    """Goods and customers of a file's sheets; sheets without known headings are left out when another has them."""
    tables = [found for sheet in sheets if (found := _table(file, sheet, lexicon)) is not None]
    if not tables:
        remedy = "the first row names the columns: 名称, 型号, 别名, 单位, 部门; or 客户名称, 客户编号"
        return Catalogue(), [Problem(file, 1, "MF223", "no heading of goods or customers was found", remedy)]
    goods: dict[tuple[str, str], tuple[int, Goods]] = {}
    buyers: dict[tuple[str, str], tuple[int, Buyer]] = {}
    problems: list[Problem] = []
    for table, is_goods in tables:
        problems += table.of_file()
        for row, cells in table.lines():
            wrong = list(table.of_cells(row, cells, {"aliases": MAX_CELL * MAX_ALIASES}))
            if not wrong and is_goods:
                wrong = _take_goods(table, row, cells, goods)
            elif not wrong:
                wrong = _take_buyer(table, row, cells, buyers)
            problems += wrong
    items = tuple(item for _, item in goods.values())
    listed = Catalogue(items, tuple(item for _, item in buyers.values()))
    problems += _ambiguous(tables, [(row, item) for row, item in goods.values()])
    return listed, sorted(problems)


def _table(file: str, sheet: Sheet, lexicon: Lexicon) -> tuple[HeadedTable, bool] | None:
    """The table of a sheet, and whether it is one of goods."""
    for row in head_rows(sheet):
        for heads, is_goods in ((_BUYERS, False), (_GOODS, True)):
            if (table := headed(file, sheet, heads, lexicon, row)) is not None:
                return table, is_goods
    return None


def _take_goods(
    table: HeadedTable, row: int, cells: Mapping[str, str], goods: dict[tuple[str, str], tuple[int, Goods]]
) -> list[Problem]:
    said = _listed(cells.get("aliases", ""))
    aliases = tuple(word for word in said if word.casefold() != cells["name"].casefold())
    item = Goods(cells["name"], cells.get("model", ""), aliases, cells.get("unit", ""), cells.get("department", ""))
    wrong = [
        table.problem(row, "aliases", "MF226", f"the alias {word!r} is a single sign", "write it out, or leave it out")
        for word in item.aliases
        if len(word) < 2
    ]
    if len(item.aliases) > MAX_ALIASES:
        wrong.append(table.problem(row, "aliases", "MF226", f"more than {MAX_ALIASES} aliases", "keep the usual ones"))
    if item.key in goods:
        remedy = "keep one of the rows"
        wrong.append(table.problem(row, "name", "MF228", f"the same as row {goods[item.key][0]}", remedy))
    elif len(goods) >= MAX_GOODS:
        wrong.append(table.too_long(row))
    if not wrong:
        goods[item.key] = row, item
    return wrong


def _take_buyer(
    table: HeadedTable, row: int, cells: Mapping[str, str], buyers: dict[tuple[str, str], tuple[int, Buyer]]
) -> list[Problem]:
    item = Buyer(cells["name"], cells.get("code", ""))
    if item.key in buyers:
        column = "code" if item.code else "name"
        return [table.problem(row, column, "MF228", f"the same as row {buyers[item.key][0]}", "keep one of the rows")]
    if len(buyers) >= MAX_BUYERS:
        return [table.too_long(row)]
    buyers[item.key] = row, item
    return []


def _ambiguous(tables: Sequence[tuple[HeadedTable, bool]], goods: Sequence[tuple[int, Goods]]) -> Iterator[Problem]:
    """A word that customers may use for two different goods says nothing."""
    table = next((table for table, is_goods in tables if is_goods), None)
    means: dict[str, tuple[int, str]] = {}
    for row, item in goods:
        means.setdefault(fold(item.name), (row, item.name))
    for row, item in goods if table else ():
        for word in item.aliases:
            before = means.setdefault(fold(word), (row, item.name))
            if table is not None and before[1].casefold() != item.name.casefold():
                message = f"the alias {word!r} also means {before[1]!r} in row {before[0]}"
                yield table.problem(row, "aliases", "MF229", message, "leave it out of one of the rows")


def _listed(words: str) -> list[str]:
    for sign in _SEPARATORS:
        words = words.replace(sign, "\n")
    return list(dict.fromkeys(filter(None, (word.strip() for word in words.split("\n")))))
