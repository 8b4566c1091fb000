"""The text of a PDF: pages line by line, columns marked, filled fields of forms where they stand, remarks below.

pdfium reads the characters as they are shown.  Its text comes in the order of the page's content, which for what
programs write is the order of reading; where a page has fields it is put in order by place.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailflow.reading.text import tables

MAX_PAGES, MAX_FIELDS, MAX_SIGNS = 10, 1_000, 50_000
_GAP = 0.9  # of the size of the type: what is farther apart stands in two columns


@dataclass(slots=True)
class _Piece:
    left: float
    bottom: float
    right: float
    top: float
    words: str
    starts_line: bool = False

    def is_beside(self, other: _Piece) -> bool:
        """Does it stand in the same line?"""
        common = min(self.top, other.top) - max(self.bottom, other.bottom)
        return common > 0.5 * min(self.top - self.bottom, other.top - other.bottom)


def lines(content: bytes) -> Iterator[str]:
    """The text of the first pages.  Raises pdfium's error for a broken file, PermissionError for one behind a password,
    OverflowError when there is more than is read.
    """
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise PermissionError from error
        raise
    document.init_forms()
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        pieces, (fields, remarks) = _pieces(page, raw), _added(page, document.formenv, raw)
        yield from tables.marked(_by_place([*pieces, *fields]) if fields else _lines(pieces))
        yield from map(tables.unmarked, remarks)
        page.close()
    if len(document) > MAX_PAGES:
        raise OverflowError


def _pieces(page: Any, raw: Any) -> list[_Piece]:
    """The words of each line, parted where a column ends."""
    text = page.get_textpage()
    found: list[_Piece] = []
    ahead = ""  # white space between the last sign and the next: none, a blank, or the end of a line
    for index in range(min(text.count_chars(), MAX_SIGNS)):
        sign = chr(raw.FPDFText_GetUnicode(text, index))
        if not sign.strip():
            ahead = "\n" if sign in "\r\n" or ahead == "\n" else ahead + " "
            continue
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
        size = raw.FPDFText_GetFontSize(text, index) or 1.0
        last = found[-1] if found and ahead != "\n" else None
        if last is None or len(ahead) > 1 or left.value - last.right > _GAP * size:
            found.append(_Piece(left.value, bottom.value, right.value, top.value, sign, starts_line=last is None))
        else:
            last.words += ahead + sign
            last.right = right.value
            last.bottom, last.top = min(last.bottom, bottom.value), max(last.top, top.value)
        ahead = ""
    text.close()
    return found


def _lines(pieces: list[_Piece]) -> Iterator[list[str]]:
    """The columns of each line in the order of the page's content."""
    line: list[str] = []
    for piece in pieces:
        if piece.starts_line and line:
            yield line
            line = []
        line.append(piece.words)
    if line:
        yield line


def _by_place(pieces: list[_Piece]) -> Iterator[list[str]]:
    """The columns of each line from the top of the page to its foot."""
    line: list[_Piece] = []
    for piece in sorted(pieces, key=lambda each: -(each.top + each.bottom)):
        if line and not line[-1].is_beside(piece):
            yield [each.words for each in sorted(line, key=lambda each: each.left)]
            line = []
        line.append(piece)
    if line:
        yield [each.words for each in sorted(line, key=lambda each: each.left)]


def _added(page: Any, form: Any, raw: Any) -> tuple[list[_Piece], list[str]]:
    """What was filled into the fields of a form, where it stands; and the words of remarks."""
    fields: list[_Piece] = []
    remarks: list[str] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_FIELDS)):
        note = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(note)
        if kind == raw.FPDF_ANNOT_WIDGET and form is not None:
            box = raw.FS_RECTF()
            raw.FPDFAnnot_GetRect(note, box)
            words = _field(note, form, raw)
            if words:
                fields.append(_Piece(box.left, box.bottom, box.right, box.top, words))
        elif kind in (raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FREETEXT):
            words = _string(
                lambda buffer, size, note=note: raw.FPDFAnnot_GetStringValue(note, b"Contents", buffer, size)
            )
            remarks += [words] if words else []
        raw.FPDFPage_CloseAnnot(note)
    return fields, remarks


def _field(note: Any, form: Any, raw: Any) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(form, note)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        return "☑" if raw.FPDFAnnot_IsChecked(form, note) else "☐"
    if kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        return _string(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, note, buffer, size))
    return ""


def _string(get: Any) -> str:
    """A string pdfium writes into a buffer as UTF-16LE, white space folded."""
    size = get(None, 0)
    if not 2 < size <= 100_000:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    get(buffer, size)
    return " ".join(bytes(buffer).decode("utf-16-le", "replace").rstrip("\0").split())
