"""``mailflow summary``: the same figures in the terminal or in a file, and nothing sent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from typer.testing import CliRunner, Result

from mailflow.casework.summary.sections import COMMANDS as NAMED
from mailflow.cli import COMMANDS, GROUPS, main
from mailflow.settings import shipped

HOME = """\
company:
  name: 澄江泵业有限公司
  domains: [chengjiang-pump.example]
mailboxes:
  - {name: service, type: folder, path: inbox, addresses: [kefu@chengjiang-pump.example]}
  - {name: away, type: folder, path: nowhere, addresses: [other@chengjiang-pump.example]}
"""


def run(*arguments: str, home: Path) -> Result:
    return CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), *arguments])


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.delenv("MAILFLOW_CONFIG", raising=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home that took in the sample mails now."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "inbox").mkdir()
    for path in sorted(shipped.samples().glob("*.eml"))[:6]:
        shutil.copy(path, folder / "inbox")
    (folder / "inbox" / "empty.eml").write_bytes(b"")
    (folder / "mailflow.yaml").write_text(HOME, "utf-8")
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), folder / name)
    run("run", "--once", home=folder)
    yield folder
    os.environ.pop("MAILFLOW_CONFIG", None)


def counts(home: Path) -> list[int]:
    """Mails, cases and outgoing mails."""
    names = ("messages", "cases", "outbox")
    with closing(connect(home / "storage" / "ledger.db")) as connection:
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names]  # noqa: S608


def test_it_shows_every_section_and_sends_nothing(home: Path) -> None:
    before = counts(home)
    shown = run("summary", home=home)
    assert shown.exit_code == 0, shown.output
    for number, title in enumerate("来信 案件 逾期任务 待签字 无人承担的任务 待人工处理的邮件".split(), 1):
        assert f"{number}. {title}：" in shown.output
    assert "1. 来信：7 封" in shown.output
    assert "从未核对" in shown.output  # the mailbox that is not there
    assert counts(home) == before


def test_it_writes_the_mails_page_into_a_file(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "day.html"
    assert run("summary", "--html", str(target), home=home).exit_code == 0
    page = target.read_text("utf-8")
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert "澄江泵业有限公司" in page


@pytest.mark.parametrize(("day", "words"), [("yesterday", "is not a day"), ("2999-01-01", "is yet to come")])
def test_a_day_that_is_none_or_not_yet_is_told_in_one_line(home: Path, day: str, words: str) -> None:
    result = run("summary", "--date", day, home=home)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_day_before_anything_has_nothing_new(home: Path) -> None:
    result = run("summary", "--date", "2020-06-01", home=home)
    assert result.exit_code == 0, result.output
    assert "期间没有新来信" in result.output


def test_the_commands_the_summary_names_exist() -> None:
    known = {name for name, *_ in (*COMMANDS, *GROUPS)}
    assert {command.split()[1] for command in NAMED.values()} <= known
