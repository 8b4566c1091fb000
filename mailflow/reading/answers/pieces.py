"""A short answer cut into pieces: clauses with their place in the text, squeezed for matching."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.reading.answers.words import squeeze

MAX_PIECES = 400
MAX_TEXT = 20_000

# Between clauses.  A dot ends one only before white space; a hyphen only between blanks or beside Chinese.
_CUT = re.compile(
    r"(?:[。;!?~\n\r、|…·•]|,(?!\d{3}(?!\d))|(?<!\d)/|/(?!\d))+|\.{2,}|\.(?=\s|$|[\u2e80-\u9fff])|[-_=]{2,}|\s-+\s|(?<=[\u4e00-\u9fff])-+"
    r"|-+(?=[\u4e00-\u9fff])|[ \t]{2,}|[()\[\]\"<>《》{}*#]+|'(?![a-z])|(?<![a-z])'|—+"
)
# Ornaments that say nothing, or nothing but yes; any other sign is a word nobody knows.
_ORNAMENT = r"[\s:.'\-√✓✔☑✅👍👌🙏😊🌹🫡👏💪🤝\ufe0f\U0001f3fb-\U0001f3ff]+"
_HEAD, _TAIL = re.compile(f"^{_ORNAMENT}"), re.compile(f"{_ORNAMENT}$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause at ``[start:end]`` of the text; ``words`` are squeezed.

    ``asked`` tells that a question mark ends it, ``joined`` that an enumeration sign (、 , /) leads to the next piece
    on the same line.
    """

    start: int
    end: int
    words: str
    line: int
    asked: bool = False
    joined: bool = False


def cut(folded: str, start: int = 0, end: int | None = None) -> list[Piece]:
    """The clauses of a folded text (or of a stretch of it), without empty ones."""
    last = len(folded) if end is None else end
    found: list[Piece] = []
    line = folded.count("\n", 0, start)
    at = start
    while at < last and len(found) < MAX_PIECES:
        stop = _CUT.search(folded, at, last)
        until = stop.start() if stop else last
        sign = stop[0] if stop else ""
        piece = _piece(folded, at, until, line, sign)
        if piece is not None:
            found.append(piece)
        elif "?" in sign and found and found[-1].line == line:
            found[-1] = _asked(found[-1])
        line += sign.count("\n")
        at = stop.end() if stop else last
        if stop and stop.end() == stop.start():
            at += 1
    return found


def _asked(piece: Piece) -> Piece:
    return Piece(piece.start, piece.end, piece.words, piece.line, True, piece.joined)


def _piece(folded: str, start: int, end: int, line: int, sign: str) -> Piece | None:
    if head := _HEAD.match(folded[start:end]):
        start += head.end()
    if tail := _TAIL.search(folded[start:end]):
        end = start + tail.start()
    squeezed = squeeze(folded[start:end])
    if not squeezed:
        return None
    first = sign.split("\n")[0]
    return Piece(start, end, squeezed, line, "?" in first, bool(first) and first[:1] in "、,/")


def parts(piece: Piece, folded: str) -> list[Piece]:
    """A piece cut again at its blanks: 同意 张三 may be two."""
    found = []
    for match in re.finditer(r"\S+", folded[piece.start : piece.end]):
        start, end = piece.start + match.start(), piece.start + match.end()
        found.append(Piece(start, end, squeeze(folded[start:end]), piece.line, piece.asked, piece.joined))
    return found


def slice_of(text: str, pieces: Sequence[Piece]) -> str:
    """The original text from the first to the last of these pieces."""
    return text[pieces[0].start : pieces[-1].end].strip() if pieces else ""
