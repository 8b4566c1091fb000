"""What the tests of the summary share: a company with people and a calendar, its templates, a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.casework.paper import Paper
from mailflow.casework.summary.mail import load_digest_templates
from mailflow.domain.model import Address
from mailflow.office.holidays import Holidays
from mailflow.office.staff import Department, Person, Staff
from mailflow.office.working_time import WorkCalendar
from mailflow.outgoing.letterhead import Letterhead
from mailflow.outgoing.templates import MailTemplates
from tests.casework.summary.builder import ZONE, open_ledger

ROOT = Path(__file__).resolve().parents[3]
DAY = ((510, 720), (810, 1050))
HOLIDAY = date(2026, 11, 24)  # a Tuesday that is free
MADE_UP = date(2026, 11, 28)  # the Saturday worked instead

AWAY = (date(2026, 11, 1), date(2026, 12, 1))

OFFICE = WorkCalendar(
    "office", ZONE, (DAY,) * 5 + ((), ()), Holidays(False, frozenset({HOLIDAY}), frozenset({MADE_UP}))
)
STAFF = Staff(
    people=(
        Person("李梅", "limei@beichuan.example", "May Li", "质量部", frozenset({"quality"})),
        Person("赵峰", "zhaofeng@beichuan.example", "", "管理层", frozenset({"manager"})),
        Person("孙悦", "sunyue@beichuan.example", "", "管理层", frozenset({"manager"}), leave=(AWAY,)),
        Person("周宁", "zhouning@beichuan.example", "", "管理层", frozenset({"manager"}), left=date(2026, 11, 1)),
    ),
    departments={"质量部": Department("质量部", "Quality"), "管理层": Department("管理层", "Management")},
    titles={"quality": ("质量", "Quality"), "manager": ("管理层", "Management")},
    routes=(),
    calendar=OFFICE,
)  # fmt: skip
MANAGERS = ("zhaofeng@beichuan.example", "sunyue@beichuan.example")
COMPANY = Letterhead(
    sender=Address("北川仪表客户服务部", "kefu@beichuan.example"),
    name="北川仪表有限公司",
    name_en="Beichuan Instruments Co., Ltd.",
)


@pytest.fixture(scope="session")
def templates() -> MailTemplates:
    """The shipped templates."""
    found, problems = load_digest_templates(ROOT / "templates" / "digests")
    assert problems == []
    assert found is not None
    return found


@pytest.fixture(params=["zh", "en"])
def paper(request: pytest.FixtureRequest, templates: MailTemplates) -> Paper:
    """What the summary is written on, in both languages."""
    return Paper(templates, COMPANY, request.param, ZONE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()
