"""``mailflow procedure``: list, show and test, over the company's own files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mailflow.commands import procedure
from mailflow.domain.model import Kind
from mailflow.procedures.load import load_procedures
from mailflow.procedures.trial import PastCase
from mailflow.settings import shipped


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mailflow.yaml").write_text(shipped.sample_settings("mailflow"), "utf-8")
    shutil.copytree(shipped.folder("rules") / "procedures", tmp_path / "rules" / "procedures")
    shutil.copyfile(shipped.folder("rules") / "staff.yaml", tmp_path / "rules" / "staff.yaml")
    monkeypatch.setenv("MAILFLOW_CONFIG", str(tmp_path / "mailflow.yaml"))
    monkeypatch.delenv("MAILFLOW_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str) -> Result:
    main = typer.Typer()
    main.command("list")(procedure.list_)
    main.command("show")(procedure.show)
    main.command("test")(procedure.trial)
    return CliRunner().invoke(main, arguments)


def test_list_names_every_procedure_once(home: Path) -> None:
    found = run("list", "--json")
    assert found.exit_code == 0, found.output
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert [item["name"] for item in lines] == sorted(
        file.stem for file in (home / "rules" / "procedures").glob("*.yaml") if file.stem != "fields"
    )
    assert next(item for item in lines if item["name"] == "praise")["kinds"] == ["praise"]


def test_show_prints_the_diagram_and_then_the_table(home: Path) -> None:
    found = run("show", "complaint")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("flowchart TD\n")
    only = run("show", "complaint", "--mermaid").stdout
    assert found.stdout.startswith(only)
    table = found.stdout.removeprefix(only)
    for words in ("登记投诉", "客服经理", "-15m", "JL-23-03"):
        assert words in table, words
    assert "┃" not in only


def test_titles_of_roles_are_those_of_the_staff_file(home: Path) -> None:
    staff = home / "rules" / "staff.yaml"
    staff.write_text(staff.read_text("utf-8").replace("zh: 客服, en", "zh: 服务专员, en"), "utf-8")
    assert "服务专员" in run("show", "praise", "--mermaid").stdout


def test_an_unknown_procedure_ends_with_those_there_are(home: Path) -> None:
    found = run("show", "complain")
    assert found.exit_code == 2
    assert "complaint_oral" in found.stderr


def test_test_says_how_long_it_may_take(home: Path) -> None:
    found = run("test", "inquiry")
    assert found.exit_code == 0, found.output
    assert "1天" in found.stdout  # 4 hours to draft and 4 to approve
    assert "正常" in found.stdout


def test_test_fails_on_a_procedure_with_a_fault(home: Path) -> None:
    (home / "rules" / "procedures" / "praise.yaml").write_text(
        "title: {zh: 表扬, en: Praise}\nkinds: [praise]\ntasks:\n"
        "  wait: {title: {zh: 等, en: Wait}, done_by: event, event: customer.answered}\n",
        "utf-8",
    )
    found = run("test", "praise")
    assert found.exit_code == 2
    assert "可能无人能完成: wait" in found.stderr


def test_mistakes_in_the_files_are_listed_with_their_lines(home: Path) -> None:
    file = home / "rules" / "procedures" / "praise.yaml"
    file.write_text(file.read_text("utf-8").replace("done_by: reply", "done_by: rely"), "utf-8")
    wrong = [number for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if "rely" in line]
    found = run("list")
    assert found.exit_code == 2
    assert wrong
    assert [number for number in wrong if f"praise.yaml:{number}：" not in found.stderr.replace("\n", "")] == []


def test_known_cases_are_shown_with_what_they_would_get(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    procedures, _ = load_procedures(home / "rules" / "procedures")
    assert procedures is not None
    cases = [PastCase("TS-2026-0007", Kind.COMPLAINT, {"subkinds": ["退换货"]}, ran_by="complaint")]
    procedure.show_choices(procedures, cases)
    shown = capsys.readouterr().out
    assert "TS-2026-0007" in shown
    assert "return_goods" in shown
    assert "不同" in shown


@pytest.mark.parametrize(
    ("minutes", "words"), [(-1, "-"), (0, "0分"), (30, "30分"), (480, "1天"), (605, "1天 2小时 5分")]
)
def test_working_time_is_said_in_days_of_eight_hours(minutes: int, words: str) -> None:
    assert procedure.duration(minutes) == words
