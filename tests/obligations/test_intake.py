"""Duties of reception: who hears of a case because it came, what comes first, one event that was told twice."""

from __future__ import annotations

import json

import pytest

from mailflow.casework.priority import GRADES
from tests.cases.test_overdue import morning
from tests.flow.letters import COMPLAINT, letter
from tests.flow.office import Office
from tests.flow.staffed import STAFF, Staffed, answer
from tests.obligations.test_in_a_running_office import at, open_people, printed, register_and_plan

CUSTOMER = "wang@plant.example"
LEADER = "zheng@firm.example"
ROUTED = f"{STAFF}routes:\n  - {{when: {{subkind: [产品质量]}}, department: 质量部}}\n"
TOP = f"{COMPLAINT}\n特急！！今天必须给我们一个说法。"


@pytest.fixture
def people(office: Office) -> Staffed:
    """An office whose cases about goods concern the department of quality."""
    return Staffed(office, ROUTED)


def told(people: Staffed, to: str) -> list[str]:
    """The notices that a case is to be seen to at once."""
    return [mail.text for mail in people.sent(to, containing="须立即过问")]


def daily(people: Staffed, to: str) -> list[str]:
    """The texts of somebody's daily mails."""
    occasion = "SELECT mail_id FROM outbox WHERE occasion LIKE 'daily:%' AND recipient = ?"
    mine = {mail_id for (mail_id,) in people.office.ask(occasion, to)}
    return [mail.text for mail in people.sent(to) if str(mail.mail["Message-ID"]).strip("<>") in mine]


def test_an_ordinary_complaint_stands_once_in_the_leaders_next_daily_mail(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    assert told(people, LEADER) == []
    morning(people, 3)
    (text,) = daily(people, LEADER)
    assert "新登记的投诉" in text
    assert "TS-2026-0001" in text
    assert "DD20260301008" in text
    morning(people, 4)
    assert sum("TS-2026-0001" in text and "新登记的投诉" in text for text in daily(people, LEADER)) == 1
    assert people.office.errors() == []


def test_a_grave_complaint_reaches_the_leader_at_once(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(f"{COMPLAINT}\n操作工被喷出的热水烫伤送医。", sender=CUSTOMER))
    (text,) = told(people, LEADER)
    assert "重大" in text
    morning(people, 3)
    assert not any("新登记的投诉" in text for text in daily(people, LEADER))


def test_of_a_leader_on_leave_who_stands_in_is_told(people: Staffed) -> None:
    leave = "    leave: [{from: 2026-03-02, to: 2026-03-06}]\n"
    away = ROUTED.replace("    address: zheng@firm.example\n", f"    address: zheng@firm.example\n{leave}")
    (people.office.rules / "staff.yaml").write_text(away, "utf-8")
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    morning(people, 3)
    assert "TS-2026-0001" in daily(people, "xue@firm.example")[0]


def test_a_leader_who_goes_on_leave_over_night_is_stood_in_for_in_the_daily_mail(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    leave = "    leave: [{from: 2026-03-03, to: 2026-03-06}]\n"
    away = ROUTED.replace("    address: zheng@firm.example\n", f"    address: zheng@firm.example\n{leave}")
    (people.office.rules / "staff.yaml").write_text(away, "utf-8")
    morning(people, 3)
    assert "TS-2026-0001" in daily(people, "xue@firm.example")[0]


@pytest.mark.parametrize(
    ("words", "priority"),
    [
        ("", ""),
        ("请马上处理，越快越好。", ""),
        ("这是紧急情况，我们等着用。", "紧急"),
        ("Please act immediately.", "紧急"),
        ("特急！！", "特急"),
        ("我们的产线已停线。", "紧急"),
        ("并不紧急，有空再看。", ""),
        ("另外，紧急停机按钮没有问题。", ""),
    ],
)
def test_priority_rests_on_words_that_mean_it_and_on_severity(people: Staffed, words: str, priority: str) -> None:
    at(people, 2, 9, 2)
    people.work(letter(f"{COMPLAINT}\n{words}", sender=CUSTOMER))
    assert people.office.one("SELECT priority FROM cases") == priority
    ask = people.asked("bai@firm.example", "提出处理方案")
    mark = {"特急": "【特急】", "紧急": "【加急】"}.get(priority, "")
    assert ask.subject.startswith(f"[TS-2026-0001] {mark}请办理")


def test_a_person_judges_the_priority_and_it_counts_first(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(TOP, sender=CUSTOMER))
    register_and_plan(people, "优先级：一般")
    assert people.office.one("SELECT priority FROM cases") == "一般"
    ask = people.asked("han@firm.example", "指派调查人")
    assert "急】" not in ask.subject


def test_lists_and_daily_mails_begin_with_what_is_most_urgent(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    people.office.clock.forward(minutes=2)
    other = COMPLAINT.replace("DD20260301008", "DD20260212044").replace("B2603-01", "B2602-07").replace("球阀", "风机")
    people.work(letter(f"{other}\n这是紧急情况。", subject="风机漏水", sender="li@fan.example"))
    people.office.clock.forward(minutes=2)
    third = COMPLAINT.replace("DD20260301008", "DD20260199001").replace("B2603-01", "B2601-03").replace("球阀", "水泵")
    people.work(letter(f"{third}\n特急！！", subject="水泵漏水", sender="zhao@pump.example"))
    with people.office.open() as (app, _):
        rows = app.lists.tasks(now=people.office.clock.now)
    assert [row["priority"] for row in rows] == sorted((row["priority"] for row in rows), key=(*GRADES, "").index)
    assert (rows[0]["case"], rows[-1]["case"]) == ("TS-2026-0003", "TS-2026-0001")
    morning(people, 3)
    text = daily(people, "bai@firm.example")[0]
    places = [text.index(number) for number in ("TS-2026-0003", "TS-2026-0002", "TS-2026-0001")]
    assert places == sorted(places)
    assert "【特急】登记投诉" in text


def test_what_is_of_top_urgency_reaches_its_departments_at_once_and_the_customer_hears_that(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(TOP, sender=CUSTOMER))
    for who in ("qin@firm.example", "han@firm.example", LEADER):  # quality, who coordinates, the leader
        (text,) = told(people, who)
        assert "特急" in text
        assert "漏水" in text
    assert told(people, "liu@firm.example") == []
    (receipt,) = people.sent(CUSTOMER)
    assert "已作为特急事项登记，并已转告有关部门" in receipt.text
    people.office.clock.forward(minutes=3)
    more = letter("特急！催一下。", subject="催：球阀漏水 TS-2026-0001", sender=CUSTOMER)
    people.work(more)
    assert len(told(people, "qin@firm.example")) == 1
    assert people.office.errors() == []


def test_an_ordinary_case_that_becomes_one_of_top_urgency_by_another_mail_does_the_same(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    assert "特急" not in people.sent(CUSTOMER)[0].text
    people.office.clock.forward(minutes=5)
    people.work(letter("特急！现场全部等着。王强", subject="补充：球阀漏水 TS-2026-0001", sender=CUSTOMER))
    assert people.office.one("SELECT priority FROM cases") == "特急"
    assert len(told(people, "qin@firm.example")) == 1
    assert "已转告有关部门" in people.sent(CUSTOMER)[-1].text
    assert people.journal().count("case.priority") == 1


def test_a_person_who_judges_a_case_to_be_of_top_urgency_sends_it_to_its_departments(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people, "优先级：特急")
    assert len(told(people, "qin@firm.example")) == 1


def test_without_a_department_it_concerns_nobody_is_said_to_have_been_told(people: Staffed) -> None:
    (people.office.rules / "staff.yaml").write_text(STAFF, "utf-8")
    at(people, 2, 9, 2)
    people.work(letter(TOP, sender=CUSTOMER))
    assert len(told(people, "han@firm.example")) == 1
    assert "转告有关部门" not in people.sent(CUSTOMER)[0].text


NOTE = (
    "电话记录\n客户来电时间：今天上午9点20分\n客户：海诚机电有限公司\n联系人：王强 电话：13800001234\n"
    "内容：球阀五件漏水，订单号：DD20260301008，要求换货。\n记录人：白露"
)


def test_a_call_about_what_a_mail_told_is_proposed_with_its_evidence_to_whoever_registers_it(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    people.office.clock.forward(minutes=30)
    people.work(letter(NOTE, subject="电话记录：球阀漏水", sender="白露 <bai@firm.example>"))
    assert people.office.one("SELECT count(*) FROM cases") == 2  # proposed, not joined
    ask = people.asked("bai@firm.example", "登记投诉")
    assert "TS-2026-0002" in ask.subject
    line = next(line for line in ask.text.splitlines() if "可能是同一事件 TS-2026-0001" in line)
    for words in ("邮件 03-02 09:02", "同一订单号 DD20260301008", "同一电话 13800001234", "同一联系人 王强"):
        assert words in line
    assert "如确是同一事件：请在回信中写一行“并入：TS-2026-0001，KH-00002与KH-00001”" in ask.text
    people.office.clock.forward(minutes=3)
    people.work(answer(ask, "并入：TS-2026-0001，KH-00002与KH-00001"))
    assert dict(people.office.ask("SELECT number, status FROM cases"))["TS-2026-0002"] != "open"
    assert people.journal().count("join.proposed") == 1
    assert not any("可能是同一事件" in mail.text for mail in people.sent("qin@firm.example"))


def test_two_addresses_of_one_customer_about_one_order_are_proposed(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(f"{COMPLAINT}\n宏远机械有限公司", sender="wang@honyuan.example"))
    people.office.clock.forward(minutes=30)
    other = "球阀漏水的事请尽快给答复。订单号：DD20260301008。\n宏远机械有限公司 孙丽"
    people.work(letter(other, subject="投诉：球阀漏水", sender="sunli@qq.com"))
    numbers = dict(people.office.ask("SELECT number, intake FROM cases"))
    assert len(numbers) == 2
    ((number, words, _),) = json.loads(numbers["TS-2026-0002"])["same_event"]
    assert number == "TS-2026-0001"
    assert "同一订单号 DD20260301008" in words


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("另一批货也有问题：球阀漏水，订单号：DD20260212044。王强", 0),  # another order
        ("球阀漏水，批号：B2603-01。赵敏", 0),  # of another customer: the same goods alone are a repeat, no event
        ("电话里说过：球阀漏水，订单号：DD20260301008，请处理。赵敏", 9),  # days later
    ],
    ids=["order", "batch", "later"],
)
def test_what_may_well_be_another_event_is_not_proposed(people: Staffed, words: str, days: int) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    people.office.clock.forward(days=days)
    people.work(letter(words, sender="zhao@mill.example"))
    assert people.office.one("SELECT count(*) FROM cases") == 2
    assert "join.proposed" not in people.journal()


def test_what_came_is_registered_at_the_servers_time_whatever_its_date_says(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER).replace(b"Date: Mon, 02 Mar 2026", b"Date: Fri, 02 Mar 2029"))
    fields = printed(people, "JL-23-01-2026-0001")
    assert fields["received_at"] == "2026-03-02 09:00"
    assert (fields["complainant"], fields["email"]) == ("王强", CUSTOMER)
    assert "五件漏水" in fields["content"]


def test_the_customer_is_asked_to_confirm_what_was_recorded_and_to_add_what_is_missing(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter("球阀漏水五件，批号：B2603-01，订单号：DD20260301008。王强", sender=CUSTOMER))
    (receipt,) = people.sent(CUSTOMER)
    assert "请您核对" in receipt.text
    assert "B2603-01" in receipt.text
    assert "电话" in receipt.text.partition("补充以下信息")[2].partition("----")[0]


def test_a_general_question_is_customer_services_and_names_the_department_it_concerns(people: Staffed) -> None:
    routes = (
        "routes:\n  - {when: {words: [价格]}, department: 财务部}\n"
        "  - {when: {words: [图纸]}, role: [service], department: 技术部}\n"
    )
    (people.office.rules / "staff.yaml").write_text(STAFF + routes, "utf-8")
    at(people, 2, 9, 2)
    people.work(letter("请问DN50球阀能用于热水吗？价格有没有变？王强", subject="咨询球阀价格", sender=CUSTOMER))
    assert open_people(people)["draft_answer"] == "bai@firm.example"
    assert "有关部门（按主题）：财务部" in people.asked("bai@firm.example", "答复咨询").text
    people.work(letter("请问有没有DN80球阀的图纸可以参考？李明", subject="咨询图纸", sender="li@fan.example"))
    assert people.asked("deng@firm.example", "答复咨询")  # as the company's own route says


def test_hazardous_substances_are_handled_as_a_matter_of_quality(people: Staffed) -> None:
    at(people, 2, 9, 2)
    words = "贵司DD20260301008订单的线束经检测铅超标，RoHS不合格，请处理。王强"
    people.work(letter(words, subject="RoHS不合格", sender=CUSTOMER))
    assert people.office.one("SELECT kind FROM cases") == "complaint"
    assert "有害物质" in people.office.one("SELECT subkinds FROM cases")
    register_and_plan(people)
    assert open_people(people)["contain"] == "qin@firm.example"


def test_every_task_of_a_new_complaint_has_its_person_and_its_time(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    assert dict(people.open_tasks()) == {"register": "bai@firm.example", "plan": "bai@firm.example"}
    assert [due for (due,) in people.office.ask("SELECT due_at FROM tasks WHERE status = 'open'") if not due] == []


def test_of_a_mail_about_two_things_all_words_stand_on_the_registration(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(f"{COMPLAINT}\n另外请报DN80球阀100只的价格。", sender=CUSTOMER))
    assert people.office.one("SELECT kind FROM cases") == "complaint"
    assert "DN80" in printed(people, "JL-23-01-2026-0001")["content"]
