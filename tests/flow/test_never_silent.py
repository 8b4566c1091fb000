"""A customer whose case is worked on is never met with silence: what he writes is answered by a person in time."""

from __future__ import annotations

import pytest

from tests.flow.letters import complaint, letter
from tests.flow.office import Office
from tests.flow.robots import play, usual
from tests.flow.short import customer, short_office, surveyed
from tests.flow.staffed import Ask, Staffed, answer

BAI, HAN, ZHENG = "bai@firm.example", "han@firm.example", "zheng@firm.example"


def begun(office: Office) -> tuple[Staffed, Ask]:
    """A complaint that is being worked on, and the acknowledgement its customer got."""
    people = short_office(office)
    people.work(complaint(1))
    return people, people.sent(customer(1))[-1]


def follow_up(ask: Ask, words: str) -> bytes:
    """What the customer writes in answer."""
    return answer(ask, words, sender=customer(1))


def due(people: Staffed) -> list[tuple[str, str]]:
    return [item for item in people.open_tasks() if item[0].startswith("word_")]


def test_an_angry_follow_up_is_answered_by_a_person_in_time_after_another_approved(office: Office) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, "催了三次了没人理，你们就这样敷衍客户？"))
    assert due(people) == [("word_1", BAI)]
    ask = people.asked(BAI, "给客户回信")
    assert "客户很不满" in ask.text
    assert "你们就这样敷衍客户" in ask.text
    assert "请于" in ask.text
    before = len(people.sent(customer(1)))
    people.work(answer(ask, "回复客户：非常抱歉，工程师明天上午10点到贵司，我会全程跟进。\n内部备注：客户很急"))
    assert due(people) == [("word_1_ok", HAN)]
    approve = people.asked(HAN, "核准给客户的回信")
    assert "工程师明天上午10点到贵司" in approve.text
    assert len(people.sent(customer(1))) == before
    people.work(answer(approve, "同意"))
    assert due(people) == []
    told = people.sent(customer(1))[-1]
    assert "工程师明天上午10点到贵司" in told.text
    assert "客户很急" not in told.text
    assert office.errors() == []


def test_a_word_that_is_not_approved_is_written_anew(office: Office) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, "太过分了，到现在没人管"))
    people.work(answer(people.asked(BAI, "给客户回信"), "回复客户：我们赔您两万元。"))
    people.work(answer(people.asked(HAN, "核准给客户的回信"), "不同意，不能答应赔款"))
    assert due(people) == [("word_1", BAI)]
    people.work(answer(people.asked(BAI, "给客户回信"), "已另行告知：已电话致歉，约定明天上午上门"))
    assert due(people) == []
    assert all("两万元" not in mail.text for mail in people.sent(customer(1)))
    assert office.errors() == []


@pytest.mark.parametrize(
    "words",
    ["再不处理我就向贵司领导投诉了", "这批货款我司将予以扣除", "停线损失我们要索赔", "我们准备找媒体曝光", "已打12315"],
)
def test_who_turns_higher_up_reaches_the_head(office: Office, words: str) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, words))
    for person in (HAN, ZHENG):
        assert any("客户要向上反映" in mail.subject and words in mail.text for mail in people.sent(person)), person
    assert due(people) == [("word_1", BAI)]
    assert "customer.escalates" in people.journal()


def test_what_he_writes_while_a_word_is_due_stands_in_the_same_task(office: Office) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, "太过分了，到现在没人管"))
    people.work(follow_up(ack, "你们是不是打算一直拖下去，再不回复我们就退货"))
    assert due(people) == [("word_1", BAI)]
    said = office.one("SELECT value FROM answers WHERE field = 'word_because_1' ORDER BY id DESC LIMIT 1")
    assert "没人管" in said
    assert "再不回复" in said


def test_who_asks_how_it_stands_before_anything_was_approved_is_answered_by_a_person(office: Office) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, "请问进度如何？"))
    assert due(people) == [("word_1", BAI)]
    assert "客户问进度" in people.asked(BAI, "给客户回信").text
    assert not [mail for mail in people.sent(customer(1)) if "此前已告知" in mail.text]


def test_who_asks_how_it_stands_hears_what_was_approved_and_the_next_date_promised(office: Office) -> None:
    people, ack = begun(office)
    people.work(follow_up(ack, "请问进度如何？"))
    people.work(answer(people.asked(BAI, "给客户回信"), "回复客户：复检已经开始，我们将于3月6日前补发三台。"))
    people.work(answer(people.asked(HAN, "核准给客户的回信"), "同意"))
    people.work(follow_up(ack, "Any update? 进度怎么样了？"))
    state = people.sent(customer(1))[-1]
    assert "此前已告知您的情况" in state.text
    assert "复检已经开始" in state.text
    assert "下一个时间：2026年3月6日" in state.text
    assert due(people) == []
    assert office.errors() == []


def test_who_answers_twice_differently_changes_nothing_and_the_person_is_told(office: Office) -> None:
    people = short_office(office)
    asked = surveyed(people, 1)
    people.work(follow_up(asked[1], "满意"))
    people.work(follow_up(asked[1], "不满意，今天又漏了。"))
    assert [value for (value,) in office.ask("SELECT value FROM answers WHERE field = 'satisfied'")] == ["满意"]
    (told,) = people.sent(HAN, containing="前后答复不一")
    assert "今天又漏了" in told.text
    assert "满意" in told.text
    assert due(people) == [("word_1", BAI)]
    play(people, lambda ask: None if "给客户回信" in ask.text else usual(ask))
    assert office.one("SELECT status FROM cases") == "open"  # he is heard to the end
    assert office.errors() == []


def test_a_stranger_who_writes_angrily_into_the_thread_makes_no_task(office: Office) -> None:
    people, ack = begun(office)
    people.work(answer(ack, "太过分了，再不处理我就曝光", sender="who@else.example"))
    assert due(people) == []


def test_a_quiet_question_and_thanks_make_no_task(office: Office) -> None:
    people, ack = begun(office)
    people.work(
        follow_up(ack, "收到，谢谢，补充一张照片。"), letter("您好，谢谢。", subject="回复", sender=customer(1))
    )
    assert due(people) == []


def test_a_customer_who_hears_nothing_for_some_working_days_gets_a_word(office: Office) -> None:
    people, _ = begun(office)
    people.office.clock.forward(days=4)  # of them two working days
    people.work()
    assert due(people) == []
    people.office.clock.forward(days=5)
    people.work()
    assert due(people) == [("word_1", BAI)]
    assert "自 2026-03-02 以来没有收到我们的任何消息" in people.asked(BAI, "给客户回信").text
    people.work(answer(people.asked(BAI, "给客户回信"), "回复客户：复检还在进行，我们将于3月20日前给您结果。"))
    people.work(answer(people.asked(HAN, "核准给客户的回信"), "同意"))
    assert "复检还在进行" in people.sent(customer(1))[-1].text
    people.office.clock.forward(days=3)
    people.work()
    assert due(people) == []
    people.office.clock.forward(days=9)
    people.work()
    assert due(people) == [("word_2", BAI)]
    assert office.errors() == []


def test_an_order_whose_customer_hears_nothing_gets_a_word_too(office: Office) -> None:
    people = short_office(office)
    words = "我司订购球阀Q41F-16C DN50 30台，单价320元，交期3月25日，订单号：PO-20260302-7，请确认。"
    people.work(letter(words, subject="采购订单 PO-20260302-7", sender="zhao@buyer.example"))
    people.office.clock.forward(days=9)
    people.work()
    assert [name for name, _ in due(people)] == ["word_1"]


def test_whose_turn_it_is_and_who_is_answered_already_hears_no_more(office: Office) -> None:
    people = short_office(office)
    surveyed(people, 1)
    people.office.clock.forward(days=12)
    people.work()
    assert due(people) == []  # he was asked whether he is satisfied: it is his turn


def test_an_office_may_set_the_days_or_look_for_nobody(office: Office) -> None:
    office.casework = office.casework.model_copy(update={"quiet_days": 0})
    people, _ = begun(office)
    people.office.clock.forward(days=20)
    people.work()
    assert due(people) == []
