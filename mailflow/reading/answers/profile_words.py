"""What a person says of values proposed for profiles: ``1 同意``, ``2 不对``, ``3 邮编：061000``, ``其余不对``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.kind_words import ALL, numbers_in
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold

_LINE = re.compile(
    r"(?P<numbers>\d{1,2}(?:[ ]?[,、&~-][ ]?\d{1,2}){0,40})?[ ]?[.、)]{0,2}[ ]{0,3}"
    r"(?P<word>[^\d\s.、:;,。)][^\n:;,。]{0,40})(?P<colon>[ ]{0,3}:[ ]{0,3}(?P<value>[^\n]{0,300}))?[ .!]{0,4}"
)
_LINES = re.compile(r"[^\n;]+")
_EDGES = " \t,。"
_POINTS = re.compile(r"[,。](?=[ ]?\d{1,2}[ .、)])")


@dataclass(frozen=True, slots=True)
class Judged:
    """Of each number whether its values hold (absent: nothing said), the values somebody gave instead (by number, then
    field), and the lines nobody can understand.
    """

    holds: Mapping[int, bool]
    values: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()


def read_judgements(
    words: AnswerWords,
    known: Mapping[str, bool],
    titles: Mapping[int, Mapping[str, str]],
    text: str,
    *,
    each: bool = False,
) -> Judged:
    """What an answer says of the points numbered by ``titles``, whose fields may be put right by their titles.

    ``known`` are the words of an answer (squeezed), ``titles`` of each number the titles (squeezed) with their fields.
    Without a number it is the only point's, or ``all`` of them; "the rest" are those of which nothing else is said.  A
    number of which two things are said is unclear.  ``each``: every point is to be named, nothing is said of all.
    """
    body = own_words(words, text) if len(text) <= MAX_TEXT else ""
    folded = without_quoted_lines(fold(body))
    said = _Said(words, known, titles, each=each)
    for line in _LINES.finditer(folded):
        at = line.start()
        ends = [] if ":" in line[0] else [match.start() for match in _POINTS.finditer(folded, at, line.end())]
        for end in [*ends, line.end()]:  # an address keeps its commas
            if folded[at:end].strip(_EDGES):
                said.take(folded[at:end], body[at:end])
            at = end
    return said.judged()


class _Said:
    """What was said so far."""

    def __init__(
        self, words: AnswerWords, known: Mapping[str, bool], titles: Mapping[int, Mapping[str, str]], *, each: bool
    ) -> None:
        self.words, self.known, self.titles, self.each = words, known, titles, each
        self.holds: dict[int, bool] = {}
        self.values: dict[int, dict[str, str]] = {}
        self.rest: bool | None = None
        self.unclear: list[str] = []
        self.twice: set[int] = set()

    def take(self, folded: str, original: str) -> None:
        """Read one line."""
        line, lead = folded.strip(_EDGES), len(folded) - len(folded.lstrip(_EDGES))
        match = _LINE.fullmatch(line)
        if match is None:
            self.unclear.append(original.strip()[:120])
            return
        about = numbers_in(match["numbers"]) if match["numbers"] else []
        word = match["word"].strip()
        if match["colon"]:
            value = original[lead + match.start("value") : lead + match.end("value")]
            self._put_right(about, word, value, original)
        else:
            self._judge(about, word, original)

    def judged(self) -> Judged:
        """The whole answer."""
        if self.rest is not None:
            left = [each for each in self.titles if each not in self.holds and each not in self.values]
            self.holds |= dict.fromkeys(left, self.rest)
        holds = {each: what for each, what in self.holds.items() if each not in self.twice}
        values = {each: what for each, what in self.values.items() if each not in self.twice}
        return Judged(holds, values, tuple(self.unclear))

    def _judge(self, about: Sequence[int], word: str, original: str) -> None:
        what = self.known.get(squeeze(word))
        if what is None and not about and not self.each:
            head = self.words.lexicon(ALL).match(word)
            what = self.known.get(squeeze(word[head.end() :])) if head else None
            about = list(self.titles) if what is not None else []
        if what is None and not about and not self.each and self._is_of_the_rest(word):
            return
        about = about or (list(self.titles) if len(self.titles) == 1 else [])
        if what is None and not about and not self.holds:
            return  # a greeting
        if what is None or not about or any(each not in self.titles for each in about):
            self.unclear.append(original.strip()[:120])
            return
        for each in about:
            if self.holds.setdefault(each, what) is not what:
                self.twice.add(each)
                self.unclear.append(original.strip()[:120])

    def _is_of_the_rest(self, word: str) -> bool:
        group, said = self.words.get("the_rest"), squeeze(word)
        head = group.start(said) if group is not None else 0
        what = self.known.get(said[head:]) if head > 0 else None
        if what is None:
            return False
        self.rest = what
        return True

    def _put_right(self, about: Sequence[int], title: str, value: str, original: str) -> None:
        about = about or (list(self.titles) if len(self.titles) == 1 else [])
        name = self.titles.get(about[0], {}).get(squeeze(title)) if len(about) == 1 else None
        if name is None or not value.strip() or name in self.values.get(about[0], {}):
            self.unclear.append(original.strip()[:120])
            return
        self.values.setdefault(about[0], {})[name] = value.strip()
