"""The text of a stranger's file, read within limits.  Nothing is executed or evaluated.

:mod:`mailflow.adapters.attachments.reader` runs this as a process of its own, so that a file made to hang or to eat
memory harms that process only.  Frames on standard input and output: the kind and the length, then the bytes.
"""

from __future__ import annotations

import contextlib
import io
import sys
import zipfile
from collections.abc import Iterator
from typing import IO

from mailflow.adapters.attachments import archives
from mailflow.domain import attached

MAX_BYTES = 20_000_000
MAX_ROWS, MAX_PAGES, MAX_CHARACTERS = 200, 10, 50_000
MAX_UNPACKED, MAX_ENTRIES = 60_000_000, 2_000
MAX_MEMORY, MAX_CPU_SECONDS = 1_000_000_000, 600
_LOCKED = ("PasswordError", "PermissionError")


def text_of(kind: str, content: bytes) -> tuple[str, str]:
    """The text of a ``docx``, ``xlsx`` (or other workbook), ``pdf`` or ``html`` file, and why it is not all of it.

    Rows of tables are marked (:func:`mailflow.reading.text.tables.marked`): what their headings are is not known here.
    The reason is one of :data:`mailflow.domain.attached.WHY`, empty for a file that was read.
    """
    if len(content) > MAX_BYTES:
        return "", attached.TOO_LARGE
    found: list[str] = []
    size, why = 0, ""
    try:
        for line in _lines(kind, content):
            found.append(line)
            size += len(line) + 1
            if size > MAX_CHARACTERS:
                why = attached.CUT
                break
    except OverflowError:
        why = attached.CUT
    except MemoryError:
        why = attached.TOO_LARGE
    except Exception as error:  # whatever the libraries raise on strangers' bytes: what was read before it stays
        why = attached.LOCKED if type(error).__name__ in _LOCKED else attached.BROKEN
    text = "\n".join(found)[:MAX_CHARACTERS]
    return text, why or ("" if any(sign.isalnum() for sign in text) else attached.NO_TEXT)


def _lines(kind: str, content: bytes) -> Iterator[str]:
    # Each library is loaded by the first file that needs it.
    if content.startswith(b"PK\x03\x04") and not sound_zip(content):
        raise MemoryError
    if kind == "docx":
        from mailflow.adapters.attachments import word

        return word.lines(content)
    if kind == "pdf":
        from mailflow.adapters.attachments import pdf_text

        return pdf_text.lines(content)
    if kind == "html":
        from mailflow.adapters.attachments import pages

        return pages.lines(content.decode())
    from mailflow.adapters.attachments import spreadsheets

    return spreadsheets.lines(content)


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


def bound(memory: int, seconds: int) -> None:
    """Let this process, and each it starts, take no more memory (bytes) and processor (seconds), where that can be."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such limits on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve() -> None:
    """Answer frames until the other side closes."""
    bound(MAX_MEMORY, MAX_CPU_SECONDS)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing a library prints may spoil the frames
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            kind, content = read_frame(sys.stdin.buffer)
            for name, part in _answer(kind, content):
                write_frame(answers, name, part)
            write_frame(answers, "end", b"")


def _answer(kind: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The frames that answer a file: of an archive its files, else why it is not read, and its text."""
    if kind == "zip":
        try:
            for member in archives.members(content):
                yield "name", member.name.encode("utf-8", "replace")
                yield "why", member.why.encode()
                yield "file", member.content
        except Exception:  # strangers' bytes
            yield "why", attached.BROKEN.encode()
        return
    text, why = text_of(kind, content)
    yield "why", why.encode()
    yield "text", text.encode("utf-8", "replace")


if __name__ == "__main__":
    serve()
