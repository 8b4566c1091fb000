"""The text of attachments: plain text here, Word, Excel and PDF in a child process that is ended when it takes long."""

from __future__ import annotations

import contextlib
import csv
import io
from itertools import islice
from pathlib import PurePosixPath
from typing import IO

from mailflow.adapters.attachments.file_text import MAX_BYTES, MAX_CHARACTERS, MAX_ROWS, read_frame, write_frame
from mailflow.adapters.child import Child, ChildLost
from mailflow.decoding.charsets import decode_text
from mailflow.domain.model import Attachment
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.text import tables

SECONDS = 10.0
_FILES_PER_CHILD = 200
_OFFICE = {".docx": "docx", ".docm": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".pdf": "pdf"}
_PLAIN = frozenset({".txt", ".csv", ".tsv"})
_HEAD = 200_000  # bytes of a text file that are looked at


# What every file of the kind holds: an indirect object (ISO 32000-1, 7.3.10), a ZIP local file header.
_SIGNS = {"pdf": b"endobj", "docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04"}


class AttachmentTexts:
    """Reads the text of a file, or an empty string: unknown kinds, locked, broken, too large or too slow files."""

    def __init__(self, lexicon: Lexicon, seconds: float = SECONDS) -> None:
        self._lexicon = lexicon
        self._child = Child("mailflow.adapters.attachments.file_text", seconds=seconds, files=_FILES_PER_CHILD)

    def __call__(self, file: Attachment) -> str:
        """The text of this file; never raises on strangers' bytes."""
        suffix = PurePosixPath(file.safe_name).suffix.lower()
        if suffix in _PLAIN and file.size <= MAX_BYTES:
            return _plain(file.content[:_HEAD], suffix, self._lexicon)
        return tables.laid_out(self._marked(file), self._lexicon)[:MAX_CHARACTERS]

    def cells(self, file: Attachment) -> str:
        """The text of a Word, Excel or PDF file with the cells of every row parted by tabs; else an empty string."""
        return tables.in_cells(self._marked(file))[:MAX_CHARACTERS]

    def _marked(self, file: Attachment) -> str:
        kind = _OFFICE.get(PurePosixPath(file.safe_name).suffix.lower())
        if kind is None or file.size > MAX_BYTES or _SIGNS[kind] not in file.content:
            return ""  # not what its name says: no child need look at it
        return self._ask(kind, file.content)

    def close(self) -> None:
        """End the child process, if there is one."""
        self._child.close()

    def _ask(self, kind: str, content: bytes) -> str:
        def exchange(asks: IO[bytes], answers: IO[bytes]) -> bytes:
            write_frame(asks, kind, content)
            return read_frame(answers)[1]

        try:
            return self._child.ask(exchange).decode("utf-8", "replace")
        except ChildLost:
            return ""


def _plain(content: bytes, suffix: str, lexicon: Lexicon) -> str:
    if b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""  # no text, whatever its name says
    text, _, _ = decode_text(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")[:MAX_CHARACTERS]
    if suffix == ".txt":
        return text
    delimiter = "\t" if suffix == ".tsv" or text.count("\t") > text.count(",") else _separator(text)
    with contextlib.suppress(csv.Error):
        rows = islice(csv.reader(io.StringIO(text), delimiter=delimiter), MAX_ROWS)
        cells = ([tables.cell(value) for value in row] for row in rows)
        return "\n".join(tables.lines(cells, lexicon))[:MAX_CHARACTERS]
    return ""


def _separator(text: str) -> str:
    head = text[:2000]
    return ";" if head.count(";") > head.count(",") else ","
