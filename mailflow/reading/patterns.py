"""Many regular expressions over one short text, at the cost of the few that can match.

``re`` tries every pattern at every position: 500 patterns over an ordinary mail cost 2 ms.  Nearly all of them hold
words that must occur literally, so a pattern is tried only when the text holds one of them; and a Chinese word is
looked for only when the text holds one character of it.  :func:`needed_words` finds these words; it may find none
(then the pattern is always tried), never a word that a match could do without.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Label = TypeVar("Label", bound=Hashable)

_USEFUL = re.compile(r"[㐀-鿿]{2}|[ -~]{3}")  # anything shorter is in nearly every text
_HAN = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[ -~]{3,}")

_QUANTIFIER = re.compile(r"\?|\{(\d*)(?:,\d*)?\}")
_ESCAPED_PUNCTUATION = re.compile(r"\\[^0-9A-Za-z]")

Words = frozenset[str]


@dataclass(slots=True)
class _Reader:
    """Reads the subset of the ``re`` syntax used in rule files: anything else only ends a run of literal text."""

    pattern: str
    at: int = 0
    single: bool = False

    def alternatives(self) -> Words | None:
        """Words of which one occurs whenever one of the alternatives from here on matches."""
        found: list[Words | None] = [self._sequence()]
        while self.at < len(self.pattern) and self.pattern[self.at] == "|":
            self.at += 1
            found.append(self._sequence())
        needed = [words for words in found if words is not None]
        return frozenset().union(*needed) if len(needed) == len(found) else None

    def _sequence(self) -> Words | None:
        candidates: list[Words] = []
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            literal, words = self._atom()
            times = self._times()
            if literal is not None and times == 1:
                run += literal
                continue
            # A repeated or optional atom ends the run; once or more often still counts by itself.
            candidates.append(frozenset({run}))
            run = ""
            if times and (literal or words):
                candidates.append(words or frozenset({literal or ""}))
        candidates.append(frozenset({run}))
        best = max(candidates, key=self._least)
        return best if self._least(best) > 0 else None

    def _least(self, words: Words) -> int:
        return min(_worth(word) or (self.single and _HAN.search(word) is not None) for word in words)

    def _atom(self) -> tuple[str | None, Words | None]:
        """One atom: literal text, or the words a group needs, or neither (classes, dots, anchors, look-arounds)."""
        char = self.pattern[self.at]
        if char == "(":
            return None, self._group()
        if char == "[":
            end = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]").match(self.pattern, self.at)
            self.at = end.end() if end else len(self.pattern)
            return None, None
        if char == "\\":
            literal = self.pattern[self.at + 1 : self.at + 2]
            punctuation = _ESCAPED_PUNCTUATION.match(self.pattern, self.at)
            self.at += 2
            return (literal, None) if punctuation else (None, None)
        self.at += 1
        return (None, None) if char in ".^$" else (char, None)

    def _group(self) -> Words | None:
        opening = re.compile(r"\((\?(?::|[!=]|<[!=]))?").match(self.pattern, self.at)
        assert opening
        self.at = opening.end()
        words = self.alternatives()
        self.at += 1  # the closing bracket
        return words if opening[1] in (None, "?:") else None

    def _times(self) -> int:
        """How often the last atom must occur: 0 when it may be left out, 2 for a repeat, 1 without quantifier."""
        quantifier = _QUANTIFIER.match(self.pattern, self.at)
        if not quantifier:
            return 1
        self.at = quantifier.end()
        return 2 if quantifier[1] and int(quantifier[1]) > 0 else 0


def _worth(word: str) -> int:
    """How much a word narrows, 0 for nothing.  A Chinese character tells as much as two letters."""
    if not _USEFUL.search(word):
        return 0
    return len(word) if word.isascii() else 2 * len(word)


def needed_words(pattern: str, *, single: bool = False) -> Words | None:
    """Words of which at least one occurs in every text the pattern matches; None when that cannot be told.

    ``single``: one Chinese character counts as a word, too.
    """
    reader = _Reader(pattern, single=single)
    words = reader.alternatives()
    return words if reader.at >= len(pattern) else None


def alternatives(pattern: str) -> list[str]:
    """The pattern cut at its outermost ``|``: each part has needed words of its own."""
    reader, cuts = _Reader(pattern), [-1]
    while reader.at < len(pattern):
        if pattern[reader.at] == "|":
            cuts.append(reader.at)
            reader.at += 1
        else:
            reader._atom()
    return [pattern[a + 1 : b] for a, b in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


class PatternSet(Generic[Label]):
    """Patterns with labels; :meth:`search` gives each label that has a match, with the words of the match."""

    def __init__(self, patterns: Iterable[tuple[Label, str]]) -> None:
        self._always: list[tuple[Label, re.Pattern[str]]] = []
        gated: dict[str, list[tuple[Label, re.Pattern[str]]]] = {}
        for label, source in patterns:
            for part in alternatives(source):
                pattern, words = re.compile(part), needed_words(part)
                if words is None:
                    self._always.append((label, pattern))
                for word in words or ():
                    gated.setdefault(word, []).append((label, pattern))
        self._latin = [(word, entries) for word, entries in gated.items() if word.isascii()]
        self._by_character: dict[str, list[tuple[str, list[tuple[Label, re.Pattern[str]]]]]] = {}
        for word, entries in gated.items():
            if not word.isascii():
                # Under its least crowded character, so that few words are looked for in vain.
                key = min(word, key=lambda char: (char.isascii(), len(self._by_character.get(char, ()))))
                self._by_character.setdefault(key, []).append((word, entries))
        self._characters = frozenset(self._by_character)

    def __bool__(self) -> bool:
        return bool(self._always or self._latin or self._by_character)

    def search(self, text: str) -> dict[Label, str]:
        """Each label with a matching pattern, and the words of that match."""
        latin = text if text.isascii() else "\n".join(_LATIN.findall(text))
        todo = [entry for word, entries in self._latin if word in latin for entry in entries] if latin else []
        for character in self._characters.intersection(text):
            for word, entries in self._by_character[character]:
                if word in text:
                    todo += entries
        found: dict[Label, str] = {}
        for label, pattern in dict.fromkeys([*self._always, *todo]):
            if label not in found and (match := pattern.search(text)):
                found[label] = match[0]
        return found
