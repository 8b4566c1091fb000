"""Exit codes are those the READMEs and the help document, for every command."""

from __future__ import annotations

import re
import shlex
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailflow import cli
from mailflow.commands.common import EXIT_CODES
from mailflow.domain import errors
from tests.commands.test_storage_faults import GIVEN, commands

ROOT = Path(__file__).resolve().parents[2]
NEED_NO_SETTINGS = frozenset(
    {"init", "demo", "read", "journal new-key", "template new", "template check", "examples export"}
)


def documented(text: str) -> list[int]:
    """The codes of a list such as "0 done · 1 unexpected error"."""
    return [int(code) for code in re.findall(r"(?:^|[·；;:：]\s*)(\d)\s", text)]


def paragraph(name: str, start: str) -> str:
    text = (ROOT / name).read_text("utf-8")
    return text[text.index(start) :].split("\n\n")[0].replace("\n", " ")


def run(*words: str) -> int:
    return CliRunner().invoke(cli.main, list(words)).exit_code


def test_all_documents_name_the_same_codes_and_every_family_of_errors_has_one() -> None:
    lists = [
        documented(paragraph("README.md", "Exit codes:")),
        documented(paragraph("README.zh-CN.md", "退出码：")),
        documented(EXIT_CODES),
    ]
    assert lists == [[0, 1, 2, 3, 4, 5]] * 3
    families = (
        errors.MailflowError,
        errors.ConfigError,
        errors.TemporaryError,
        errors.PermanentError,
        errors.NeedsPerson,
    )
    assert [family.exit_code for family in families] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help_with_0_and_refuses_an_unknown_option_with_2(command: str) -> None:
    assert run(*command.split(), "--help") == 0
    assert run(*command.split(), "--no-such-option") == 2


@pytest.mark.parametrize("command", [name for name in commands() if name not in NEED_NO_SETTINGS])
def test_every_command_that_needs_settings_ends_with_2_without_them(command: str, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n")
    places = {"out": tmp_path, "mail": mail, "inbox": tmp_path, "form": mail, "list": mail}
    words = [word.format(**places) for word in shlex.split(GIVEN[command])]
    assert run("--config", str(tmp_path / "none.yaml"), *command.split(), *words) == 2


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An office as init lays it down, with what it needs to start."""
    assert run("init", str(tmp_path / "office")) == 0
    folder = tmp_path / "office"
    (folder / "inbox").mkdir()
    key = (folder / "keys/journal.key").name
    (folder / "mailflow.yaml").write_text(
        "company: {name: 示例有限公司}\nmailboxes:\n"
        "  - {name: 客服, type: folder, path: inbox, addresses: [service@firm.example]}\n"
        f"journal: {{key_file: keys/{key}}}\nrules: rules\ntemplates: templates\n",
        "utf-8",
    )
    return folder / "mailflow.yaml"


def test_a_case_that_is_not_there_is_4_and_an_office_in_order_0(home: Path) -> None:
    assert run("--config", str(home), "cases") == 0
    assert run("--config", str(home), "verify") == 0
    assert run("--config", str(home), "case", "TS-2026-0001") == 4


def test_a_server_that_is_away_is_3(home: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        text = home.read_text("utf-8")
        home.write_text(f"{text}ledger: {{address: 'postgresql://x@127.0.0.1:{port}/x'}}\n", "utf-8")
        assert run("--config", str(home), "cases") == 3


def test_what_verify_finds_is_1(home: Path) -> None:
    (home.parent / "inbox/1.eml").write_bytes(
        "From: 王强 <wang@plant.example>\r\nTo: service@firm.example\r\nSubject: 投诉\r\n"
        "Message-ID: <1@plant.example>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n贵司的球阀漏水，请换货。\r\n".encode()
    )
    assert run("--config", str(home), "import", str(home.parent / "inbox"), "--since", "all") == 0
    for page in (home.parent / "storage/archive").rglob("index.html"):
        page.unlink()
    assert run("--config", str(home), "verify") == 1
