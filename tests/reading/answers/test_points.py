"""Answers to a mail with numbered points: which words are about which point, and where nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.points import Pointed, Shared, in_their_places, of_one, pointed, shared
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords
from tests.growth import grows_with_its_input

TITLES = ("处理方案", "Plan", "临时措施", "严重程度")
PLAN = {"plan": FieldSpec("plan", ("处理方案", "Plan")), "note": FieldSpec("note", ("内部备注",))}
GRADE = {
    "grade": FieldSpec("grade", ("严重程度",), "choice", ("一般", "重大")),
    "note": FieldSpec("note", ("内部备注",)),
}
Part = Callable[..., Pointed]


@pytest.fixture
def reading(words: AnswerWords, now: datetime, zone: ZoneInfo, names: tuple[str, ...]) -> Reading:
    return Reading(words, now, zone, names)


def test_a_line_about_all_other_points_is_no_part_of_the_point_above_it(part: Part) -> None:
    said = part("2 处理方案：先封存库存\n其余同意")
    assert (said.by_number, said.rest.strip()) == ({2: "处理方案：先封存库存"}, "同意")


def test_an_ordinal_counts_below_a_text(part: Part) -> None:
    assert part("2 处理方案：补发5件。\n第1项也同意").by_number == {2: "处理方案：补发5件。", 1: "也同意"}


@pytest.fixture
def part(reading: Reading) -> Part:
    def parting(text: str, count: int = 3) -> Pointed:
        return pointed(reading, text, count, TITLES)

    return parting


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 同意 2 退回：批号不对", {1: "同意", 2: "退回：批号不对"}),
        ("1、同意；2、退回：批号不对", {1: "同意", 2: "退回：批号不对"}),
        ("1同意，2退回：批号不对", {1: "同意", 2: "退回：批号不对"}),
        ("1同意2退回：批号不对", {1: "同意", 2: "退回：批号不对"}),
        ("1. 同意\n2. 退回：批号不对，应为\n3 件", {1: "同意", 2: "退回：批号不对，应为\n3 件"}),
        ("（1）同意\n（2）转 李四", {1: "同意", 2: "转 李四"}),
        ("①同意 ②收到", {1: "同意", 2: "收到"}),
        ("１．同意　２．已签", {1: "同意", 2: "已签"}),
        ("第1项：同意\n第二项：退回：数量不对", {1: "同意", 2: "退回：数量不对"}),
        ("一、同意\n二、退回：数量不对", {1: "同意", 2: "退回：数量不对"}),
        ("2 同意", {2: "同意"}),
        ("2 退回：数量不对\n1 同意", {1: "同意", 2: "退回：数量不对"}),
        ("1、2 同意，3 退回：缺检验单", {1: "同意", 2: "同意", 3: "退回：缺检验单"}),
        ("1-3 同意", {1: "同意", 2: "同意", 3: "同意"}),
        ("1和3同意", {1: "同意", 3: "同意"}),
        ("1 agree 2 return: wrong batch", {1: "agree", 2: "return: wrong batch"}),
        ("1: Approved\n2: forward to 李四", {1: "Approved", 2: "forward to 李四"}),
        ("Item 1 approved, item 2 rejected: no report", {1: "approved", 2: "rejected: no report"}),
        ("1 同意\n2 处理方案：封存库存\n临时措施：停发", {1: "同意", 2: "处理方案：封存库存\n临时措施：停发"}),
        ("1 同意\n2 处理方案：1、封存 2、补发", {1: "同意", 2: "处理方案：1、封存 2、补发"}),
        ("1 同意\n2 处理方案：\n1、封存\n2、补发", {1: "同意", 2: "处理方案：\n1、封存\n2、补发"}),
        ("2 处理方案：\n1、封存\n2、补发", {2: "处理方案：\n1、封存\n2、补发"}),
        ("1 同意\n2 处理方案：1、封存 2、补发 3、同意\n3 同意",
         {1: "同意", 2: "处理方案：1、封存 2、补发 3、同意", 3: "同意"}),
        ("1 同意\n2、我们已安排复检，三日内告知", {1: "同意", 2: "我们已安排复检，三日内告知"}),
        ("2 今天下午质量部复检，并核对发货记录", {2: "今天下午质量部复检，并核对发货记录"}),
        ("1 同意\n2 今天下午复检", {1: "同意", 2: "今天下午复检"}),
        ("1 批号错了，是B2301", {1: "批号错了，是B2301"}),
        ("2、今天下午复检", {2: "今天下午复检"}),
        ("您好，\n1 同意\n2 退回：数量应为 3 件\n谢谢", {1: "同意", 2: "退回：数量应为 3 件\n谢谢"}),
    ],
)  # fmt: skip
def test_numbers_part_an_answer(part: Part, text: str, wanted: dict[int, str]) -> None:
    found = part(text)
    assert dict(found.by_number) == wanted
    assert not found.unclear


@pytest.mark.parametrize(
    "text",
    [
        "同意",
        "处理方案：1、封存 2、补发",
        "处理方案：\n1、封存\n2、补发",
        "退回：共 2 件不合格，1 件漏检",
        "数量 3 件，2 同意书没有盖章",
        "2026年3月2日 同意",
        "9 同意",
        "3 件不合格，请复检",
        "2 days are not enough",
        "退回：图纸第 1 版有误，要求 1.5 倍余量",
    ],
)
def test_a_number_inside_words_counts_no_point(part: Part, text: str) -> None:
    found = part(text)
    assert found.by_number == {}
    assert not found.unclear


@pytest.mark.parametrize(
    "text",
    [
        "1、库存封存\n2、安排补发",  # whose numbers are these?
        "1、库存封存",
        "1 同意\n1 退回：数量不对",
        "处理方案：封存\n1 同意",
        "1 同意\n2 处理方案：\n1、封存\n2、补发\n3、同意",
    ],
)
def test_what_may_be_a_list_or_points_is_nobodys_guess(part: Part, text: str) -> None:
    assert part(text).unclear


def test_what_stands_before_the_first_number_is_kept_apart(part: Part) -> None:
    found = part("同意\n2 处理方案：封存")
    assert found.rest.strip() == "同意"
    assert dict(found.by_number) == {2: "处理方案：封存"}


def test_a_quoted_mail_and_our_list_of_answers_hold_no_points(part: Part) -> None:
    assert part("同意\n\n在 2026-03-02 09:30:00，客服 写道：\n> 1. 同意\n> 2. 退回：原因").by_number == {}
    assert part("> 1 同意\n> 2 同意").by_number == {}
    run_on = (
        "1 同意 客服 写道： > -------- 回信请写在本行上方 -------- > 1. “登记” > 2 处理方案： > 临时措施： > 3 同意"
    )
    assert {number: words.split()[0] for number, words in part(run_on).by_number.items()} == {1: "同意"}
    assert "处理方案" not in part(run_on).by_number[1]


def _shared(reading: Reading, text: str) -> Shared:
    return shared(reading, text, {1: GRADE, 2: PLAN}, {1: (), 2: ("plan",)})


def test_without_numbers_a_labelled_line_belongs_to_the_point_that_asks_for_it(reading: Reading) -> None:
    found = _shared(reading, "同意\n严重程度：重大\n处理方案：封存库存\n两天内补发")
    assert found.own == {1, 2}
    assert [words.split() for _, words in sorted(found.texts.items())] == [
        ["同意", "严重程度：重大"], ["同意", "处理方案：封存库存", "两天内补发"],
    ]  # fmt: skip
    assert _shared(reading, "同意").own == frozenset()


def test_a_label_that_several_points_ask_for_says_nothing_without_a_number(reading: Reading) -> None:
    opinion = {"opinion": FieldSpec("opinion", ("意见",))}
    found = shared(reading, "意见：能满足", {1: opinion, 2: opinion}, {1: ("opinion",), 2: ("opinion",)})
    assert found.doubtful == ("意见",)
    assert found.own == frozenset()


@pytest.mark.parametrize("unit", ["1 同意 ", "1、", "2 ", "处理方案：1、", "1-", "\n1", "第", "(", "一、同意\n"])
def test_the_time_grows_with_the_length_alone(reading: Reading, unit: str) -> None:
    def part(text: str) -> None:
        pointed(reading, text, 9, TITLES)
        shared(reading, text, {1: GRADE, 2: PLAN}, {1: (), 2: ("plan",)})

    assert grows_with_its_input(part, lambda size: unit * (size // len(unit)), 4000)


@pytest.mark.parametrize(
    ("by_number", "wanted"),
    [
        ({1: "同意", 2: "处理方案：封存库存\n严重程度：重大"}, {1: "同意\n严重程度：重大", 2: "处理方案：封存库存"}),
        ({2: "处理方案：封存库存\n严重程度：重大\n再复检"}, {1: "严重程度：重大", 2: "处理方案：封存库存\n\n再复检"}),
        ({1: "处理方案：封存", 2: "处理方案：封存"}, {1: "", 2: "处理方案：封存"}),
        ({1: "同意", 2: "处理方案：封存\n内部备注：批号待查"}, {1: "同意", 2: "处理方案：封存\n内部备注：批号待查"}),
        ({1: "同意", 2: "处理方案：按严重程度重大办理"}, {1: "同意", 2: "处理方案：按严重程度重大办理"}),
    ],
    ids=["below another's", "in the middle", "for both", "asked by both", "no label"],
)
def test_a_labelled_line_belongs_to_the_point_that_asks_for_it_whatever_number_it_stands_below(
    reading: Reading, by_number: dict[int, str], wanted: dict[int, str]
) -> None:
    found = in_their_places(reading, by_number, {1: GRADE, 2: PLAN})
    assert {number: words.split() for number, words in found.items()} == {
        n: words.split() for n, words in wanted.items()
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 同意", "同意"),
        ("1、已签", "已签"),
        ("1 处理方案：补发5件。", "处理方案：补发5件。"),
        ("2 同意", "2 同意"),
        ("1 同意 2 退回：缺检验单", "1 同意 2 退回：缺检验单"),
        ("处理方案：1、封存\n2、补发", "处理方案：1、封存\n2、补发"),
        ("1台同意换", "1台同意换"),
        ("同意", "同意"),
    ],
)
def test_the_number_one_before_an_answer_to_a_single_task_is_a_habit_other_numbers_are_none(
    reading: Reading, text: str, said: str
) -> None:
    assert of_one(reading, text, TITLES) == said
