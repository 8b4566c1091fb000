"""The people of the benches: a staff file with somebody in every role, and how they answer what they are asked."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from email.message import EmailMessage
from pathlib import Path

from tests.flow.robots import usual
from tests.flow.staffed import STAFF, Ask

DOMAIN = "bench.example"
FIRST_ASK = re.compile(r"^(?:\[[^\]]+\] )?(?:【紧急】)?(请签字|请办理)")


def employ(home: Path) -> None:
    """Give a home of the benches its staff."""
    (home / "rules" / "staff.yaml").write_text(STAFF.replace("firm.example", DOMAIN), "utf-8")


def read(raw: bytes) -> Ask:
    """A mail as somebody got it."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return Ask(mail, str(mail["To"].addresses[0].addr_spec).lower())


def is_asked(ask: Ask) -> bool:
    """Is this the mail that asks for a signature or for work (not a reminder of it)?"""
    return "〔MF-" in ask.subject and FIRST_ASK.match(ask.subject) is not None


def answer(ask: Ask, to: str, words: str = "", again: int = 0) -> bytes:
    """The reply a mail program makes of an obliging colleague's words; the same arguments give the same bytes."""
    key = hashlib.sha256(f"{ask.mail['Message-ID']} {again}".encode()).hexdigest()[:24]
    mail = EmailMessage()
    mail["Received"] = f"from mx.{DOMAIN} by mx.{DOMAIN} with ESMTP id {key}; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"] = ask.to
    mail["To"] = to
    mail["Subject"] = f"回复: {ask.subject}"
    mail["Message-ID"] = f"<{key}@{DOMAIN}>"
    mail["In-Reply-To"] = mail["References"] = str(ask.mail["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in ask.text.splitlines())
    text = f'{words or usual(ask)}\n\n\n在 2026-03-02 09:30:00，"客服" <{to}> 写道：\n{quoted}\n'
    mail.set_content(text, charset="utf-8", cte="base64")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
