"""The statistics of surveys: worked examples exact, intervals that hold, and silence where too few answered."""

from __future__ import annotations

import math
import random

import pytest

from mailflow.surveys.report import estimate
from mailflow.surveys.statistics import Returns, change, index, mean, needed, recommendation, student

WEIGHTS = {"quality": 30, "delivery": 25, "service": 20, "complaints": 15, "price": 10}
SHEETS = [
    {"quality": 5, "delivery": 4, "service": 5, "complaints": 3, "price": 3},
    {"quality": 4, "delivery": 3, "service": 5, "complaints": 4, "price": 4},
    {"quality": 4, "delivery": 4, "service": 4, "complaints": 3, "price": 3},
    {"quality": 3, "delivery": 2, "service": 4, "complaints": 2, "price": 3},
    {"quality": 5, "delivery": 4, "service": 4, "complaints": 5, "price": 4},
]


def test_the_index_of_five_customers_is_exact() -> None:
    values = [index(sheet, WEIGHTS, 5) for sheet in SHEETS]
    assert values == [85.0, 79.0, 75.0, 56.0, 89.0]
    found = mean([value for value in values if value is not None])
    assert found is not None
    assert found.margin is not None
    assert found.value == 76.8
    assert round(found.margin, 1) == 15.9
    of_eight = mean([value for value in values if value is not None], of=8)
    assert of_eight is not None
    assert of_eight.margin is not None
    assert round(of_eight.margin, 1) == 9.7


def test_what_is_left_out_leaves_the_base() -> None:
    assert index({"quality": 5, "price": 5}, WEIGHTS, 5) == 100
    assert index({"quality": 3}, WEIGHTS, 5) == 60
    assert index({"overall": 5}, WEIGHTS, 5) is None
    assert index({}, WEIGHTS, 5) is None


def test_recommendation_of_ten_answers_is_exact() -> None:
    found = recommendation([9, 10, 8, 6, 9, 7, 10, 3, 8, 9])
    assert found is not None
    assert found.margin is not None
    assert found.centre is not None
    assert found.value == 30
    assert round(found.centre, 1) == 23.1
    assert round(found.margin, 1) == 42.1


def test_everybody_answered_leaves_no_margin_and_too_few_get_none() -> None:
    everybody = mean([80.0, 90.0, 70.0], of=3)
    assert everybody is not None
    assert everybody.margin == 0
    few = recommendation([9, 9, 9, 9])
    assert few is not None
    assert few.margin is None
    assert mean([]) is None
    assert recommendation([]) is None


@pytest.mark.parametrize(("degrees", "value"), [(1, 12.706), (30, 2.042), (31, 2.0395), (60, 2.0003), (1000, 1.9623)])
def test_students_t(degrees: int, value: float) -> None:
    assert math.isclose(student(degrees), value, abs_tol=6e-4)


@pytest.mark.parametrize(("margin", "wanted"), [(5, 58), (10, 53), (15, 45)])
def test_how_many_answers_are_needed_of_sixty(margin: float, wanted: int) -> None:
    assert needed(margin, 60) == wanted


@pytest.mark.parametrize("chances", [(0.6, 0.25, 0.15), (0.4, 0.4, 0.2), (0.8, 0.15, 0.05)])
@pytest.mark.parametrize("n", [5, 10, 20])
def test_intervals_of_recommendation_hold_the_truth(n: int, chances: tuple[float, float, float]) -> None:
    source = random.Random(7)
    truth = 100 * (chances[0] - chances[2])
    held = 0
    for _ in range(2000):
        found = recommendation(source.choices([10, 8, 3], chances, k=n))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held / 2000 >= 0.92


def test_intervals_of_the_index_hold_the_truth_of_a_finite_company() -> None:
    source = random.Random(11)
    held = 0
    for _ in range(1000):
        everybody = [min(100.0, max(20.0, source.gauss(78, 12))) for _ in range(60)]
        found = mean(source.sample(everybody, 25), of=60)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= math.fsum(everybody) / 60 <= found.high
    assert held / 1000 >= 0.93


def test_a_change_is_said_only_when_pairs_or_intervals_say_so() -> None:
    before = {f"c{n}": 70.0 + n % 3 for n in range(20)}
    assert change({key: value + 5 + len(key) for key, value in before.items()}, before).verdict == "better"
    assert change({key: value - 8 for key, value in before.items()}, before).verdict == "worse"
    steady = {key: value + (0.5 if number % 2 else -0.5) for number, (key, value) in enumerate(before.items())}
    assert change(steady, before).verdict == "same"
    noisy = {key: value + (15 if number % 2 else -14) for number, (key, value) in enumerate(before.items())}
    assert change(noisy, before).verdict == "unknown"
    others = {f"d{n}": 70.5 + n % 3 for n in range(20)}
    assert change(others, before).verdict == "unknown"
    assert change({f"d{n}": 90.0 + n % 3 for n in range(20)}, before).verdict == "better"
    assert change({"a": 90.0}, {"b": 20.0}).verdict == "unknown"


def test_the_return_rate_is_of_letters_sent() -> None:
    assert Returns(sent=60, bounced=4, answered=30, valid=27).rate == 45
    assert Returns(sent=60, bounced=4, answered=30, valid=27).delivered == 56
    assert Returns(sent=0, bounced=0, answered=0, valid=0).rate is None


def test_scores_that_are_all_the_same_have_no_interval_unless_everybody_answered() -> None:
    some, every = mean([80.0] * 7, 12), mean([80.0] * 12, 12)
    assert some is not None
    assert every is not None
    assert every.margin == 0
    assert estimate(some, "zh") == "80.0（7 份，得分都相同，不给区间）"
    assert estimate(every, "zh") == "80.0（12 家全部答复）"
