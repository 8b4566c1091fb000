"""What a report says: of every period, to whom, and that it says so when there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from mailflow.adapters.local.workbook import workbook
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.office.staff import Department, Person, Staff
from mailflow.reports.explain import explained, known
from mailflow.reports.facts import CAPA_TASKS, CLOSING_TASK, EIGHT_D_TASKS
from mailflow.reports.html import LARGEST, page_of
from mailflow.reports.make import Maker, head_of, readers
from mailflow.reports.page import Reader, Report
from mailflow.reports.plain import text_of
from mailflow.reports.span import last_closed
from mailflow.reports.words import FORMULAS, NAMES
from tests.obligations.shipped import procedures
from tests.reports.test_recount import OFFICE
from tests.reports.year import NOW, ZONE, fill

STAFF = Staff(
    people=(
        Person("李梅", "li@x.example", "May Li", "质量部", frozenset({"quality"})),
        Person("赵峰", "zhao@x.example", "", "管理层", frozenset({"general_manager", "manager"})),
        Person("王芳", "wang@x.example", "", "客服部", frozenset({"service_manager"})),
        Person("周宁", "zhou@x.example", "", "管理层", frozenset({"manager"}), left=date(2026, 11, 1)),
        Person("陈伟", "chen@x.example", "", "生产部", frozenset({"production"})),
    ),
    departments={
        "质量部": Department("质量部", "Quality", head="li@x.example"),
        "管理层": Department("管理层", "Management", head="zhao@x.example"),
        "生产部": Department("生产部", "Production"),
    },
    titles={"quality": ("质量", "Quality"), "manager": ("管理层", "Management")},
    routes=(),
    calendar=OFFICE,
)  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path_factory.mktemp('office') / 'ledger.db'}")
    fill(opened, 4)
    yield opened
    opened.close()


@pytest.fixture
def maker(ledger: SqlLedger) -> Maker:
    return Maker(ReportRows(ledger.engine), lambda: STAFF, lambda year: year < 2027, ZONE, "北川仪表有限公司")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("period", ["2026-10-13", "2026-W41", "2026-10", "2026-Q3", "2026"])
def test_every_kind_of_period_is_told_in_both_languages_and_the_page_stays_short(
    maker: Maker, period: str, language: str
) -> None:
    report = maker.make(period, Reader(), language, NOW)
    text, page = text_of(report), page_of(report, name="赵峰")
    assert len(page.encode()) <= LARGEST
    for section in (*report.first, *report.sections):
        assert section.title in text
        assert section.title in page
        assert section.tables or section.lines, f"{section.key} says nothing"
    assert [section.key for section in report.first] == ["late", "better", "unhappy"]
    Balanced().check(page)


class Balanced(HTMLParser):
    """Every element is closed in its order, and nothing is loaded from elsewhere."""

    def check(self, page: str) -> None:
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"script", "link", "iframe"} & {tag}
        assert all(not (value or "").startswith("http") for name, value in attrs if name in ("src", "href"))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_strangers_words_are_no_markup_no_template_and_no_formula(maker: Maker) -> None:
    report = maker.make("2026-10", Reader(), "zh", NOW)
    page = page_of(report)
    assert "<b>" not in page
    assert "{{7*7}}" in page
    book = openpyxl.load_workbook(BytesIO(workbook(report)))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    words = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=")]
    assert words
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in words)
    assert all(cell.data_type != "f" for cell in cells)


def test_the_workbook_has_every_figure_with_its_meaning_and_every_list_whole(maker: Maker) -> None:
    report = maker.make("2026-10", Reader(), "zh", NOW)
    book = openpyxl.load_workbook(BytesIO(workbook(report)))
    names = [row[0].value for row in book.worksheets[0]]
    assert set(names) >= set(_names("zh"))
    late = next(section for section in report.first if section.key == "late")
    sheet = book.worksheets[1]
    assert len(late.tables[0].rows) > 20
    assert sheet.max_row >= len(late.tables[0].rows)


def _names(language: str) -> list[str]:
    from mailflow.reports.words import name_of

    return [name_of(key, language) for key in NAMES]


def test_every_figure_is_explained_by_its_formula_its_numbers_and_its_cases(maker: Maker) -> None:
    report = maker.make("2026-10", Reader(), "zh", NOW)
    assert set(report.figures) == set(NAMES) == set(FORMULAS)
    for key, figure in report.figures.items():
        lines = explained(report, key)
        shown = re.findall(r"TS-\d+", "\n".join(lines))
        assert shown == [*figure.cases, *figure.others], key
        if figure.unit == "percent":
            assert any(f"{figure.numerator} ÷ {figure.denominator}" in line for line in lines)
    assert known("30 分钟达标率", "zh") == known("within_30", "en") == "within_30"
    assert known("nothing", "zh") == ""


def test_a_period_without_anything_says_so_with_the_counts_that_prove_it(maker: Maker) -> None:
    report = maker.make("2024-05", Reader(), "zh", NOW)
    counts = next(section for section in report.sections if section.key == "counts")
    assert "没有收到投诉" in counts.lines[0]
    assert "—（本期无）" in [
        row.cells[1] for section in report.sections for table in section.tables for row in table.rows
    ]
    assert report.figures["within_30"].value is None
    assert "上期没有案件，无从比较。" in report.opening
    assert all(section.tables or section.lines for section in report.sections)
    quiet = "\n".join(line for section in report.sections for line in section.lines)
    assert "本期收取邮件 0 封 = 已处理 0 + 不处理 0 + 待人工 0" in quiet


def test_holidays_nobody_wrote_and_a_period_not_over_are_said(maker: Maker) -> None:
    assert any("2027" in line and "节假日" in line for line in maker.make("2027-01", Reader(), "zh", NOW).opening)
    assert "本期尚未结束，以下为截至目前的数字。" in maker.make("2027-01", Reader(), "zh", NOW).opening
    assert not any("节假日" in line for line in maker.make("2026-12", Reader(), "zh", NOW).opening)
    with pytest.raises(ValueError, match="yet to begin"):
        maker.make("2027-03", Reader(), "zh", NOW)


def test_a_department_sees_what_it_answers_for_and_nothing_else(maker: Maker) -> None:
    whole = maker.make("2026-10", Reader(), "zh", NOW)
    own = maker.make("2026-10", head_of(STAFF, "质量部"), "zh", NOW)
    seen = _numbers(own)
    facts = maker.source.read(maker.spans("2026-10", NOW))[0]
    theirs = {case.number for case in (*facts.cases, *facts.still_open) if case.value("resp_dept") == "质量部"}
    late = {task.case for task in facts.late if task.person == "li@x.example"}
    earlier = {case.repeats for case in facts.cases if case.number in theirs}
    assert seen
    assert seen <= theirs | late | earlier
    assert seen < _numbers(whole)
    assert "machine" not in [section.key for section in own.sections]
    assert own.subject.startswith("质量部")


def _numbers(report: Report) -> set[str]:
    return set(re.findall(r"TS-\d+", text_of(report) + " ".join(map(str, report.figures.values()))))


def test_who_gets_reports_is_who_leads_and_heads_of_departments_for_their_own() -> None:
    found = {reader.name: (reader.role, reader.department) for reader in readers(STAFF, date(2026, 12, 1))}
    assert found == {
        "赵峰": ("general_manager", ""), "王芳": ("service_manager", ""), "李梅": ("head", "质量部"),
    }  # fmt: skip
    assert "周宁" in {reader.name for reader in readers(STAFF, date(2026, 10, 1))}


@pytest.mark.parametrize(
    ("kind", "name"),
    [("day", "2027-01-04"), ("week", "2026-W53"), ("month", "2026-12"), ("quarter", "2026-Q4"), ("year", "2026")],
)
def test_the_last_period_is_the_one_that_is_over(kind: str, name: str) -> None:
    assert last_closed(kind, NOW, ZONE) == name


def test_the_local_day_decides_not_utc() -> None:
    assert last_closed("day", datetime(2026, 12, 1, 0, 30, tzinfo=ZONE), ZONE) == "2026-11-30"


def test_a_report_of_the_program_is_the_same_twice(maker: Maker, tmp_path: Path) -> None:
    one, two = (maker.make("2026-10", Reader(), "zh", NOW) for _ in range(2))
    assert text_of(one) == text_of(two)
    assert page_of(one) == page_of(two)


def test_the_steps_figures_go_by_are_tasks_of_the_shipped_procedures() -> None:
    tasks = {name for procedure in procedures().all for name in procedure.tasks}
    assert {*CAPA_TASKS, *EIGHT_D_TASKS, CLOSING_TASK} <= tasks
