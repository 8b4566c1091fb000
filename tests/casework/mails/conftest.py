"""What the tests of mails to staff and of letters share: one company, its templates, one case with its people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from inspect import signature
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailflow.casework import letters, notes
from mailflow.casework.acknowledgement import load_templates
from mailflow.casework.letters import Letter
from mailflow.casework.notes import Paper, ReminderItem, load_staff_templates
from mailflow.casework.survey_letters import Asked as SurveyAsked
from mailflow.casework.survey_letters import survey_letter
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.outgoing.letterhead import Letterhead
from mailflow.outgoing.templates import MailTemplates

ROOT = Path(__file__).resolve().parents[3]
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CASE = "TS-2026-0001"
NUMBER = "JL-23-03-2026-0007"
TOKEN = "MF-31-12-002518-ABCDEFGHIJKLMNOP"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE = Attachment(f"{NUMBER}.docx", f"{NUMBER}.docx", WORD_TYPE, b"PK\x03\x04 the form")
LIMEI = Address("李梅", "limei@beichuan.example")

COMPANY = Letterhead(
    sender=Address("北川仪表客户服务部", "kefu@beichuan.example"),
    name="北川仪表有限公司",
    name_en="Beichuan Instruments Co., Ltd.",
    phone="029-88001234",
    urgent_phone="400-000-1234",
)
STAFF_MAIL = Message(
    subject=f"回复：[{CASE}] 请签字：客户投诉处理单 〔{TOKEN}〕",
    from_=(LIMEI,),
    message_id="answer-1@beichuan.example",
    in_reply_to="ask-1@beichuan.example",
    references=("ask-1@beichuan.example",),
    new_text="同意",
)
CUSTOMER_MAIL = Message(
    subject=f"答复: 仪表读数漂移 [{CASE}]",
    from_=(Address("陈志远", "chen@luyuan.example"),),
    message_id="again-2@luyuan.example",
    references=("first-1@luyuan.example", "receipt-1@beichuan.example"),
    new_text="请尽快答复。",
)

Compose = Callable[..., OutgoingMail]


def parsed(mail: OutgoingMail) -> EmailMessage:
    """The mail as a mail program reads it."""
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: OutgoingMail, kind: str) -> str:
    """The plain text or the HTML of the mail."""
    part = parsed(mail).get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def _loaded(found: tuple[MailTemplates | None, list[Any]]) -> MailTemplates:
    templates, problems = found
    assert problems == []
    assert templates is not None
    return templates


@pytest.fixture(scope="session")
def staff_templates() -> MailTemplates:
    """The shipped templates of mails to staff."""
    return _loaded(load_staff_templates(ROOT / "templates" / "staff"))


@pytest.fixture(scope="session")
def customer_templates() -> MailTemplates:
    """The shipped templates of mails to customers."""
    return _loaded(load_templates(ROOT / "templates" / "mail"))


def item(number: str = CASE, **changes: Any) -> ReminderItem:
    """A task in the daily mail."""
    values: dict[str, Any] = {
        "case_number": number, "customer": "鹿原水务有限公司", "task_title": "查明原因", "record_number": NUMBER,
        "due": DUE, "overdue": False, "token": TOKEN,
    }  # fmt: skip
    return ReminderItem(**(values | changes))


STAFF: dict[str, dict[str, Any]] = {
    "ask_sign": {
        "case_number": CASE, "customer": "鹿原水务有限公司", "title": "部门负责人审核", "what": "sign",
        "record_title": "客户投诉处理单", "record_number": NUMBER, "cell_title": "审核", "due": DUE, "urgent": False,
        "fields": [], "required": set(),
        "facts": [("产品", "YB-40 压力变送器"), ("问题", "读数漂移"), ("严重程度", "停线")],
        "token": TOKEN, "attachments": [FILE],
    },
    "ask_work": {
        "case_number": CASE, "customer": "鹿原水务有限公司", "title": "查明原因", "what": "work",
        "record_title": "客户投诉处理单", "record_number": NUMBER, "cell_title": "", "due": DUE, "urgent": True,
        "fields": [("发生原因", ""), ("判定", "有效/一般无效/恶意"), ("举一反三", "")],
        "required": {"发生原因", "判定"}, "facts": [("产品", "YB-40 压力变送器")], "token": TOKEN,
        "attachments": [FILE],
        "returned_reason": "没有写明流出原因",
    },
    "confirm": {
        "message": STAFF_MAIL, "case_number": CASE, "done": "signed", "record_number": NUMBER,
        "title": "部门负责人审核", "next_titles": ["批准（赵峰）"],
    },
    "refused": {
        "message": STAFF_MAIL, "case_number": CASE, "reason": "fields_missing", "details": ["判定", "原因代码"],
    },
    "reminder": {
        "case_number": CASE, "title": "查明原因", "record_number": NUMBER, "due": DUE, "overdue": True,
        "fields": [("发生原因", ""), ("判定", "有效/一般无效/恶意")], "required": {"发生原因", "判定"}, "token": TOKEN,
        "in_reply_to": "ask-1@beichuan.example",
    },
    "daily": {
        "name": "李梅",
        "items": [
            item("TS-2026-0002"), item("TS-2026-0003", overdue=True, task_title="批准"), item("ZX-2026-0004", due=None),
        ],
    },
    "escalation": {
        "name": "李梅", "case_number": CASE, "task_title": "查明原因", "due": DUE, "reason": "overdue",
    },
    "notice": {"case_number": CASE, "kind": "closed_unsatisfied", "details": ["客户：鹿原水务有限公司"]},
}  # fmt: skip
"""The arguments of one mail to staff for each occasion."""

SURVEY = SurveyAsked(
    sheet=("1. 产品质量：", "2. 交货及时：", "", "3. 您的建议："), scale="5 分为非常满意，1 分为非常不满意",
    period="2026 年", until=date(2026, 10, 31), confidential=True,
)  # fmt: skip
LETTERS: dict[str, dict[str, Any]] = {
    "holding": {},
    "progress": {"text": "样品已经送检。\n检验由质量部进行。\n\n现场已更换备件。"},
    "answer": {"answer_text": "经查，为接线端子松动。\n\n处理情况见附件。", "attachments": [FILE]},
    "satisfaction": {"summary": "更换了端子。"},
    "reopened": {},
    "closed": {},
    "corrected": {"changes": [("quantity", "20 台", "12 台"), ("batch_no", "", "B2609-11")]},
    "impersonated": {},
    "state": {"text": "样品已经送检。", "next_news": NOW},
    **{name: {"asked": SURVEY} for name in letters.SURVEYS},
}
"""The arguments of every letter."""


@pytest.fixture(scope="session")
def note(staff_templates: MailTemplates) -> Compose:
    """Composes a mail to staff by its occasion; every argument may be replaced."""

    def compose(name: str, language: str = "zh", /, **changes: Any) -> OutgoingMail:
        paper = Paper(staff_templates, COMPANY, language, ZONE)
        function = getattr(notes, "ask_mail" if name.startswith("ask_") else f"{name}_mail")
        arguments = STAFF[name] | changes
        to, number = arguments.pop("to", LIMEI), arguments.pop("case_number", "")
        wanted = signature(function).parameters
        for argument, noun in {"asked": notes.Asked, "counted": notes.Counted}.items():
            if argument in wanted:
                own = {item.name for item in fields(noun)}
                arguments[argument] = noun(**{key: arguments.pop(key) for key in own & arguments.keys()})
        made: OutgoingMail = function(notes.Head(paper, to, "note-9@beichuan.example", NOW, number), **arguments)
        return made

    return compose


@pytest.fixture(scope="session")
def letter(customer_templates: MailTemplates) -> Compose:
    """Composes a letter to the customer by its occasion; every argument, also of :class:`Letter`, may be replaced."""

    def compose(name: str, language: str = "zh", /, **changes: Any) -> OutgoingMail:
        about: dict[str, Any] = {
            "paper": Paper(customer_templates, COMPANY, "zh", ZONE), "to": Address("陈志远", "chen@luyuan.example"),
            "case_number": CASE, "message": CUSTOMER_MAIL, "subject": "仪表读数漂移", "contact": "陈志远",
            "language": language, "reference": "",
        }  # fmt: skip
        own = {key: changes.pop(key) for key in list(changes) if key in about}
        arguments: dict[str, Any] = {"message_id": "letter-9@beichuan.example", "now": NOW} | LETTERS[name] | changes
        if name in letters.SURVEYS:
            return survey_letter(Letter(**(about | own)), name=name, **arguments)
        function = getattr(letters, f"{name}_letter")
        made: OutgoingMail = function(Letter(**(about | own)), **arguments)
        return made

    return compose
