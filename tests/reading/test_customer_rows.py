"""The company's list of customers: columns by their headings, every mistake at once."""

from __future__ import annotations

from mailflow.domain.errors import Problem
from mailflow.domain.survey_ports import Traits
from mailflow.domain.table import Sheet
from mailflow.reading.matching.customer_rows import read_customers
from mailflow.reading.matching.lexicon_files import shipped_lexicon

HEAD = ("客户名称", "客户编号", "客户等级", "是否重点客户", "客户经理")
PEOPLE = {"白露": "bai@firm.example"}


def read(*rows: tuple[str, ...], title: str = "") -> tuple[list[Traits], list[Problem]]:
    found, problems = read_customers(
        "list.csv", [Sheet(title, rows)], shipped_lexicon(), lambda name: PEOPLE.get(name, "")
    )
    return [each.traits(Traits(number)) for number, each in enumerate(found, 1)], problems


def test_columns_are_known_by_their_headings_below_a_title() -> None:
    found, problems = read(
        ("2026 年客户名单",), HEAD, ("禾川管道", "KH-00001", "A", "是", "白露"), ("远洲", "", "C", "", "")
    )
    assert not problems
    assert found == [Traits(1, "A", "", True, "bai@firm.example"), Traits(2, "C")]


def test_a_column_that_is_not_there_leaves_what_was_known_and_an_empty_cell_takes_it_away() -> None:
    rows = ("客户名称", "等级"), ("禾川管道", "")
    (line,), _ = read_customers("list.csv", [Sheet("", rows)], shipped_lexicon(), str)
    before = Traits(7, "A", "金牌", True, "bai@firm.example")
    assert line.traits(before) == Traits(7, "", "金牌", True, "bai@firm.example")


def test_brackets_of_either_width_name_the_same_customer() -> None:
    rows = ("客户名称", "等级"), ("禾川(天津)", "A")
    (line,), _ = read_customers("list.csv", [Sheet("", rows)], shipped_lexicon(), str)
    assert line.names == ("禾川(天津)", "禾川（天津）")


def test_every_mistake_is_told_at_once_with_its_cell() -> None:
    _, problems = read(
        HEAD, ("", "", "A", "", ""), ("禾川", "", "A", "也许", "无此人"), ("远洲", "", "", "", ""),
        ("远洲", "", "", "", ""), ("金泰", "", "甲" * 61, "", ""),
    )  # fmt: skip
    assert [(problem.line, problem.code) for problem in problems] == [
        (2, "MF224"), (3, "MF844"), (3, "MF845"), (5, "MF228"), (6, "MF226")
    ]  # fmt: skip
    assert "D3 [是否重点客户]" in problems[1].message


def test_names_alone_are_no_list() -> None:
    _, (problem,) = read(("客户名称", "客户编号"), ("禾川", "1"))
    assert problem.code == "MF223"


def test_a_list_that_goes_on_behind_the_last_row_is_refused() -> None:
    sheet = Sheet("", (("客户名称", "等级"), ("禾川", "A")), is_cut=True)
    _, (problem,) = read_customers("list.csv", [sheet], shipped_lexicon(), str)
    assert problem.code == "MF227"
