"""Strangers' mail is read in a process of its own that can be ended, so a mail costs bounded time and memory.

A *keeper* is forked once, early, with the rules already loaded; it has one thread and is the only one to fork readers.
So a reader that was ended is replaced within milliseconds, and no fork copies a lock that another thread holds.  A
*reader* has its own socket and no other file of ours: it holds no lock of the storage, and ends when we do.

Where that cannot be done (Windows has no fork; that of macOS is unsafe with its own libraries) there is no such
process, and the caller reads by himself, without limits.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import signal
import socket
import sys
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

from mailflow.adapters.apart_wire import receive, send
from mailflow.domain.errors import NeedsPerson, TemporaryError

SECONDS = 5  # of the processor for one mail, by default
MEMORY = 1_000_000_000  # bytes a reader may use beyond what it began with; the largest mail needs about a third
SILENCE = 90.0  # seconds of the clock without an answer: attached files are read by others, which have their own limits
_STARTING = 120.0  # seconds for the keeper to have loaded what it needs
TASKS = 5_000  # so many mails by one reader: what a library leaks goes with it

Do = Callable[[Any], Any]


def available() -> bool:
    """Whether this system can read apart."""
    return sys.platform.startswith("linux") or (os.name == "posix" and sys.platform != "darwin")


class Apart:
    """Does one thing with one task after another in a reader.  Safe for threads: they take turns.

    ``seconds`` of the processor and ``memory`` in bytes are what one task may cost, ``silence`` how long in seconds of
    the clock nothing need be heard.
    """

    def __init__(
        self,
        *,
        seconds: int = SECONDS,
        memory: int = MEMORY,
        silence: float = SILENCE,
    ) -> None:
        self._work: tuple[Do, Callable[[], object]] | None = None
        self._limits = seconds, memory
        self._seconds, self._silence = seconds, silence
        self._lock = threading.Lock()
        self._keeper: socket.socket | None = None
        self._reader: socket.socket | None = None
        self._left = 0
        self._end: weakref.finalize[..., Apart] | None = None

    def start(self, do: Do, prepare: Callable[[], object] = lambda: None) -> bool:
        """Fork the keeper, best before this process has other threads; False where that cannot be.

        ``prepare`` is done once by the keeper: what is slow to load every reader has from the beginning.
        """
        with self._lock:
            if self._work is None and available():
                self._work = do, prepare
                self._fork()
            return self._work is not None

    def __call__(self, task: Any) -> Any:
        """What ``do`` makes of the task.

        Raises NeedsPerson("too_long" | "too_large") when the task was over a limit, NeedsPerson("broke") when it ended
        its reader twice, TemporaryError when no process can be had.
        """
        with self._lock:
            for _ in range(2):
                try:
                    return self._ask(task)
                except _Lost as lost:
                    why = lost.why  # of a reader that somebody else may have ended: it gets a second chance
        raise NeedsPerson("broke", f"reading this mail failed twice ({why}); raw mail kept")

    def close(self) -> None:
        """End both processes, if there are any."""
        with self._lock:
            self._drop()
            if self._end is not None:
                self._end()
            self._keeper = self._end = self._work = None

    # ------------------------------------------------------------------------------------------------------ our side

    def _ask(self, task: Any) -> Any:
        try:
            reader = self._ready()
        except (OSError, EOFError) as error:
            self._drop()
            if self._end is not None:
                self._end()
            self._keeper = None  # the next task forks another
            raise TemporaryError("no process to read mail in", remedy="free memory; it is tried again") from error
        try:
            send(reader, task)
            kind, answer = receive(reader)
        except TimeoutError:
            self._finished()
            raise _too_long(f"{self._silence:.0f} s of the clock") from None
        except ValueError as error:  # it lives, and what it says is none of our nouns
            self._finished()
            raise _Lost(str(error)) from None
        except (OSError, EOFError):
            status = self._finished()
            if status == -getattr(signal, "SIGXCPU", 0):
                raise _too_long(f"{self._seconds} s of the processor") from None
            raise _Lost(f"its process ended, signal {-status}") from None
        if kind == "memory":
            self._finished()  # what it has taken it may keep
            raise NeedsPerson("too_large", "reading this mail took more memory than it may; raw mail kept")
        if kind == "broke":
            self._finished()
            raise _Lost(str(answer))
        if kind == "error":
            raise answer
        return answer

    def _ready(self) -> socket.socket:
        if self._left <= 0:
            self._finished()
        if self._reader is None:
            if self._keeper is None:
                self._fork()
            assert self._keeper is not None
            ours, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(self._keeper, [b"r"], [theirs.fileno()])
            if self._keeper.recv(1) != b"r":
                raise EOFError
            ours.settimeout(self._silence)
            self._reader, self._left = ours, TASKS
        self._left -= 1
        return self._reader

    def _finished(self) -> int:
        """End the reader; returns how it ended, as a negative signal number."""
        self._drop()
        if self._keeper is None:
            return 0
        try:
            self._keeper.sendall(b"e")
            return -self._keeper.recv(1)[0]
        except (OSError, IndexError):
            return 0

    def _drop(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader, self._left = None, 0

    def _fork(self) -> None:
        assert self._work is not None
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            # Python warns of threads in the parent; the child has one, and does nothing but fork again.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            _alone(_keep, theirs, *self._work, *self._limits)
        theirs.close()
        ours.settimeout(_STARTING)
        self._keeper = ours
        self._end = weakref.finalize(self, _ended, ours, process)


class _Lost(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _too_long(limit: str) -> NeedsPerson:
    return NeedsPerson("too_long", f"reading this mail took longer than {limit}; raw mail kept")


def _ended(keeper: socket.socket, process: int) -> None:
    keeper.close()  # by this it ends, and its reader with it
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)


# --------------------------------------------------------------------------------------- in the other processes


def _alone(act: Callable[..., None], own: socket.socket, *given: Any) -> NoReturn:
    """Act as a forked process: of open files only the standard ones and ``own``, deaf to signals meant for us."""
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # they reach the whole group; whose child we are says when to end
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        gc.freeze()  # to collect what was inherited is to copy all of its memory
        place = own.fileno()
        os.closerange(3, place)
        os.closerange(place + 1, os.sysconf("SC_OPEN_MAX"))
        act(own, *given)
    finally:
        os._exit(0)  # nothing of the parent's is tidied up here


def _keep(master: socket.socket, do: Do, prepare: Callable[[], object], seconds: int, memory: int) -> None:
    """Fork a reader for each socket that is handed over; end it, and say how it ended, when asked to."""
    reader = 0
    ready = False
    while True:
        try:
            order, descriptors, _, _ = socket.recv_fds(master, 1, 1)
        except OSError:
            order, descriptors = b"", []
        if order != b"r":
            status = _end_of(reader)
            reader = 0
            if order != b"e":
                return  # our parent is gone
            master.sendall(bytes([status]))
            continue
        if not ready:
            prepare()
            gc.freeze()  # what is loaded stays shared with every reader
            ready = True
        own = socket.socket(fileno=descriptors[0])
        reader = os.fork()
        if reader == 0:
            _alone(_read, own, do, seconds, memory)
        own.close()
        master.sendall(b"r")


def _end_of(reader: int) -> int:
    """End a reader with whatever it started; returns the signal that ended it, 0 for none."""
    if not reader:
        return 0
    for _ in range(20):  # one that is dying shall tell of what
        done, status = os.waitpid(reader, os.WNOHANG)
        if done:
            break
        time.sleep(0.005)
    else:
        with contextlib.suppress(OSError):
            os.kill(reader, signal.SIGKILL)
        status = os.waitpid(reader, 0)[1]
    with contextlib.suppress(OSError):
        os.killpg(reader, signal.SIGKILL)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _read(own: socket.socket, do: Do, seconds: int, memory: int) -> None:
    os.setpgid(0, 0)
    _bound_memory(memory)
    while True:
        try:
            task = receive(own)
            _bound_time(seconds)
            answer = _answer(do, task)
            send(own, answer)
            if answer[0] == "memory":
                return
        except (EOFError, OSError):
            return


def _answer(do: Do, task: Any) -> tuple[str, Any]:
    try:
        return "done", do(task)
    except MemoryError:
        return "memory", None
    except NeedsPerson as error:
        return "error", error
    except Exception as error:  # a defect of ours: said by its name and place, never by words of the mail
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "broke", f"{type(error).__name__} at {os.path.basename(place.filename)}:{place.lineno}"


def _bound_time(seconds: int) -> None:
    """The kernel ends this process (SIGXCPU) when it has used so much more; how busy the machine is does not matter."""
    import resource

    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _bound_memory(more: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm", "rb") as file:
            have = int(file.read().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (have + more, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    except (OSError, ValueError, IndexError):
        return  # a system that does not say what a process uses
