"""What a person says mails are: ``1 投诉``, ``2、3 不用办理``, or one word for a single mail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.model import Kind
from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.move_words import MoveWords
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.normalise import fold

_LINE = re.compile(
    r"(?P<numbers>\d{1,2}(?:[ ]?[,、&~-][ ]?\d{1,2}){0,40})?[ ]?[.、:)]{0,2}[ ]{0,3}(?P<words>[^\d\s.、:)][^\n]{0,60})?"
)
_PARTS = re.compile(r"[\n;]|[,。](?=[ ]?\d)|(?<=[^\d\s,、&~-])[ ]{1,3}(?=\d{1,2}[ .、:)])")
ALL = Grammar(r"<all-of-them>(?:[ :,]{0,2})")
_ONE = re.compile(r"(\d{1,2})(?:[ ]?[~-][ ]?(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Named:
    """The kind said of each number, and the lines nobody can understand."""

    by_number: Mapping[int, Kind]
    unclear: tuple[str, ...] = ()


def named_kinds(words: AnswerWords, kinds: MoveWords, text: str, numbers: Sequence[int]) -> Named:
    """The kinds an answer names, of these numbers; without a number it is the only one's, or ``all`` of them.

    A number said to be two kinds is unclear, and so is a kind without a number where there are several.
    """
    body = without_quoted_lines(fold(own_words(words, text))) if len(text) <= MAX_TEXT else ""
    said: dict[int, Kind] = {}
    unclear: list[str] = []
    for part in filter(None, (piece.strip() for piece in _PARTS.split(body))):
        match = _LINE.fullmatch(part)
        named = match["words"] if match else None
        kind = kinds.kind(named) if named else None
        about = numbers_in(match["numbers"]) if match and match["numbers"] else []
        if kind is None and named and not about:
            kind, about = _of_all(words, kinds, named), list(numbers)
            if kind is None and not said:
                continue  # a greeting
        about = about or (list(numbers) if len(numbers) == 1 else [])
        if (
            kind is None
            or not about
            or any(number not in numbers or said.get(number, kind) != kind for number in about)
        ):
            unclear.append(part)
            continue
        said |= dict.fromkeys(about, kind)
    return Named(said, tuple(unclear))


def _of_all(words: AnswerWords, kinds: MoveWords, said: str) -> Kind | None:
    """The kind that is said of all points at once: 全部不用办理, all praise."""
    head = words.lexicon(ALL).match(said)
    return kinds.kind(said[head.end() :]) if head else None


def numbers_in(said: str) -> list[int]:
    """The numbers of points an answer names: ``2、3``, ``4-6``."""
    found: list[int] = []
    for match in _ONE.finditer(said):
        first = int(match[1])
        found += range(first, min(int(match[2] or first), first + 40) + 1)
    return found
