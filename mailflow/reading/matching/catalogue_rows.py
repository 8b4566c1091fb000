"""A table of goods or of customers read as a catalogue: every mistake of the file at once, with row and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.catalogue import Buyer, Catalogue, Goods
from mailflow.domain.errors import Problem
from mailflow.domain.table import Sheet, column_letter
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold

MAX_CELL, MAX_GOODS, MAX_BUYERS, MAX_ALIASES = 100, 20_000, 50_000, 30
_HEAD_ROWS = 10  # a title and remarks may stand above the headings
_SEPARATORS = "、;；,，|/\n"
_NAMES, _MODELS, _ALIASES = Grammar("<catalogue-names>"), Grammar("<catalogue-models>"), Grammar("<catalogue-aliases>")
_UNITS, _DEPARTMENTS = Grammar("<catalogue-units>"), Grammar("<catalogue-departments>")
_CUSTOMERS, _CODES = Grammar("<catalogue-customers>"), Grammar("<catalogue-codes>")
_GOODS = {"name": _NAMES, "model": _MODELS, "aliases": _ALIASES, "unit": _UNITS, "department": _DEPARTMENTS}
_BUYERS = {"name": _CUSTOMERS, "code": _CODES}


@dataclass(frozen=True, slots=True)
class _Table:
    """A sheet whose headings are known: the column of each, and where its lines begin."""

    file: str
    sheet: Sheet
    columns: Mapping[str, int]
    head: int  # the index of the row of headings
    is_goods: bool

    def problem(self, row: int, column: str, code: str, message: str, remedy: str) -> Problem:
        """A problem in line ``row`` of the file, at a column by its name here."""
        place = self.columns[column]
        heading = self.sheet.rows[self.head][place]
        where = f"{self.sheet.title} {column_letter(place)}{row} [{heading}]".strip()
        return Problem(self.file, row, code, f"cell {where}: {message}", remedy)

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line in the file and cells of every row that holds anything."""
        for index in range(self.head + 1, len(self.sheet.rows)):
            row = self.sheet.rows[index]
            cells = {name: row[at].strip() if at < len(row) else "" for name, at in self.columns.items()}
            if any(cells.values()):
                yield index + 1, cells


def read_catalogue(file: str, sheets: Sequence[Sheet], lexicon: Lexicon) -> tuple[Catalogue, list[Problem]]:
    """Goods and customers of a file's sheets; sheets without known headings are left out when another has them."""
    tables = [table for sheet in sheets if (table := _table(file, sheet, lexicon)) is not None]
    if not tables:
        remedy = "the first row names the columns: 名称, 型号, 别名, 单位, 部门; or 客户名称, 客户编号"
        return Catalogue(), [Problem(file, 1, "MF223", "no heading of goods or customers was found", remedy)]
    goods: dict[tuple[str, str], tuple[int, Goods]] = {}
    buyers: dict[tuple[str, str], tuple[int, Buyer]] = {}
    problems: list[Problem] = []
    for table in tables:
        problems += _of_file(table)
        for row, cells in table.lines():
            wrong = list(_cells(table, row, cells))
            if not wrong and table.is_goods:
                wrong = _take_goods(table, row, cells, goods)
            elif not wrong:
                wrong = _take_buyer(table, row, cells, buyers)
            problems += wrong
    items = tuple(item for _, item in goods.values())
    found = Catalogue(items, tuple(item for _, item in buyers.values()))
    problems += _ambiguous(tables, [(row, item) for row, item in goods.values()])
    return found, sorted(problems)


def _table(file: str, sheet: Sheet, lexicon: Lexicon) -> _Table | None:
    for index, row in enumerate(sheet.rows[:_HEAD_ROWS]):
        for heads, is_goods in ((_BUYERS, False), (_GOODS, True)):
            columns = _columns(row, heads, lexicon)
            if "name" in columns:
                return _Table(file, sheet, columns, index, is_goods)
    return None


def _columns(row: Sequence[str], heads: Mapping[str, Grammar], lexicon: Lexicon) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, words in enumerate(row):
        bare = "".join(fold(words).split()).strip("*:#()")
        for name, grammar in heads.items():
            if bare and name not in columns and lexicon(grammar).fullmatch(bare):
                columns[name] = place
    return columns


def _of_file(table: _Table) -> Iterator[Problem]:
    known = {place: name for name, place in table.columns.items()}
    for row, place in table.sheet.formulas:
        if place in known and row > table.head + 1:
            remedy = "copy the column and paste it as values"
            yield table.problem(row, known[place], "MF225", "the cell holds a formula", remedy)
    if table.sheet.is_cut:
        yield table.problem(
            len(table.sheet.rows), "name", "MF227", "the table is too long", "split it into several files"
        )


def _cells(table: _Table, row: int, cells: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with single cells of a line."""
    formulas = {(at, place) for at, place in table.sheet.formulas}
    if not cells["name"] and (row, table.columns["name"]) not in formulas:
        yield table.problem(row, "name", "MF224", "the name is missing", "fill it in, or delete the row")
    for name, words in cells.items():
        longest = MAX_CELL * (MAX_ALIASES if name == "aliases" else 1)
        if len(words) > longest:
            yield table.problem(row, name, "MF226", f"longer than {longest} characters", "make it shorter")
        elif not words.isprintable():
            yield table.problem(row, name, "MF226", "it holds signs that cannot be printed", "type it anew")
        elif name in ("name", "model") and words and not any(map(str.isalnum, words)):
            yield table.problem(row, name, "MF226", "no letter and no digit in it", "fill it in, or leave it empty")


def _take_goods(
    table: _Table, row: int, cells: Mapping[str, str], goods: dict[tuple[str, str], tuple[int, Goods]]
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
        wrong.append(table.problem(row, "name", "MF227", "the table is too long", "split it into several files"))
    if not wrong:
        goods[item.key] = row, item
    return wrong


def _take_buyer(
    table: _Table, row: int, cells: Mapping[str, str], buyers: dict[tuple[str, str], tuple[int, Buyer]]
) -> list[Problem]:
    item = Buyer(cells["name"], cells.get("code", ""))
    if item.key in buyers:
        column = "code" if item.code else "name"
        return [table.problem(row, column, "MF228", f"the same as row {buyers[item.key][0]}", "keep one of the rows")]
    if len(buyers) >= MAX_BUYERS:
        return [table.problem(row, "name", "MF227", "the table is too long", "split it into several files")]
    buyers[item.key] = row, item
    return []


def _ambiguous(tables: Sequence[_Table], goods: Sequence[tuple[int, Goods]]) -> Iterator[Problem]:
    """A word that customers may use for two different goods says nothing."""
    table = next((table for table in tables if table.is_goods), None)
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
