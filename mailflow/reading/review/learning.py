"""What the second opinion may learn from, what is kept back to test it, and how good it is beside the rules.  Pure.

A mail that opened a case is *checked* when a person said its kind.  Only checked mails test, and each counts as three
when learning; handled mails that nobody checked carry the rules' own word, so they count once and never test.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailflow.domain.model import Kind

LEAST_MAILS = 50
LEAST_OF_A_KIND = 10
TEST_SHARE = 4  # every fourth checked mail of a kind tests
CHECKED_COUNTS = 3
UNCHECKED_FOR_ONE = 5  # at most so many unchecked mails of a kind for one checked


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail's text as the model sees it, its kind, whether a person said so, and what the rules say today."""

    text: str
    kind: Kind
    checked: bool
    by_rules: Kind


@dataclass(frozen=True, slots=True)
class Split:
    """What is learned (with repetitions, in order) and what tests.  ``left_out`` counts kinds too rare to learn."""

    learn: tuple[Sample, ...]
    test: tuple[Sample, ...]
    left_out: dict[str, int]
    checked: int
    unchecked: int


class TooFew(Exception):
    """Not enough checked mails; ``counts`` are those there are, by kind."""

    def __init__(self, total: int, counts: dict[str, int]) -> None:
        super().__init__(f"{total} checked mails")
        self.total = total
        self.counts = counts


def split(samples: Iterable[Sample]) -> Split:
    """Divide the samples.  The same mails give the same parts, in whatever order they come.  Raises TooFew."""
    unique: dict[str, Sample] = {}
    for sample in map(_as_opened, samples):
        key = hashlib.sha256(sample.text.encode("utf-8", "replace")).hexdigest()
        if sample.text.strip() and (key not in unique or (sample.checked and not unique[key].checked)):
            unique[key] = sample
    by_kind: dict[Kind, tuple[list[Sample], list[Sample]]] = defaultdict(lambda: ([], []))
    for _, sample in sorted(unique.items()):
        by_kind[sample.kind][0 if sample.checked else 1].append(sample)
    counts = {kind.value: len(checked) for kind, (checked, _) in sorted(by_kind.items()) if checked}
    total = sum(counts.values())
    kinds = [kind for kind in sorted(by_kind) if counts.get(kind.value, 0) >= LEAST_OF_A_KIND]
    if total < LEAST_MAILS or len(kinds) < 2:
        raise TooFew(total, counts)
    learn: list[Sample] = []
    test: list[Sample] = []
    unchecked = 0
    for kind in kinds:
        checked, others = by_kind[kind]
        test += checked[::TEST_SHARE]
        mine = [sample for place, sample in enumerate(checked) if place % TEST_SHARE]
        others = others[: UNCHECKED_FOR_ONE * len(mine)]
        learn += mine * CHECKED_COUNTS + others
        unchecked += len(others)
    left_out = {kind: count for kind, count in counts.items() if Kind(kind) not in kinds}
    return Split(tuple(learn), tuple(test), left_out, total - sum(left_out.values()), unchecked)


def figures(truth: Sequence[Kind], said: Sequence[Kind | None]) -> dict[str, Any]:
    """Accuracy, and precision and recall of every kind, each with its counts; None where nothing was to count."""
    right = sum(one is other for one, other in zip(truth, said, strict=True))
    wanted, given = Counter(truth), Counter(kind for kind in said if kind is not None)
    hits = Counter(one for one, other in zip(truth, said, strict=True) if one is other)
    kinds = {
        kind.value: {
            "mails": wanted[kind],
            "said": given[kind],
            "right": hits[kind],
            "precision": _share(hits[kind], given[kind]),
            "recall": _share(hits[kind], wanted[kind]),
        }
        for kind in sorted(wanted | given)
    }
    return {"mails": len(truth), "right": right, "accuracy": _share(right, len(truth)), "kinds": kinds}


def _as_opened(sample: Sample) -> Sample:
    """A follow-up that opened a case is a complaint for us, whoever says so."""
    kind, by_rules = (Kind.COMPLAINT if one is Kind.FOLLOWUP else one for one in (sample.kind, sample.by_rules))
    return replace(sample, kind=kind, by_rules=by_rules)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
