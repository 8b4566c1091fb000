"""The players of :mod:`bench.chaos`: the fork server, an SMTP server that can be killed, whoever posts mail."""

from __future__ import annotations

import imaplib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from imapclient.imap_utf7 import encode

from bench.victim import State
from tests.servers.ports import free_port


class Victims:
    """The fork server, see :mod:`bench.victim`."""

    def __init__(
        self, config: Path, state: Path, speed: float, *, office_hours: bool = False, sabotage: str = ""
    ) -> None:
        self.state = State(state)
        command = [sys.executable, "-m", "bench.victim", str(config), str(state), "--speed", str(speed)]
        command += ["--office-hours"] * office_hours + (["--sabotage", sabotage] if sabotage else [])
        environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
        )
        if self._answer() != "ready":
            raise SystemExit("the fork server did not start")

    def start(self, verb: str, config: Path) -> int:
        """Fork a worker; returns its process id."""
        return int(self._ask(f"{verb} {config}"))

    def reap(self) -> int:
        """Wait for the end of the worker; returns its exit status, negative for a signal."""
        return int(self._ask("reap"))

    def freeze(self, at: datetime | None = None) -> None:
        """The clock of the workers started from now on stands still, at this moment when one is given."""
        self._ask(f"freeze {at.isoformat() if at else 'now'}")

    def close(self) -> None:
        """End the fork server and its child."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout
        self._process.stdout.close()

    def _ask(self, line: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


class Sinks:
    """An SMTP server in a process of its own that can be killed and started again on its port."""

    def __init__(self, folder: Path, fail: int) -> None:
        self.folder, self.fail, self.port, self._count = folder, fail, free_port(), 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def running(self) -> bool:
        """Is it there?"""
        return self._process is not None

    def start(self) -> None:
        """Start, with a folder of its own for what it takes."""
        self._count += 1
        keep = self.folder / f"{self._count:03d}"
        keep.mkdir(parents=True)
        command = [sys.executable, "-m", "bench.sink", "--keep", str(keep), "--fail", str(self.fail)]
        self._process = subprocess.Popen([*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        if not self._process.stdout.readline():
            raise SystemExit("the SMTP sink did not start")

    def stop(self) -> None:
        """Kill it."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


class Post:
    """Puts mails into a mailbox, in order, as another server would (APPEND)."""

    def __init__(self, port: int, user: str) -> None:
        self._client = imaplib.IMAP4("127.0.0.1", port)
        self._client.login(user, "secret")

    def put(self, mails: Sequence[bytes]) -> None:
        """Append these."""
        for raw in mails:
            answer, _ = self._client.append("INBOX", "", "", raw)
            assert answer == "OK", answer

    def everything(self, folders: Sequence[str]) -> tuple[list[bytes], list[str]]:
        """All mails of these folders, and what was done to them that must not be done."""
        mails, wrongs = [], []
        for folder in folders:
            if self._client.select('"' + encode(folder).decode("ascii") + '"', readonly=True)[0] != "OK":
                continue
            _, found = self._client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
            for item in found:
                if isinstance(item, tuple):
                    mails.append(item[1])
                head = item[0] if isinstance(item, tuple) else item
                if re.search(rb"\\(Seen|Deleted|Answered)", head or b""):
                    wrongs.append(f"{folder}: flags were set: {head!r}"[:100])
        return mails, wrongs
