"""What a person says is to become of held mail: ``1 放行``, ``2 不要：冒名``, ``全部放行``, ``合为一案``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.kind_words import ALL, numbers_in
from mailflow.reading.answers.move_words import HeldWord, MoveWords
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold

_LINE = re.compile(
    r"(?P<numbers>\d{1,2}(?:[ ]?[,、&~-][ ]?\d{1,2}){0,40})?[ ]?[.、:)]{0,2}[ ]{0,3}"
    r"(?P<word>[^\d\s.、:;,。)][^\n:;,。]{0,40})(?:[:;,。][ ]{0,3}(?P<reason>[^\n]{0,500}))?"
)
_PARTS = re.compile(r"\n|;(?=[ ]?\d{1,2}[ .、:)])")


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a held mail or a pile, and why; the reason is empty where none was given."""

    what: HeldWord
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was said of each number, and the lines nobody can understand."""

    by_number: Mapping[int, Decision]
    unclear: tuple[str, ...] = ()


def read_decisions(words: AnswerWords, moves: MoveWords, text: str, numbers: Sequence[int]) -> Decisions:
    """The decisions an answer names, of these numbers; without a number it is the only one's, or ``all`` of them.

    A number of which two things are said is unclear, and so is a word without a number where there are several.
    """
    body = without_quoted_lines(fold(own_words(words, text))) if len(text) <= MAX_TEXT else ""
    said: dict[int, Decision] = {}
    unclear: list[str] = []
    twice: set[int] = set()
    for part in filter(None, (piece.strip() for piece in _PARTS.split(body))):
        match = _LINE.fullmatch(part)
        about = numbers_in(match["numbers"]) if match and match["numbers"] else []
        word = match["word"].strip() if match else ""
        what = moves.held.get(squeeze(word))
        if what is None and word and not about:
            head = words.lexicon(ALL).match(word)
            what = moves.held.get(squeeze(word[head.end() :])) if head else None
            if what is None:
                if not said:
                    continue  # a greeting
            else:
                about = list(numbers)
        about = about or (list(numbers) if len(numbers) == 1 else [])
        reason = (match["reason"] or "").strip() if match else ""
        if reason and what != "drop":  # 放行，但先核实
            what = None
        if what is None or not about or any(each not in numbers or each in said for each in about):
            unclear.append(part)
            twice |= {*about} & said.keys()
            continue
        said |= dict.fromkeys(about, Decision(what, reason))
    return Decisions({each: found for each, found in said.items() if each not in twice}, tuple(unclear))
