"""The key that signs tokens and QR codes: a missing or another one is told, and there is a way on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailflow.cli import main
from mailflow.settings import shipped
from tests.commands.test_journal_key import HOME
from tests.flow.letters import letter

OTHER = b"0123456789abcdef" * 4


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(home / "mailflow.yaml"), *arguments])


def words(home: Path, *arguments: str, code: int = 0) -> str:
    result = run(home, *arguments)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two mails handled.  To be copied."""
    made = tmp_path_factory.mktemp("signed") / "home"
    (made / "inbox").mkdir(parents=True)
    (made / "mailflow.yaml").write_text(HOME, "utf-8")
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), made / name)
    for number in range(2):
        (made / f"inbox/{number}.eml").write_bytes(letter(sender=f"li{number}@plant{number}.example"))
    assert run(made, "run", "--once", "--since", "all").exit_code == 0
    return made


@pytest.fixture
def home(tmp_path: Path, worked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")
    return Path(shutil.copytree(worked, tmp_path / "home"))


def gone(key: Path) -> None:
    key.unlink()


def swapped(key: Path) -> None:
    key.write_bytes(OTHER)


def cut_short(key: Path) -> None:
    key.write_bytes(key.read_bytes()[:40])


def emptied(key: Path) -> None:
    key.write_bytes(b"")


def endless(key: Path) -> None:
    key.unlink()
    key.symlink_to("/dev/zero")


def a_folder(key: Path) -> None:
    key.unlink()
    key.mkdir()


@pytest.mark.parametrize(("fault", "code"), [(endless, "MF025"), (a_folder, "MF025")])
def test_what_is_no_file_of_a_key_is_told_like_another_one(
    home: Path, fault: Callable[[Path], None], code: str
) -> None:
    fault(home / "storage/secret.key")
    assert "secret.key" in words(home, "verify", code=1)
    for command in (("check", "--offline"), ("run", "--once")):
        assert code in words(home, *command, code=2)


@pytest.mark.parametrize(
    ("fault", "code"), [(gone, "MF024"), (emptied, "MF024"), (swapped, "MF025"), (cut_short, "MF025")]
)
def test_it_is_told_by_verify_check_and_every_start_and_nothing_is_made_or_shown(
    home: Path, fault: Callable[[Path], None], code: str
) -> None:
    key = home / "storage/secret.key"
    right = key.read_bytes()
    assert "verified: no errors" in words(home, "verify")
    words(home, "check")
    fault(key)
    there = key.read_bytes() if key.exists() else None
    told = [words(home, "verify", code=1)]
    told += [words(home, *command, code=2) for command in (("check", "--offline"), ("check",), ("run", "--once"))]
    told += [words(home, "correct", "TS-2026-0001", "batch_no=1", "--by", "x", code=2)]
    for said in told:
        assert "secret renew" in said  # how to go on
        assert "put it back" in said
        for value in (right, there or right, OTHER):
            assert value.decode()[:16] not in said
    assert all(code in said for said in told[1:])
    assert (key.read_bytes() if key.exists() else None) == there, "looking and failing must not make a key"
    key.write_bytes(right)
    words(home, "run", "--once")
    assert "verified: no errors" in words(home, "verify")


def test_a_lost_key_is_renewed_by_a_person_and_told_for_ever(home: Path) -> None:
    key = home / "storage/secret.key"
    right = key.read_bytes()
    words(home, "secret", "renew", code=2)  # without a reason
    assert "nothing was changed" in words(home, "secret", "renew", "--because", "a try")
    assert key.read_bytes() == right
    key.unlink()
    assert "no longer count" in words(home, "secret", "renew", "--because", "the disk broke")
    new = key.read_bytes()
    assert new != right
    assert key.stat().st_mode & 0o777 == 0o600
    words(home, "run", "--once")
    words(home, "check")
    for _ in range(2):
        assert "went on with another secret key (the disk broke)" in words(home, "verify")
        assert key.read_bytes() == new


def test_a_renewal_that_was_killed_between_key_and_ledger_is_done_again(home: Path) -> None:
    key = home / "storage/secret.key"
    key.write_bytes(OTHER)  # as a renewal leaves it that made the key and did not come to the ledger
    assert "MF025" in words(home, "run", "--once", code=2)
    words(home, "secret", "renew", "--because", "once more")
    assert key.read_bytes() == OTHER
    words(home, "run", "--once")


def test_a_restored_office_goes_on_with_the_key_of_the_backup(home: Path, tmp_path: Path) -> None:
    right = (home / "storage/secret.key").read_bytes()
    words(home, "backup", str(tmp_path / "b.tar"))
    shutil.rmtree(home / "storage")
    assert "verified: no errors" in words(home, "restore", str(tmp_path / "b.tar"))
    assert (home / "storage/secret.key").read_bytes() == right
    words(home, "run", "--once")
    assert "verified: no errors" in words(home, "verify")


def test_a_backup_without_the_key_says_so_and_its_restore_tells(home: Path, tmp_path: Path) -> None:
    (home / "storage/secret.key").unlink()
    assert "holds no secret key" in words(home, "backup", str(tmp_path / "b.tar"))
    shutil.rmtree(home / "storage")
    assert "secret.key" in words(home, "restore", str(tmp_path / "b.tar"), code=1)
    assert "MF024" in words(home, "run", "--once", code=2)


def test_an_office_from_before_takes_the_name_of_its_key_up_at_the_next_start(home: Path) -> None:
    def known() -> list[str]:
        with closing(sqlite3.connect(home / "storage/ledger.db")) as ledger:
            return [value for (value,) in ledger.execute("SELECT value FROM marks WHERE name = 'secret'")]

    (name,) = known()
    assert len(name) == 12
    with closing(sqlite3.connect(home / "storage/ledger.db")) as ledger, ledger:
        ledger.execute("DELETE FROM marks WHERE name = 'secret'")
    assert "verified: no errors" in words(home, "verify")
    assert known() == []
    words(home, "run", "--once")
    assert known() == [name]
