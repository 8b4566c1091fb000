"""Who is told what of a case: the one who opened it his own words, confirmed contacts its facts, nobody else anything.

No mail server says anything of these mails: all of them are unverified, as most mail of small companies is.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailflow.customers import token
from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import COMPLAINT, letter
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed, answer, parsed

WANG, LI, EVE = "王强 <wang@plant.example>", "li@plant.example", "eve@evil.example"
COMPANY = "东港热电设备有限公司"
SIGNED = f"{COMPLAINT}\n\n王强\n{COMPANY}"
MACHINE = {"Auto-Submitted": "auto-replied"}
SECRETS = ("13800001234", "DD20260301008", "B2603-01")
CORRECTION = "电话写错了，应为 13900005678，不是 13800001234。"


def mails_to(office: Office, address: str) -> list[Ask]:
    """What somebody received, oldest first."""
    return [Ask(parsed(mail), address) for mail in office.replies() if mail.recipients == (address,)]


def quoting(ask: Ask, words: str, *, sender: str = "", **more: Any) -> bytes:
    """An answer whose mail program quotes ours; with ``plain`` it quotes nothing and stands in the thread only."""
    return answer(ask, words, sender=sender or ask.to, **more)


def threaded(ask: Ask, words: str, *, sender: str, subject: str = "", **headers: str) -> bytes:
    thread = {"In-Reply-To": str(ask.mail["Message-ID"])}
    return letter(words, subject=subject or f"回复: {ask.subject}", sender=sender, headers=thread | headers)


def confirmed(office: Office) -> dict[str, bool]:
    return {address: bool(yes) for address, yes in office.ask("SELECT address, confirmed FROM contacts ORDER BY id")}


def proven(office: Office) -> list[str]:
    found = office.ask("SELECT data FROM journal WHERE event = 'contact.confirmed' ORDER BY id")
    return [json.loads(data)["how"] for (data,) in found]


# ------------------------------------------------------------------------------------------------ ordinary customers


@BOTH
def test_who_opened_a_case_goes_on_in_it_and_is_confirmed_by_the_first_answer_that_quotes_us(office: Office) -> None:
    office.put(letter(sender=WANG))
    office.work()
    (first,) = mails_to(office, "wang@plant.example")
    assert confirmed(office) == {"wang@plant.example": False}
    office.put(threaded(first, "还有两件也漏水。", sender=WANG))  # quotes nothing
    office.work()
    assert confirmed(office) == {"wang@plant.example": False}
    office.put(quoting(first, "照片稍后补上，请先安排换货。"))
    office.work()
    assert confirmed(office) == {"wang@plant.example": True}
    assert proven(office) == ["token"]
    assert office.cases() == ["TS-2026-0001"] * 3
    assert office.recipients() == ["wang@plant.example"] * 3
    assert office.errors() == []


def test_every_mail_to_a_customer_ends_with_his_reference_in_text_and_html(office: Office) -> None:
    office.put(letter(sender=WANG))
    office.work()
    office.put(letter("The valves leak. Order no. DD20260301009. Please replace them.", subject="Leaking valves",
                      sender="ann@works.example"))  # fmt: skip
    office.put(
        letter("球閥漏水，訂單號：DD20260301010，請儘快換貨。", subject="投訴：漏水", sender="chen@taipei.example")
    )
    office.work()
    last = {}
    for received in office.replies():
        ask = Ask(parsed(received), received.recipients[0])
        html = ask.mail.get_body(("html",))
        assert html is not None
        last[ask.to] = ask.text.rstrip().splitlines()[-1]
        (found,) = token.find(ask.text)
        assert token.find(str(html.get_content())) == [found]
        secret = (office.storage / "secret.key").read_bytes()
        assert token.is_ours(found, ask.to, secret)
    assert last["wang@plant.example"].startswith("回信时请保留此编号")
    assert last["ann@works.example"].startswith("Please keep this reference")
    assert last["chen@taipei.example"].startswith("回信時請保留此編號")


def test_what_we_had_written_before_is_shown_to_a_confirmed_contact_and_to_nobody_else(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=WANG))
    (first,) = mails_to(office, "wang@plant.example")
    people.work(threaded(first, CORRECTION, sender=WANG))
    receipt = mails_to(office, "wang@plant.example")[1]
    assert office.one("SELECT count(*) FROM corrections") == 1
    assert "13900005678" in receipt.text
    assert "原记录" not in receipt.text
    people.work(quoting(first, "订单号写错了，应为 DD20260301009，不是 DD20260301008。"))
    told = mails_to(office, "wang@plant.example")[2]
    assert "原记录：DD20260301008" in told.text


@pytest.mark.parametrize("words", ["DD20260301008 的货还没到。", CORRECTION])
def test_a_reference_cut_short_confirms_nothing_and_breaks_nothing(office: Office, words: str) -> None:
    office.put(letter(sender=WANG))
    office.work()
    (first,) = mails_to(office, "wang@plant.example")
    (found,) = token.find(first.text)
    office.put(
        letter(f"{words}\n> 编号：RF-{found.case}-{found.check[:9]}", subject=f"回复: {first.subject}", sender=WANG)
    )
    office.work()
    assert confirmed(office) == {"wang@plant.example": False}
    assert office.cases() == ["TS-2026-0001"] * 2
    assert len(mails_to(office, "wang@plant.example")) == 2


def test_letters_reach_the_one_who_opened_the_case_before_he_ever_answered(office: Office) -> None:
    people = Staffed(office)
    office.clock.forward(minutes=-59)
    people.work(letter(sender=WANG))
    office.clock.forward(minutes=25)
    people.work()
    assert [ask.subject for ask in mails_to(office, "wang@plant.example")][1:]  # asked for patience
    assert "letter.nobody" not in people.journal()


# ------------------------------------------------------------------------------------------------------- colleagues


def test_a_colleague_joins_and_hears_his_own_words_until_he_is_confirmed(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=WANG))
    (first,) = mails_to(office, "wang@plant.example")
    forwarded = quoting(first, "我是同事李明，电话 13711112222，请问进展？", sender=LI)  # with Wang's reference in it
    people.work(forwarded)
    assert office.cases() == ["TS-2026-0001"] * 2
    assert confirmed(office) == {"wang@plant.example": False, LI: False}
    (receipt,) = mails_to(office, LI)
    assert not any(secret in receipt.text for secret in SECRETS)
    assert "13711112222" in receipt.text
    people.work(quoting(receipt, "订单号应为 DD20260301009，不是 DD20260301008。"))
    assert confirmed(office) == {"wang@plant.example": False, LI: True}
    assert "原记录：DD20260301008" in mails_to(office, LI)[1].text


def test_a_colleagues_satisfaction_closes_nothing_and_his_correction_corrects_nothing(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=WANG))
    (first,) = mails_to(office, "wang@plant.example")
    people.work(threaded(first, CORRECTION, sender=LI))
    assert office.one("SELECT count(*) FROM corrections") == 0
    assert people.sent("bai@firm.example", containing="13900005678")  # our people hear of it
    assert len(mails_to(office, LI)) == 1


@BOTH
def test_a_pass_for_the_domain_of_a_confirmed_contact_confirms_at_once(new_office: OpenOffice) -> None:
    office = new_office(mailbox={"authserv_ids": ("mx.firm.example",)})
    good = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=plant.example"}
    office.put(letter(sender=WANG, headers=good))
    office.work()
    assert confirmed(office) == {"wang@plant.example": False}  # nobody knew the domain
    office.put(letter("减速机异响，订单号：DD20260309001。", subject="投诉", sender="sun@plant.example", headers=good))
    office.work()
    assert confirmed(office)["sun@plant.example"] is False
    office.put(quoting(mails_to(office, "wang@plant.example")[0], "请尽快。"))
    office.work()
    office.put(letter("电机不转，订单号：DD20260310002。", subject="投诉", sender=LI, headers=good))
    office.put(letter("电机还是不转，订单号：DD20260311003。", subject="投诉", sender="zhao@plant.example"))
    office.put(letter("请问进展？", subject="TS-2026-0002", sender="sun@plant.example", headers=good))
    office.work()
    assert confirmed(office) == {
        "wang@plant.example": True, "sun@plant.example": True, LI: True, "zhao@plant.example": False,
    }  # fmt: skip
    assert proven(office) == ["token", "domain", "domain"]


# --------------------------------------------------------------------------------------------- who only names himself


@BOTH
def test_who_names_a_company_is_filed_with_it_and_never_told_of_its_cases(office: Office) -> None:
    office.put(letter(SIGNED, sender=WANG))
    office.work()
    office.put(quoting(mails_to(office, "wang@plant.example")[0], "请尽快。"))
    office.put(letter(f"电机不转，订单号：DD20260310002。\n\n王强\n{COMPANY}", subject="投诉：电机", sender=EVE))
    office.work()
    (own,) = mails_to(office, EVE)
    office.put(quoting(own, "谢谢，请继续。"))  # brings her own reference back
    office.work()
    assert confirmed(office) == {"wang@plant.example": True, EVE: False}
    for words in ("请告知 TS-2026-0001 登记的电话和订单号。", "电话写错了，应为 13900005678。"):
        office.put(letter(words, subject="Re: TS-2026-0001", sender=EVE))
        office.work()
    assert office.cases()[3] == "TS-2026-0002"  # her own case goes on
    assert office.cases().count("TS-2026-0001") == 2
    assert not any(secret in ask.text for ask in mails_to(office, EVE) for secret in SECRETS)


def test_our_people_are_told_when_nothing_but_a_name_says_who_wrote(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(SIGNED, sender=WANG))
    people.work(letter(f"电机不转，订单号：DD20260310002。\n\n王强\n{COMPANY}", subject="投诉：电机", sender=EVE))
    asked = people.sent("bai@firm.example")
    first, second = ([ask for ask in asked if f"TS-2026-000{number}" in ask.subject] for number in (1, 2))
    assert first
    assert not any("只自称该客户" in ask.text for ask in first)
    assert any("只自称该客户" in ask.text for ask in second)


def test_who_was_first_to_take_a_companys_name_learns_nothing_of_the_real_one(office: Office) -> None:
    office.put(letter(f"球阀漏水，订单号：DD20260201001。\n\n王强\n{COMPANY}", sender=EVE))
    office.work()
    office.put(quoting(mails_to(office, EVE)[0], "请尽快。"))
    office.put(letter(SIGNED, sender=WANG))
    office.work()
    assert confirmed(office) == {EVE: True, "wang@plant.example": False}
    office.put(letter("请告知登记的电话和订单号。", subject="TS-2026-0002", sender=EVE))
    office.put(threaded(mails_to(office, "wang@plant.example")[0], "电话写错了，应为 13900005678。", sender=EVE))
    office.work()
    assert office.cases().count("TS-2026-0002") == 1
    assert not any(secret in ask.text for ask in mails_to(office, EVE) for secret in SECRETS)


def test_a_case_opened_in_a_companys_name_takes_in_no_mail_of_the_company(office: Office) -> None:
    office.put(letter(SIGNED, sender=WANG))
    office.work()
    office.put(quoting(mails_to(office, "wang@plant.example")[0], "请尽快。"))
    words = "贵司减速机漏油，订单号：DD20260301777，批号：B2603-77，请换货。"
    office.put(letter(f"{words}\n\n{COMPANY}", subject="投诉：减速机漏油", sender=EVE))
    office.work()
    office.put(letter(f"{words} 电话 13800001234", subject="投诉：减速机漏油", sender=WANG))
    office.work()
    *_, hers, his = office.cases()
    assert hers != his


# --------------------------------------------------------------------------------------------------------- Reply-To


@pytest.mark.parametrize(
    ("sender", "wanted", "answered"),
    [
        (WANG, "sales@plant.example", "sales@plant.example"),
        (WANG, "sales@mail.plant.example", "sales@mail.plant.example"),
        (WANG, "eve@evil.example", "wang@plant.example"),
        ("wang@qq.com", "eve@qq.com", "wang@qq.com"),
        ("wang@qq.com", "wang@plant.example", "wang@qq.com"),
        ("noreply@plant.example", "eve@evil.example", ""),
    ],
)
def test_where_the_answer_goes(office: Office, sender: str, wanted: str, answered: str) -> None:
    office.put(letter(sender=sender, headers={"Reply-To": wanted}))
    office.work()
    assert office.statuses() == ["handled"]
    assert office.recipients() == ([answered] if answered else [])


def test_a_confirmed_contact_named_as_reply_to_is_answered(office: Office) -> None:
    office.put(letter(SIGNED, sender=WANG))
    office.work()
    office.put(quoting(mails_to(office, "wang@plant.example")[0], "请尽快。"))
    office.work()
    office.put(letter(f"电机不转。\n\n{COMPANY}", subject="投诉", sender="wang@qq.com",
                      headers={"Reply-To": "wang@plant.example"}))  # fmt: skip
    office.work()
    assert office.recipients()[-1] == "wang@plant.example"


def test_a_form_on_our_own_site_is_the_customers_mail(office: Office) -> None:
    form = {"Reply-To": "赵六 <zhao@kehu.example>"}
    office.put(letter(subject="网站留言", sender="website@firm.example", headers=form))
    office.work()
    assert office.cases() == ["TS-2026-0001"]
    assert office.recipients() == ["zhao@kehu.example"]
    assert confirmed(office) == {"zhao@kehu.example": False}
    assert office.one("SELECT channel FROM cases") == "mail"
    office.put(quoting(mails_to(office, "zhao@kehu.example")[0], "补充：还有两件。"))
    office.work()
    assert office.cases() == ["TS-2026-0001"] * 2
    assert confirmed(office) == {"zhao@kehu.example": True}


def test_a_form_joins_only_what_its_writer_may_join(office: Office) -> None:
    office.put(letter(sender=WANG))
    office.work()
    office.put(letter("请告知登记的电话。", subject="TS-2026-0001", sender="website@firm.example",
                      headers={"Reply-To": EVE}))  # fmt: skip
    office.work()
    assert office.cases()[1] != "TS-2026-0001"
    assert not any(secret in ask.text for ask in mails_to(office, EVE) for secret in SECRETS)


def test_a_colleagues_own_reply_to_makes_him_no_customer(office: Office) -> None:
    people = Staffed(office)
    people.work(
        letter(
            "电话记录：海诚机电来电，减速机漏油。",
            subject="电话记录",
            sender="白露 <bai@firm.example>",
            headers={"Reply-To": "bai@qq.com"},
        )
    )
    assert confirmed(office) == {}
    assert mails_to(office, "bai@qq.com") == []


# ---------------------------------------------------------------------------------------------------- never by these


def test_neither_a_bounce_nor_an_automatic_reply_confirms_or_joins_anybody(office: Office) -> None:
    office.put(letter(sender=WANG))
    office.work()
    (first,) = mails_to(office, "wang@plant.example")
    (found,) = token.find(first.text)
    quoted = f"> {first.text.splitlines()[-1]}\nRF-{found.case}-{found.check}"
    office.put(
        threaded(first, f"我正在休假。\n{quoted}", sender=WANG, subject="自动回复：外出", **MACHINE),
        threaded(first, f"Undelivered\n{quoted}", sender=EVE, subject="Undelivered Mail Returned to Sender", **MACHINE),
    )  # fmt: skip
    office.work()
    assert office.statuses() == ["handled", "aside", "aside"]
    assert confirmed(office) == {"wang@plant.example": False}
    office.put(letter("请告知登记的电话和订单号。", subject="TS-2026-0001", sender=EVE))
    office.work()
    assert office.cases()[3] != "TS-2026-0001"


def test_words_that_lie_in_a_case_as_a_bounce_lead_nobody_into_it_when_they_are_sent_again(office: Office) -> None:
    office.put(letter(SIGNED, sender=WANG))
    office.work()
    (first,) = mails_to(office, "wang@plant.example")
    words = f"请告知登记的电话和订单号，我们急着用，谢谢。\n\n{COMPANY}"
    office.put(threaded(first, words, sender=EVE, subject="Undelivered Mail Returned to Sender", **MACHINE))
    office.work()
    office.put(letter(words, subject="请问", sender=EVE))
    office.work()
    assert office.statuses() == ["handled", "aside", "handled"]
    assert office.cases()[2] != office.cases()[0]
    assert not any(secret in ask.text for ask in mails_to(office, EVE) for secret in SECRETS)


def test_mail_a_colleague_passed_into_a_case_lets_its_writer_in_nowhere(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=WANG))
    header = f"请看。\n\n________________________________\n发件人: {EVE}\n收件人: zhou@firm.example\n主题: 球阀\n\n"
    people.work(letter(f"{header}球阀是我们供的。", subject="转发: TS-2026-0001", sender="周敏 <zhou@firm.example>"))
    assert office.cases() == ["TS-2026-0001"] * 2
    people.work(letter("请告知登记的电话。", subject="TS-2026-0001", sender=EVE))
    assert office.cases()[2] != "TS-2026-0001"


# --------------------------------------------------------------------------------------------------- the take-over


@BOTH
def test_the_take_over_in_three_mails_played_in_full(office: Office) -> None:
    """A stranger knows the customer's address, the case's number, and one of our mails that was passed on to him."""
    people = Staffed(office)
    office.clock.forward(minutes=-59)
    people.work(letter(SIGNED, sender=WANG))
    (first,) = mails_to(office, "wang@plant.example")
    to_eve = {"Reply-To": EVE}

    # One: in the customer's name, to be answered elsewhere; with a bounce beside it that names our mail.
    people.work(
        threaded(first, "我换了邮箱，以后请写到 eve@evil.example。", sender=WANG, **to_eve),
        threaded(first, "Not delivered.", sender=EVE, subject="Undelivered Mail Returned to Sender", **MACHINE),
    )
    # Two: as herself, in the thread, with the customer's reference from the mail passed on to her.
    words = f"我是王强，这是我的新邮箱。请告知登记的电话和订单号。\n{COMPANY}\n\n{first.text.splitlines()[-1]}"
    people.work(threaded(first, words, sender=EVE))
    # Three: a correction in the customer's name, whose answer would show what stood there before.
    people.work(threaded(first, CORRECTION, sender=WANG, **to_eve))
    office.clock.forward(minutes=25)
    people.work()

    assert office.cases()[:2] == ["TS-2026-0001"] * 2
    assert office.cases()[3] not in (None, "TS-2026-0001")
    got_by_eve = mails_to(office, EVE)
    assert len(got_by_eve) == 2  # her own case was acknowledged, and she was asked for patience
    for ask in got_by_eve:
        whole = ask.text + ask.subject + str(ask.mail)
        assert not any(secret in whole for secret in SECRETS)
        assert "TS-2026-0001" not in ask.text + ask.subject or "TS-2026-0001" in first.subject
        assert "TS-2026-0002" in ask.subject
    got_by_wang = [ask.text for ask in mails_to(office, "wang@plant.example")]
    assert len(got_by_wang) == 4  # acknowledged, both mails in his name confirmed to himself, asked for patience
    assert any("13900005678" in text for text in got_by_wang)
    assert confirmed(office) == {"wang@plant.example": False, EVE: False}
    assert office.ask("SELECT count(*) FROM contacts WHERE address = ? AND claimed", EVE) == [(1,)]
    assert office.errors() == []
