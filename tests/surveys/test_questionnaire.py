"""Questionnaires as data: what is shipped is whole, every mistake of a file is told with its line at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.surveys.file import load_questionnaires, read_questionnaire
from mailflow.surveys.questionnaire import OVERALL, RECOMMENDATION

RULES = Path(__file__).resolve().parents[2] / "rules" / "surveys"
GOOD = """
title: {zh: 问卷, en: Survey}
scale: {lowest: 1, highest: 3, words: {3: [好], 2: [中], 1: [差]}}
groups:
  quality:
    title: {zh: 质量, en: Quality}
    weight: 60
    items:
      leaks: {zh: 不渗漏, en: No leaks}
      noise: {zh: 噪音, en: Noise}
  delivery:
    title: {zh: 交付, en: Delivery}
    weight: 40
    items: {on_time: {zh: 准时, en: On time}}
overall: {zh: 总体, en: Overall}
recommendation: {zh: 推荐, en: Recommend}
"""


def codes(text: str) -> list[str]:
    return [f"{problem.line} {problem.code}" for problem in sorted(read_questionnaire("x", text)[1])]


def test_the_shipped_questionnaire_is_whole_and_its_weights_are_those_of_the_groups() -> None:
    found, problems = load_questionnaires(RULES)
    assert problems == []
    one = found["satisfaction"]
    assert [each.number for each in one.questions] == list(range(1, len(one.questions) + 1))
    assert sum(one.weights().values()) == pytest.approx(100)
    assert sum(one.weights("delivery").values()) == pytest.approx(25)
    assert [each.key for each in one.scored[-2:]] == [OVERALL, RECOMMENDATION]
    assert one.shown_scale("zh").startswith("5 很满意，4 满意")
    assert one.shown_scale("en").startswith("5 very satisfied")


def test_a_group_s_weight_is_shared_by_its_items() -> None:
    one, problems = read_questionnaire("x", GOOD)
    assert one is not None, problems
    assert one.weights() == {"leaks": 30, "noise": 30, "on_time": 40}
    assert one.highest == 3


def test_every_mistake_is_told_with_its_line_at_once() -> None:
    text = GOOD.replace("weight: 40", "weight: 30").replace("2: [中]", "2: [好]").replace("on_time:", "leaks:")
    assert codes(text) == ["3 MF843", "4 MF841", "14 MF840"]
    assert codes(GOOD.replace(", 1: [差]", "")) == ["3 MF842"]
    assert codes(GOOD.replace("weight: 60", "wieght: 60")) == ["5 MF011", "7 MF010"]


def test_a_folder_that_is_not_there_has_no_questionnaires(tmp_path: Path) -> None:
    assert load_questionnaires(tmp_path / "surveys") == ({}, [])
