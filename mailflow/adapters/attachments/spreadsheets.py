"""Spreadsheets as text: what stands in their visible cells, as it is shown there (00042, 35件, 3.5%, a date).

The values come from calamine, which knows every way Excel, WPS and LibreOffice store them.  How a cell is shown, and
which rows and columns are hidden, it does not tell: that is read from the package's own XML (ECMA-376 part 1, 18.3).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.attachments.number_formats import BUILT_IN, GENERAL, shown
from mailflow.reading.text import tables

MAX_ROWS, MAX_SHEETS = 200, 10
_LOOKED_AT = 5_000  # rows, hidden ones too
_A = ord("A")


@dataclass
class Looks:
    """How a sheet is shown: formats of cells, by (row, column) from 0, and the rows and columns that are hidden."""

    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def lines(content: bytes) -> Iterator[str]:
    """The visible sheets of a workbook (xlsx, xlsb, xls, ods), row by row, and "" for rows beyond the limit.

    Raises calamine's errors for what is no workbook; PasswordError for one behind a password.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    left = MAX_ROWS
    visible = [
        about.name
        for about in book.sheets_metadata
        if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet
    ]
    with _Package(content) as package:
        for name in visible[:MAX_SHEETS]:
            sheet = book.get_sheet_by_name(name)
            rows = [*islice(_rows(sheet, package.looks(name)), left + 1)]
            if len(rows) > left:
                yield from tables.marked(rows[:left])
                raise OverflowError
            left -= len(rows)
            yield from tables.marked(rows)
    if len(visible) > MAX_SHEETS:
        raise OverflowError


def _rows(sheet: Any, looks: Looks) -> Iterator[list[str]]:
    if sheet.start is None:
        return
    top, edge = sheet.start
    for number, row in enumerate(islice(sheet.to_python(skip_empty_area=True), _LOOKED_AT), top):
        if number in looks.rows:
            continue
        cells = [
            _cell(value, looks.formats.get((number, column), GENERAL))
            for column, value in enumerate(row[: tables.MAX_COLUMNS], edge)
            if column not in looks.columns
        ]
        if any(cells):
            yield cells


def _cell(value: Any, code: str) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, (int, float)):
        return tables.cell(shown(float(value), code))
    if isinstance(value, datetime):
        return tables.cell(f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(":00").removesuffix(" 00:00"))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return str(value)
    return tables.cell(value)


# ------------------------------------------------------------------------------------------------------ how it is shown


class _Package:
    """The XML parts of an xlsx file; a workbook of another kind has none, and looks as its values are."""

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(content)) if content.startswith(b"PK\x03\x04") else None
        names = set(self._zip.namelist()) if self._zip else set()
        self._sheets = self._targets() if "xl/workbook.xml" in names else {}
        self._formats = self._styles() if self._sheets and "xl/styles.xml" in names else []

    def __enter__(self) -> _Package:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip:
            self._zip.close()

    def looks(self, name: str) -> Looks:
        """How the sheet of this name is shown."""
        found = Looks()
        part = self._sheets.get(name)
        if part is None or self._zip is None:
            return found
        row = -1
        with self._zip.open(part) as stream:
            for event, element in etree.iterparse(
                stream,
                events=("start", "end"),
                tag=("{*}row", "{*}c", "{*}col"),
                resolve_entities=False,
                no_network=True,
            ):
                kind = etree.QName(element).localname
                if event == "end":
                    if kind == "row":
                        element.clear()
                    continue
                if kind == "row":
                    row = int(element.get("r", row + 2)) - 1
                    if row >= _LOOKED_AT:
                        break
                    if _true(element.get("hidden")):
                        found.rows.add(row)
                elif kind == "col":
                    if _true(element.get("hidden")):
                        last = min(int(element.get("max")), tables.MAX_COLUMNS)
                        found.columns |= {*range(int(element.get("min")) - 1, last)}
                elif (code := self._format(element.get("s"))) != GENERAL:
                    found.formats[row, _column(element.get("r", ""))] = code
        return found

    def _format(self, style: str | None) -> str:
        number = int(style) if style else 0
        return self._formats[number] if number < len(self._formats) else GENERAL

    def _styles(self) -> Sequence[str]:
        root = self._read("xl/styles.xml")
        own = {item.get("numFmtId"): item.get("formatCode", GENERAL) for item in root.iter("{*}numFmt")}
        found = []
        for group in root.iter("{*}cellXfs"):
            ids = [item.get("numFmtId", "0") for item in group.iter("{*}xf")]
            found += [own.get(each) or BUILT_IN.get(int(each), GENERAL) for each in ids]
        return found

    def _targets(self) -> dict[str, str]:
        """The part of each sheet, by the sheet's name."""
        relations = {
            item.get("Id"): item.get("Target", "")
            for item in self._read("xl/_rels/workbook.xml.rels").iter("{*}Relationship")
        }
        found = {}
        for sheet in self._read("xl/workbook.xml").iter("{*}sheet"):
            link = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            target = relations.get(link, "")
            found[sheet.get("name", "")] = target[1:] if target.startswith("/") else posixpath.join("xl", target)
        return found

    def _read(self, part: str) -> Any:
        assert self._zip is not None
        return etree.fromstring(self._zip.read(part), etree.XMLParser(resolve_entities=False, no_network=True))


def _true(value: str | None) -> bool:
    return value in ("1", "true")


def _column(reference: str) -> int:
    """``AB12`` is column 27; 0 where a cell does not say its place."""
    found = 0
    for sign in reference.rstrip("0123456789"):
        found = found * 26 + ord(sign) - _A + 1
    return max(found - 1, 0)
