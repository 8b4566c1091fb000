"""One answer to one question: a number, a word of the scale, or that the question is not about the customer.

What a number stands with decides what it is: ``3``, ``3分`` and ``(3)`` are scores, ``3天``, ``3-4``, ``3.5`` and
``3+`` are not.  Texts come in NFKC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailflow.surveys.questionnaire import NOT_APPLICABLE, Question, Questionnaire

LONGEST = 2000  # characters of one answer looked at
_AROUND = " \t:=()[]【】「」<>√✓☑■●*_|"
_EMPTY = re.compile(r"[(\[【][\s_]*[)\]】]")
_ASIDE = re.compile(r"-\s+[^\W\d]")  # 5 - no complaints
_ENDS = ",，;；。!！、()）]】\n"


@dataclass(frozen=True, slots=True)
class Value:
    """What was said: ``score``, or ``n/a``, or None when no value can be told; ``rest`` are the words behind it."""

    score: int | str | None
    rest: str = ""
    outside: bool = False


def folded(text: str) -> str:
    """A text with full width made half, so that it is compared with ours as it was meant."""
    return unicodedata.normalize("NFKC", text)


def squeezed(text: str) -> str:
    """Letters and digits alone, small: what stays the same however a program breaks a line."""
    return "".join(char for char in folded(text).lower() if char.isalnum())


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of these words, the longest first; for none at all one that never matches."""
    found = sorted({re.escape(folded(word).lower()) for word in words}, key=len, reverse=True)
    return f"(?:{'|'.join(found)})" if found else "(?!)"


class Values:
    """Reads values of one questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        said = questionnaire.said
        self._scale = {folded(w).lower(): score for score, words in questionnaire.scale.items() for w in words}
        self._not = any_of(questionnaire.not_applicable)
        words = any_of(self._scale)
        numeral = any_of(said.numerals)
        points = any_of(said.points)
        self._numerals = {word: number for number, word in enumerate(said.numerals)}
        self.pattern = rf"(?:{self._not}|{words}|\d{{1,3}}(?:\s*{points})?|{numeral}\s*{points})"
        """Any value, for patterns of several."""
        self._word = re.compile(rf"({words})(?![\w])")
        self._none = re.compile(rf"({self._not})(?![\w])")
        gives = any_of(said.gives)
        self._number = re.compile(rf"(?:{gives}\s*){{0,4}}(?:(\d{{1,3}})|({numeral})(?=\s*{points}))\s*({points})?")
        self._besides = re.compile(any_of(said.besides))
        self._never = re.compile(any_of(said.not_points))
        self._again = re.compile(rf"(?:\d{{1,3}}|{numeral})\s*{points}")

    def read(self, text: str, question: Question) -> Value:
        """What stands at the beginning of this text as the answer to a question that asks for a number."""
        text = text[:LONGEST]
        out_of = rf"/\s*{question.highest}(?!\d)"
        bare = _EMPTY.sub(" ", text).strip(_AROUND)
        low = bare.lower()
        if not bare:
            return Value(None)
        if found := self._none.match(low):
            return Value(NOT_APPLICABLE, _behind(bare, found.end()))
        if question.sort != "recommendation" and (found := self._word.match(low)):
            rest = _behind(bare, found.end())
            return Value(None, bare) if self._again.search(rest.lower()) else Value(self._scale[found[1]], rest)
        found = self._number.match(low)
        if found is None:
            return Value(None, bare)
        tail = bare[found.end() :]
        if of := re.match(out_of, tail):
            tail = tail[of.end() :]
        score = int(found[1]) if found[1] else self._numerals[found[2]]
        if self._never.match(low, max(found.start(3), 0)) or self._again.search(tail.lower()):
            return Value(None, bare)
        closed = self._closes(tail, points=bool(found[3] and found[1]))
        if not closed or self._contradicts(tail, score, question):
            return Value(None, bare)
        if not question.lowest <= score <= question.highest:
            return Value(None, bare, outside=score > question.highest)
        return Value(score, _behind(tail, 0))

    def _closes(self, tail: str, *, points: bool) -> bool:
        """May a score end here?  Behind a bare number comes nothing or a mark; behind points any words."""
        rest = tail.lstrip(" \t.")
        if _ASIDE.match(rest):
            return True
        if not rest or rest[0] in _ENDS or self._besides.match(rest):
            return True
        return points and not rest[0].isdigit() and rest[0] not in "-~/+%"

    def _contradicts(self, tail: str, score: int, question: Question) -> bool:
        said = self._word.match(tail.lstrip(_AROUND).lower())
        return bool(said) and question.sort != "recommendation" and said is not None and self._scale[said[1]] != score


def in_a_row(tokens: Sequence[str], reads: Values, questions: Sequence[Question]) -> list[Value]:
    """The values of tokens, each for the question of its place."""
    return [reads.read(token, question) for token, question in zip(tokens, questions, strict=True)]


# ------------------------------------------------------------------------------------------------------------ parts


def _behind(text: str, at: int) -> str:
    return text[at:].strip(f"{_AROUND}{_ENDS}. ")
