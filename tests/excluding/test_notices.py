"""Notices of calendars, gateways and mail servers open no case; what a person adds to them is read."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import pytest

from mailflow.domain.model import Kind
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude
from tests.decoding.test_structures import EVENT
from tests.excluding.builder import OWN, marks


def _why(
    text: str, *, subject: str = "x", sender: str = "li@kunde.example", fields: str = "", kind: str = "text/plain"
) -> str:
    raw = f"From: {sender}\r\nTo: kf@firma.example\r\nSubject: {subject}\r\n{fields}Content-Type: {kind}; charset=utf-8\r\n\r\n{text}"
    found = exclude(decode(raw.encode()), marks(), OWN)
    return found.kind if found else ""


@pytest.mark.parametrize("method", ["REPLY", "CANCEL", "reply", "REFRESH", "DECLINECOUNTER"])
def test_an_answer_of_a_calendar_opens_no_case(method: str) -> None:
    assert _why(EVENT.format(method), subject="已接受: 漏水沟通会", kind="text/calendar") == Kind.AUTO_REPLY


def test_an_invitation_and_an_answer_with_a_demand_are_read() -> None:
    assert _why(EVENT.format("REQUEST"), kind="text/calendar") == ""
    asked = EVENT.format("REPLY").replace("LOCATION", "COMMENT:不参加，请先安排更换漏水的12台泵\r\nLOCATION")
    assert _why(asked, kind="text/calendar") == ""


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("撤回: 关于漏水的投诉", "李明 将撤回邮件“关于漏水的投诉”。"),
        ("Recall: leaking pump", 'Li Ming would like to recall the message, "leaking pump, order 5".'),
        ("隔离邮件摘要：3 封邮件被隔离", "以下邮件被隔离：\n1. 投诉漏水\n点击放行"),
        ("垃圾邮件隔离通知", "下列垃圾邮件已被系统隔离：\n投诉离心泵漏水\n单击此处取回"),
        (
            "Spam Quarantine Summary - 3 new messages",
            "The following messages have been quarantined:\ncomplaint: pump broken\nRelease message",
        ),
    ],
)
def test_a_recall_and_a_digest_of_what_was_quarantined_open_no_case(subject: str, text: str) -> None:
    assert _why(text, subject=subject)


@pytest.mark.parametrize(
    "text",
    [
        "您发送的邮件被退回，相关信息如下：\n    发件人：kf@firma.example\n    主题：投诉处理结果\n无法发送到 li@kunde.example\n    系统应答：连接失败",
        "您发送的邮件被退回，具体原因如下：\n收件人：li@kunde.example\n退信原因：收件人邮箱不存在",
        "无法投递到 li@kunde.example\n服务器返回：550 User not found\n失败原因：收件人不存在",
        "系统应答：552\n退信原因：对方邮箱已满\n收件人：li@kunde.example",
        "收件人地址：li@kunde.example\n退信原因：无此用户，系统退回",
    ],
)
@pytest.mark.parametrize("sender", ["sysadmin@kunde2.example", "邮件系统 <mailsystem@kunde2.example>"])
def test_a_bounce_in_the_words_of_chinese_servers_is_one_whoever_sends_it(text: str, sender: str) -> None:
    assert _why(text, subject="退信通知", sender=sender) == Kind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("邮件被退回", "我发给你们的邮件被退回了，泵漏水12台，请更换，订单HY20261019。"),
        ("撤回订单", "我们想撤回上周的订单，改为 20 台，请确认。"),
        ("隔离", "漏水的泵已隔离12台，请派人处理。"),
    ],
)
def test_people_who_speak_of_such_things_are_kept(subject: str, text: str) -> None:
    assert _why(text, subject=subject) == ""


def test_answers_marked_with_their_own_address_and_robots_of_lists_open_no_case() -> None:
    answered = "X-Loop: li@kunde.example\r\nIn-Reply-To: <a@firma.example>\r\n"
    assert _why("您的来信已收到", subject="Re: x", fields=answered) == Kind.AUTO_REPLY
    assert _why("commands you may use", sender="pumps+help@lists.example") == Kind.AUTO_REPLY
    assert _why("泵漏水12台，请更换", fields="X-Loop: li@kunde.example\r\n") == ""
