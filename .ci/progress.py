"""How far an installation is: one line that changes on a terminal, a few lines elsewhere."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

EVERY = 0.5  # seconds
PARTS = 4  # elsewhere than on a terminal: a line for each quarter


class Progress:
    """Runs pip or uv and shows how many packages were fetched and installed.

    pip tells what it fetches, uv does not (and is fast); what is installed can be seen in .venv (``installed`` counts).
    """

    def __init__(self, total: int, installed: Callable[[], int], *, fetches: bool) -> None:
        """``fetches``: the command tells what it fetches."""
        self.total, self.installed, self._fetches = total, installed, fetches
        self._fetched = 0
        self._last_phase = False
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._parts_said: set[str] = set()

    def run(self, command: list[str], cwd: str, env: dict[str, str] | None) -> tuple[bool, str]:
        """Whether the command succeeded, and all it printed."""
        lines = []
        watcher = threading.Thread(target=self._watch, daemon=True)
        try:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        except OSError as error:
            return False, str(error)
        self._ended.clear()
        watcher.start()
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            self._fetched += line.startswith((b"Collecting ", b"Requirement already satisfied"))
            self._last_phase |= line.startswith(b"Installing collected packages")
        process.wait()
        self._ended.set()
        watcher.join()
        return process.returncode == 0, b"".join(lines).decode("utf-8", "replace")

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._show()
        if sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()

    def _show(self) -> None:
        fetching = self._fetches and not self._last_phase
        done = min(self._fetched if fetching else self.installed(), self.total)
        words = f"setup: {done} of {self.total} packages {'fetched' if fetching else 'installed'}"
        words = f"{words}, {time.monotonic() - self._began:.0f} s"
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{words}\x1b[K")
        else:
            part = f"{fetching} {PARTS * done // max(1, self.total)}"
            if part in self._parts_said or done * PARTS < self.total:
                return
            self._parts_said.add(part)
            sys.stdout.write(words + "\n")
        sys.stdout.flush()
