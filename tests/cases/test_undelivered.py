"""A mail that did not arrive: whoever handles the case hears of it at once, with another way, and nothing is done."""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.adapters.smtp.sender import Never
from mailflow.domain.model import OutgoingMail, Refusal
from mailflow.domain.ports import Sender
from tests.flow.letters import answer_of, letter
from tests.flow.staffed import STAFF, Ask, Staffed, answer
from tests.flow.test_returned_mail import DELAYED, FAILED, report

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN, ZHENG = (f"{name}@firm.example" for name in ("bai", "han", "qin", "zheng"))
BODY = "我司收到的五件球阀漏水，请尽快换货。\n王强\n电话：13800001234"


class Refusing:
    """The way out, but that it takes no mail to some addresses."""

    def __init__(self, sender: Sender, *addresses: str) -> None:
        self.sender, self.addresses = sender, addresses

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        if mail.recipients[0] in self.addresses:
            raise Never("550 5.1.1 no such user here", code=550)
        return self.sender.send(mail)

    def close(self) -> None:
        self.sender.close()


def told(people: Staffed, to: str) -> list[Ask]:
    """The notices of this kind; what a digest tells is none of them."""
    return [mail for mail in people.sent(to) if "未送达" in mail.subject]


def complaint(people: Staffed) -> str:
    """A complaint has come; the Message-ID of our acknowledgement."""
    people.work(letter(BODY, sender=CUSTOMER))
    return answer_of(next(mail.content for mail in people.office.sink.mails if mail.recipients[0] == CUSTOMER))


def test_a_letter_that_comes_back_is_told_at_once_to_who_serves_the_customer_with_his_telephone(
    people: Staffed,
) -> None:
    ours = complaint(people)
    people.work(report(ours, (CUSTOMER, FAILED)))
    (mail,) = told(people, BAI)
    for words in (
        f"<{CUSTOMER}>",
        "13800001234",
        "550 5.1.1 no such user",
        "mailflow contact confirm",
        "outbox resend",
    ):
        assert words in mail.text, words
    assert mail.subject.startswith("[TS-2026-0001]")
    assert told(people, HAN) == []
    people.work(report(ours, (CUSTOMER, FAILED), words="The same once more."))
    assert len(told(people, BAI)) == 1
    assert people.office.one("SELECT count(*) FROM outbox WHERE recipient = ?", CUSTOMER) == 1  # nothing was sent again
    assert people.office.errors() == []


def test_a_letter_that_is_only_late_is_told_to_nobody(people: Staffed) -> None:
    people.work(report(complaint(people), (CUSTOMER, DELAYED)))
    assert told(people, BAI) == []


def test_what_the_server_refuses_for_good_is_told_too(people: Staffed) -> None:
    people.work(letter(BODY, sender=CUSTOMER), sender=lambda way: Refusing(way, CUSTOMER))
    people.work()
    (mail,) = people.sent(BAI, containing="未送达")  # beside what he is asked at this moment
    assert "550 5.1.1 no such user here" in mail.text
    assert people.office.one("SELECT count(*) FROM outbox WHERE status = 'failed'") == 1


def test_an_ask_that_did_not_reach_a_colleague_is_told_with_his_telephone_and_whom_else_to_give_it(
    people: Staffed,
) -> None:
    rules = people.office.folder / "rules" / "staff.yaml"
    rules.write_text(
        STAFF.replace("address: qin@firm.example", "address: qin@firm.example\n    phone: 内线 8123"), "utf-8"
    )
    complaint(people)
    people.work(answer(people.asked(BAI, "登记投诉"), "同意\n严重程度：重大"), sender=lambda way: Refusing(way, QIN))
    people.work()
    for reader in (BAI, ZHENG):  # who handles the case, and who is above him
        mail = told(people, reader)[0]
        assert f"秦朗 <{QIN}>" in mail.text
        assert "内线 8123" in mail.text
    mail = told(people, BAI)[0]
    assert "mailflow assign" in mail.text
    assert "邓宁" in mail.text  # who stands in for him
    assert ("receive_quality", QIN) in people.open_tasks()  # proposed, not done
    assert len(told(people, BAI)) == 1


def test_a_server_that_takes_nothing_keeps_us_from_writing_about_it(people: Staffed) -> None:
    everybody = (CUSTOMER, BAI, HAN, QIN, ZHENG)
    for _ in range(3):
        people.work(letter(BODY, sender=CUSTOMER), sender=lambda way: Refusing(way, *everybody))
    before = people.office.one("SELECT count(*) FROM outbox")
    people.work(sender=lambda way: Refusing(way, *everybody))
    people.work(sender=lambda way: Refusing(way, *everybody))
    assert people.office.one("SELECT count(*) FROM outbox") == before


def test_a_providers_report_that_brings_nothing_back_is_told_as_not_proven_and_changes_nothing(
    people: Staffed,
) -> None:
    complaint(people)
    people.work(provider_bounce(CUSTOMER))
    (mail,) = people.sent(BAI, containing="可能未送达")
    assert "无法核实" in mail.text
    assert people.office.ask("SELECT address FROM contacts WHERE unreachable_at IS NOT NULL") == []
    people.work(provider_bounce(CUSTOMER, "again"), provider_bounce("nobody@plant.example", "other"))
    assert len(people.sent(BAI, containing="可能未送达")) == 1


def provider_bounce(to: str, mark: str = "first") -> bytes:
    """A bounce as a large provider words it: no copy, no Message-ID of ours."""
    return (
        "Received: from mx.qq.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800\r\n"
        "From: PostMaster@qq.example\r\nTo: service@firm.example\r\nSubject: =?utf-8?b?57O757uf6YCA5L+h?=\r\n"
        f"Message-ID: <{mark}@qq.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "抱歉，您的邮件被退回来了……\r\n原邮件信息：\r\n时间 2026-03-02 10:00:42\r\n主题 Re: 投诉\r\n"
        f"收件人 {to}\r\n退信原因：收件人邮件地址（{to}）不存在，邮件无法送达。\r\n解决方案：请检查收件人地址\r\n"
    ).encode()
