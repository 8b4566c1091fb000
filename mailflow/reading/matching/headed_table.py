"""A table whose headings are words of the lexicon: where each column is, its lines, and what is wrong with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.errors import Problem
from mailflow.domain.table import Sheet, column_letter
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold

_HEAD_ROWS = 10  # a title and remarks may stand above the headings


@dataclass(frozen=True, slots=True)
class HeadedTable:
    """A sheet whose headings are known: the column of each, and where its lines begin (``head``, from 0)."""

    file: str
    sheet: Sheet
    columns: Mapping[str, int]
    head: int

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

    def of_file(self) -> Iterator[Problem]:
        """What is wrong with the table whatever it says: formulas, too many lines."""
        known = {place: name for name, place in self.columns.items()}
        for row, place in self.sheet.formulas:
            if place in known and row > self.head + 1:
                remedy = "copy the column and paste it as values"
                yield self.problem(row, known[place], "MF225", "the cell holds a formula", remedy)
        if self.sheet.is_cut:
            yield self.too_long(len(self.sheet.rows))

    def too_long(self, row: int) -> Problem:
        """The table goes on behind what can be taken."""
        return self.problem(row, "name", "MF227", "the table is too long", "split it into several files")

    def of_cells(self, row: int, cells: Mapping[str, str], longest: Mapping[str, int]) -> Iterator[Problem]:
        """What is wrong with single cells of a line; ``longest`` in characters, by column, of all others 100."""
        formulas = {(at, place) for at, place in self.sheet.formulas}
        if not cells["name"] and (row, self.columns["name"]) not in formulas:
            yield self.problem(row, "name", "MF224", "the name is missing", "fill it in, or delete the row")
        for name, words in cells.items():
            most = longest.get(name, MAX_CELL)
            if len(words) > most:
                yield self.problem(row, name, "MF226", f"longer than {most} characters", "make it shorter")
            elif not words.isprintable():
                yield self.problem(row, name, "MF226", "it holds signs that cannot be printed", "type it anew")
            elif name in ("name", "model") and words and not any(map(str.isalnum, words)):
                yield self.problem(row, name, "MF226", "no letter and no digit in it", "fill it in, or leave it empty")


MAX_CELL = 100  # characters


def headed(file: str, sheet: Sheet, heads: Mapping[str, Grammar], lexicon: Lexicon, row: int) -> HeadedTable | None:
    """The table whose headings stand in this row (from 0); None where no heading of ``name`` does."""
    columns: dict[str, int] = {}
    for place, words in enumerate(sheet.rows[row]):
        bare = "".join(fold(words).split()).strip("*:#()")
        for name, grammar in heads.items():
            if bare and name not in columns and lexicon(grammar).fullmatch(bare):
                columns[name] = place
    return HeadedTable(file, sheet, columns, row) if "name" in columns else None


def head_rows(sheet: Sheet) -> Sequence[int]:
    """The rows (from 0) in which headings are looked for."""
    return range(min(_HEAD_ROWS, len(sheet.rows)))
