"""Where the ledger lies, as a configuration says it: the address, and the password that does not stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings import config
from mailflow.settings.config import LedgerSection

GOOD = """\
company:
  name: 示例精密机械有限公司
mailboxes:
  - name: service
    type: folder
    path: inbox
ledger:
  address: postgresql://mailflow@db.firm.example/mailflow?sslmode=verify-full
  password_file: secrets/ledger
"""


def check(tmp_path: Path, text: str) -> tuple[config.Config | None, list[str]]:
    path = tmp_path / "mailflow.yaml"
    path.write_text(text, "utf-8")
    found, problems = config.check(path)
    return found, [f"{problem.line} {problem.code} {problem.message}" for problem in problems]


def test_left_out_it_is_sqlite(tmp_path: Path) -> None:
    found, _ = check(tmp_path, GOOD.partition("ledger:")[0])
    assert found is not None
    assert found.ledger == LedgerSection()


def test_the_password_is_read_when_it_is_needed(tmp_path: Path) -> None:
    found, problems = check(tmp_path, GOOD)
    assert (found is not None, problems) == (True, [])
    assert found is not None
    assert found.ledger.password_file == tmp_path / "secrets" / "ledger"
    [missing] = config.secret_problems(tmp_path / "mailflow.yaml", found)
    assert (missing.line, missing.code) == (9, "MF020")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ledger").write_text("one\n")
    password = found.ledger.password()
    assert password is not None
    assert password() == "one"
    (tmp_path / "secrets" / "ledger").write_text("two\n")
    assert password() == "two"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://mailflow:s3cret@db/mailflow", "a password does not stand in the address"),
        ("postgresql://db/mailflow?password=s3cret", "a password does not stand in the address"),
        ("postgresql://mailflow:s3/cret@db/mailflow", "the address cannot be read"),
        ("mysql://mailflow@db/mailflow", "begins with postgresql://"),
        ("ledger.db", "begins with postgresql://"),
        ("postgresql://mailflow@db", "names no database"),
        ("postgresql://mailflow@db:port/mailflow", "the address cannot be read"),
    ],
)
def test_a_wrong_address_is_told_with_its_line_and_without_a_password(tmp_path: Path, address: str, words: str) -> None:
    text = GOOD.replace("postgresql://mailflow@db.firm.example/mailflow?sslmode=verify-full", f'"{address}"')
    found, problems = check(tmp_path, text)
    assert found is None
    assert len(problems) == 1
    assert problems[0].startswith("8 MF012 ledger.address")
    assert words in problems[0]
    assert "s3" not in problems[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("  password_file", "  password_env: X\n  password_file"), "give one of password_env, password_file"),
        (("  address: postgresql://mailflow@db.firm.example/mailflow?sslmode=verify-full\n", ""), "needs the address"),
    ],
)
def test_passwords_that_fit_nothing(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    found, problems = check(tmp_path, GOOD.replace(*change))
    assert found is None
    assert [words in problem for problem in problems] == [True]
