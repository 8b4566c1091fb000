"""The journal's key and its anchors as people meet them, from init and check to verify, backup and restore."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailflow.cli import main
from tests.flow.letters import letter

HOME = """
company:
  name: 澄江泵业有限公司
  domains: [firm.example]
mailboxes:
  - name: service
    type: folder
    path: inbox
    addresses: [service@firm.example]
casework:
  pdf: false
"""
KEYED = HOME + "journal:\n  key_file: keys/journal.key\n"
LOST = HOME + "journal:\n  key_file: keys/next.key\n"
CHANGED = LOST + "  former_key_files: [keys/journal.key]\n"
ANCHOR = re.compile(r"\d+(?:-[0-9A-F]{4}){4}-[0-9A-F]{2}")


def run(home: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), *arguments])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def configure(home: Path, text: str) -> None:
    (home / "mailflow.yaml").write_text(text, "utf-8")


def tamper(home: Path, statement: str, *values: int) -> None:
    with sqlite3.connect(home / "storage/ledger.db") as ledger:
        ledger.execute(statement, values)
    ledger.close()


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as ``init`` makes it, with two mails handled and the key in use.  To be copied."""
    made = tmp_path_factory.mktemp("keyed") / "home"
    assert CliRunner().invoke(main, ["init", str(made)]).exit_code == 0
    assert "key_file: keys/journal.key" in (made / "mailflow.yaml").read_text("utf-8")
    configure(made, KEYED)
    (made / "inbox").mkdir()
    for number in range(2):
        (made / f"inbox/{number}.eml").write_bytes(letter(sender=f"li{number}@plant{number}.example"))
    run(made, "run", "--once", "--since", "all")
    return made


@pytest.fixture
def home(tmp_path: Path, worked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "300")
    return Path(shutil.copytree(worked, tmp_path / "home", symlinks=True))


def test_init_makes_a_key_and_the_journal_bears_it(home: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}\n", (home / "keys/journal.key").read_text())
    assert (home / "keys/journal.key").stat().st_mode & 0o777 == 0o600
    said = run(home, "verify")
    assert "verified: no errors" in said
    assert ANCHOR.search(said)


def test_the_summary_prints_the_anchor_and_verify_takes_it(home: Path, tmp_path: Path) -> None:
    found = ANCHOR.findall(run(home, "summary"))
    assert len(found) == 1
    run(home, "summary", "--html", str(tmp_path / "page.html"))
    assert f"mailflow verify --anchor {found[0]}" in (tmp_path / "page.html").read_text("utf-8")
    assert "no errors" in run(home, "verify", "--anchor", found[0], "--anchor", found[0].lower())
    wrong = found[0][:-1] + ("0" if found[0][-1] != "0" else "1")
    assert "mistyped" in run(home, "verify", "--anchor", found[0], "--anchor", wrong, code=2)


def test_a_tail_cut_off_is_told_by_the_anchor_also_after_the_archive_was_made_anew(home: Path) -> None:
    anchor = ANCHOR.findall(run(home, "verify"))[0]
    last = int(anchor.partition("-")[0])
    tamper(home, "DELETE FROM journal WHERE id > ?", last - 4)
    assert "missing at its end" in run(home, "verify", "--anchor", anchor, code=1)
    assert "had come to" in run(home, "archive", "rebuild", code=4)
    (home / "storage/ledger.mark").unlink()  # whoever cuts the tail has the storage, and takes the mark away as well
    said = run(home, "archive", "rebuild", code=5)
    assert "journal entries (from" in said
    assert "Keep the old archive" in said
    told = run(home, "verify", "--anchor", anchor, code=1)
    assert "missing at its end" in told or "is not the entry that was noted" in told
    assert "the archive was made anew while it showed" in run(home, "verify")  # for ever


def test_an_older_backup_put_back_is_told_by_a_newer_anchor(home: Path, tmp_path: Path) -> None:
    old = ANCHOR.findall(run(home, "verify"))[0]
    run(home, "backup", str(tmp_path / "kept.tar"))
    with tarfile.open(tmp_path / "kept.tar") as tar:
        assert not [name for name in tar.getnames() if "journal.key" in name]
    (home / "inbox/9.eml").write_bytes(letter(sender="wu@plant9.example"))
    run(home, "run", "--once", "--since", "all")
    new = ANCHOR.findall(run(home, "verify"))[0]
    shutil.rmtree(home / "storage")
    assert "no errors" in run(home, "restore", str(tmp_path / "kept.tar"))
    assert "no errors" in run(home, "verify", "--anchor", old)
    assert "missing at its end" in run(home, "verify", "--anchor", new, code=1)


def test_check_says_where_a_key_must_not_lie_and_that_there_is_none(home: Path) -> None:
    assert "the journal has no key" not in run(home, "check", "--offline")
    for place in ("storage/journal.key", "rules/journal.key", "templates/mail/journal.key"):
        shutil.copyfile(home / "keys/journal.key", home / place)
        configure(home, HOME + f"journal:\n  key_file: {place}\n")
        assert "MF022" in run(home, "check", "--offline", code=2)
        assert "MF022" in run(home, "run", "--once", "--since", "all", code=2)
    (home / "elsewhere.key").symlink_to(home / "storage/journal.key")
    configure(home, HOME + "journal:\n  key_file: elsewhere.key\n")
    assert "MF022" in run(home, "check", "--offline", code=2)
    (home / "storage/link.key").symlink_to(home / "keys/journal.key")
    configure(home, HOME + "journal:\n  key_file: storage/link.key\n")
    assert "MF022" in run(home, "check", "--offline", code=2)
    configure(home, HOME)
    said = run(home, "check", "--offline", code=2)
    assert "the journal has no key" in said
    assert "MF023" in said


@pytest.mark.parametrize("content", [None, "", "secret", "ab" * 31, "xy" * 32, b"\xff\xfe" * 32])
def test_a_key_that_is_none_is_said_and_nothing_is_written(home: Path, content: str | bytes | None) -> None:
    path = home / "keys/journal.key"
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert "MF021" in run(home, "check", "--offline", code=2)
    said = run(home, "run", "--once", "--since", "all", code=2)
    assert "MF021" in said
    assert "docs/howto/verify.md" in said
    told = run(home, "verify", code=1)
    assert "its key cannot be used" in told
    assert "2 errors" in told  # and the entries cannot be checked
    if content and isinstance(content, str):
        assert content not in said + told
    assert run(home, "cases")  # whoever reads is not kept out


def test_the_key_may_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL", (home / "keys/journal.key").read_text())
    configure(home, HOME + "journal:\n  key_env: JOURNAL\n")
    assert "no errors" in run(home, "verify")
    monkeypatch.delenv("JOURNAL")
    assert "MF021" in run(home, "run", "--once", "--since", "all", code=2)


def test_a_changed_key_is_refused_until_a_person_says_so(home: Path) -> None:
    run(home, "journal", "new-key", str(home / "keys/next.key"))
    assert "is there already" in run(home, "journal", "new-key", str(home / "keys/next.key"), code=4)
    configure(home, CHANGED)
    assert "MF023" in run(home, "run", "--once", "--since", "all", code=2)
    assert "MF023" in run(home, "check", "--offline", code=2)
    assert "is sealed" in run(home, "journal", "use-key")
    assert "bears this key already" in run(home, "journal", "use-key")
    run(home, "run", "--once", "--since", "all")
    assert "changed the key" in run(home, "verify")


def test_a_lost_key_has_a_way_on_that_is_told_for_ever(home: Path) -> None:
    (home / "keys/journal.key").unlink()
    run(home, "journal", "new-key", str(home / "keys/next.key"))
    configure(home, LOST)
    assert "former_key_files" in run(home, "journal", "use-key", code=4)
    assert "--because" in run(home, "journal", "use-key", "--lost", code=2)
    assert "for ever" in run(home, "journal", "use-key", "--lost", "--because", "disk broke, no copy")
    run(home, "run", "--once", "--since", "all")
    assert "was lost (disk broke, no copy)" in run(home, "verify")
    tamper(home, "UPDATE journal SET data = '{}' WHERE id = 2")
    assert "is not what it sealed" in run(home, "verify", code=1)


def test_an_office_without_a_key_gets_one(tmp_path: Path, home: Path) -> None:
    shutil.rmtree(home / "storage")
    configure(home, HOME)
    run(home, "run", "--once", "--since", "all")
    configure(home, KEYED)
    assert "mailflow journal use-key" in run(home, "run", "--once", "--since", "all", code=2)
    run(home, "journal", "use-key")
    run(home, "run", "--once", "--since", "all")
    said = run(home, "verify")
    assert "gave the journal the key" in said
    assert "no errors" in said
    configure(home, HOME)
    assert "none is set" in run(home, "run", "--once", "--since", "all", code=2)
