"""Nobody judges what he did: who else there is is said, and where nobody is, the general manager's word is recorded."""

from __future__ import annotations

import json

from tests.cases.test_handed_over import without
from tests.flow.letters import letter
from tests.flow.robots import WORK, knowing, play, usual
from tests.flow.staffed import STAFF, Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN, DENG, ZHENG = (f"{name}@firm.example" for name in ("bai", "han", "qin", "deng", "zheng"))
OF_QUALITY = {**WORK, "责任部门": "质量部"}
EXCEPTION = "准许例外：质量部会签处理单"


def quality_answers(ask: Ask) -> str | None:
    """Everybody obliges; quality is found responsible; nobody says whether there may be an exception."""
    return None if "准许例外" in ask.subject else usual(ask, OF_QUALITY)


def test_the_head_of_the_accused_department_is_not_made_investigator_and_others_are_named(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(BAI, "登记投诉"), "同意\n被投诉人：秦朗"))
    play(people, without("指派调查人"), rounds=3)
    ask = people.asked(HAN, "指派调查人")
    people.work(answer(ask, "调查人：秦朗"))
    told = people.sent(HAN)[-1]
    assert "不能这样办理" in told.text
    assert "被投诉人" in told.text
    assert "可改由：" in told.text
    assert "邓宁" in told.text
    assert ("appoint", HAN) in people.open_tasks()


def test_an_investigator_of_the_department_responsible_is_not_its_head_too(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: usual(ask, {**WORK, "调查人": "秦朗", "责任部门": "质量部"}), rounds=9)
    asked = people.office.ask("SELECT person FROM tasks WHERE name = 'heard_dept'")
    assert asked == [(ZHENG,)]  # the one above him answers for the department
    assert people.office.ask("SELECT person FROM signatures WHERE cell = 'investigator'") == [(QIN,)]


def test_where_nobody_else_is_there_the_general_manager_is_asked_and_his_words_are_printed(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, quality_answers)
    assert ("sign_sheet_quality", "") in people.open_tasks()
    ask = people.asked(ZHENG, EXCEPTION)
    assert "秦朗" in ask.text
    assert "责任部门确认" in ask.text
    people.work(answer(ask, "同意"))
    assert "未办成" in people.sent(ZHENG)[-1].subject  # not without a reason
    people.office.clock.forward(minutes=1)
    people.work(answer(ask, "例外：同意\n例外理由：公司只有一名质量人员"))
    assert ("sign_sheet_quality", QIN) in people.open_tasks()
    play(people, quality_answers)
    assert (QIN,) in people.office.ask("SELECT person FROM signatures WHERE cell = 'quality' AND current")
    fields = people.office.ask("SELECT fields FROM records WHERE form = 'JL-23-03' ORDER BY revision")
    remark = json.loads(fields[-1][0])["exceptions"]
    for words in ("秦朗", "郑浩", "2026-03-02", "公司只有一名质量人员"):
        assert words in remark
    assert {"exception.asked", "exception.granted"} <= set(people.journal())
    assert people.office.one("SELECT count(*) FROM tasks WHERE name = 'except_sign_sheet_quality'") == 1
    assert people.office.errors() == []


def test_what_the_general_manager_does_not_allow_waits_for_somebody_else(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, quality_answers)
    people.work(answer(people.asked(ZHENG, EXCEPTION), "例外：不同意\n例外理由：请质量部另派人"))
    assert ("sign_sheet_quality", "") in people.open_tasks()
    assert any("任务无人承担" in mail.subject for mail in people.sent(ZHENG))
    assert people.office.one("SELECT count(*) FROM tasks WHERE name = 'except_sign_sheet_quality'") == 1


def test_an_answer_to_a_customer_has_no_exception(people: Staffed) -> None:
    """The one left who could approve it investigated: it waits, and nobody is asked to let him."""
    rules = people.office.folder / "rules" / "staff.yaml"
    rules.write_text(STAFF.replace("roles: [technical]", "roles: [technical, service_manager]"), encoding="utf-8")
    people.work(letter(sender=CUSTOMER))
    play(people, knowing(调查人="韩梅"))
    done = people.office.ask("SELECT person FROM tasks WHERE name = 'approve_answer'")
    assert (HAN,) not in done
    assert people.office.one("SELECT count(*) FROM tasks WHERE name = 'except_approve_answer'") == 0
