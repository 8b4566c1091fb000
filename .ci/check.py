"""Everything `make test` checks: lint, format, the direction of imports, types, and the tests on all cores.

All of them run, whatever fails.  Types are checked while the tests run, since neither keeps all cores busy to its end.
Arguments go to pytest (`make test ARGS="-k charset"`, `make test ARGS="-n 0"` for one process).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
STOPS_AFTER = 600  # seconds without an end: the stacks of a test that hangs are shown

QUICK = (
    ("ruff check", [sys.executable, "-m", "ruff", "check", "--quiet", "."]),
    ("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."]),
    ("imports", [str(BIN / "lint-imports")]),
)
TYPES = ("types", [sys.executable, "-m", "mypy", "--no-error-summary"])


@dataclass(frozen=True)
class Done:
    """How a check ended."""

    name: str
    status: int
    seconds: float
    output: bytes = b""

    def line(self) -> str:
        """One line for the table."""
        return f"{'FAILED' if self.status else 'ok':8}{self.name:14}{self.seconds:7.1f} s"

    def show(self) -> None:
        """The line, and everything a failed check said."""
        write((self.line() + "\n").encode() + (self.output if self.status else b""))


def write(words: bytes) -> None:
    """To our standard output, at once."""
    sys.stdout.buffer.write(words)
    sys.stdout.buffer.flush()


def environment() -> dict[str, str]:
    """What every check runs in."""
    env = dict(os.environ, PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", PYTHONUTF8="1")
    # Compiled modules, and tests with their assertions rewritten, are kept: every process would make them anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def check(name: str, command: list[str]) -> Done:
    """Run one check quietly."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return Done(name, done.returncode, time.monotonic() - began, done.stdout)


class Aside:
    """A check that runs beside the tests."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.done: Done | None = None
        self._shown = False
        self._thread = threading.Thread(target=self._run, args=(name, command))
        self._thread.start()

    def _run(self, name: str, command: list[str]) -> None:
        self.done = check(name, command)

    def show(self, *, wait: bool = False) -> None:
        """Show how it ended, once, when it has."""
        if wait:
            self._thread.join()
        if self.done and not self._shown:
            self._shown = True
            self.done.show()


def tests(arguments: list[str], aside: Aside) -> Done:
    """Run the tests; between their lines, show how the check beside them ended."""
    command = [sys.executable, "-m", "pytest", "--no-header", "--numprocesses=auto", "--dist=worksteal"]
    command += [f"--color={'yes' if sys.stdout.isatty() else 'no'}", "-o", f"faulthandler_timeout={STOPS_AFTER}"]
    command += ["--durations=20", "--durations-min=0.5"]
    if IN_CI and not arguments:  # of a part of the tests the measure says nothing
        command += ["--cov", "--cov-report=term"]
    command += arguments
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            write(line)
            aside.show()
    return Done("tests", run.returncode, time.monotonic() - began)


def main() -> int:
    began = time.monotonic()
    done = []
    for name, command in QUICK:
        done.append(check(name, command))
        done[-1].show()
    aside = Aside(*TYPES)
    tested = tests(sys.argv[1:], aside)
    aside.show(wait=True)
    assert aside.done is not None
    done += [aside.done, tested]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("\nWhere the time went")
    for item in done:
        print(item.line())
    print(
        f"        {'all':14}{time.monotonic() - began:7.1f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time"
    )
    failed = [item.name for item in done if item.status]
    if failed:
        print(f"FAILED: {', '.join(failed)} (see above)")
    return tested.status or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
