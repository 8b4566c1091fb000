"""What happens in the middle of a case: broken rules, the accused, a customer who writes, forms filled in wrongly."""

from __future__ import annotations

import shutil

import pytest

from tests.cases.papers import filled
from tests.flow.letters import letter
from tests.flow.office import DEFAULTS, Office
from tests.flow.robots import knowing, play, usual
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN, SHI, DENG = (f"{name}@firm.example" for name in ("bai", "han", "qin", "shi", "deng"))


def test_a_procedure_broken_while_running_leaves_the_old_one_in_force_and_is_said_loudly(office: Office) -> None:
    people = Staffed(office)
    folder = office.rules / "procedures"
    shutil.copytree(DEFAULTS / "rules" / "procedures", folder)
    with office.open() as (_, worker):
        office.put(letter(sender=CUSTOMER))
        worker.once()
        path = folder / "complaint.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("done_by: reply", "done_by: telepathy", 1), "utf-8")
        office.put(letter(sender="li@works.example", subject="投诉：离心泵异响"))
        worker.once()
        troubles = office.health.troubles()
    assert "complaint.yaml" in str(troubles)
    assert office.statuses() == ["handled", "handled"]
    assert {name for name, _ in people.open_tasks()} >= {"register", "plan"}
    digests = office.ask("SELECT procedure FROM cases")
    assert digests[0] == digests[1]


def test_the_accused_does_not_investigate_even_when_appointed(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    say = knowing(调查人="施磊", 被投诉人="施磊")

    def tell(ask: Ask) -> str:
        return usual(ask) + ("\n被投诉人：施磊" if "“登记投诉”" in ask.text else "") if ask.to != HAN else str(say(ask))

    play(people, tell, rounds=3)
    assert ("appoint", HAN) in people.open_tasks()  # refused, with why; it is asked of nobody else
    assert "施磊" not in "".join(mail.text for mail in people.sent(CUSTOMER))
    people.work(answer(people.asked(HAN, "指派调查人"), "调查人：邓宁"))
    holders = {person for name, person in people.open_tasks() if name.startswith(("investigate", "sign_invest"))}
    assert holders == {"deng@firm.example"}


def test_a_customer_who_writes_while_the_case_is_closed_is_heard(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people)
    people.office.clock.forward(days=4)
    people.work()
    people.work(answer(people.sent(CUSTOMER)[-1], "满意"))
    play(people, lambda ask: None if "“结案签字”" in ask.text else usual(ask))
    assert [name for name, _ in people.open_tasks()] == ["close_record"]
    before = len(people.all_sent())
    people.work(answer(people.sent(CUSTOMER)[-1], "昨天又有两件漏水，请问怎么处理？"))
    told = people.all_sent()[before:]
    assert CUSTOMER in {mail.to for mail in told}
    assert any(mail.to.endswith("@firm.example") and "客户" in mail.subject + mail.text for mail in told)
    assert people.office.cases().count("TS-2026-0001") == len(people.office.cases())
    assert people.office.one("SELECT status FROM cases") == "open"


def test_a_form_filled_in_wrongly_changes_nothing(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if "“判定投诉是否成立、原因代码”" in ask.text else usual(ask))
    ask = people.asked(HAN, "判定投诉是否成立、原因代码")
    name, content = ask.file(".docx")
    wrong = filled(content, {"answer:validity": "大概有效", "answer:reason_code": "Q1"})
    people.work(answer(ask, "请查收附件", files={name: wrong}))
    assert "大概有效" in people.sent(HAN)[-1].text
    others = filled(content, {"answer:facts_found": "什么也没有发现"})
    people.work(answer(ask, "请查收附件", files={name: others}))
    assert "文字被改动" in people.sent(HAN)[-1].text
    assert ("finding", HAN) in people.open_tasks()
    assert "大概有效" not in str(people.office.ask("SELECT value FROM answers"))
    good = filled(content, {"answer:validity": "有效", "answer:reason_code": "Q1", "answer:reason_basis": "样品复检"})
    lines = "是否需要纠正措施：否\n是否需要8D报告：否"
    people.work(answer(ask, lines, files={name: good}))
    assert "finding" not in [name for name, _ in people.open_tasks()]
    assert people.office.errors() == []


def test_a_colleagues_name_typed_into_the_cell_is_no_signature(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "登记投诉")
    name, content = ask.file(".docx")
    people.work(answer(ask, "", files={name: filled(content, {"sign:registrar": "韩梅"})}))
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    people.work(answer(ask, "", files={name: filled(content, {"sign:registrar": "白露"})}))
    assert people.office.ask("SELECT name, way FROM signatures") == [("白露", "word")]


def test_a_return_with_its_reason_goes_back_to_the_author_who_reads_it(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if "“客服经理审核处理单”" in ask.text else usual(ask))
    ask = people.asked(HAN, "客服经理审核处理单")
    people.work(answer(ask, "退回：结论没有写明费用由谁承担"))
    again = people.asked(BAI, "提出处置与结论")
    assert "结论没有写明费用由谁承担" in again.text
    assert "客服经理审核处理单：已退回（退回原因：结论没有写明费用由谁承担）" in people.confirmations(HAN)[-1]
    assert people.office.one("SELECT count(*) FROM signatures WHERE cell = 'service_manager'") == 0
    assert "task.returned" in people.journal()


def test_a_plan_that_is_returned_leaves_the_appointment_as_it_is(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if ask.to == HAN else usual(ask), rounds=2)
    appoint = people.asked(HAN, "指派调查人")
    people.work(answer(people.asked(HAN, "核准发给客户的方案"), "退回：没有写明何时答复"))
    assert {"plan", "appoint"} <= {name for name, _ in people.open_tasks()}
    assert "没有写明何时答复" in people.asked(BAI, "提出处理方案").text
    people.work(answer(appoint, "调查人：邓宁"))
    assert people.sent(HAN, containing="未办成") == []
    assert "investigate" in {name for name, _ in people.open_tasks()}
    assert people.office.one("SELECT count(*) FROM tasks WHERE name = 'appoint'") == 1


@pytest.mark.parametrize(
    "words", ["核准承诺：不同意\n没有写明何时答复", "不同意，没有写明何时答复", "核准承诺：不同意，没有写明何时答复"]
)
def test_a_plan_that_is_not_approved_is_written_anew_with_the_reason(people: Staffed, words: str) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if ask.to == HAN else usual(ask), rounds=2)
    people.work(answer(people.asked(HAN, "核准发给客户的方案"), words))
    assert "plan" in dict(people.open_tasks())
    assert "没有写明何时答复" in people.asked(BAI, "提出处理方案").text


def test_a_plan_that_is_not_approved_without_a_reason_waits_for_one(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if ask.to == HAN else usual(ask), rounds=2)
    people.work(answer(people.asked(HAN, "核准发给客户的方案"), "核准承诺：不同意"))
    assert "approve_plan" in dict(people.open_tasks())
    assert "没有写明原因" in people.sent(HAN)[-1].text


def test_a_signature_is_handed_on_only_to_who_may_sign_for_its_role(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "登记投诉")
    people.work(answer(ask, "转 柳青"))
    assert "柳青不担任受理人" in people.sent(BAI)[-1].text
    assert ("register", BAI) in people.open_tasks()
    people.work(answer(ask, "转 韩梅"))  # the deputy of who receives complaints
    assert ("register", HAN) in people.open_tasks()


def test_a_task_handed_on_is_the_others_alone(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "提出处理方案")
    people.office.clock.forward(minutes=1)
    people.work(answer(ask, "转 柳青"))
    new = people.asked("liu@firm.example", "提出处理方案")
    people.work(answer(ask, "处理方案：我来处理"))
    assert "未办成" in people.sent(BAI)[-1].subject
    people.work(answer(new, "处理方案：安排复检"))
    assert "plan" not in [name for name, _ in people.open_tasks()]


def test_our_own_subject_above_his_answer_is_no_news_to_him(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.sent(CUSTOMER)[-1], "收到，请尽快告知结果。"))
    receipt = people.sent(CUSTOMER)[-1].text
    assert "与此前的往来一并处理" in receipt
    assert "问题描述" not in receipt
    assert "产品名称" not in receipt
