"""Letters to the customer during a case: his language, his thread, a person's words unchanged, no promise of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.casework.actions import his_own
from mailflow.casework.letters import BY_PEOPLE, NAMES, SURVEYS, approved_lines
from mailflow.decoding.html_text import html_to_text
from mailflow.domain.model import Address, Message
from tests.casework.mails.conftest import CASE, CUSTOMER_MAIL, FILE, LETTERS, Compose, body, parsed

LANGUAGES = ("zh", "zh-Hant", "en")
EVERY = pytest.mark.parametrize(("name", "language"), [(name, language) for name in NAMES for language in LANGUAGES])
OWN_WORDS = {"text": "", "answer_text": "", "summary": ""}


def visible(text: str) -> str:
    """The words of a mail without what text and HTML lay out differently."""
    return re.sub(r"[\s·•*\-—:：]", "", text)


@EVERY
def test_every_letter_reads_back_in_the_thread_and_language_of_the_customer(
    letter: Compose, name: str, language: str
) -> None:
    mail = letter(name, language)
    message = parsed(mail)
    assert mail.recipients == ("chen@luyuan.example",)
    prefix = {"zh": "回复：", "zh-Hant": "回覆：", "en": "Re: "}[language]
    assert message["Subject"] == f"{prefix}仪表读数漂移 [{CASE}]"
    assert message["In-Reply-To"] == "<again-2@luyuan.example>"
    assert message["References"].split()[0] == "<first-1@luyuan.example>"
    assert message["References"].split()[-1] == "<again-2@luyuan.example>"
    assert message["X-Mailflow-Case"] == CASE
    assert message["Content-Language"] == {"zh": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}[language]
    text = body(mail, "plain")
    assert {"zh": "尊敬的陈志远", "zh-Hant": "尊敬的陈志远", "en": "Dear 陈志远"}[language] in text
    if name not in SURVEYS:  # a survey is about no case of his
        assert CASE in text.partition("\n--------------------------------\n")[0]
    assert letter(name, language).raw == mail.raw


@EVERY
def test_text_and_html_say_the_same(letter: Compose, name: str, language: str) -> None:
    mail = letter(name, language)
    assert visible(html_to_text(body(mail, "html"))) == visible(body(mail, "plain"))


@EVERY
def test_a_letter_ends_with_the_reference_its_reader_brings_back(letter: Compose, name: str, language: str) -> None:
    reference = "RF-57-ABCDEFGHIJKLMNOP"
    mail = letter(name, language, reference=reference)
    assert body(mail, "plain").rstrip().splitlines()[-1].endswith(reference)
    assert visible(html_to_text(body(mail, "html"))) == visible(body(mail, "plain"))
    assert "RF-" not in body(letter(name, language), "plain") + body(letter(name, language), "html")


def test_a_letter_a_person_wrote_is_not_called_automatic(letter: Compose) -> None:
    for name in NAMES:
        header = parsed(letter(name))["Auto-Submitted"]
        assert (header is None) == (name in BY_PEOPLE)
    assert parsed(letter("corrected"))["Auto-Submitted"] == "auto-replied"
    assert parsed(letter("holding"))["Auto-Submitted"] == "auto-generated"


def test_a_customer_who_never_wrote_gets_a_mail_of_its_own(letter: Compose) -> None:
    message = parsed(letter("answer", message=None))
    assert message["Subject"] == f"仪表读数漂移 [{CASE}]"
    assert message["In-Reply-To"] is None
    assert parsed(letter("answer", message=None, subject=""))["Subject"] == f"关于您反映的事项 [{CASE}]"


def test_a_mixed_language_falls_back_to_that_of_the_company(letter: Compose) -> None:
    assert parsed(letter("closed", "mixed"))["Content-Language"] == "zh-CN"


# ------------------------------------------------------------------------------------------------- what the letters say


def test_a_time_is_named_only_when_a_person_decided_on_it(letter: Compose) -> None:
    assert not re.search(r"\d{1,2}:\d\d|\d月|\d日", body(letter("holding"), "plain"))
    told = letter("holding", next_news=datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert "我们将于 2026年11月24日 16:00 前向您说明进展。" in body(told, "plain")
    english = letter("holding", "en", next_news=datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert "24 November 2026, 16:00 (UTC+08:00)" in body(english, "plain")


@pytest.mark.parametrize(
    ("name", "key"), [("progress", "text"), ("answer", "answer_text"), ("satisfaction", "summary")]
)
def test_the_words_a_person_approved_are_sent_as_they_are(letter: Compose, name: str, key: str) -> None:
    words = "一、原因：端子松动（{{ 7*7 }}）。\n二、处理：更换 12 台，见 www.beichuan.example/a 。\n\n\n此致 <敬礼>"
    mail = letter(name, "zh-Hant", **{key: words})
    text = body(mail, "plain")
    assert (
        "\n一、原因：端子松动（{{ 7*7 }}）。\n二、处理：更换 12 台，见 www.beichuan.example/a 。\n\n此致 <敬礼>\n"
        in text
    )
    assert "此致 &lt;敬礼&gt;" in body(mail, "html")
    assert "端子松动（{{ 7*7 }}）。<br>二、处理" in body(mail, "html")


def test_approved_words_lose_only_what_cannot_be_seen() -> None:
    assert approved_lines("  a\u202eb\u200b \r\nc\x00\n \n\n\n d ") == [["ab", "c"], ["d"]]
    assert approved_lines(" \n\n") == []


def test_the_answer_brings_its_letter(letter: Compose) -> None:
    mail = letter("answer")
    (part,) = parsed(mail).iter_attachments()
    assert part.get_payload(decode=True) == FILE.content
    assert f"随信附上{FILE.name.removesuffix('.docx')}，请查收" in body(mail, "plain")
    assert "随信附上" not in body(letter("answer", attachments=[]), "plain")


@pytest.mark.parametrize(("name", "key"), [("progress", "text"), ("answer", "answer_text")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_without_words_of_its_own_announces_none(letter: Compose, name: str, key: str, language: str) -> None:
    assert not re.search(r"[:：]\n\n", body(letter(name, language, **{key: ""}), "plain").split("\n", 4)[4])


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "请回复：满意 / 基本满意 / 不满意：原因"),
        ("zh-Hant", "請回覆：滿意 / 基本滿意 / 不滿意：原因"),
        ("en", "Please reply: satisfied / fairly satisfied / not satisfied: reason"),
    ],
)
def test_whether_he_is_satisfied_is_answered_with_one_line(letter: Compose, language: str, line: str) -> None:
    text = body(letter("satisfaction", language), "plain")
    shown = text.replace("回復", "回覆")
    assert f"\n{line}\n" in shown
    assert text.startswith("--------")
    bare = body(letter("satisfaction", language, summary=""), "plain")
    assert "更换了端子" not in bare


def test_a_correction_shows_what_is_written_now_and_what_was_before(letter: Compose) -> None:
    text = body(letter("corrected"), "plain")
    assert "  · 数量：12 台（原记录：20 台）\n  · 产品批号：B2609-11（原来没有记录）\n" in text
    english = body(letter("corrected", "en"), "plain")
    assert "  · Quantity: 12 台 (before: 20 台)\n  · Batch no.: B2609-11 (not recorded before)\n" in english


FORBIDDEN = (
    r"保证|保證|承诺|承諾|一定|赔偿|賠償|退款|退货|退貨|换货|換貨|补偿|補償|免费|免費|负责到底|尽快|盡快|小时内|小時內|日内|日內"
    r"|guarantee|promise|refund|compensat|replace|free of charge|as soon as possible|within \d"
)


@EVERY
def test_no_letter_promises_or_decides_anything_by_itself(letter: Compose, name: str, language: str) -> None:
    quiet = {key: value for key, value in OWN_WORDS.items() if key in LETTERS[name]}
    mail = letter(name, language, **quiet)
    assert re.findall(FORBIDDEN, visible(html_to_text(body(mail, "html"))), re.IGNORECASE) == []


# --------------------------------------------------------------------------------------------------- strangers' words

ATTACKS = [
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "<script>alert(1)</script><img src=x>",
    "a\r\nBcc: all@victim.example\r\n\r\nbody",
    "请点 http://evil.example.com/x 或 www.evil-site.cn",
    "\u202e翻转\u2066\x00\x1b[31m\ud800",
    "长" * 20_000,
]


@pytest.mark.parametrize("words", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_the_customers_words_are_shown_and_nothing_else(letter: Compose, name: str, words: str) -> None:
    message = replace(CUSTOMER_MAIL, subject=words, message_id=words, references=(words,))
    changes = {"changes": [(words, words, words), ("product", words, words)] * 40} if name == "corrected" else {}
    to = Address(words, "chen@luyuan.example")
    mail = letter(name, message=message, contact=words, subject=words, to=to, **changes)
    read, text, page = parsed(mail), body(mail, "plain"), body(mail, "html")
    assert read["bcc"] is None
    assert not read.defects
    assert mail.recipients == ("chen@luyuan.example",)
    assert read["In-Reply-To"] is None
    assert "49" not in text
    assert not re.search(r"<script|<img|passwd' %}<", page)
    assert not re.search(r"evil", text + page)
    assert not re.search("[\u202e\u2066\x00\x1b]", text + page)
    assert len(text) < 30_000


@given(st.text(max_size=200))
def test_any_words_give_a_sound_letter(letter: Compose, words: str) -> None:
    message = Message(subject=words, message_id=words, from_=CUSTOMER_MAIL.from_)
    read = parsed(letter("corrected", message=message, contact=words, changes=[("product", words, words)]))
    assert not read.defects
    assert str(read["subject"]).endswith(f"[{CASE}]")


COLLEAGUE = Address("白露", "bai@beichuan.example")
ZHAO = Address("赵工", "zhao@luyuan.example")


def test_a_letter_repeats_no_subject_a_colleague_wrote() -> None:
    passed_on = Message(
        subject="转发: 这个客户又来了", from_=(COLLEAGUE,), forwarded_text="发件人: zhao@luyuan.example"
    )
    assert his_own(passed_on, ZHAO).subject == ""
    kept = replace(passed_on, subject="转发: 读数漂移", forwarded_text="发件人: zhao@luyuan.example\n主题: 读数漂移")
    assert his_own(kept, ZHAO) == kept
    his = Message(subject="读数漂移", from_=(ZHAO,), message_id="z1@luyuan.example")
    assert his_own(replace(passed_on, forwarded=(his,)), ZHAO) == his
    assert his_own(his, ZHAO) == his
    elsewhere = replace(his, reply_to=(Address("", "Office@luyuan.example"),))
    assert his_own(elsewhere, Address("", "office@luyuan.example")) == elsewhere
