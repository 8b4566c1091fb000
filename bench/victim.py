"""A worker that may be killed anywhere: ``python -m bench.victim CONFIG STATE``, a fork server for :mod:`bench.chaos`.

Importing everything takes seconds, so it is done once; each worker is forked from here.  What the parent has read is
memory only (modules, rules, templates): storage, ledger, lock and connections are opened after the fork, and a child
killed with SIGKILL is as dead as any process.

The child says what it is doing in two bytes of the file STATE, one for the thread that takes mail in, one for the
thread that sends: ``stage * 8 + depth``.  It does so from wrappers around the ports, so the worker itself is the real
one.  The other bytes may hold an order to die by SIGKILL exactly there, before or after.  Its clock runs faster than
ours (``--speed``), so that a wait of a minute passes in a second; with ``--office-hours`` it leaves out nights and
weekends, so that deadlines come up.

Commands on stdin, a line each: ``run CONFIG`` and ``once CONFIG`` fork a worker and answer with its process id;
``reap`` waits for it and answers with its exit status (negative: the signal); ``freeze now`` stops the clock of those
to come, ``freeze MOMENT`` lets it show that one.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import mmap
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from bench import sabotage

STAGES = ("dead", "opening", "collecting", "settling", "archiving", "waiting", "delivering", "asking", "ticking")
DEPTHS = (
    "between", "in a transaction", "at the commit", "at the outside world", "at the outbox", "at a mark",
    "at a signature", "at a step",
)  # fmt: skip
WRITES = {
    "queue": 4, "asked": 5, "stepped": 7, "finish_task": 5, "duty_done": 5, "add_task": 5, "add_signature": 6,
}  # fmt: skip
"""Single writes within a transaction that are announced: between two of them it must not matter that we die."""
_STAGE = {name: number for number, name in enumerate(STAGES)}


class State:
    """What the worker is doing, and where it is to die; shared with whoever watches.

    Bytes 0 and 1: what the threads do.  2 to 5: the order (thread, code, times to pass by, after instead of before).
    6: the order was carried out.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(7))
        with path.open("r+b") as stream:
            self._bytes = mmap.mmap(stream.fileno(), 7)

    def clear(self) -> None:
        """Nobody is there, nothing is ordered."""
        self._bytes[:] = bytes(7)

    def read(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """What both threads are doing: (stage, depth) each."""
        first, second = (divmod(byte, 8) for byte in self._bytes[:2])
        return (STAGES[first[0]], DEPTHS[first[1]]), (STAGES[second[0]], DEPTHS[second[1]])

    def order(self, thread: int, stage: str, depth: str, pass_by: int, after: bool) -> None:
        """The next worker is to die there."""
        code = _STAGE[stage] * 8 + (DEPTHS.index(depth) if depth else 0)
        self._bytes[2:6] = bytes((thread, code, pass_by, after))

    @property
    def obeyed(self) -> bool:
        """Has a worker died as ordered?"""
        return bool(self._bytes[6])

    @contextlib.contextmanager
    def at(self, stage: str = "", depth: int = 0) -> Iterator[None]:
        """This thread is at a stage (or deeper in the same one) while the block runs."""
        slot = 0 if threading.current_thread() is threading.main_thread() else 1
        before = self._bytes[slot]
        self._bytes[slot] = code = (_STAGE[stage] * 8 if stage else before & ~7) + depth
        self._obey(slot, code, 0)
        try:
            yield
        finally:
            self._obey(slot, code, 1)
            self._bytes[slot] = before

    def _obey(self, slot: int, code: int, after: int) -> None:
        if self._bytes[3] != code or self._bytes[2] != slot or self._bytes[5] != after:
            return
        if self._bytes[4]:
            self._bytes[4] -= 1
            return
        self._bytes[6] = 1
        os.kill(os.getpid(), signal.SIGKILL)

    def around(self, stage: str, function: Callable[..., Any], depth: int = 0) -> Callable[..., Any]:
        """The function, announced."""

        def announced(*arguments: Any, **options: Any) -> Any:
            with self.at(stage, depth):
                return function(*arguments, **options)

        return announced


class _Announced:
    """Something behind a port; the methods named are announced as the outside world."""

    def __init__(self, inner: Any, state: State, names: Sequence[str]) -> None:
        self._inner = inner
        for name in names:
            setattr(self, name, state.around("", getattr(inner, name), 3))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Mailbox(_Announced):
    def __init__(self, inner: Any, state: State) -> None:
        super().__init__(inner, state, ("listing", "mark_done"))
        self._state = state

    def fetch(self, *arguments: Any) -> Iterator[Any]:
        mails = iter(self._inner.fetch(*arguments))
        while True:
            with self._state.at("", 3):
                mail = next(mails, None)
            if mail is None:
                return
            yield mail


class _Ledger(_Announced):
    def __init__(self, inner: Any, state: State) -> None:
        super().__init__(inner, state, ())
        self._state = state

    @contextlib.contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[Any]:
        with contextlib.ExitStack() as commit, self._inner.begin(durable=durable) as work:
            for name, depth in WRITES.items():
                setattr(work, name, self._state.around("", getattr(work, name), depth))
            with self._state.at("", 1):
                yield work
            commit.enter_context(self._state.at("", 2))  # left when the commit is done


def work(config_file: Path, state: State, once: bool, clock: Callable[[], datetime]) -> None:
    """What ``mailflow run`` does, with its ports announced."""
    from mailflow import app as composition
    from mailflow.commands.running import make_worker, stop_on_signals
    from mailflow.runtime import logs
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock
    from mailflow.settings import config

    stop = stop_on_signals()
    with state.at("opening"), contextlib.ExitStack() as opened:
        settings = config.load(config_file)
        logs.start(opened.enter_context((config_file.parent / "log").open("a", encoding="utf-8", buffering=1)))
        opened.enter_context(StorageLock(settings.storage))
        app = opened.enter_context(composition.open_app(settings))
        ledger: Any = _Ledger(app.ledger, state)
        vault: Any = _Announced(app.vault, state, ("put", "put_file"))
        services = dataclasses.replace(app.services, ledger=ledger, vault=vault)
        boxes: list[Any] = [_Mailbox(box, state) for box in composition.mailboxes(settings, stop)]
        sender: Any = _Announced(composition.sender(settings), state, ("send",))
        announced = dataclasses.replace(app, services=services, ledger=ledger, vault=vault)
        worker: Any = make_worker(announced, boxes, sender, Health(settings.storage), stop)
        worker.clock = clock
        for name, stage in (
            ("_poll", "collecting"), ("process_group", "settling"), ("_bring_archive_up_to_date", "archiving"),
            ("_wait", "waiting"), ("_go_on_with_cases", "asking"), ("_tick", "ticking"),
        ):  # fmt: skip
            setattr(worker, name, state.around(stage, getattr(worker, name)))
        setattr(worker.dispatch, "round", state.around("delivering", worker.dispatch.round))  # noqa: B010
        logs.event("victim.ready", pid=os.getpid())
        worker.once() if once else worker.run()


def fast_clock(origin: datetime, speed: float) -> Callable[[], datetime]:
    """A clock that runs ``speed`` times as fast since ``origin``; the same for every worker of a run."""

    def now() -> datetime:
        passed = datetime.now(UTC) - origin
        return origin + timedelta(seconds=passed.total_seconds() * speed)

    return now


FIRST_DAY = datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=8)))
MORNING, OFFICE_DAY = time(8, 20), timedelta(hours=10)


def office_clock(first: datetime, speed: float) -> Callable[[], datetime]:
    """A clock that begins on the morning of a Monday and jumps from every evening to the next working morning."""
    began = datetime.now(UTC)
    monday = first.date() - timedelta(days=first.weekday())

    def now() -> datetime:
        days, rest = divmod((datetime.now(UTC) - began) * speed, OFFICE_DAY)
        weeks, day = divmod(days, 5)
        return datetime.combine(monday + timedelta(days=7 * weeks + day), MORNING, first.tzinfo).astimezone(UTC) + rest

    return now


def _preload(config_file: Path) -> None:
    """Read what takes long: modules, rules, forms, texts.  Opens nothing that stays open."""
    from mailflow import app as composition
    from mailflow.adapters.imap import mailbox
    from mailflow.adapters.smtp import sender as smtp
    from mailflow.commands import work as _work
    from mailflow.domain.model import Message
    from mailflow.settings import config

    settings = config.load(config_file)
    parts, problems = composition.load_parts(settings)
    if parts is None:
        raise SystemExit("\n".join(map(str, problems)))
    composition.reader(settings, parts.rulebook).read(Message(text="您好", new_text="您好"), datetime.now(UTC))
    setattr(composition, "load_parts", lambda _config: (parts, []))  # noqa: B010 - mypy takes no assignment here
    assert mailbox
    assert smtp
    assert _work


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--office-hours", action="store_true")
    parser.add_argument("--sabotage", choices=sabotage.NAMES, help="break a rule, to see that it is noticed")
    options = parser.parse_args()
    state = State(options.state)
    _preload(options.config)
    if options.sabotage:
        sabotage.commit(options.sabotage)
    clock = fast_clock(datetime.now(UTC), options.speed)
    if options.office_hours:
        clock = office_clock(FIRST_DAY, options.speed)
    print("ready", flush=True)
    child = 0
    for line in sys.stdin:
        verb, _, config = line.strip().partition(" ")
        if verb == "reap":
            status = os.waitpid(child, 0)[1] if child else 0
            child = 0
            state.clear()
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        if verb == "freeze":
            clock = _standing(clock() if config == "now" else datetime.fromisoformat(config))
            print("frozen", flush=True)
            continue
        child = os.fork()
        if child == 0:
            _be_a_worker(Path(config), state, verb == "once", clock)
        print(child, flush=True)
    if child:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, 9)


def _standing(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _be_a_worker(config: Path, state: State, once: bool, clock: Callable[[], datetime]) -> None:
    status = 70
    try:
        os.close(0)
        work(config, state, once, clock)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
