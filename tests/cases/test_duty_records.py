"""Duties that carry the record of their period's report: one mail to who owes it, minutes whose decisions are tasks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import docx
import pytest
from docx.oxml.ns import qn

from mailflow.scheduled.duties import duties
from mailflow.settings.sections import CaseworkSection
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed, answer

ZONE = ZoneInfo("Asia/Shanghai")
HAN, XUE, ZHENG, DENG, SHI = (f"{name}@firm.example" for name in ("han", "xue", "zheng", "deng", "shi"))
DUTIES = """
duties:
  complaint_analysis:
    title: {zh: 投诉月度分析, en: Monthly complaint analysis}
    rule: FREQ=MONTHLY;BYMONTHDAY=8
    period: month
    about: last
    owner: service_manager
    within: over
    procedure: duty_analysis
    text: {zh: 请写明问题与建议。, en: Please write problems and proposals.}
  second_analysis:
    title: {zh: 投诉分析（质量）, en: Quality's analysis}
    rule: FREQ=MONTHLY;BYMONTHDAY=8
    period: month
    about: last
    owner: quality
    within: over
    procedure: duty_analysis
    text: {zh: 请写明问题与建议。, en: Please write problems and proposals.}
  quarterly_review:
    title: {zh: 客户服务季度评审, en: Quarterly review}
    rule: FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=15
    period: quarter
    about: last
    owner: management_rep
    within: over
    procedure: duty_review
    text: {zh: 请组织评审。, en: Please hold the review.}
"""


@pytest.fixture
def people(office: Office) -> Staffed:
    found = Staffed(replace(office, casework=CaseworkSection(pdf=False, reports=("month", "quarter"))))
    (found.office.rules / "duties.yaml").write_text(DUTIES, encoding="utf-8")
    return found


def at(people: Staffed, month: int, day: int, clock: str = "09:00", *mails: bytes) -> list[Ask]:
    """It is this hour, and the program works as it does when it runs: cases first, then the duties of the clock."""
    hour, minute = map(int, clock.split(":"))
    people.office.clock.now = datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
    people.unread()
    if mails:
        people.office.put(*mails)
    with people.office.open() as (app, worker):
        worker.once()
        duties(worker.chores.daily, app.ledger, app.services.desk.zone, worker.clock())
        worker.once()
    return people.unread()


def cells(record: bytes) -> str:
    """Everything that is written in it, also in what people fill in."""
    document = docx.Document(io.BytesIO(record))
    return "".join(node.text or "" for node in document.element.iter(qn("w:t")))


def test_the_months_duty_is_one_mail_with_the_record_of_its_report_and_is_signed_by_reply(people: Staffed) -> None:
    at(people, 3, 2, "09:00", letter())
    mails = at(people, 4, 1)
    (asked,) = [mail for mail in mails if mail.to == HAN and "投诉月度分析" in mail.subject]
    assert [mail for mail in mails if mail.to == HAN and "report-2026-03" in str(mail.mail)] == []
    assert "哪些逾期，在谁手里？" in asked.text
    assert "请于 2026年4月8日 17:30 前回复。" in asked.text
    name, record = asked.file(".docx")
    assert name == "JL-23-11-2026-03.docx"
    figures = json.loads(people.office.one("SELECT figures FROM report_periods WHERE period = '2026-03'"))["figures"]
    assert figures["received"]["value"] == "1"
    assert "2026年3月" in cells(record)
    # A number is given once: who asks for a second record of the period gets the next number of the form.
    assert people.asked("qin@firm.example", "投诉分析（质量）").file(".docx")[0] == "JL-23-11-2026-0001.docx"
    (manager,) = [mail for mail in mails if mail.to == ZHENG and "report-2026-03" in str(mail.mail)]
    parts = {part.get_filename(): part.get_payload(decode=True) for part in manager.mail.iter_attachments()}
    assert parts["report-2026-03.docx"] == record
    at(people, 4, 2, "09:00", answer(asked, "同意。\n问题与建议：包装不牢，建议改用木箱。\n下月重点：包装。"))
    checked = people.asked(XUE, "审核投诉分析报告")
    assert "包装不牢，建议改用木箱。" in cells(checked.file(".docx")[1])
    at(people, 4, 2, "10:00", answer(checked, "同意"))
    at(people, 4, 2, "11:00", answer(people.asked(ZHENG, "批准投诉分析报告"), "同意"))
    status, number = people.office.ask("SELECT status, number FROM cases WHERE subject LIKE '2026-03 投诉%'")[0]
    assert (status, number[:3]) == ("closed", "ZQ-")
    assert people.office.one("SELECT count(*) FROM signatures") == 3
    assert people.office.errors() == []


def test_minutes_that_are_approved_make_a_task_of_each_decision_that_is_chased_and_closed(people: Staffed) -> None:
    at(people, 3, 2, "09:00", letter())
    at(people, 4, 1)
    asked = people.asked(XUE, "客户服务季度评审")
    assert asked.file(".docx")[0] == "JL-23-15-2026-Q1.docx"
    words = "同意\n计划执行情况：按计划完成。\n处理效果与满意度评价：良好。\n决定事项：\n"
    half = words + "1. 更新检验规程；负责人：邓宁\n2. 更换包装材料；施磊；4月20日"
    at(people, 4, 2, "09:00", answer(asked, half))
    assert "决定事项：1. 更新检验规程；负责人：邓宁" in people.sent(XUE)[-1].text
    assert people.office.ask("SELECT 1 FROM cases WHERE subject LIKE '%检验规程%'") == []
    whole = words + "1. 更新检验规程；负责人：邓宁；期限：4月17日\n2. 更换包装材料；施磊；4月20日"
    at(people, 4, 2, "10:00", answer(asked, whole))
    at(people, 4, 2, "11:00", answer(people.asked(HAN, "审核评审记录"), "同意"))
    assert people.office.ask("SELECT 1 FROM cases WHERE subject LIKE '%检验规程%'") == []
    mails = at(people, 4, 2, "14:00", answer(people.asked(ZHENG, "批准评审记录"), "同意"))
    tasks = {mail.to: mail for mail in mails if "请办理" in mail.subject}
    assert "更新检验规程" in tasks[DENG].subject
    assert "2026年4月17日" in tasks[DENG].text
    assert "更换包装材料" in tasks[SHI].subject
    opened = people.office.one("SELECT value FROM answers WHERE field = 'decisions_opened'")
    assert len(opened.split("；")) == 2
    at(people, 4, 3, "09:00", answer(tasks[DENG], "已更新检验规程并下发。"))
    rows = dict(people.office.ask("SELECT subject, status FROM cases WHERE subject LIKE '更%'"))
    assert rows == {"更新检验规程": "closed", "更换包装材料": "open"}
    late = at(people, 4, 22)
    assert any(mail.to == ZHENG and "更换包装材料" in mail.text for mail in late)
    assert people.office.errors() == []
