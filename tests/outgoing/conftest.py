"""What the tests of replies share: a company, its templates, a customer who is angry and one who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailflow.casework.acknowledgement import Letterhead, Taken, acknowledgement, load_templates
from mailflow.casework.paper import Paper
from mailflow.customers.standing import answer_address
from mailflow.domain.model import Address, Case, Customer, Details, Finding, Kind, Message, OutgoingMail, Record
from mailflow.outgoing.templates import MailTemplates

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 21, 2, 40, tzinfo=UTC)
OWN = frozenset({"kefu@hengxin.example.cn"})

COMPANY = Letterhead(
    sender=Address("恒信精密客户服务部", "kefu@hengxin.example.cn"),
    name="恒信精密机械有限公司",
    name_en="Hengxin Precision Machinery Co., Ltd.",
    phone="0512-66880000",
    urgent_phone="400-800-0000",
    channels=("服务号：恒信客服", "工作时间：周一至周五 8:30–17:30"),
    channels_en=("Office hours: Monday to Friday, 8:30–17:30 (UTC+8)",),
    first_reply="我们将在工作时间内尽快由专人与您联系。",
    first_reply_en="A colleague will get back to you during working hours as soon as possible.",
)
CASE = Case(1, "TS-2026-0123", Customer(1, "KH-00001", "华东泵业有限公司", NOW), Kind.COMPLAINT, NOW, is_new=True)
RECORD = Record("JL-23-01-2026-0123", "JL-23-01", "A/1", "客户投诉登记表", "0" * 64, "x.docx", NOW)

Reply = Callable[..., OutgoingMail]


def found(field: str, value: str, words: str = "", source: str = "new_text") -> Finding:
    """A finding as the reading stage makes it."""
    return Finding(field, value, words or value, source, 0, len(words or value), "test")


ANGRY = Message(
    subject="Re: 答复: 【外部】第三次了！！阀体毛刺装不上",
    from_=(Address("王建国", "wang@huadong.example.cn"),),
    to=(Address("", "kefu@hengxin.example.cn"),),
    received_at=datetime(2026, 10, 21, 2, 32, tzinfo=UTC),
    message_id="tencent_AB12@qq.example",
    references=("first@hengxin.example.cn",),
    new_text="第三次了！螺纹口全是毛刺，产线停了，本周五下班前必须换货！",
)
ANGRY_DETAILS = Details(
    Kind.COMPLAINT,
    subkinds=("产品质量",),
    findings=(
        found("customer_company", "华东泵业有限公司", source="signature"),
        found("contact", "王建国", source="signature"),
        found("phone", "+86 138 0000 0000", source="signature"),
        found("product", "阀体", source="subject"),
        found("quantity", "2000 件"),
        found("defect_or_issue", "毛刺", "螺纹口全是毛刺"),
        found("demand", "换货", "必须换货"),
        found("requested_deadline", "2026-10-23T17:30:00+08:00", "本周五下班前"),
        found("severity", "停线", "产线停了"),
        found("validity_hint", "可能有效", "第三次了"),
    ),
)
ASKING = replace(ANGRY, subject="请问SPS-24V有防水型号吗", new_text="请问有防水型号吗？", references=())
ASKING_DETAILS = Details(Kind.INQUIRY, findings=(found("contact", "李敏", source="from"),))
INQUIRY = replace(CASE, number="ZX-2026-0007", kind=Kind.INQUIRY)


def parsed(mail: OutgoingMail) -> EmailMessage:
    """The mail as a mail program reads it."""
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def plain(mail: OutgoingMail) -> str:
    """The plain text of the mail."""
    part = parsed(mail).get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def html(mail: OutgoingMail) -> str:
    """The HTML of the mail."""
    part = parsed(mail).get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture(scope="session")
def templates() -> MailTemplates:
    """The shipped templates."""
    loaded, problems = load_templates(ROOT / "templates" / "mail")
    assert problems == []
    assert loaded is not None
    return loaded


@pytest.fixture(scope="session")
def answer(templates: MailTemplates) -> Reply:
    """Composes a reply; every argument may be replaced."""

    def compose_reply(**changes: Any) -> OutgoingMail:
        mail = replied(templates, **changes)
        assert mail is not None
        return mail

    return compose_reply


def replied(templates: MailTemplates, **changes: Any) -> OutgoingMail | None:
    """A reply to the angry customer; what the mail was taken for, and the company, may be replaced."""
    paper = Paper(templates, changes.pop("company", COMPANY), "zh", ZONE)
    about: dict[str, Any] = {"message": ANGRY, "details": ANGRY_DETAILS, "case": CASE, "record": RECORD}
    own = {key: changes.pop(key) for key in about.keys() & changes.keys()}
    taken = Taken(**(about | own))
    to = answer_address(taken.message, OWN, lambda sender, wanted: True)
    options: dict[str, Any] = {"to": to, "now": NOW, "message_id": "receipt.1@hengxin.example.cn"} | changes
    return acknowledgement(taken, paper, **options)
