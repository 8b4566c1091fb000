"""A customer's mail that a colleague forwards: who hears of it, and that no word of ours goes out with it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.flow.conftest import OpenOffice
from tests.flow.letters import letter
from tests.flow.short import short_office
from tests.flow.staffed import Staffed, answer

LIU, QIN = "liu@firm.example", "qin@donggang.example"
WORDS = (
    "贵司发来的离心泵有两台轴承异响，订单号：DD20260215077，请尽快安排换货。\n\n"
    "此致\n秦朗\n东港热电设备有限公司\n电话：0411-86000000"
)
BLOCK = (
    "________________________________\n发件人: 秦朗 <qin@donggang.example>\n发送时间: 2026年3月1日 15:20\n"
    "收件人: 柳青 <liu@firm.example>\n主题: 离心泵异响\n\n"
)
OURS = "这个客户又来闹，发动机的事别提，订单号：DD20990101001。\n\n"
OUR_BLOCK = (
    "________________________________\n发件人: 柳青 <liu@firm.example>\n发送时间: 2026年3月1日 16:00\n"
    "收件人: 白露 <bai@firm.example>\n主题: 转发: 离心泵异响\n\n"
)
PASS = "mx.firm.example; dmarc=pass header.from=firm.example"


def inline(text: str = OURS + BLOCK + WORDS, results: str = "") -> bytes:
    mail = letter(text, subject="转发: 离心泵异响（难缠）", sender=f"柳青 <{LIU}>")
    return mail.replace(b"Received:", b"Authentication-Results: " + results.encode() + b"\r\nReceived:", 1)


def attached(results: str) -> bytes:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = f"秦朗 <{QIN}>", LIU, "离心泵异响"
    inner["Date"], inner["Message-ID"] = "Sun, 01 Mar 2026 15:20:00 +0800", "<inner@donggang.example>"
    inner.set_content(WORDS, charset="utf-8", cte="base64")
    outer["Authentication-Results"] = results
    outer["Received"] = "from mx by mx.firm.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0800"
    outer["From"], outer["To"], outer["Subject"] = f"柳青 <{LIU}>", "service@firm.example", "转发: 离心泵异响（难缠）"
    outer["Date"], outer["Message-ID"] = "Mon, 02 Mar 2026 09:00:00 +0800", "<outer@firm.example>"
    outer.set_content(OURS, charset="utf-8", cte="base64")
    outer.add_attachment(inner)
    return outer.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture
def people(new_office: OpenOffice) -> Staffed:
    return short_office(new_office(mailbox={"authserv_ids": ("mx.firm.example",)}))


def notice(people: Staffed) -> str:
    """What the colleague who forwarded it was told."""
    return "\n".join(f"{mail.subject}\n{mail.text}" for mail in people.sent(LIU))


@pytest.mark.parametrize("attach", [False, True])
def test_the_customer_is_acknowledged_where_our_server_vouches_for_the_colleague(people: Staffed, attach: bool) -> None:
    people.work(attached(PASS) if attach else inline(results=PASS))
    (mail,) = people.sent(QIN)
    about = "离心泵异响" if attach else "您的来信"  # no subject a colleague wrote
    assert mail.subject == f"回复：{about} [TS-2026-0001]"
    assert "秦朗" in mail.text
    assert "DD20260215077" in mail.text
    for ours in ("柳青", "闹", "难缠", "DD20990101001"):
        assert ours not in mail.text
    assert mail.mail["In-Reply-To"] == ("<inner@donggang.example>" if attach else None)
    assert "已向发件客户（见下）发出回执" in notice(people)
    assert QIN in notice(people)
    people.work(letter("另外一台也响了。", subject=mail.subject, sender=QIN))
    assert people.office.one("SELECT count(*) FROM cases") == 1


def test_words_that_may_be_a_colleagues_are_not_told_the_customer(people: Staffed) -> None:
    people.work(inline("请跟进。\n\n" + OUR_BLOCK + OURS + BLOCK + WORDS, PASS))
    (mail,) = people.sent(QIN)
    assert "TS-2026-0001" in mail.text
    for said in ("DD2", "闹", "柳青", "轴承", "请您补充"):
        assert said not in mail.text


def test_without_proof_the_colleague_is_told_and_writes_to_the_customer_himself(people: Staffed) -> None:
    people.work(inline())
    assert people.sent(QIN) == []
    assert "他还没有收到任何回音" in notice(people)
    told = people.sent(LIU)[-1]
    people.work(answer(told, "回复客户：您反映的异响已经登记，我们正在安排。"))
    people.work(answer(people.asked("han@firm.example", "核准给客户的回信"), "同意"))
    (mail,) = people.sent(QIN)
    assert "您反映的异响已经登记" in mail.text


def test_a_stranger_in_a_colleagues_name_makes_us_write_to_nobody_outside(people: Staffed) -> None:
    people.work(inline(results="mx.firm.example; dmarc=fail header.from=firm.example"))
    assert people.sent(QIN) == []
