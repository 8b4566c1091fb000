"""What became of an answer is told in the next mail its writer gets; alone when he asks for it or was interpreted."""

from __future__ import annotations

from tests.flow.letters import letter
from tests.flow.staffed import Staffed, answer

CUSTOMER = "wang@plant.example"
SERVICE = "bai@firm.example"
REGISTER, PLAN = "请签字：客户投诉登记表", "提出处理方案"


def waiting(people: Staffed) -> None:
    """What waits for its writer's next mail."""
    assert people.office.one("SELECT count(*) FROM gathered WHERE occasion LIKE 'confirm:%' AND told_at IS NULL")


def test_the_next_mail_tells_and_no_mail_comes_for_it_alone(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    before = len(people.sent(SERVICE))
    people.work(answer(people.asked(SERVICE, REGISTER), "同意"))
    assert people.sent(SERVICE)[before:] == []
    waiting(people)
    people.work(letter("轴承全部生锈，要求退货。订单号 DD-2026-1001。", sender="li@mill.example"))
    (first, *others) = people.sent(SERVICE)[before:]
    assert "您先前的回信已办：" in first.text
    assert "[TS-2026-0001] 登记投诉：已签字" in first.text
    assert not any("您先前的回信已办" in item.text for item in others)


def test_who_asks_for_a_word_gets_it_at_once(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(SERVICE, REGISTER), "同意\n收到请回复，谢谢"))
    (told,) = people.sent(SERVICE, containing="已办妥")
    assert "登记投诉" in told.text


def test_who_wrote_words_without_their_label_sees_at_once_what_was_made_of_them(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(SERVICE, PLAN), "我们已安排质量部复检同批库存，并核对发货记录，三日内告知结果。"))
    (told,) = people.sent(SERVICE, containing="已办妥")
    assert "处理方案：我们已安排质量部复检同批库存" in told.text.replace("\n", "")


def test_a_confirmation_alone_makes_no_digest(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(SERVICE, REGISTER), "同意"))
    before = len(people.sent(SERVICE))
    people.office.clock.forward(minutes=90)
    people.work()
    assert not [item for item in people.sent(SERVICE)[before:] if "汇总" in item.subject]
