"""What was understood of an answer stands; only the rest is asked for, and the next reply brings it."""

from __future__ import annotations

from tests.flow.letters import letter
from tests.flow.robots import play, usual
from tests.flow.staffed import Staffed, answer

CUSTOMER = "wang@plant.example"
BAI = "bai@firm.example"


def test_half_an_investigation_is_kept_and_the_other_half_ends_it(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda asked: None if "“调查”" in asked.text else usual(asked))
    ask = next(mail for mail in reversed(people.all_sent()) if "“调查”" in mail.text)
    whole = usual(ask)
    assert whole is not None
    lines = [line for line in whole.splitlines() if "：" in line]
    people.work(answer(ask, "\n".join(lines[:3])))
    told = people.sent(ask.to)[-1]
    assert "已经记下" in told.text
    assert f"\n{lines[0].partition('：')[0]}：\n" not in told.text
    assert ("investigate", ask.to) in people.open_tasks()
    again = answer(told, "\n".join(lines[3:]))
    people.work(again)
    assert ("investigate", ask.to) not in people.open_tasks()
    assert people.office.errors() == []


def test_a_condition_is_quoted_and_the_subject_does_not_grow(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "登记投诉")
    people.work(answer(ask, "同意，但是要先和客户确认"))
    first = people.sent(BAI)[-1]
    assert "附带了条件" in first.text
    assert "“但是要先和客户确认”" in first.text
    people.work(answer(first, "同意，但是要先和客户确认"))
    assert people.sent(BAI)[-1].subject.count("未办成") == 1
    people.work(answer(people.sent(BAI)[-1], "同意"))
    assert ("register", BAI) not in people.open_tasks()
