"""Lists of casework: what is open, late or nobody's, promises, who must still sign, the ledger of complaints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.lists import Lists
from mailflow.domain.tasks import CaseStatus, TaskStatus
from tests.adapters.archive.builder import START, Office
from tests.adapters.archive.casework import QIAN, SUN, ZHOU, Casework, worked_case
from tests.adapters.sql.stores import BOTH, Store

ZONE = ZoneInfo("Asia/Shanghai")
LATER = START + timedelta(days=2)


pytestmark = BOTH


@pytest.fixture
def office(tmp_path: Path, store: Store) -> Iterator[Office]:
    office = Office(tmp_path / "storage", store.elsewhere(tmp_path))
    yield office
    office.engine.dispose()


@pytest.fixture
def lists(office: Office) -> Lists:
    return Lists(office.engine, office.storage)


def begun(office: Office, customer: int | None = None) -> Casework:
    case = Casework(office, office.complaint(customer))
    case.begin()
    return case


def finding(office: Office, case: int, field: str, value: str) -> None:
    message = office.scalar(sa.select(sa.func.min(t.messages.c.id)).where(t.messages.c.case_id == case))
    office.add(
        t.findings,
        message_id=message, case_id=case, field=field, value=value, words=value, source="new_text", start=0, end=1,
        rule="r", confidence=1.0,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- tasks


def test_open_tasks_the_most_urgent_first(office: Office, lists: Lists) -> None:
    first, second = begun(office), begun(office)
    first.open("plan", ZHOU, hours=30)
    second.open("plan", ZHOU, hours=2)
    second.done(first.open("plan", QIAN), QIAN)
    rows = lists.tasks(now=office.now())
    assert [(row["case"], row["title"], row["title_en"]) for row in rows] == [
        ("TS-2026-0002", "制定处理方案", "Plan"),
        ("TS-2026-0001", "制定处理方案", "Plan"),
    ]
    row = rows[0]
    assert (row["customer"], row["person"], row["role"], row["by"]) == ("KH-00002", ZHOU, "service", "reply")
    assert (row["record"], row["revision"], row["late"]) == ("JL-23-01-2026-0002", 1, False)


def test_tasks_of_one_person_and_of_one_case(office: Office, lists: Lists) -> None:
    worked_case(office)
    begun(office).open("plan", ZHOU)
    assert [row["name"] for row in lists.tasks(now=LATER, person=SUN.upper())] == ["approve"]
    assert [row["name"] for row in lists.tasks(now=LATER, case="TS-2026-0002")] == ["plan"]
    assert lists.tasks(now=LATER, person="nobody@qinghe.example") == []


def test_late_tasks(office: Office, lists: Lists) -> None:
    case = begun(office)
    case.open("plan", ZHOU, hours=1)
    case.open("review", QIAN, hours=100)
    assert [(row["name"], row["late"]) for row in lists.tasks(now=START + timedelta(hours=12), late=True)] == [
        ("plan", True)
    ]
    assert [row["late"] for row in lists.tasks(now=START + timedelta(hours=12))] == [True, False]
    assert lists.tasks(now=START, late=True) == []


def test_tasks_nobody_holds_are_those_that_need_a_person(office: Office, lists: Lists) -> None:
    case = begun(office)
    case.open("plan")
    case.open("heard")  # waits for the customer
    case.open("review", QIAN)
    assert [row["name"] for row in lists.tasks(now=LATER, unheld=True)] == ["plan"]


def test_a_limit_is_kept(office: Office, lists: Lists) -> None:
    for _ in range(3):
        begun(office).open("plan")
    assert len(lists.tasks(now=LATER, limit=2)) == 2
    assert len(lists.tasks(now=LATER, unheld=True, limit=2)) == 2


# ------------------------------------------------------------------------------------------------------- promises


def test_promises_due_first_come_first_and_kept_ones_only_when_asked_for(office: Office, lists: Lists) -> None:
    case = begun(office)
    case.promise("一周内到货", 7)
    kept = case.promise("明日回电", 1)
    case.promise("三日内补发", 3)
    with case.work() as work:
        assert work.keep_promise(kept, office.now())
    now = START + timedelta(days=4)
    assert [(row["words"], row["late"]) for row in lists.promises(now=now)] == [
        ("三日内补发", True),
        ("一周内到货", False),
    ]
    assert [row["words"] for row in lists.promises(now=now, late=True)] == ["三日内补发"]
    everything = lists.promises(now=now, open_only=False)
    assert [(row["words"], row["kept_at"] is not None) for row in everything] == [
        ("明日回电", True),
        ("三日内补发", False),
        ("一周内到货", False),
    ]
    assert (everything[0]["case"], everything[0]["approved_by"]) == ("TS-2026-0001", SUN)


# -------------------------------------------------------------------------------------------------------- records


def test_a_record_shows_who_signed_and_who_must_still(office: Office, lists: Lists) -> None:
    worked_case(office)
    (row,) = lists.records()
    assert (row["number"], row["revision"], row["file_name"]) == (
        "JL-23-01-2026-0001", 2, "JL-23-01-2026-0001-r2.docx",
    )  # fmt: skip
    assert [(item["cell"], item["name"], item["way"]) for item in row["signed"]] == [("reviewer", "钱立", "word")]
    assert [(item["cell"], item["title"], item["person"]) for item in row["missing"]] == [("leader", "批准方案", SUN)]
    assert row["missing"][0]["due_at"] is not None


def test_whoever_will_be_asked_later_is_named_by_role(office: Office, lists: Lists) -> None:
    begun(office).open("plan", ZHOU)
    (row,) = lists.records()
    assert row["signed"] == []
    assert [(item["cell"], item["role"], item["person"], item["since"]) for item in row["missing"]] == [
        ("reviewer", "quality", "", None),
        ("leader", "leader", "", None),
    ]


def test_a_signature_on_an_earlier_version_still_shows_when_it_counts(office: Office, lists: Lists) -> None:
    case = begun(office)
    case.sign(case.open("review", QIAN), QIAN)
    case.revise()
    (row,) = lists.records()
    assert (row["revision"], [item["name"] for item in row["signed"]]) == (2, ["钱立"])
    assert [item["cell"] for item in row["missing"]] == ["leader"]


def test_skipped_signatures_and_those_of_closed_cases_are_not_missing(office: Office, lists: Lists) -> None:
    case = begun(office)
    approve = case.open("approve", SUN)
    with case.work() as work:
        assert work.finish_task(approve, TaskStatus.SKIPPED, outcome="", by="mailflow", now=office.now())
    assert [item["cell"] for item in lists.records()[0]["missing"]] == ["reviewer"]
    case.close(CaseStatus.CLOSED_UNSATISFIED)
    assert lists.records()[0]["missing"] == []


def test_records_somebody_is_asked_to_sign_now(office: Office, lists: Lists) -> None:
    worked_case(office)
    office.complaint()
    waiting = begun(office)
    waiting.open("plan", ZHOU)
    assert [row["number"] for row in lists.records()] == [f"JL-23-01-2026-000{n}" for n in (3, 2, 1)]
    assert [row["number"] for row in lists.records(unsigned=True)] == ["JL-23-01-2026-0003", "JL-23-01-2026-0001"]
    assert [row["number"] for row in lists.records(case="TS-2026-0002")] == ["JL-23-01-2026-0002"]


def test_a_case_in_full_shows_its_casework(office: Office, lists: Lists) -> None:
    worked_case(office)
    case = lists.case("TS-2026-0001")
    assert case is not None
    assert [row["name"] for row in case["tasks"]] == ["plan", "review", "review", "approve"]
    assert [row["current"] for row in case["signatures"]] == [False, True]
    assert [row["value"] for row in case["answers"]] == ["补发两箱", "仓库部"]
    assert [row["words"] for row in case["promises"]] == ["三日内补发"]


# ---------------------------------------------------------------------------------------- the ledger of complaints


def test_a_complaint_is_one_row_with_what_the_mail_and_the_people_say(office: Office, lists: Lists) -> None:
    case = worked_case(office)
    for field, value in (
        ("product", "减速机"), ("model", "QJ-40"), ("batch_no", "B2603"), ("quantity", "6台"),
        ("defect_or_issue", "漏油"), ("defect_or_issue", "异响"), ("requested_deadline", "2026-03-09"),
    ):  # fmt: skip
        finding(office, case.case, field, value)
    planned = office.scalar(sa.select(t.answers.c.at).where(t.answers.c.field == "plan"))
    more = case.open("plan", ZHOU)
    case.done(
        more, ZHOU, plan="改为退货", resp_dept="生产部", validity="有效", reason_code="Q1", amount="1200",
        satisfied="基本满意", disposition="退货",
    )  # fmt: skip
    case.close()
    (row,) = lists.complaints(2026, zone=ZONE)
    assert {name: row[name] for name in row if name not in ("opened_at", "closed_at")} == {
        "number": "TS-2026-0001",
        "kind": "complaint",
        "date": date(2026, 3, 2),
        "channel": "mail",
        "customer": "KH-00001",
        "company": "华信电子有限公司",
        "product": "减速机",
        "model": "QJ-40",
        "batch": "B2603",
        "quantity": "6台",
        "trouble": "漏油；异响",
        "class": "产品质量；包装",
        "severity": "",
        "severity_read": "",
        "instructions": "",
        "owner": "zhou@qinghe.example",  # who serves the customer
        "department": "生产部",  # the newest answer counts
        "first_response": planned,  # the first plan
        "required_by": "2026-03-09",
        "validity": "有效",
        "reason": "Q1",
        "result": "退货",
        "amount": "1200",
        "satisfied": "基本满意",
        "status": "closed",
        "round": 1,
    }
    assert row["closed_at"] == office.clock


def test_what_nobody_said_stays_empty(office: Office, lists: Lists) -> None:
    office.complaint()
    (row,) = lists.complaints(2026, 3, zone=ZONE)
    blank = ("product", "model", "batch", "quantity", "trouble", "class", "department", "result", "amount", "satisfied")
    assert {row[name] for name in blank} == {""}
    assert (row["first_response"], row["closed_at"], row["status"]) == (None, None, "open")


def test_a_correction_counts_before_what_was_read(office: Office, lists: Lists) -> None:
    case = office.complaint()
    finding(office, case, "model", "QJ-4O")
    for value in ("QJ-50", "QJ-40"):
        office.add(t.corrections, case_id=case, field="model", value=value, was="", actor="x", at=office.now())
    (row,) = lists.complaints(2026, zone=ZONE)
    assert row["model"] == "QJ-40"


def test_months_and_years_are_local(office: Office, lists: Lists) -> None:
    opened = {
        1: datetime(2025, 12, 31, 15, 59, tzinfo=UTC),  # 23:59 in Shanghai
        2: datetime(2025, 12, 31, 16, 0, tzinfo=UTC),  # the new year
        3: datetime(2026, 2, 28, 16, 0, tzinfo=UTC),  # 1 March
        4: datetime(2026, 12, 31, 15, 59, tzinfo=UTC),
    }
    for case, at in opened.items():
        office.complaint()
        office.run(t.cases.update().where(t.cases.c.id == case).values(opened_at=at))

    def numbers(year: int, month: int = 0) -> list[int]:
        return [int(row["number"][-4:]) for row in lists.complaints(year, month, zone=ZONE)]

    assert (numbers(2025), numbers(2026), numbers(2025, 12)) == ([1], [2, 3, 4], [1])
    assert (numbers(2026, 1), numbers(2026, 2), numbers(2026, 3), numbers(2026, 12)) == ([2], [], [3], [4])
    with pytest.raises(ValueError, match="month"):
        numbers(2026, 13)


def test_the_ledger_of_complaints_leaves_out_no_number_and_no_complaint(office: Office, lists: Lists) -> None:
    for kind in ("complaint", "inquiry", "complaint", "inquiry"):
        office.case(office.customer(), kind=kind)
    for case, said in ((3, "inquiry"), (4, "complaint")):
        office.add(t.corrections, case_id=case, field="kind", value=said, was="", actor="x", at=office.now())
    rows = lists.complaints(2026, zone=ZONE)
    assert [(row["number"], row["kind"]) for row in rows] == [
        ("TS-2026-0001", "complaint"),
        ("TS-2026-0003", "inquiry"),
        ("TS-2026-0004", "complaint"),
    ]
