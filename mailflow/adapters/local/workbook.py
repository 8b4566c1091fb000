"""A report as an Excel workbook: every figure with its meaning, every list whole.  No cell is a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from mailflow.reports.page import Report, Section, Table, shown
from mailflow.reports.plain import wide
from mailflow.reports.words import formula_of, name_of, number
from mailflow.sentences.catalogue import sentence, worded

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOLD, _HEAD, _RED = Font(bold=True), PatternFill("solid", fgColor="DCE5F0"), Font(color="B23B3B")
_TOP = Alignment(vertical="top", wrap_text=True)
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")
_SIGNS = tuple("=+-@\t＝＋－＠")
WIDEST = 60


def workbook(report: Report) -> bytes:
    """The workbook: a sheet of figures, and one for each section."""
    book = Workbook()
    first = book.active
    first.title = _title(worded(report.language, "figure|Figures"), book)
    _fill(first, [[f"{report.title} {report.period}"], *([line] for line in report.opening), []], bold=1)
    _rows(first, list(_figures(report)), heads=1)
    for section in (*report.first, *report.sections, *report.beside):
        _sheet(book, section)
    facts = book.properties
    facts.creator = facts.lastModifiedBy = report.company
    facts.title = f"{report.title} {report.period}"
    if report.made_at is not None:
        facts.created = facts.modified = report.made_at.replace(tzinfo=None, microsecond=0)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _figures(report: Report) -> Iterator[list[Any]]:
    language = report.language
    yield [
        worded(language, "figure|Figure"), report.period, worded(language, "figure|unit"),
        worded(language, "figure|numerator"), worded(language, "figure|denominator"),
        worded(language, "figure|period before"), worded(language, "figure|year before"),
        worded(language, "figure|meaning"), worded(language, "figure|cases"),
    ]  # fmt: skip
    for key, one in report.figures.items():
        before, last = report.then.get(key), report.last_year.get(key)
        yield [
            name_of(key, language), "—" if one.value is None else round(one.value, 2),
            SIGNS.get(one.unit) or worded(language, UNITS[one.unit]), _or_blank(one.numerator),
            _or_blank(one.denominator), number(before, language) if before else "",
            number(last, language) if last else "", formula_of(key, language), " ".join(one.cases),
        ]  # fmt: skip


UNITS = {
    "count": sentence("unit|count"), "minutes": sentence("unit|working min"), "days": sentence("unit|days"),
}  # fmt: skip
SIGNS = {"percent": "%", "CNY": "CNY"}


def _or_blank(value: int | None) -> int | str:
    return "" if value is None else value


def _sheet(book: Workbook, section: Section) -> None:
    sheet = book.create_sheet(_title(section.title, book))
    _fill(sheet, [[section.title], *([line] for line in section.lines), []], bold=1)
    for table in section.tables:
        if table.title:
            _fill(sheet, [[table.title]], bold=1)
        _rows(sheet, _table(table), heads=1, alarms=[row.alarm for row in table.rows])
        sheet.append([])


def _table(table: Table) -> list[list[Any]]:
    return [list(table.columns), *(list(row.cells) for row in table.rows)]


def _fill(sheet: Any, lines: Sequence[Sequence[Any]], *, bold: int) -> None:
    for place, line in enumerate(lines):
        _write(sheet, line)
        if place < bold:
            for cell in sheet[sheet._current_row]:
                cell.font = _BOLD


def _rows(sheet: Any, lines: Sequence[Sequence[Any]], *, heads: int, alarms: Sequence[bool] = ()) -> None:
    for place, line in enumerate(lines):
        made = _write(sheet, line)
        for cell in made:
            cell.alignment = _TOP
            if place < heads:
                cell.font, cell.fill = _BOLD, _HEAD
            elif alarms and alarms[place - heads]:
                cell.font = _RED
        for cell in made:
            letter = get_column_letter(cell.column)
            needed = min(
                WIDEST, wide(shown(cell.value) if isinstance(cell.value, (int, Decimal)) else str(cell.value)) + 2
            )
            sheet.column_dimensions[letter].width = max(sheet.column_dimensions[letter].width, needed)


def _write(sheet: Any, line: Sequence[Any]) -> list[Any]:
    """A row.  Words are words, whatever sign they begin with, and stay so when the cell is edited."""
    sheet.append([None] * max(len(line), 1))
    row = sheet._current_row  # as append counts: an empty row is one too
    made = []
    for column, value in enumerate(line, 1):
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
            cell.data_type = "s"
            cell.quotePrefix = value.startswith(_SIGNS)
        else:
            cell.value = value
            cell.number_format = "#,##0.00" if isinstance(value, Decimal) else "0"
        made.append(cell)
    return made


def _title(words: str, book: Workbook) -> str:
    """A sheet's name: no signs Excel refuses, 31 at most, each once."""
    base = _NO_TITLE.sub(" ", words).strip()[:28] or "-"
    names, name, count = set(book.sheetnames), base, 1
    while name in names:
        count += 1
        name = f"{base} {count}"
    return name
