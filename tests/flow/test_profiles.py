"""What mails say of a customer is proposed, a person says whether it holds, and whoever keeps the copy is told."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.adapters.sql.stores import BOTH
from tests.flow.letters import letter
from tests.flow.office import DEFAULTS, Office
from tests.flow.staffed import Ask, Staffed, answer

BAI, LIU, ZHENG = "bai@firm.example", "liu@firm.example", "zheng@firm.example"
CARD = """\
--
王强 采购部经理
沧州禾川管道设备有限公司
地址：河北省沧州市解放路8号  邮编：061000
手机：13800001234 传真：0317-8001235
"""
WORDS = "我司收到的球阀有五件漏水，订单号：DD20260301008，批号：B2603-01，请尽快换货。"
MOVED = "各位好，我司已搬迁，新地址：河北省沧州市朝阳大街12号，来信请寄新址，请知悉。"


@pytest.fixture
def people(office: Office) -> Staffed:
    return Staffed(office)


def from_wang(words: str = WORDS, card: str = CARD, **more: Any) -> bytes:
    return letter(f"{words}\n\n{card}", sender="王强 <wang@hechuan.example>", **more)


def asked(people: Staffed) -> list[Ask]:
    return people.sent(BAI, containing="客户档案新内容")


def told(people: Staffed) -> list[Ask]:
    return people.sent(LIU, containing="档案变更")


def values(people: Staffed, what: str = "field, value", where: str = "1=1") -> list[tuple[Any, ...]]:
    question = f"SELECT {what} FROM profile_values WHERE {where} ORDER BY id"  # noqa: S608
    return people.office.ask(question)


def later(people: Staffed, **by: float) -> None:
    people.office.clock.forward(**by)
    people.work()


@pytest.fixture
def proposed(people: Staffed) -> Staffed:
    """A mail with a card came, and whoever keeps the archive was asked."""
    people.work(from_wang())
    later(people, hours=3)
    return people


def test_what_a_card_says_is_proposed_with_its_mail_and_nothing_is_entered(people: Staffed) -> None:
    people.work(from_wang())
    found = dict(values(people))
    assert found == {
        "address": "河北省沧州市解放路8号", "postcode": "061000", "mobile": "13800001234", "fax": "0317-8001235",
    }  # fmt: skip
    assert set(values(people, "status, message_id, source, version")) == {("proposed", 1, "signature", 0)}
    whose = dict(values(people, "field, contact_id"))
    assert whose["address"] is None
    assert whose["mobile"] == people.office.one("SELECT id FROM contacts")


@BOTH
def test_who_keeps_the_archive_is_asked_once_for_all_of_a_mail_and_says_it_by_reply(proposed: Staffed) -> None:
    people = proposed
    (ask,) = asked(people)
    assert (
        "1. KH-00001 · 沧州禾川管道设备有限公司 · 来信 1（wang@hechuan[.]example，2026-03-02）（地址未经确认）"
        in ask.text
    )
    assert "地址：河北省沧州市解放路8号（须另行向客户核实）" in ask.text
    people.work(answer(ask, "确认"))
    assert set(values(people, "status, version, current, decided_by")) == {("accepted", 1, 1, BAI)}
    assert people.sent(BAI, containing="未办成") == []
    assert people.office.errors() == []
    later(people, hours=30)
    assert len(asked(people)) == 1


def test_what_is_wrong_is_put_right_in_the_answer_and_never_proposed_again(proposed: Staffed) -> None:
    people = proposed
    people.work(answer(asked(people)[0], "1 邮编：061001\n1 不对"))
    assert values(people, "value, decided_by, source", "status = 'accepted'") == [("061001", BAI, "person")]
    assert len(values(people, where="status = 'refused'")) == 4
    people.work(from_wang("请问样本何时寄到？", subject="咨询样本"))
    assert values(people, where="status = 'proposed'") == []


def test_a_mail_never_overwrites_what_a_person_entered(proposed: Staffed) -> None:
    people = proposed
    people.work(answer(asked(people)[0], "确认"))
    people.work(from_wang(MOVED, subject="搬迁通知"))
    later(people, hours=30)
    (ask,) = asked(people)[1:]
    assert "地址：河北省沧州市解放路8号 → 河北省沧州市朝阳大街12号" in ask.text
    assert values(people, "value", "field = 'address' AND current") == [("河北省沧州市解放路8号",)]
    people.work(answer(ask, "1 确认"))
    assert values(people, "value, was, version", "field = 'address' AND current") == [
        ("河北省沧州市朝阳大街12号", "河北省沧州市解放路8号", 2)
    ]


@BOTH
def test_who_keeps_the_copy_is_told_every_change_in_writing_and_once(proposed: Staffed) -> None:
    people = proposed
    assert told(people) == []
    people.work(answer(asked(people)[0], "确认"))
    later(people, minutes=11)
    (page,) = told(people)
    assert "KH-00001 · 沧州禾川管道设备有限公司 · 第 1 版" in page.text
    assert "2026-03-02 · 邮编 · / → 061000 · 来信 1 · 白露" in page.text
    later(people, hours=30)
    assert len(told(people)) == 1


def test_a_copy_that_changes_hands_or_whose_mail_failed_is_told_anew(proposed: Staffed) -> None:
    people = proposed
    people.work(answer(asked(people)[0], "确认"))
    later(people, minutes=11)
    people.office.change("UPDATE outbox SET status = 'failed' WHERE occasion LIKE 'profile:copy:%'")
    later(people, hours=30)
    assert len(told(people)) == 2
    people.office.change("UPDATE profile_copies SET holder = ?", ZHENG)
    later(people, hours=30)
    assert "061000" in told(people)[2].text


@pytest.mark.parametrize(
    ("words", "reason"), [("好的，我看看", "看不出"), ("1 邮编：很多", "看不出"), ("2 确认", "看不出"), ("", "看不出")]
)
def test_an_answer_nobody_understands_changes_nothing_and_is_told(proposed: Staffed, words: str, reason: str) -> None:
    people = proposed
    people.work(answer(asked(people)[0], words))
    assert {status for (status,) in values(people, "status")} == {"proposed"}
    (refused,) = people.sent(BAI, containing="未办成")
    assert reason in refused.text


def test_somebody_else_and_a_made_up_code_decide_nothing(proposed: Staffed) -> None:
    people, (ask,) = proposed, asked(proposed)
    people.work(answer(ask, "确认", sender="qin@firm.example"))
    people.work(answer(ask, "确认", thread=False, sender="qin@firm.example"))
    people.work(answer(ask, "确认", thread=False, subject=ask.subject.replace("MF-P1-1-", "MF-P1-2-")))
    people.work(answer(ask, "确认", thread=False, subject=ask.subject.replace("MF-P1-", "MF-P9-")))
    assert {status for (status,) in values(people, "status")} == {"proposed"}
    people.work(answer(ask, "确认", thread=False))
    assert {status for (status,) in values(people, "status")} == {"accepted"}
    people.work(answer(ask, "确认"))
    assert len(values(people)) == 4


def test_a_mail_that_failed_the_checks_proposes_nothing(office: Office) -> None:
    office.mailbox = {"authserv_ids": ("mx.firm.example",)}
    people = Staffed(office)
    forged = {"Authentication-Results": "mx.firm.example; dmarc=fail header.from=hechuan.example"}
    people.work(from_wang(headers=forged))
    assert values(people) == []


def test_who_is_asked_is_the_customers_manager_and_after_a_week_without_an_answer_again(people: Staffed) -> None:
    people.work(from_wang())
    people.office.change("INSERT INTO customer_traits (customer_id, manager) VALUES (1, '施磊')")
    later(people, hours=3)
    assert asked(people) == []
    assert len(people.sent("shi@firm.example", containing="客户档案新内容")) == 1
    later(people, days=8)
    assert len(people.sent("shi@firm.example", containing="客户档案新内容")) == 2


def test_the_archive_shows_the_profile_its_changes_and_the_history_and_verify_knows_it(proposed: Staffed) -> None:
    people = proposed
    page = people.office.storage / "archive" / "KH-00001" / "客户档案.html"
    waiting = page.read_text("utf-8")
    assert "待确认" in waiting
    assert "必填项 0/4" in waiting
    people.work(answer(asked(people)[0], "确认"))
    shown = page.read_text("utf-8")
    assert "待确认" not in shown
    assert "第 1 版 邮编" in shown
    assert "投诉 1 件" in shown
    assert 'href="TS-2026-0001/index.html"' in shown
    assert people.office.errors() == []
    page.write_text(shown.replace("061000", "061999"), "utf-8")
    assert any("客户档案.html" in line for line in people.office.errors())
    people.work(from_wang("请问样本何时寄到？", subject="咨询样本", card="--\n王强\n职务：部长\n"))
    assert people.office.errors() == []


def test_a_page_of_ones_own_is_used_and_one_that_cannot_be_drawn_is_passed_over(office: Office) -> None:
    shutil.copytree(DEFAULTS / "templates", office.folder / "templates")
    office.templates = office.folder / "templates"
    own = office.templates / "archive" / "customer.html"
    text = own.read_text("utf-8")
    page = office.storage / "archive" / "KH-00001" / "客户档案.html"
    own.write_text(text.replace("客户单位", "本客户"), "utf-8")
    people = Staffed(office)
    people.work(from_wang())
    assert "待确认" in page.read_text("utf-8")
    own.write_text("{{ nothing }}", "utf-8")
    people.work(from_wang("请问样本何时寄到？", subject="咨询样本", card="--\n王强\n职务：部长\n"))
    assert "部长" in page.read_text("utf-8")


# ---------------------------------------------------------------------------------------------- checked every quarter


def to_check(people: Staffed) -> list[Ask]:
    return people.sent(BAI, containing="季度核定一次")


def checked(people: Staffed) -> list[tuple[Any, ...]]:
    return people.office.ask("SELECT period, checked_by FROM profile_checks WHERE checked_at IS NOT NULL ORDER BY id")


@pytest.fixture
def april(proposed: Staffed) -> Staffed:
    """Two profiles were begun in March; it is April."""
    people = proposed
    people.work(answer(asked(people)[0], "确认"))
    card = "--\n李明\n天津华信贸易有限公司\n邮编：300000\n"
    people.work(letter(f"{WORDS.replace('008', '009')}\n\n{card}", sender="li@huaxin.example"))
    later(people, hours=21)
    people.work(answer(asked(people)[1], "确认"))
    people.office.clock.forward(days=29)
    people.work()
    return people


@BOTH
def test_every_quarter_each_profile_is_checked_by_itself_and_one_word_for_all_does_not_count(april: Staffed) -> None:
    people = april
    (ask,) = to_check(people)
    assert "请核定：2026-Q2 客户档案 2 份" in ask.subject
    assert "1. KH-00001 · 沧州禾川管道设备有限公司" in ask.text
    assert "wang@hechuan[.]example 手机：13800001234" in ask.text
    assert "缺：总机、姓名" in ask.text
    people.work(answer(ask, "全部确认"))
    assert checked(people) == []
    people.work(answer(ask, "1 确认\n2 不对"))
    assert checked(people) == [("2026-Q2", BAI)]
    assert "请写明应有的内容" in people.sent(BAI, containing="未办成")[-1].text
    people.work(answer(ask, "2 总机：022-88001234", thread=False))
    assert len(checked(people)) == 2
    assert values(people, "value, source", "field = 'telephone' AND current") == [("022-88001234", "person")]
    people.work(answer(ask, "1 确认"))
    assert people.sent(BAI, containing="未办成")[-1].text != ""
    later(people, days=8)
    assert len(to_check(people)) == 1
    assert people.office.errors() == []


def test_a_profile_begun_in_the_quarter_is_not_asked_for_and_one_without_an_answer_is_asked_again(
    april: Staffed,
) -> None:
    people = april
    later(people, days=7, hours=1)
    first, again = to_check(people)
    assert people.office.ask("SELECT DISTINCT times FROM profile_checks") == [(2,)]
    people.work(answer(first, "1 确认", thread=False))  # its points were asked again, in another mail
    assert checked(people) == []
    people.work(answer(again, "1 确认", sender="qin@firm.example", thread=False))
    people.work(answer(again, "1 确认", sender="qin@firm.example"))
    people.work(answer(again, "1 确认", thread=False, subject=again.subject.replace("MF-V1-", "MF-V7-")))
    assert checked(people) == []


def test_a_new_profile_is_checked_from_the_next_quarter_on(proposed: Staffed) -> None:
    people = proposed
    people.work(answer(asked(people)[0], "确认"))
    later(people, days=8)
    assert to_check(people) == []
