"""What whoever registers a case writes of its facts: taken where it is plain, doubtful where it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailflow.domain.model import Kind
from mailflow.reading.answers.facts import Known, SaidOfFacts, read_facts
from mailflow.reading.answers.move_words import MoveWords, load_move_words
from mailflow.reading.answers.moves import read_moves
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords, load_answer_words
from mailflow.settings import shipped
from tests.growth import grows_with_its_input

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
VALUES = {"product": "球阀", "quantity": "50", "batch_no": "B2603-01", "happened_on": "2026-10-02"}


@pytest.fixture(scope="module")
def answers() -> AnswerWords:
    found, problems = load_answer_words(shipped.folder("rules") / "answers.yaml")
    assert found is not None, problems
    return found


@pytest.fixture(scope="module")
def words() -> MoveWords:
    found, problems = load_move_words(shipped.folder("rules") / "moves.yaml")
    assert found is not None, problems
    return found


def said(answers: AnswerWords, words: MoveWords, text: str) -> SaidOfFacts:
    reading = Reading(answers, NOW, ZoneInfo("Asia/Shanghai"), ["白露"])
    known = Known(dict(words.facts), VALUES, {"class1": ("产品质量", "服务", "其他")})
    return read_facts(reading, words, text, known, {})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("产品名称：蝶阀\n发生时间：11月2日", {"product": ("蝶阀",), "happened_on": ("2026-11-02",)}),
        ("发生时间应为11月2号", {"happened_on": ("2026-11-02",)}),
        ("数量不是50是15", {"quantity": ("15",)}),
        ("批号错了，是B2301", {"batch_no": ("B2301",)}),
        ("批号：B2301、B2302，谢谢", {"batch_no": ("B2301", "B2302")}),
        ("投诉类别：☐产品质量 ☑服务", {"class1": ("服务",)}),
        ("批号：无", {"batch_no": ()}),
        ("产品名称：对", {"product": ("球阀",)}),
        ("不是球阀，是蝶阀", {"product": ("蝶阀",)}),
        ("联系人：李明，电话：13900001234", {"contact": ("李明",), "phone": ("13900001234",)}),
        ("the quantity should be 15", {"quantity": ("15",)}),
        ("batch no: B2301", {"batch_no": ("B2301",)}),
    ],
)
def test_what_is_plain_is_taken(
    answers: AnswerWords, words: MoveWords, text: str, values: dict[str, tuple[str, ...]]
) -> None:
    found = said(answers, words, text)
    assert (dict(found.values), found.doubts) == (values, ())


@pytest.mark.parametrize(
    "text",
    ["批号不对", "数量好像是15", "产品名称：蝶阀？", "产品名称：待定", "批号：B2301\n批号：B2302", "数量写错了，15"],
)
def test_what_is_not_plain_is_a_doubt_with_its_words(answers: AnswerWords, words: MoveWords, text: str) -> None:
    found = said(answers, words, text)
    assert found.doubts
    assert found.values == {}


@pytest.mark.parametrize(
    "text", ["同意", "产品是好的，同意", "同意，请尽快更换产品", "订单号：A1 · 产品：蝶阀 · 批号：B1"]
)
def test_other_words_are_left_as_they_are(answers: AnswerWords, words: MoveWords, text: str) -> None:
    found = said(answers, words, text)
    assert (dict(found.values), found.doubts, found.rest) == ({}, (), text)


def test_what_was_read_is_taken_out_and_the_rest_keeps_its_place(answers: AnswerWords, words: MoveWords) -> None:
    found = said(answers, words, "同意\n产品名称：蝶阀\n谢谢")
    assert found.rest == "同意\n       \n谢谢"


def test_a_line_that_moves_the_case_takes_the_labelled_lines_below_it(answers: AnswerWords, words: MoveWords) -> None:
    text = "同意\n拆分：B2302 开裂\n数量：3件\n批号：B2302\n\n谢谢\n> 并入：TS-2026-0009"
    found, rest = read_moves(answers, words, text)
    assert [(move.what, move.words, move.lines) for move in found] == [
        ("split", "B2302 开裂", "数量：3件\n批号：B2302")
    ]
    assert [line.strip() for line in rest.split("\n")] == ["同意", "", "", "", "", "谢谢", "> 并入：TS-2026-0009"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("并入 TS-2026-0012", "join"),
        ("改为询价", "kind"),
        ("1. 另立：价格问题", "second"),
        ("Split off: batch B2", "split"),
    ],
)
def test_the_ways_to_say_it(answers: AnswerWords, words: MoveWords, text: str, what: str) -> None:
    found, _ = read_moves(answers, words, text)
    assert [move.what for move in found] == [what]


@pytest.mark.parametrize("text", ["批号改为B2301", "改为明天再签", "请并入下一批一起发货", "另立字据"])
def test_the_same_words_within_a_sentence_move_nothing(answers: AnswerWords, words: MoveWords, text: str) -> None:
    assert read_moves(answers, words, text) == ((), text)


def test_a_kind_is_named_by_its_own_words_alone(words: MoveWords) -> None:
    assert words.kind("询价。") is Kind.RFQ
    assert words.kind("询价和投诉") is None
    assert words.kind_in("投诉 B2302 批开裂") is Kind.COMPLAINT
    assert words.kind_in("价格问题") is None


@pytest.mark.parametrize(
    "unit", ["批号：", "数量不是", "a: ", "拆分：a\n", "产品名称：蝶阀\n", "：", " · ", "应为", "1. "]
)
def test_the_time_grows_with_the_length_of_the_answer(answers: AnswerWords, words: MoveWords, unit: str) -> None:
    def text(size: int) -> str:
        return (unit * (size // len(unit) + 1))[:size]

    assert grows_with_its_input(lambda given: said(answers, words, given), text, 4000)
    assert grows_with_its_input(lambda given: read_moves(answers, words, given), text, 4000)
