"""Composed bytes mean what the standard library says they mean, whatever strangers put into names and subjects."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.outgoing.compose import (
    LOOP_HEADER,
    MAX_REFERENCES,
    Draft,
    compose,
    mail_address,
    new_message_id,
    one_line,
    thread_of,
    thread_subject,
)
from tests.outgoing.conftest import NOW, parsed

US = Address("客服", "kefu@hengxin.example.cn")
HEADERS = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "x-mailflow-loop",
    "content-language", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip


def composed(name: str = "王建国", subject: str = "您好", **options: object) -> OutgoingMail:
    """A small mail."""
    given_: dict[str, object] = {"text": "正文\n", "message_id": "a@hengxin.example.cn", "date": NOW} | options
    return compose(Draft(sender=US, to=(Address(name, "wang@huadong.example.cn"),), subject=subject, **given_))  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------------- injection

INJECTIONS = [
    "Wang\r\nBcc: all@example.cn",
    "Wang\nX-Evil: 1",
    "Wang\r\n\r\n<script>alert(1)</script>",
    "Wang\u2028Bcc: all@example.cn",
    "Wang\x0b\x0c\x85Bcc: all@example.cn",
    "王\r\n\tBcc: all@example.cn",
    '"王" <evil@example.cn>, "',
    '\\" <evil@example.cn>',
    "=?utf-8?B?DQpCY2M6IGFsbEBleGFtcGxlLmNu?=",
    "王=?utf-8?Q?=0D=0ABcc:_all?=",
    "\u202egnorw\u202c",
    "\x00nul\ud800",
    "a" * 5000,
    "王" * 5000,
    "evil@example.cn",
    "undisclosed-recipients:;",
    "",
]


@pytest.mark.parametrize("words", INJECTIONS)
def test_no_name_or_subject_breaks_out_of_its_header(words: str) -> None:
    for mail in (composed(name=words), composed(subject=words), composed(case_number="TS-1", subject=words)):
        message = parsed(mail)
        assert {name.lower() for name in message} <= HEADERS | {"x-mailflow-case"}
        assert len(message.keys()) == len(set(message.keys()))
        assert [address.addr_spec for address in message["to"].addresses] == ["wang@huadong.example.cn"]
        assert [address.addr_spec for address in message["from"].addresses] == ["kefu@hengxin.example.cn"]
        assert message.get_content() == "正文\r\n"
        assert not message.defects
        head = mail.raw.partition(b"\r\n\r\n")[0]
        assert all(len(line) <= 998 for line in head.split(b"\r\n"))
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", head)
        assert head.isascii()


@given(st.text(max_size=200), st.text(max_size=300))
def test_the_headers_mean_what_the_standard_library_would_have_written(name: str, subject: str) -> None:
    message = parsed(composed(name=name, subject=subject))
    expected = EmailMessage(policy=email.policy.default)
    expected["Subject"] = one_line(subject, 500)
    expected["To"] = [HeaderAddress(one_line(name, 80), "wang", "huadong.example.cn")]
    again = email.message_from_bytes(expected.as_bytes(), policy=email.policy.default)
    shown = message["to"].addresses[0].display_name
    assert shown == again["to"].addresses[0].display_name == one_line(name, 80)
    # Folding may not add to or take from the spaces between words.
    assert str(message["subject"]) == one_line(subject, 500)


@given(st.text(alphabet='ab \t\r\n=?<>",\\:;@王é\u3000', max_size=120))
def test_the_characters_headers_are_made_of_survive(text: str) -> None:
    message = parsed(composed(name=text, subject=text))
    assert message["to"].addresses[0].display_name == one_line(text, 80)
    assert str(message["subject"]) == one_line(text, 500)


@pytest.mark.parametrize(
    "address",
    ["", "wang", "wang@", "@x.cn", "a b@x.cn", "a@x.cn\r\nBcc: b@x.cn", "a@b@x.cn", "<a@x.cn>", "a@x..cn", "a@-x.cn",
     "a@x.cn,b@x.cn",
     "a@[127.0.0.1]", '"a b"@x.cn', "a\u202e@x.cn", "a@x_y z.cn", "a" * 65 + "@x.cn", "a@" + "x" * 300],
)  # fmt: skip
def test_what_is_no_plain_address_gets_no_mail(address: str) -> None:
    assert mail_address(address) == ""
    with pytest.raises(PermanentError):
        compose(Draft(sender=US, to=(Address("", address),), subject="x", text="x", message_id="a@b.cn", date=NOW))


def test_a_chinese_domain_becomes_ascii_and_a_chinese_name_before_the_at_stays() -> None:
    assert mail_address("wang@例子.公司") == "wang@xn--fsqu00a.xn--55qx5d"
    mail = compose(
        Draft(sender=US, to=(Address("", "王@例子.公司"),), subject="x", text="x", message_id="a@b.cn", date=NOW)
    )
    assert mail.recipients == ("王@xn--fsqu00a.xn--55qx5d",)
    assert "To: 王@xn--fsqu00a.xn--55qx5d".encode() in mail.raw


# ------------------------------------------------------------------------------------------------------------- headers


def test_an_automatic_answer_says_so_to_every_kind_of_machine() -> None:
    message = parsed(composed(case_number="TS-2026-0123"))
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message[LOOP_HEADER] == "kefu@hengxin.example.cn"
    assert message["X-Mailflow-Case"] == "TS-2026-0123"
    assert message["Content-Language"] == "zh-CN"


def test_a_notice_and_a_persons_mail_are_marked_as_what_they_are() -> None:
    assert parsed(composed(auto_submitted="auto-generated"))["Auto-Submitted"] == "auto-generated"
    assert "auto-submitted" not in parsed(composed(auto_submitted="no"))
    with pytest.raises(ValueError, match="Auto-Submitted"):
        composed(auto_submitted="auto-replied\r\nBcc: x")


def test_the_date_keeps_its_zone_and_must_have_one() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    assert parsed(composed(date=beijing))["Date"].datetime == NOW
    assert b"Date: Wed, 21 Oct 2026 10:40:00 +0800" in composed(date=beijing).raw
    with pytest.raises(ValueError, match="aware"):
        composed(date=datetime(2026, 10, 21, 10, 40))  # noqa: DTZ001


def test_both_bodies_arrive_and_lines_are_short() -> None:
    mail = composed(text="第一行\r第二行\n" * 200, html="<p>您好</p>\n" * 200)
    message = parsed(mail)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "第一行\r\n第二行\r\n" * 200
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 78
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def test_attachments_come_whole_with_their_chinese_names() -> None:
    file = Attachment(
        '登记"表\r\n.docx', "客户投诉登记表 TS-2026-0123.docx", "application/x\r\nEvil: 1", b"\0\xffPK" * 99
    )
    message = parsed(composed(html="<p>x</p>", attachments=(file,)))
    assert message.get_content_type() == "multipart/mixed"
    attached = list(message.iter_attachments())
    assert [part.get_filename() for part in attached] == ["客户投诉登记表 TS-2026-0123.docx"]
    assert attached[0].get_content_type() == "application/octet-stream"
    assert attached[0].get_content() == file.content
    assert "evil" not in {name.lower() for name in attached[0].keys()}  # noqa: SIM118


def test_the_same_values_give_the_same_bytes() -> None:
    assert composed(html="<p>x</p>").raw == composed(html="<p>x</p>").raw


# ------------------------------------------------------------------------------------------------------------- threads


def test_a_message_id_is_usable_sortable_and_chosen_by_the_caller() -> None:
    later = NOW + timedelta(days=1)
    first = new_message_id("hengxin.example.cn", NOW, "receipt:1\r\n<x>")
    assert first == new_message_id("hengxin.example.cn", NOW, "receipt:1\r\n<x>")
    assert first < new_message_id("hengxin.example.cn", later, "receipt:1")
    assert re.fullmatch(r"[0-9a-f]+\.[A-Za-z0-9.-]+@hengxin\.example\.cn", first)
    assert new_message_id("恒信.公司", NOW, "x").endswith("@xn--vuqr41b.xn--55qx5d")
    assert parsed(composed(message_id=first))["Message-ID"] == f"<{first}>"
    with pytest.raises(ValueError, match="aware"):
        new_message_id("x.cn", datetime(2026, 1, 1), "x")  # noqa: DTZ001


@pytest.mark.parametrize("bad", ["", "a b@c", "a@b>\r\nBcc: x", "<a@b>", "plain", "ü@b.cn"])
def test_a_message_id_that_is_none_is_the_callers_mistake(bad: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        composed(message_id=bad)


def test_an_answer_hangs_below_the_customers_mail() -> None:
    assert thread_of(Message(message_id="b@x", references=("r@x", "a@x"))) == ("b@x", ("r@x", "a@x", "b@x"))
    assert thread_of(Message(message_id="b@x", in_reply_to="a@x")) == ("b@x", ("a@x", "b@x"))
    assert thread_of(Message(message_id="b@x")) == ("b@x", ("b@x",))
    assert thread_of(Message()) == ("", ())


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    parent, chain = thread_of(Message(message_id="new@x", references=tuple(f"{n}@x" for n in range(500))))
    assert len(chain) == MAX_REFERENCES
    assert (chain[0], chain[-2:], parent) == ("0@x", ("499@x", "new@x"), "new@x")


@pytest.mark.parametrize("evil", ["a@x>\r\nBcc: all@example.cn", "a b@x", "x" * 300 + "@x", "王@x", "a@x> <b@x"])
def test_a_strangers_message_id_cannot_break_the_header(evil: str) -> None:
    parent, chain = thread_of(Message(message_id=evil, references=(evil, "good@x"), in_reply_to=evil))
    assert (parent, chain) == ("", ("good@x",))
    message = parsed(composed(in_reply_to=evil, references=(evil, "good@x")))
    assert "in-reply-to" not in message
    assert message["References"] == "<good@x>"


# ------------------------------------------------------------------------------------------------------------ subjects


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("Re: RE: 回复: 答复：转发: 阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("Re[2]: 回复(3)： 阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("FW: Fwd: 转: 阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("[外部邮件] 【外部】***SPAM*** [External] Re: 阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("[EXTERNAL EMAIL] (External) {Spam?} 阀体毛刺", "回复：阀体毛刺 [TS-1]"),
        ("阀体毛刺【请注意,邮件由x@y.cn代发】", "回复：阀体毛刺 [TS-1]"),
        ("回复：阀体毛刺 [TS-1]", "回复：阀体毛刺 [TS-1]"),
        ("Re: [TS-1] Re: 阀体毛刺 [TS-1] [TS-1]", "回复：阀体毛刺 [TS-1]"),
        ("回覆﹕阀体毛刺", "回复：回覆﹕阀体毛刺 [TS-1]"),
        ("转子异响", "回复：转子异响 [TS-1]"),
        ("Return of goods", "回复：Return of goods [TS-1]"),
        ("【紧急】阀体毛刺", "回复：【紧急】阀体毛刺 [TS-1]"),
        ("阀体\r\n 毛刺\x00", "回复：阀体 毛刺 [TS-1]"),
        ("", "回复：您的来信 [TS-1]"),
        ("Re: ", "回复：您的来信 [TS-1]"),
    ],
)
def test_a_subject_keeps_its_words_and_loses_its_prefixes(subject: str, expected: str) -> None:
    assert thread_subject(subject, "TS-1") == expected


def test_a_subject_is_bounded_and_keeps_the_case_number() -> None:
    long = thread_subject("毛刺" * 500, "TS-2026-0123")
    assert len(long) < 130
    assert long.endswith("… [TS-2026-0123]")


def test_subjects_in_other_languages_have_their_own_prefix() -> None:
    assert thread_subject("Re: burrs", "TS-1", "en") == "Re: burrs [TS-1]"
    assert thread_subject("毛刺", "TS-1", "zh-Hant") == "回覆：毛刺 [TS-1]"
    assert thread_subject("", "", "en") == "Re: Your message"


@given(st.text(alphabet="re回复fw:：[]()【】 外部*2", max_size=60))
def test_answering_an_answer_changes_nothing(subject: str) -> None:
    once = thread_subject(subject, "TS-1")
    assert thread_subject(once, "TS-1") == once


def test_one_line_removes_what_cannot_be_seen() -> None:
    assert one_line(" a\u200b\u202eb\u2066 \t\r\n c\u3000d \ud800\x00") == "ab c d"
    assert one_line("王" * 50, 10) == "王" * 9 + "…"
    assert NOW.tzinfo is UTC
