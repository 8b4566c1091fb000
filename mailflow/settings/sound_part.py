"""What of a file is right, when something in it is wrong: so that one mistake hides no other.

A wrong value, an unknown key or a missing one is told; then it is taken out, and what is left is looked at for mistakes
of meaning: names that lead nowhere, values that do not go together.  Nothing is told that only follows from what was
taken out; :attr:`Sound.lost` says what that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from mailflow.domain.errors import Problem
from mailflow.settings.yaml_file import Document, Path_

Model = TypeVar("Model", bound=BaseModel)
Mistake = tuple[tuple[str, ...], str]
"""Values that are each right and do not go together: the keys it is about, and what is wrong with them."""

PROVEN = "proven"  # of the context validators are given: the file is as it was shipped
ANY = "*"  # in the place of a stand-in: whatever key or index
StandIns = Mapping[Path_, Any]
_TOGETHER = "together"


@dataclass(frozen=True)
class Sound(Generic[Model]):
    """The part of a file that is right: ``value``, None when nothing is; ``document`` has its lines.

    ``lost`` are the places, in ``document``, of known values that were taken out or replaced; ``doubtful`` those of
    mappings that had unknown keys: what is not there may be what was meant.
    """

    value: Model | None
    document: Document
    lost: frozenset[Path_] = frozenset()
    doubtful: frozenset[Path_] = frozenset()

    def is_whole(self, *path: str | int) -> bool:
        """Does everything stand there that was written, at this place and below?"""
        return not any(place[: len(path)] == path for place in self.lost | self.doubtful)

    def has_all(self, path: Path_, *keys: str) -> bool:
        """Is what these keys of a mapping hold, or that they are not there, what was meant?"""
        sure = path not in self.doubtful or not set(keys) - set(value_at(self.document.data, path))
        return sure and all(self.is_whole(*path, key) for key in keys)


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise, inside a validator of a model, every mistake at once; nothing when there is none."""
    if found := list(mistakes):
        words = "; ".join(said for _, said in found)
        raise PydanticCustomError(_TOGETHER, "{words}", {"words": words, "found": found})


def is_proven(given: ValidationInfo) -> bool:
    """Whether what a validator looks at stands in a file that is as it was shipped."""
    return bool(given.context and given.context[PROVEN])


def sound(
    model: type[Model], document: Document, stand_ins: StandIns | None = None
) -> tuple[Sound[Model], list[Problem]]:
    """The part of a document that fits the model, and every mistake of form in it.

    A wrong value is taken out, with the mapping that needs it.  ``stand_ins`` keep such a mapping: what stands at a
    place (``ANY`` is any key or index) instead of a value that is wrong or missing.
    """
    rest: _Rest | None = None
    now: Sound[Model] = Sound(None, document)
    problems: dict[Problem, None] = {}
    while True:
        try:
            data = now.document.data if now.document.data is not None else {}
            value = model.model_validate(data, context={PROVEN: document.proven})
            return replace(now, value=value), list(problems)
        except ValidationError as error:
            items = error.errors(include_url=False)
        for item in items:
            problems |= dict.fromkeys(_problems(now, _place(now.document, item)[0], item, first=rest is None))
        rest = rest or _Rest(document, stand_ins or {})  # what is right needs no copy
        if not rest.take_out(items):
            return replace(now, value=None), list(problems)
        now = Sound(None, *rest.state())


def value_at(data: Any, path: Path_) -> Any:
    """What stands at a place of plain data."""
    for key in path:
        data = data[key]
    return data


def _problems(now: Sound[Any], where: Path_, item: Any, *, first: bool) -> Iterator[Problem]:
    if item["type"] == _TOGETHER:
        for keys, words in item["ctx"]["found"]:
            if now.has_all(where, *keys):
                yield _problem(now.document, {**item, "msg": words})
    elif first or now.is_whole(*where):
        yield _problem(now.document, item)


def _problem(document: Document, item: Any) -> Problem:
    where: Path_ = tuple(part for part in item["loc"] if isinstance(part, str | int))
    name = ".".join(str(part) for part in where) or "file"
    if item["type"] == "extra_forbidden":
        return document.problem(where, "MF010", f"unknown key {name!r}", "remove it or check its spelling")
    if item["type"] == "missing":
        return document.problem(where, "MF011", f"{name!r} is missing", "add it")
    return document.problem(where, "MF012", f"{name}: {item['msg']}")


class _Rest:
    """What is left of a document while mistakes are taken out of it."""

    def __init__(self, document: Document, stand_ins: StandIns) -> None:
        self.document = Document(document.file, deepcopy(document.data), document.lines)
        self._lost: set[Path_] = set()
        self._doubtful: set[Path_] = set()
        self._stand_ins = stand_ins

    def state(self) -> tuple[Document, frozenset[Path_], frozenset[Path_]]:
        """The document, what was lost of it, and what in it is doubtful."""
        return self.document, frozenset(self._lost), frozenset(self._doubtful)

    def take_out(self, items: Iterable[Any]) -> bool:
        """Take out what is wrong; False when nothing would be left."""
        gone: set[Path_] = set()
        for item in items:
            where, beyond = _place(self.document, item)
            if item["type"] == "missing":
                if not self._put((*where, *beyond[:1])):
                    self._drop(where, gone)
            elif item["type"] == "extra_forbidden":
                gone.add(where)
                self._doubtful.add(where[:-1])
            else:
                self._drop(where, gone)
        if () in gone:
            return False
        self._leave_out(gone)
        return True

    def _drop(self, where: Path_, gone: set[Path_]) -> None:
        if where and self._put(where):
            return
        gone.add(where)
        if where:
            is_item = isinstance(where[-1], int)
            self._lost.add(where[:-1] if is_item else where)

    def _put(self, where: Path_) -> bool:
        """Put the stand-in of a place there; False when it has none, or the stand-in does not fit either."""
        value = next((value for place, value in self._stand_ins.items() if _fits(place, where)), None)
        if value is None or where in self._lost:
            return False
        value_at(self.document.data, where[:-1])[where[-1]] = deepcopy(value)
        self._lost.add(where)
        return True

    def _leave_out(self, gone: set[Path_]) -> None:
        """Rebuild the document without these values; what follows in a list moves up, with its line."""
        moved: dict[Path_, Path_] = {}

        def rest(value: Any, old: Path_, new: Path_) -> Any:
            moved[old] = new
            if isinstance(value, dict):
                return {
                    key: rest(part, (*old, key), (*new, key)) for key, part in value.items() if (*old, key) not in gone
                }
            if isinstance(value, list):
                kept = [(place, part) for place, part in enumerate(value) if (*old, place) not in gone]
                return [rest(part, (*old, place), (*new, index)) for index, (place, part) in enumerate(kept)]
            return value

        data = rest(self.document.data, (), ())
        lines = {moved[path]: line for path, line in self.document.lines.items() if path in moved}
        self.document = Document(self.document.file, data, lines)
        self._lost = {_moved(path, moved) for path in self._lost}
        self._doubtful = {moved[path] for path in self._doubtful if path in moved}


def _place(document: Document, item: Any) -> tuple[Path_, Path_]:
    """Where a mistake is: the part of its place that is there, and the part that is not."""
    data, found = document.data, []
    parts = [part for part in item["loc"] if isinstance(part, str | int)]
    for part in parts:
        key: str | int = part
        if isinstance(data, dict) and str(part) in data:
            key = str(part)
        elif not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            break
        data = data[key]
        found.append(key)
    return tuple(found), tuple(parts[len(found) :])


def _moved(path: Path_, moved: Mapping[Path_, Path_]) -> Path_:
    """Where a place is now; of one that is gone the key of a mapping, or the list it stood in."""
    for end in range(len(path), -1, -1):
        if path[:end] in moved:
            rest = path[end:]
            return moved[path[:end]] if rest and isinstance(rest[0], int) else (*moved[path[:end]], *rest)
    return path


def _fits(pattern: Path_, where: Path_) -> bool:
    return len(pattern) == len(where) and all(part in (ANY, key) for part, key in zip(pattern, where, strict=True))
