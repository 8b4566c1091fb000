"""The answers of the open sets are understood as well as they were, and nothing is done that nobody said."""

from __future__ import annotations

import pytest

from tests.understanding.answering import SETS, Count, judged, measured, message_of, of_staff

# The level reached, a little below what was measured: understood at once; understood or rightly asked.
REACHED = {
    "staff": (0.83, 0.97), "customers": (0.84, 0.94), "staff-2": (0.87, 0.98), "customers-2": (0.83, 0.96),
}  # fmt: skip

NOT_MEANT = """同意吗
请同意
同意后发出
没有意见才怪
没看，同意
同意。费用由我部承担
同意，按8折赔
客户同意了
谁同意的
没问题就签
不是没有问题
同意，注意数量
同意，明天发
is this approved
Approved, but wait for my call"""


@pytest.fixture(scope="module", params=REACHED)
def count(request: pytest.FixtureRequest) -> Count:
    return measured(SETS / f"{request.param}.jsonl")


def test_answers_are_understood_or_rightly_asked_about(count: Count) -> None:
    at_once, understood = REACHED[count.name]
    assert count.share("right") >= at_once, count.of
    assert count.share("right", "asked") >= understood, count.of


def test_nothing_is_done_that_was_not_meant(count: Count) -> None:
    assert count.of.get("harm", []) == []
    assert count.of.get("wrong", []) == []


@pytest.mark.parametrize("words", NOT_MEANT.splitlines())
def test_words_near_an_agreement_do_not_sign(words: str) -> None:
    assert message_of(words).new_text
    assert of_staff({"reply": words, "task": "sign_sheet", "attachment": None})["verdict"] == "ask"


@pytest.mark.parametrize(
    ("words", "file", "verdict"),
    [
        ("签好了，扫描件请查收", "scan", "agree"),
        ("请看附件，第二页的签名位置我签错了", "scan", "ask"),
        ("见附件，第三条我还有疑问，先别发", "scan", "ask"),
    ],
)
def test_a_cover_note_may_only_speak_against_its_scan(words: str, file: str, verdict: str) -> None:
    assert of_staff({"reply": words, "task": "sign_sheet", "attachment": file})["verdict"] == verdict


def test_what_is_wrong_beside_work_does_not_lose_the_rest() -> None:
    said = of_staff({
        "reply": "查明事实：密封圈漏装\n责任部门：生产部\n责任人：待定", "task": "investigate", "attachment": None,
    })  # fmt: skip
    assert said == {"verdict": "work", "values": {"facts_found": "密封圈漏装", "resp_dept": "生产部"}}


def test_the_scorer_tells_harm_from_a_miss() -> None:
    key = {"want": {"verdict": "agree"}, "also_right": [{"verdict": "ask"}], "never": [{"verdict": "transfer"}]}
    assert judged(key, {"verdict": "agree"}) == "right"
    assert judged(key, {"verdict": "ask"}) == "asked"
    assert judged(key, {"verdict": "transfer", "to": "柳青"}) == "harm"
    assert judged(key, {"verdict": "return", "reason": "x"}) == "wrong"
