"""Which of several candidates is the right one: weights learned from labelled mails, a dot product each.

The rules find candidates and what speaks for each of them, as named features.  ``weights.tsv`` has a weight for every
feature of a field; ``python -m bench.weights`` learns them.  Pure: the same candidates have the same chances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

Weights = Mapping[str, Mapping[str, float]]
"""By field and feature."""
_WEIGHTS = Path(__file__).with_name("weights.tsv")
_MOST = 30.0  # a sum beyond it is as good as certain


@dataclass(frozen=True, slots=True)
class Option:
    """One candidate: its folded words, none for a blank, and its features; one that is not named is 0.

    ``signs`` are features that are 1: the many that are just there, or not.
    """

    words: str
    features: Mapping[str, float]
    signs: Set[str] = frozenset()


def chances(field: str, options: Sequence[Option]) -> list[float]:
    """How likely each of these is the right one where only one can be, 0..1; together 1."""
    sums = [_sum(field, option) for option in options]
    top = max(sums, default=0.0)
    parts = [exp(max(each - top, -_MOST)) for each in sums]
    total = sum(parts)
    return [part / total for part in parts]


def each_chance(field: str, options: Sequence[Option]) -> list[float]:
    """How likely each of these is right whatever the others are, 0..1."""
    return [1 / (1 + exp(-max(-_MOST, min(_MOST, _sum(field, option))))) for option in options]


@cache
def learned() -> Weights:
    """The weights this release comes with."""
    told: dict[str, dict[str, float]] = {}
    for line in _WEIGHTS.read_text("utf-8").splitlines():
        field, name, weight = line.split("\t")
        told.setdefault(field, {})[name] = float(weight)
    return told


def _sum(field: str, option: Option) -> float:
    weights = learned().get(field, {})
    told = sum([weights.get(name, 0.0) * value for name, value in option.features.items()])
    return told + sum([weights[sign] for sign in option.signs if sign in weights])
