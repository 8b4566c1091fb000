"""The text of a stranger's file: Word, Excel and PDF, read within limits.  Nothing is executed or evaluated.

:mod:`mailflow.adapters.attachments.reader` runs this as a process of its own, so that a file made to hang or to eat
memory harms that process only.  Frames on standard input and output: the kind and the length, then the bytes.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

from mailflow.reading.text import tables

MAX_BYTES = 5_000_000
MAX_ROWS, MAX_PAGES, MAX_CHARACTERS = 200, 10, 50_000
MAX_UNPACKED, MAX_ENTRIES, MAX_SHEETS = 60_000_000, 2_000, 10
MAX_MEMORY, MAX_CPU_SECONDS = 1_000_000_000, 600
_MAX_PARAGRAPHS = 2_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COLUMNS = re.compile(r"\t+| {2,}")  # of a line of a PDF page


def text_of(kind: str, content: bytes) -> str:
    """The text of a ``docx``, ``xlsx`` or ``pdf`` file; empty when it cannot be read, is locked or too large.

    Rows of tables are marked (:func:`mailflow.reading.text.tables.marked`): what their headings are is not known here.
    """
    if len(content) > MAX_BYTES:
        return ""
    readers: dict[str, Callable[[bytes], Iterator[str]]] = {"docx": _docx, "xlsx": _xlsx, "pdf": _pdf}
    found: list[str] = []
    size = 0
    # Whatever the libraries raise on strangers' bytes: what was read before it stays.
    with contextlib.suppress(Exception):
        for line in readers[kind](content):
            found.append(line)
            size += len(line) + 1
            if size > MAX_CHARACTERS:
                break
    return "\n".join(found)[:MAX_CHARACTERS]


def _docx(content: bytes) -> Iterator[str]:
    if not sound_zip(content):
        return
    from docx import Document
    from docx.table import Table

    rows_left = MAX_ROWS
    document = Document(io.BytesIO(content))
    _unwrap_controls(document.element)
    for block in islice(document.iter_inner_content(), _MAX_PARAGRAPHS):
        if isinstance(block, Table):
            rows = [[tables.cell(cell.text) for cell in row.cells] for row in islice(block.rows, rows_left)]
            rows_left -= len(rows)
            yield from tables.marked(rows)
        elif block.text.strip():
            yield tables.unmarked(block.text)


def _unwrap_controls(root: Any) -> None:
    """Put what was typed into content controls where they stand: python-docx passes them over.

    A placeholder that Word still shows was typed by nobody.
    """
    for control in list(root.iter(f"{_W}sdt")):
        inner, parent = control.find(f"{_W}sdtContent"), control.getparent()
        if inner is not None and control.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None:
            for words in inner.iter(f"{_W}t"):
                words.text = ""
        at = parent.index(control)
        parent.remove(control)
        for number, child in enumerate(list(inner) if inner is not None else ()):
            parent.insert(at + number, child)


def _xlsx(content: bytes) -> Iterator[str]:
    if not sound_zip(content):
        return
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    rows_left = MAX_ROWS
    for sheet in islice(book.worksheets, MAX_SHEETS):
        if sheet.sheet_state != "visible":
            continue
        rows = []
        for row in sheet.iter_rows(max_row=MAX_ROWS, max_col=tables.MAX_COLUMNS, values_only=True):
            rows.append([tables.cell(value) for value in row])
            rows_left -= 1
            if rows_left <= 0:
                break
        yield from tables.marked(rows)


def _pdf(content: bytes) -> Iterator[str]:
    if b"%PDF" not in content[:1024]:
        return
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content), strict=False)
    for index in range(MAX_PAGES):
        try:
            page = reader.pages[index]
        except IndexError:
            return
        yield from tables.marked(_COLUMNS.split(line.strip()) for line in page.extract_text().splitlines())


def sound_zip(content: bytes) -> bool:
    """Whether this is a ZIP file that unpacks to a bearable size; the sizes it declares bound what is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        return len(entries) <= MAX_ENTRIES and sum(entry.file_size for entry in entries) <= MAX_UNPACKED


# ------------------------------------------------------------------------------------------------ the process itself


def write_frame(stream: IO[bytes], kind: str, content: bytes) -> None:
    """One message: four letters, the length, the bytes."""
    stream.write(kind.encode().ljust(4)[:4] + len(content).to_bytes(8, "big") + content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[str, bytes]:
    """The next message.  Raises EOFError when the other side is gone or sends more than any file may hold."""
    head = stream.read(12)
    length = int.from_bytes(head[4:], "big")
    if len(head) < 12 or length > 2 * MAX_BYTES:
        raise EOFError
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return head[:4].decode("ascii", "replace").strip(), content


def serve() -> None:
    """Answer frames until the other side closes."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such limits on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing a library prints may spoil the frames
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            kind, content = read_frame(sys.stdin.buffer)
            write_frame(answers, "text", text_of(kind, content).encode("utf-8", "replace"))


if __name__ == "__main__":
    serve()
