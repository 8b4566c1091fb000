"""Many regular expressions over one short text, at the cost of the few that can match (:mod:`.gate`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Generic, TypeVar

from mailflow.reading.matching.gate import Gate

Label = TypeVar("Label", bound=Hashable)
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REFERENCE = re.compile(r"\\[1-9]")
Find = Callable[[str], "re.Match[str] | None"]


def alternatives(pattern: str) -> list[str]:
    """The pattern cut at its outermost ``|``: each part has words of its own."""
    cuts, depth, closed = [-1], 0, 0  # ``closed``: how often the outermost group ended
    for token in _TOKEN.finditer(pattern):
        depth += (token[0] == "(") - (token[0] == ")")
        closed += token[0] == ")" and not depth
        if token[0] == "|" and not depth:
            cuts.append(token.start())
    one_group = pattern.startswith("(") and pattern.endswith(")") and closed == 1 and len(cuts) == 1
    if one_group and not pattern.startswith("(?") and not _REFERENCE.search(pattern):
        return alternatives(pattern[1:-1])
    return [pattern[a + 1 : b] for a, b in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


class PatternSet(Generic[Label]):
    """Patterns with labels; :meth:`search` gives each label that has a match, with the words of the match.

    A pattern is compiled when it is first tried: most never are.
    """

    def __init__(self, patterns: Iterable[tuple[Label, str]]) -> None:
        self._finders = [(label, part) for label, source in patterns for part in alternatives(source)]
        self._compiled: dict[int, Find] = {}

    @cached_property
    def _gate(self) -> Gate:
        return Gate((part, ()) for _, part in self._finders)

    def __bool__(self) -> bool:
        return bool(self._finders)

    def search(self, text: str) -> dict[Label, str]:
        """Each label with a matching pattern, in the order of the patterns, and the words of that match."""
        found: dict[Label, str] = {}
        for number in self._gate.opened(text):
            label = self._finders[number][0]
            if label not in found and (match := self._find(number)(text)):
                found[label] = match[0]
        return found

    def _find(self, number: int) -> Find:
        find = self._compiled.get(number)
        if find is None:
            part = self._finders[number][1]
            pattern = re.compile(part)
            # ``search`` would try an anchored pattern at every position.
            find = self._compiled[number] = pattern.match if part.startswith("^") else pattern.search
        return find
