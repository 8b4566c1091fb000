"""A child process that looks at strangers' files one at a time, and is ended when it takes long.

It is started by the first file and kept for some; it knows nothing but the bytes it is given through its pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import IO, TypeVar

Answer = TypeVar("Answer")


class ChildLost(Exception):
    """No answer came and the child was ended; ``late``: it took longer than it may, on the clock or of the CPU."""

    def __init__(self, late: bool) -> None:
        super().__init__("late" if late else "lost")
        self.late = late


class Child:
    """Runs ``python -m module``.  ``seconds`` is what one file may take, ``files`` how many one process looks at.

    Safe for threads: they take turns.
    """

    def __init__(self, module: str, *, seconds: float, files: int) -> None:
        self._module, self._seconds, self._most = module, seconds, files
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._end: weakref.finalize[..., Child] | None = None
        self._whose = os.getpid()

    def ask(self, exchange: Callable[[IO[bytes], IO[bytes]], Answer]) -> Answer:
        """What ``exchange`` makes of the child's input and output.

        Raises ChildLost when it meets the child's end, too long a silence, or junk (OSError, EOFError, ValueError).
        """
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Event()

            def give_up() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(self._seconds, give_up)
            timer.daemon = True
            timer.start()
            try:
                return exchange(process.stdin, process.stdout)
            except (OSError, EOFError, ValueError):
                timer.cancel()
                self._stop()
                # The limit of CPU time ends a process by this signal.
                spent = process.returncode == -getattr(signal, "SIGXCPU", 0)
                raise ChildLost(late.is_set() or spent) from None
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._stop()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._whose != os.getpid():  # we were forked: the process is our parent's
            if self._end is not None:
                self._end.detach()
            self._process, self._end, self._whose = None, None, os.getpid()
        if self._process is not None and (self._files >= self._most or self._process.poll() is not None):
            self._stop()
        if self._process is None:
            # Fixed words, no shell; the stranger's bytes travel through the pipe.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-m", self._module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self._files = 0
            self._end = weakref.finalize(self, _finish, self._process)
        self._files += 1
        return self._process

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._process = self._end = None


def _finish(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        if process.stdin is not None:
            process.stdin.close()
        process.wait(0.5)  # it ends by itself, or is dying for a reason that its return code tells
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.stdout is not None:
        process.stdout.close()
