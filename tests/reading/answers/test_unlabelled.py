"""Words without a label: taken as the one thing a task asks for, and only when they can be nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords

FIELDS = {
    "plan": FieldSpec("plan", ("处理方案", "Plan")),
    "investigator": FieldSpec("investigator", ("调查人",), "person"),
    "instructions": FieldSpec("instructions", ("批示", "Instructions")),
}
Read = Callable[..., StaffAnswer]


@pytest.fixture
def read(words: AnswerWords, now: datetime, zone: ZoneInfo, names: tuple[str, ...]) -> Read:
    def reading(text: str, **how: object) -> StaffAnswer:
        return read_staff_answer(Reading(words, now, zone, names), text, FIELDS, **how)  # type: ignore[arg-type]

    return reading


@pytest.mark.parametrize(
    "text",
    [
        "收到",
        "签收",
        "已收到",
        "已收到原件",
        "原件已收到，谢谢",
        "签收 李梅",
        "知道了",
        "received",
        "Received, thanks.",
    ],
)
def test_a_word_of_receipt_signs_where_a_receipt_is_asked_for_and_nowhere_else(read: Read, text: str) -> None:
    assert read(text, receipt=True).verdict == "signed"
    assert read(text).verdict in ("unclear", "nothing")


@pytest.mark.parametrize(
    "text",
    ["没收到", "未收到原件", "收到？", "收到，但少一页", "收到，明天再签", "还没签收", "not received",
     "请回复：签收 / 收到 / 退回：原因 / 转 某人"],
)  # fmt: skip
def test_what_confirms_no_receipt_signs_none(read: Read, text: str) -> None:
    assert read(text, receipt=True).verdict in ("unclear", "nothing")


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("您好，今天下午安排工程师到现场检修，补发10件。\n谢谢！\n李梅", "今天下午安排工程师到现场检修，补发10件。"),
        ("由质量部复检在库同批，补发12件", "由质量部复检在库同批，补发12件"),
        ("先不要退货，如果复检不合格就补发12件", "先不要退货，如果复检不合格就补发12件"),
        ("We check the stock and send ten replacements.", "We check the stock and send ten replacements."),
        ("由李梅、王芳到现场，今天下午出发，质量部复检同批", "由李梅、王芳到现场，今天下午出发，质量部复检同批"),
        ("补发12件，周五到。\n\n> 处理方案：\n", ""),  # too little
    ],
)
def test_prose_is_the_one_text_that_is_asked_for(read: Read, text: str, plan: str) -> None:
    said = read(text, sole="plan")
    assert said.values.get("plan", "") == plan
    assert said.verdict == ("work" if plan else "unclear")


@pytest.mark.parametrize(
    "text",
    [
        "请问这个客户的订单号是多少，什么时候发的货",
        "我明天再写处理方案给你们，今天在外面开会",
        "【工单系统】已为您登记，我们将尽快处理您的请求",
        "【放假通知】本周五全厂停电检修，请各部门提前做好准备",
        "这个客户我不清楚，应该是销售部一直在跟进的",
        "要给客户补发十二件新的轴承吗？还是先复检",
        "方案还没有想好，需要再跟质量部讨论讨论",
        "这个单子请转给销售部的同事处理，他们更了解情况",
        "同意\n李梅\n客服部\n让世界更精密，让客户更放心，我们一直在路上",
        "好的，我来处理",
        "让李梅处理，我今天出差",
        "同意",
    ],
)
def test_questions_delays_notices_and_robots_are_no_plan(read: Read, text: str) -> None:
    assert "plan" not in read(text, sole="plan").values


def test_a_label_wins_over_prose(read: Read) -> None:
    said = read("各位好，补发的事情已经和仓库说好了。\n处理方案：明天补发12件", sole="plan")
    assert dict(said.values) == {"plan": "明天补发12件"}


@pytest.mark.parametrize("text", ["让李梅去查吧", "由李梅调查", "请李梅负责，谢谢\n\n王芳", "李梅", "我看就李梅吧"])
def test_the_only_name_is_the_person_who_is_asked_for(read: Read, text: str) -> None:
    said = read(text, sole="investigator")
    assert (said.verdict, dict(said.values)) == ("work", {"investigator": "李梅"})


@pytest.mark.parametrize(
    "text", ["别让李梅去", "李梅或者王芳", "让李梅和王芳去查", "李梅行吗？", "让王大锤去查吧", "等李梅回来", "转 李梅"]
)
def test_no_name_is_guessed(read: Read, text: str) -> None:
    assert "investigator" not in read(text, sole="investigator").values


@pytest.mark.parametrize(
    ("text", "verdict", "kept"),
    [
        ("知道了，抓紧办，务必让客户满意", "signed", "抓紧办，务必让客户满意"),
        ("同意，请尽快处理", "agree", "请尽快处理"),
        ("批示：抓紧办\n同意", "agree", "抓紧办"),
        ("批示：同意", "agree", "同意"),
        ("抓紧办，务必让客户满意", "work", "抓紧办，务必让客户满意"),
        ("知道了，由李梅处理", "signed", "由李梅处理"),
        ("知道了，转 李梅", "unclear", ""),
        ("收到", "signed", ""),
        ("知道了，明天再签", "unclear", ""),
    ],
)
def test_an_instruction_is_kept_and_signs_when_it_also_agrees(read: Read, text: str, verdict: str, kept: str) -> None:
    said = read(text, sole="instructions", least=1, receipt=True)
    assert (said.verdict, said.values.get("instructions", "")) == (verdict, kept)
