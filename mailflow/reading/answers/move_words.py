"""The words of ``rules/moves.yaml``: what whoever registers a case writes to put it right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.domain.model import Kind
from mailflow.reading.answers.words import Group, GroupEntry, Phrase, compiled, failing, squeeze
from mailflow.settings import shipped, yaml_file
from mailflow.settings.sound_part import ANY, sound

What = Literal["split", "join", "kind", "second", "correct"]
HeldWord = Literal["release", "drop", "one", "each"]
"""What becomes of held mail: it goes on, it is set aside; a pile of it is one case, or a case of each."""


class Moves(BaseModel):
    """The words that begin a line which moves a case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: GroupEntry
    join: GroupEntry
    kind: GroupEntry
    second: GroupEntry
    correct: GroupEntry


class MovesFile(BaseModel):
    """The whole file.  ``kinds`` and ``facts`` say what kinds of cases and fields of the registration are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Phrase
    moves: Moves
    right: GroupEntry
    nothing: GroupEntry
    kinds: dict[Kind, Annotated[tuple[Phrase, ...], Field(min_length=1)]]
    facts: dict[Phrase, Annotated[tuple[Phrase, ...], Field(min_length=1)]]
    held: dict[HeldWord, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = {}


@dataclass(frozen=True, slots=True)
class MoveWords:
    """Ready for use: groups by what they do, kinds and what becomes of held mail by what they are called (squeezed),
    titles by field.
    """

    moves: Mapping[str, Group]
    right: Group
    nothing: Group
    kinds: Mapping[str, Kind]
    facts: Mapping[str, tuple[str, ...]]
    nothing_word: str = ""
    held: Mapping[str, HeldWord] = field(default_factory=dict)

    def kind(self, said: str) -> Kind | None:
        """The kind these words name, nothing else among them."""
        return self.kinds.get(_bare(said))

    def called(self) -> dict[Kind, str]:
        """What each kind of case is called, in the order of the file: the first of its words."""
        found: dict[Kind, str] = {}
        for word, kind in self.kinds.items():
            if kind is not Kind.OTHER:
                found.setdefault(kind, word)
        return found

    def kind_in(self, said: str) -> Kind | None:
        """The one kind these words begin or end with (投诉 B2302 批开裂, 价格咨询); None when none does, or two do."""
        bare = _bare(said)
        cases = [word for word, kind in self.kinds.items() if kind is not Kind.OTHER]
        named = [word for word in cases if bare.startswith(word) or bare.endswith(word)]
        longest = [word for word in named if not any(word != other and word in other for other in named)]
        found = {self.kinds[word] for word in longest}
        return found.pop() if len(found) == 1 else None


def load_move_words(path: Path, *, whole: bool = True) -> tuple[MoveWords | None, list[Problem]]:
    """Read the words.  Every problem is listed with its line; with any problem there are no words.

    Unless ``whole``, a file that is as it was shipped is believed: its patterns are not judged, its examples not run.
    """
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    document = replace(document, proven=not whole and shipped.is_unchanged(path))
    found, problems = sound(MovesFile, document, _STAND_INS)
    if found.value is None:
        return None, problems
    file, moves = found.value, {}
    for name, entry in file.moves:
        moves[name] = compiled(name, entry)
        if found.is_whole("moves", name):
            problems += failing(moves[name], entry, found.document, ("moves", name), "whole")
    single = {}
    for name in ("right", "nothing"):
        entry = getattr(file, name)
        single[name] = compiled(name, entry)
        if found.is_whole(name):
            problems += failing(single[name], entry, found.document, (name,), "whole")
    kinds = {squeeze(word): kind for kind, words in file.kinds.items() for word in words}
    ours = shipped.folder("rules") / path.name
    if Kind.OTHER not in file.kinds and path != ours and (older := load_move_words(ours, whole=False)[0]):
        # A file from before there was this kind.
        kinds |= {word: kind for word, kind in older.kinds.items() if kind is Kind.OTHER and word not in kinds}
    held = {squeeze(word): what for what, words in file.held.items() for word in words}
    if not held and path != ours and (older := load_move_words(ours, whole=False)[0]):
        held = dict(older.held)
    words = MoveWords(moves, single["right"], single["nothing"], kinds, file.facts, file.nothing.phrases[0], held)
    return (None, problems) if problems else (words, [])


_GROUP = {"phrases": ["-"], "matches": ["-"], "misses": ["-"]}
_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("about",): "-",
    ("moves",): {},
    ("moves", ANY): _GROUP,
    ("right",): _GROUP,
    ("nothing",): _GROUP,
    ("kinds",): {},
    ("facts",): {},
}


def _bare(said: str) -> str:
    return re.sub(r"[\s。.,，;；!！]+$", "", squeeze(said[:200]))
