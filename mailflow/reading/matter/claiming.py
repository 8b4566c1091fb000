"""How likely a mail claims something of us, by all its clauses: a second voice beside the rules that tell its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, log1p

from mailflow.reading.matching import scorer
from mailflow.reading.matching.scorer import Option
from mailflow.reading.matter.telling import Clause

FIELD = "claim"
_COUNTED = frozenset({"trouble", "unreal trouble", "complains", "praises", "wish", "asks", "questioned"})
_KIND = "speaks for "
_SHORT = 2
_EDGE = 0.01
_RANKS = ("first", "second", "third")


def chance(clauses: Sequence[Clause]) -> float:
    """0..1: how likely the writer claims something, whatever kind the rules see."""
    signs = {sign for each in clauses for sign in each.signs if len(sign) <= _SHORT or sign[0] == "'"}
    return scorer.each_chance(FIELD, [Option("", _features(clauses), signs)])[0]


def _features(clauses: Sequence[Clause]) -> dict[str, float]:
    body = sorted((each.chance for each in clauses if each.laid.part.source != "subject"), reverse=True)
    title = max((each.chance for each in clauses if each.laid.part.source == "subject"), default=0.0)
    counts = Counter(
        name for each in clauses for name, value in each.features.items()
        if value and (name in _COUNTED or name.startswith(_KIND))
    )  # fmt: skip
    return {
        "always": 1.0,
        "length": log1p(len(body)),
        "mean": sum(body) / max(len(body), 1),
        "title": _odds(title),
        **{rank: _odds(value) for rank, value in zip(_RANKS, [*body, 0.0, 0.0, 0.0], strict=False)},
        **{f"count of {name}": log1p(count) for name, count in counts.items()},
    }


def _odds(chance: float) -> float:
    return log((chance + _EDGE) / (1 + _EDGE - chance))
