"""Regular expressions people write into rules: how many ways there are to try one, worked out before it is ever used.

``re`` goes back and tries the next way when one fails, so ``(a{0,50}){0,50}b`` over thirty times ``a`` takes for ever,
though every repeat has an end.  Here the ways are counted instead of gone: over texts made of the pattern's own words,
which is where they are most.  Nothing depends on how fast a machine is, and what is refused was never run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from re import _constants as op  # type: ignore[attr-defined]  # the tree re itself compiles from: one of ours could err
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

NO_PATTERN = "is no regular expression"
ENDLESS = "repeats without end: write {0,20} instead of * or +"
MAX_WAYS = 10_000  # in which one place of a text may be tried
_LENGTH = 100  # characters of the texts the ways are counted over; what grows faster than its square is over MAX_WAYS
_TEXTS = 150  # at most
_LETTERS = 6  # of which pairs are made
_PLENTY = 10 * MAX_WAYS

Ends = dict[int, int]  # where a match may end, and in how many ways

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_LOOKS = (op.ASSERT, op.ASSERT_NOT)
_QUIET = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")
_BOUND = re.compile(r"\{(?:\d*,)?(\d+)\}")
_SAMPLES = "a1 中-.\n"
_KINDS: Mapping[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_OTHERS = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}


def pattern_problem(pattern: str) -> str:
    """Why this is no pattern to look for in strangers' text, or an empty string."""
    try:
        re.compile(pattern)
        tree = _read(parser.parse(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        return f"{NO_PATTERN}: {error}"
    if any(item.code in _REPEATS and item.value[1] is op.MAXREPEAT for item in _everywhere(tree)):
        return ENDLESS
    if any(_Ways(text).are_too_many(part) for part in _doubtful(tree) for text in _texts(part)):
        return "may be tried in too many ways: shorten its repeats, or let each begin with a sign of its own"
    return ""


def repeats_problem(pattern: str) -> str:
    """The same for a pattern that is looked for in every mail: its repeats together must not be long either."""
    branches = _QUIET.sub("", pattern).split("|")
    if max(prod(max(int(most), 1) for most in _BOUND.findall(branch)) for branch in branches) > MAX_WAYS:
        return "has too many long repeats"
    return pattern_problem(pattern)


# ------------------------------------------------------------------------------------------------------------ details


@dataclass(slots=True, eq=False)  # known by identity; not frozen, for rules make tens of thousands of them
class Item:
    """One item of a pattern, and the sequences it is made of."""

    code: Any
    value: Any
    inner: tuple[list[Item], ...] = ()


def _read(tree: Any) -> list[Item]:
    items = []
    for code, value in tree.data:
        inner: Sequence[Any] = ()
        if code in _REPEATS:
            inner = (value[2],)
        elif code is op.BRANCH:
            inner = value[1]
        elif code is op.SUBPATTERN:
            inner = (value[3],)
        elif code is op.ATOMIC_GROUP:
            inner = (value,)
        elif code in _LOOKS:
            inner = (value[1],)
        elif code is op.GROUPREF_EXISTS:
            inner = [branch for branch in value[1:] if branch is not None]
        items.append(Item(code, value, tuple(_read(sequence) for sequence in inner)))
    return items


def _everywhere(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        for sequence in item.inner:
            yield from _everywhere(sequence)


def _doubtful(tree: list[Item]) -> Iterator[list[Item]]:
    """The whole and each of its repeats, as far as they might be tried in too many ways."""
    for part in (tree, *([item] for item in _everywhere(tree) if item.code in _REPEATS)):
        if _at_most(part) > MAX_WAYS:
            yield part


def _at_most(items: Sequence[Item]) -> int:
    """More ways than there can be, told from the numbers alone: most patterns need no closer look."""
    ways = 1
    for item in items:
        inner = [_at_most(sequence) for sequence in item.inner]
        if item.code in _REPEATS:
            low, high = item.value[:2]
            times = 0
            for number in range(low, min(high, low + _PLENTY) + 1):
                times += inner[0] ** min(number, 64)
                if times > _PLENTY:
                    break
            ways *= times
        elif inner:
            ways *= _together(item, inner)
        if ways > _PLENTY:
            return _PLENTY
    return ways


def _together(item: Item, ways: Sequence[int]) -> int:
    """The ways of alternatives: of those that begin with different letters one at most can be gone."""
    by_letter: dict[str, int] = {}
    others = 0
    for sequence, count in zip(item.inner, ways, strict=True):
        if sequence and sequence[0].code is op.LITERAL:
            letter = chr(sequence[0].value).lower()
            by_letter[letter] = by_letter.get(letter, 0) + count
        else:
            others += count
    return max(by_letter.values(), default=0) + others


def _texts(items: Sequence[Item]) -> list[str]:
    """Texts of every letter told apart, of the words that repeat, and of all that may repeat in several ways."""
    letters = _letters(items)
    found = dict.fromkeys(letters)
    bodies = [item.inner[0] for item in _everywhere(items) if item.code in _REPEATS and item.value[1] > 1]
    found |= dict.fromkeys(_word(sequence, 0) for sequence in (items, *bodies))
    several = [body for body in bodies if any(item.code in (*_REPEATS, op.BRANCH) for item in _everywhere(body))]
    if several:
        found |= dict.fromkeys("".join(pair) for pair in product(letters[:_LETTERS], repeat=2))
    for sequence in (each for body in several for each in (body, *_below(body))):
        most = max((len(item.inner) for item in _everywhere(sequence) if item.code is op.BRANCH), default=1)
        words = [_word(sequence, choice) for choice in range(min(most, _TEXTS))]
        found |= dict.fromkeys((*words, "".join(words)[:_LENGTH]))
    return [(word * _LENGTH)[:_LENGTH] for word in list(found)[:_TEXTS] if word]


def _below(items: Sequence[Item]) -> Iterator[list[Item]]:
    return (inner for item in _everywhere(items) for inner in item.inner)


def _letters(items: Sequence[Item]) -> list[str]:
    """A letter for each set of items that match the same letters."""
    single = [item for item in _everywhere(items) if item.code in _SINGLE]
    found: dict[tuple[bool, ...], str] = {}
    for char in dict.fromkeys((*map(_sign, single), *_SAMPLES)):
        if char and any(told := tuple(_matches(item, char) for item in single)):
            found.setdefault(told, char)
    return sorted(found.values(), key=lambda char: -sum(_matches(item, char) for item in single))


def _word(items: Sequence[Item], choice: int) -> str:
    """A short text these items match."""
    word = ""
    for item in items:
        if item.code in _REPEATS:
            word += _word(item.inner[0], choice) * min(max(item.value[0], 1), 4)
        elif item.inner and item.code not in _LOOKS:
            word += _word(item.inner[choice % len(item.inner)], choice)
        else:
            word += _sign(item)
    return word[:_LENGTH]


def _sign(item: Item) -> str:
    """A character an item matches; empty when it matches none, or more than one."""
    code, value = item.code, item.value
    if code is op.LITERAL:
        return chr(value)
    if code is op.IN:
        wanted = (
            chr(said if kind is op.LITERAL else said[0]) for kind, said in value if kind in (op.LITERAL, op.RANGE)
        )
        return next((char for char in (*wanted, *_SAMPLES) if _matches(item, char)), "")
    if code in (op.NOT_LITERAL, op.ANY):
        return next(char for char in _SAMPLES if _matches(item, char))
    return ""


def _matches(item: Item, char: str) -> bool:
    """Does an item of one character match this one?  Capitals count as small letters."""
    code, value = item.code, item.value
    if code is op.LITERAL:
        return chr(value).lower() == char.lower()
    if code is op.NOT_LITERAL:
        return chr(value).lower() != char.lower()
    if code is op.ANY:
        return True
    negated = value[0][0] is op.NEGATE
    return negated != any(_is_in(kind, said, char) for kind, said in value[negated:])


def _is_in(kind: Any, said: Any, char: str) -> bool:
    if kind is op.LITERAL:
        return chr(said).lower() == char.lower()
    if kind is op.RANGE:
        return any(said[0] <= ord(one) <= said[1] for one in {char, char.lower(), char.upper()} if len(one) == 1)
    if said in _OTHERS:
        return not _KINDS[_OTHERS[said]](char)
    return bool(_KINDS[said](char))


class _TooManyError(Exception):
    """There are more ways than there may be."""


class _Ways:
    """Counts the ways in which the beginnings of a text can be matched, each place and item once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[tuple[Item, int], Ends] = {}

    def are_too_many(self, items: Sequence[Item]) -> bool:
        """Is any part of it tried in more ways than may be?"""
        try:
            self.sequence(items, 0)
        except (_TooManyError, RecursionError):
            return True
        return False

    def sequence(self, items: Sequence[Item], start: int) -> Ends:
        ends = {start: 1}
        for item in items:
            if not ends:
                break
            ends = self.then(ends, item)
        return ends

    def then(self, ends: Ends, item: Item) -> Ends:
        found: Ends = {}
        for at, count in ends.items():
            for end, ways in self.item(item, at).items():
                found[end] = found.get(end, 0) + count * ways
        return self.bounded(found)

    def bounded(self, ends: Ends) -> Ends:
        if sum(ends.values()) > MAX_WAYS:
            raise _TooManyError
        return ends

    def item(self, item: Item, at: int) -> Ends:
        key = item, at
        if key not in self.known:
            self.known[key] = self.worked_out(item, at)
        return self.known[key]

    def worked_out(self, item: Item, at: int) -> Ends:
        code, value, inner = item.code, item.value, item.inner
        if code in _REPEATS:
            found = self.repeat(value[0], value[1], inner[0], at)
            return dict.fromkeys(found, 1) if code is op.POSSESSIVE_REPEAT else found
        if code in _LOOKS:
            self.sequence(inner[0], at)  # tried as well, for nothing but yes or no
            return {at: 1}
        if inner:
            found = {}
            for sequence in inner:
                for end, ways in self.sequence(sequence, at).items():
                    found[end] = found.get(end, 0) + ways
            return dict.fromkeys(found, 1) if code is op.ATOMIC_GROUP else self.bounded(found)
        if code in _SINGLE:
            return {at + 1: 1} if at < len(self.text) and _matches(item, self.text[at]) else {}
        return {at: 1}  # an anchor, or what a group matched before

    def repeat(self, low: int, high: int, body: Sequence[Item], at: int) -> Ends:
        ends, found = {at: 1}, {at: 1} if low == 0 else {}
        for number in range(1, min(high, max(low, 1) + _LENGTH) + 1):
            following: Ends = {}
            for start, count in ends.items():
                for end, ways in self.sequence(body, start).items():
                    if end > start or number <= low:  # an empty turn is the last one
                        following[end] = following.get(end, 0) + count * ways
            if not following or following == ends:
                return found or following
            ends = self.bounded(following)
            if number >= low:
                for end, ways in ends.items():
                    found[end] = found.get(end, 0) + ways
                self.bounded(found)
        return found
