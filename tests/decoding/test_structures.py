"""Structures that programs and gateways really send: opened as mail programs open them, or said to be closed."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import base64
import binascii
import quopri
from urllib.parse import quote

import pytest
from asn1crypto import cms

from mailflow.decoding.addresses import address_items
from mailflow.decoding.calendars import read_calendar
from mailflow.decoding.header_dates import parse_date
from mailflow.stages.decode import decode
from tests.decoding.build import attachment, b64, entity, mail, multipart, part, text

LETTER = "贵司：离心泵机封漏水，共12台，请三天内更换，订单HY20261019，批号B260917。谢谢！"
INNER = entity(text(LETTER), attachment(b"%PDF", b'Content-Disposition: attachment; filename="report.pdf"'))


def signed(content: bytes) -> bytes:
    info = {"version": "v1", "digest_algorithms": [], "signer_infos": [],
            "encap_content_info": {"content_type": "data", "content": content}}  # fmt: skip
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(info)}).dump())


@pytest.mark.parametrize(
    "kind",
    [b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", b"application/x-pkcs7-mime; name=smime.p7m",
     b"application/pkcs7-mime", b"application/octet-stream; name=smime.p7m", b"application/octet-stream; name=\"Smime.P7M\"",
     b"application/octet-stream", b"application/octet-stream; name=noname.dat", b"application/pkcs7", b"application/cms",
     b"application/x-pkcs7-signature; name=x.dat"],
)  # fmt: skip
def test_an_opaque_signature_is_opened_without_a_key(kind: bytes) -> None:
    message = decode(mail(b64(signed(INNER)), b"Content-Type: " + kind, b"Content-Transfer-Encoding: base64"))
    assert message.new_text == LETTER
    assert [file.name for file in message.attachments] == ["report.pdf"]


PGP = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA0JuYW1l\n=abcd\n-----END PGP MESSAGE-----\n"
CLOSED = {
    "S/MIME by its label": mail(b64(b"0\x80junk"), b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
                                b"Content-Transfer-Encoding: base64"),
    "S/MIME with authentication": mail(b"x", b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data"),
    "S/MIME by its content": mail(
        b64(bytes.fromhex("301506092a864886f70d010703a00830060201003100") + b"\x31\x00"),
        b"Content-Type: application/x-pkcs7-mime", b"Content-Transfer-Encoding: base64"),
    "PGP/MIME": multipart(part(b"Version: 1", b"Content-Type: application/pgp-encrypted"),
                          part(PGP, b"Content-Type: application/octet-stream"), kind=b"encrypted"),
    "PGP in the text": mail(PGP),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSED)
def test_an_encrypted_mail_is_said_to_be_and_held(case: str) -> None:
    problems = decode(CLOSED[case]).problems
    assert any(problem.startswith("unreadable: encrypted") for problem in problems), problems


def test_a_signed_file_beside_a_letter_stays_a_file() -> None:
    file = part(b64(signed(INNER)), b"Content-Type: application/octet-stream; name=contract.dat",
                b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment")  # fmt: skip
    message = decode(multipart(part(b"see the file", b"Content-Type: text/plain"), file))
    assert message.new_text == "see the file"
    assert [found.name for found in message.attachments] == ["contract.dat"]


def test_words_beside_an_encrypted_block_are_read_and_the_block_is_told() -> None:
    message = decode(mail(b"Please replace 12 seals.\n\n" + PGP))
    assert message.new_text == "Please replace 12 seals."
    assert any(problem.startswith("encrypted") for problem in message.problems)


def test_damaged_s_mime_is_told_and_stays_as_a_file() -> None:
    message = decode(mail(b"not der", b"Content-Type: application/pkcs7-mime; name=smime.p7m"))
    assert message.attachments[0].name == "smime.p7m"
    assert any("S/MIME" in problem for problem in message.problems)


@pytest.mark.parametrize(
    "kind",
    [b'application/octet-stream; name="m.eml"', b'text/plain; name="m.eml"', b"application/eml", b"application/x-eml; name=m.eml",
     b'application/octet-stream; name="m"', b"message/rfc822"],
)  # fmt: skip
def test_an_attached_mail_is_opened_whatever_its_type_says(kind: bytes) -> None:
    inner = b"From: w@v.example\r\nTo: a@b.example\r\nSubject: leak\r\nDate: Tue, 10 Nov 2026 09:12:31 +0800\r\n\r\n12 seals leak"
    file = part(inner, b"Content-Type: " + kind, b"Content-Disposition: attachment")
    message = decode(multipart(text("请看附件"), file))
    assert [forwarded.new_text for forwarded in message.forwarded] == ["12 seals leak"]
    assert message.new_text == "请看附件"


@pytest.mark.parametrize("way", ["base64", "quoted-printable", "x-uuencode"])
def test_a_multipart_encoded_as_a_whole_is_opened(way: str) -> None:
    head, _, body = INNER.partition(b"\r\n\r\n")
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "x-uuencode": _uu}[way](body)
    raw = b"From: a@b.example\r\nContent-Transfer-Encoding: " + way.encode() + b"\r\n" + head + b"\r\n\r\n" + coded
    assert decode(raw).new_text == LETTER


def _uu(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 report.pdf\n" + b"".join(lines) + b"`\nend\n"


@pytest.mark.parametrize("around", ["{}", "see this\n{}", "{}\nregards", "a\n{}\nb", "{0}{0}"])
def test_a_uuencoded_file_in_the_text_is_a_file(around: str) -> None:
    message = decode(mail(around.format(_uu(b"%PDF" * 30).decode()).encode()))
    assert {file.content for file in message.attachments} == {b"%PDF" * 30}
    assert "begin 644" not in message.text


CODED = base64.encodebytes(LETTER.encode()).decode()


@pytest.mark.parametrize("way", ["7bit", "8bit", "binary", "base64", ""])
@pytest.mark.parametrize("trailer", ["", "\n____________________\nScanned by gateway, have a nice day!! (c)\n"])
def test_base64_nobody_declared_or_somebody_wrote_below_is_read(way: str, trailer: str) -> None:
    field = [f"Content-Transfer-Encoding: {way}".encode()] if way else []
    message = decode(mail((CODED + trailer).encode(), b"Content-Type: text/plain; charset=utf-8", *field))
    assert message.text.startswith(LETTER)


@pytest.mark.parametrize(
    "words", ["A" * 60, "0123456789" * 6, "Donaudampfschifffahrtsgesellschaftskapitaenskajuetenschluessel"]
)
def test_a_long_word_is_no_base64(words: str) -> None:
    assert decode(mail(words.encode())).text == words


def test_of_two_content_types_the_body_says_which() -> None:
    raw = multipart(text(LETTER), head=b"From: a@b.example\r\nContent-Type: text/plain\r\n")
    assert decode(raw).new_text == LETTER
    assert (
        decode(mail(b"hello", b"Content-Type: multipart/mixed; boundary=zz", b"Content-Type: text/plain")).text
        == "hello"
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Chen, Lin <c@x.example>", [("Chen, Lin", "c@x.example")]),
        ("Smith, John <j@x.example>, Lin <l@x.example>", [("Smith, John", "j@x.example"), ("Lin", "l@x.example")]),
        ("Chen Lin [mailto:c@x.example]", [("Chen Lin", "c@x.example")]),
        ("[mailto:c@x.example]", [("", "c@x.example")]),
        ("Chen <mailto:c@x.example>", [("Chen", "c@x.example")]),
        ("c@x.example [mailto:c@x.example]", [("", "c@x.example")]),
        ("a@x.example, b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Undisclosed recipients:;", []),
    ],
)
def test_addresses_as_people_and_programs_write_them(field: str, expected: list[tuple[str, str]]) -> None:
    assert list(address_items(field.encode())) == expected


@pytest.mark.parametrize(
    "value",
    ["Tue, 10 Nov 2026 09:12:31 +08:00", "Tue, 10 Nov 2026 9:12:31 AM +0800", "10 Nov 2026 01:12:31 GMT",
     "Tue, 10 Nov 2026 09:12:31 GMT+08:00", "Tue, 10 Nov 2026 09:12:31 GMT+8", "Tue, 10 Nov 2026 09:12:31 UTC+8",
     "周二, 10 11月 2026 09:12:31 +0800", "2026-11-10T09:12:31+08:00", "Mon, 9 Nov 2026 08:12:31 PM -0500"],
)  # fmt: skip
def test_a_date_keeps_its_zone(value: str) -> None:
    moment = parse_date(value)
    assert moment is not None
    assert moment.isoformat() == "2026-11-10T01:12:31+00:00"


@pytest.mark.parametrize(
    "name",
    [quote("质检报告.pdf"), quote("质检报告.pdf".encode("gbk")), "质检报告.pdf".encode().decode("cp1252"),
     "质检报告.pdf".encode("gbk").decode("latin-1"), "质检报告.pdf"],
)  # fmt: skip
def test_a_file_name_is_shown_as_mail_programs_show_it(name: str) -> None:
    coded = "=?utf-8?B?" + base64.b64encode(name.encode()).decode() + "?="
    file = attachment(b"%PDF", f'Content-Disposition: attachment; filename="{coded}"'.encode())
    assert decode(multipart(text("x"), file)).attachments[0].name == "质检报告.pdf"


@pytest.mark.parametrize("name", ["100%.pdf", "50% off.pdf", "Müller.pdf", "naïve café.pdf", "a%2.pdf"])
def test_an_ordinary_file_name_stays(name: str) -> None:
    coded = "=?utf-8?B?" + base64.b64encode(name.encode()).decode() + "?="
    file = attachment(b"%PDF", f'Content-Disposition: attachment; filename="{coded}"'.encode())
    assert decode(multipart(text("x"), file)).attachments[0].name == name


EVENT = "BEGIN:VCALENDAR\r\nMETHOD:{}\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=zh:漏水沟通\r\n 会\r\nDTSTART:20261112T060000Z\r\n" \
    "LOCATION:线上\\, 腾讯会议\r\nDESCRIPTION:讨论订单HY20261019\\n机封漏水\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"  # fmt: skip


def test_an_invitation_says_its_words() -> None:
    found = read_calendar(EVENT.format("REQUEST").encode())
    assert found.method == "REQUEST"
    assert found.words == "漏水沟通会\n讨论订单HY20261019\n机封漏水\n线上, 腾讯会议\nDTSTART: 20261112T060000Z"
    message = decode(mail(EVENT.format("REQUEST").encode(), b"Content-Type: text/calendar; charset=utf-8"))
    assert "讨论订单HY20261019" in message.new_text


def test_what_is_no_calendar_says_nothing() -> None:
    assert read_calendar(b"SUMMARY:x").words == ""
