"""``mailflow template``: a company's own form from the first copy to its preview."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx
import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from mailflow.adapters.libreoffice import convert
from mailflow.commands import template
from mailflow.records.returned import read_returned

COMMANDS = typer.Typer()
for _name, _run in (("new", template.new), ("check", template.check), ("preview", template.preview)):
    COMMANDS.command(_name)(_run)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(
        COMMANDS, [str(item) for item in arguments], env={"MAILFLOW_LANG": "en", "COLUMNS": "200"}
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with one form begun."""
    folder = tmp_path / "forms"
    result = run("new", "JL-23-20", "--folder", folder, "--title", "现场：'服务'记录")
    assert result.exit_code == 0, result.output
    return folder


def test_a_new_form_is_in_order_and_carries_its_own_code_and_title(own: Path) -> None:
    assert sorted(path.name for path in own.iterdir()) == ["JL-23-20.docx", "JL-23-20.yaml"]
    sidecar = yaml.safe_load((own / "JL-23-20.yaml").read_text("utf-8"))
    assert (sidecar["code"], sidecar["title"]["zh"]) == ("JL-23-20", "现场：'服务'记录")
    result = run("check", own)
    assert (result.exit_code, "in order" in result.output) == (0, True)


def test_a_form_is_never_written_over(own: Path) -> None:
    (own / "JL-23-20.docx").write_bytes(b"mine")
    result = run("new", "JL-23-20", "--folder", own)
    assert (result.exit_code, "exists already" in result.output) == (4, True)
    assert (own / "JL-23-20.docx").read_bytes() == b"mine"


@pytest.mark.parametrize("code", ["form", "JL 23", "../JL-23-21", "jl-23-21"])
def test_a_code_that_is_none_is_refused(tmp_path: Path, code: str) -> None:
    result = run("new", code, "--folder", tmp_path)
    assert (result.exit_code, list(tmp_path.iterdir())) == (4, [])


def test_check_lists_every_problem_with_its_place(own: Path) -> None:
    document = docx.Document(str(own / "JL-23-20.docx"))
    document.add_paragraph("第一处 {{ cutomer }}")
    document.add_paragraph("第二处 ｛｛ content ｝｝")
    document.save(str(own / "JL-23-20.docx"))
    for place in (own, own / "JL-23-20.docx"):
        result = run("check", place)
        assert result.exit_code == 2
        for words in ("MF413", "第一处 {{ cutomer }}", "MF410", "第二处", "word/document.xml", "2 problems"):
            assert words in result.output


def test_check_of_one_form_leaves_the_others_alone(own: Path) -> None:
    shutil.copy(own / "JL-23-20.docx", own / "JL-23-21.docx")
    assert run("check", own / "JL-23-20.docx").exit_code == 0
    assert run("check", own).exit_code == 2
    assert run("check", own / "nowhere").exit_code == 4


def test_preview_without_libreoffice_writes_the_document_and_says_what_is_missing(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("preview", "JL-23-20", "--folder", own, "--out", tmp_path / "out")
    assert (result.exit_code, "LibreOffice is not installed" in result.output) == (0, True)
    read = read_returned((tmp_path / "out" / "JL-23-20-sample.docx").read_bytes())
    assert "苏州瑞丰汽配股份有限公司" in "".join(read.text)


@pytest.mark.skipif(
    convert.soffice() is None or shutil.which("pdftoppm") is None, reason="LibreOffice or poppler missing"
)
def test_preview_writes_pdf_and_pictures(own: Path, tmp_path: Path) -> None:
    result = run("preview", "JL-23-20", "--folder", own, "--out", tmp_path / "out", "--png", "--signed")
    assert result.exit_code == 0, result.output
    made = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert made == [".docx", ".pdf", ".png"]


def test_preview_of_an_unknown_form_names_the_known_ones(own: Path, tmp_path: Path) -> None:
    result = run("preview", "JL-23-99", "--folder", own, "--out", tmp_path / "out")
    assert (result.exit_code, "JL-23-20" in result.output) == (4, True)
