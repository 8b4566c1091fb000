"""Scanned and photographed records: which record's code stands on which page, read in a child process.

The child is started by the first file and kept; it knows nothing but the bytes it is given, and is ended when it takes
long or eats memory.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from mailflow.adapters.scans.wire import MAX_BYTES, read_message, write_message
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Scan, ScanPage

SECONDS = 60.0
_FILES_PER_CHILD = 100
_PROBLEMS = frozenset({"", "not_a_scan", "too_large", "locked", "broken", "timeout"})


class ScanReader:
    """A :class:`mailflow.domain.ports.Scans`.  Safe for threads; one file at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._end: weakref.finalize[..., ScanReader] | None = None

    def __call__(self, file: Attachment) -> Scan:
        """The pages of a PDF or picture and the record codes on them; never raises on strangers' bytes."""
        if not file.content:
            return Scan(problem="not_a_scan")
        if file.size > MAX_BYTES:
            return Scan(problem="too_large")
        answer, _ = self._ask({"do": "read"}, file.content)
        try:
            pages = tuple(
                ScanPage(int(page["number"]), tuple(map(str, page["codes"])), int(page["upright"]), bool(page["blank"]))
                for page in answer.get("pages", ())
            )
        except (LookupError, TypeError, ValueError):
            return Scan(problem="broken")
        return Scan(pages, _problem(answer))

    def cut(self, file: Attachment, pages: Sequence[int]) -> bytes:
        """These pages (from 1, in this order) as one file; the file itself, unchanged, when these are all of it.

        A cut PDF is a PDF, a cut TIFF a TIFF.  Raises PermanentError when the file cannot be cut.
        """
        answer, made = self._ask({"do": "cut", "pages": list(pages)}, file.content)
        if not made:
            why = answer.get("problem") or "broken"
            raise PermanentError(f"pages {list(pages)} cannot be cut out of the scan: {why}", remedy="file it by hand")
        return made

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._stop()

    def _ask(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """The child's answer, or ``{"problem": ...}`` when it gave none."""
        with self._lock:
            child = self._started()
            assert child.stdin is not None
            assert child.stdout is not None
            late = threading.Event()

            def give_up() -> None:
                late.set()
                child.kill()

            timer = threading.Timer(self._seconds, give_up)
            timer.daemon = True
            timer.start()
            try:
                write_message(child.stdin, request, content)
                return read_message(child.stdout)
            except (OSError, EOFError, ValueError):
                timer.cancel()
                self._stop()
                # The limit of CPU time ends a process by this signal.
                out_of_time = late.is_set() or child.returncode == -getattr(signal, "SIGXCPU", 0)
                return {"problem": "timeout" if out_of_time else "broken"}, b""
            finally:
                timer.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._files >= _FILES_PER_CHILD or self._child.poll() is not None):
            self._stop()
        if self._child is None:
            command = [sys.executable, "-I", "-m", "mailflow.adapters.scans.pages"]
            # Fixed words, no shell; the stranger's bytes travel through the pipe.
            self._child = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._files = 0
            self._end = weakref.finalize(self, _finish, self._child)
        self._files += 1
        return self._child

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._child = self._end = None


def _finish(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        if child.stdin is not None:
            child.stdin.close()
        child.wait(0.5)  # it ends by itself, or is dying for a reason that its return code tells
    child.kill()
    with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
        child.communicate(timeout=5)


def _problem(answer: dict[str, Any]) -> str:
    found = answer.get("problem")
    return found if found in _PROBLEMS else "broken"
