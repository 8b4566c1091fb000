"""A report that a mail of ours came back changes something only when it proves that it speaks of one."""

from __future__ import annotations

import itertools
import json
from email.message import EmailMessage

import pytest

from tests.flow.letters import answer_of, letter
from tests.flow.office import Office

_numbers = itertools.count(1)
WANG = "wang@plant.example"
FAILED = {"Action": "failed", "Status": "5.1.1", "Diagnostic-Code": "smtp; 550 5.1.1 no such user"}
DELAYED = {"Action": "delayed", "Status": "4.4.1", "Will-Retry-Until": "Thu, 05 Mar 2026 09:00:00 +0800"}
FULL = {"Action": "failed", "Status": "5.2.2", "Diagnostic-Code": "smtp; 552 5.2.2 mailbox full"}
EXPIRED = {"Action": "failed", "Status": "5.4.7", "Diagnostic-Code": "smtp; 451 4.4.1 no answer"}


def report(
    about: str,
    *groups: tuple[str, dict[str, str]],
    words: str = "Delivery report.",
    sender: str = "MAILER-DAEMON@mx.plant.example",
    kind: str = "delivery-status",
    headers: dict[str, str] | None = None,
) -> bytes:
    """A delivery report (RFC 3464) about a mail with this Message-ID; each group is a recipient and his fields."""
    fields = "Reporting-MTA: dns; mx.plant.example" if kind == "delivery-status" else "Feedback-Type: abuse"
    name = "Final-Recipient: rfc822; " if kind == "delivery-status" else "Original-Rcpt-To: "
    for to, said in groups:
        gap = "\n\n" if kind == "delivery-status" else "\n"
        fields += gap + "\n".join([f"{name}{to}", *(f"{key}: {value}" for key, value in said.items())])
    extra = "".join(f"{key}: {value}\n" for key, value in (headers or {}).items())
    return (
        (
            "Received: from mx.plant.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800\n"
            f"{extra}From: {sender}\nTo: service@firm.example\nSubject: Report\n"
            f"Message-ID: <report{next(_numbers)}@mx.plant.example>\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
            f"--b\nContent-Type: text/plain\n\n{words}\n"
            f"--b\nContent-Type: message/{kind}\n\n{fields}\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {about}\nSubject: x\n\n--b--\n"
        )
        .encode()
        .replace(b"\n", b"\r\n")
    )


@pytest.fixture
def ours(office: Office) -> str:
    """The Message-ID of the acknowledgement Wang got."""
    office.put(letter(sender=WANG))
    office.work()
    return answer_of(office.replies()[0].content)


def taken_in(office: Office, *mails: bytes) -> None:
    office.put(*mails)
    office.work()


def unreachable(office: Office) -> list[str]:
    return [a for (a,) in office.ask("SELECT address FROM contacts WHERE unreachable_at IS NOT NULL ORDER BY id")]


def results(office: Office) -> list[str]:
    return [result for (result,) in office.ask("SELECT result FROM deliveries ORDER BY id")]


def doubts(office: Office) -> list[str]:
    rows = office.ask("SELECT data FROM journal WHERE event = 'return.not_believed' ORDER BY id")
    return [json.loads(data)["reason"] for (data,) in rows]


def test_a_report_that_returns_our_mail_and_names_its_recipient_is_believed_once(office: Office, ours: str) -> None:
    taken_in(office, report(ours, (WANG.title(), FAILED)))
    assert office.cases() == ["TS-2026-0001"] * 2
    assert unreachable(office) == [WANG]
    assert results(office) == ["sent", "bounced"]
    taken_in(office, report(ours, (WANG, FAILED), words="The same once more."))
    assert results(office) == ["sent", "bounced"]
    assert doubts(office) == []
    assert office.errors() == []


@pytest.mark.parametrize(
    ("about", "to", "doubt"),
    [
        ("", WANG, "no_mail_of_ours"),
        ("<20260302.1@firm.example>", WANG, "no_mail_of_ours"),
        ("<1.test@plant.example>", WANG, "no_mail_of_ours"),
        ("ours", "li@plant.example", "other_recipient"),
        ("ours", f"x.{WANG}", "other_recipient"),
    ],
)
def test_without_our_mail_or_its_recipient_nothing_changes(
    office: Office, ours: str, about: str, to: str, doubt: str
) -> None:
    before = office.everything()
    taken_in(office, report(ours if about == "ours" else about, (to, FAILED)))
    after = office.everything()
    for table in before.keys() - {"journal", "messages"}:
        assert after[table] == before[table], table
    assert office.mails()[1] == ("aside", "bounce", "bounce")
    assert office.cases() == ["TS-2026-0001", None]
    assert doubts(office) == [doubt]


def test_our_message_id_alone_in_a_report_of_no_recipient_proves_nothing(office: Office, ours: str) -> None:
    taken_in(office, report(ours, words="Your mail could not be delivered: 550 user unknown."))
    assert (unreachable(office), results(office), doubts(office)) == ([], ["sent"], ["no_recipient"])


def test_a_report_whose_sender_failed_the_checks_is_not_believed(office: Office, ours: str) -> None:
    failed = {"Authentication-Results": "mx.firm.example; dmarc=fail header.from=mx.plant.example"}
    taken_in(office, report(ours, (WANG, FAILED), headers=failed))
    assert (unreachable(office), results(office), doubts(office)) == ([], ["sent"], ["failed_checks"])


def test_a_report_of_two_recipients_counts_for_the_one_our_mail_went_to(office: Office, ours: str) -> None:
    taken_in(office, letter(sender="li@works.example"))
    taken_in(office, report(ours, ("li@works.example", FAILED), (WANG, FULL)))
    assert unreachable(office) == []
    assert results(office) == ["sent", "sent", "bounced"]


def test_a_mail_that_is_only_late_has_not_come_back_and_its_failure_still_counts_later(
    office: Office, ours: str
) -> None:
    taken_in(office, report(ours, (WANG, DELAYED)))
    assert (unreachable(office), results(office)) == ([], ["sent", "delayed"])
    assert office.cases() == ["TS-2026-0001"] * 2
    with office.open() as (app, _):
        assert app.lists.counts()["replies.bounced"] == 0
    taken_in(office, report(ours, (WANG, FAILED)))
    assert (unreachable(office), results(office)) == ([WANG], ["sent", "delayed", "bounced"])


@pytest.mark.parametrize("fields", [FULL, EXPIRED, {"Action": "failed", "Status": "4.2.1"}, {"Action": "failed"}])
def test_a_failure_that_may_pass_makes_nobody_unreachable(office: Office, ours: str, fields: dict[str, str]) -> None:
    taken_in(office, report(ours, (WANG, fields)))
    assert (unreachable(office), results(office)) == ([], ["sent", "bounced"])


def test_a_complaint_about_spam_is_noted_with_its_case_and_nobody_failed(office: Office, ours: str) -> None:
    taken_in(office, report(ours, (WANG, {}), kind="feedback-report"))
    assert office.cases() == ["TS-2026-0001"] * 2
    assert (unreachable(office), doubts(office)) == ([], [])


def test_who_sent_a_believed_report_is_not_known_to_the_case_by_it(office: Office, ours: str) -> None:
    """Message-IDs stand in everything passed on: a true-looking report opens no door."""
    eve = "eve@evil.example"
    taken_in(office, report(ours, (WANG, {"Action": "failed", "Status": "4.0.0"}), sender=eve))
    assert office.cases() == ["TS-2026-0001"] * 2
    taken_in(office, letter("请告知处理进展。", subject="TS-2026-0001", sender=eve, headers={"In-Reply-To": ours}))
    assert office.cases()[2] != "TS-2026-0001"


def test_a_free_text_report_that_copies_our_mail_is_believed(office: Office, ours: str) -> None:
    mail = EmailMessage()
    mail["Received"] = "from mx.plant.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"], mail["To"] = "postmaster@mx.plant.example", "service@firm.example"
    mail["Subject"], mail["Message-ID"] = "系统退信", "<b1@mx.plant.example>"
    mail.set_content(f"退信原因：收件人地址不存在。550 User not found: {WANG}\n\n--- 原邮件 ---\nMessage-ID: {ours}\n")
    taken_in(office, mail.as_bytes())
    assert office.cases() == ["TS-2026-0001"] * 2
    assert unreachable(office) == [WANG]


def test_who_writes_again_is_reachable_again_unless_his_mail_failed_the_checks(office: Office, ours: str) -> None:
    taken_in(office, report(ours, (WANG, FAILED)))
    thread = {"In-Reply-To": ours}
    forged = {"Authentication-Results": "mx.firm.example; spf=fail; dmarc=fail"} | thread
    taken_in(office, letter("怎么没有回音？", subject="回复: 投诉", sender=WANG, headers=forged))
    assert unreachable(office) == [WANG]
    taken_in(office, letter("怎么没有回音？请先换货。", subject="回复: 投诉", sender=WANG, headers=thread))
    assert unreachable(office) == []
    assert office.one("SELECT count(*) FROM journal WHERE event = 'contact.reachable'") == 1
    assert office.errors() == []
