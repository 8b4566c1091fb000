"""Work that changes hands: who took it over is printed, signs, gets it back, and is kept from what he may not judge."""

from __future__ import annotations

import json
from typing import Any

from tests.flow.letters import letter
from tests.flow.robots import WORK, play, usual
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN, DENG, SHI = (f"{name}@firm.example" for name in ("bai", "han", "qin", "deng", "shi"))


def without(*tasks: str) -> Any:
    """The obliging colleague, who leaves these tasks alone."""
    return lambda ask: None if any(f"“{task}”" in ask.text for task in tasks) else usual(ask)


def printed(people: Staffed, form: str = "JL-23-03") -> dict[str, Any]:
    """What people fill in, as the newest version of a record prints it."""
    rows = people.office.ask("SELECT fields FROM records WHERE form = ? ORDER BY revision", form)
    return dict(json.loads(rows[-1][0])["answer"])


def investigating(people: Staffed) -> Ask:
    """The mail that asks the appointed investigator."""
    people.work(letter(sender=CUSTOMER))
    play(people, without("调查"), rounds=6)
    return people.asked(DENG, "调查")


def test_who_takes_an_investigation_over_is_printed_signs_and_gets_it_back(people: Staffed) -> None:
    ask = investigating(people)
    assert printed(people)["investigator"] == "邓宁"
    people.office.clock.forward(minutes=5)
    people.work(answer(ask, "转 施磊"))
    assert ("investigate", SHI) in people.open_tasks()
    assert printed(people)["investigator"] == "施磊"
    work = {**WORK, "责任部门": "质量部"}
    people.office.clock.forward(minutes=5)
    people.work(answer(people.asked(SHI, "调查"), usual(people.asked(SHI, "调查"), work)))
    assert ("sign_investigation", SHI) in people.open_tasks()
    people.office.clock.forward(minutes=5)
    people.work(answer(people.asked(SHI, "客户投诉处理单"), "同意"))
    people.office.clock.forward(minutes=5)
    people.work(answer(people.asked(QIN, "客户投诉处理单"), "退回：没有写明样品数量"))
    assert ("investigate", SHI) in people.open_tasks()
    again = people.asked(SHI, "调查")
    assert "没有写明样品数量" in again.text
    people.office.clock.forward(minutes=5)
    people.work(answer(again, usual(again, work)))
    assert ("sign_investigation", SHI) in people.open_tasks()
    signed = people.office.ask("SELECT person FROM signatures WHERE cell = 'investigator'")
    assert signed == [(SHI,)]


def test_work_of_a_role_that_was_handed_on_comes_back_to_who_did_it(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "提出处理方案")
    people.office.clock.forward(minutes=1)
    people.work(answer(ask, "转 柳青"))
    people.office.clock.forward(minutes=1)
    people.work(answer(people.asked("liu@firm.example", "提出处理方案"), "处理方案：安排复检"))
    people.office.clock.forward(minutes=1)
    people.work(answer(people.asked(HAN, "核准发给客户的方案"), "退回：没有写明何时答复"))
    assert ("plan", "liu@firm.example") in people.open_tasks()
    assert "没有写明何时答复" in people.asked("liu@firm.example", "提出处理方案").text


def test_a_new_investigator_named_after_a_hand_over_is_the_one_asked(people: Staffed) -> None:
    ask = investigating(people)
    people.office.clock.forward(minutes=5)
    people.work(answer(ask, "转 施磊"))
    people.office.clock.forward(minutes=5)
    people.work(answer(people.asked(SHI, "调查"), "转 秦朗"))
    assert ("investigate", QIN) in people.open_tasks()
    assert printed(people)["investigator"] == "秦朗"
    assert people.office.errors() == []
