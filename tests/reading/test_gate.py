"""A pattern is tried where its words stand, and never missed where it matches."""

from __future__ import annotations

import re

import pytest

from mailflow.reading.matching.gate import Gate, ways
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.pipeline import compile_shape
from mailflow.reading.matching.rulebook import Rulebook


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("退信原因", [[{"退信原因"}]]),
        ("(邮箱|信箱).{0,8}已满", [[{"邮箱", "信箱"}, {"已满"}]]),
        ("(?:漏|渗)水", [[{"漏水", "渗水"}]]),
        ("abc(de)?f", [[{"abcf", "abcdef"}]]),
        ("[abc]{1,3}", [[{"a", "b", "c"}]]),
        ("[^abc]漏|坏", [[{"漏"}], [{"坏"}]]),
        ("(?!no)defect", [[{"defect"}]]),
        (r"\bmail\.server", [[{"mail.server"}]]),
        ("(?:好的){2}", [[{"好的"}]]),
        ("(?<=贵)司.*?慢", [[{"慢"}, {"司"}, {"贵"}]]),
        ("(?>裂)?纹", [[{"裂纹", "纹"}]]),
        (r"\d{3}|.{2}", [[], []]),
    ],
)
def test_what_a_pattern_needs_is_told_by_its_tree(pattern: str, needs: list[list[set[str]]]) -> None:
    assert [sorted(map(sorted, each)) for each in ways(pattern)] == [sorted(map(sorted, each)) for each in needs]


def test_a_gate_opens_what_may_match_and_nothing_whose_words_are_missing() -> None:
    gate = Gate([("(?:漏|渗)水", ()), ("严重.{0,4}(?:破|裂)", ()), (r"\d{3}", ()), ("破", ("外箱", "纸箱"))])
    assert gate.opened("到货渗水") == [0, 2]
    assert gate.opened("严重开裂") == [1, 2]
    assert gate.opened("严重") == [2]
    assert gate.opened("杯子破了") == [2]
    assert gate.opened("外箱破了") == [2, 3]


def test_a_gate_of_nothing_opens_nothing() -> None:
    assert Gate(()).opened("漏水") == []


def test_no_shape_of_the_rules_is_kept_from_a_text_it_matches(rulebook: Rulebook) -> None:
    shapes = [(rule, shape) for rule in rulebook.rules if not rule.labels for shape in rule.shapes]
    patterns = [compile_shape(shape, is_labelled=False) for _, shape in shapes]
    gate = Gate((shape, ()) for _, shape in shapes)
    texts = {fold(sentence) for rule in rulebook.rules for sentence in (*rule.matches, *rule.misses)}
    told = 0
    for text in texts:
        matching = {number for number, pattern in enumerate(patterns) if pattern.search(text)}
        told += len(matching)
        assert matching <= set(gate.opened(text)), text
    assert told > len(shapes)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(re.error):
        ways("(")
