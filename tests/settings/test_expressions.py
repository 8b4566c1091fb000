"""What people write as a regular expression is refused when some text could make it take for ever, and is never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.settings.expressions import MAX_WAYS, pattern_problem, repeats_problem
from tests.growth import grows_with_its_input

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{0,50}){0,50}",
        "(?:a{0,50}){0,50}b",
        "((ab){0,50}){0,50}x",
        "(?:[件个]{1,9} ?){1,30}。",
        "(?:a|ab|b){0,50}c",
        r"(?:\d{1,20},?){1,20}x",
        r"(?:\w{0,20}\s{0,3}){0,20}!",
        "(?:a?){60}a{60}",
        "(?:a?b?a?){0,40}c",
        "x(?=(a{0,30}){0,30}b)y",
        "(?>(a{0,30}){0,30}b)",
        "(?i:(A{0,30}){0,30}b)",
        "(?:(?:(?:a{1,9}){1,9}){1,9}){1,9}b",
        ".{0,900}.{0,900}.{0,900}x",
        "(?:a{1000}){1000}b?(a{0,40}){0,40}",
    ],
)
def test_a_pattern_that_may_be_tried_in_too_many_ways_is_refused(pattern: str) -> None:
    assert "too many ways" in pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["a*", "a+", "a{3,}", "(?:a*)b", "[ab]+", "a*+", "(?>a+)", r"\d+?"])
def test_a_repeat_without_end_is_refused(pattern: str) -> None:
    assert "without end" in pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["(a", "a{2,1}", "[", "(?P<a", r"\9", "(?:" * 5000 + ")" * 5000, "*"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern).startswith("is no regular expression")


@pytest.mark.parametrize(
    "pattern",
    [
        r"[+*]{0,3}",
        r"a\*b",
        r"\d{1,3}(?:,\d{3}){0,4}",
        r"(?:[a-z]{1,20}-){0,5}x",
        r"(?:po|订单)[ :]{0,3}[a-z0-9-]{4,20}",
        r"第(?:[一二三四五六七八九十]{1,3}|\d{1,4})批",
        r"(?<![a-z])(?:no|nr)\.? ?\d{3,12}(?!\d)",
        r"外.{0,9}出.{0,9}:",
        r"(a)\1{0,3}",
        "(?:" + "|".join(f"word{number}" for number in range(300)) + "){0,3}",
    ],
)
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    assert repeats_problem(pattern) == ""


def test_long_repeats_one_after_the_other_are_refused_where_every_mail_is_tried() -> None:
    assert "too many long repeats" in repeats_problem("外.{0,900}出.{0,900}:")


def shapes(data: Any, key: str = "") -> Iterator[str]:
    """The regular expressions of a file of rules."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from shapes(value, str(name))
    elif isinstance(data, list):
        for value in data:
            yield from shapes(value, key)
    elif isinstance(data, str) and key in ("shapes", "regex"):
        yield data


def test_every_shipped_pattern_is_taken() -> None:
    texts = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "rules").rglob("*.yaml"))]
    found = [shape for text in texts for shape in shapes(text)]
    assert len(found) > 300
    assert {shape: words for shape in found if (words := pattern_problem(shape))} == {}


ATOMS = st.sampled_from(["a", "b", "[ab]", ".", r"\w", r"\d", "1", "件", " ", "[^a]", "(?:a|ab)", "(?:ab|a|b)"])


def repeated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.sampled_from(["{0,2}", "{1,3}", "{0,9}", "{1,30}", "{0,60}", "?", "{2}"])
    return st.tuples(st.lists(inner, min_size=1, max_size=3).map("".join), counts).map(
        lambda two: f"(?:{two[0]}){two[1]}"
    )


PATTERNS = st.lists(st.recursive(ATOMS, repeated, max_leaves=6), min_size=1, max_size=4).map("".join)
UNITS = ("a", "ab", "1", "件", " ", "a1", "b", "a ")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(PATTERNS, st.sampled_from(["", "x", "!"]))
def test_a_pattern_that_is_taken_needs_no_longer_than_the_text(pattern: str, end: str) -> None:
    pattern += end
    if pattern_problem(pattern):
        return
    search = re.compile(pattern).search
    assert all(grows_with_its_input(search, unit.__mul__, 150, doublings=1) for unit in UNITS)


@given(st.text("ab(){}[]|?*+,.0123456789\\^$:=!<>P件", max_size=40))
def test_whatever_is_written_is_answered(pattern: str) -> None:
    assert isinstance(repeats_problem(pattern), str)
    assert MAX_WAYS > 0
