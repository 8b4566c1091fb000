"""What mailflow writes is its owner's alone, whatever umask the shell has; what is written out on request is not."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailflow.app import open_app
from mailflow.cli import main
from mailflow.runtime.clock import now_utc
from mailflow.runtime.private import exposed, private_files, users_files
from mailflow.settings import config as configuration
from mailflow.settings import shipped

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes")

HOME = """\
company:
  name: 澄江泵业有限公司
  domains: [chengjiang-pump.example]
mailboxes:
  - name: service
    type: folder
    path: inbox
    addresses: [kefu@chengjiang-pump.example]
casework:
  pdf: false
"""


def run(*arguments: str, home: Path | None = None) -> str:
    options = ["--config", str(home / "mailflow.yaml")] if home else []
    result = CliRunner().invoke(main, [*options, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022], ids=["umask-000", "umask-022"])
def umask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")
    kept = os.umask(request.param)
    yield request.param
    assert os.umask(kept) == request.param, "a command left its own umask behind"


def lay_out(home: Path, mails: int = 2) -> None:
    """A home as an operator makes it, with a mailbox that is a folder."""
    run("init", str(home))
    (home / "mailflow.yaml").write_text(HOME, "utf-8")  # keeps the mode of what init wrote
    (home / "inbox").mkdir(mode=0o700)
    for path in sorted(shipped.samples().glob("*.eml"))[:mails]:
        (home / "inbox" / path.name).write_bytes(path.read_bytes())
        (home / "inbox" / path.name).chmod(0o600)


def test_every_command_leaves_private_files_and_folders(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    lay_out(home)
    assert list(exposed(home)) == [], "init"
    run("run", "--once", "--since", "all", home=home)
    run("run", "--once", "--since", "all", home=home)
    written = {path.name for path in (home / "storage").iterdir()}
    assert {"ledger.db", "vault", "archive", "secret.key", "worker.lock", "health.json"} <= written
    assert list(exposed(home)) == [], "run"

    own = next((home / "storage" / "archive").glob("*/")) / "notes.txt"
    own.write_text("ours", "utf-8")
    own.chmod(0o666)
    assert list(exposed(home)) == [own]
    run("archive", "rebuild", home=home)
    assert mode(next((home / "storage" / "archive").rglob("notes.txt"))) == 0o600
    assert list(exposed(home / "storage" / "archive", home / "storage" / "ledger.db")) == [], "archive rebuild"

    for name in ("kept.tar", "kept.tgz", "kept"):
        run("backup", str(tmp_path / "backups" / name), home=home)
    assert list(exposed(tmp_path / "backups")) == [], "backup"

    shutil.rmtree(home / "storage")
    run("restore", str(tmp_path / "backups" / "kept.tar"), home=home)
    assert (home / "storage" / "restored-settings" / "mailflow.yaml").is_file()
    assert list(exposed(home / "storage")) == [], "restore"


def test_modes_are_0700_and_0600_and_read_only_in_the_vault(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    lay_out(home, mails=1)
    run("run", "--once", "--since", "all", home=home)
    storage = home / "storage"
    places = {
        "": 0o700,
        "vault": 0o700,
        "archive": 0o700,
        "ledger.db": 0o600,
        "secret.key": 0o600,
        "worker.lock": 0o600,
    }
    assert {name: mode(storage / name) for name in places} == places
    assert {mode(path) for path in (storage / "vault").rglob("*") if path.is_file()} == {0o400}
    assert {mode(home / name) for name in ("mailflow.yaml", "rules/staff.yaml")} == {0o600}


def test_files_beside_an_open_ledger_are_private_without_the_command_line(tmp_path: Path, umask: int) -> None:
    lay_out(tmp_path, mails=0)
    shutil.rmtree(tmp_path / "storage")
    config = configuration.load(tmp_path / "mailflow.yaml")
    with open_app(config) as app:
        with app.ledger.begin() as work:
            work.journal("test", now_utc())
        names = {path.name for path in config.storage.iterdir()}
        assert {"ledger.db", "ledger.db-wal", "ledger.db-shm"} <= names
        assert list(exposed(config.storage)) == []


def number_of_a_case(home: Path) -> str:
    with open_app(configuration.load(home / "mailflow.yaml")) as app:
        return str(app.lists.cases()[0]["number"])


def test_what_is_written_out_on_request_follows_the_umask_of_the_user(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    lay_out(home, mails=1)
    run("run", "--once", "--since", "all", home=home)
    run("ledger", "--year", "2026", "--csv", str(tmp_path / "l.csv"), "--docx", str(tmp_path / "l.docx"), home=home)
    run("summary", "--html", str(tmp_path / "day.html"), home=home)
    run("correct", number_of_a_case(home), "batch_no=240711-3", "--by", "王工", home=home)
    run("examples", "export", "--out", str(tmp_path / "examples.yaml"), home=home)
    made = {name: mode(tmp_path / name) for name in ("l.csv", "l.docx", "day.html", "examples.yaml")}
    assert made == dict.fromkeys(made, 0o666 & ~umask)


def test_check_names_a_looser_storage_and_the_remedy_and_changes_nothing(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    lay_out(home, mails=1)
    run("run", "--once", "--since", "all", home=home)
    said = run("check", "--offline", home=home)
    assert "others here may use" not in said
    ledger = home / "storage" / "ledger.db"
    ledger.chmod(0o644)
    (home / "mailflow.yaml").chmod(0o640)
    said = run("check", "--offline", home=home)
    assert f"may use 1 files at {home / 'storage'}, such as {ledger} -> chmod -R go= {home / 'storage'}" in said
    assert f"chmod -R go= {home / 'mailflow.yaml'}" in said
    assert mode(ledger) == 0o644


def test_run_says_in_its_log_that_the_storage_is_open_to_others(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    lay_out(home, mails=0)
    result = CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), "run", "--once", "--since", "all"])
    assert "storage.exposed" not in result.output
    (home / "storage").chmod(0o750)
    result = CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), "run", "--once", "--since", "all"])
    assert "storage.exposed" in result.output
    assert mode(home / "storage") == 0o750


def test_the_umask_of_the_user_comes_back_even_from_nested_blocks(umask: int, tmp_path: Path) -> None:
    with private_files(), private_files():
        (tmp_path / "ours").touch()
        with users_files():
            (tmp_path / "his").touch()
        (tmp_path / "ours-again").touch()
    (tmp_path / "after").touch()
    free = 0o666 & ~umask
    assert [mode(tmp_path / name) for name in ("ours", "his", "ours-again", "after")] == [0o600, free, 0o600, free]
