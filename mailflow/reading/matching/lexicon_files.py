"""The lexicon as files: ``rules/lexicon/*.yaml`` loaded, checked by the examples of every list, joined into one value.

The shipped lists are always there.  An office's own files, in ``lexicon/`` of its rules folder, add words to lists of
these names and may leave some out; they cannot take a whole list away, so a new release reads on with an old folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.reading.matching.lexicon import Grammar, Lexicon, Words
from mailflow.reading.matching.normalise import fold
from mailflow.settings import shipped, yaml_file
from mailflow.settings.sections import pattern
from mailflow.settings.sound_part import ANY, sound

Word = Annotated[str, Field(min_length=1, max_length=60)]
Sentence = Annotated[str, Field(min_length=1, max_length=200)]
Shape = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(pattern)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Beside = dict[Word, tuple[Word, ...]]


class ListEntry(BaseModel):
    """One list as written in a file; rules/README.md tells the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    says: Sentence = ""
    words: tuple[Word, ...] = ()
    characters: str = ""
    shapes: tuple[Shape, ...] = ()
    not_before: Beside = {}
    not_after: Beside = {}
    only_before: Beside = {}
    only_after: Beside = {}
    alone: tuple[Word, ...] = ()
    as_written: bool = False
    without: tuple[Word, ...] = ()
    matches: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    misses: tuple[Sentence, ...] = ()


class LexiconFile(BaseModel):
    """A file of lists about one topic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Sentence
    lists: dict[Name, ListEntry] = {}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A list with the place it stands in; one that is not whole lost a wrong value."""

    name: str
    entry: ListEntry
    document: yaml_file.Document
    is_whole: bool

    def problem(self, code: str, message: str, remedy: str = "", *at: str | int) -> Problem:
        return self.document.problem(("lists", self.name, *at), code, message, remedy)


def load(folder: Path, *, whole: bool = True) -> tuple[Lexicon | None, list[Problem]]:
    """The shipped lists with the words of an office's folder, which need not be there; every mistake at once.

    Unless ``whole``, files that are as they were shipped are believed: nothing of them is tried.
    """
    own_place = shipped.folder("rules") / shipped.LEXICON
    first, problems = _read(own_place, whole=whole)
    lists = {item.name: _words(item.entry) for item in first}
    added: list[_Placed] = []
    if folder.resolve() != own_place.resolve():
        found, wrong = _read(folder, whole=whole)
        # A copy of a shipped file adds nothing.
        added = [item for item in found if not _is_copy(item)]
        problems += wrong
    for item in added:
        if item.name not in lists:
            problems.append(_unknown(item, lists))
            continue
        problems += _missing(item, lists[item.name])
        lists[item.name] = _joined(lists[item.name], item.entry)
    lexicon = Lexicon(lists)
    changed = {item.name for item in added}
    tried = [item for item in first if whole or item.name in changed] + added
    gone = {word for item in added for word in item.entry.without}  # what was to be left out need not be found
    problems += _examples(lexicon, [item for item in tried if item.is_whole and item.name in lists], gone)
    return (None if problems else lexicon), sorted(problems)


@cache
def shipped_lexicon() -> Lexicon:
    """The shipped lists alone."""
    found, problems = load(shipped.folder("rules") / shipped.LEXICON, whole=False)
    if found is None:
        raise ValueError(problems[0])
    return found


def _read(folder: Path, *, whole: bool) -> tuple[list[_Placed], list[Problem]]:
    placed: list[_Placed] = []
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        document, wrong = yaml_file.read(file)
        problems += wrong
        if document is None:
            continue
        proven = not whole and shipped.is_unchanged(file)
        found, wrong = sound(LexiconFile, replace(document, proven=proven), _STAND_INS)
        problems += wrong
        for name, entry in found.value.lists.items() if found.value else ():
            placed.append(_Placed(name, entry, found.document, found.is_whole("lists", name)))
    return placed, [*problems, *_double(placed)]


_STAND_INS: dict[yaml_file.Path_, Any] = {("about",): "-", ("lists", ANY, "matches"): ["-"]}


def _double(placed: Sequence[_Placed]) -> Iterator[Problem]:
    first: dict[str, _Placed] = {}
    for item in placed:
        earlier = first.setdefault(item.name, item)
        if earlier is not item:
            where = f"{earlier.document.file}:{earlier.document.line(('lists', earlier.name))}"
            yield item.problem("MF206", f"the list {item.name!r} stands in {where} too", "join them")


def _is_copy(item: _Placed) -> bool:
    return shipped.is_unchanged(Path(item.document.file))


def _unknown(item: _Placed, lists: Mapping[str, Words]) -> Problem:
    near = get_close_matches(item.name, lists, n=3, cutoff=0.5)
    remedy = f"lists of nearly this name: {', '.join(near)}" if near else "the lists are named in docs/reading.md"
    return item.problem("MF207", f"no list {item.name!r}: words are added to the lists there are", remedy)


def _missing(item: _Placed, words: Words) -> Iterator[Problem]:
    known = {*words.words, *words.characters, *words.alone, *words.shapes}
    for index, word in enumerate(item.entry.without):
        if word not in known:
            said = f"the list {item.name!r} has no word {word!r} that could be left out"
            yield item.problem("MF208", said, "check its spelling", "without", index)


def _words(entry: ListEntry) -> Words:
    return Words(
        entry.words,
        "".join(entry.characters.split()),
        entry.shapes,
        entry.not_before,
        entry.not_after,
        entry.only_before,
        entry.only_after,
        entry.alone,
        entry.as_written,
    )


def _joined(words: Words, entry: ListEntry) -> Words:
    more, gone = _words(entry), set(entry.without)

    def both(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in (*one, *other) if word not in gone))

    return Words(
        both(words.words, more.words),
        "".join(both(words.characters, more.characters)),
        both(words.shapes, more.shapes),
        {**words.not_before, **more.not_before},
        {**words.not_after, **more.not_after},
        {**words.only_before, **more.only_before},
        {**words.only_after, **more.only_after},
        both(words.alone, more.alone),
        words.as_written,
    )


def _examples(lexicon: Lexicon, placed: Sequence[_Placed], gone: Collection[str]) -> Iterator[Problem]:
    for item in placed:
        expression = lexicon(Grammar(f"<{item.name}>"))
        fits = item.entry.as_written or lexicon[item.name].as_written
        for key, sentences, wanted in (("matches", item.entry.matches, True), ("misses", item.entry.misses, False)):
            for index, sentence in enumerate(sentences):
                if wanted and any(word in sentence for word in gone):
                    continue
                if (expression.search(sentence if fits else fold(sentence)) is not None) is not wanted:
                    said = "does not find" if wanted else "finds, but should not,"
                    yield item.problem(
                        "MF209", f"the list {item.name!r} {said} its example {sentence!r}", "", key, index
                    )
