"""A header of any length is read within bounds: what the office goes by is found wherever it stands, cut or not."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.decoding.addresses import address_items, whole_items
from mailflow.decoding.sections import KNOWN, USUAL, split_section
from mailflow.domain.model import Message
from mailflow.stages.decode import decode
from tests.decoding.build import attachment, entity, mail, multipart, text, word
from tests.excluding.builder import marks

FIELDS = [
    b"Received: from mx.plant.example by mx.firm.example; Mon, 02 Mar 2026 09:00:00 +0800",
    b"Authentication-Results: mx.firm.example; dkim=pass header.d=plant.example",
    b"Received: from pc by mx.plant.example; Mon, 02 Mar 2026 08:59:00 +0800",
    b"From: " + word("王强", "gb2312") + b" <wang@plant.example>",
    b"To: service@firm.example",
    b"Cc: a@plant.example,\r\n b@plant.example",
    b"Reply-To: office@plant.example",
    b"Subject: " + word("投诉：球阀漏水", "utf-8"),
    b"Date: Mon, 02 Mar 2026 09:00:00 +0800",
    b"Message-ID: <1@plant.example>",
    b"In-Reply-To: <0@firm.example>",
    b"References: <x@firm.example>\r\n <0@firm.example>",
    b"Auto-Submitted: no",
]
BODY = entity(text("球阀有五件漏水"), attachment(b"PDF", b'Content-Disposition: attachment; filename="a.pdf"'))

JUNK: Mapping[str, bytes] = {
    "ten thousand fields": b"".join(b"X-%d: y\r\n" % number for number in range(10_000)),
    "fields of one letter": b"a:\r\n" * 30_000,
    "one field": b"X-Long: " + b"a" * 130_000 + b"\r\n",
    "one folded field": b"X-Long: a" + b"\r\n a: b" * 20_000 + b"\r\n",
    "one field of blanks": b"X-Long:" + b"\r\n x" + b" " * 130_000 + b"\r\n",
    "known words in a value": b"X-Long: a" + b"\r\n From: evil@x.example" * 6_000 + b"\r\n",
    "many recipients": b"Resent-To: " + b"a@b.example, " * 10_000 + b"\r\n",
}


def known(message: Message) -> dict[str, Any]:
    """What the office goes by."""
    names = (
        "subject", "from_", "reply_to", "to", "cc", "date", "received_at", "message_id", "in_reply_to", "references",
        "text", "attachments", "trace", "content_type",
    )  # fmt: skip
    return {name: getattr(message, name) for name in names} | {"auto": message.header("auto-submitted")}


@pytest.mark.parametrize("place", [0, 3, 7, len(FIELDS)])
@pytest.mark.parametrize("junk", JUNK, ids=str)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_what_counts_is_found_wherever_it_stands(junk: str, place: int, line_end: bytes) -> None:
    def raw(middle: bytes) -> bytes:
        lines = [field + b"\r\n" for field in FIELDS]
        return b"".join((*lines[:place], middle, *lines[place:], BODY)).replace(b"\r\n", line_end)

    short, long = decode(raw(b"")), decode(raw(JUNK[junk]))
    assert known(long) == known(short)
    assert short.cut == ()
    assert long.cut == (("resent-to",) if "Resent" in str(JUNK[junk][:9]) else ("*",))
    assert not any(problem.startswith("unreadable") for problem in long.problems)


def test_a_header_of_the_usual_length_is_read_whole() -> None:
    recipients = b", ".join(b"a%d@x.example" % number for number in range(1500))
    message = decode(mail(b"x", b"Cc: " + recipients, b"X-Mark: 1"))
    assert len(message.cc) == 1500
    assert (message.header("x-mark"), message.cut) == ("1", ())


def test_of_too_many_addresses_the_first_are_read() -> None:
    message = decode(b"To: " + b", ".join(b"a%d@x.example" % number for number in range(3000)) + b"\r\n\r\nx")
    assert len(message.to) == 2000
    assert (message.cut, message.problems, message.text) == (("to",), (), "x")


# ----------------------------------------------------------------------------------------------- one field too long


def with_long(field: bytes) -> Message:
    """The mail with one of its fields, and 70 kB before it."""
    name = field.partition(b":")[0]
    rest = [other for other in FIELDS if other.partition(b":")[0] != name]
    return decode(JUNK["one field"] + b"\r\n".join((field, *rest)) + b"\r\n" + BODY)


LONG = 130_000


@pytest.mark.parametrize(
    ("field", "read", "wanted"),
    [
        (b"Subject: " + "投诉".encode() * LONG, lambda mail: mail.subject[:4], "投诉投诉"),
        (b"Subject: " + b"=?utf-8?B?5oqV6K+J?= " * LONG, lambda mail: mail.subject[:4], "投诉投诉"),
        (b"Message-ID: <" + b"a" * LONG + b"@x.example>", lambda mail: mail.message_id, ""),
        (b"From: " + b"a" * LONG + b" <b@x.example>", lambda mail: mail.from_[0].address, "b@x.example"),
        (b'From: "' + b"a, b" * LONG + b'" <b@x.example>', lambda mail: mail.from_[0].address, "b@x.example"),
        (b"From: a@x.example, " + b"a" * LONG + b" <b@x.example>", lambda mail: mail.from_[0].address, "a@x.example"),
        (b"From: a@x.example (" + b"a" * LONG + b" <b@x.example>", lambda mail: mail.from_[0].address, ""),
        (b"From: " + b"a" * LONG + b" <b@x.example> or", lambda mail: mail.from_[0].address, ""),
        (b"To: " + b"a@x.example,\r\n " * LONG, lambda mail: {item.address for item in mail.to}, {"a@x.example"}),
        (b"References: " + b"<a@x.example>\r\n " * LONG + b"<z@x.example>", lambda mail: mail.references,
         ("a@x.example", "z@x.example")),
        (b"Received: from " + b"x" * LONG + b"; Mon, 02 Mar 2026 09:00:00 +0800", lambda mail: mail.received_at,
         datetime(2026, 3, 2, 1, tzinfo=UTC)),
        (b"Date: Mon, 02 Mar 2026 09:00:00 +0800 (" + b"x" * LONG + b")", lambda mail: mail.date,
         datetime(2026, 3, 2, 1, tzinfo=UTC)),
        (b"Return-Path: <" + b"x" * LONG + b">", lambda mail: mail.header("return-path") != "<>", True),
    ],
    ids=lambda value: value[:30].decode("ascii", "replace") if isinstance(value, bytes) else "",
)  # fmt: skip
def test_a_field_that_is_too_long_says_nothing_false(field: bytes, read: Callable[[Message], Any], wanted: Any) -> None:
    message = with_long(field)
    assert read(message) == wanted
    assert field.partition(b":")[0].decode().lower() in message.cut
    assert (message.text, len(message.attachments)) == ("球阀有五件漏水", 1)


def test_of_two_from_fields_of_which_one_is_too_long_both_are_seen() -> None:
    from mailflow.trust.level import OwnServer, trust_in

    long = b"From: x@evil.example (" + b"a" * LONG + b"\r\n"
    message = decode(long + b"\r\n".join(FIELDS) + b"\r\n" + BODY)
    assert len(message.headers["from"]) == 2
    assert trust_in(message, OwnServer()).reason == "two_from"


def test_results_of_checks_that_are_too_long_let_nobody_pass() -> None:
    from mailflow.trust.level import Level, OwnServer, trust_in

    def level(more: bytes) -> Level:
        results = b"Authentication-Results: mx.firm.example; dmarc=pass header.from=plant.example" + more
        rest = [field for field in FIELDS if not field.startswith(b"Authentication")]
        raw = b"\r\n".join((rest[0], results, JUNK["one field"].strip(), *rest[1:])) + b"\r\n" + BODY
        return trust_in(decode(raw), OwnServer(frozenset({"mx.firm.example"}))).level

    assert level(b"") is Level.AUTHENTICATED
    assert level(b"; dkim=pass header.d=x.example" * 4_000) is not Level.AUTHENTICATED


NAMES = st.sampled_from(["", '"a, b" ', '"a; <x@y.example>" ', "(a, b) ", "张三 ", "=?utf-8?q?a,_b?= ", '"\\"," '])


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, max_size=8), st.sampled_from([", ", "; ", ",\r\n "]), st.data())
def test_of_a_list_that_was_cut_anywhere_only_whole_addresses_are_read(
    names: list[str], between: str, data: st.DataObject
) -> None:
    raw = between.join(f"{name}<a{number}@x.example>" for number, name in enumerate(names)).encode()
    whole = list(address_items(raw))
    read = list(address_items(whole_items(raw[: data.draw(st.integers(0, len(raw)))])))
    assert [address for _, address in read] == [address for _, address in whole[: len(read)]]


# -------------------------------------------------------------------------------------------------- in parts of a mail


@pytest.mark.parametrize("name", [b"X-Long", b"Content-Disposition", b"Content-ID"])
def test_a_part_with_a_header_too_long_is_read(name: bytes) -> None:
    long = name + b": x" + b";\r\n a=b" * 20_000
    part = long + b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "球阀漏水".encode()
    message = decode(multipart(part, attachment(b"PDF")))
    assert (message.text, len(message.attachments)) == ("球阀漏水", 1)
    assert message.cut == (name.decode().lower() if name != b"X-Long" else "*",)


def test_a_boundary_behind_any_number_of_parameters_is_found() -> None:
    parameters = b"".join(b";\r\n a%d=b" % number for number in range(20_000))
    raw = b"Content-Type: multipart/mixed" + parameters + b'; x="y;' + b"z" * 20_000 + b'"; boundary="b0"\r\n\r\n'
    message = decode(mail()[:-2] + raw + BODY.partition(b"\r\n\r\n")[2])
    assert (message.text, len(message.attachments), message.cut) == ("球阀有五件漏水", 1, ("content-type",))


@pytest.mark.parametrize("field", [JUNK["ten thousand fields"], b"To: " + b"a@b.example,\r\n " * 20_000 + b"\r\n"])
def test_an_attached_mail_with_a_header_too_long_is_read(field: bytes) -> None:
    inner = field + b"\r\n".join(FIELDS) + b"\r\n" + BODY.replace(b"b0", b"b1")
    message = decode(multipart(text("请看附件"), b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert message.forwarded[0].subject == "投诉：球阀漏水"
    assert message.forwarded[0].text == "球阀有五件漏水"
    assert message.cut
    assert message.cut == message.forwarded[0].cut


# --------------------------------------------------------------------------------------------------- nothing forgotten


def asked_for() -> set[str]:
    """The header fields the program asks a message for by name."""
    found: set[str] = set()
    for path in (Path(__file__).parents[2] / "mailflow").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            by_name = node.func.attr in ("header", "field_value")
            by_name = by_name or (node.func.attr == "get" and ast.unparse(node.func.value).endswith("headers"))
            if by_name and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_every_field_the_program_and_its_rules_ask_for_is_known() -> None:
    from mailflow.excluding.lists import HEADERS
    from mailflow.stages.exclude import LOOP_HEADER
    from mailflow.trust.level import RESENT

    assert len(asked_for()) > 10
    assert asked_for() | set(marks().headers) | set(HEADERS) | set(RESENT) | {LOOP_HEADER} <= KNOWN


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3))
def test_whatever_stands_in_a_long_header_its_known_fields_are_bounded(noise: bytes, where: int) -> None:
    lines = [b"To: " + b"a@b.example, " * 9_000, b"X: " + b"y" * USUAL, b"References: " + b"<a@b> " * 20_000]
    raw = b"\n".join((*lines[:where], noise, *lines[where:])) + b"\n\nbody"
    section = split_section(raw, 0, len(raw))
    assert sum(len(value) for _, value in section.fields) < 4 * USUAL
    decode(raw)
