"""The lines at a mail's end where people say who they are: the signature, and the last lines of the new text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.reading.matching.parts import Part

_LAST_LINES = 7
_MAX_LINE = 60
_CLOSING = re.compile(
    r"^\s{0,8}(?:谢谢|多谢|感谢|祝|此致|敬礼|顺颂|顺祝|商祺|以上|盼复|best|kind|warm|with|regards|thanks|thank you|"
    r"cheers|"
    r"sincerely|yours|brgds|br\b|rgds)"
)
_PIECE = re.compile(r"[^\s|/·,;:、()（）\[\]<>]{1,40}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a part, by its place there; ``closing`` tells that a closing formula stands somewhere above."""

    part: Part
    start: int
    end: int
    closing: bool

    @property
    def text(self) -> str:
        """The folded line."""
        return self.part.text[self.start : self.end]

    def pieces(self) -> Iterator[tuple[int, int]]:
        """The words and columns of the line, split at white space, bars and brackets."""
        for match in _PIECE.finditer(self.part.text, self.start, self.end):
            yield match.start(), match.end()


def lines(parts: Sequence[Part]) -> list[Line]:
    """Short lines of signatures first, then the last lines of new and forwarded text (from the closing formula on)."""
    found: list[Line] = []
    for part in parts:
        if part.source == "signature":
            found += [Line(part, start, end, True) for start, end in _spans(part.text)][:30]
    for part in parts:
        if part.role in ("new_text", "forwarded_text", "attachment"):
            found += _last(part)
    return found


def _last(part: Part) -> list[Line]:
    spans = list(_spans(part.text[-3000:], max(0, len(part.text) - 3000)))
    closings = [index for index, (start, end) in enumerate(spans) if _CLOSING.match(part.text[start:end])]
    # The last formula counts, unless it closes the mail itself (name first, 谢谢 below).
    first = max(0, len(spans) - _LAST_LINES)
    closing = next((index for index in reversed(closings) if index < len(spans) - 1), None)
    if closing is not None:
        first = min(first, closing)
    spans = [_tail(part.text, start, end) for start, end in spans]
    return [
        Line(part, start, end, closing is not None and index >= closing)
        for index, (start, end) in enumerate(spans)
        if index >= first and end - start <= _MAX_LINE
    ]


def _tail(text: str, start: int, end: int) -> tuple[int, int]:
    """The last sentence of a line too long to be a sign-off: who writes in a hurry signs behind the last full stop."""
    if end - start <= _MAX_LINE:
        return start, end
    stop = max(text.rfind(sign, end - _MAX_LINE, end - 1) for sign in "。!?;")
    return (stop + 1, end) if stop >= 0 and end - stop <= 40 else (start, end)


def _spans(text: str, offset: int = 0) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield offset + start, offset + start + len(line)
        start += len(line) + 1
