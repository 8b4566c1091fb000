"""``mailflow capa``: opened without a complaint, shown and written as a ledger in which nothing is a formula."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailflow.adapters.local.sheet_file import sheet
from mailflow.settings import shipped
from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import lay_out


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")


@pytest.fixture(scope="module")
def _opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which one was opened by command, whose words would be a formula."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFLOW_CONFIG", "")
        patch.setenv("MAILFLOW_LANG", "en")
        folder = tmp_path_factory.mktemp("office") / "home"
        home = lay_out(folder, shipped.folder("rules"), shipped.folder("templates"))
        (folder / "fact.txt").write_text("=HYPERLINK(1) 三月问卷交期平均2.8分\n", "utf-8")
        said = home.run(
            "capa", "open", str(folder / "fact.txt"), "--about", "交期得分下降", "--source", "满意度调查",
            "--product", "=1+1", "--by", "薛平",
        )  # fmt: skip
        assert said.exit_code == 0, said.output
        assert "opened CA-2" in said.output
        yield folder


@pytest.fixture
def home(_opened: Path, tmp_path: Path) -> Home:
    shutil.copytree(_opened, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def test_what_was_opened_stands_in_the_ledger_with_its_source(home: Home) -> None:
    (row,) = home.data("capa", "list")
    assert (row["source"], row["product"], row["status"], row["effect"]) == ("满意度调查", "=1+1", "planned", "")
    assert row["case"].startswith("CA-")
    assert row["number"] == ""  # the report is issued when the action is planned
    assert "交期得分下降" in row["fact"]
    assert "1 corrective actions, 0 past their day" in home.ok("capa", "list", "--open")
    assert home.data("capa", "list", "--year", "2001") == []


def test_no_written_table_holds_a_formula(home: Home, tmp_path: Path) -> None:
    book, text, word = tmp_path / "c.xlsx", tmp_path / "c.csv", tmp_path / "c.docx"
    home.ok("capa", "list", "--xlsx", str(book), "--csv", str(text), "--docx", str(word))
    page = load_workbook(book).active
    cells = {cell.value: cell.data_type for row in page.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert cells["=1+1"] == "s"
    assert "f" not in cells.values()
    with zipfile.ZipFile(book) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
    (row,) = csv.DictReader(io.StringIO(text.read_bytes().decode("utf-8-sig")))
    assert row["product"] == "'=1+1"
    with zipfile.ZipFile(word) as package:
        words = "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
    assert "JL-8.5-03" in words
    assert "满意度调查" in words


def test_who_has_no_role_for_it_opens_none(home: Home) -> None:
    said = home.run("capa", "open", str(home.folder / "fact.txt"), "--about", "交期", "--by", "白露")
    assert said.exit_code == 5
    assert len(home.data("capa", "list")) == 1


def test_days_and_texts_of_a_sheet_are_what_they_are() -> None:
    made = sheet("a/b:c", ("x", "y"), [("=1", date(2026, 3, 2)), ("\x0b+1", 3)])
    page = load_workbook(io.BytesIO(made)).active
    assert [[cell.data_type for cell in row] for row in page.iter_rows(min_row=2)] == [["s", "d"], ["s", "n"]]
    assert page["A2"].value == "=1"
