"""Learn how much each feature of a candidate counts: ``python -m bench.weights [FIELD ...]``.

Reads the labelled sets, has the rules name their candidates, and learns which features the right ones have.  Prints for
each field how many candidates there were and how often a right one was among them.  ``--held-out`` then reads each set
by weights of the other sets alone, which is what mail of strangers will be read like; ``--write`` writes
``mailflow/reading/matching/weights.tsv``.  The same mails and rules give the same weights.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from bench.calibrate import readings
from mailflow.reading.matching import scorer
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.scorer import Option, Weights
from mailflow.reading.matter.close_kinds import candidates
from tests.understanding.reading import SETS, read_set
from tests.understanding.scoring import FIELDS, Score, alike, plain, values

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
CHOSEN = ("product",)
"""Fields of which one candidate, or a blank, is chosen."""
EACH = ("defect_or_issue", "claim", "demand")
"""Fields of which every candidate stands for itself."""
FIRST = ("defect_or_issue",)
"""Fields whose chances are features of others."""
CLAIMS = frozenset({"complaint", "followup"})
"""Kinds of mails that claim something."""
KINDS_ALONE = "kind only"
"""The note of a key that says nothing of fields; what is no case has no trouble."""
_DAMPED, _DAMPED_WORDS = 3.0, 8.0  # how strongly weights are drawn to 0: a few hundred mails prove little
_STEPS, _PACE = 300, 0.1
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
_SEEN, _SEEN_WORDS = 4, 6  # in this many mails at least, a feature is learned
_LEAST = 0.03  # a smaller weight is left out
_ENOUGH = 0.34  # of what is wanted, a clause must hold so much
_ALSO = 0.6  # how right what is only accepted is
_WORDS = re.compile("\\^?[\u3400-\u9fff]{1,2}\\$?|'[a-z']+")


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one mail for one field, and how right each of them is, 0..1."""

    folder: str
    field: str
    options: tuple[Option, ...]
    right: tuple[float, ...]


def main() -> None:
    """Parse the command line, learn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fields", nargs="*", default=[], help="learn these alone; the others keep their weights")
    parser.add_argument("--held-out", action="store_true", help="read each set by the weights of the others")
    parser.add_argument("--write", action="store_true", help="write the weights")
    options = parser.parse_args()
    fields = options.fields or [*CHOSEN, *EACH]
    examples = [example for example in unlearned(SETS) if example.field in fields]
    for name in fields:
        own = [example for example in examples if example.field == name]
        known = sum(max(example.right[:-1] if name in CHOSEN else example.right, default=0) > 0 for example in own)
        print(f"{name:20}{len(own):5} mails with candidates, a right one among them in {known}")
    if options.held_out:
        held_out(examples, fields)
    if options.write:
        Path(scorer.__file__).with_name("weights.tsv").write_text(written(learn(examples, fields)), "utf-8")


def unlearned(folders: Sequence[Path]) -> list[Example]:
    """The choices left in these sets, each set read by weights that were learned without it.

    What is chosen by the chances of clauses must not be learned from chances better than a stranger's mail has.
    """
    clauses = [example for example in examples_of(folders) if example.field in FIRST]
    found = []
    for folder in folders:
        weights = learn([example for example in clauses if example.folder != folder.name], FIRST)
        with patch.object(scorer, "learned", partial(dict, weights)):
            found += examples_of([folder])
    return found


def by_others(folders: Sequence[Path] = SETS) -> Callable[[Path], AbstractContextManager[object]]:
    """Within what it returns for a set, mails are read by weights that were learned of the other sets alone."""
    examples = unlearned(folders)

    def reading(folder: Path) -> AbstractContextManager[object]:
        weights = learn([example for example in examples if example.folder != folder.name], [*CHOSEN, *EACH])
        return patch.object(scorer, "learned", partial(dict, weights))

    return reading


def examples_of(folders: Sequence[Path]) -> list[Example]:
    """Every choice the rules leave in the mails of these sets."""
    found: list[tuple[str, Sequence[Option]]] = []
    originals = {"chances": scorer.chances, "each_chance": scorer.each_chance}

    def noted(name: str) -> Any:
        def asked(field: str, options: Sequence[Option]) -> list[float]:
            found.append((field, options))
            return originals[name](field, options)

        return asked

    examples = []
    with patch.multiple(scorer, **{name: noted(name) for name in originals}):
        for folder, key, _ in readings(folders):
            for field, options in found:
                if (options_right := _right(field, options, key)) is not None:
                    examples.append(Example(folder, field, tuple(options), options_right))
            found.clear()
    return examples


def _right(field: str, options: Sequence[Option], key: Mapping[str, Any]) -> tuple[float, ...] | None:
    """How right each candidate is, 0..1; None where the key does not say."""
    if key.get("notes") == KINDS_ALONE and field not in ("defect_or_issue", "claim"):
        return None
    if field == "claim":
        kinds = [key["kind"], *key.get("alt_kinds", ())]
        return None if key["kind"] not in CLAIMS and CLAIMS & {*kinds} else (float(key["kind"] in CLAIMS),)
    main, accepted = values(key.get(field)), (key.get("accept") or {}).get(field, ())
    also = [value for option in accepted for value in values(option)]
    if field in EACH:
        return tuple(
            _tells(field, main, option.words) or _ALSO * _tells(field, also, option.words) for option in options
        )
    right = [max((_close(field, each, option.words) for each in [*main, *also]), default=0.0) for option in options]
    if not any(right):
        right[-1] = 1.0
    return tuple(right)


def _tells(field: str, wanted: Sequence[str], words: str) -> float:
    """1 where a clause holds what is wanted, or enough of it."""
    return float(any(fold(each) in words or _close(field, each, words) >= _ENOUGH for each in wanted))


def _close(field: str, wanted: str, words: str) -> float:
    wanted = fold(wanted)
    if not words or not alike(field, wanted, words):
        return 0.0
    short, full = sorted((len(plain(wanted)), len(plain(words))))
    return short / max(full, 1)


def learn(examples: Sequence[Example], fields: Sequence[str]) -> Weights:
    """The weights of these fields by these examples; those of other fields as they are."""
    return {
        **scorer.learned(),
        **{name: _weights([each for each in examples if each.field == name]) for name in fields},
    }


def _weights(examples: Sequence[Example]) -> Mapping[str, float]:
    mails: dict[str, int] = {}
    for example in examples:
        for name in {name for option in example.options for name, value in _features(option) if value}:
            mails[name] = mails.get(name, 0) + 1
    names = sorted(name for name, count in mails.items() if count >= (_SEEN_WORDS if _WORDS.fullmatch(name) else _SEEN))
    if not names:
        return {}
    place = {name: at for at, name in enumerate(names)}
    rows = [option for example in examples for option in example.options]
    told = [
        (at, place[name], value)
        for at, option in enumerate(rows)
        for name, value in _features(option)
        if value and name in place
    ]
    table = _Table(
        np.array([row for row, _, _ in told]), np.array([column for _, column, _ in told]),
        np.array([value for _, _, value in told]), len(rows), len(names),
    )  # fmt: skip
    right = np.array([each for example in examples for each in example.right])
    starts = np.cumsum([0, *(len(example.options) for example in examples)])[:-1]
    damped = np.array([_DAMPED_WORDS if _WORDS.fullmatch(name) else _DAMPED for name in names])
    found = _descended(table, right, damped, starts if examples[0].field in CHOSEN else None)
    return {name: round(float(each), 2) for name, each in zip(names, found, strict=True) if abs(each) >= _LEAST}


def _features(option: Option) -> Iterator[tuple[str, float]]:
    yield from option.features.items()
    yield from ((sign, 1.0) for sign in option.signs)


@dataclass(frozen=True, slots=True)
class _Table:
    """The values of features, of which most are 0: row, column and value of the others."""

    rows: Counts
    columns: Counts
    values: Floats
    height: int
    width: int

    def sums(self, weights: Floats) -> Floats:
        """Of each row, its values weighed."""
        return np.bincount(self.rows, self.values * weights[self.columns], self.height).astype(np.float64)

    def slopes(self, gaps: Floats) -> Floats:
        """Of each column, its values by the gaps of their rows."""
        return np.bincount(self.columns, self.values * gaps[self.rows], self.width).astype(np.float64)


def _descended(table: _Table, right: Floats, damped: Floats, starts: Counts | None) -> Floats:
    """Weights by which the right ones are likeliest: of each group that begins at ``starts``, or each by itself."""
    weights, first, second = (np.zeros(table.width) for _ in range(3))
    groups = None if starts is None else np.repeat(np.arange(len(starts)), np.diff([*starts, len(right)]))
    for step in range(1, _STEPS + 1):
        sums = table.sums(weights)
        if starts is None or groups is None:
            gap = 1 / (1 + np.exp(-sums)) - right
        else:
            parts = np.exp(sums - np.maximum.reduceat(sums, starts)[groups])
            told = parts / np.add.reduceat(parts, starts)[groups]
            wanted = parts * right
            gap = told - wanted / np.maximum(np.add.reduceat(wanted, starts), _TINY)[groups]
        slope = table.slopes(gap) + damped * weights
        first = _FIRST * first + (1 - _FIRST) * slope
        second = _SECOND * second + (1 - _SECOND) * slope * slope
        weights = weights - _PACE * (first / (1 - _FIRST**step)) / (np.sqrt(second / (1 - _SECOND**step)) + _TINY)
    return weights


def asked(folder: Path) -> tuple[int, ...]:
    """Mails that claim nothing: all, told as claims, asked about; mails that claim: all, told as none, asked about."""
    counts = [0] * 6
    for _, key, reader in readings([folder]):
        kinds = {key["kind"], *key.get("alt_kinds", ())}
        if reader.details is None or (key["kind"] not in CLAIMS and CLAIMS & kinds):
            continue
        at = 3 if key["kind"] in CLAIMS else 0
        open_ = bool(candidates(reader.details))
        counts[at] += 1
        counts[at + 1] += not open_ and (reader.details.kind in CLAIMS) is (at == 0)
        counts[at + 2] += open_
    return tuple(counts)


def held_out(examples: Sequence[Example], fields: Sequence[str]) -> None:
    """Print how each set is read by weights that were learned without it."""
    scores: dict[str, Score] = {}
    told: dict[str, tuple[int, ...]] = {}
    for folder in SETS:
        weights = learn([example for example in examples if example.folder != folder.name], fields)
        with patch.object(scorer, "learned", partial(dict, weights)):
            scores[folder.name] = read_set(folder)
            told[folder.name] = asked(folder)
    print(f"{'held out':20}" + "".join(f"{name:>7}" for name in scores) + f"{'all':>7}")
    kinds = [(score.kinds, score.mails) for score in scores.values()]
    _line("kinds right", [right / every for right, every in kinds], sum(r for r, _ in kinds) / sum(e for _, e in kinds))
    for at, title in enumerate(("claim nothing", "  told as claims", "  asked", "claim", "  told as none", "  asked")):
        counts = [each[at] for each in told.values()]
        print(f"{title:20}" + "".join(f"{count:7}" for count in [*counts, sum(counts)]))
    labelled = [score for score in scores.values() if any(score.fields[name].hits for name in FIELDS)]
    for name in FIELDS:
        total = Score()
        for score in labelled:
            total.fields[name] += score.fields[name]
        _line(name, [score.fields[name].f1 for score in scores.values()], total.fields[name].f1)
    total = Score()
    for score in labelled:
        for name in FIELDS:
            total.fields[name] += score.fields[name]
    _line("all fields", [score.overall.f1 for score in scores.values()], total.overall.f1)


def _line(title: str, shares: Sequence[float], whole: float) -> None:
    print(f"{title:20}" + "".join(f"{100 * share:7.1f}" for share in [*shares, whole]))


def written(weights: Weights) -> str:
    """``weights.tsv`` with these: field, feature, weight."""
    told = [(field, name, weight) for field, each in weights.items() for name, weight in each.items()]
    return "".join(f"{field}\t{name}\t{weight:.2f}\n" for field, name, weight in sorted(told))


if __name__ == "__main__":
    main()
