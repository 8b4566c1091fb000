"""The configuration: complete, or every mistake with its line."""

from pathlib import Path

import pytest

from mailflow.domain.errors import ConfigError, TemporaryError
from mailflow.settings import config
from mailflow.settings.config import PasswordSource

GOOD = """\
company:
  name: 示例精密机械有限公司
mailboxes:
  - name: service
    host: imap.example.com
    username: kefu@example.com
    password_env: MAILFLOW_TEST_PASSWORD
smtp:
  host: smtp.example.com
  from_address: kefu@example.com
  username: kefu@example.com
  password_file: secrets/smtp
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mailflow.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_complete_file_gives_typed_settings_with_absolute_paths(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD))
    assert settings.storage == tmp_path / "storage"
    assert settings.smtp is not None
    assert settings.smtp.password_file == tmp_path / "secrets" / "smtp"
    assert settings.own_addresses == {"kefu@example.com"}


def test_every_mistake_is_listed_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("    host: imap.example.com\n", "    hots: x\n    port: 99999\n") + "timezone: Asia/Peking1\n"
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path, text))
    found = {(problem.line, problem.code) for problem in caught.value.problems}
    assert {(5, "MF010"), (6, "MF012"), (14, "MF012")} <= found


def test_a_password_in_the_file_is_refused(tmp_path: Path) -> None:
    _, problems = config.check(write(tmp_path, GOOD.replace("password_env: MAILFLOW_TEST_PASSWORD", "password: x")))
    assert [(problem.line, problem.code) for problem in problems] == [(7, "MF010")]


def test_two_secrets_for_one_account_are_refused(tmp_path: Path) -> None:
    _, problems = config.check(write(tmp_path, GOOD.replace("  password_file", "  password_env: X\n  password_file")))
    assert len(problems) == 1
    assert "one of password_env" in problems[0].message


def test_the_secret_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = config.load(write(tmp_path, GOOD)).mailboxes[0]
    assert "MAILFLOW_TEST_PASSWORD" in box.secret_problem()
    monkeypatch.setenv("MAILFLOW_TEST_PASSWORD", "s3cret")
    password = box.password()
    assert password is not None
    assert password() == "s3cret"
    assert box.secret_problem() == ""


def test_a_secret_that_is_not_there_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILFLOW_TEST_PASSWORD", raising=False)
    path = write(tmp_path, GOOD)
    problems = config.secret_problems(path, config.load(path))
    assert [(problem.line, problem.code) for problem in problems] == [(7, "MF020"), (12, "MF020")]


JOURNAL = GOOD.replace("password_env: MAILFLOW_TEST_PASSWORD", "password_file: mailflow.yaml") + "journal:\n"


def test_the_journals_key_comes_from_one_place_outside_of_the_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/smtp").write_text("x")
    path = write(tmp_path, JOURNAL + "  key_file: keys/a.key\n  former_key_files: [keys/b.key, storage/c.key]\n")
    settings = config.load(path)
    assert settings.journal.key_file == tmp_path / "keys/a.key"
    assert settings.journal.former_key_files == (tmp_path / "keys/b.key", tmp_path / "storage/c.key")
    problems = config.secret_problems(path, settings)
    assert [(problem.line, problem.code) for problem in problems] == [
        (13, code) for code in ("MF021",) * 3 + ("MF022",)
    ]
    for name, key in (("keys/a.key", "ab" * 32), ("keys/b.key", "cd" * 32 + "\n"), ("storage/c.key", "EF" * 32)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(key)
    assert [problem.code for problem in config.secret_problems(path, settings)] == ["MF022"]
    assert settings.journal.key() == b"\xab" * 32
    monkeypatch.setenv("JOURNAL_KEY", "cd" * 32)
    assert config.load(write(tmp_path, JOURNAL + "  key_env: JOURNAL_KEY\n")).journal.key() == b"\xcd" * 32


@pytest.mark.parametrize("text", ["  key_file: a\n  key_env: B\n", "  former_key_files: [a]\n"])
def test_a_journals_key_given_twice_or_a_former_one_alone_is_refused(tmp_path: Path, text: str) -> None:
    _, problems = config.check(write(tmp_path, JOURNAL + text))
    assert [problem.code for problem in problems] == ["MF012"]


def test_a_password_file_that_cannot_be_read_at_sign_in_is_named(tmp_path: Path) -> None:
    read = PasswordSource(password_file=tmp_path / "secret").password()
    assert read is not None
    with pytest.raises(TemporaryError, match=r"password file .*secret cannot be read: No such file"):
        read()
    (tmp_path / "secret").write_text("word\n", encoding="utf-8")
    assert read() == "word"
