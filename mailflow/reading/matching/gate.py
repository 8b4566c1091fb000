"""Which of many regular expressions may match a text, told by words: one pass over the text instead of one for each.

Nearly every pattern holds words of which one must occur wherever it matches, often in several places: first 漏 or 渗,
then 水.  :func:`ways` works them out from the tree ``re`` itself compiles from, and :class:`Gate` looks for the words
of all patterns at once with an Aho-Corasick automaton.  A pattern whose words are not there is never tried; one that
has no such words always is.  Words and texts are folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from re import _constants as op  # type: ignore[attr-defined]  # as mailflow.settings.expressions reads them
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from mailflow.reading.matching.normalise import fold

Words = frozenset[str]

_LITERAL = re.compile(r"\^?(?:[^\\.^$*+?{}\[\]|()]|\\[^0-9A-Za-z])+")
_ESCAPE = re.compile(r"\\(.)|\^", re.DOTALL)

_MANY = 60  # words one need may have
_NEEDS = 3  # of one way that are looked at: the rarest
_COMMON = 0.9  # a need that is met more often is not worth looking at
_HAN, _LETTER, _OTHER = 0.06, 0.25, 0.7  # about how often a character of each kind stands where one is looked for
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_NOTHING: Words = frozenset({""})


def ways(pattern: str) -> list[list[Words]]:
    """The ways a pattern can match: of each, its needs; a text it matches so holds a word of every need.

    A way without needs may match any text.  Raises re.error for what is no pattern.
    """
    if _LITERAL.fullmatch(pattern):  # most are no more than a phrase, and to parse it would take much longer
        return [_rarest([frozenset({fold(_ESCAPE.sub(r"\1", pattern))})])]
    tree = list(parser.parse(pattern))
    branches = tree[0][1][1] if len(tree) == 1 and tree[0][0] is op.BRANCH else [tree]
    return [_rarest(_whole(branch)) for branch in branches]


def _rarest(needs: Iterable[Words]) -> list[Words]:
    worth = sorted((sum(map(_share, words)), sorted(words)) for words in set(needs))
    return [frozenset(words) for share, words in worth[:_NEEDS] if share < _COMMON]


def _share(word: str) -> float:
    """About how often a word is met in a mail."""
    return prod(_HAN if char >= "\u3400" else _LETTER if char.isalnum() else _OTHER for char in word)


def _read(items: Iterable[Any]) -> tuple[list[Words], Words | None]:
    """What a sequence needs, and all texts it can match when these are few, else None."""
    needs: list[Words] = []
    run: Words = _NOTHING  # what the last items can match together
    few = True
    for code, value in items:
        inner, said = _item(code, value)
        needs += inner
        if said is not None and len(run) * len(said) <= _MANY:
            run = frozenset(before + behind for before, behind in product(run, said))
            continue
        few = False
        if "" not in run:
            needs.append(run)
        run = _NOTHING if said is None else said
    if few:
        return needs, run
    if "" not in run:
        needs.append(run)
    return needs, None


def _item(code: Any, value: Any) -> tuple[list[Words], Words | None]:
    """The same of one item; what it needs is left out where its texts tell it."""
    if code is op.LITERAL:
        return [], frozenset({fold(chr(value))})
    if code is op.IN:
        return [], _class(value)
    if code in (op.AT, op.ASSERT_NOT):
        return [], _NOTHING
    if code is op.ASSERT:
        return _whole(value[1]), _NOTHING
    if code is op.SUBPATTERN:
        return _read(value[-1])
    if code is op.ATOMIC_GROUP:
        return _read(value)
    if code is op.BRANCH:
        return _branches(value[1])
    if code in _REPEATS:
        return _repeated(*value)
    return [], None


def _whole(items: Iterable[Any]) -> list[Words]:
    needs, said = _read(items)
    return [*needs, said] if said is not None and "" not in said else needs


def _branches(branches: Sequence[Iterable[Any]]) -> tuple[list[Words], Words | None]:
    read = [_read(branch) for branch in branches]
    if all(said is not None for _, said in read):
        together = frozenset().union(*(said or () for _, said in read))
        return [], together if len(together) <= _MANY else None
    needed = [_rarest([*needs, said] if said is not None and "" not in said else needs) for needs, said in read]
    return ([frozenset().union(*(needs[0] for needs in needed))] if all(needed) else []), None


def _repeated(least: int, most: int, items: Iterable[Any]) -> tuple[list[Words], Words | None]:
    needs, said = _read(items)
    if most == 1 and said is not None:
        return [], said | _NOTHING
    if not least:
        return [], None
    return ([*needs, said] if said is not None and "" not in said else needs), None


def _class(items: Sequence[tuple[Any, Any]]) -> Words | None:
    """The characters of a class when they are few."""
    found: set[str] = set()
    for code, value in items:
        if code is op.LITERAL:
            found.add(fold(chr(value)))
        elif code is op.RANGE and value[1] - value[0] < _MANY:
            found.update(fold(chr(each)) for each in range(value[0], value[1] + 1))
        else:
            return None
    return frozenset(found) if len(found) <= _MANY else None


class Gate:
    """The words of many patterns.  It never changes; texts leave nothing in it."""

    def __init__(self, patterns: Iterable[tuple[str, Iterable[str]]]) -> None:
        """``patterns`` come with words of which one must stand in the text besides; none: any text will do."""
        self._numbers: list[int] = []  # of each way, the number of its pattern
        self._met = [0] * (_NEEDS + 1)  # for each of its needs: the ways, as bits, that have no such need
        places: dict[str, list[int]] = {}  # of each word, the ways whose first, second ... need it meets
        for number, (pattern, besides) in enumerate(patterns):
            also = frozenset(besides)
            for needs in ways(pattern):
                bit = 1 << len(self._numbers)
                self._numbers.append(number)
                given = [also, *needs, *[frozenset[str]()] * (_NEEDS - len(needs))]
                for place, words in enumerate(given):
                    if not words:
                        self._met[place] |= bit
                    for word in words:
                        places.setdefault(word, [0] * len(given))[place] |= bit
        self._places = [tuple(found) for found in places.values()]
        self._words = AhoCorasick(list(places), implementation=Implementation.ContiguousNFA)

    def opened(self, text: str) -> list[int]:
        """The patterns, by their number and in order, that may match a text."""
        besides, first, second, third = self._met
        places = self._places
        for word in {found[0] for found in self._words.find_matches_as_indexes(text, overlapping=True)}:
            beside, one, two, three = places[word]
            besides |= beside
            first |= one
            second |= two
            third |= three
        found: list[int] = []
        left = besides & first & second & third
        while left:
            bit = left & -left
            left ^= bit
            number = self._numbers[bit.bit_length() - 1]
            if not found or found[-1] != number:
                found.append(number)
        return found
