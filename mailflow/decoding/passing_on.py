"""A stranger's mail as our people get it: programs and macro files are left out and named, all else byte for byte.

Pure.  What is kept elsewhere is never touched; this makes the copy that goes out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailflow.decoding.mime import Part, parse_structure
from mailflow.decoding.programs import is_program
from mailflow.decoding.tnef import open_tnef
from mailflow.decoding.transfer import decode_uu

MAX_MAILS = 8  # mails within mails that are looked into

_CONTENT_FIELD = re.compile(rb"^content-[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_UU = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?:(?!begin |end)[^\r\n]{0,90}\r?\n){0,500000}end[ \t]*\r?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not passed on: its name as written (a stranger's words), bytes, SHA-256 in hex."""

    name: str
    size: int
    digest: str


Note = Callable[[LeftOut], str]
"""The words that stand in place of a file."""


def pass_on(raw: bytes, note: Note) -> tuple[bytes, tuple[LeftOut, ...]]:
    """The mail without programs and macro files, and what was left out; the very same bytes when there are none.

    A mail that cannot be taken apart to its end is left out as a whole, but for its header.
    """
    whole = _lines(raw)
    rewriter = _Rewriter(note)
    made = rewriter.mail(whole, 0)
    return (raw if not rewriter.left_out else made), tuple(rewriter.left_out)


def _lines(raw: bytes) -> bytes:
    """Line ends as decoding reads them: doubled or bare CR are repaired."""
    if b"\r\r\n" in raw[:20000]:
        return raw.replace(b"\r\r\n", b"\r\n")
    return raw.replace(b"\r", b"\n") if b"\n" not in raw[:20000] and b"\r" in raw[:20000] else raw


class _Rewriter:
    def __init__(self, note: Note) -> None:
        self.note = note
        self.left_out: list[LeftOut] = []

    def mail(self, raw: bytes, depth: int) -> bytes:
        """A mail without what is left out; ``depth`` counts mails within mails."""
        structure = parse_structure(raw)
        if depth > MAX_MAILS or any(problem.startswith("unreadable") for problem in structure.problems):
            return self._replaced(structure.top, "message.eml", raw)
        pieces, at = [], 0
        for part, new in self._changes(structure.top, depth):
            pieces += [raw[at : part.begin], new]
            at = part.end
        return b"".join([*pieces, raw[at:]])

    def _changes(self, top: Part, depth: int) -> Iterator[tuple[Part, bytes]]:
        for part in top.leaves():
            new = self._part(part, depth)
            if new is not None:
                yield part, new

    def _part(self, part: Part, depth: int) -> bytes | None:
        """What stands in place of a part; None when it stays as it is."""
        names = tuple(filter(None, dict.fromkeys((part.filename, part.parameters.get("name", "")))))
        content, _ = part.content()
        if part.type.startswith("message/") or any(name.lower().endswith(".eml") for name in names):
            return self._inner_mail(part, content, depth)
        if part.type.startswith("text/") and not names and part.disposition != "attachment":
            return self._text(part, content)
        if part.type == "application/ms-tnef" or any(name.lower() == "winmail.dat" for name in names):
            inside = [(name, file) for name, file in open_tnef(content).files if is_program(file, (name,))]
            shown = f"{names[0] if names else 'winmail.dat'} ({', '.join(name for name, _ in inside)})"
            return self._replaced(part, shown, content) if inside else None
        if is_program(content, names, part.type):
            return self._replaced(part, names[0] if names else part.type, content)
        return None

    def _inner_mail(self, part: Part, content: bytes, depth: int) -> bytes | None:
        before = len(self.left_out)
        inner = self.mail(_lines(content), depth + 1)
        if len(self.left_out) == before:
            return None
        head = part.raw[part.begin : part.start]
        if part.encoding in ("", "7bit", "8bit", "binary"):
            return head + inner
        fields = _CONTENT_FIELD.sub(_without_encoding, head).rstrip(b"\r\n")
        return (
            fields
            + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(inner).replace(b"\n", b"\r\n")
        )

    def _text(self, part: Part, content: bytes) -> bytes | None:
        """A letter may hold files of its own (uuencode), which some mail programs show as attachments."""
        before = len(self.left_out)

        def judged(found: re.Match[bytes]) -> bytes:
            name, file = found[1].decode("utf-8", "replace"), decode_uu(found[0])[0]
            return self._words(name, file) if is_program(file, (name,)) else found[0]

        made = _UU.sub(judged, content) if b"begin " in content else content
        if len(self.left_out) == before:
            return None
        return _head(part) + _text_fields(made, part.type, part.parameters.get("charset", ""))

    def _replaced(self, part: Part, name: str, content: bytes) -> bytes:
        return _head(part) + _text_fields(self._words(name, content), "text/plain", "utf-8")

    def _words(self, name: str, content: bytes) -> bytes:
        left = LeftOut(name, len(content), hashlib.sha256(content).hexdigest())
        self.left_out.append(left)
        return self.note(left).encode("utf-8", "replace")


def _without_encoding(field: re.Match[bytes]) -> bytes:
    return b"" if field[0].lower().startswith(b"content-transfer-encoding") else field[0]


def _head(part: Part) -> bytes:
    """The part's header without what describes its content."""
    head = part.raw[part.begin : part.start]
    kept = _CONTENT_FIELD.sub(b"", head if head.endswith(b"\n") else head + b"\r\n").rstrip(b"\r\n")
    return kept + b"\r\n" if kept.strip() else b""


def _text_fields(content: bytes, kind: str, charset: str) -> bytes:
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    charset = re.sub(r"[^A-Za-z0-9_.:-]", "", charset) or "utf-8"
    fields = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return fields.encode("ascii", "replace") + body
