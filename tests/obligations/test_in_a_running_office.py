"""Duties that show only while a case runs: mails arrive in a real mailbox, people answer, the clock is turned."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flow.letters import COMPLAINT, letter
from tests.flow.robots import WORK, play, usual
from tests.flow.staffed import STAFF, Staffed, answer

CUSTOMER = "wang@plant.example"
PHONE_NOTE = (
    "电话记录\n客户来电时间：今天上午9点20分\n客户：海诚机电有限公司\n联系人：方远 电话：13912340000\n"
    "内容：上月买的减速机漏油，订单号：DD20260210031，要求派人到现场处理。\n记录人：白露"
)
CHANGE = {
    "变更内容": "数量由500只改为350只",
    "变更原因": "客户减少用量",
    "评审部门": "生产",
    "生产意见": "产线已排满，勉强可行",
    "评审结果": "接受",
    "结论": "同意变更",
    "答复内容": "贵司的变更我们已评审，确认按350只执行。",
    "通知部门": "生产部、采购部",
}
EMPTY: tuple[Any, ...] = ("", "/", [], None)
COLLEAGUES = ("bai", "han", "qin", "deng", "shi", "liu", "xue", "zheng")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(people: Staffed, day: int, hour: int, minute: int) -> None:
    """Turn the clock to a local time of March 2026."""
    people.office.clock.now = datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def arrived(raw: bytes, when: str) -> bytes:
    """The mail as a server stamps it that takes it at this time."""
    return raw.replace(b"Mon, 02 Mar 2026 09:00:00 +0800", when.encode())


def printed(people: Staffed, number: str) -> dict[str, Any]:
    """The fields the newest version of a record was printed with."""
    (text,) = people.office.ask("SELECT fields FROM records WHERE number = ? ORDER BY revision DESC", number)[0]
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def words(docx: bytes) -> str:
    """The text of a Word file's body, without its marks."""
    with zipfile.ZipFile(io.BytesIO(docx)) as file:
        return re.sub(r"<[^>]+>", "", file.read("word/document.xml").decode())


def open_people(people: Staffed) -> dict[str, str]:
    """Who has which open task."""
    return dict(people.open_tasks())


def register_and_plan(people: Staffed, more: str = "", plan: str = "处理方案：已安排质量部复检同批库存") -> None:
    """The receptionist signs the registration and service gives a plan."""
    people.office.clock.forward(minutes=3)
    people.work(
        answer(people.asked("bai@firm.example", "客户投诉登记表"), f"同意\n{more}"),
        answer(people.asked("bai@firm.example", "提出处理方案"), plan),
    )


def test_a_complaint_of_sunday_night_has_its_thirty_minutes_on_monday_and_no_silence_before_they_end(
    people: Staffed,
) -> None:
    at(people, 1, 23, 5)
    people.work(arrived(letter(sender=CUSTOMER), "Sun, 01 Mar 2026 23:00:00 +0800"))
    due = people.office.one("SELECT due_at FROM tasks WHERE name = 'plan'")
    assert str(due).startswith("2026-03-02T01:00:00")  # Monday 09:00, half an hour after opening
    assert len(people.sent(CUSTOMER)) == 1  # the receipt, and nothing else at night
    at(people, 2, 8, 49)
    people.work()
    assert len(people.sent(CUSTOMER)) == 1
    at(people, 2, 8, 51)
    people.work()
    assert "尚无最终结果" in people.sent(CUSTOMER)[-1].text
    assert not people.sent("han@firm.example", containing="提出处理方案")
    at(people, 2, 8, 56)
    people.work()
    assert people.sent("han@firm.example", containing="提出处理方案")
    at(people, 2, 8, 57)
    people.work()
    assert len(people.sent(CUSTOMER)) == 2
    assert people.office.errors() == []


def test_an_approved_plan_goes_to_the_customer_at_once_and_the_departments_do_not_wait_for_it(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people)
    assert {"contain", "appoint", "approve_plan"} <= set(open_people(people))
    assert people.asked("qin@firm.example", "应急处置")
    people.office.clock.forward(minutes=3)
    people.work(answer(people.asked("han@firm.example", "核准发给客户的方案"), "同意"))
    assert "已安排质量部复检同批库存" in people.sent(CUSTOMER)[-1].text


def test_a_plan_waits_for_somebody_who_may_give_it_whether_or_not_a_promise_is_seen_in_it(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people, plan="处理方案：这次算我们的，货款给您退了就是")
    assert len(people.sent(CUSTOMER)) == 1
    assert open_people(people)["approve_plan"] == "han@firm.example"
    people.office.clock.forward(minutes=3)
    people.work(answer(people.asked("han@firm.example", "核准发给客户的方案"), "核准承诺：同意"))
    assert "货款给您退了就是" in people.sent(CUSTOMER)[-1].text


def test_a_complaint_judged_grave_goes_to_three_departments_and_the_leader_with_the_original(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    original = people.office.ask("SELECT digest FROM messages")[0][0]
    assert people.office.one("SELECT severity FROM cases") in ("", "一般")
    register_and_plan(people, "严重程度：恶性")
    for who, task in (
        ("qin@firm.example", "receive_quality"),
        ("deng@firm.example", "receive_technical"),
        ("xue@firm.example", "receive_management_rep"),
        ("zheng@firm.example", "leader_informed"),
    ):
        assert open_people(people)[task] == who
        name, content = people.asked(who, "客户投诉登记表").file(".eml")
        assert name == "TS-2026-0001-original.eml"
        assert hashlib.sha256(content).hexdigest() == original  # the very bytes that arrived
    assert printed(people, "JL-23-01-2026-0001")["severity"] == ["恶性"]


def test_the_accused_does_not_investigate_even_when_he_is_named(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people, "被投诉人：施磊")
    people.office.clock.forward(minutes=3)
    people.work(answer(people.asked("han@firm.example", "指派调查人"), "调查人：施磊"))
    assert "investigate" not in open_people(people)
    assert open_people(people)["appoint"] == "han@firm.example"  # who is told why, and names another
    people.work(answer(people.asked("han@firm.example", "指派调查人"), "调查人：邓宁"))
    assert open_people(people)["investigate"] == "deng@firm.example"
    assert printed(people, "JL-23-01-2026-0001")["respondent"] == "施磊"


def test_the_investigator_is_whom_customer_service_names(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people)
    people.office.clock.forward(minutes=3)
    people.work(answer(people.asked("han@firm.example", "指派调查人"), "调查人：邓宁"))
    assert open_people(people)["investigate"] == "deng@firm.example"
    assert people.asked("deng@firm.example", "调查").file(".eml")


def test_nothing_is_judged_promised_or_signed_by_reading(people: Staffed) -> None:
    at(people, 2, 9, 2)
    threat = f"{COMPLAINT}\n不赔十万我们就找媒体曝光，天天去你们公司门口闹。"
    people.work(letter(threat, sender=CUSTOMER))
    fields = printed(people, "JL-23-01-2026-0001")
    for name in ("validity", "reason_code", "owner_dept", "result", "amount", "satisfied", "closed_at", "first_reply"):
        assert fields[name] in EMPTY, name
    assert people.office.ask("SELECT * FROM answers") == []
    assert people.office.ask("SELECT * FROM signatures") == []
    assert people.office.ask("SELECT * FROM promises") == []


def test_the_same_batch_from_another_customer_is_shown_as_a_possible_repeat(people: Staffed) -> None:
    at(people, 2, 9, 2)
    other = COMPLAINT.replace("DD20260301008", "DD20260212044").replace("王强", "赵敏")
    people.work(letter(sender=CUSTOMER))
    people.work(letter(other, sender="zhao@mill.example"), letter("风机有异响，批号：C7-1180", sender="li@fan.example"))
    first, second, third = (printed(people, f"JL-23-01-2026-000{n}") for n in (1, 2, 3))
    assert (first["repeat"], second["repeat"], third["repeat"]) == ([], [], [])
    assert (first["repeat_of"], second["repeat_of"], third["repeat_of"]) == ("", "提示：与 TS-2026-0001 同批号", "")
    assert people.office.one("SELECT count(*) FROM cases") == 3  # proposed to people, not joined


def test_a_call_is_registered_as_a_call_and_written_down_for_the_departments(people: Staffed) -> None:
    at(people, 2, 9, 30)
    people.work(letter(PHONE_NOTE, subject="电话记录：减速机漏油", sender="白露 <bai@firm.example>"))
    assert people.office.one("SELECT channel FROM cases") == "oral"
    assert printed(people, "JL-23-01-2026-0001")["channel"] == ["电话"]
    first = people.asked("bai@firm.example", "信息联络单")
    assert "JL-23-02-2026-0001.docx" in [part.get_filename() for part in first.mail.iter_attachments()]
    assert first.file(".eml")


@pytest.mark.parametrize(
    ("subject", "boxes"),
    [("来访记录：减速机漏油", ["来访"]), ("微信反馈：减速机漏油", ["微信/QQ"]), ("客户投诉减速机漏油", [])],
    ids=["visit", "chat", "unsaid"],
)
def test_the_way_a_colleague_was_told_is_ticked_only_when_the_note_names_it(
    people: Staffed, subject: str, boxes: list[str]
) -> None:
    at(people, 2, 9, 30)
    note = "客户：海诚机电有限公司\n联系人：方远\n内容：上月买的减速机漏油，订单号：DD20260210031，要求派人上门处理。"
    people.work(letter(note, subject=subject, sender="白露 <bai@firm.example>"))
    assert people.office.one("SELECT channel FROM cases") == "oral"
    assert printed(people, "JL-23-01-2026-0001")["channel"] == boxes


def test_a_mail_is_registered_as_a_mail(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    assert people.office.one("SELECT channel FROM cases") == "mail"
    assert printed(people, "JL-23-01-2026-0001")["channel"] == ["邮件"]


def test_nobody_signs_what_somebody_else_was_asked_for(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    ask = people.asked("bai@firm.example", "客户投诉登记表")
    people.work(
        answer(ask, "同意", sender="秦朗 <qin@firm.example>"),
        answer(ask, "同意", sender="白露 <bai@elsewhere.example>"),
    )
    assert open_people(people)["register"] == "bai@firm.example"
    assert people.office.ask("SELECT * FROM signatures") == []
    assert "没有因此改动" in people.sent("qin@firm.example")[-1].text
    assert people.journal().count("sign.refused") == 2
    assert people.office.cases()[0] != people.office.cases()[2]  # the stranger's mail joins nothing


def test_a_name_is_printed_by_signing_and_not_before(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    register_and_plan(people)
    files = {path.rpartition("/")[2]: content for path, content in people.office.files().items()}
    assert "白露" not in words(files["JL-23-01-2026-0001.docx"])
    assert "白露 2026-03-02 09:05 邮件签字" in words(files["JL-23-01-2026-0001-signed-1.docx"])


def test_the_month_for_attitude_is_refused_for_goods(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    late = {**WORK, "判定": "一般无效", "原因代码": "N6"}
    play(people, lambda ask: usual(ask, late), rounds=14)
    assert open_people(people)["finding"] == "han@firm.example"
    assert "N6（事发一个月以后提出）只用于态度投诉" in people.sent("han@firm.example", containing="N6")[-1].text
    assert people.office.ask("SELECT value FROM answers WHERE field = 'validity'") == []


def test_a_request_for_a_certificate_begins_its_procedure(people: Staffed) -> None:
    at(people, 2, 9, 2)
    words = "请提供订单DD20260301008（批号B2603-01）球阀的产品质量证明书，谢谢。王强"
    people.work(letter(words, subject="索取产品质量证明", sender=CUSTOMER))
    assert people.open_tasks() == [("look_for_data", "qin@firm.example")]
    assert people.office.ask("SELECT form FROM records") == []


def test_a_caller_hears_plan_and_answer_by_word_of_mouth(people: Staffed) -> None:
    at(people, 2, 9, 30)
    people.work(letter(PHONE_NOTE, subject="电话记录：减速机漏油", sender="白露 <bai@firm.example>"))
    play(people, lambda ask: None if "送达" in ask.subject else usual(ask), minutes=3, rounds=40)
    told = people.asked("bai@firm.example", "口头告知客户")
    assert "TS-2026-0001" in told.subject
    assert open_people(people)["deliver_answer"] == "bai@firm.example"
    name, content = people.asked("bai@firm.example", "送达").file(".docx")
    assert name.startswith("JL-23-10-2026-0001")
    assert "韩梅" in words(content)  # as approved and signed
    people.office.clock.forward(minutes=3)
    people.work(answer(people.asked("bai@firm.example", "送达"), "沟通内容：已电话告知方远，信函已寄出"))
    assert "deliver_answer" not in open_people(people)
    assert {ask.to for ask in people.all_sent()} <= {f"{who}@firm.example" for who in COLLEAGUES}
    assert people.office.errors() == []


def test_a_changed_order_is_confirmed_by_both_sides_and_our_opinions_stay_with_us(people: Staffed) -> None:
    at(people, 2, 9, 2)
    request = "订单DD20260301008的球阀数量由500只改为350只，其他不变，请确认。王强"
    people.work(letter(request, subject="订单变更：DD20260301008", sender=CUSTOMER))
    play(people, lambda ask: usual(ask, CHANGE), minutes=3, rounds=30)
    assert people.open_tasks() == [("customer_agrees", "liu@firm.example")]
    confirmation = people.sent(CUSTOMER)[-1]
    assert "确认按350只执行" in confirmation.text
    name, sheet = confirmation.file(".docx")
    assert name.startswith("JL-7.2-03-2026-0001")
    assert "郑浩" in words(sheet)
    assert "产线已排满" not in words(sheet)
    assert any("产线已排满" in words(file) for path, file in people.office.files().items() if "JL-7.2-03" in path)
    people.office.clock.forward(minutes=30)
    people.work(answer(confirmation, "同意，请按此执行。"))
    assert open_people(people) == {"tell_departments": "liu@firm.example"}


def test_the_work_of_somebody_away_goes_to_who_stands_in(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    assert open_people(people)["register"] == "bai@firm.example"
    leave = "    leave: [{from: 2026-03-02, to: 2026-03-06}]\n"
    away = STAFF.replace("    address: bai@firm.example\n", f"    address: bai@firm.example\n{leave}")
    assert away != STAFF
    (people.office.rules / "staff.yaml").write_text(away, "utf-8")
    people.office.clock.forward(minutes=2)
    people.work()
    assert open_people(people)["register"] == "han@firm.example"
    people.office.clock.forward(minutes=2)
    people.work(answer(people.asked("han@firm.example", "客户投诉登记表"), "同意"))
    assert people.office.ask("SELECT name FROM signatures") == [("韩梅",)]


def test_whoever_works_on_a_case_hears_that_the_customer_wrote_again(people: Staffed) -> None:
    at(people, 2, 9, 2)
    people.work(letter(sender=CUSTOMER))
    people.office.clock.forward(minutes=2)
    more = letter("又有两件漏水，请一并处理。王强", subject="补充：球阀漏水 TS-2026-0001", sender=CUSTOMER)
    people.work(more)
    assert people.office.one("SELECT count(*) FROM cases") == 1
    assert "又有两件漏水" in people.sent("bai@firm.example")[-1].text
