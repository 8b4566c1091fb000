"""An office with its mailbox, its way out and its program, for :mod:`bench.scenarios`; and how a story ended."""

from __future__ import annotations

import contextlib
import email
import imaplib
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bench import world
from bench.players import Sinks
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate

_SIGNS = "甲乙丙丁戊己庚辛壬癸"


@dataclass
class Story:
    """How it ended.  ``violations`` empty: as it must be."""

    figures: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def must(self, what: str, found: Any, wanted: Any) -> None:
        """Note a figure, and a violation when it is not the one wanted."""
        self.figures[what] = int(found)
        if found != wanted:
            self.violations.append(f"{what}: {found} instead of {wanted}")


class Place:
    """An office with its mailbox, its way out and its program."""

    def __init__(self, server: Dovecot, work: Path, user: str, seed: int) -> None:
        self.user, self.chance = user, random.Random(seed)
        self.gate = Gate(server.port).__enter__()
        self.sinks = Sinks(work / "taken", 0)
        self.config = world.make_home(work / "home", self.gate.port, self.sinks.port)
        self.config.write_text(self.config.read_text("utf-8").replace(world.USER, user), "utf-8")
        self.storage = self.config.parent / "storage"
        self._post = imaplib.IMAP4("127.0.0.1", server.port)
        self._post.login(user, "secret")

    def keeps_copies_and_moves(self) -> None:
        """Copies of what is sent go into the folder of sent mail, handled mails to a folder of their own."""
        words = "after: move\n    done_folder: 已处理\n    sent_folder: auto"
        self.config.write_text(self.config.read_text("utf-8").replace("after: nothing", words), "utf-8")

    def put(self, number: int, at: datetime) -> None:
        """A complaint unlike the others, received by the server at this moment."""
        name = "".join(_SIGNS[int(digit)] for digit in str(number))
        mail = EmailMessage()
        mail["From"], mail["To"] = f"li{number}@works{number}.example", self.user
        mail["Subject"], mail["Message-ID"] = f"投诉：{name}号泵漏水", f"<{number}@works{number}.example>"
        mail.set_content(f"我司收到的{name}号离心泵漏水，{name}车间停用，请尽快派人处理。联系人：李明", cte="base64")
        answer, _ = self._post.append("INBOX", "", imaplib.Time2Internaldate(at.timestamp()), mail.as_bytes())
        assert answer == "OK", answer

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the program."""
        line = [sys.executable, "-m", "mailflow", "--config", str(self.config), *words]
        log = (self.config.parent / "log").open("ab")
        return subprocess.Popen(line, stdout=log, stderr=log)

    def run(self, *words: str) -> int:
        """Run a command to its end; returns its exit code."""
        return self.command(*words).wait(900)

    def killed(self, kills: int, *words: str) -> None:
        """Run it so often and kill it on the way, each time at another moment."""
        for _ in range(kills):
            process = self.command("run", *words)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.chance.uniform(2.0, 6.0))
            process.send_signal(signal.SIGKILL)
            process.wait()

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with closing(sqlite3.connect(self.storage / "ledger.db", timeout=30)) as connection:
            return connection.execute(question).fetchall()

    def count(self, question: str) -> int:
        """One number of the ledger."""
        return int(self.ask(question)[0][0])

    def handled(self) -> int:
        """How many mails are handled."""
        return self.count("SELECT count(*) FROM messages WHERE status = 'handled'")

    def answers(self) -> list[tuple[str, str]]:
        """To whom an answer left, and its text."""
        found = []
        for path in sorted(self.sinks.folder.rglob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            found.append((str(mail["To"]), body.get_content() if body else ""))
        return found

    def close(self) -> None:
        """End what runs beside."""
        self._post.logout()
        self.sinks.stop()
        self.gate.__exit__(None, None, None)
