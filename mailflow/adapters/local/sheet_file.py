"""A table as an Excel workbook: every cell is text, a day or a number; none is a formula, whoever wrote its words."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date

Value = str | int | date
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_767  # characters of a cell
_WIDEST, _NARROWEST = 48, 8


def sheet(title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """The workbook's bytes: headings in the first row, which stays in sight and has filters; days as days."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page = book.active
    page.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1"
    for number, line in enumerate([headings, *rows], 1):
        for column, value in enumerate(line, 1):
            place = page.cell(number, column)
            if isinstance(value, str):
                place.value = _NOT_IN_XML.sub(" ", value)[:_LONGEST]
                place.data_type = "s"  # what begins with = stays the text it is
            else:
                place.value = value
            if isinstance(value, date):
                place.number_format = "yyyy-mm-dd"
            place.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                place.font = Font(bold=True)
    for column in range(1, len(headings) + 1):
        longest = max((_width(line[column - 1]) for line in [headings, *rows]), default=0)
        page.column_dimensions[get_column_letter(column)].width = max(_NARROWEST, min(longest + 2, _WIDEST))
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(rows) + 1}"
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:1"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _width(value: Value) -> int:
    """Half-width columns of the longest line."""
    return max((sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in str(value).split("\n")), default=0)
