"""Mails to measure with: ``python -m bench.mails OUT --count 500 --seed 1``; the same arguments give the same bytes.

Chinese complaints and inquiries with an order number, a product, a batch, a phone; some with an attachment, some that
answer an earlier one; UTF-8, GBK and GB18030; base64 and quoted-printable.
"""

from __future__ import annotations

import argparse
import random
from datetime import datetime, timedelta, timezone
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

ZONE = timezone(timedelta(hours=8))
FAMILY, GIVEN = "赵钱孙周吴郑冯陈褚卫蒋沈韩杨", "明华丽强敏静伟涛艳军杰娟"
GOODS = ("离心泵", "球阀", "轴承", "电缆", "纸箱", "控制板")
TROUBLE = ("漏水严重", "尺寸超差", "运行异响", "表面划伤", "少发两箱", "标签错误", "包装破损")
WANTED = ("请尽快换货", "要求退货并承担运费", "请派人到现场处理", "请提供8D报告", "请补发短少部分")


def write(folder: Path, count: int, seed: int, to: str, attachments: float = 0.2) -> list[Path]:
    """Write the mails and return their paths, in order."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    earlier: list[tuple[str, str, str, str]] = []
    paths = []
    for number in range(count):
        mail = _mail(chance, number, seed, to, attachments, earlier)
        path = folder / f"{number:06d}.eml"
        path.write_bytes(mail)
        paths.append(path)
    return paths


def _mail(
    chance: random.Random, number: int, seed: int, to: str, share: float, earlier: list[tuple[str, str, str, str]]
) -> bytes:
    when = datetime(2026, 3, 2, 8, tzinfo=ZONE) + timedelta(minutes=5 * number)
    answers = bool(earlier) and chance.random() < 0.15
    if answers:
        name, address, subject, answered = chance.choice(earlier)
        subject = f"回复：{subject}"
    else:
        who = chance.randrange(300)
        name, address = FAMILY[who % len(FAMILY)] + GIVEN[who % len(GIVEN)], f"c{seed}x{who}@plant{who % 90}.example"
        subject, answered = "", ""
    goods, order = chance.choice(GOODS), f"DD{when:%Y%m%d}{number:05d}"
    complaint = chance.random() < 0.6
    subject = subject or (
        f"投诉：{goods}{chance.choice(TROUBLE)}，订单{order}" if complaint else f"咨询：{goods}的参数"
    )
    said = [f"您好！我司在贵司购买的{goods}，订单号：{order}，批号：B{when:%y%m}-{chance.randrange(99):02d}。"]
    said += [
        f"到货后发现{chance.choice(TROUBLE)}，数量{chance.randrange(1, 90)}件。{chance.choice(WANTED)}。"
    ] * complaint
    said += [f"请问{goods}的技术参数和交期？"] * (not complaint)
    said += [f"\n联系人：{name}\n电话：138{chance.randrange(10**8):08d}\n"]
    charset = chance.choice(("utf-8", "gbk", "gb18030"))
    mail = EmailMessage()
    mail["Received"] = f"from mx.plant.example by mx.bench.example with ESMTP for <{to}>; {format_datetime(when)}"
    mail["From"] = f"{Header(name, charset).encode()} <{address}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = f"<{seed}.{number}@plant.example>"
    if answered:
        mail["In-Reply-To"] = answered
    mail.set_content("\n".join(said), charset=charset, cte=chance.choice(("base64", "quoted-printable")))
    if chance.random() < share:
        mail.add_attachment(
            chance.randbytes(chance.randrange(80_000, 600_000)), "image", "jpeg", filename="现场照片.jpg"
        )
    if not answers:
        earlier.append((name, address, subject, mail["Message-ID"]))
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", default="service@bench.example")
    options = parser.parse_args()
    print(len(write(options.out, options.count, options.seed, options.to)), "mails in", options.out)
