"""A report without fields is known, names who failed, and is joined to the mail it speaks of."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from mailflow.customers import token
from mailflow.domain.model import Kind
from mailflow.excluding.bounces import gone
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude
from tests.excluding.builder import marks
from tests.flow.letters import letter
from tests.flow.staffed import Staffed
from tests.world.mail import mail_of
from tests.world.returned import COPYING, REPORTS, made

US = frozenset({"service@firm.example"})
CUSTOMER, BAI = "wang@plant.example", "bai@firm.example"
NUMBER = "TS-2026-0001"


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_any_server_says_who_failed_and_which_mail_it_brings_back(name: str) -> None:
    report = made(name, to="li@kunde.example", subject=f"回复：离心泵漏水 [{NUMBER}]", ours="42.7@firm.example")
    found = exclude(decode(report), marks(), US)
    assert found is not None
    assert (found.kind, found.recipients) == (Kind.BOUNCE, ("li@kunde.example",))
    assert ("42.7@firm.example" in found.about) == (name in COPYING)
    assert not found.delayed
    message = decode(report)
    assert f"回复：离心泵漏水[{NUMBER}]" in "".join(f"{message.subject}{message.text}".split())  # by which it is joined


def _acknowledged(people: Staffed) -> tuple[str, str, str]:
    """A complaint has come: subject, Message-ID and text of what its sender got."""
    people.work(letter("我司收到的五件球阀漏水，请尽快换货。\n王强\n电话：13800001234", sender=CUSTOMER))
    return _last_letter(people)


def _last_letter(people: Staffed) -> tuple[str, str, str]:
    raw = next(m.content for m in reversed(people.office.sink.mails) if m.recipients[0] == CUSTOMER)
    sent = message_from_bytes(raw, policy=policy.default)
    return sent["Subject"], sent["Message-ID"].strip("<>"), decode(raw).text


def _told(people: Staffed) -> list[str]:
    return [mail.subject for mail in people.sent(BAI) if "未送达" in mail.subject]


def _results(people: Staffed) -> list[tuple[int, str]]:
    rows = "SELECT d.outbox_id, d.result FROM deliveries d JOIN outbox o ON o.id = d.outbox_id"
    return people.office.ask(f"{rows} WHERE o.recipient = ? AND d.result <> 'sent' ORDER BY d.id", CUSTOMER)


def _unreachable(people: Staffed) -> list[str]:
    return [row[0] for row in people.office.ask("SELECT address FROM contacts WHERE unreachable_at IS NOT NULL")]


def test_what_copies_our_mail_marks_its_delivery_and_its_reader(people: Staffed) -> None:
    subject, ours, _ = _acknowledged(people)
    people.work(made("Postfix in Chinese", to=CUSTOMER, subject=subject, ours=ours))
    assert [result for _, result in _results(people)] == ["bounced"]
    assert people.office.cases() == [NUMBER, NUMBER]
    assert _unreachable(people) == [CUSTOMER]
    assert _told(people) == [f"[{NUMBER}] 邮件未送达"]


@pytest.mark.parametrize("name", ["Aliyun", "QQ"])
def test_what_names_only_subject_and_reader_marks_the_delivery_and_nobody_is_given_up(
    people: Staffed, name: str
) -> None:
    subject, *_ = _acknowledged(people)
    people.work(made(name, to=CUSTOMER, subject=subject))
    assert [result for _, result in _results(people)] == ["bounced"]
    assert people.office.cases() == [NUMBER, NUMBER]
    assert _unreachable(people) == []
    assert _told(people) == [f"[{NUMBER}] 邮件未送达"]


def test_a_page_that_brings_our_reference_back_proves_it_and_the_reader_is_given_up(people: Staffed) -> None:
    _, _, text = _acknowledged(people)
    (reference,) = token.find(text)
    words = f"\n\n> 参考号：RF-{reference.case}-{reference.check}\n"
    report = made("Sina", to=CUSTOMER, subject="投诉")
    people.work(report.rstrip() + words.encode())
    assert [result for _, result in _results(people)] == ["bounced"]
    assert _unreachable(people) == [CUSTOMER]
    assert _told(people) == [f"[{NUMBER}] 邮件未送达"]


def test_what_names_no_mail_of_ours_changes_nothing(people: Staffed) -> None:
    _acknowledged(people)
    people.work(
        made("NetEase", to="li@plant.example", subject=f"回复：投诉 [{NUMBER}]"),  # nobody we wrote to
        made("NetEase", to=CUSTOMER, subject="回复：投诉 [TS-2026-0002]"),  # another case
        made("NetEase", to=CUSTOMER, subject="回复：投诉"),  # of no case
    )
    assert _results(people) == []
    assert [subject.partition("（")[0] for subject in _told(people)] == [f"[{NUMBER}] 邮件可能未送达"]


def test_of_two_letters_the_one_whose_subject_is_repeated_came_back(people: Staffed) -> None:
    first, *_ = _acknowledged(people)
    again = letter("再补充：还有两件也漏水。", subject=f"另有两件 [{NUMBER}]", sender=CUSTOMER)
    people.work(again)
    second, *_ = _last_letter(people)
    assert first != second
    rows = [row for (row,) in people.office.ask("SELECT id FROM outbox WHERE recipient = ? ORDER BY id", CUSTOMER)]
    people.work(made("U-Mail", to=CUSTOMER, subject=f"[{NUMBER}]"))
    assert _results(people) == []  # the number alone says of neither
    people.work(made("QQ", to=CUSTOMER, subject=first))
    assert _results(people) == [(rows[0], "bounced")]
    assert people.office.errors() == []


@pytest.mark.parametrize(
    "words",
    [
        "554 5.7.1 message rejected by policy",
        "550 Connection frequency limited",
        "发送邮件的频率过高，被对方服务器拒绝 550",
        "554 DT:SPM 内容被识别为垃圾邮件",
        "550 5.7.26 not authenticated",
    ],
)
def test_a_refusal_of_the_sender_or_the_words_gives_up_no_address(words: str) -> None:
    text = f"您发给 li@kunde.example 的邮件已被退回。\n原因：{words}\n"
    assert gone(decode(_report(text)), US) == ()
    fields = f"Final-Recipient: rfc822; li@kunde.example\nAction: failed\nDiagnostic-Code: smtp; {words}"
    assert gone(decode(_fields(fields)), US) == ()
    assert gone(decode(_report(text.replace(words, "550 5.1.1 收件人不存在"))), US) == ("li@kunde.example",)


def _report(text: str) -> bytes:
    return mail_of("postmaster@kunde.example", "系统退信", text, message_id="r@kunde.example")


def _fields(fields: str) -> bytes:
    parts = f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}\n--b--\n"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return f"From: postmaster@kunde.example\nTo: service@firm.example\n{kind}\n\n{parts}".encode()
