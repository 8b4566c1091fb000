"""Every set of labelled mails is understood at least as well as it was; nobody's mail is taken for a machine's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.understanding.reading import SETS, goods_of, read_set
from tests.understanding.scoring import Score

# The level reached, a little below what was measured: kinds right, F1 of all fields together (None: without labels).
REACHED: dict[str, tuple[float, float | None]] = {
    "a": (0.97, 0.95), "b": (0.97, 0.91), "c": (0.97, 0.93), "d": (0.97, 0.90), "e": (0.95, 0.83), "f": (0.94, 0.87),
    "g": (0.94, 0.88), "h": (0.87, 0.86), "n": (0.94, None), "o": (0.87, 0.80), "p": (0.95, None), "q": (0.87, 0.83),
}  # fmt: skip


@pytest.fixture(scope="module")
def score_of() -> Callable[[str], Score]:
    """The score of a set by its name, read once."""
    scores: dict[str, Score] = {}

    def score(name: str) -> Score:
        if name not in scores:
            scores[name] = read_set(next(folder for folder in SETS if folder.name == name))
        return scores[name]

    return score


def test_every_set_has_its_level() -> None:
    assert {folder.name for folder in SETS} == set(REACHED)


@pytest.mark.parametrize("name", REACHED)
def test_kinds_are_told(name: str, score_of: Callable[[str], Score]) -> None:
    score = score_of(name)
    assert score.kinds >= REACHED[name][0] * score.mails, score.wrong


@pytest.mark.parametrize("name", [name for name, (_, fields) in REACHED.items() if fields])
def test_fields_are_found(name: str, score_of: Callable[[str], Score]) -> None:
    score = score_of(name)
    assert score.overall.f1 >= (REACHED[name][1] or 0), "\n".join(score.wrong)


@pytest.mark.parametrize("name", REACHED)
def test_no_persons_mail_is_taken_for_a_machines(name: str, score_of: Callable[[str], Score]) -> None:
    assert score_of(name).suppressed == []


@pytest.mark.parametrize("name", ["f", "g"])
def test_the_companys_own_list_of_goods_is_worth_it(
    name: str, score_of: Callable[[str], Score], tmp_path: Path
) -> None:
    folder = next(folder for folder in SETS if folder.name == name)
    listed = read_set(folder, goods_of([folder], tmp_path / "goods.csv"))
    without = score_of(name)
    assert listed.fields["product"].f1 >= max(0.9, without.fields["product"].f1 + 0.03)
    assert listed.overall.f1 > without.overall.f1
    assert listed.kinds >= without.kinds
    assert listed.too_mild == without.too_mild


def test_the_scorer_counts_hits_extras_and_misses() -> None:
    from tests.understanding.scoring import Count, compare

    key = {"order_no": ["A-1", "A-2"], "product": None, "accept": {"product": ["泵"]}, "quantity": "三箱"}
    assert compare("order_no", key, {"order_no": ["a-1", "B-9"]}) == Count(1, 1, 1)
    assert compare("product", key, {"product": "水泵"}) == Count(0, 0, 0)  # accepted beside a blank
    assert compare("product", key, {"product": "阀门"}) == Count(0, 1, 0)
    assert compare("quantity", key, {"quantity": "3 箱"}) == Count(1, 0, 0)
    assert compare("quantity", key, {"quantity": "3 台"}) == Count(0, 1, 1)
    assert compare("quantity", key, {}) == Count(0, 0, 1)


def test_the_keys_of_sealed_sets_are_as_they_were_sealed() -> None:
    sealed = Path(__file__).parent / "sealed"
    told = (sealed.parent / "README.md").read_text("utf-8")
    assert all(list(folder.glob("*.jsonl")) for folder in sealed.iterdir())
    for key in sealed.glob("*/*.jsonl"):
        name = key.parent.name if key.name == "key.jsonl" else f"{key.parent.name}/{key.stem}"
        digest = hashlib.sha256(key.read_bytes()).hexdigest()
        assert [line for line in told.splitlines() if line.startswith(f"| {name} |") and digest in line], name
