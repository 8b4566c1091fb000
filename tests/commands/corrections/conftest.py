"""A home whose mails were worked off once, copied for each test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailflow.cli import main
from mailflow.settings import shipped

HOME = """\
company:
  name: 青屿阀门有限公司
  domains: [qingyu-valve.example]
mailboxes:
  - name: service
    type: folder
    path: inbox
    addresses: [kefu@qingyu-valve.example]
rules: {rules}
templates: {templates}
"""
COMPLAINT = """\
您好，我司上月收到的球阀有五件漏水，订单号：DD20260301008，批号：B2603-01，请尽快换货。
旧单 PO-77120 的货没有问题。

联系人：王强
电话：13800001234
沧州禾川管道设备有限公司
"""
ENGLISH = """\
Dear team,

three of the valves of our PO 88-2210 arrived with cracked bodies. Please send replacements.

Kind regards,
Anna Berg
"""


def letter(words: str, *, subject: str, sender: str, number: int, name: str = "") -> bytes:
    """A customer's mail."""
    mail = EmailMessage()
    mail["Received"] = "from mx.a.example by mx.b.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0800"
    mail["From"] = f"{name} <{sender}>" if name else sender
    mail["To"] = "kefu@qingyu-valve.example"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    mail["Message-ID"] = f"<{number}.{sender}>"
    mail.set_content(words, charset="utf-8", cte="base64")
    return mail.as_bytes()


class Home:
    """A folder with everything, and the command line to use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def storage(self) -> Path:
        """Where everything is kept."""
        return self.folder / "storage"

    def run(self, *arguments: str) -> Result:
        """A command."""
        return CliRunner().invoke(main, ["--config", str(self.folder / "mailflow.yaml"), *arguments])

    def ok(self, *arguments: str) -> str:
        """A command that succeeds; what it printed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def data(self, *arguments: str) -> Any:
        """The JSON a command prints."""
        return json.loads(self.ok(*arguments, "--json"))

    def take_in(self, *mails: bytes) -> None:
        """Mails arrive and are worked off."""
        inbox = self.folder / "inbox"
        inbox.mkdir(exist_ok=True)
        count = len(list(inbox.iterdir()))
        for number, mail in enumerate(mails, count):
            (inbox / f"{number:05d}.eml").write_bytes(mail)
        self.ok("run", "--once", "--since", "all")

    def setting(self, lines: str) -> None:
        """Add lines to the configuration."""
        with (self.folder / "mailflow.yaml").open("a", encoding="utf-8") as stream:
            stream.write(lines)

    def index(self, customer: str) -> Any:
        """A customer's archive.json."""
        return json.loads((self.storage / "archive" / customer / "archive.json").read_text("utf-8"))

    def archived(self, number: str) -> Any:
        """A case as archive.json shows it."""
        index = self.index(self.data("case", number)["customer"])
        return next(case for case in index["cases"].values() if case["number"] == number)


MakeHome = Callable[[], Home]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")  # restored afterwards, whatever --config sets


def lay_out(folder: Path) -> Home:
    """An empty home."""
    folder.mkdir(parents=True, exist_ok=True)
    text = HOME.format(rules=shipped.folder("rules"), templates=shipped.folder("templates"))
    (folder / "mailflow.yaml").write_text(text, "utf-8")
    return Home(folder)


@pytest.fixture(scope="session")
def _worked_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TS-2026-0001 (Chinese), TS-2026-0002 (English), ZX-2026-0001."""
    home = lay_out(tmp_path_factory.mktemp("worked"))
    home.take_in(
        letter(COMPLAINT, subject="投诉：球阀漏水", sender="wangq@hechuan.example", number=1, name="王强"),
        letter(ENGLISH, subject="Complaint: cracked valves", sender="anna@bergbau.example", number=2, name="Anna Berg"),
        letter(
            "请问贵公司有没有适合80度热水的球阀？想要一份产品样本。谢谢！",
            subject="咨询热水阀门",
            sender="li@jinhui.example",
            number=3,
        ),
    )
    return home.folder


@pytest.fixture
def home(_worked_off: Path, tmp_path: Path) -> Home:
    """A home of one's own with three cases."""
    shutil.copytree(_worked_off, tmp_path / "home")
    return Home(tmp_path / "home")
