"""Many phrases over one text, word by word: ``异 响`` is 异响, and ``late`` is not found in ``translate``.

A word is a run of Latin letters, a run of digits, or one other sign; white space is none.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import pairwise
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

WORD = re.compile(r"[a-z]+|[0-9]+|\S")


class Phrases(Generic[Key]):
    """Phrases with their keys; texts and phrases were folded before."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, ...], list[Key]] = {}  # of each phrase, as words
        self._alone: set[str] = set()  # words that are a whole phrase
        self._lengths: dict[tuple[str, str], list[int]] = {}  # of longer phrases, in words, by their first two

    def add(self, key: Key, phrase: str) -> None:
        """One more phrase of a key; a phrase may have several keys, and a key several phrases."""
        words = tuple(WORD.findall(phrase))
        if not words:
            return
        keys = self._keys.setdefault(words, [])
        if key not in keys:
            keys.append(key)
        if len(words) == 1:
            self._alone.add(words[0])
        elif len(words) not in (lengths := self._lengths.setdefault((words[0], words[1]), [])):
            lengths.append(len(words))

    def find(self, text: str) -> Iterator[tuple[Key, int, int]]:
        """Every place of every phrase as (key, start, end), in no order; of one place, the keys as they were added."""
        words = WORD.findall(text)
        alone, lengths = self._alone, self._lengths
        places = [(index, index + 1) for index, word in enumerate(words) if word in alone]
        for index, pair in enumerate(pairwise(words)):
            if pair in lengths:
                places += [(index, index + length) for length in lengths[pair] if index + length <= len(words)]
        if not places:
            return
        spans = [match.span() for match in WORD.finditer(text)]
        for first, last in places:
            for key in self._keys.get(tuple(words[first:last]), ()):
                yield key, spans[first][0], spans[last - 1][1]
