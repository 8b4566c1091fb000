"""A disk that is full, read-only or somebody else's: every command says so in one line, with the exit code for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailflow import cli
from mailflow.adapters.sql import engine
from tests.commands.corrections.conftest import COMPLAINT, Home, lay_out, letter

NOBODY = 65534
CASE = "TS-2026-0001"
# What each command is given: {out} is a folder on the faulty disk.  A new command must be added here.
GIVEN: dict[str, str] = {
    "init": "{out}/new", "check": "--offline", "run": "--once", "read": "{mail}", "import": "{inbox} --since all",
    "cases": "", "case": CASE, "tasks": "", "duties": "", "assign": "1 李梅", "done": "1 处理方案=已复检 --by 李梅",
    "sign": "1 --by 李梅 --scan {mail}", "records": "", "promises": "",
    "void": f"{CASE} --because 重复 --by 白露 --agreed 韩梅",
    "move": f"{CASE} 改为：咨询 --by 李梅", "note": "{mail} --by 李梅 --caller 王强",
    "ledger": "--year 2026 --csv {out}/l.csv", "summary": "--html {out}/s.html",
    "report": "--month last --open {out}/r.txt", "explain": CASE,
    "correct": f"{CASE} batch_no=240711-3 --by 王工", "learn": "", "held": "", "release": "1", "replay": "1",
    "kind": "1 投诉 --by 李梅",
    "verify": "", "backup": "{out}/b.tar", "restore": "{mail}",
    "archive rebuild": "", "examples export": "--out {out}/e.yaml", "journal new-key": "{out}/k.key",
    "journal use-key": "", "procedure list": "", "procedure show": "complaint", "procedure test": "inquiry",
    "promise kept": "1", "template new": "JL-23-99 --folder {out} --title 现场服务记录", "template check": "{form}",
    "template preview": "JL-23-01 --out {out}/p",
    "capa list": "--csv {out}/c.csv",
    "capa open": "{mail} --about 交期 --by 李梅",
    "catalogue import": "{mail}",
    "catalogue list": "",
    "customers import": "{list} --yes",
    "customers list": "",
    "contact list": "",
    "contact confirm": "w@hechuan.example --by 李梅",
    "contact forget": "w@hechuan.example --by 李梅",
    "pile": "1 each",
    "outbox list": "",
    "outbox show": "1",
    "outbox resend": "1 --by 李梅",
    "outbox cancel": "1 --because 重复 --by 李梅",
    "outbox release": "1 --by 李梅",
    "survey plan": "--period 2026 --until 2026-12-31 --by 李梅 --yes",
    "survey send": "",
    "survey status": "",
    "survey answer": "ZQ-2026-0001 w@hechuan.example 1=5 --by 李梅",
    "survey close": "ZQ-2026-0001 --by 李梅",
    "survey report": "",
    "profile show": "KH-00001",
    "profile list": "",
    "profile decide": "1 --by 李梅",
    "profile set": "KH-00001 邮编=061000 --by 李梅",
    "profile ledger": "--csv {out}/k.csv",
    "profile copies": "",
    "profile checks": "",
    "secret renew": "--because 丢失",
    "demo": "--dir {out}/demo",  # the last: it leaves its servers to the end of the process
}  # fmt: skip
LOOK = frozenset(
    "read cases case tasks duties records promises explain held verify summary report ledger check procedure "
    "template".split()
)  # these may succeed: they need not write, or write elsewhere
SOONER = frozenset(
    {"sign", "restore", "catalogue import", "catalogue list"}
)  # these refuse what they are given before they come to the storage


def commands() -> list[str]:
    """Every command by its words."""
    plain = [name for name, *_ in cli.COMMANDS]
    return plain + [f"{group} {name}" for group, _, names in cli.GROUPS for name, *_ in names]


def test_every_command_is_tried_here() -> None:
    assert sorted(commands()) == sorted(GIVEN)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A small disk of our own."""
    folder = Path(tempfile.mkdtemp(prefix="mailflow-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", folder], check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("no right to mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


@pytest.fixture(scope="module")
def home(disk: Path) -> Iterator[Home]:
    """A home whose storage lies on that disk; one mail was worked off, another waits."""
    folder = Path(tempfile.mkdtemp(prefix="mailflow-home-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFLOW_LANG", "en")
        made = lay_out(folder)
        made.setting(f"storage: {disk / 'storage'}\n")
        made.take_in(letter(COMPLAINT, subject="投诉：球阀漏水", sender="w@hechuan.example", number=1, name="王强"))
        (folder / "inbox" / "later.eml").write_bytes(
            letter("请问有样本吗？", subject="咨询", sender="l@a.example", number=2)
        )
    (folder / "list.csv").write_text("客户名称,重点客户\n沧州禾川管道设备有限公司,是\n", "utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield made
    shutil.rmtree(folder)


@contextlib.contextmanager
def read_only(disk: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    try:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def somebody_elses(_: Path) -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


FAULTS: dict[str, tuple[Callable[[Path], contextlib.AbstractContextManager[None]], int]] = {
    "read-only": (read_only, 3), "full": (full, 3), "somebody else's": (somebody_elses, 4),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", GIVEN)
def test_it_is_said_in_one_line_with_the_documented_code(
    home: Home, disk: Path, command: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, code = FAULTS[fault]
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.chdir(home.folder)
    places = {
        "out": disk, "mail": home.folder / "inbox" / "later.eml", "inbox": home.folder / "inbox",
        "form": home.folder / "no.docx", "list": home.folder / "list.csv",
    }  # fmt: skip
    with broken(disk):
        result = home.run(*command.split(), *GIVEN[command].format(**places).split())
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    if result.exit_code != code:
        assert command.split()[0] in LOOK or command in SOONER, (result.exit_code, result.output)
    elif command not in ("check", "demo"):  # these tell more
        assert result.stderr.count("->") == 1, result.stderr


HOLDS = {
    "by a transaction": "BEGIN IMMEDIATE",
    "whole": "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE messages SET id = id",
}


@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("command", ["run", "import", "correct", "release", "replay", "cases"])
def test_a_ledger_that_another_program_holds_is_told_in_one_line(
    home: Home, command: str, hold: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.1)
    places = {"mail": home.folder / "inbox" / "later.eml", "inbox": home.folder / "inbox"}
    with _held(home, HOLDS[hold]):
        result = home.run(command, *GIVEN[command].format(**places).split())
    if command == "cases" and hold == "by a transaction":
        assert result.exit_code == 0, result.output  # looking waits for nobody
        return
    assert result.exit_code == 3, (result.output, result.exception)
    assert "another program holds the ledger" in result.stderr
    assert result.stderr.count("->") == 1


@contextlib.contextmanager
def _held(home: Home, words: str) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(_storage(home) / "ledger.db", isolation_level=None)) as connection:
        for statement in words.split("; "):
            connection.execute(statement)
        yield


def _storage(home: Home) -> Path:
    (line,) = [x for x in (home.folder / "mailflow.yaml").read_text("utf-8").splitlines() if x.startswith("storage: ")]
    return Path(line.removeprefix("storage: "))
