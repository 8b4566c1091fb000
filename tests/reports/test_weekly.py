"""The week's report: how the duties stand, and their days as a calendar file that people's calendars take in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mailflow.reports.html import LARGEST
from mailflow.scheduled.duties import duties
from mailflow.settings.sections import CaseworkSection
from tests.cases.test_duties import DUTIES, SECOND
from tests.flow.conftest import OpenOffice, new_office, office
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import STAFF, Staffed, answer

__all__ = ["OpenOffice", "new_office", "office"]
ZONE = ZoneInfo("Asia/Shanghai")
ZHENG, HE = "zheng@firm.example", "he@firm.example"


@pytest.fixture
def people(office: Office) -> Staffed:
    made = Staffed(replace(office, casework=CaseworkSection(pdf=False, reports=("week",))), STAFF + SECOND)
    (made.office.rules / "duties.yaml").write_text(DUTIES, encoding="utf-8")
    return made


def morning(people: Staffed, month: int, day: int, *mails: bytes) -> None:
    people.office.clock.now = datetime(2026, month, day, 9, tzinfo=ZONE).astimezone(UTC)
    if mails:
        people.office.put(*mails)
    with people.office.open() as (app, worker):
        worker.once()
        duties(worker.chores.daily, app.ledger, app.services.desk.zone, worker.clock())
        worker.once()


def weekly(people: Staffed, address: str, week: str) -> EmailMessage:
    (found,) = [each.mail for each in people.sent(address) if f"report-{week}.xlsx" in str(each.mail)]
    return found


def calendar_of(mail: EmailMessage) -> Calendar:
    (part,) = [part for part in mail.iter_attachments() if part.get_filename() == "duties.ics"]
    assert part.get_content_type() == "text/calendar"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Calendar.from_ical(content)


def test_the_weekly_mail_says_how_the_duties_stand_and_has_their_days_under_the_same_uids(people: Staffed) -> None:
    morning(people, 3, 30, letter())
    morning(people, 4, 7)  # Monday is a holiday
    mail = weekly(people, ZHENG, "2026-W14")
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "定期工作" in text.get_content()
    assert "投诉月度分析" in text.get_content()
    assert "逾期 0 项，办理中" in text.get_content()
    assert "由编制人填写" not in text.get_content()
    assert len(page.get_content().encode()) <= LARGEST
    assert "投诉月度分析" in page.get_content()
    first = calendar_of(mail)
    days = {str(event["UID"]): str(event.decoded("DTSTART")) for event in first.walk("VEVENT")}
    assert len(days) == len(first.walk("VEVENT")) > 20
    assert "2026-10-08" in days.values()  # the first Monday is a holiday
    morning(people, 4, 13)
    mail = weekly(people, ZHENG, "2026-W15")
    said = mail.get_body(("plain",))
    assert said is not None
    assert "定期工作【注意】" in said.get_content()
    second = calendar_of(mail)
    assert first["UID"] == second["UID"]
    later = {str(event["UID"]): str(event.decoded("DTSTART")) for event in second.walk("VEVENT")}
    assert {uid: day for uid, day in later.items() if uid in days}.items() <= days.items()


def test_a_head_of_department_sees_the_duties_of_his_own_people(people: Staffed) -> None:
    from mailflow.reports.duty_book import DutyBook
    from mailflow.reports.make import head_of
    from mailflow.reports.page import Reader
    from mailflow.reports.span import span

    morning(people, 3, 30, letter())
    with people.office.open() as (app, _):
        now = people.office.clock.now
        book = DutyBook(app.parts.office.duties, app.services.desk.staff, app.reports.source())
        sales = head_of(app.services.desk.staff(), "销售部")
        asked = span("2026-W14", ZONE, now)
        assert {each.duty for each in book.standings(asked, Reader(), now)} == {"complaint_analysis", "market_report"}
        assert {each.duty for each in book.standings(asked, sales, now)} == {"market_report"}
        assert {day.title.split()[0] for day in book.days(sales, now, "zh")} == {"客户行业和市场信息报告"}
        assert book.days(replace(sales, people=frozenset()), now, "zh") == []
        assert book.title("gone", "zh") == "gone"


def test_what_salesmen_hand_in_is_collected_whole_in_the_workbook(people: Staffed) -> None:
    from io import BytesIO

    import openpyxl

    morning(people, 3, 30, letter())
    morning(people, 4, 7)
    asked = people.asked("he@firm.example", "客户行业和市场信息报告")
    words = "客户甲扩产，三季度需求约增两成；" * 12
    morning(people, 4, 8, answer(asked, words))
    morning(people, 4, 13)
    mail = weekly(people, ZHENG, "2026-W15")
    (content,) = [p.get_payload(decode=True) for p in mail.iter_attachments() if str(p.get_filename()).endswith("xlsx")]
    assert isinstance(content, bytes)
    cells = [cell.value for sheet in openpyxl.load_workbook(BytesIO(content)) for row in sheet for cell in row]
    assert any(isinstance(value, str) and value.startswith(words.rstrip("；")) for value in cells)
