"""Mails of customers and machines for the tests of the whole flow."""

from __future__ import annotations

import itertools
from email.message import EmailMessage

_numbers = itertools.count(1)

COMPLAINT = "我司收到的球阀有五件漏水，订单号：DD20260301008，批号：B2603-01，请尽快换货。联系人：王强 13800001234"


def letter(
    words: str = COMPLAINT,
    *,
    subject: str = "投诉：球阀漏水",
    sender: str = "",
    message_id: str = "",
    headers: dict[str, str] | None = None,
    files: dict[str, bytes] | None = None,
) -> bytes:
    """A customer's mail; what is not given is new for each."""
    number = next(_numbers)
    mail = EmailMessage()
    mail["Received"] = "from mx.plant.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0800"
    mail["From"] = sender or f"wang{number}@plant{number}.example"
    mail["To"] = "service@firm.example"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    mail["Message-ID"] = message_id or f"<{number}.test@plant.example>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(words, charset="utf-8", cte="base64")
    for name, content in (files or {}).items():
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def complaint(number: int) -> bytes:
    """A complaint unlike the others, and not by its numbers alone: the same words from many are a storm."""
    shop = "甲乙丙丁戊己庚辛壬癸"[number // 12 % 10] + "子丑寅卯辰巳午未申酉戌亥"[number % 12]
    order = f"DD2026030{number:04d}"
    words = f"我司{shop}车间收到的第{number}批离心泵有三台漏水，订单号：{order}，请尽快派人处理。联系人：李明"
    return letter(words, subject=f"投诉：离心泵漏水 {number}", sender=f"li{number}@works{number}.example")


def answer_of(raw: bytes) -> str:
    """The Message-ID of one of our mails, as a customer's program would quote it."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    return next(line for line in head.split("\r\n") if line.lower().startswith("message-id:")).partition(":")[2].strip()
