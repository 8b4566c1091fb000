"""The text of attachments: plain text here, all else in child processes that are ended when they take long."""

from __future__ import annotations

import contextlib
import csv
import io
import time
from dataclasses import replace
from itertools import islice
from typing import IO

from mailflow.adapters.attachments import kinds, old_formats
from mailflow.adapters.attachments.file_text import MAX_BYTES, MAX_CHARACTERS, MAX_ROWS, read_frame, write_frame
from mailflow.adapters.child import Child, ChildLost
from mailflow.adapters.libreoffice.convert import soffice
from mailflow.decoding.charsets import decode_text
from mailflow.domain import attached
from mailflow.domain.attached import FileText, Unread
from mailflow.domain.model import Attachment
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.text import tables

SECONDS, ALL_SECONDS = 10.0, 30.0  # for a file; for all of an archive
_FILES_PER_CHILD = 200
_HEAD = 200_000  # bytes of a text file that are looked at
_DEPTH = 2  # archives in archives
_WITH_CELLS = frozenset({"docx", "xlsx", "pdf"})
_WITHOUT_OFFICE = frozenset({"xls", "ods"})  # workbooks that calamine opens as well, without knowing what is hidden


class AttachmentTexts:
    """Reads the text of a file, and says what of it could not be read, and why."""

    def __init__(self, lexicon: Lexicon, seconds: float = SECONDS) -> None:
        self._lexicon = lexicon
        self._child = Child("mailflow.adapters.attachments.file_text", seconds=seconds, files=_FILES_PER_CHILD)
        self._office = Child(
            "mailflow.adapters.attachments.old_formats", seconds=old_formats.SECONDS + 5, files=_FILES_PER_CHILD
        )

    def __call__(self, file: Attachment) -> FileText:
        """The text of this file; never raises on strangers' bytes."""
        return self._read(file.safe_name, file.content, time.monotonic() + ALL_SECONDS)

    def cells(self, file: Attachment) -> str:
        """The text of a Word, Excel or PDF file with the cells of every row parted by tabs; else an empty string."""
        kind, content = kinds.kind_of(file.safe_name, file.content[: MAX_BYTES + 1]), file.content
        if kind in old_formats.TARGETS and len(content) <= MAX_BYTES:
            kind, content, _ = self._converted(kind, content)
        if kind not in _WITH_CELLS or len(content) > MAX_BYTES:
            return ""
        with contextlib.suppress(ChildLost):
            _, (_, text) = self._answer(kind, content)
            return tables.in_cells(text.decode("utf-8", "replace"))[:MAX_CHARACTERS]
        return ""

    def close(self) -> None:
        """End the child processes, if there are any."""
        self._child.close()
        self._office.close()

    def _read(self, name: str, content: bytes, until: float, depth: int = 0) -> FileText:
        if len(content) > MAX_BYTES:
            return _unread(name, attached.TOO_LARGE)
        if not content:
            return _unread(name, attached.NO_TEXT)
        kind = kinds.kind_of(name, content)
        if kind in ("", attached.LOCKED):
            return _unread(name, kind or attached.UNKNOWN)
        if kind in ("txt", "csv", "tsv"):
            text = _plain(content[:_HEAD], kind, self._lexicon)
            cut = (
                len(content) > _HEAD
                or len(text) == MAX_CHARACTERS
                or (kind != "txt" and content.count(b"\n") > MAX_ROWS)
            )
            return FileText(name, text, (Unread(name, attached.CUT),) if cut else ())
        if time.monotonic() > until:
            return _unread(name, attached.TIMEOUT)
        if kind == "zip":
            return self._archive(name, content, until, depth)
        if kind in old_formats.TARGETS:
            kind, content, why = self._converted(kind, content)
            if why:
                return _unread(name, why)
        if kind == "html":
            content = decode_text(content)[0].encode("utf-8", "replace")
        return self._ask(name, kind, content)

    def _ask(self, name: str, kind: str, content: bytes) -> FileText:
        try:
            (_, why), (_, text) = self._answer(kind, content)
        except ChildLost as lost:
            return _unread(name, attached.TIMEOUT if lost.late else attached.BROKEN)
        reason = why.decode()
        laid = tables.laid_out(text.decode("utf-8", "replace"), self._lexicon)[:MAX_CHARACTERS]
        return FileText(name, laid, (Unread(name, reason),) if reason else ())

    def _archive(self, name: str, content: bytes, until: float, depth: int) -> FileText:
        if depth >= _DEPTH:
            return _unread(name, attached.TOO_MANY)
        try:
            frames = self._answer("zip", content)
        except ChildLost as lost:
            return _unread(name, attached.TIMEOUT if lost.late else attached.BROKEN)
        texts, unread = [], []
        for (kind, inner), (_, why), (_, file) in zip(frames[::3], frames[1::3], frames[2::3], strict=False):
            if kind != "name":
                break
            path = inner.decode("utf-8", "replace")
            found = _unread(path, why.decode()) if why else self._read(path, file, until, depth + 1)
            texts.append(found.text)
            unread += [replace(each, name=f"{name}/{each.name}") for each in found.unread]
        if len(frames) % 3:
            unread.append(Unread(name, attached.BROKEN))
        elif not frames:
            unread.append(Unread(name, attached.NO_TEXT))
        return FileText(name, "\n\n".join(filter(None, texts))[:MAX_CHARACTERS], tuple(unread))

    def _converted(self, kind: str, content: bytes) -> tuple[str, bytes, str]:
        """The file as one we read: its kind, its bytes, and why there are none."""
        if soffice() is None:
            return (kind, content, "") if kind in _WITHOUT_OFFICE else ("", b"", attached.NO_PROGRAM)

        def exchange(asks: IO[bytes], answers: IO[bytes]) -> tuple[str, bytes]:
            write_frame(asks, kind, content)
            return read_frame(answers)

        try:
            said, made = self._office.ask(exchange)
        except ChildLost as lost:
            return "", b"", attached.TIMEOUT if lost.late else attached.BROKEN
        if said == "late":
            return "", b"", attached.TIMEOUT
        if not made:
            return (kind, content, "") if kind in _WITHOUT_OFFICE else ("", b"", attached.BROKEN)
        return old_formats.TARGETS[kind], made, ""

    def _answer(self, kind: str, content: bytes) -> list[tuple[str, bytes]]:
        """The frames of an answer.  Raises ChildLost."""

        def exchange(asks: IO[bytes], answers: IO[bytes]) -> list[tuple[str, bytes]]:
            write_frame(asks, kind, content)
            found = []
            while (frame := read_frame(answers))[0] != "end":
                found.append(frame)
            return found

        return self._child.ask(exchange)


def _unread(name: str, why: str) -> FileText:
    return FileText(name, "", (Unread(name, why),))


def _plain(content: bytes, kind: str, lexicon: Lexicon) -> str:
    text, _, _ = decode_text(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")[:MAX_CHARACTERS]
    if kind == "txt":
        return text
    delimiter = "\t" if kind == "tsv" or text.count("\t") > text.count(",") else _separator(text)
    with contextlib.suppress(csv.Error):
        rows = islice(csv.reader(io.StringIO(text), delimiter=delimiter), MAX_ROWS)
        cells = ([tables.cell(value) for value in row] for row in rows)
        return "\n".join(tables.lines(cells, lexicon))[:MAX_CHARACTERS]
    return ""


def _separator(text: str) -> str:
    head = text[:2000]
    return ";" if head.count(";") > head.count(",") else ","
