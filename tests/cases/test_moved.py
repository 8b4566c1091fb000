"""Mails were made the wrong case: split, joined, of another kind, a second matter; said by reply to the case's task."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.flow.letters import answer_of, letter
from tests.flow.staffed import Ask, Staffed, answer

CLERK, LEADER, SALES, CUSTOMER = "bai@firm.example", "han@firm.example", "liu@firm.example", "wang@plant.example"
TWO = (
    "我司收到的货有两个问题：球阀批号B2301开裂，共五件；蝶阀批号B2302漏水三件。"
    "另外这次价格比上次贵了两成，请说明。联系人：王强 13800001234"
)


def asked(people: Staffed, mail: bytes = b"") -> Ask:
    people.work(mail or letter(sender=CUSTOMER))
    return people.asked(CLERK, "登记投诉")


def states(people: Staffed) -> dict[str, tuple[str, str]]:
    """Kind and status of every case by its number."""
    return {number: (kind, status) for number, kind, status in people.office.ask(
        "SELECT number, kind, status FROM cases ORDER BY id"
    )}  # fmt: skip


def facts(people: Staffed, number: str) -> dict[str, list[str]]:
    with people.office.open() as (app, _):
        case = app.lists.case(number)
        assert case is not None
        return {name: item["values"] for name, item in case["facts"].items()}


def case_of_last_mail(people: Staffed) -> str | None:
    return people.office.cases()[-1]


def to_customer(people: Staffed) -> list[str]:
    return [item.subject for item in people.sent(CUSTOMER)]


def test_a_complaint_that_is_an_inquiry_goes_on_as_one_and_the_customer_is_told_nothing(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "产品名称：蝶阀\n改为：咨询"))

    assert states(people) == {"TS-2026-0001": ("complaint", "void"), "ZX-2026-0001": ("inquiry", "open")}
    assert facts(people, "ZX-2026-0001")["product"] == ["蝶阀"]
    assert "答复咨询" in people.asked(CLERK, "答复咨询").text
    assert not [name for name, _ in people.open_tasks() if name in ("register", "plan")]
    assert len(to_customer(people)) == 1  # the acknowledgement, as before
    # Whoever was asked hears once, but not who said it.
    told = [item for item in people.all_sent() if "已作废" in item.subject]
    assert [item.to for item in told] == []
    assert "ZX-2026-0001" in people.sent(CLERK, containing="已办妥")[-1].text
    assert people.office.errors() == []


def test_the_customers_answer_to_the_old_number_reaches_the_case_that_goes_on(people: Staffed) -> None:
    ask = asked(people)
    receipt = people.office.sink.mails[0].content
    people.work(answer(ask, "改为询价"))
    assert states(people)["XJ-2026-0001"] == ("rfq", "open")
    people.work(
        letter(
            "补充：要DN50的。",
            subject="Re: 投诉：球阀漏水",
            sender=CUSTOMER,
            headers={"In-Reply-To": answer_of(receipt)},
        )
    )
    assert case_of_last_mail(people) == "XJ-2026-0001"
    people.work(letter("请尽快报价。", subject="关于 TS-2026-0001", sender=CUSTOMER))
    assert case_of_last_mail(people) == "XJ-2026-0001"


def test_others_who_were_asked_hear_once_that_the_case_is_void(people: Staffed) -> None:
    ask = asked(people, letter(sender=CUSTOMER))
    people.work(answer(ask, "同意"))
    people.work(answer(people.asked(CLERK, "提出处理方案"), "处理方案：质量部今天复检"))
    people.work(answer(people.asked(LEADER, "核准"), "同意"))
    before = len(people.sent(LEADER, containing="已作废"))
    people.work(answer(ask, "改为：询价"))
    assert len(people.sent(LEADER, containing="已作废")) == before + 1
    assert "改立为 XJ-2026-0001" in people.sent(LEADER, containing="已作废")[-1].text


def test_a_mail_of_two_matters_is_split_and_each_case_has_its_own_facts(people: Staffed) -> None:
    ask = asked(people, letter(TWO, sender=CUSTOMER))
    assert facts(people, "TS-2026-0001")["batch_no"] == ["B2301", "B2302"]
    people.work(answer(ask, "拆分：蝶阀 B2302 漏水\n数量：3件"))

    assert states(people) == {"TS-2026-0001": ("complaint", "open"), "TS-2026-0002": ("complaint", "open")}
    assert facts(people, "TS-2026-0001")["batch_no"] == ["B2301"]
    assert facts(people, "TS-2026-0002")["batch_no"] == ["B2302"]
    assert facts(people, "TS-2026-0002")["quantity"] == ["3件"]
    assert facts(people, "TS-2026-0002")["contact"] == ["王强"]
    assert len(to_customer(people)) == 1
    registrations = people.office.ask("SELECT fields FROM records WHERE form = 'JL-23-01' ORDER BY id")
    newest: dict[str, dict[str, Any]] = {}
    for (text,) in registrations:
        fields = json.loads(text)
        newest[fields["case_no"]] = fields
    assert newest["TS-2026-0001"]["batch_no"] == "B2301"
    assert newest["TS-2026-0002"]["batch_no"] == "B2302"
    assert people.office.errors() == []


def test_a_second_matter_gets_a_case_of_its_own_beside_the_first(people: Staffed) -> None:
    ask = asked(people, letter(TWO, sender=CUSTOMER))
    people.work(answer(ask, "同意\n另立：价格咨询"))
    assert states(people) == {"TS-2026-0001": ("complaint", "open"), "ZX-2026-0001": ("inquiry", "open")}
    assert "batch_no" not in facts(people, "ZX-2026-0001")
    assert facts(people, "TS-2026-0001")["batch_no"] == ["B2301", "B2302"]
    assert ("register", CLERK) not in people.open_tasks()  # signed by the same mail
    assert people.asked(CLERK, "答复咨询").mail["Subject"]


def test_two_cases_of_one_customer_are_joined_with_all_their_mails_and_facts(people: Staffed) -> None:
    asked(people)
    second = letter(
        "球阀的照片和型号Q41F-16C我另外发了，这个问题请一起处理，产品也漏油。", subject="投诉：漏油", sender=CUSTOMER
    )
    people.work(second)
    assert len(states(people)) == 2
    receipt = people.office.sink.mails[-1].content
    ask = [item for item in people.sent(CLERK) if "TS-2026-0002" in item.subject and "登记投诉" in item.text][-1]
    people.work(answer(ask, "并入：TS-2026-0001"))

    assert states(people) == {"TS-2026-0001": ("complaint", "open"), "TS-2026-0002": ("complaint", "void")}
    held = facts(people, "TS-2026-0001")
    assert held["order_no"] == ["DD20260301008"]
    assert held["model"] == ["Q41F-16C"]
    with people.office.open() as (app, _):
        case = app.lists.case("TS-2026-0001")
        assert case is not None
        assert {mail["subject"] for mail in case["mails"]} >= {"投诉：球阀漏水", "投诉：漏油"}
    people.work(
        letter("请问进展？", subject="Re: 投诉：漏油", sender=CUSTOMER, headers={"In-Reply-To": answer_of(receipt)})
    )
    assert case_of_last_mail(people) == "TS-2026-0001"
    assert people.office.errors() == []


@pytest.mark.parametrize(
    ("words", "joined"),
    [("并入：TS-2026-0001", False), ("并入：TS-2026-0001，KH-00001与KH-00002是同一家", True)],
)
def test_cases_of_two_customers_are_joined_only_by_a_word_that_names_both(
    people: Staffed, words: str, joined: bool
) -> None:
    asked(people)
    people.work(letter("你们的减速机漏油，请处理。", subject="投诉：漏油", sender="zhao@other.example"))
    receipt = people.office.sink.mails[-1].content
    ask = [item for item in people.sent(CLERK) if "TS-2026-0002" in item.subject and "登记投诉" in item.text][-1]
    people.work(answer(ask, words))
    assert (states(people)["TS-2026-0002"][1] == "void") is joined
    if not joined:
        refusal = people.sent(CLERK)[-1]
        assert "KH-00001" in refusal.text
        assert "KH-00002" in refusal.text
        return
    people.work(
        letter(
            "现在怎么样了？",
            subject="Re: 投诉：漏油",
            sender="zhao@other.example",
            headers={"In-Reply-To": answer_of(receipt)},
        )
    )
    assert case_of_last_mail(people) == "TS-2026-0001"
    assert people.office.errors() == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("改为：天气", "没有“天气”这一类"),
        ("改为：投诉", "本案已是这一类"),
        ("并入：TS-2026-0009", "不是另一个案件的编号"),
        ("并入：TS-2026-0001", "不是另一个案件的编号"),
        ("拆分：", "请写明是哪一部分"),
        ("改为：询价\n并入：TS-2026-0009", "只能改一次"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(people: Staffed, words: str, why: str) -> None:
    ask = asked(people)
    people.work(answer(ask, words))
    assert states(people) == {"TS-2026-0001": ("complaint", "open")}
    assert why in people.sent(CLERK)[-1].text


def test_numbers_are_not_used_again_and_the_old_records_are_marked_in_the_archive(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "改为：咨询"))
    people.work(letter("离心泵两台振动，请处理。", subject="投诉：振动", sender="q@pump.example"))
    assert list(states(people)) == ["TS-2026-0001", "ZX-2026-0001", "TS-2026-0002"]
    archived = json.loads(
        next(content for name, content in people.office.files().items() if name.endswith("KH-00001/archive.json"))
    )
    old = next(row for row in archived["cases"].values() if row["number"] == "TS-2026-0001")
    assert (old["status"], old["goes_on_as"]) == ("void", "ZX-2026-0001")
    assert {row["superseded_by"] for row in archived["records"].values() if row["case"] == "TS-2026-0001"} == {
        "ZX-2026-0001"
    }
    new = next(row for row in archived["cases"].values() if row["number"] == "ZX-2026-0001")
    assert new["mails_of_other_cases"] == [1]


def test_a_mail_that_only_quotes_our_examples_moves_nothing(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "同意\n\n> 并入：TS-2026-0012\n> 改为：询价"))
    assert states(people) == {"TS-2026-0001": ("complaint", "open")}
    assert ("register", CLERK) not in people.open_tasks()


def test_a_line_of_text_that_fills_a_field_moves_nothing_and_is_asked_back_whole(people: Staffed) -> None:
    asked(people)
    plan = people.asked(CLERK, "提出处理方案")
    people.work(answer(plan, "处理方案：密封件换新\n改为：不锈钢\n另立：专人跟进"))
    assert states(people) == {"TS-2026-0001": ("complaint", "open")}
    assert people.office.ask("SELECT value FROM answers WHERE field = 'plan'") == []
    back = people.all_sent()[-1]
    assert back.to == CLERK
    assert "处理方案：密封件换新 改为：不锈钢 另立：专人跟进" in back.text


def test_a_machine_moves_and_corrects_nothing(people: Staffed) -> None:
    ask = asked(people)
    for words in ("改为：询价", "产品名称：蝶阀"):
        people.work(answer(ask, words).replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1))
    assert states(people) == {"TS-2026-0001": ("complaint", "open")}
    assert people.office.one("SELECT count(*) FROM corrections") == 0


def test_who_only_works_on_a_case_does_not_move_it(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "同意"))
    contain = people.asked("qin@firm.example", "应急处置")
    people.work(answer(contain, "改为：询价"))
    assert states(people) == {"TS-2026-0001": ("complaint", "open")}
    assert "只有登记案件的人" in people.sent("qin@firm.example")[-1].text


def test_of_two_cases_from_one_mail_the_letter_that_is_answered_tells_which_is_meant(people: Staffed) -> None:
    ask = asked(people, letter(TWO, sender=CUSTOMER, message_id="<first@plant.example>"))
    people.work(answer(ask, "同意\n拆分：蝶阀 B2302 漏水"))
    plans = [item for item in people.sent(CLERK) if "TS-2026-0002" in item.subject and "提出处理方案" in item.subject]
    people.work(answer(plans[-1], "处理方案：蝶阀本周五前换新"))
    people.work(answer(people.asked(LEADER, "核准"), "同意"))
    told = people.office.sink.mails[-1]
    assert told.recipients == (CUSTOMER,)
    threaded = {
        "In-Reply-To": answer_of(told.content),
        "References": f"<first@plant.example> {answer_of(told.content)}",
    }
    people.work(letter("好的，请尽快。", subject="回复: 投诉", sender=CUSTOMER, headers=threaded))
    assert case_of_last_mail(people) == "TS-2026-0002"
