"""The lists of words reading goes by: units, headings, makers, words of trouble ...; one list for each concept.

The words are data (``rules/lexicon/*.yaml``), the grammar that joins them is code: a :class:`Grammar` names lists where
words stand, and a :class:`Lexicon` makes the expression of it.  How one is loaded: :mod:`.lexicon_files`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailflow.reading.matching.normalise import fold

_LIST = re.compile(r"(?<!\?P)<([a-z][a-z0-9]*(?:-[a-z0-9]+)*)>")
_ANY = "*"  # at either end of a Latin word: more letters may follow, or stand before
_NO_HAN_BEHIND = "(?![\u4e00-\u9fff])"


class Grammar(str):
    """A regular expression with the names of word lists where words stand: ``\\d{1,4}(?:<units>)``.

    It is a text, so one may be part of another.  Words are looked for in folded text.
    """

    __slots__ = ()

    @property
    def lists(self) -> list[str]:
        """The names of the lists it asks for."""
        return _LIST.findall(self)


@dataclass(frozen=True, slots=True)
class Words:
    """One list: words as people write them, single characters that are words, and conditions of some of the words.

    A condition is what must or must not stand right beside a word: 有 but not before 机, 色 or 源.  ``alone`` are words
    that count only where no Chinese character follows.
    """

    words: tuple[str, ...] = ()
    characters: str = ""
    shapes: tuple[str, ...] = ()
    not_before: Mapping[str, Sequence[str]] = field(default_factory=dict)
    not_after: Mapping[str, Sequence[str]] = field(default_factory=dict)
    only_before: Mapping[str, Sequence[str]] = field(default_factory=dict)
    only_after: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    as_written: bool = False

    def plain(self) -> frozenset[str]:
        """The words and characters, folded."""
        return frozenset(map(self._spelt, (*self.words, *self.characters)))

    def source(self) -> str:
        """The list as a regular expression: shapes first, then longer words before shorter ones.

        Every word begins with a letter and its conditions follow: ``re`` then skips to the letters that begin one.
        """
        said = {*self.words, *self.alone, *self.characters, *(word for each in self._conditions() for word in each)}
        if said == set(self.characters) and not self.shapes and not any(self._conditions()):
            return f"[{''.join(sorted(map(re.escape, map(self._spelt, said))))}]"
        return "|".join(
            [*self.shapes, *(self._one(word) for word in sorted(said, key=lambda word: (-len(word), word)))]
        )

    def _conditions(self) -> tuple[Mapping[str, Sequence[str]], ...]:
        return self.not_before, self.not_after, self.only_before, self.only_after

    def _one(self, word: str) -> str:
        bare = re.escape(self._spelt(word.strip(_ANY) or word))
        letters = "[A-Za-z]" if self.as_written else "[a-z]"
        after = [f"(?<!{self._literal(other)}{bare})" for other in self.not_after.get(word, ())]
        if _is_latin(bare[0]) and not word.startswith(_ANY):
            after.append(f"(?<!{letters}{bare})")
        only = "|".join(f"(?<={self._literal(other)}{bare})" for other in self.only_after.get(word, ()))
        before = [f"(?!{self._either(self.not_before[word])})"] if word in self.not_before else []
        before += [f"(?={self._either(self.only_before[word])})"] if word in self.only_before else []
        before += [_NO_HAN_BEHIND] if word in self.alone else []
        if _is_latin(bare[-1]) and not word.endswith(_ANY):
            before.append(f"(?!{letters})")
        return "".join([bare, *after, f"(?:{only})" if only else "", *before])

    def _either(self, words: Sequence[str]) -> str:
        return "|".join(map(self._literal, words))

    def _literal(self, word: str) -> str:
        return re.escape(self._spelt(word))

    def _spelt(self, word: str) -> str:
        return word if self.as_written else fold(word)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


class _Expressions(dict[str, re.Pattern[str]]):
    """Expressions by their grammar, each compiled when it is first asked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, grammar: str) -> re.Pattern[str]:
        found = self[grammar] = re.compile(self._lexicon.source(grammar))
        return found


class Lexicon:
    """All lists by name, and the expressions made of them.  It never changes; what is asked for is compiled once."""

    __slots__ = ("__call__", "_lists", "_plain")

    if TYPE_CHECKING:

        def __call__(self, grammar: Grammar) -> re.Pattern[str]:
            """The expression of a grammar with the words of these lists."""

    def __init__(self, lists: Mapping[str, Words]) -> None:
        self._lists = dict(lists)
        # A mail asks for hundreds: what answers is the lookup of a dictionary itself.
        self.__call__ = _Expressions(self).__getitem__  # type: ignore[assignment, method-assign]
        self._plain: dict[str, frozenset[str]] = {}

    def source(self, grammar: str) -> str:
        """A grammar with its lists written out, for an expression that is made with a stranger's words in it."""
        return _LIST.sub(self._filled, grammar)

    def words(self, name: str) -> frozenset[str]:
        """The words of a list, folded; none of its shapes and conditions."""
        found = self._plain.get(name)
        if found is None:
            found = self._plain[name] = self._lists[name].plain()
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._lists

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __getitem__(self, name: str) -> Words:
        return self._lists[name]

    def _filled(self, match: re.Match[str]) -> str:
        source = self._lists[match[1]].source()
        before, behind = match.string[: match.start()], match.string[match.end() :]
        # One of several alternatives, or all there is: a group of its own would only hide its first letters from re.
        alone = (not before or before.endswith(("|", "(?:"))) and (not behind or behind[0] in "|)")
        return source if alone else f"(?:{source})"
