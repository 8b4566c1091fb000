"""Tokens from a command or a file: fresh when needed, never shown."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import jwt
import pytest

from mailflow.adapters.backoff import TryLater
from mailflow.adapters.secrets.oauth import CommandToken, FileToken, expiry
from mailflow.domain.errors import MailflowError, PermanentError
from tests.servers.dovecot import Dovecot

KEY = "k" * 32


def _command(tmp_path: Path, body: str) -> list[str]:
    script = tmp_path / "token.py"
    count = tmp_path / "count"
    script.write_text(f"count = {str(count)!r}\nopen(count, 'a').write('x')\nn = len(open(count).read())\n{body}\n")
    return [sys.executable, str(script)]


def _runs(tmp_path: Path) -> int:
    return len((tmp_path / "count").read_text())


def test_a_command_is_run_once_until_its_token_ends(tmp_path: Path) -> None:
    now = [1000.0]
    token = CommandToken(_command(tmp_path, "print(f'token-{n}'); print('second line')"), now=lambda: now[0])
    assert [token(), token()] == ["token-1", "token-1"]
    now[0] += 3000
    assert token() == "token-2"
    token.forget()
    assert token() == "token-3"
    assert _runs(tmp_path) == 3


def test_the_end_a_jwt_names_is_kept_to(tmp_path: Path) -> None:
    now = [1000.0]
    made = [jwt.encode({"exp": 1000 + 600 * n}, KEY, algorithm="HS256") for n in (1, 2)]
    token = CommandToken(_command(tmp_path, f"print({made!r}[n - 1])"), now=lambda: now[0])
    assert token() == made[0]
    now[0] += 500
    assert token() == made[0]
    now[0] += 50  # less than a minute is left
    assert token() == made[1]


@pytest.mark.parametrize("word", ["opaque", "a.b.c", "a.b", "", "a.eyJleHAiOiJ4In0.c", "a.W10.c"])
def test_other_tokens_name_no_end(word: str) -> None:
    assert expiry(word) is None


@pytest.mark.parametrize(
    ("body", "family", "words"),
    [
        ("print('Geheim'); raise SystemExit(3)", TryLater, "status 3"),
        ("import time; print('Geheim', flush=True); time.sleep(30)", TryLater, "no token after"),
        ("", TryLater, "gave no token"),
        ("print('Geheim and words')", PermanentError, "no token"),
        ("print('Geheim\\x01')", PermanentError, "no token"),
    ],
)
def test_a_failing_command_is_one_line_without_the_token(
    tmp_path: Path, body: str, family: type[MailflowError], words: str
) -> None:
    started = time.monotonic()
    with pytest.raises(family, match=words) as caught:
        CommandToken(_command(tmp_path, body), timeout=1.5)()
    assert time.monotonic() - started < 10
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert "Geheim" not in "".join(traceback.format_exception(caught.value)).replace(body, "")


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(PermanentError, match="cannot be run"):
        CommandToken(["/nowhere/token"])()


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")
    token = FileToken(path)
    assert [token(), token()] == ["one", "one"]
    path.write_text("another\nnot this")
    assert token() == "another"
    os.utime(path, (1, 1))
    token.forget()
    assert token() == "another"
    path.unlink()
    with pytest.raises(TryLater, match="cannot be read"):
        token()


def test_a_command_logs_in(dovecot: Dovecot, user: str, make: Any, tmp_path: Path) -> None:
    tokens = [dovecot.token(user, seconds=-100), dovecot.token(user)]
    source = CommandToken(_command(tmp_path, f"print({tokens!r}[n - 1])"), now=lambda: 0.0)
    assert len(make(password=None, token=source).listing()) == 1
    assert _runs(tmp_path) == 2
