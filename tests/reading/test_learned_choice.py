"""Candidates are weighed by what was learned: their chances, how weights are learned, what comes of it in mails."""

from __future__ import annotations

from functools import partial
from unittest.mock import patch

import pytest

from bench import weights
from bench.weights import Example
from mailflow.domain.model import Kind
from mailflow.reading.matching import scorer
from mailflow.reading.matching.scorer import Option
from mailflow.reading.matter.close_kinds import candidates
from mailflow.reading.matter.unclaimed import doubted
from tests.reading.conftest import Read

GOODS, PLACE = Option("水泵", {"thing": 1.0}), Option("门口", {"place": 1.0})
BLANK = Option("", {"blank": 1.0})


def test_one_of_several_is_chosen_by_its_weights_and_each_alone_by_its_own() -> None:
    told = {"product": {"thing": 2.0, "place": -1.0}}
    with patch.object(scorer, "learned", partial(dict, told)):
        chances = scorer.chances("product", [GOODS, PLACE, BLANK])
        assert sum(chances) == pytest.approx(1.0)
        assert chances[0] > chances[2] > chances[1]
        assert scorer.each_chance("product", [GOODS, BLANK]) == [pytest.approx(0.881, abs=0.001), 0.5]
        assert scorer.chances("product", []) == []


def test_weights_are_learned_from_right_and_wrong_candidates_and_are_the_same_each_time() -> None:
    chosen = [Example("x", "product", (GOODS, PLACE, BLANK), (1.0, 0.0, 0.0))] * 8
    told = weights.learn(chosen, ["product"])["product"]
    assert told["thing"] > 0 > told["place"]
    assert weights.learn(chosen, ["product"])["product"] == told
    each = [Example("x", "demand", (GOODS, PLACE), (0.0, 1.0))] * 8
    alone = weights.learn(each, ["demand"])["demand"]
    assert alone["place"] > 0 > alone["thing"]


def test_what_few_mails_have_is_not_learned() -> None:
    rare = [Example("x", "product", (GOODS, BLANK), (1.0, 0.0))] * 3
    assert weights.learn(rare, ["product"])["product"] == {}


def test_the_file_of_weights_is_what_was_learned() -> None:
    assert scorer.learned().keys() >= {"product", "defect_or_issue", "demand", "claim"}
    assert weights.written(scorer.learned()) == scorer._WEIGHTS.read_text("utf-8")


def test_a_trouble_without_any_word_of_a_rule_is_told(read: Read) -> None:
    details = read("投诉", "买的电饼铛，插上电指示灯亮着，锅面一点温度都没有，等了半小时还是凉的。要求退款。")
    assert "锅面一点温度都没有" in details.values("defect_or_issue"), details.findings


def test_a_complaint_that_hardly_looks_like_one_is_asked_about_and_so_is_what_looks_like_one() -> None:
    assert doubted(Kind.COMPLAINT, None, 0.2) == (Kind.COMPLAINT, Kind.OTHER)
    assert doubted(Kind.COMPLAINT, None, 0.9) == (Kind.COMPLAINT, None)
    assert doubted(Kind.OTHER, None, 0.9) == (Kind.OTHER, Kind.COMPLAINT)
    assert doubted(Kind.OTHER, None, 0.3) == (Kind.OTHER, None)
    assert doubted(Kind.SURVEY_REPLY, None, 0.9) == (Kind.SURVEY_REPLY, None)  # told by the thread


def test_of_two_kinds_the_likelier_stands_first() -> None:
    assert doubted(Kind.PRAISE, Kind.COMPLAINT, 0.95) == (Kind.COMPLAINT, Kind.PRAISE)
    assert doubted(Kind.COMPLAINT, Kind.OTHER, 0.05) == (Kind.OTHER, Kind.COMPLAINT)
    assert doubted(Kind.PRAISE, Kind.COMPLAINT, 0.5) == (Kind.PRAISE, Kind.COMPLAINT)


def test_a_plain_complaint_is_not_asked_about(read: Read) -> None:
    details = read("水泵漏水", "你们发来的水泵漏水，已经停产两天，请尽快派人来修并赔偿损失。")
    assert details.kind is Kind.COMPLAINT
    assert candidates(details) == ()
