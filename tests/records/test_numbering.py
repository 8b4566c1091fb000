"""Numbers of cases and records, and the patterns they are written after."""

from __future__ import annotations

import pytest

from mailflow.records.numbering import CASE_PATTERN, check_pattern, number, number_finder


def test_numbers_are_written_as_the_pattern_says() -> None:
    assert number("{form}-{year}-{n:04d}", form="JL-23-01", year=2026, n=17) == "JL-23-01-2026-0017"
    assert number(CASE_PATTERN, prefix="TS", year=2026, n=123) == "TS-2026-0123"
    assert number(CASE_PATTERN, prefix="TS", year=2026, n=12345) == "TS-2026-12345"
    assert number("KS{year}{month}-{n:03d}", year=2026, month=3, n=7) == "KS202603-007"
    assert number("{yy}{n}", year=2026, n=7) == "267"


@pytest.mark.parametrize("pattern", ["{form}-{year}-{n:04d}", CASE_PATTERN, "客诉-{year}-{n}", "{yy}{month}{n:03d}"])
def test_a_good_pattern_has_no_problem(pattern: str) -> None:
    assert check_pattern(pattern, "mailflow.yaml") == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("TS-{year}", "{n} is missing"),
        ("TS-{n:04d}", "year is missing"),
        ("{prefx}-{year}-{n}", "{prefx}"),
        ("{year}-{n:x}", "{n}"),
        ("{year}-{n!r}", "{n}"),
        ("{year.__class__}-{n}", "unknown placeholder"),
        ("{0}-{year}-{n}", "unknown placeholder"),
        ("{year}/{n}", "file name"),
        ("{year} {n}", "white space"),
        ("{year}-{n", "expected"),
        ("{year:>9999999}-{n}", "{year}"),
    ],
)
def test_a_bad_pattern_is_a_problem_at_its_line(pattern: str, words: str) -> None:
    problems = check_pattern(pattern, "mailflow.yaml", 12)
    assert any(words in problem.message for problem in problems)
    assert {(problem.file, problem.line) for problem in problems} == {("mailflow.yaml", 12)}


def test_numbers_are_found_in_a_subject_and_not_inside_longer_ones() -> None:
    finder = number_finder(CASE_PATTERN, prefix="TS")
    assert finder.findall("回复：TS-2026-0123，另见 ts-2026-10456号（ATS-2026-0123, TS-2026-012, TS-2026-0123A)") == [
        "TS-2026-0123",
        "ts-2026-10456",
    ]
    anything = number_finder(CASE_PATTERN)
    assert anything.search("Re: [ZX-2026-0001] hello")
