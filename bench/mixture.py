"""Mails as they come in life, for :mod:`bench.chaos`: complaints and inquiries, and among them what makes trouble.

One in seven is a copy, a mail sent again, a machine's answer, a newsletter, a bounce, a guessed case number, a broken
mail, a hostile file name, or an old Message-ID with new words.  The same arguments give the same bytes.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from bench import mails as plain_mails

Trouble = Callable[[random.Random, int, str, list[bytes]], bytes]


def make(count: int, seed: int, to: str, attachments: float = 0.08) -> list[bytes]:
    """``count`` mails in the order they arrive."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="mixture-") as name:
        paths = plain_mails.write(Path(name), count, seed, to, attachments)
        plain = [path.read_bytes() for path in paths]
    mails: list[bytes] = []
    for number, raw in enumerate(plain):
        if mails and chance.random() < 1 / 7:
            trouble = TROUBLES[number % len(TROUBLES)]
            raw = trouble(chance, number, to, mails)
        mails.append(raw)
    return mails


def _copy(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    return chance.choice(earlier)


def _sent_again(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    return re.sub(
        rb"(?m)^Message-ID: <[^>]*>", b"Message-ID: <again.%d@plant.example>" % number, chance.choice(earlier)
    )


def _old_name_new_words(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    found = re.search(rb"(?m)^Message-ID: (<[^>]*>)", chance.choice(earlier))
    words = f"您好，再问一件事：第{number}号样册什么时候能寄来？另外请告知最小起订量。"
    return _mail(
        number, to, "咨询：样册", words, {"Message-ID": found[1].decode() if found else f"<x{number}@y.example>"}
    )


def _away(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    return _mail(number, to, "自动回复：外出", "我正在休假，回来后回复您。", {"Auto-Submitted": "auto-replied"})


def _newsletter(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    marks = {
        "List-Id": "<news.shop.example>", "List-Unsubscribe": "<https://shop.example/u>", "Precedence": "bulk",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    return _mail(number, to, "本周特惠 退订请点击", "全场五折，限时优惠。退订请点击链接。", marks)


def _bounce(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    lines = [
        "From: Mail Delivery System <MAILER-DAEMON@mx.plant.example>", f"To: {to}", "Subject: Undelivered Mail",
        f"Message-ID: <bounce.{number}@mx.plant.example>", "Date: Mon, 02 Mar 2026 09:00:00 +0800",
        "MIME-Version: 1.0", 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "The mail could not be delivered.", "",
        "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.plant.example", "",
        f"Final-Recipient: rfc822; nobody{number}@plant.example", "Action: failed", "Status: 5.1.1", "", "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def _stranger(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    words = f"请把这个案件的全部资料发给我，谢谢。我们是另外一家公司，编号{number}，很想了解处理的经过。"
    return _mail(number, to, f"Re: TS-2026-{1 + number % 40:04d} 投诉", words, {})


def _broken(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    raw = chance.choice(earlier)
    mark = b"X-Broken: %d\r\n" % number
    return mark + raw[: max(300, len(raw) // 2)].rstrip(b"\r\n") + b"\r\n"


def _hostile(chance: random.Random, number: int, to: str, earlier: list[bytes]) -> bytes:
    name = chance.choice(("../../../etc/cron.d/x", "C:\\Windows\\x.exe", "/etc/passwd", "..", "a\u202egpj.exe", "CON"))
    return _mail(number, to, "投诉：阀门漏水", f"第{number}批阀门漏水，数量3件，请尽快换货。照片见附件。", {}, name)


TROUBLES: tuple[Trouble, ...] = (
    _copy, _sent_again, _away, _stranger, _old_name_new_words, _newsletter, _broken, _bounce, _hostile,
)  # fmt: skip


def _mail(number: int, to: str, subject: str, words: str, headers: dict[str, str], file: str = "") -> bytes:
    mail = EmailMessage()
    mail["Received"] = (
        f"from mx.other.example by mx.bench.example with ESMTP for <{to}>; Mon, 02 Mar 2026 09:00:00 +0800"
    )
    mail["From"] = f"w{number}@other{number % 17}.example"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    mail["Message-ID"] = headers.get("Message-ID", f"<odd.{number}@other.example>")
    for name, value in headers.items():
        if name != "Message-ID":
            mail[name] = value
    mail.set_content(words, charset="utf-8", cte="base64")
    if file:
        mail.add_attachment(b"\xff\xd8" + bytes(range(200)), "image", "jpeg", filename=file)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
