"""The procedures and staff in force: read again when their files change; a broken file leaves the old ones in force."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from mailflow.domain.errors import Problem
from mailflow.runtime.logs import event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What reading some files gave: their value, or the problems in them."""

    value: T | None
    problems: tuple[Problem, ...] = ()


class InForce(Generic[T]):
    """A value read from the files below a path.  ``problems`` are those of the last try; while there are any, the
    value of the last good try stays in force.
    """

    def __init__(self, first: T, path: Path, read: Callable[[], Read[T]]) -> None:
        self._value, self._path, self._read = first, path, read
        self._seen = self._stamp()
        self.problems: tuple[Problem, ...] = ()

    def __call__(self) -> T:
        """What is in force now."""
        return self._value

    def check(self) -> bool:
        """Read the files again if they changed since the last look; True when something new is in force."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        found = self._read()
        self._seen = stamp
        self.problems = found.problems
        if found.value is None or found.problems:
            for problem in found.problems:
                event("rules.broken", logging.ERROR, problem=str(problem))
            return False
        self._value = found.value
        event("rules.renewed", path=str(self._path))
        return True

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        files = sorted(self._path.rglob("*.yaml")) if self._path.is_dir() else [self._path]
        found = []
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                continue
            found.append((str(file), stat.st_mtime_ns, stat.st_size))
        return tuple(found)
