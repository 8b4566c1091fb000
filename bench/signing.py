"""A sign-off reply against an ordinary mail: ``python -m bench.signing [--count 100]``.

Through one worker, a real Dovecot and an SMTP sink: so many complaints, then so many complaints of other customers,
then a reply ``同意`` to each mail that asked for the signature of a registration.  Milliseconds a mail as wall clock
and CPU time, where they go, and the ratio of both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import mails as own_mails
from bench import people, world
from mailflow import app as composition
from mailflow.casework import engine, signing
from mailflow.commands.running import make_worker
from mailflow.domain.model import Message
from mailflow.flow import Outcome
from mailflow.runtime.health import Health
from mailflow.settings import config
from mailflow.stages import sign
from tests.servers.dovecot import Dovecot

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)  # before any deadline: nothing but the mails themselves is measured
PARTS = (("process_group", "filing or signing"), ("_go_on_with_cases", "asking"),
         ("_bring_archive_up_to_date", "archive"))  # fmt: skip
WITHIN: tuple[tuple[Any, str, str], ...] = (
    (signing, "signed_copy", "of it: the signed copy"),
    (sign, "said_about", "of it: reading the words"),
    (engine, "advance", "of it: what begins next"),
    (sign, "_confirm", "of it: the confirmation"),
)


class Bench:
    """A worker whose parts are timed by the CPU time of their thread."""

    def __init__(self, worker: Any, server: Dovecot, outcomes: list[Outcome]) -> None:
        self.worker, self.server, self.outcomes = worker, server, outcomes
        self.parts: defaultdict[str, float] = defaultdict(float)
        for name, title in PARTS:
            setattr(worker, name, self._timed(getattr(worker, name), title))
        for module, name, title in WITHIN:
            setattr(module, name, self._timed(getattr(module, name), title))

    def take(self, mails: Iterable[bytes]) -> dict[str, Any]:
        """Let these arrive and be worked off; milliseconds a mail."""
        self.server.deliver_many(world.USER, mails)
        self.parts.clear()
        self.outcomes.clear()
        began, used = time.perf_counter(), time.process_time()
        self.worker.once()
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        count = len(self.outcomes)
        figures: dict[str, Any] = {"mails": count, "ms": wall / count * 1000, "cpu_ms": cpu / count * 1000}
        figures |= {title: seconds / count * 1000 for title, seconds in sorted(self.parts.items())}
        rounded = {name: round(float(value), 2) for name, value in figures.items()}
        return rounded | {"outcomes": dict(Counter(item.reason or item.kind for item in self.outcomes))}

    def _timed(self, function: Callable[..., Any], title: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                self.parts[title] += time.thread_time() - began

        return timed


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Ordinary mails, then signatures, in turn."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailflow-signing-", dir=options.work)))
        taken = work / "taken"
        taken.mkdir()
        server = stack.enter_context(Dovecot())
        server.add_user(world.USER)
        smtp = stack.enter_context(world.sink("--keep", str(taken)))
        settings = config.load(world.make_home(work / "home", server.port, smtp, staff=True))
        app = stack.enter_context(composition.open_app(settings))
        stop = threading.Event()
        outcomes: list[Outcome] = []
        worker: Any = make_worker(
            app, composition.mailboxes(settings, stop), composition.sender(settings), Health(settings.storage), stop,
            tell=outcomes.append,
        )  # fmt: skip
        worker.clock = lambda: NOW
        app.services.reader.read(Message(text="您好", new_text="您好"), NOW)
        bench, read = Bench(worker, server, outcomes), set[Path]()
        rounds = []
        for round_ in range(options.repeats + 1):
            ordinary = bench.take(_complaints(work / f"mails{round_}", options.count, round_))
            signed = bench.take(_signatures(taken, read, options.count))
            rounds.append({"ordinary": ordinary, "sign-off": signed})
        rounds = rounds[1:]  # the first warms up
        ratio = statistics.median(row["sign-off"]["cpu_ms"] / row["ordinary"]["cpu_ms"] for row in rounds)
        return {"rounds": rounds, "ratio_cpu": round(ratio, 3), "peak_mb": round(world.peak_mb())}


def _complaints(folder: Path, count: int, seed: int) -> Iterator[bytes]:
    """Mails as :mod:`bench.ingest` takes them, small, those that open a complaint only."""
    left = count
    for path in own_mails.write(folder, count * 3, 100 + seed, world.USER, attachments=0.0):
        raw = path.read_bytes()
        if left and people.read(raw).subject.startswith("投诉"):
            left -= 1
            yield raw


def _signatures(taken: Path, read: set[Path], count: int) -> Iterator[bytes]:
    for path in sorted(set(taken.glob("*.eml")) - read):
        read.add(path)
        ask = people.read(path.read_bytes())
        signs = people.is_asked(ask) and ("请签字" in ask.subject or "：登记投诉、" in ask.subject)
        if count and signs and ask.to == f"bai@{people.DOMAIN}":
            count -= 1
            yield people.answer(ask, world.USER, "1 同意" if ask.points else "同意")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path)
    result = measure(parser.parse_args())
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
