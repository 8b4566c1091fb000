"""Files of a mail: their names, their contents, mails inside mails, winmail.dat."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import base64
import struct
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.decoding.file_names import MAX_BYTES, safe_name, unique_names
from mailflow.domain.model import Attachment
from mailflow.stages.decode import decode
from tests.decoding.build import attachment, b64, entity, multipart, part, text, word

PDF = b"%PDF-1.4 \x00\xff" * 40


def _files(*parts: bytes) -> tuple[Attachment, ...]:
    return decode(multipart(text("hello"), *parts)).attachments


@pytest.mark.parametrize(
    "fields",
    [
        [b"Content-Disposition: attachment; filename=" + '"报告.pdf"'.encode("gbk")],
        [b"Content-Disposition: attachment; filename=" + '"报告.pdf"'.encode()],
        [b'Content-Disposition: attachment; filename="' + word("报告.pdf", "gb2312") + b'"'],
        [b"Content-Disposition: attachment; filename=" + word("报告.pdf", "utf-8")],
        [b"Content-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf"],
        [b"Content-Disposition: attachment; filename*=gb2312'zh'%B1%A8%B8%E6.pdf"],
        [
            b"Content-Disposition: attachment;\r\n filename*0*=utf-8''%E6%8A%A5;\r\n filename*1*=%E5%91%8A;\r\n filename*2=.pdf"
        ],
        [b"Content-Disposition: attachment;\r\n filename*0*=gb2312''%B1%A8%B8;\r\n filename*1*=%E6.pdf"],
    ],
)
def test_a_chinese_file_name_is_read_in_every_spelling(fields: list[bytes]) -> None:
    (file,) = _files(attachment(PDF, *fields))
    assert (file.name, file.safe_name, file.content) == ("报告.pdf", "报告.pdf", PDF)


def test_the_name_of_the_content_type_serves_when_the_disposition_has_none() -> None:
    (file,) = _files(attachment(PDF, b"Content-Disposition: attachment", kind=b'application/pdf; name="a b.pdf"'))
    assert file.name == "a b.pdf"


def test_unnamed_parts_that_are_no_text_become_files() -> None:
    files = _files(attachment(PDF), attachment(b"\x89PNG", b"Content-ID: <logo@x>", kind=b"image/png"))
    assert [file.safe_name for file in files] == ["part-1.pdf", "part-2.png"]
    assert files[1].content_id == "logo@x"
    assert files[1].inline


def test_a_calendar_entry_becomes_a_file() -> None:
    (file,) = _files(part(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", b"Content-Type: text/calendar; method=REQUEST"))
    assert file.safe_name == "invite-1.ics"
    assert file.content.startswith(b"BEGIN:VCALENDAR")


def test_a_text_file_attached_is_a_file_and_not_the_letter() -> None:
    message = decode(multipart(text("hello"), part(b"log line", b"Content-Type: text/plain; name=a.log")))
    assert message.text == "hello"
    assert [file.name for file in message.attachments] == ["a.log"]


def test_quoted_printable_and_uuencoded_files_are_decoded() -> None:
    uu = b"begin 644 x\r\n%:&5L;&\\\r\n`\r\nend\r\n"
    files = _files(
        part(b"a=3Db=\r\nc", b"Content-Type: application/x-a", b"Content-Transfer-Encoding: quoted-printable"),
        part(uu, b"Content-Type: application/x-b", b"Content-Transfer-Encoding: x-uuencode"),
    )
    assert [file.content for file in files] == [b"a=bc", b"hello"]


def test_base64_of_joined_blocks_is_whole() -> None:
    body = b64(b"first part") + b64(b"second part")
    (file,) = _files(part(body, b"Content-Type: application/x-a", b"Content-Transfer-Encoding: base64"))
    assert file.content == b"first partsecond part"


def test_base64_cut_off_gives_what_is_there_and_says_so() -> None:
    coded = base64.b64encode(PDF)[:101]
    message = decode(
        multipart(text("x"), part(coded, b"Content-Type: application/pdf", b"Content-Transfer-Encoding: base64"))
    )
    assert message.attachments[0].content == PDF[:75]
    assert any("cut off" in problem for problem in message.problems)


# ------------------------------------------------------------------------------------------------- mails inside mails

INNER = b"From: inner@k.example\r\nSubject: =?gb2312?B?zcu79Q==?=\r\n\r\ninner words"


def test_a_forwarded_mail_stays_apart_as_a_file_and_is_decoded() -> None:
    inner = INNER.replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n")
    message = decode(multipart(text("outer words"), part(inner, b"Content-Type: message/rfc822")))
    assert message.text == "outer words"
    assert [file.safe_name for file in message.attachments] == ["mail-1.eml"]
    assert message.attachments[0].content == inner
    assert (message.forwarded[0].subject, message.forwarded[0].text) == ("退货", "inner words")


def test_a_forwarded_mail_in_base64_is_decoded_too() -> None:
    item = part(b64(INNER), b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64")
    message = decode(multipart(text("outer"), item))
    assert message.attachments[0].content == INNER
    assert message.forwarded[0].from_[0].address == "inner@k.example"


def test_files_of_a_forwarded_mail_belong_to_it() -> None:
    inner = INNER.split(b"\r\n\r\n")[0] + b"\r\n" + entity(text("in"), attachment(PDF), boundary=b"b1")
    message = decode(multipart(text("outer"), part(inner, b"Content-Type: message/rfc822")))
    assert len(message.attachments) == 1
    assert message.forwarded[0].attachments[0].content == PDF


def test_mails_inside_mails_are_opened_to_a_depth_and_kept_below() -> None:
    raw = INNER
    for number in range(12):
        boundary = b"n%d" % number
        head = b"Subject: level %d\r\n" % number
        raw = multipart(text("x"), part(raw, b"Content-Type: message/rfc822"), boundary=boundary, head=head)
    message = decode(raw)
    depth = 0
    while message.forwarded:
        message = message.forwarded[0]
        depth += 1
    assert 3 <= depth <= 10
    assert message.attachments[0].content
    assert any("left closed" in problem for problem in message.problems)


# ----------------------------------------------------------------------------------------------------- winmail.dat


def _tnef(name: bytes, content: bytes) -> bytes:
    def block(level: int, attribute: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, attribute, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + block(1, 0x9007, 6, struct.pack("<II", 936, 0))
        + block(2, 0x9002, 6, b"\x01\x00" + b"\x00" * 12)
        + block(2, 0x8010, 1, name + b"\x00")
        + block(2, 0x800F, 6, content)
    )


def test_winmail_dat_is_opened_and_its_gbk_names_read() -> None:
    data = _tnef("检测报告.pdf".encode("gbk"), PDF)
    files = _files(
        attachment(data, b'Content-Disposition: attachment; filename="winmail.dat"', kind=b"application/ms-tnef")
    )
    assert [(file.name, file.content) for file in files] == [("检测报告.pdf", PDF)]


@pytest.mark.parametrize("data", [b"\x78\x9f\x3e\x22", b"junk" * 50, _tnef(b"a.pdf", PDF)[:80]])
def test_a_damaged_winmail_dat_stays_a_file_and_says_so(data: bytes) -> None:
    message = decode(multipart(text("x"), attachment(data, kind=b'application/ms-tnef; name="winmail.dat"')))
    assert message.attachments[-1].name == "winmail.dat"
    assert message.attachments[-1].content == data
    assert any("winmail.dat" in problem for problem in message.problems)


# ------------------------------------------------------------------------------------------------------- safe names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("...hidden", "hidden"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.pdf", "_com1.pdf"),
        ("console.txt", "console.txt"),
        ("报告 (终稿).pdf", "报告 (终稿).pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nb\x00.txt", "a b.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("trailing. . ", "trailing"),
        ("", "attachment.bin"),
        ("///", "attachment.bin"),
        ("..", "attachment.bin"),
    ],
)
def test_a_safe_name_is_one_harmless_component(name: str, expected: str) -> None:
    assert safe_name(name) == expected


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    name = safe_name("长" * 200 + ".xlsx")
    assert name.endswith("长.xlsx")
    assert len(name.encode()) <= MAX_BYTES


def test_names_are_unique_whatever_their_case() -> None:
    assert unique_names(["a.pdf", "A.PDF", "a.pdf", "a (2).pdf"]) == [
        "a.pdf",
        "A (2).PDF",
        "a (3).pdf",
        "a (2) (2).pdf",
    ]


@given(st.lists(st.text(max_size=150), max_size=8))
def test_any_names_become_safe_and_unique(names: list[str]) -> None:
    safe = unique_names(safe_name(name) for name in names)
    assert len({name.casefold() for name in safe}) == len(names)
    for name in safe:
        assert name
        assert len(name.encode("utf-8")) <= MAX_BYTES
        assert PurePosixPath(name).name == name
        assert not set(name) & set('<>:"/\\|?*')
        assert name[0] != "."
        assert name[-1] not in ". "
        assert name.isprintable()
