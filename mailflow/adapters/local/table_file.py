"""Tables that people keep: Excel sheets and CSV files (UTF-8 or GBK) as rows of text.  Nothing in them is evaluated."""

from __future__ import annotations

import csv
import io
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

from mailflow.domain.errors import ConfigError, PermanentError, Problem
from mailflow.domain.table import Sheet

MAX_BYTES, MAX_ROWS, MAX_COLUMNS = 20_000_000, 100_000, 40
MAX_UNPACKED, MAX_ENTRIES, MAX_SHEETS = 300_000_000, 5_000, 20
_SEPARATORS = ",\t;"


def read_table(path: Path) -> list[Sheet]:
    """The sheets of an ``.xlsx`` file that are not hidden, or the one of a ``.csv``.

    A cell with a formula is told by its place and comes out empty.  Raises ConfigError for a file that is no table,
    PermanentError for one that cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise PermanentError(f"{path}: {error.strerror}", remedy="name a file that mailflow may read") from None
    if len(content) > MAX_BYTES:
        raise _no_table(path, f"file is larger than {MAX_BYTES} bytes", "split it into several files")
    if content.startswith(b"PK"):
        return _workbook(path, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _no_table(path, "this is a file of old Excel (.xls)", "save it as .xlsx or .csv")
    return [_csv(path, content)]


def _no_table(path: Path, words: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(str(path), 0, "MF222", f"no table: {words}", remedy)])


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    from openpyxl import load_workbook

    broken = _no_table(path, "the Excel file is damaged or locked", "save it anew as .xlsx, without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise broken
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        shown = [sheet for sheet in islice(book.worksheets, MAX_SHEETS) if sheet.sheet_state == "visible"]
        return [_sheet(sheet) for sheet in shown]
    except ConfigError:
        raise
    except Exception as error:  # whatever the library raises on a damaged file
        raise broken from error


def _sheet(sheet: Any) -> Sheet:
    rows: list[tuple[str, ...]] = []
    formulas: list[tuple[int, int]] = []
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS), start=1):
        words = []
        for place, cell in enumerate(row):
            if cell.data_type == "f":
                formulas.append((number, place))
            words.append("" if cell.data_type == "f" else _words(cell.value))
        rows.append(tuple(words))
    return Sheet(str(sheet.title), tuple(rows), tuple(formulas), is_cut=len(rows) > MAX_ROWS)


def _words(value: object) -> str:
    """A value as people see it: whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _csv(path: Path, content: bytes) -> Sheet:
    text = _decoded(content)
    if text is None or "\x00" in text:
        raise _no_table(
            path, "the file is neither a table nor text in UTF-8 or GBK", "save it as .xlsx or as CSV UTF-8"
        )
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(1_000_000)
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = tuple(tuple(" ".join(cell.split()) for cell in row[:MAX_COLUMNS]) for row in islice(found, MAX_ROWS + 1))
    except csv.Error as error:
        raise _no_table(path, "the CSV is damaged", "save it as .xlsx or as CSV UTF-8") from error
    return Sheet("", rows, (), is_cut=len(rows) > MAX_ROWS)


def _decoded(content: bytes) -> str | None:
    """The text: by its byte order mark, as UTF-8, else as Excel on a Chinese Windows writes it."""
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
