"""An office with people in it: who they are, what they were sent, and how their mail programs answer."""

from __future__ import annotations

import email
import email.policy
import itertools
import re
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.flow.office import DEFAULTS, Office
from tests.servers.smtp_sink import Received

STAFF = """
departments:
  客服部: {title: Customer Service, head: 韩梅}
  质量部: {title: Quality, head: 秦朗}
  技术部: {title: Engineering, head: 邓宁}
  生产部: {title: Production, head: 施磊}
  销售部: {title: Sales, head: 柳青}
  采购部: {title: Purchasing, head: 柳青}
  财务部: {title: Finance, head: 柳青}
  管理层: {title: Management, head: 郑浩}
roles:
  receptionist: {zh: 受理人, en: Receptionist}
  service: {zh: 客服, en: Customer service}
  service_manager: {zh: 客服经理, en: Customer service manager}
  archivist: {zh: 档案管理员, en: Archivist}
  quality: {zh: 质量, en: Quality}
  technical: {zh: 技术, en: Engineering}
  production: {zh: 生产, en: Production}
  dispatch: {zh: 调度, en: Dispatch}
  warehouse: {zh: 仓库, en: Warehouse}
  sales: {zh: 销售, en: Sales}
  purchasing: {zh: 采购, en: Purchasing}
  finance: {zh: 财务, en: Finance}
  leader: {zh: 主管领导, en: Executive in charge}
  management_rep: {zh: 管理者代表, en: Management representative}
  general_manager: {zh: 总经理, en: General manager}
  manager: {zh: 管理层, en: Management}
people:
  - name: 白露
    address: bai@firm.example
    department: 客服部
    roles: [receptionist, service, archivist]
    superior: 韩梅
    deputy: 韩梅
  - name: 韩梅
    address: han@firm.example
    department: 客服部
    roles: [service_manager]
    superior: 郑浩
    deputy: 白露
  - name: 秦朗
    address: qin@firm.example
    department: 质量部
    roles: [quality]
    superior: 郑浩
    deputy: 邓宁
  - name: 邓宁
    address: deng@firm.example
    department: 技术部
    roles: [technical]
    superior: 郑浩
    deputy: 秦朗
  - name: 施磊
    address: shi@firm.example
    department: 生产部
    roles: [production, dispatch, warehouse]
    superior: 郑浩
  - name: 柳青
    address: liu@firm.example
    department: 销售部
    roles: [sales, purchasing, finance]
    superior: 郑浩
  - name: 薛平
    address: xue@firm.example
    department: 管理层
    roles: [management_rep]
    superior: 郑浩
  - name: 郑浩
    address: zheng@firm.example
    department: 管理层
    roles: [leader, general_manager, manager]
    deputy: 薛平
"""

_numbers = itertools.count(1)
ASKS = re.compile(r"\[[^]]+\] (?:【(?:加急|特急)】)?(?:请签字：|请签收：|请办理：|请办理 \d+ 项：)")
_TOKEN = re.compile(r"MF-J?\d+-\d+-\d{6}-[A-Z2-7]{16}")


@dataclass(frozen=True)
class Ask:
    """A mail that asks somebody to sign or to work: as received, and what it names.

    ``point`` is the number of the task that is meant, of a mail that asks for several; an answer begins with it.
    """

    mail: EmailMessage
    to: str
    point: int = 0

    @property
    def subject(self) -> str:
        """Its subject, decoded."""
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        """Its plain text."""
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")

    @property
    def token(self) -> str:
        """The token that proves an answer belongs to it."""
        found = _TOKEN.search(self.subject)
        assert found, self.subject
        return found[0]

    @property
    def points(self) -> dict[str, int]:
        """Its numbered points as they stand there, with their numbers; empty when it asks for one task."""
        if not re.search(r"请办理 \d+ 项：", self.subject):
            return {}
        return {found[0]: int(found[1]) for found in re.finditer(r"^(\d+)\. “[^\n]+", self.text, re.MULTILINE)}

    def file(self, suffix: str) -> tuple[str, bytes]:
        """The name and bytes of its attached file of this kind."""
        for part in self.mail.iter_attachments():
            name = part.get_filename() or ""
            if name.endswith(suffix):
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                return name, content
        raise AssertionError(f"no {suffix} in {self.subject}")


class Staffed:
    """An office whose people answer.  Wraps an :class:`Office`; every ``work`` is one run of the worker."""

    def __init__(self, office: Office, staff: str = STAFF) -> None:
        self.office = office
        rules = office.folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "staff.yaml").write_text(staff, encoding="utf-8")
        for name in ("exclusion.yaml", "reading"):  # what a company's folder must have of its own
            if not (rules / name).exists():
                (rules / name).symlink_to(DEFAULTS / "rules" / name)
        office.rules = rules
        self._read: list[Ask] = []
        self._seen = 0

    def work(self, *mails: bytes, **parts: Any) -> None:
        """These mails arrive and everything due is worked off."""
        if mails:
            self.office.put(*mails)
        self.office.work(**parts)

    def sent(self, to: str, *, containing: str = "") -> list[Ask]:
        """The mails somebody got, oldest first."""
        found = [item for item in self.all_sent() if item.to == to]
        return [item for item in found if containing in item.subject or containing in item.text]

    def all_sent(self) -> list[Ask]:
        """Every mail sent, oldest first; each is read once."""
        for mail in self.office.sink.mails[len(self._read) :]:
            self._read.append(Ask(parsed(mail), mail.recipients[0]))
        return list(self._read)

    def unread(self) -> list[Ask]:
        """What was sent since this was asked the last time, oldest first."""
        found = self.all_sent()[self._seen :]
        self._seen += len(found)
        return found

    def asked(self, to: str, task: str) -> Ask:
        """The newest mail that asked somebody for this task (by its title, or that of its record)."""
        asking = [item for item in self.sent(to) if ASKS.match(item.subject)]
        title = task.partition("：")[2] or task
        found = []
        for item in asking:
            if item.points:
                found += [replace(item, point=number) for words, number in item.points.items() if title in words]
            elif task in item.subject or f"“{task}”" in item.text:
                found.append(item)
        assert found, f"{to} was not asked for {task}: {[item.subject for item in self.sent(to)]}"
        return found[-1]

    def confirmations(self, person: str) -> list[str]:
        """What was, or is to be, told somebody of his answers in his next mail, oldest first."""
        asked = "SELECT words FROM gathered WHERE occasion LIKE 'confirm:%' AND person = ? ORDER BY id"
        return [words for (words,) in self.office.ask(asked, person)]

    def open_tasks(self) -> list[tuple[str, str]]:
        """Names and people of the open tasks."""
        return [(a, b) for a, b in self.office.ask("SELECT name, person FROM tasks WHERE status = 'open' ORDER BY id")]

    def journal(self) -> list[str]:
        """The events of the journal, in order."""
        return [event for (event,) in self.office.ask("SELECT event FROM journal ORDER BY id")]


def parsed(received: Received) -> EmailMessage:
    """A received mail, read by the standard library."""
    mail = email.message_from_bytes(received.content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def answer(
    ask: Ask,
    words: str,
    *,
    sender: str = "",
    files: dict[str, bytes] | None = None,
    subject: str = "",
    thread: bool = True,
) -> bytes:
    """A reply as a Chinese mail program writes it: the words, then the mail it answers, quoted."""
    mail = EmailMessage()
    mail["Received"] = "from mx.firm.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"] = sender or ask.to
    mail["To"] = "service@firm.example"
    mail["Subject"] = subject or f"回复: {ask.subject}"
    mail["Message-ID"] = f"<answer{next(_numbers)}@firm.example>"
    if thread:
        mail["In-Reply-To"] = str(ask.mail["Message-ID"])
        mail["References"] = str(ask.mail["Message-ID"])
    if ask.point and words.strip():
        words = f"{ask.point} {words}"
    quoted = "\n".join(f"> {line}" for line in ask.text.splitlines())
    mail.set_content(
        f'{words}\n\n\n在 2026-03-02 09:30:00，"客服" <service@firm.example> 写道：\n{quoted}\n', cte="base64"
    )
    for name, content in (files or {}).items():
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def folder_of(path: Path) -> list[str]:
    """The files below a folder, by relative path."""
    return sorted(str(item.relative_to(path)) for item in path.rglob("*") if item.is_file())
