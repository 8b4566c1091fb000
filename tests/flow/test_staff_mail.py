"""Mails of our own people: a forwarded mail and a phone note are the customer's, and nobody of ours is answered."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.flow.letters import letter
from tests.flow.office import Office

STAFF = "周敏 <zhou@firm.example>"
WORDS = (
    "贵司发来的离心泵有两台轴承异响，订单号：DD20260215077，请尽快安排换货。\n\n"
    "此致\n秦朗\n东港热电设备有限公司\n电话：0411-86000000"
)
HEADER = (
    "请跟进。\n\n________________________________\n发件人: 秦朗 <qin@donggang.example>\n发送时间: 2026年3月1日 15:20\n"
    "收件人: 周敏 <zhou@firm.example>\n主题: 离心泵异响\n\n"
)
NOTE = (
    "电话记录\n客户来电时间：今天上午9点20分\n客户：海诚机电有限公司\n联系人：方远 电话：13912340000\n"
    "内容：上月买的减速机漏油，订单号：DD20260210031，要求派人到现场处理。\n记录人：周敏"
)


def inline() -> bytes:
    return letter(HEADER + WORDS, subject="转发: 离心泵异响", sender=STAFF)


def attached() -> bytes:
    inner = EmailMessage()
    inner["From"] = "秦朗 <qin@donggang.example>"
    inner["To"] = "zhou@firm.example"
    inner["Subject"] = "离心泵异响"
    inner["Date"] = "Sun, 01 Mar 2026 15:20:00 +0800"
    inner["Message-ID"] = "<inner@donggang.example>"
    inner.set_content(WORDS, charset="utf-8", cte="base64")
    outer = EmailMessage()
    outer["Received"] = "from mx by mx.firm.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0800"
    outer["From"] = "Zhou <zhou@firm.example>"
    outer["To"] = "service@firm.example"
    outer["Subject"] = "转发: 离心泵异响"
    outer["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    outer["Message-ID"] = "<outer@firm.example>"
    outer.set_content("请跟进，见附件。", charset="utf-8", cte="base64")
    outer.add_attachment(inner)
    return outer.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def facts(office: Office, field: str) -> list[str]:
    return [value for (value,) in office.ask("SELECT value FROM findings WHERE field = ?", field)]


@pytest.mark.parametrize("forward", [inline, attached], ids=["inline", "attached"])
def test_a_mail_our_staff_forward_is_the_customers(office: Office, forward: Callable[[], bytes]) -> None:
    office.put(forward())
    office.work()
    assert office.mails() == [("handled", "complaint", "")]
    assert office.one("SELECT company FROM customers") == "东港热电设备有限公司"
    assert facts(office, "contact") == ["秦朗"]
    assert facts(office, "order_no") == ["DD20260215077"]
    assert office.replies() == []


@pytest.mark.parametrize("forward", [inline, attached], ids=["inline", "attached"])
def test_the_forwarded_sender_is_known_from_then_on(office: Office, forward: Callable[[], bytes]) -> None:
    office.put(forward(), letter("另外两台也开始响了，请一并处理。", subject="补充", sender="qin@donggang.example"))
    office.work()
    assert office.one("SELECT count(*) FROM customers") == 1
    assert office.recipients() == ["qin@donggang.example"]


def test_a_forward_goes_to_the_customer_its_sender_is_known_as(office: Office) -> None:
    office.put(letter(sender="qin@donggang.example"))
    office.put(letter(HEADER + "又有一台泵漏水，请派人来看。", subject="转发: 离心泵异响", sender=STAFF))
    office.work()
    assert office.one("SELECT count(*) FROM customers") == 1


def test_a_phone_note_is_a_case_of_the_caller(office: Office) -> None:
    office.put(letter(NOTE, subject="电话记录：减速机漏油", sender=STAFF))
    office.work()
    assert office.mails() == [("handled", "complaint", "")]
    assert office.one("SELECT company FROM customers") == "海诚机电有限公司"
    assert facts(office, "contact") == ["方远"]
    assert facts(office, "phone") == ["13912340000"]
    assert office.replies() == []


def test_a_phone_note_goes_to_the_customer_we_know(office: Office) -> None:
    known = "我司订购的减速机漏油，订单号：DD20260210031，请尽快处理。\n\n方远\n海诚机电有限公司"
    office.put(letter(known, subject="投诉：减速机漏油", sender="fang@haicheng.example"))
    office.put(letter(NOTE, subject="电话记录：减速机漏油", sender=STAFF))
    office.work()
    assert office.one("SELECT count(*) FROM customers") == 1
    assert office.recipients() == ["fang@haicheng.example"]
