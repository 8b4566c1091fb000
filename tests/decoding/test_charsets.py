"""Chinese charset trouble as it arrives: every case must come out right, in headers and in bodies."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import base64

import pytest

from mailflow.decoding.charsets import decode_text
from mailflow.stages.decode import decode
from tests.decoding.build import b64, mail, word

LETTER = "您好，贵司5月发来的轴承有6只异响，请尽快安排退换货。谢谢！"
TRADITIONAL = "您好，貴司上個月出貨的軸承有六只異響，請盡快安排退換貨。謝謝！"


def _subject(raw: bytes) -> str:
    return decode(b"From: a@b.example\r\nSubject: " + raw + b"\r\n\r\nx").subject


def _body(data: bytes, *fields: bytes) -> str:
    return decode(mail(data, *fields)).text.strip()


SUBJECTS = {
    "gb2312 that is gb2312": (word("关于退货的问题", "gb2312"), "关于退货的问题"),
    "gb2312 holding a GBK character": (word("投诉：陶喆·朱镕", "gbk", "gb2312"), "投诉：陶喆·朱镕"),
    "gb2312 holding a GB18030 character": (word("龑先生的€退款", "gb18030", "gb2312"), "龑先生的€退款"),
    "x-gbk": (word("催办：订单延误", "gbk", "x-gbk"), "催办：订单延误"),
    "cp936": (word("催办：订单延误", "gbk", "cp936"), "催办：订单延误"),
    "windows-936": (word("催办：订单延误", "gbk", "windows-936"), "催办：订单延误"),
    "raw 8-bit GBK": ("投诉：货物破损".encode("gbk"), "投诉：货物破损"),
    "raw 8-bit GBK, two characters": ("退货".encode("gbk"), "退货"),
    "raw 8-bit UTF-8": ("投诉：货物破损".encode(), "投诉：货物破损"),
    "raw 8-bit Big5": ("投訴：貨物破損，請處理".encode("big5"), "投訴：貨物破損，請處理"),
    "big5": (word("關於退貨的問題", "big5"), "關於退貨的問題"),
    "big5 holding a HKSCS character": (word("深水埗嘅貨", "big5hkscs", "big5"), "深水埗嘅貨"),
    "utf-8 labelled gb2312": (word("关于退货的问题", "utf-8", "gb2312"), "关于退货的问题"),
    "gbk labelled utf-8": (word("关于退货的问题", "gbk", "utf-8"), "关于退货的问题"),
    "gbk labelled iso-8859-1": (word("关于退货的问题", "gbk", "iso-8859-1"), "关于退货的问题"),
    "gbk labelled us-ascii": (word("关于退货的问题", "gbk", "us-ascii"), "关于退货的问题"),
    "unknown label": (word("关于退货的问题", "gbk", "x-nonsense"), "关于退货的问题"),
    "real latin-1": (b"=?iso-8859-1?Q?M=FCller_stra=DFe?=", "Müller straße"),
    "raw latin-1": ("Größe geändert für Müller".encode("latin-1"), "Größe geändert für Müller"),
    "hz": (b"=?hz-gb-2312?Q?~{<s:X=;Q7~}?=", b"~{<s:X=;Q7~}".decode("hz")),
    "iso-2022-jp": (word("商品の交換について", "iso-2022-jp"), "商品の交換について"),
    "utf-7": (b"=?utf-7?Q?+kACNJw-?=", "退货"),
    "quoted-printable Chinese": (b"=?gb2312?Q?=CD=CB=BB=F5?=", "退货"),
    "Q word with a space inside": (b"=?utf-8?Q?=E9=80=80 =E8=B4=A7?=", "退 货"),
}


@pytest.mark.parametrize("case", SUBJECTS, ids=str)
def test_a_subject_is_read_whatever_its_label_says(case: str) -> None:
    raw, expected = SUBJECTS[case]
    assert _subject(raw) == expected


def test_a_character_split_over_two_words_is_joined() -> None:
    data = "退货问题".encode("gbk")
    words = [b"=?gb2312?B?" + base64.b64encode(piece) + b"?=" for piece in (data[:3], data[3:])]
    assert _subject(b"\r\n ".join(words)) == "退货问题"


def test_a_base64_quad_split_over_two_words_is_joined() -> None:
    coded = base64.b64encode("退货问题".encode())
    assert _subject(b"=?utf-8?B?" + coded[:6] + b"?= =?utf-8?B?" + coded[6:] + b"?=") == "退货问题"


def test_missing_padding_is_repaired() -> None:
    assert _subject(b"=?utf-8?B?" + base64.b64encode("退货了".encode() + b"!").rstrip(b"=") + b"?=") == "退货了!"


def test_words_and_plain_text_keep_their_blanks() -> None:
    assert _subject(b"Re: =?utf-8?B?6YCA6LSn?= PO-1 =?utf-8?Q?ok?=") == "Re: 退货 PO-1 ok"


def test_a_line_break_inside_a_word_never_reaches_the_subject() -> None:
    assert _subject(word("退货\r\nBcc: x@evil.example", "utf-8")) == "退货 Bcc: x@evil.example"


BODIES = {
    "gb2312 beyond the set": (
        LETTER.replace("轴承", "喆镕龑").encode("gb18030"),
        "gb2312",
        LETTER.replace("轴承", "喆镕龑"),
    ),
    "gbk": (LETTER.encode("gbk"), "gbk", LETTER),
    "x-gbk": (LETTER.encode("gbk"), "x-gbk", LETTER),
    "windows-936": (LETTER.encode("gbk"), "windows-936", LETTER),
    "gb18030": (LETTER.encode("gb18030"), "gb18030", LETTER),
    "big5": (TRADITIONAL.encode("big5"), "big5", TRADITIONAL),
    "big5 labelled gb2312": (TRADITIONAL.encode("big5"), "gb2312", TRADITIONAL),
    "utf-8 labelled gb2312": (LETTER.encode(), "gb2312", LETTER),
    "utf-8 labelled iso-8859-1": (LETTER.encode(), "iso-8859-1", LETTER),
    "gbk labelled utf-8": (LETTER.encode("gbk"), "utf-8", LETTER),
    "gbk labelled iso-8859-1": (LETTER.encode("gbk"), "iso-8859-1", LETTER),
    "gbk labelled windows-1252": (LETTER.encode("gbk"), "windows-1252", LETTER),
    "utf-8 with a BOM": (b"\xef\xbb\xbf" + LETTER.encode(), "gbk", LETTER),
    "utf-16": (LETTER.encode("utf-16"), "utf-16", LETTER),
    "hz": (LETTER.encode("hz"), "hz-gb-2312", LETTER),
    "utf-7": (LETTER.encode("utf-7"), "utf-7", LETTER),
    "unknown label": (LETTER.encode("gbk"), "x-unknown-charset", LETTER),
    "euro in code page 936": ("退款".encode("gbk") + b"\x80" + b"100", "gbk", "退款€100"),
    "latin-1": ("Die Maße stimmen nicht, Grüße".encode("latin-1"), "iso-8859-1", "Die Maße stimmen nicht, Grüße"),
    "windows-1252 quotes": ("it’s “broken”".encode("cp1252"), "iso-8859-1", "it’s “broken”"),
    "russian": ("Подшипник сломан".encode("koi8-r"), "koi8-r", "Подшипник сломан"),
    "shift-jis": ("ベアリングが壊れました".encode("shift-jis"), "shift_jis", "ベアリングが壊れました"),
    "korean": ("베어링 고장 신고합니다".encode("euc-kr"), "ks_c_5601-1987", "베어링 고장 신고합니다"),
}


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_a_body_is_read_whatever_its_label_says(case: str) -> None:
    data, label, expected = BODIES[case]
    field = b"Content-Type: text/plain; charset=" + label.encode()
    assert _body(b64(data), field, b"Content-Transfer-Encoding: base64") == expected


@pytest.mark.parametrize("charset", ["gbk", "utf-8", "big5"])
def test_a_body_without_any_label_is_read(charset: str) -> None:
    letter = TRADITIONAL if charset == "big5" else LETTER
    message = decode(mail(letter.encode(charset)))
    assert message.text == letter
    assert any("not declared" in problem for problem in message.problems)


def test_iso_2022_cn_is_read_although_python_has_no_codec() -> None:
    data = b"\x1b$)A\x0e" + bytes(byte & 0x7F for byte in "退货".encode("gb2312")) + b"\x0f OK"
    assert decode_text(data, "iso-2022-cn")[0] == "退货 OK"


def test_a_contradicted_label_is_named_as_a_problem() -> None:
    message = decode(mail(LETTER.encode(), b"Content-Type: text/plain; charset=gb2312"))
    assert message.charset == "utf-8"
    assert "charset: declared as gb2312, read as utf-8" in message.problems


def test_damaged_text_is_read_as_far_as_possible_and_says_so() -> None:
    data = LETTER.encode() + b"\xe9\x80"
    text, charset, problem = decode_text(data, "utf-8")
    assert text.startswith(LETTER)
    assert charset == "utf-8"
    assert "damaged" in problem


def test_html_without_a_label_says_its_charset_itself() -> None:
    html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><body>退货</body></html>'
    assert _body(html.encode("gbk"), b"Content-Type: text/html") == "退货"


@pytest.mark.parametrize(
    "label", ["idna", "undefined", "base64", "zlib", "unicode_escape", "rot13", "", "\x00", "a" * 500]
)
def test_labels_that_are_no_charset_are_taken_for_none(label: str) -> None:
    for codec in ("utf-8", "gb18030"):
        assert decode_text(LETTER.encode(codec), label)[:2] == (LETTER, codec)
