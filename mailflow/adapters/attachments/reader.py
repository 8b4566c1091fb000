"""The text of attachments: plain text here, Word, Excel and PDF in a child process that is ended when it takes long.

The child is started by the first such file and kept; it knows nothing but the bytes it is given.
"""

from __future__ import annotations

import contextlib
import csv
import io
import subprocess
import sys
import threading
import weakref
from itertools import islice
from pathlib import PurePosixPath

from mailflow.adapters.attachments.file_text import MAX_BYTES, MAX_CHARACTERS, MAX_ROWS, read_frame, write_frame
from mailflow.decoding.charsets import decode_text
from mailflow.domain.model import Attachment
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

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._end: weakref.finalize[..., AttachmentTexts] | None = None

    def __call__(self, file: Attachment) -> str:
        """The text of this file; never raises on strangers' bytes."""
        if not file.content or file.size > MAX_BYTES:
            return ""
        suffix = PurePosixPath(file.safe_name).suffix.lower()
        if suffix in _PLAIN:
            return _plain(file.content[:_HEAD], suffix)
        kind = _OFFICE.get(suffix)
        if kind is None or _SIGNS[kind] not in file.content:
            return ""  # not what its name says: no child need look at it
        with self._lock:
            return self._ask(kind, file.content)

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._stop()

    def _ask(self, kind: str, content: bytes) -> str:
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        timer = threading.Timer(self._seconds, child.kill)
        timer.daemon = True
        timer.start()
        try:
            write_frame(child.stdin, kind, content)
            _, answer = read_frame(child.stdout)
        except (OSError, EOFError, ValueError):
            self._stop()
            return ""
        finally:
            timer.cancel()
        return answer.decode("utf-8", "replace")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._files >= _FILES_PER_CHILD or self._child.poll() is not None):
            self._stop()
        if self._child is None:
            command = [sys.executable, "-I", "-m", "mailflow.adapters.attachments.file_text"]
            # Fixed words, no shell; the stranger's bytes travel through the pipe.
            self._child = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._files = 0
            self._end = weakref.finalize(self, _finish, self._child)
        self._files += 1
        return self._child

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._child = self._end = None


def _finish(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    with contextlib.suppress(OSError, ValueError):
        child.communicate(timeout=5)


def _plain(content: bytes, suffix: str) -> str:
    if b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""  # no text, whatever its name says
    text, _, _ = decode_text(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")[:MAX_CHARACTERS]
    if suffix == ".txt":
        return text
    delimiter = "\t" if suffix == ".tsv" or text.count("\t") > text.count(",") else _separator(text)
    with contextlib.suppress(csv.Error):
        rows = islice(csv.reader(io.StringIO(text), delimiter=delimiter), MAX_ROWS)
        return "\n".join(tables.lines([tables.cell(value) for value in row] for row in rows))[:MAX_CHARACTERS]
    return ""


def _separator(text: str) -> str:
    head = text[:2000]
    return ";" if head.count(";") > head.count(",") else ","
