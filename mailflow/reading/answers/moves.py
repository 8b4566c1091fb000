"""Lines that split, join, re-open as another kind, or open another case: ``并入：TS-2026-0012``, ``改为：询价``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.move_words import MoveWords, What
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords
from mailflow.reading.matching.normalise import fold

MOST = 20  # lines that move something, in one mail
_BEFORE = r"^[ \t]{0,6}(?:\(?\d{1,2}[.、)]|[-*•·●])?[ \t]{0,3}"
_LABELLED = re.compile(r"[ \t]{0,6}[^\s:：，,。]{1,16}[ \t]{0,3}[:：]")


@dataclass(frozen=True, slots=True)
class Move:
    """One such line: what to do, the words behind it, and the labelled lines below it, which are about the new case."""

    what: What
    words: str
    lines: str = ""


def read_moves(
    words: AnswerWords, moves: MoveWords, text: str, filled: Sequence[tuple[int, int]] = ()
) -> tuple[tuple[Move, ...], str]:
    """The moves in the new text of an answer, in order, and the text without them, every position kept.

    A line counts that begins with the words and a colon; 并入 and 改为 also without one, when a number or the name of a
    kind and nothing else follows.  ``filled`` are stretches that fill a field of the task: there it is a line of text.
    """
    if len(text) > MAX_TEXT:
        return (), text
    body = own_words(words, text)
    found: list[Move] = []
    for start, end, move in _found(moves, body, without_quoted_lines(fold(body))):
        if any(first < start < last for first, last in filled):
            continue
        found.append(move)
        text = blank_out(text, start, end)
    return tuple(found[:MOST]), text


def _found(moves: MoveWords, body: str, folded: str) -> Iterator[tuple[int, int, Move]]:
    lines, at = folded.split("\n"), 0
    place = 0
    while place < len(lines):
        line, start = lines[place], at
        at, place = at + len(line) + 1, place + 1
        begun = _begins(moves, line)
        if begun is None:
            continue
        what, after = begun
        said = body[start + after : start + len(line)].strip()
        below = at
        while what in ("split", "second") and place < len(lines) and _goes_on(moves, lines[place]):
            at, place = at + len(lines[place]) + 1, place + 1
        end = at - 1 if at > below else start + len(line)
        yield start, end, Move(what, said, body[below:end].strip() if at > below else "")


def _begins(moves: MoveWords, line: str) -> tuple[What, int] | None:
    """What a line asks for, and where the words behind it begin."""
    for what in ("split", "join", "kind", "second"):
        found = re.match(rf"{_BEFORE}(?:{moves.moves[what].source})[ \t]{{0,3}}(?P<colon>[:：])?[ \t]{{0,6}}", line)
        if found is None:
            continue
        rest = line[found.end() :]
        if found["colon"] or (what == "kind" and moves.kind(rest)) or (what == "join" and _NUMBER.fullmatch(rest)):
            return what, found.end()
    return None


_NUMBER = re.compile(r"[a-z]{0,6}[\s-]{0,3}\d{4}[\s-]{0,3}\d{2,8}[\s。.,]{0,3}")


def _goes_on(moves: MoveWords, line: str) -> bool:
    return _LABELLED.match(line) is not None and _begins(moves, line) is None
