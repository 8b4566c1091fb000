"""A mail with matters of two kinds opens two cases, once, and its acknowledgement names both numbers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mailflow.casework.summary.period import Period
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import Staffed

CUSTOMER = "wang@plant.example"
BOTH = "订单DD20260301008的离心泵有三台漏水，请换货。另外请报价CX-300潜水泵五十台。联系人：王强 13800001234"


@pytest.fixture
def people(office: Office) -> Staffed:
    return Staffed(office)


def mail(words: str = BOTH, **more: object) -> bytes:
    return letter(words, subject="来信", sender=CUSTOMER, **more)  # type: ignore[arg-type]


def kinds(office: Office) -> list[tuple[str, str]]:
    return [(number, kind) for number, kind in office.ask("SELECT number, kind FROM cases ORDER BY id")]


def test_both_are_opened_and_one_acknowledgement_names_both(people: Staffed) -> None:
    office = people.office
    people.work(mail())
    (complaint, rfq) = kinds(office)
    assert (complaint[1], rfq[1]) == ("complaint", "rfq")
    (told,) = people.sent(CUSTOMER)
    assert complaint[0] in told.subject
    assert complaint[0] in told.text
    assert rfq[0] in told.text
    assert "询价" in told.text
    assert {name for name, _ in people.open_tasks()} >= {"plan"}
    assert office.one("SELECT count(*) FROM tasks WHERE case_id = 2") > 0
    assert office.errors() == []


def test_the_cases_are_linked_and_each_has_its_own_facts(people: Staffed) -> None:
    people.work(mail())
    journal = people.office.ask("SELECT event, data FROM journal WHERE event IN ('case.second', 'case.beside')")
    assert [(event, json.loads(data)["to"]) for event, data in journal] == [
        ("case.second", kinds(people.office)[1][0]),
        ("case.beside", kinds(people.office)[0][0]),
    ]
    with people.office.open() as (app, _):
        first, second = (app.lists.case(number) for number, _ in kinds(people.office))
        assert first is not None
        assert second is not None
        assert first["facts"]["order_no"]["values"] == ["DD20260301008"]
        assert "order_no" not in second["facts"]
        assert second["facts"]["model"]["values"] == ["CX-300"]
        assert second["facts"]["contact"]["values"] == ["王强"]
        assert [item for item in app.verify() if item.severity == "error"] == []


def test_nothing_is_opened_twice(people: Staffed) -> None:
    office, first = people.office, mail()
    people.work(first)
    people.work(first)  # the same bytes again
    people.work(mail())  # the same words sent again
    ours = people.sent(CUSTOMER)[0]
    people.work(
        mail("漏水的泵怎么样了？另外请报价CX-300潜水泵五十台。", headers={"In-Reply-To": str(ours.mail["Message-ID"])})
    )
    assert [kind for _, kind in kinds(office)] == ["complaint", "rfq"]
    assert office.errors() == []


def test_another_matter_in_the_thread_gets_its_case_and_the_receipt_names_it(people: Staffed) -> None:
    office = people.office
    people.work(mail("离心泵有三台漏水，请换货。"))
    ours = people.sent(CUSTOMER)[0]
    people.work(
        letter(
            "漏水的泵还没有人来看。另外请报价CX-300潜水泵五十台。",
            subject=f"回复：{ours.subject}",
            sender=CUSTOMER,
            headers={"In-Reply-To": str(ours.mail["Message-ID"])},
        )
    )
    assert [kind for _, kind in kinds(office)] == ["complaint", "rfq"]
    assert kinds(office)[1][0] in people.sent(CUSTOMER)[-1].text
    assert office.errors() == []


def test_a_demand_opens_no_second_case(people: Staffed) -> None:
    people.work(mail("离心泵有三台漏水，请换货。另外请赔偿停工损失，并说明原因。"))
    assert [kind for _, kind in kinds(people.office)] == ["complaint"]


def test_the_form_ticks_every_box_and_the_summary_counts_them(people: Staffed) -> None:
    people.work(mail("离心泵有三台漏水。发票抬头也写错了。我打电话去，你们客服态度恶劣。"))
    (fields,) = people.office.ask("SELECT fields FROM records WHERE form = 'JL-23-01'")
    assert json.loads(fields[0])["class1"] == ["产品质量", "服务", "单证/发票"]
    assert "客服态度恶劣" in json.loads(fields[0])["class2"]
    (intake,) = people.office.ask("SELECT intake FROM cases")
    told = json.loads(intake[0])["troubles"]
    assert [item["box"] for item in told] == ["产品质量", "单证/发票", "服务"]
    with people.office.open() as (app, _):
        period = Period(people.office.clock() - timedelta(days=1), people.office.clock() + timedelta(days=1))
        facts = app.summaries.read(period, people.office.clock(), promises_until=people.office.clock())
    assert [event.classes for event in facts.events] == [("产品质量", "服务", "单证/发票")]


def test_in_english_both_numbers_are_named_too(people: Staffed) -> None:
    people.work(
        mail("Three of our pumps leak at the seal, please replace them. Also, could you send us the October invoice?")
    )
    (told,) = people.sent(CUSTOMER)
    assert all(number in told.text for number, _ in kinds(people.office))
    assert [kind for _, kind in kinds(people.office)] == ["complaint", "inquiry"]
