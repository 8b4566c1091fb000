"""Decisions of minutes: what, who, until when, in the ways people write them; what is not whole is given back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.decisions import Decision, kept, read_minutes, shown
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import load_answer_words

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
RULES = Path(__file__).resolve().parents[3] / "rules"


@pytest.fixture(scope="module")
def reading() -> Reading:
    words, problems = load_answer_words(RULES / "answers.yaml", whole=False)
    assert words is not None, problems
    return Reading(words, NOW, ZoneInfo("Asia/Shanghai"), ["邓宁", "施磊", "Mary Stone"])


@pytest.mark.parametrize(
    "line",
    [
        "更新检验规程；负责人：邓宁；期限：12月15日",
        "1. 更新检验规程；邓宁；2026-12-15",
        "（1）更新检验规程，由邓宁负责，12月15日前",
        "- 更新检验规程（邓宁，12月15日前）",
        "更新检验规程 | 邓宁 | 2026/12/15",
        "更新检验规程，责任人：邓宁，完成时间：2026年12月15日。",
    ],
)
def test_a_line_says_what_who_and_until_when(reading: Reading, line: str) -> None:
    assert read_minutes(reading, line) == ([Decision("更新检验规程", "邓宁", "2026-12-15")], [])


def test_a_line_in_english_and_one_of_several_clauses(reading: Reading) -> None:
    said = "Change the packing; in charge: Mary Stone; due: 2026-12-20\n开会通报，培训操作工；施磊；下周五"
    decisions, unread = read_minutes(reading, said)
    assert unread == []
    assert decisions == [
        Decision("Change the packing", "Mary Stone", "2026-12-20"),
        Decision("开会通报，培训操作工", "施磊", "2026-12-11"),
    ]
    assert shown(decisions).splitlines()[1] == "开会通报，培训操作工；施磊；2026-12-11"
    assert read_minutes(reading, shown(decisions)) == (decisions, [])
    assert kept(shown(decisions)) == decisions


@pytest.mark.parametrize(
    "line",
    [
        "更新检验规程；负责人：邓宁",
        "更新检验规程；12月15日",
        "更新检验规程；王二；12月15日",
        "更新检验规程；邓宁；施磊；12月15日",
        "更新检验规程；邓宁；2025-12-15",
        "邓宁；12月15日",
        "更新检验规程；邓宁；尽快",
    ],
)
def test_what_is_not_whole_is_given_back_as_it_was_written(reading: Reading, line: str) -> None:
    assert read_minutes(reading, line) == ([], [line])


def test_no_decision_is_said_so_and_a_list_without_end_is_none(reading: Reading) -> None:
    long = "把检验规程、作业指导书和包装规范按这次评审的结论逐条更新，并在更新后组织全体检验员培训和考核一次"
    assert read_minutes(reading, f"{long}；邓宁；12月15日")[0][0].words == long
    assert read_minutes(reading, "无") == ([], [])
    assert kept("无") == []
    decisions, unread = read_minutes(reading, "\n".join(["更新检验规程；邓宁；12月15日"] * 42))
    assert (len(decisions), len(unread)) == (40, 2)
