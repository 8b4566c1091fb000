"""The measures of a report: each line one, with who and when where they stand alone; none is lost."""

from __future__ import annotations

from datetime import date

import pytest

from mailflow.surveys.measures import MOST, Measure, measures

PEOPLE = {"白露": "bai@firm.example", "刘工": "liu@firm.example"}


def read(text: str) -> list[Measure]:
    return measures(text, lambda name: PEOPLE.get(name, ""))


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("常用规格备货；白露；2026-06-30", Measure("常用规格备货", "bai@firm.example", date(2026, 6, 30))),
        (
            "1. 常用规格备货; 责任人：白露; 期限：2026年6月30日前",
            Measure("常用规格备货", "bai@firm.example", date(2026, 6, 30)),
        ),
        ("（2）2026-06-30｜刘工｜每周通报交期", Measure("每周通报交期", "liu@firm.example", date(2026, 6, 30))),
        ("改进包装", Measure("改进包装")),
        ("改进包装；无此人；2026-02-30", Measure("改进包装；无此人；2026-02-30")),
        ("白露", Measure("白露", "bai@firm.example")),
    ],
)
def test_a_line_is_a_measure_with_who_and_when(line: str, want: Measure) -> None:
    assert read(line) == [want]


def test_blank_lines_are_none_and_a_list_has_an_end() -> None:
    assert read("甲；白露\n\n ---\n乙") == [Measure("甲", "bai@firm.example"), Measure("乙")]
    assert len(read("甲\n" * 100)) == MOST
