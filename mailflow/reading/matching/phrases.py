"""Many phrases over one text, word by word, by spaCy: ``异 响`` is 异响, and ``late`` is not found in ``translate``.

A word is a run of Latin letters, a run of digits, or one other sign; white space is none.  What no phrase needs becomes
one placeholder: strangers' words never grow spaCy's memory.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import pairwise
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

WORD = re.compile(r"[a-z]+|[0-9]+|\S")
UNKNOWN = "\ue000"


class Phrases(Generic[Key]):
    """Phrases with their keys; texts and phrases were folded before.  The first search loads spaCy."""

    def __init__(self) -> None:
        self._phrases: dict[Key, dict[tuple[str, ...], None]] = {}  # of each key, as words
        self._alone: set[str] = set()  # words that are a whole phrase
        self._pairs: set[tuple[str, str]] = set()  # neighbours in longer ones
        self._matcher: _Matcher | None = None

    def add(self, key: Key, phrase: str) -> None:
        """One more phrase of a key; a phrase may have several keys, and a key several phrases."""
        if not (words := tuple(WORD.findall(phrase))):
            return
        self._phrases.setdefault(key, {})[words] = None
        if len(words) == 1:
            self._alone.add(words[0])
        self._pairs.update(pairwise(words))
        self._matcher = None

    def find(self, text: str) -> Iterator[tuple[Key, int, int]]:
        """Every place of every phrase as (key, start, end), in reading order; of one place, the keys as added.

        A phrase is found by its neighbouring words, so a word is looked at only beside one that is its neighbour in
        some phrase.
        """
        matches = list(WORD.finditer(text))
        words = [match[0] for match in matches]
        pairs, alone = self._pairs, self._alone
        firsts = [index for index, pair in enumerate(pairwise(words)) if pair in pairs]
        singles = [index for index, word in enumerate(words) if word in alone]
        wanted = sorted({*firsts, *[index + 1 for index in firsts], *singles})
        if not wanted:
            return
        if self._matcher is None:
            self._matcher = _Matcher([list(phrases) for phrases in self._phrases.values()])
        keys, places, before = list(self._phrases), [], -1
        for index in wanted:
            if index != before + 1:
                places.append(-1)
            places.append(index)
            before = index
        for first, last, number in self._matcher.find([words[index] if index >= 0 else UNKNOWN for index in places]):
            yield keys[number], matches[places[first]].start(), matches[places[last - 1]].end()


class _Matcher:
    """spaCy's PhraseMatcher over lists of phrases, which are known by their place in the list."""

    def __init__(self, phrases: list[list[tuple[str, ...]]]) -> None:
        import spacy
        from spacy.matcher import PhraseMatcher
        from spacy.tokens import Doc

        self._vocab = spacy.blank("zh").vocab
        self._doc: Any = Doc
        known = sorted({word for each in phrases for words in each for word in words} | {UNKNOWN})
        self._orths = {word: int(self._vocab.strings.add(word)) for word in known}
        self._matcher = PhraseMatcher(self._vocab)
        self._numbers: dict[int, int] = {}
        for number, each in enumerate(phrases):
            name = str(number)
            self._matcher.add(name, [self._document(words) for words in each])
            self._numbers[self._vocab.strings[name]] = number

    def find(self, words: list[str]) -> list[tuple[int, int, int]]:
        """The phrases among these known words, as (first, behind the last, number), sorted."""
        found = self._matcher(self._document(words))
        return sorted((first, last, self._numbers[key]) for key, first, last in found)

    def _document(self, words: tuple[str, ...] | list[str]) -> Any:
        return self._doc(self._vocab, words=[self._orths[word] for word in words])
