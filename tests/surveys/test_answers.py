"""Answers by mail: read where they stand as answers, to a person where only a person can tell, never invented."""

from __future__ import annotations

import pytest

from mailflow.surveys.answers import OTHER_SCALE, OUTSIDE, TWICE, read_sheet
from mailflow.surveys.questionnaire import Questionnaire
from tests.surveys.answering import counted, shipped, written


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    return shipped()


def test_of_a_hundred_and_twenty_answers_nearly_all_scores_are_read_and_none_is_invented(form: Questionnaire) -> None:
    sheets = written(form)
    figures = counted(form, sheets)
    assert len(sheets) == 120
    assert figures.right / figures.given >= 0.9
    assert figures.right / (figures.right + figures.wrong) >= 0.98
    assert figures.invented == 0


@pytest.mark.parametrize(("file", "least"), [("harder.yaml", 0.55), ("unseen.yaml", 0.45)])
def test_of_free_words_what_is_not_sure_is_left_to_a_person(form: Questionnaire, file: str, least: float) -> None:
    figures = counted(form, written(form, file))
    assert (figures.wrong, figures.invented) == (0, 0)
    assert figures.right / figures.given >= least


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("1、2、5项5分；3、4项4分", [5, 5, 4, 4, 5]),
        ("Q1-Q3: 5, Q4/Q5: n/a", [5, 5, 5, "n/a", "n/a"]),
        ("items 1 through 4: 3", [3, 3, 3, 3]),
        ("5分：1、2、3\n4分：4、5", [5, 5, 5, 4, 4]),
        ("4分：准时交货、单证、急单", [None, None, None, 4, 4, 4]),
        ("5分：1、2、谁知道", []),
        ("第一题五分，第二题四分，第三题五分，第十题三分", [5, 4, 5, *[None] * 6, 3]),
        ("一、5\n二、4\n三、3", [5, 4, 3]),
        ("质量：5/4/3", [5, 4, 3]),
        ("质量：5/4", []),
        ("服务三项都给4分", [*[None] * 6, 4, 4, 4]),
        ("服务两项都给4分", []),
        ("五 四 四 三 五 四 五 五 四 三 三 三 四 八", [5, 4, 4, 3, 5, 4, 5, 5, 4, 3, 3, 3, 4, 8]),
        ("5 4 4 3 5 4 5 5 4 3 3 3 4 8 相当", [5, 4, 4, 3, 5, 4, 5, 5, 4, 3, 3, 3, 4, 8]),
        ("5 4 4 3 5 4 5 5 4 3 3 3 4", []),
        ("1、2、2项5分", []),
        ("30、31项5分", []),
        ("都很满意，没有意见。", []),
        ("准时交货——3\n外观与包装——4", [None, None, 4, 3]),
        ("1) 5 - no complaints\n2) 4\n3) 5\n4) 2 - 3 late", [5, 4, 5]),
    ],
)
def test_several_answers_said_at_once(form: Questionnaire, text: str, scores: list[int | str | None]) -> None:
    got = read_sheet(form, text).scores
    wanted = {question.key: score for question, score in zip(form.scored, scores, strict=False) if score is not None}
    assert got == wanted


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("1. 5\n2. 4\n3. 6\n4. 3", "packing", OUTSIDE),
        ("1. 5\n2. 4\n3. 3\n3. 4", "packing", TWICE),
        ("1. 9\n2. 8\n3. 5\n4. 7", "packing", OTHER_SCALE),
    ],
)
def test_what_only_a_person_can_tell_is_left_to_one(form: Questionnaire, text: str, key: str, why: str) -> None:
    sheet = read_sheet(form, text)
    assert key not in sheet.scores
    assert (key, why) in [(doubt.key, doubt.why) for doubt in sheet.doubts]


@pytest.mark.parametrize(
    "text",
    [
        "十分满意",
        "十分感谢贵公司",
        "交货晚了3天",
        "我们有5台泵，2台漏水",
        "4 月 5 日再回复",
        "价格 3 万元",
        "5 very satisfied?",
    ],
)
def test_numerals_of_prose_are_no_scores(form: Questionnaire, text: str) -> None:
    assert read_sheet(form, text).scores == {}


def test_a_count_of_questions_names_none_and_leaves_what_the_others_got_in_doubt(form: Questionnaire) -> None:
    assert read_sheet(form, "前3项5分，第4项2分，其他都是4分").scores == {"on_time": 2}


def test_words_beside_the_scores_are_kept(form: Questionnaire) -> None:
    sheet = read_sheet(form, "1. 5\n2. 4\n4. 2分，常晚到一周\n15. 相当\n16. 服务态度\n17. 交货太慢\n18. 希望有库存")
    assert sheet.remarks["on_time"] == "常晚到一周"
    assert sheet.words == {"comparison": "相当", "best": "服务态度", "worst": "交货太慢", "advice": "希望有库存"}


def test_a_quote_says_only_what_was_written_into_its_brackets(form: Questionnaire) -> None:
    quoted = "1. 5\n2. 4\n3. 3\n4. 准时交货（4）\n全部5分"
    assert read_sheet(form, "见下", quoted).scores == {"on_time": 4}


def test_lines_of_our_letter_that_come_back_say_nothing(form: Questionnaire) -> None:
    ours = ["请在括号内填分：5 很满意 4 满意 3 一般", "全部5分"]
    assert read_sheet(form, "\n".join(ours), ours=ours).scores == {}
