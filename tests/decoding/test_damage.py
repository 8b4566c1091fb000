"""One byte of a letter was lost, changed or put in between: that place is marked, all the rest is read."""

from __future__ import annotations

import base64
import random
import re

import pytest
from opencc import OpenCC

from mailflow.decoding.charsets import decode_text
from mailflow.stages.decode import decode

GOODS = "离心泵 轴承 控制柜 减速机 电磁阀 输送带 变压器 水表 螺杆压缩机 温控器".split()
TROUBLE = "机封漏水 异响严重 无法启动 表面划伤 尺寸超差 包装破损 接线错误 绝缘不合格".split()
TRADITIONAL = OpenCC("s2tw")


def letters(count: int, *, traditional: bool = False) -> list[str]:
    chosen = random.Random(20261110)
    out = []
    for number in range(count):
        goods, trouble = chosen.choice(GOODS), chosen.choice(TROUBLE)
        text = (
            f"贵司：\n我司订单 HY2026{number:04} 采购的{goods}到货后发现{trouble}，共 {chosen.randint(2, 90)} 台，"
            f"批号 B{number:06}。\n请三天内派人处理并更换，仓库长王复检后报厂门。谢谢！\n采购部 李明\n"
        )
        out.append(TRADITIONAL.convert(text) if traditional else text)
    return out


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def lost(text: str, read: str) -> int:
    """How many characters beyond ASCII lie between what both begin with and what both end with."""
    text, read = (re.sub(r"[\x00-\x7f]", "", each) for each in (text, read))
    ahead = _shared(text, read)
    behind = _shared(text[ahead:][::-1], read[ahead:][::-1])
    return len(text) - ahead - behind


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "big5", "utf-8"])
@pytest.mark.parametrize("way", ["changed", "lost", "added"])
def test_one_byte_anywhere_costs_that_place_and_no_more(charset: str, way: str) -> None:
    chosen = random.Random(7)
    costs = []
    for text in letters(40, traditional=charset == "big5"):
        data = text.encode(charset)
        for _ in range(25):
            place = chosen.randrange(len(data))
            put = bytes([chosen.randrange(256)])
            broken = data[:place] + {"changed": put, "lost": b"", "added": put + data[place : place + 1]}[way]
            broken += data[place + 1 :]
            read, codec, _ = decode_text(broken, "gb2312" if charset == "gbk" else charset)
            assert codec in (charset, {"gbk": "gb18030", "big5": "big5hkscs"}.get(charset)), (codec, read)
            costs.append(lost(text, read))
    assert max(costs) <= 8
    assert sum(cost > 3 for cost in costs) <= (
        30 if charset == "big5" else 10
    )  # of a thousand: characters as usual as the right ones


JAPANESE = "注文番号 JP-20261001 のポンプ3台に水漏れがあります。交換をお願いします。"
VENDOR = {
    "㈱": b"\x1b$B-j\x1b(B",
    "①": b"\x1b$B-!\x1b(B",
    "Ⅲ": b"\x1b$B-7\x1b(B",
    "ﾎﾟﾝﾌﾟ": b"\x1b(I\x4e\x5f\x5d\x4c\x5f\x1b(B",
    "ﾎﾟﾝ": b"\x0e\x4e\x5f\x5d\x0f",
    "髙": b"\x1b$B|b\x1b(B",
}


@pytest.mark.parametrize("sign", VENDOR)
@pytest.mark.parametrize("label", ["iso-2022-jp", "ISO-2022-JP-MS", "cp50221"])
def test_a_vendors_sign_does_not_spoil_a_japanese_letter(sign: str, label: str) -> None:
    text, _, problem = decode_text(VENDOR[sign] + JAPANESE.encode("iso-2022-jp") + b"\n" + VENDOR[sign], label)
    assert (text, problem) == (f"{sign}{JAPANESE}\n{sign}", "")


def test_a_pair_that_is_no_character_is_marked_and_the_rest_is_read() -> None:
    text, _, problem = decode_text(b'\x1b$B\x7e\x7e$"$$\x1b(B ok', "iso-2022-jp")
    assert text.replace("\ufffd", "") == "あい ok"
    assert "damaged" in problem


FOOTERS = [
    "免责声明：本邮件仅供收件人使用。",
    "— Sent via gateway ®",
    "此邮件已经过安全网关检查，请放心打开",
    "“Müller” ™ scanned",
    "来自外部的邮件，谨慎点击链接",
]


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("charset", ["gb2312", "big5", "shift_jis"])
def test_a_footer_in_utf_8_leaves_the_letter_whole(charset: str, footer: str) -> None:
    text = {
        "big5": "貴司：離心泵機封漏水，請更換。",
        "shift_jis": "ポンプに水漏れがあります。交換をお願いします。",
    }.get(charset, "贵司：离心泵机封漏水，请更换。")
    read, _, problem = decode_text(f"{text}\n".encode(charset) + f"{footer}\n".encode(), charset)
    assert read == f"{text}\n{footer}\n"
    assert problem


def test_a_footer_in_gbk_below_utf_8_is_read_as_well() -> None:
    letter = "贵司：离心泵机封漏水，请三天内更换，订单见附件，谢谢。\n"
    footer = "本邮件可能含有保密信息\n"
    assert decode_text(letter.encode() + footer.encode("gbk"), "utf-8")[0] == letter + footer


LETTER = "贵司：离心泵到货后发现机封漏水，共12台，请三天内派人处理并更换。"


@pytest.mark.parametrize("between", [b" ", b"\n", b"\r\n ", b"!\r\n", b"="])
@pytest.mark.parametrize(("charset", "text"), [("gb2312", LETTER), ("big5", OpenCC("s2tw").convert(LETTER))])
def test_what_a_server_puts_inside_a_character_damages_that_character_alone(
    charset: str, text: str, between: bytes
) -> None:
    data = text.encode(charset)
    for place in (1, 9, 21, 41):
        if data[:place].decode(charset, "ignore").encode(charset) == data[:place]:
            place += 1
        read = decode_text(data[:place] + between + data[place:], charset)[0]
        assert lost(text, read) <= 4
        assert read.endswith(text[-8:])


def test_what_was_cut_in_headers_is_marked_and_told() -> None:
    words = [
        base64.b64encode("离心泵机封漏水请更换".encode("gbk")[:19]),
        base64.b64encode("质检报告.pdf".encode("gbk")[:7]),
    ]
    message = decode(
        b"From: =?gb2312?B?" + base64.b64encode("陈琳".encode("gbk")[:3]) + b"?= <a@b.example>\r\nSubject: =?gb2312?B?"
        + words[0] + b"?=\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"=?gb2312?B?"
        + words[1] + b"?=.pdf\"\r\n\r\n%PDF"
    )  # fmt: skip
    assert message.subject == "离心泵机封漏水请更\ufffd"
    assert message.attachments[0].name == "质检报\ufffd.pdf"
    assert message.from_[0].name == "陈\ufffd"
    told = " ".join(message.problems)
    for word in ("subject", "from", "质检报"):
        assert word in told


OTHERS = {
    "French under a Chinese label": (
        "Le produit livré est cassé, échangez-le à vos frais, s'il vous plaît",
        "cp1252",
        "gb2312",
    ),
    "German under a Chinese label": ("Größe geändert für Müller, bitte prüfen", "cp1252", "big5"),
    "French without a label": ("Le produit livré est cassé, à échanger", "cp1252", ""),
}


@pytest.mark.parametrize("case", OTHERS)
def test_latin_text_stays_latin(case: str) -> None:
    text, charset, label = OTHERS[case]
    assert decode_text(text.encode(charset), label)[0] == text


def test_rare_names_are_no_damage() -> None:
    for text in ("龑䶮先生您好", "犇骉公司", "黄翀、闫妍、亓珺、逄锦聚", "朱镕、陶喆、赵旻旻", "翟犇犇 13800138000"):
        assert decode_text(text.encode("gb18030"), "gb2312") == (text, "gb18030", "")
