"""Addresses, dates and broken header sections."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.decoding.header_dates import parse_date
from mailflow.domain.model import Address
from mailflow.stages.decode import decode
from tests.decoding.build import mail, word


def _from(raw: bytes) -> tuple[Address, ...]:
    return decode(b"From: " + raw + b"\r\n\r\nx").from_


def _cc(raw: bytes) -> list[str]:
    return [address.address for address in decode(b"Cc: " + raw + b"\r\n\r\nx").cc]


@pytest.mark.parametrize(
    ("raw", "name", "address"),
    [
        (word("张三", "gb2312") + b" <Zhang@Kunde.Example>", "张三", "Zhang@kunde.example"),
        (b'"' + word("张三", "gb2312") + b'" <z@k.example>', "张三", "z@k.example"),
        ("张三".encode("gbk") + b" <z@k.example>", "张三", "z@k.example"),
        ('"张三"'.encode("gbk") + b" <z@k.example>", "张三", "z@k.example"),
        ("张三 <z@k.example>".encode(), "张三", "z@k.example"),
        (b'"Zhang, San" <z@k.example>', "Zhang, San", "z@k.example"),
        (word("李四, 质量部", "utf-8") + b"<l@k.example>", "李四, 质量部", "l@k.example"),
        (b"z@k.example (Zhang San)", "Zhang San", "z@k.example"),
        (b"z@k.example", "", "z@k.example"),
        (b"<z@k.example>", "", "z@k.example"),
        (b"Some One z@k.example", "Some One", "z@k.example"),
        (b"a..b.@docomo.example", "", "a..b.@docomo.example"),
        (b'"z@k.example" <z@k.example>', "", "z@k.example"),
        ("张三 <z@例子.公司>".encode(), "张三", "z@例子.公司"),
        ("z@\u0440lant.example".encode(), "", "z@\u0440lant.example"),  # Cyrillic, not another domain's letters
    ],
)
def test_a_sender_is_read(raw: bytes, name: str, address: str) -> None:
    (sender,) = _from(raw)
    assert sender.address == address
    assert sender.name == name


def test_semicolons_separate_addresses_as_outlook_writes_them() -> None:
    assert _cc(b"a <a@x.example>;b@y.example; c@z.example") == ["a@x.example", "b@y.example", "c@z.example"]


def test_a_group_gives_its_members() -> None:
    assert _cc(b"team: a@x.example, b@y.example;, c@z.example") == ["a@x.example", "b@y.example", "c@z.example"]


def test_no_sender_at_all_is_none() -> None:
    assert decode(b"Subject: x\r\n\r\nx").sender is None


def test_of_two_from_fields_the_first_counts() -> None:
    message = decode(b"From: a@x.example\r\nFrom: b@y.example\r\n\r\nx")
    assert [address.address for address in message.from_] == ["a@x.example"]
    assert any("from stands 2 times" in problem for problem in message.problems)


def test_of_two_subjects_the_first_counts_and_both_are_kept() -> None:
    message = decode(b"Subject: one\r\nSubject: two\r\n\r\nx")
    assert message.subject == "one"
    assert message.headers["subject"] == ("one", "two")


def test_identifiers_stand_without_brackets() -> None:
    message = decode(mail(b"x", b"Message-ID: <a@b>", b"In-Reply-To: <c@d> (note)", b"References: <e@f>\r\n <c@d>"))
    assert (message.message_id, message.in_reply_to, message.references) == ("a@b", "c@d", ("e@f", "c@d"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Wed, 21 Oct 2026 10:00:00 +0800", "2026-10-21T02:00"),
        ("Wed, 21 Oct 2026 10:00:00 +0800 (CST)", "2026-10-21T02:00"),
        ("Wed, 21 Oct 2026 10:00:00 CST", "2026-10-21T02:00"),
        ("21 Oct 26 10:00 +0800", "2026-10-21T02:00"),
        ("2026-10-21 10:00:00", "2026-10-21T02:00"),
        ("2026/10/21 10:00", "2026-10-21T02:00"),
        ("2026年10月21日(星期三) 下午3:05", "2026-10-21T07:05"),
        ("2026-10-21T10:00:00Z", "2026-10-21T10:00"),
        ("Wed, 21 Oct 2026 02:00:00 GMT", "2026-10-21T02:00"),
    ],
)
def test_dates_are_read_and_cst_is_china(value: str, expected: str) -> None:
    moment = parse_date(value)
    assert moment is not None
    assert moment.isoformat()[:16] == expected


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Wed, 99 Xxx 2026", "9" * 5000, "2026-13-45 10:00", "Mon, 1 Jan 99999 00:00"]
)
def test_no_date_is_none(value: str) -> None:
    assert parse_date(value) is None


def test_received_at_is_the_topmost_received_then_the_mailbox_time() -> None:
    ours = b"Received: from x by mx.firma.example; Wed, 21 Oct 2026 10:00:00 +0800"
    older = b"Received: from y by x; Tue, 20 Oct 2026 10:00:00 +0800"
    arrival = datetime(2026, 1, 1, tzinfo=UTC)
    assert decode(mail(b"x", ours, older), arrival).received_at == datetime(2026, 10, 21, 2, tzinfo=UTC)
    assert decode(mail(b"x", b"Received: from x by y"), arrival).received_at == arrival
    assert decode(mail(b"x")).received_at is None


def test_a_bare_line_break_in_the_subject_does_not_end_the_header() -> None:
    message = decode(b"Subject: one\r\ntwo and no colon\r\nFrom: a@b.example\r\n\r\nbody")
    assert message.subject == "one two and no colon"
    assert message.text == "body"


def test_a_header_without_an_empty_line_before_the_body() -> None:
    message = decode(b"Subject: x\r\nFrom: a@b.example\r\nHello there\r\nsecond line")
    assert (message.subject, message.text) == ("x", "Hello there\nsecond line")
    assert "header section damaged" in message.problems


def test_an_mbox_line_and_leading_empty_lines_are_skipped() -> None:
    assert decode(b"\r\n\r\nFrom a@b Mon Jan 1 2026\r\nSubject: x\r\n\r\nbody").subject == "x"


def test_header_names_are_lower_case_and_values_in_order() -> None:
    message = decode(mail(b"x", b"X-Mark: 1", b"x-mark: 2"))
    assert message.headers["x-mark"] == ("1", "2")
    assert message.header("X-MARK") == "1"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 02 Mar 2026 09:00:00 +0800", "2026-03-02T01:00:00"),
        ("2 Mar 2026 09:00:07 -0530 (EST)", "2026-03-02T14:30:07"),
        ("02 Mar 2026 09:00:00 +0000", "2026-03-02T09:00:00"),
        ("02 Mar 2026 09:00:00 -0000", "2026-03-02T09:00:00"),
        ("02 Xyz 2026 09:00:00 +0800", None),
        ("31 Feb 2026 09:00:00 +0800", None),
    ],
)
def test_a_date_as_most_mail_has_it_is_the_moment_it_says(value: str, moment: str | None) -> None:
    found = parse_date(value)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)
