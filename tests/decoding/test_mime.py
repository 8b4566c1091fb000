"""Broken structure is salvaged with a word in ``problems``; limits end in problems, never in exceptions."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.domain.model import Message
from mailflow.stages.decode import decode
from tests.decoding.build import HEAD, attachment, b64, entity, mail, multipart, part, text
from tests.growth import grows_with_its_input

ALTERNATIVE = [
    part(b"plain words", b"Content-Type: text/plain"),
    part(b"<p>html words</p>", b"Content-Type: text/html"),
]


def _problem(message: Message, word: str) -> bool:
    return any(word in problem for problem in message.problems)


def test_plain_and_html_are_one_letter() -> None:
    message = decode(multipart(*ALTERNATIVE, kind=b"alternative"))
    assert (message.text, message.html) == ("plain words", "<p>html words</p>")
    assert message.attachments == ()


def test_html_is_the_letter_when_the_plain_reading_is_empty() -> None:
    message = decode(multipart(part(b"  \r\n", b"Content-Type: text/plain"), ALTERNATIVE[1], kind=b"alternative"))
    assert message.text == "html words"


def test_html_is_the_letter_when_the_plain_reading_is_a_stub() -> None:
    stub = part(b"Your mail client does not support HTML.", b"Content-Type: text/plain")
    html = part(b"<p>" + b"The valve leaks again and again. " * 9 + b"</p>", b"Content-Type: text/html")
    assert decode(multipart(stub, html, kind=b"alternative")).text.startswith("The valve leaks")


def test_several_text_parts_are_all_in_the_letter() -> None:
    assert decode(multipart(text("one"), attachment(b"x"), text("two"))).text == "one\n\ntwo"


def test_an_alternative_inside_mixed_keeps_its_files() -> None:
    inner = entity(*ALTERNATIVE, kind=b"alternative", boundary=b"b1")
    message = decode(multipart(inner, attachment(b"PDF")))
    assert message.text == "plain words"
    assert [file.content for file in message.attachments] == [b"PDF"]


def test_a_wrong_boundary_is_found_in_the_body() -> None:
    raw = multipart(text("hello"), attachment(b"PDF")).replace(b'boundary="b0"', b'boundary="other"')
    message = decode(raw)
    assert message.text == "hello"
    assert message.attachments[0].content == b"PDF"
    assert _problem(message, "boundary missing or wrong")


def test_a_missing_boundary_parameter_is_found_in_the_body() -> None:
    message = decode(multipart(text("hello"), text("again")).replace(b'; boundary="b0"', b""))
    assert message.text == "hello\n\nagain"


def test_a_missing_closing_boundary_loses_nothing() -> None:
    message = decode(multipart(text("hello"), attachment(b"PDF"), end=b""))
    assert message.attachments[0].content == b"PDF"
    assert _problem(message, "closing boundary missing")


def test_parts_behind_a_premature_end_are_read() -> None:
    message = decode(multipart(text("hello")) + b"--b0\r\n" + attachment(b"PDF") + b"\r\n--b0--\r\n")
    assert [file.content for file in message.attachments] == [b"PDF"]


def test_a_multipart_without_any_part_is_text() -> None:
    message = decode(HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\njust words')
    assert message.text == "just words"
    assert _problem(message, "multipart without parts")


def test_a_boundary_that_begins_like_another_is_told_apart() -> None:
    inner = entity(*ALTERNATIVE, kind=b"alternative", boundary=b"b0b")
    assert decode(multipart(inner, text("tail"))).text == "plain words\n\ntail"


def test_doubled_carriage_returns_are_repaired() -> None:
    message = decode(multipart(text("hello\r\nworld"), attachment(b"PDF")).replace(b"\r\n", b"\r\r\n"))
    assert message.text == "hello\nworld"
    assert message.attachments[0].content == b"PDF"


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_other_line_ends_are_read(line_end: bytes) -> None:
    message = decode(multipart(text("hello"), attachment(b"PDF")).replace(b"\r\n", line_end))
    assert message.text == "hello"
    assert message.attachments[0].content == b"PDF"


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\x00" * 100, b"   \n \n"])
def test_nothing_to_read_is_said(raw: bytes) -> None:
    assert any(problem.startswith("unreadable:") for problem in decode(raw).problems)


def test_an_empty_letter_with_a_subject_is_no_trouble() -> None:
    message = decode(mail(b""))
    assert (message.text, message.problems) == ("", ())


def test_an_empty_letter_with_an_odd_header_is_no_trouble() -> None:
    assert not _problem(decode(b"Subject: a\r\nSubject: b\r\n\r\n"), "unreadable")


def test_html_past_the_limit_is_held() -> None:
    message = decode(mail(b"<p>word</p>" * 300_000, b"Content-Type: text/html"))
    assert _problem(message, "unreadable: HTML longer")


def test_what_claims_base64_and_is_not_is_taken_as_it_is() -> None:
    message = decode(mail("您好，这不是编码。请看一下".encode(), b"Content-Transfer-Encoding: base64"))
    assert message.text == "您好，这不是编码。请看一下"


def test_flowed_text_is_joined() -> None:
    message = decode(mail(b"one \r\ntwo\r\n> q1 \r\n> q2\r\n-- \r\nme", b"Content-Type: text/plain; format=flowed"))
    assert message.text.split("\n")[:2] == ["one two", "> q1 q2"]


# ---------------------------------------------------------------------------------------------------------- limits


def nested(depth: int) -> bytes:
    opening = b'Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n'
    return HEAD + b"".join(opening % (number, number) for number in range(depth)) + b"\r\nword"


def test_thousands_of_nested_multiparts_are_held() -> None:
    assert any(problem.startswith("unreadable:") for problem in decode(nested(3000)).problems)
    assert grows_with_its_input(decode, nested, 1000)


def test_too_many_parts_are_held() -> None:
    message = decode(multipart(*[text("x")] * 1500))
    assert any(problem.startswith("unreadable:") and "parts" in problem for problem in message.problems)


MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"

HOSTILE: Mapping[str, Callable[[int], bytes]] = {
    "subject of a megabyte": lambda n: b"Subject: " + b"A" * (1000 * n) + b"\r\n\r\nx",
    "subject of encoded words": lambda n: b"Subject: " + b"=?utf-8?B?6YCA?= " * (60 * n) + b"\r\n\r\nx",
    "subject of half encoded words": lambda n: b"Subject: " + b"=?utf-8?B?" * (100 * n) + b"\r\n\r\nx",
    "subject of question marks": lambda n: b"Subject: =?utf-8?Q?" + b"?" * (1000 * n) + b"\r\n\r\nx",
    "addresses of brackets": lambda n: b"To: " + b"<" * (500 * n) + b"\r\n\r\nx",
    "addresses of quotes": lambda n: b"To: " + b'"\\' * (500 * n) + b"\r\n\r\nx",
    "addresses of comments": lambda n: b"To: " + b"(" * (500 * n) + b"\r\n\r\nx",
    "one line": lambda n: mail(b"word " * (200 * n)),
    "one line without blanks": lambda n: mail(b"A" * (1000 * n)),
    "one line of arrows": lambda n: mail(b">" * (1000 * n)),
    "one line of dashes": lambda n: mail(b"-" * (1000 * n)),
    "many lines of arrows": lambda n: mail(b"> x\r\n" * (200 * n)),
    "many lines of colons": lambda n: mail(b"From: x\r\n" * (100 * n)),
    "many attributions": lambda n: mail(b"On 1 Jan 2026, a <a@b.example> wrote:\r\n" * (20 * n)),
    "many dates": lambda n: mail(b"On 2026-01-01 10:00 " * (50 * n)),
    "many addresses": lambda n: mail(b"a@b.example <a@b.example> " * (40 * n)),
    "many lines ending in colons": lambda n: mail(b"2026 a b c 10:00:\r\n" * (50 * n)),
    "many headers": lambda n: b"".join(b"X-%d: y\r\n" % number for number in range(60 * n)) + b"\r\nx",
    "fields of one letter": lambda n: b"a:\r\n" * (250 * n) + b"\r\nx",
    "known fields": lambda n: b"Received: a\r\nTo: b@c.example\r\n" * (30 * n) + b"\r\nx",
    "folded addresses": lambda n: b"To: a" + b"\r\n b@c.example," * (60 * n) + b"\r\n\r\nx",
    "folded blanks": lambda n: b"X: a" + b"\r\n \t" * (250 * n) + b"\r\n\r\nx",
    "parts with long headers": lambda n: MIXED + (b"--b\r\n" + b"X: y\r\n" * 100 + b"\r\nz\r\n") * n,
    "parameters": lambda n: b"Content-Type: text/plain" + b"; a=b" * (200 * n) + b"\r\n\r\nx",
    "continuations": lambda n: b"Content-Type: text/plain" + b"; a*1*=b" * (100 * n) + b"\r\n\r\nx",
    "boundaries": lambda n: MIXED + b"--b\r\n" * (200 * n),
    "unknown boundaries": lambda n: MIXED + b"--c\r\n" * (200 * n),
    "boundary lines of dashes": lambda n: MIXED + b"--" * (500 * n),
    "html of divs": lambda n: mail(b"<div>" * (200 * n), b"Content-Type: text/html"),
    "html of brackets": lambda n: mail(b"<" * (1000 * n), b"Content-Type: text/html"),
    "html of comments": lambda n: mail(b"<!--" * (250 * n), b"Content-Type: text/html"),
    "html of styles": lambda n: mail(b"<style>" * (100 * n) + b"display", b"Content-Type: text/html"),
    "html of style rules": lambda n: mail(
        b"<style>" + b".a{display " * (90 * n) + b"</style>x", b"Content-Type: text/html"
    ),
    "html of tables": lambda n: mail(b"<table><tr><td>" * (60 * n), b"Content-Type: text/html"),
    "html of bold": lambda n: mail(b"<b><p>" * (100 * n), b"Content-Type: text/html"),
    "html of quotes": lambda n: mail(b"<blockquote type=cite>" * n + b"x", b"Content-Type: text/html"),
    "html of entities": lambda n: mail(b"&nbsp;" * (150 * n), b"Content-Type: text/html"),
    "html of attributes": lambda n: mail(b"<p " + b"style='color:red' " * (50 * n) + b">x", b"Content-Type: text/html"),
    "high bytes": lambda n: mail(bytes(range(128, 256)) * (8 * n)),
    "uuencode": lambda n: mail(b"begin 644 x\r\n" + b"M" * (500 * n), b"Content-Transfer-Encoding: x-uuencode"),
    "base64 of paddings": lambda n: mail(b"QQ==" * (250 * n), b"Content-Transfer-Encoding: base64"),
}
"""By what each is made of; a thousand make about a megabyte."""


@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_the_time_for_hostile_input_grows_with_its_length_alone(case: str) -> None:
    assert grows_with_its_input(decode, HOSTILE[case], 100)


def test_a_large_file_is_decoded_within_bounded_memory() -> None:
    raw = multipart(text("hello"), part(b64(b"\x00\x01\x02" * 8_500_000), b"Content-Type: application/zip",
                                        b"Content-Transfer-Encoding: base64"))  # fmt: skip
    tracemalloc.start()
    message = decode(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.attachments[0].size == 25_500_000
    assert peak < 160_000_000  # besides the raw mail itself


# ------------------------------------------------------------------------------------------------------- any bytes

SEEDS = [
    multipart(*ALTERNATIVE, kind=b"alternative"),
    multipart(
        text("您好", "gbk"), attachment(b"PDF" * 50, b"Content-Disposition: attachment; filename*=gb2312''%B1%A8")
    ),
    multipart(text("x"), part(mail(b"inner"), b"Content-Type: message/rfc822")),
    mail("退货问题".encode("gbk"), b"Content-Type: text/plain; charset=gb2312", b"Received: from a by b; x"),
    mail(b"<div style='display:none'>a</div><table><tr><td>b<td>c</table>", b"Content-Type: text/html; charset=big5"),
]


@given(st.binary(max_size=3000))
def test_any_bytes_are_decoded_without_an_exception(raw: bytes) -> None:
    assert isinstance(decode(raw), Message)


@settings(max_examples=200)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=12), st.integers(0, 40)), max_size=6),
)
def test_any_damage_to_a_mail_is_decoded_without_an_exception(raw: bytes, cuts: list[tuple[int, bytes, int]]) -> None:
    for position, insert, removed in cuts:
        raw = raw[:position] + insert + raw[position + removed :]
    message = decode(raw)
    assert not any("Error" in problem for problem in message.problems)
    for value in (message.subject, message.text, message.new_text, *(file.name for file in message.attachments)):
        value.encode("utf-8")
