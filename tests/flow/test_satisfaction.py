"""Satisfied five ways, and not satisfied five ways: what a customer answers when he is asked, through real servers."""

from __future__ import annotations

from tests.flow.office import Office
from tests.flow.robots import play, usual
from tests.flow.short import customer, short_office, surveyed
from tests.flow.staffed import Ask, Staffed, answer

SATISFIED = (
    "满意",
    "很满意，谢谢贵司的处理！",
    "Satisfied, thank you.",
    "問題已解決，滿意。",
    "满意\n\n发自我的iPhone",
)
UNSATISFIED = (
    "不满意：换来的还是漏。",
    "很不满意，至今没有人来处理",
    "Not satisfied. The replacement leaks too.",
    "谈不上满意，问题没有解决",
    "不滿意，請重新處理。",
)


def of(people: Staffed, question: str, number: int) -> list[str | int]:
    """What the ledger says of this customer's case."""
    case = "SELECT id FROM cases WHERE opened_by = ?"
    return [value for (value,) in people.office.ask(question.replace("CASE", f"({case})"), customer(number))]


def said(people: Staffed, number: int) -> str:
    answers = of(people, "SELECT value FROM answers WHERE field = 'satisfied' AND case_id = CASE ORDER BY id", number)
    return str(answers[-1]) if answers else ""


def open_of(people: Staffed, number: int) -> set[str | int]:
    return {*of(people, "SELECT name FROM tasks WHERE status = 'open' AND case_id = CASE", number)}


def test_five_who_are_satisfied_and_five_who_are_not(office: Office) -> None:
    people = short_office(office)
    numbers = range(1, 11)
    asked = surveyed(people, *numbers)
    words = dict(zip(numbers, (*SATISFIED, *UNSATISFIED), strict=True))
    people.work(*(answer(asked[number], words[number], sender=customer(number)) for number in numbers))
    for number in numbers[:5]:
        assert said(people, number) == "满意", words[number]
        assert "check_follow_up" in open_of(people, number)
        assert of(people, "SELECT round FROM cases WHERE id = CASE", number) == [1]
    for number in numbers[5:]:
        assert said(people, number) == "不满意", words[number]
        assert "draft_answer" in open_of(people, number)
        assert of(people, "SELECT round FROM cases WHERE id = CASE", number) == [2]
    assert office.errors() == []


def test_a_small_thing_left_over_beside_satisfaction_is_somebodys_task_before_the_case_is_closed(
    office: Office,
) -> None:
    people = short_office(office)
    asked = surveyed(people, 1)
    people.work(answer(asked[1], "满意，但铭牌还没寄到。", sender=customer(1)))
    assert said(people, 1) == "满意"
    wish = people.asked("bai@firm.example", "办理客户另提的要求")
    assert "客户另提的要求：但铭牌还没寄到" in wish.text
    assert "请于" in wish.text

    def say(ask: Ask) -> str | None:
        return None if "办理客户另提的要求" in ask.text else usual(ask)

    play(people, say)
    assert of(people, "SELECT status FROM cases WHERE id = CASE", 1) == ["open"]
    assert open_of(people, 1) == {"grant_wish"}
    people.work(answer(wish, "要求办理情况：铭牌今日顺丰寄出"))
    play(people)
    assert of(people, "SELECT status FROM cases WHERE id = CASE", 1) == ["closed"]
    assert office.errors() == []


def test_what_may_be_no_satisfaction_is_asked_and_closes_nothing(office: Office) -> None:
    people = short_office(office)
    words = {1: "满意，但换的泵还没收到", 2: "呵呵，太满意了，等了半个月", 3: "态度满意，质量不满意"}
    asked = surveyed(people, *words)
    people.work(*(answer(asked[number], text, sender=customer(number)) for number, text in words.items()))
    for number in words:
        assert said(people, number) == ""
        assert "follow_up" in open_of(people, number)
    assert len([item for item in people.all_sent() if "请办理" in item.subject and "客户是否满意" in item.text]) >= 1
    assert office.errors() == []
