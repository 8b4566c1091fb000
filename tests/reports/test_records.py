"""Reports as Word records: every cell filled, charts of Word's own with the numbers of the report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.reporting import ReportTools
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.word.forms import load_forms
from mailflow.reports.make import Maker, head_of
from mailflow.reports.page import Reader, Report
from mailflow.reports.records import FEEDBACK, MONTHLY, PRODUCTS, QUARTERLY
from mailflow.reports.words import value_of
from tests.reports.test_report import STAFF
from tests.reports.year import NOW, ZONE, fill

ROOT = Path(__file__).resolve().parents[2]
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportTools]:
    ledger = SqlLedger(f"sqlite:///{tmp_path_factory.mktemp('office') / 'ledger.db'}")
    fill(ledger, 5)
    forms, problems = load_forms(ROOT / "templates" / "forms", whole=False)
    assert forms is not None, problems
    yield ReportTools(ledger.engine, forms, b"0" * 32, ZONE)
    ledger.close()


def report(tools: ReportTools, period: str, reader: Reader | None = None) -> Report:
    maker = Maker(tools.source(), lambda: STAFF, lambda year: True, ZONE, "北川仪表有限公司")
    return maker.make(period, reader or Reader(), "zh", NOW)


def words(record: bytes) -> str:
    """Everything that stands in the tables, header included."""
    document = docx.Document(io.BytesIO(record))
    tables = [*document.tables, *document.sections[0].header.tables]
    return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)


@pytest.mark.parametrize(
    ("period", "form"), [("2026-10", MONTHLY), ("2026-Q3", QUARTERLY), ("2026-10", FEEDBACK), ("2026-10", PRODUCTS)]
)
def test_a_record_says_what_the_report_says_under_the_number_of_its_period(
    tools: ReportTools, period: str, form: str
) -> None:
    made = report(tools, period)
    said = words(tools.word(made, form if form in (FEEDBACK, PRODUCTS) else ""))
    assert f"{form}-{period}" in said
    assert made.period in said.replace(" ", "")
    shown = {MONTHLY: ("within_30", "reopen_rate", "cost"), QUARTERLY: ("closing_rate",), FEEDBACK: ("received",)}
    for key in shown.get(form, ()):
        assert value_of(made.figures[key], "zh") in said, key
    if form == PRODUCTS:
        assert all(number in said for number in made.figures["received"].cases)


def test_its_charts_are_words_own_with_the_numbers_of_the_report_behind_them(tools: ReportTools) -> None:
    made = report(tools, "2026-10")
    record = tools.word(made)
    charts = {chart.title: chart for chart in made.charts}
    found = 0
    with zipfile.ZipFile(io.BytesIO(record)) as package:
        for name in package.namelist():
            if not name.startswith("word/charts/chart"):
                continue
            root = etree.fromstring(package.read(name))
            title = "".join(root.find(f".//{C}title").itertext()).strip()
            chart = charts[title]
            drawn = [int(point.text) for point in root.findall(f".//{C}val//{C}pt/{C}v")]
            assert drawn == list(chart.values)
            assert root.find(f".//{C}valAx/{C}scaling/{C}min").get("val") == "0"
            book = openpyxl.load_workbook(io.BytesIO(package.read(name.replace("charts", "embeddings")[:-3] + "xlsx")))
            rows = [(row[0].value, row[1].value) for row in book.active.iter_rows(min_row=2)]
            assert rows == [(label or "-", value) for label, value in zip(chart.names, chart.values, strict=True)]
            found += 1
        alternatives = package.read("word/document.xml").decode()
        assert all(chart.title in alternatives for chart in charts.values())
        assert "⟦" not in alternatives
    assert found == len(charts) == 3


def test_a_month_without_complaints_has_its_record_too_without_empty_charts(tools: ReportTools) -> None:
    record = tools.word(report(tools, "2024-05"))
    assert "2024年5月没有收到投诉" in words(record).replace(" ", "")
    with zipfile.ZipFile(io.BytesIO(record)) as package:
        assert "⟦" not in package.read("word/document.xml").decode()
        assert len([name for name in package.namelist() if name.startswith("word/charts/chart")]) == 1  # what is open


def test_there_is_none_for_a_department_or_a_week(tools: ReportTools) -> None:
    assert tools.word(report(tools, "2026-W41")) == b""
    assert tools.word(report(tools, "2026-10", head_of(STAFF, "质量部"))) == b""


def test_strangers_words_make_no_chart_and_no_template(tools: ReportTools) -> None:
    said = words(tools.word(report(tools, "2026-10")))
    assert "{{7*7}}" in said
    assert "<b>" in said
