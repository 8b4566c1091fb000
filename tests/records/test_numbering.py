"""Numbers of cases and records, and the patterns they are written after."""

from __future__ import annotations

import pytest

from mailflow.records.numbering import CASE_PATTERN, NumberFinder, check_pattern, number


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
    find = NumberFinder(CASE_PATTERN, ["TS", "ZX"])
    subject = "回复：TS-2026-0123，另见 ts-2026-10456号（ATS-2026-0123, X-TS-2026-0123, TS-2026-012, TS-2026-0123A）"
    assert find(subject) == ["TS-2026-0123", "TS-2026-10456"]
    assert find("Re: [ZX-2026-0001] hello ZX-2026-0001") == ["ZX-2026-0001"]
    assert find("".join(f"TS-2026-{n:04d} " for n in range(1, 9)), most=3) == [f"TS-2026-000{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "written",
    [
        "ＴＳ－２０２６－０００１", "TS–2026–0001", "TS—2026—0001", "TS−2026−0001", "TS\u20112026\u20110001",
        "TS_2026_0001", "TS 2026 0001", "TS/2026/0001", "TS.2026.0001", "TS20260001", "ts2026-0001", "TS - 2026 - 0001",
        "TS\u200b-2026-\ufeff0001", "Ts-２０２６-0001",
    ],
)  # fmt: skip
def test_a_number_is_found_however_its_dashes_and_signs_are_written(written: str) -> None:
    find = NumberFinder(CASE_PATTERN, ["TS", "ZX"])
    assert find(f"关于{written}补充") == ["TS-2026-0001"]


@pytest.mark.parametrize(
    "other", ["TS202600001", "DD20260301008", "TS-2026-1", "ATS20260001", "TS20260001B", "ZZ20260001"]
)
def test_another_number_is_not_taken_for_one_of_ours(other: str) -> None:
    find = NumberFinder(CASE_PATTERN, ["TS", "DD"])
    assert find(f"订单 {other} 的交期") == []


def test_a_pattern_without_dashes_and_one_with_words_are_found_too() -> None:
    assert NumberFinder("{prefix}{yy}{month}{n:03d}", ["TS"])("ＴＳ2611001 TS26110012") == ["TS2611001"]
    assert NumberFinder("No.{year}-{n:03d}号", ["TS"])("No 2026–012号") == ["No.2026-012号"]


def test_a_subject_made_to_be_slow_is_read_at_once() -> None:
    find = NumberFinder(CASE_PATTERN, ["TS"])
    assert find("TS-2026-" * 100_000) == []
    assert find("TS" + "-" * 400 + "2026") == []
