"""What a mail that asks for one thing must bring, and how its reader may answer it out of habit."""

from __future__ import annotations

import pytest

from tests.cases.test_grave_story import BURST, TWELVE
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import STAFF, Staffed, answer

CLERK, SERVICE, LEADER, EXECUTIVE = "bai@firm.example", "gu@firm.example", "han@firm.example", "zheng@firm.example"


@pytest.fixture
def people(office: Office) -> Staffed:
    """An office where one colleague registers and another one serves: each is asked for one thing."""
    return Staffed(office, STAFF.partition("people:")[0] + TWELVE)


def test_a_single_task_is_asked_with_all_its_reader_needs_and_a_number_before_his_answer_does_no_harm(
    people: Staffed,
) -> None:
    people.work(letter(BURST, subject="投诉：球阀爆裂伤人", sender="wang@plant.example"))
    register, plan = people.asked(CLERK, "登记投诉"), people.asked(SERVICE, "提出处理方案")
    assert register.file("-original.eml")[0].startswith("TS-2026-0001")  # he compares the form with the mail
    assert "以上内容如有不对：请在回信中每处加一行，如“不良/短少数：15件”；写同意即表示其余都对" in register.text
    assert register.text.index("  · 客户：") < register.text.index("以上内容如有不对")
    assert "以上内容如有不对" not in plan.text

    people.work(answer(plan, "处理方案：今天派人到现场。"))
    approve = people.asked(LEADER, "核准发给客户的方案")
    assert "请回复：同意 / 退回：原因 / 转 某人" in approve.text
    assert "写“同意”，以上文字即原样告知客户" in approve.text
    assert "如应由其他同事办理" not in approve.text
    people.work(answer(approve, "1 同意"), answer(register, "1 同意\n严重程度：恶性"))
    assert {"register", "approve_plan"}.isdisjoint(name for name, _ in people.open_tasks())
    assert "今天派人到现场。" in people.sent("wang@plant.example")[-1].text

    assert [mail.subject for mail in people.sent(LEADER) if "须立即过问" in mail.subject] == []
    assert len(people.sent(LEADER, containing="须立即过问的案件")) == 1  # in the mail that asks him anyway
    assert len(people.sent(EXECUTIVE, containing="须立即过问的案件")) == 1  # he was told before the case was judged
    assert people.office.errors() == []
