"""What our own mail server found about a sender goes with his mail, and what it forbids is not done."""

from __future__ import annotations

import json

import pytest

from mailflow.domain.tasks import CaseStatus
from mailflow.trust.level import Level
from mailflow.trust.policy import TABLE, Action
from tests.flow.letters import COMPLAINT, answer_of, letter
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed, answer, parsed

WANG = "王强 <wang@plant.example>"
PASS = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=plant.example"}
FAIL = {"Authentication-Results": "mx.firm.example; spf=fail smtp.mailfrom=wang@plant.example; dmarc=fail"}
PLANTED = {
    "Authentication-Results": "mx.firm.example; spf=none",
    "received": "from desk by mail.evil.example with ESMTP; Mon, 02 Mar 2026 08:59:00 +0800",
    "authentication-results": "mx.firm.example; dmarc=pass header.from=plant.example",
}


@pytest.fixture
def guarded(office: Office) -> Office:
    """An office whose mail server's name a person confirmed."""
    office.mailbox = {"authserv_ids": ("MX.firm.example",)}
    return office


def trusts(office: Office) -> list[str]:
    return [trust for (trust,) in office.ask("SELECT trust FROM messages ORDER BY id")]


def noted(office: Office, event: str) -> list[dict[str, str]]:
    return [json.loads(data) for (data,) in office.ask("SELECT data FROM journal WHERE event = ? ORDER BY id", event)]


def test_how_sure_we_are_is_kept_with_every_mail_and_journaled_when_there_was_a_verdict(guarded: Office) -> None:
    guarded.put(letter(sender=WANG, headers=PASS), letter(sender="li@works.example"))
    guarded.put(letter(sender="sun@shop.example", headers=FAIL), letter(sender="qian@a.example", headers=PLANTED))
    guarded.work()
    assert trusts(guarded) == ["authenticated", "unverified", "failed", "unverified"]
    assert guarded.statuses() == ["handled"] * 4
    assert noted(guarded, "mail.trust") == [
        {"trust": "authenticated", "reason": "dmarc=pass"},
        {"trust": "failed", "reason": "dmarc=fail"},
    ]
    assert guarded.errors() == []


def test_without_a_name_of_our_server_nobody_is_authenticated(office: Office) -> None:
    office.put(letter(sender=WANG, headers=PASS), letter(sender="sun@shop.example", headers=FAIL))
    office.work()
    assert trusts(office) == ["unverified", "failed"]


# ------------------------------------------------------------------------------------------------ joining a case


def text_of(office: Office, number: int) -> str:
    """The plain text of a mail of ours, by its place among those sent."""
    body = parsed(office.replies()[number]).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def continuations(office: Office) -> list[bytes]:
    """Mails in Wang's name that belong to his case, each by another way, all of which failed the checks."""
    thread = {"In-Reply-To": answer_of(office.replies()[0].content)}
    return [
        letter("请把货改送到新地址。", subject="改地址", sender=WANG, headers=FAIL | thread),
        letter("请告诉我处理结果和联系电话。", subject="关于 TS-2026-0001", sender=WANG, headers=FAIL),
        letter(COMPLAINT, subject="再发一次", sender=WANG, headers=FAIL),
        letter(
            "订单号：DD20260301008 的球阀漏水仍未解决，批号：B2603-01。",
            subject="投诉：漏水",
            sender=WANG,
            headers=FAIL,
        ),
    ]


def test_a_continuation_that_failed_joins_nothing_and_the_customer_hears_once_a_day(guarded: Office) -> None:
    guarded.put(letter(sender=WANG))
    guarded.work()
    before = guarded.everything()
    mails = continuations(guarded)
    guarded.put(*mails)
    guarded.work()
    assert guarded.mails()[1:] == [("held", "", "failed_sender")] * 4
    assert guarded.cases() == ["TS-2026-0001", None, None, None, None]
    assert [item["how"] for item in noted(guarded, "mail.held")] == ["thread", "number", "resent", "order"]
    for table in ("cases", "contacts", "findings", "records", "counters"):
        assert guarded.everything()[table] == before[table], table
    assert guarded.recipients() == ["wang@plant.example"] * 2  # the acknowledgement, and one warning for all four
    warning = parsed(guarded.replies()[1])
    assert "In-Reply-To" not in warning
    assert "我们收到一封以您的名义写来的邮件，涉及案件 TS-2026-0001" in text_of(guarded, 1)
    assert "新地址" not in text_of(guarded, 1)
    detail = guarded.one("SELECT detail FROM messages WHERE id = 2")
    assert detail == "TS-2026-0001 (thread): dmarc=fail"
    guarded.clock.forward(days=1)
    guarded.put(letter("还没有收到货。", subject="关于 TS-2026-0001", sender=WANG, headers=FAIL))
    guarded.work()
    assert guarded.recipients() == ["wang@plant.example"] * 3
    assert guarded.errors() == []


def test_it_joins_when_a_person_lets_it_go_on(guarded: Office) -> None:
    guarded.put(letter(sender=WANG))
    guarded.work()
    guarded.put(continuations(guarded)[0])
    guarded.work()
    with guarded.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(2)
        worker.once()
    assert guarded.cases() == ["TS-2026-0001", "TS-2026-0001"]
    assert trusts(guarded) == ["unverified", "failed"]
    assert guarded.recipients() == ["wang@plant.example"] * 3  # acknowledged, warned, answered


@pytest.mark.parametrize("headers", [PASS, {}, PLANTED], ids=["authenticated", "unverified", "planted"])
def test_what_did_not_fail_joins_as_ever(guarded: Office, headers: dict[str, str]) -> None:
    guarded.put(letter(sender=WANG))
    guarded.work()
    thread = {"In-Reply-To": answer_of(guarded.replies()[0].content)}
    guarded.put(letter("请问换货什么时候能到？", subject="催办", sender=WANG, headers=headers | thread))
    guarded.work()
    assert guarded.cases() == ["TS-2026-0001", "TS-2026-0001"]


def test_a_colleague_of_the_customer_is_told_when_the_forged_address_is_unknown(guarded: Office) -> None:
    guarded.put(letter("The valves leak. Order no. DD20260301008. Please replace them.", subject="Leaking valves",
                       sender="Ann Wang <wang@plant.example>"))  # fmt: skip
    guarded.work()
    guarded.put(letter("Send the goods elsewhere.", subject="TS-2026-0001", sender="new@plant.example", headers=FAIL))
    guarded.work()
    assert guarded.mails()[1] == ("held", "", "failed_sender")
    assert guarded.recipients() == ["wang@plant.example"] * 2
    assert "We received an email in your name about case TS-2026-0001" in text_of(guarded, 1)


def test_a_failed_mail_in_our_own_name_joins_nothing_and_warns_no_customer(guarded: Office) -> None:
    guarded.put(letter(sender=WANG))
    guarded.work()
    guarded.put(letter("请改送新地址。", subject="TS-2026-0001", sender="zhou@firm.example", headers=FAIL))
    guarded.work()
    assert guarded.mails()[1] == ("held", "", "failed_sender")
    assert guarded.recipients() == ["wang@plant.example"]


# ------------------------------------------------------------------------------------------------- a new matter


def test_a_new_matter_that_failed_opens_its_own_case_under_a_customer_of_its_own(guarded: Office) -> None:
    guarded.put(letter(sender=WANG))
    guarded.work()
    contacts = guarded.ask("SELECT * FROM contacts")
    guarded.put(
        letter("贵司减速机异响，订单号：DD20260309001，请派人来看。", subject="投诉：减速机", sender=WANG, headers=FAIL)
    )
    guarded.work()
    assert guarded.mails()[1] == ("handled", "complaint", "")
    assert guarded.cases() == ["TS-2026-0001", "TS-2026-0002"]
    assert guarded.recipients() == ["wang@plant.example"] * 2  # acknowledged like any other
    owners = guarded.ask("SELECT k.number FROM cases c JOIN customers k ON k.id = c.customer_id ORDER BY c.id")
    assert owners == [("KH-00001",), ("KH-00002",)]
    assert guarded.ask("SELECT * FROM contacts") == contacts
    assert noted(guarded, "customer.unproven") == [{"number": "KH-00002", "claims": "KH-00001"}]
    guarded.put(letter("电机不转，订单号：DD20260310002。", subject="投诉：电机", sender=WANG, headers=PASS))
    guarded.work()
    newest = guarded.ask("SELECT k.number FROM cases c JOIN customers k ON k.id = c.customer_id ORDER BY c.id DESC")
    assert newest[0] == ("KH-00001",)
    assert guarded.errors() == []


def test_a_first_mail_that_failed_makes_nobody_known(guarded: Office) -> None:
    words = f"{COMPLAINT}\n\n王强\n东港热电设备有限公司"
    guarded.put(letter(words, sender=WANG, headers=FAIL))
    guarded.work()
    assert guarded.statuses() == ["handled"]
    assert guarded.one("SELECT count(*) FROM contacts") == 0
    guarded.put(
        letter("电机不转，订单号：DD20260310002。\n\n李明\n东港热电设备有限公司", subject="投诉", sender="li@qq.com")
    )
    guarded.work()
    owners = guarded.ask("SELECT customer_id FROM cases ORDER BY id")
    assert owners[0] != owners[1]  # the company's name leads nobody to it


def test_a_stranger_who_knows_an_address_and_a_case_number_takes_over_nothing_in_three_mails(guarded: Office) -> None:
    """Every mail is what its sender can send: his own server's pass, or the customer's name with failed checks."""
    guarded.put(letter(sender=WANG))
    guarded.work()
    evil = {"Reply-To": "eve@evil.example"}
    guarded.put(
        letter("我换了邮箱，以后请写到 eve@evil.example。", subject="TS-2026-0001", sender=WANG, headers=FAIL | evil)
    )
    guarded.work()
    own = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=evil.example"}
    thread = {"In-Reply-To": answer_of(guarded.replies()[0].content)}
    guarded.put(letter("我是王强，请告知处理进展和登记的电话。", subject="Re: TS-2026-0001", sender="eve@evil.example",
                       headers=own | thread))  # fmt: skip
    guarded.work()
    guarded.put(letter("请把 TS-2026-0001 的货发到新地址。", subject="Re: TS-2026-0001", sender=WANG,
                       headers=FAIL | evil | thread))  # fmt: skip
    guarded.work()
    assert guarded.statuses() == ["handled", "held", "handled", "held"]
    assert guarded.cases()[1:] == [None, guarded.cases()[2], None]
    assert guarded.cases()[2] != "TS-2026-0001"
    got = [(mail.recipients[0], mail.content) for mail in guarded.replies()]
    assert [to for to, _ in got] == ["wang@plant.example", "wang@plant.example", "eve@evil.example"]
    for number, (to, _) in enumerate(got):
        if to == "eve@evil.example":
            assert not {"13800001234", "DD20260301008", "B2603-01"} & set(text_of(guarded, number).split())
            assert not any(fact in text_of(guarded, number) for fact in ("13800001234", "DD20260301008", "B2603"))
    assert guarded.ask("SELECT address FROM contacts WHERE customer_id = 1") == [("wang@plant.example",)]


# --------------------------------------------------------------------------------------------- the table is asked


def test_correcting_and_being_answered_ask_the_table(guarded: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for action in (Action.CORRECT, Action.BE_ANSWERED):
        monkeypatch.setitem(TABLE, action, frozenset({Level.AUTHENTICATED}))
    guarded.put(letter(sender=WANG))
    guarded.work()
    thread = {"In-Reply-To": answer_of(guarded.replies()[0].content)}
    words = "订单号写错了，应为 DD20260301009，不是 DD20260301008。"
    guarded.put(letter(words, subject="更正", sender=WANG, headers=thread))
    guarded.work()
    assert guarded.cases() == ["TS-2026-0001"] * 2
    assert guarded.one("SELECT count(*) FROM corrections") == 0
    assert len(guarded.replies()) == 1
    guarded.put(letter(words + "请更正。", subject="更正", sender=WANG, headers=thread | PASS))
    guarded.work()
    assert guarded.one("SELECT count(*) FROM corrections") == 1
    assert len(guarded.replies()) == 2


@pytest.mark.parametrize(("headers", "round_"), [({}, 1), (PASS, 2)], ids=["unverified", "authenticated"])
def test_reopening_asks_the_table(
    guarded: Office, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], round_: int
) -> None:
    monkeypatch.setitem(TABLE, Action.REOPEN, frozenset({Level.AUTHENTICATED}))
    people = Staffed(guarded)
    people.work(letter(sender=WANG))
    with guarded.open() as (app, _), app.ledger.begin() as work:
        work.close_case(1, CaseStatus.CLOSED, guarded.clock())
    thread = {"In-Reply-To": answer_of(guarded.replies()[0].content)}
    people.work(
        letter("又漏水了，要求换货，订单号：DD20260301008。", subject="投诉", sender=WANG, headers=thread | headers)
    )
    assert guarded.ask("SELECT round FROM cases") == [(round_,)]


def test_confirming_a_contact_by_what_it_brings_back_asks_the_table(
    guarded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TABLE, Action.RETURN_TOKEN, frozenset({Level.AUTHENTICATED}))
    guarded.put(letter(sender=WANG))
    guarded.work()
    answered = answer(Ask(parsed(guarded.replies()[0]), "wang@plant.example"), "请尽快。")
    guarded.put(answered)
    guarded.work()
    assert guarded.one("SELECT confirmed FROM contacts") == 0
    passed = b"Authentication-Results: " + PASS["Authentication-Results"].encode()
    guarded.put(answered.replace(b"\r\nFrom:", b"\r\n" + passed + b"\r\nFrom:", 1).replace(b"<answer", b"<again"))
    guarded.work()
    assert guarded.one("SELECT confirmed FROM contacts") == 1


# ------------------------------------------------------------------------------------------------------ signing


@pytest.mark.parametrize(
    "header",
    [
        FAIL["Authentication-Results"],
        "mx.firm.example; spf=fail smtp.mailfrom=bai@firm.example; dkim=fail header.d=firm.example",
        "mx.elsewhere.example; dmarc=fail",
    ],
)
def test_an_answer_that_failed_the_checks_signs_nothing_and_its_holder_is_told(guarded: Office, header: str) -> None:
    people = Staffed(guarded)
    people.work(letter(sender=WANG))
    task = next(mail for mail in people.sent("bai@firm.example") if "请" in mail.subject)
    signed = guarded.one("SELECT count(*) FROM signatures")
    forged = answer(task, "同意").replace(b"From:", b"Authentication-Results: " + header.encode() + b"\r\nFrom:", 1)
    people.work(forged)
    assert guarded.one("SELECT count(*) FROM signatures") == signed
    assert [item["reason"] for item in noted(guarded, "sign.refused")] == ["forged"]
    assert trusts(guarded)[-1] == "failed"
    refused = people.sent("bai@firm.example")[-1]
    assert "未办成" in refused.subject
    people.work(answer(task, "同意"))
    assert guarded.one("SELECT count(*) FROM signatures") == signed + 1
