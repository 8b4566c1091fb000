"""Many regular expressions over one short text, at the cost of the few that can match.

``re`` tries every pattern at every position: 500 patterns over an ordinary mail cost 2 ms.  Nearly all of them hold
words that must occur literally, so a pattern is tried only when the text holds one of them; and a Chinese word is
looked for only when the text holds one character of it.  :func:`needed_words` finds these words; it may find none
(then the pattern is always tried), never a word that a match could do without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import add
from typing import Generic, TypeVar

Label = TypeVar("Label", bound=Hashable)

_USEFUL = re.compile(r"[㐀-鿿]{2}|[ -~]{3}")  # anything shorter is in nearly every text
_HAN = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[ -~]{3,}")

_QUANTIFIER = re.compile(r"\?|\{(\d*)(?:,\d*)?\}")
_REFERENCE = re.compile(r"\\[1-9]")
_ESCAPED_PUNCTUATION = re.compile(r"\\[^0-9A-Za-z]")

_FEW = 250  # characters: of a longer text it costs more to list the pairs of letters than to look for each word

Words = frozenset[str]
Find = Callable[[str], "re.Match[str] | None"]


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
    whole = _Reader(pattern)
    if pattern.startswith("(") and not pattern.startswith("(?"):
        whole._atom()
        if whole.at == len(pattern) and not _REFERENCE.search(pattern):
            return alternatives(pattern[1:-1])  # one group round all of it
    reader, cuts = _Reader(pattern), [-1]
    while reader.at < len(pattern):
        if pattern[reader.at] == "|":
            cuts.append(reader.at)
            reader.at += 1
        else:
            reader._atom()
    return [pattern[a + 1 : b] for a, b in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


class PatternSet(Generic[Label]):
    """Patterns with labels; :meth:`search` gives each label that has a match, with the words of the match.

    A pattern is compiled when it is first tried: most never are.
    """

    def __init__(self, patterns: Iterable[tuple[Label, str]]) -> None:
        self._finders: list[tuple[Label, str]] = []
        self._compiled: dict[int, Find] = {}
        self._always: list[int] = []  # finders by their number; numbers keep the order of the rules
        gated: dict[str, list[int]] = {}
        for label, source in patterns:
            for part in alternatives(source):
                words = needed_words(part, single=True)
                number = len(self._finders)
                self._finders.append((label, part))
                if words is None:
                    self._always.append(number)
                for word in words or ():
                    gated.setdefault(word, []).append(number)
        self._latin = [(word, numbers) for word, numbers in gated.items() if word.isascii()]
        self._by_pair: dict[str, list[tuple[str, list[int]]]] = {}
        for word, numbers in self._latin:
            pairs = map(add, word, word[1:])
            self._by_pair.setdefault(min(pairs, key=self._crowd), []).append((word, numbers))
        self._by_character: dict[str, list[tuple[str, list[int]]]] = {}
        for word, numbers in gated.items():
            if not word.isascii():
                # Under its least crowded character, so that few words are looked for in vain.
                key = min(word, key=lambda char: (char.isascii(), len(self._by_character.get(char, ()))))
                self._by_character.setdefault(key, []).append((word, numbers))
        self._characters = frozenset(self._by_character)

    def _crowd(self, pair: str) -> int:
        return len(self._by_pair.get(pair, ()))

    def __bool__(self) -> bool:
        return bool(self._finders)

    def search(self, text: str) -> dict[Label, str]:
        """Each label with a matching pattern, in the order of the patterns, and the words of that match."""
        todo = set(self._always)
        latin = text if text.isascii() else "\n".join(_LATIN.findall(text))
        if not latin:
            pass
        elif len(latin) < _FEW:
            for pair in self._by_pair.keys() & set(map(add, latin, latin[1:])):
                for word, numbers in self._by_pair[pair]:
                    if word in latin:
                        todo.update(numbers)
        else:
            for word, numbers in self._latin:
                if word in latin:
                    todo.update(numbers)
        for character in self._characters.intersection(text):
            for word, numbers in self._by_character[character]:
                if word in text:
                    todo.update(numbers)
        found: dict[Label, str] = {}
        for number in sorted(todo):
            label = self._finders[number][0]
            if label not in found and (match := self._find(number)(text)):
                found[label] = match[0]
        return found

    def _find(self, number: int) -> Find:
        find = self._compiled.get(number)
        if find is None:
            part = self._finders[number][1]
            pattern = re.compile(part)
            # ``search`` would try an anchored pattern at every position.
            find = self._compiled[number] = pattern.match if part.startswith("^") else pattern.search
        return find
