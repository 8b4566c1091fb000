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
        self._alone: dict[str, list[Key]] = {}  # phrases of one word
        self._opened: dict[tuple[str, str], dict[tuple[str, ...], list[Key]]] = {}  # the others by their first two

    def add(self, key: Key, phrase: str) -> None:
        """One more phrase of a key; a phrase may have several."""
        words = tuple(WORD.findall(phrase))
        if len(words) == 1:
            keys = self._alone.setdefault(words[0], [])
        elif words:
            keys = self._opened.setdefault(words[:2], {}).setdefault(words, [])
        else:
            return
        if key not in keys:
            keys.append(key)

    def find(self, text: str) -> Iterator[tuple[Key, int, int]]:
        """Every place of every phrase as (key, start, end), in no order; of one place, the keys as they were added."""
        words = WORD.findall(text)
        alone, opened = self._alone, self._opened
        singles = [index for index, word in enumerate(words) if word in alone]
        pairs = [(index, pair) for index, pair in enumerate(pairwise(words)) if pair in opened]
        if not singles and not pairs:
            return
        spans = [match.span() for match in WORD.finditer(text)]
        for index in singles:
            for key in alone[words[index]]:
                yield key, *spans[index]
        for index, pair in pairs:
            for phrase, keys in opened[pair].items():
                last = index + len(phrase)
                if len(phrase) == 2 or tuple(words[index:last]) == phrase:
                    for key in keys:
                        yield key, spans[index][0], spans[last - 1][1]
