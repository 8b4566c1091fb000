"""An 8D report in steps, by the customer's dates: 3D, 5D and 8D are one form that grows, sent to him each time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.adapters.attachments.test_their_forms import ROWS, cells, word
from tests.cases.papers import words
from tests.flow.letters import letter
from tests.flow.robots import knowing, play
from tests.flow.staffed import Ask, Staffed

CUSTOMER = "sqe@bigcar.example"
ASKING = (
    "贵司球阀有五件漏水，订单号：DD20260301008，批号：B2603-01，投诉编号：CC-4711。"
    "请24小时内提供3D，5个工作日提交8D报告。联系人：王强 13800001234"
)
SAY = knowing(
    参加人员="质量秦朗、技术邓宁、生产施磊", 组长="秦朗", **{
        "3D附信": "现提交3D报告请审阅", "5D附信": "现提交5D报告请审阅", "8D附信": "现提交8D报告请审阅",
    },
)  # fmt: skip


def reports(people: Staffed) -> list[Ask]:
    """The mails that brought the customer an 8D report, oldest first."""
    found = people.sent(CUSTOMER)
    return [
        mail
        for mail in found
        if any("JL-8.5-02" in (part.get_filename() or "") for part in mail.mail.iter_attachments())
    ]


def due(people: Staffed, task: str) -> datetime:
    """Until when a task was to be done, in the company's time."""
    moment = people.office.one("SELECT due_at FROM tasks WHERE name = ?", task)
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("Asia/Shanghai"))


def test_a_report_grows_by_steps_to_the_customers_dates_and_each_step_is_signed_once(people: Staffed) -> None:
    people.work(letter(ASKING, subject="质量投诉", sender=CUSTOMER))
    play(people, SAY, until=lambda: len(reports(people)) == 1)
    first = reports(people)[0]
    assert "现提交3D报告请审阅" in first.text
    assert not people.office.ask("SELECT 1 FROM tasks WHERE name = 'finding'")  # long before anybody judged it
    asked = people.asked("qin@firm.example", "编写 3D（小组、问题、围堵）")
    assert "“24小时内提供3D”" in asked.text
    assert f"{due(people, 'write_3d'):%Y-%m-%d %H:%M}" == "2026-03-03 09:00"  # from the mail's own time, by the clock

    play(people, SAY, until=lambda: len(reports(people)) == 3)
    for step, mail in zip(("3D", "5D", "8D"), reports(people), strict=True):
        assert f"现提交{step}报告请审阅" in mail.text
    assert f"{due(people, 'write_report'):%Y-%m-%d}" == "2026-03-09"  # five working days
    three, five, eight = (words(mail.file(".docx")[1]) for mail in reports(people))
    for report in (three, five, eight):
        assert "CC-4711" in report
        assert "质量秦朗、技术邓宁、生产施磊" in report
    for text, in_five, in_eight in (
        ("气密试验改为全检并设放行点", True, True),
        ("其他阀类装配线同步设放行点", False, True),
    ):
        assert (text in three, text in five, text in eight) == (False, in_five, in_eight)
    numbers = {mail.file(".docx")[0].partition("-r")[0].partition(".docx")[0] for mail in reports(people)}
    assert numbers == {"JL-8.5-02-2026-0001"}
    signed = people.office.ask(
        "SELECT cell, COUNT(*) FROM signatures WHERE record_id IN (SELECT id FROM records WHERE form = 'JL-8.5-02')"
        " GROUP BY cell ORDER BY cell"
    )
    assert signed == [
        ("approver", 1), ("approver_3d", 1), ("approver_5d", 1), ("drafter", 1), ("drafter_3d", 1), ("drafter_5d", 1),
        ("technical", 1),
    ]  # fmt: skip
    assert people.office.errors() == []


def test_a_report_of_a_complaint_found_invalid_ends_with_its_3d(people: Staffed) -> None:
    people.work(letter(ASKING, subject="质量投诉", sender=CUSTOMER))
    no = knowing(
        参加人员="质量秦朗", 判定="一般无效", 原因代码="N1", 是否需要纠正措施="否", 处置="解释",
        **{"3D附信": "现提交3D报告请审阅"},
    )  # fmt: skip
    play(people, no, until=lambda: bool(people.office.ask("SELECT 1 FROM tasks WHERE name = 'send_answer'")))
    assert [mail.text.count("现提交3D报告请审阅") for mail in reports(people)] == [1]
    skipped = people.office.ask("SELECT status FROM tasks WHERE name IN ('write_5d', 'write_report', 'write_8d')")
    assert skipped == [("skipped",)] * 3


def test_his_own_form_comes_back_filled_in_and_who_approves_is_told_what_stays_empty(people: Staffed) -> None:
    own = letter(
        ASKING,
        subject="质量投诉",
        sender=CUSTOMER,
        files={"8D-form.docx": word(ROWS), "note.docx": word([["无关", ""]])},
    )
    people.work(own)
    play(people, SAY, until=lambda: len(reports(people)) == 1)
    asked = people.asked("xue@firm.example", "批准 3D 报告")
    name, seen = asked.file("8D-form.docx")
    assert name == "TS-2026-0001-8D-form.docx"
    assert "其中未填的栏目" in asked.text
    assert "审核人" in asked.text
    sent = reports(people)[0].file("8D-form.docx")[1]
    assert cells(sent) == cells(seen)  # what left is what was approved
    assert [row[1] for row in cells(sent)[:3]] == ["JL-8.5-02-2026-0001", "球阀", "质量秦朗、技术邓宁、生产施磊"]
    assert cells(sent)[0][3] == "CC-4711"
    assert cells(sent)[5][1] == ""  # the cause, in a 3D: nobody knows it yet
    names = [part.get_filename() for part in reports(people)[0].mail.iter_attachments()]
    assert len(names) == 2  # the other file is no form of his
