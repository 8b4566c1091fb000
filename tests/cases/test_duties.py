"""Duties of the calendar in a running office: asked once in every period, done by reply, chased and caught up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.flow.office import Office
from tests.flow.staffed import STAFF, Ask, Staffed, answer

ZONE = ZoneInfo("Asia/Shanghai")
HAN, LIU, ZHENG, BAI = "han@firm.example", "liu@firm.example", "zheng@firm.example", "bai@firm.example"
DUTIES = """
duties:
  complaint_analysis:
    title: {zh: 投诉月度分析, en: Monthly complaint analysis}
    rule: FREQ=MONTHLY;BYMONTHDAY=5
    period: month
    about: last
    owner: service_manager
    within: 3d
    text: {zh: 汇总并分析上月的投诉。, en: Analyse last month's complaints.}
  market_report:
    title: {zh: 客户行业和市场信息报告, en: Market report}
    rule: FREQ=MONTHLY;BYDAY=1MO
    period: month
    owner: sales
    each: true
    within: 2d
    text: {zh: 请交市场信息。, en: Please hand in what you know.}
"""
SECOND = """
  - name: 何洁
    address: he@firm.example
    department: 销售部
    roles: [sales]
    superior: 郑浩
"""


def office_with(office: Office, duties: str = DUTIES, staff: str = STAFF) -> Staffed:
    people = Staffed(office, staff)
    (people.office.rules / "duties.yaml").write_text(duties, encoding="utf-8")
    return people


def at(people: Staffed, month: int, day: int, clock: str = "09:00", *mails: bytes, year: int = 2026) -> list[Ask]:
    """It is this hour; mailflow is started, works and ends.  What it wrote meanwhile."""
    hour, minute = map(int, clock.split(":"))
    people.office.clock.now = datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
    people.unread()
    people.work(*mails)
    return people.unread()


def occasions(people: Staffed) -> list[tuple[str, str, str]]:
    return list(people.office.ask("SELECT duty, period, person FROM duty_occasions ORDER BY duty, period, person"))


def test_a_duty_is_asked_for_before_its_day_and_done_by_reply(office: Office) -> None:
    people = office_with(office)
    assert at(people, 3, 2) == []  # what began before it was there is not asked for
    (late, asked) = [mail for mail in at(people, 4, 2) if mail.to == HAN and "请办理" in mail.subject]
    assert "期间：2026-02" in late.text  # its time came while nothing ran
    assert "时限为 2026年3月5日" in late.text
    assert "请办理：投诉月度分析" in asked.subject
    assert "期间：2026-03" in asked.text
    assert "汇总并分析上月的投诉。" in asked.text
    assert "客户" not in asked.text.partition("下面的凭证")[0]
    done = answer(asked, "三月受理 12 起，均已结案，详见会议记录。")
    at(people, 4, 2, "10:00", done)
    number, status = people.office.ask("SELECT number, status FROM cases WHERE subject LIKE '2026-03 投诉%'")[0]
    assert (number[:3], status) == ("ZQ-", "closed")
    assert people.office.one("SELECT value FROM answers WHERE field = 'duty_result'").startswith("三月受理 12 起")
    assert people.office.errors() == []


def test_everybody_with_the_role_does_his_own(office: Office) -> None:
    people = office_with(office, staff=STAFF + SECOND)
    at(people, 3, 10)
    asked = [mail.to for mail in at(people, 4, 3) if "市场信息" in mail.subject]
    assert sorted(asked) == ["he@firm.example", LIU]
    assert ("market_report", "2026-04", "he@firm.example") in occasions(people)


def test_a_year_with_restarts_every_few_days_and_outages_has_every_period_once(office: Office) -> None:
    people = office_with(office)
    days = [(month, day) for month in range(1, 13) for day in (1, 3, 4, 6, 9, 20, 28)]
    away = {(month, day) for month in (6, 7) for day in (1, 3, 4, 6, 9, 20)}  # nothing ran from the end of May on
    for month, day in days:
        if (month, day) not in away:
            at(people, month, day)
            at(people, month, day)
    at(people, 12, 31)
    found = Counter(occasions(people))
    assert set(found.values()) == {1}
    analyses = [period for duty, period, _ in found if duty == "complaint_analysis"]
    # The analysis of December is asked for before the first look of the year; that of this December in the next one.
    assert analyses == [f"2026-{month:02}" for month in range(1, 12)] or analyses[1:] == [
        f"2026-{month:02}" for month in range(1, 12)
    ]
    assert [period for duty, period, _ in found if duty == "market_report"][-11:] == [
        f"2026-{month:02}" for month in range(2, 13)
    ]


def test_a_clock_that_was_set_back_brings_nothing_again(office: Office) -> None:
    people = office_with(office)
    at(people, 3, 2)
    at(people, 4, 9)
    before = occasions(people)
    at(people, 3, 20)
    at(people, 4, 9, "11:00")
    assert occasions(people) == before != []


def test_a_duty_that_is_late_is_told_to_the_superior(office: Office) -> None:
    people = office_with(office)
    at(people, 3, 2)
    at(people, 3, 31)
    at(people, 4, 7, "17:35")
    late = at(people, 4, 9, "09:00")
    assert [mail.to for mail in late if "投诉月度分析" in mail.subject or "投诉月度分析" in mail.text].count(ZHENG) == 1


def test_a_duty_nobody_owes_is_told_and_waits(office: Office) -> None:
    duties = DUTIES.replace("owner: service_manager", "owner: archivist")
    staff = STAFF.replace("roles: [receptionist, service, archivist]", "roles: [receptionist, service]")
    people = office_with(office, duties, staff)
    at(people, 3, 2)
    mails = at(people, 3, 31)
    assert any(mail.to == HAN and "投诉月度分析" in mail.text for mail in mails)
    assert ("do_duty", "") in people.open_tasks()


def test_a_broken_file_leaves_the_duties_in_force_and_is_told(office: Office) -> None:
    people = office_with(office)
    at(people, 3, 2)
    with people.office.open() as (_, worker):
        (people.office.rules / "duties.yaml").write_text(DUTIES.replace("MONTHLY", "HOURLY"), encoding="utf-8")
        people.office.clock.now = datetime(2026, 3, 31, 9, tzinfo=ZONE).astimezone(UTC)
        worker.once()
    assert any(duty == "complaint_analysis" for duty, _, _ in occasions(people))
