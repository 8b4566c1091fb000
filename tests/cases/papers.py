"""What people do with a record on their desk: fill and sign the Word file, or print, sign and scan it; and read it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import docx
from docx.oxml.ns import qn

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.scans.signed import printed_pages
from mailflow.adapters.word.shaded import shaded
from mailflow.records.returned import Returned, read_returned
from tests.adapters.scans.hands import SCALE, rendered, written
from tests.adapters.scans.sheets import at, noisy, saved, together, turned
from tests.flow.office import Office


def filled(content: bytes, typed: Mapping[str, str]) -> bytes:
    """The Word file with these words typed into its content controls, by their tags (``answer:x``, ``sign:x``)."""
    document = docx.Document(io.BytesIO(content))
    left = set(typed)
    for control in document.element.body.iter(qn("w:sdt")):
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        name = tag.get(qn("w:val")) if tag is not None else ""
        if name not in typed:
            continue
        texts = list(control.iter(qn("w:t")))
        texts[0].text = typed[name]
        for other in texts[1:]:
            other.text = ""
        left.discard(name)
    assert not left, f"no such fields in the form: {left}"
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def retyped(content: bytes, old: str, new: str) -> bytes:
    """The Word file with printed words changed, which nobody may do."""
    document = docx.Document(io.BytesIO(content))
    changed = 0
    for text in document.element.body.iter(qn("w:t")):
        if text.text and old in text.text:
            text.text = text.text.replace(old, new)
            changed += 1
    assert changed
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def scanned(content: bytes, folder: Path, *, hand: bool = True) -> bytes:
    """The Word file printed, each cell signed by hand, laid crooked on a bad scanner: a grainy JPG or a PDF.

    ``hand`` False: nobody signed it.
    """
    folder.mkdir(exist_ok=True)
    copy, colours = shaded(content)
    plain, coloured = folder / "paper.docx", folder / "cells.docx"
    plain.write_bytes(content)
    coloured.write_bytes(copy)
    printed, cells = convert.to_pdf([plain, coloured], folder)
    pages = []
    for index, sheet in enumerate(printed_pages(cells.read_bytes(), colours)):
        page = rendered(printed.read_bytes(), index)
        for number, cell in enumerate(sheet.cells.values() if hand else ()):
            left, top, right, bottom = (round(edge * SCALE) for edge in cell.box)
            page = written(page, (left, top, right, bottom), number)
        pages.append(noisy(turned(at(page, 150), 183), 0.3))
    return saved(pages[0], "JPEG", quality=60) if len(pages) == 1 else together(pages, "PDF", 150)


def archived(office: Office, name: str) -> bytes:
    """A file of the archive, by the end of its path."""
    found = [content for path, content in office.files().items() if path.endswith(f"/{name}")]
    assert len(found) == 1, f"{name}: {len(found)} files"
    return found[0]


def paper(office: Office, name: str) -> Returned:
    """A record of the archive, as a Word program reads it."""
    return read_returned(archived(office, name))


def words(content: bytes) -> str:
    """Everything a Word file says, with what is in its fields."""
    document = docx.Document(io.BytesIO(content))
    return "\n".join("".join(text.text or "" for text in block.iter(qn("w:t"))) for block in document.element.body)
