"""The command line as an operator uses it: one home from init to restore, errors in one line with the remedy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailflow.cli import COMMANDS, GROUPS, main
from mailflow.settings import shipped

HOME = """\
company:
  name: 澄江泵业有限公司
  domains: [chengjiang-pump.example]
mailboxes:
  - name: service
    type: folder
    path: inbox
    addresses: [kefu@chengjiang-pump.example]
"""


def run(*arguments: str, home: Path | None = None) -> Result:
    options = ["--config", str(home / "mailflow.yaml")] if home else []
    return CliRunner().invoke(main, [*options, *arguments])


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("MAILFLOW_CONFIG", raising=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose sample mails were worked off once."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "inbox").mkdir()
    for path in shipped.samples().glob("*.eml"):
        shutil.copy(path, folder / "inbox")
    (folder / "inbox" / "broken.eml").write_bytes(b"")
    (folder / "mailflow.yaml").write_text(HOME, "utf-8")
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), folder / name)
    result = run("run", "--once", "--since", "all", home=folder)
    assert result.exit_code == 0, result.output
    yield folder
    os.environ.pop("MAILFLOW_CONFIG", None)


def test_init_lays_out_a_home_that_check_understands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("init", str(tmp_path / "new")).exit_code == 0
    monkeypatch.setenv("MAILFLOW_IMAP_PASSWORD", "x")
    monkeypatch.setenv("MAILFLOW_SMTP_PASSWORD", "x")
    checked = run("check", "--offline", home=tmp_path / "new")
    assert checked.exit_code == 0, checked.output
    assert (tmp_path / "new" / "templates" / "forms" / "JL-23-01.docx").is_file()
    assert [file.name for file in (tmp_path / "new" / "rules" / "lexicon").iterdir()] == ["own.yaml"]
    for place in ("rules/procedures/complaint.yaml", "rules/staff.yaml", "rules/calendars", "rules/answers.yaml",
                  "templates/staff/zh", "templates/digests/zh"):  # fmt: skip
        assert (tmp_path / "new" / place).exists(), place
    assert "staff.yaml names no people" in checked.output  # a warning: nothing is wrong, nobody would do the work
    again = run("init", str(tmp_path / "new"))
    assert again.exit_code == 4
    assert "exists already -> " in again.output


def test_check_lists_every_problem_of_every_file_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    assert run("init", str(folder)).exit_code == 0
    exclusion = folder / "rules" / "exclusion.yaml"
    exclusion.write_text(exclusion.read_text("utf-8").replace("kind:", "kidn:", 1), "utf-8")
    (folder / "rules" / "reading" / "mine.yaml").write_text("rules:\n  - name: x\n    fidns: order_no\n", "utf-8")
    words = "about: ours\nlists:\n  bad-heading: {words: [漏水数], matches: [漏水数]}\n"
    (folder / "rules" / "lexicon" / "own.yaml").write_text(words, "utf-8")
    (folder / "templates" / "mail" / "zh" / "complaint.txt").write_text("{{ case_number \n", "utf-8")
    (folder / "templates" / "forms" / "JL-23-01.yaml").write_text("code: JL-23-01\n", "utf-8")
    checked = run("check", "--offline", home=folder)
    assert checked.exit_code == 2
    for place in ("exclusion.yaml:", "mine.yaml:3", "own.yaml:3", "complaint.txt:", "JL-23-01.yaml"):
        assert place in checked.output, place


def test_a_missing_configuration_says_what_to_do(tmp_path: Path) -> None:
    result = run("cases", home=tmp_path)
    assert result.exit_code == 2
    assert "mailflow init DIR" in result.output


def test_cases_case_and_held_show_what_became_of_the_mail(home: Path) -> None:
    cases = json.loads(run("cases", "--json", home=home).stdout)
    complaints = [row for row in cases if row["kind"] == "complaint"]
    assert complaints
    number = complaints[-1]["number"]
    shown = run("case", number, home=home)
    assert shown.exit_code == 0
    assert "record.issued" in shown.output
    detail = json.loads(run("case", number, "--json", home=home).stdout)
    assert Path(detail["folder"]).is_dir()
    assert detail["records"][0]["number"].startswith("JL-23-01-")
    assert run("case", "TS-1999-0001", home=home).exit_code == 4


def test_a_held_mail_can_be_replayed_and_a_set_aside_one_released(home: Path) -> None:
    held = json.loads(run("held", "--json", home=home).stdout)
    assert [row["reason"] for row in held] == ["unreadable"]
    assert run("replay", str(held[0]["id"]), home=home).exit_code == 0
    assert run("run", "--once", "--since", "all", home=home).exit_code == 0
    assert len(json.loads(run("held", "--json", home=home).stdout)) == 1  # still unreadable, still held
    refused = run("release", "99999", home=home)
    assert refused.exit_code == 1
    assert "mailflow held" in refused.output


def test_run_once_again_changes_nothing(home: Path) -> None:
    before = run("cases", "--json", home=home).stdout
    assert run("run", "--once", "--since", "all", home=home).exit_code == 0
    assert run("cases", "--json", home=home).stdout == before


def test_verify_backup_and_restore_go_together(home: Path, tmp_path: Path) -> None:
    assert run("verify", home=home).exit_code == 0
    assert run("archive", "rebuild", home=home).exit_code == 0
    bundle = tmp_path / "backup.tar"
    assert run("backup", str(bundle), home=home).exit_code == 0
    other = tmp_path / "other"
    shutil.copytree(home / "rules", other / "rules")
    shutil.copytree(home / "templates", other / "templates")
    (other / "mailflow.yaml").write_text(HOME, "utf-8")
    restored = run("restore", str(bundle), home=other)
    assert restored.exit_code == 0, restored.output
    assert run("cases", "--json", home=other).stdout == run("cases", "--json", home=home).stdout
    assert run("restore", str(bundle), home=other).exit_code == 4  # not into a storage that holds something


def test_history_is_filed_and_not_answered(home: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    sample = (shipped.samples() / "06-inquiry-qq.eml").read_bytes()
    (old / "1.eml").write_bytes(sample.replace(b"Message-ID: <", b"Message-ID: <old.", 1) + b"\r\nP.S. 2024\r\n")
    before = {row["number"] for row in json.loads(run("cases", "--json", home=home).stdout)}
    assert run("import", str(old), "--history", home=home).exit_code == 0
    added = [row for row in json.loads(run("cases", "--json", home=home).stdout) if row["number"] not in before]
    for row in added:
        assert json.loads(run("case", row["number"], "--json", home=home).stdout)["replies"] == []


def test_read_prints_one_json_object_for_every_file_whatever_it_holds(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 50)
    good = shipped.samples() / "01-complaint-foxmail.eml"
    result = run("read", "--json", str(good), str(tmp_path / "empty.eml"), str(tmp_path / "noise.eml"), "absent.eml")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["file"] for line in lines] == [good.name, "empty.eml", "noise.eml", "absent.eml"]
    assert lines[0]["kind"] == "complaint"
    assert lines[0]["message"]["from"][0]["name"] == "王喆"
    for finding in lines[0]["evidence"]:
        part = lines[0]["message"].get(finding["source"])
        if part is not None:
            assert part[finding["start"] : finding["end"]] == finding["words"]
    assert all(line["problems"] for line in (lines[1], lines[3]))


NAMES = [command[0] for command in COMMANDS] + [f"{group[0]} {command[0]}" for group in GROUPS for command in group[2]]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    assert f": mailflow {name}" in result.output


def test_help_does_not_load_the_language_machinery() -> None:
    code = "import sys; from mailflow.cli import main; main(['--help'], standalone_mode=False); "
    code += "sys.exit('spacy' in sys.modules or 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_texts_are_chinese_unless_english_is_asked_for() -> None:
    environment = {**os.environ, "MAILFLOW_LANG": ""}
    command = [sys.executable, "-m", "mailflow", "--help"]
    shown = subprocess.run(command, capture_output=True, check=True, env={**environment, "PYTHONUTF8": "1"})
    assert "客服公共邮箱" in shown.stdout.decode("utf-8")


def test_check_tries_the_ledgers_server(tmp_path: Path) -> None:
    settings = HOME + "ledger: {address: postgresql://mailflow@127.0.0.1:1/mailflow}\n"
    (tmp_path / "inbox").mkdir()
    (tmp_path / "mailflow.yaml").write_text(settings, "utf-8")
    for name in ("rules", "templates"):
        (tmp_path / name).symlink_to(shipped.folder(name))
    checked = run("check", home=tmp_path)
    assert checked.exit_code == 3, checked.output
    assert "check that PostgreSQL runs on 127.0.0.1" in checked.output
