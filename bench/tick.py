"""What one tick of the clock costs over many open tasks: ``python -m bench.tick [--tasks 10000]``.

A ledger with two open tasks a case (half of their deadlines far away, the other half over, their ladders run out) and
one open case more for each step that is to fall due.  Everything is the real thing: procedures, people, SQLite, mails.
Times are the median of several, as wall clock and as CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import world
from mailflow import app as composition
from mailflow.app import App
from mailflow.scheduled.ask import ask
from mailflow.scheduled.remind import GROUP, daily, remind
from mailflow.settings import config

NOW = datetime(2026, 3, 4, 3, tzinfo=UTC)  # a Wednesday, eleven o'clock in Shanghai
LATER = datetime(2026, 9, 1, tzinfo=UTC)
INTAKE = {"customer_name": "示例客户", "product": "球阀", "batch_no": "B2603-01", "class2": "漏水"}


def fill(app: App, tasks: int) -> None:
    """Cases of the shipped procedure for complaints, each with two tasks that were asked for."""
    procedure = app.parts.office.procedures().named("complaint")
    assert procedure is not None
    stamp, later, over = (_stored(moment) for moment in (NOW - timedelta(days=2), LATER, NOW - timedelta(hours=20)))
    people = [person.address for person in app.parts.office.staff().people]
    with closing(app.ledger.engine.raw_connection()) as raw:
        rows = raw.cursor()
        rows.execute("BEGIN")
        rows.execute(
            "INSERT INTO procedures (digest, name, text, first_used_at) VALUES (?, ?, ?, ?)",
            (procedure.digest, procedure.name, procedure.text, stamp),
        )
        rows.execute(
            "INSERT INTO customers (number, company, company_key, created_at) VALUES ('KH-1', 'x', 'x', ?)", (stamp,)
        )
        names = [name for name in procedure.order if procedure.tasks[name].done_by == "reply"]
        for case in range(1, tasks // 2 + 1):
            rows.execute(
                "INSERT INTO cases (id, number, customer_id, kind, status, subject, opened_at, changed_at, procedure,"
                " intake) VALUES (?, ?, 1, 'complaint', 'open', '投诉：球阀漏水', ?, ?, ?, ?)",
                (case, f"TS-2026-{case:05d}", stamp, stamp, procedure.digest, json.dumps(INTAKE, ensure_ascii=False)),
            )
            for place in (0, 1):
                is_over = case % 2
                rows.execute(
                    "INSERT INTO tasks (case_id, name, round, status, role, person, opened_at, due_at, asked_at,"
                    " next_at)"
                    " VALUES (?, ?, 1, 'open', 'service', ?, ?, ?, ?, ?)",
                    (case, names[place], people[(case + place) % len(people)], stamp, over if is_over else later, stamp,
                     None if is_over else later),
                )  # fmt: skip
        rows.execute("COMMIT")
        rows.execute("ANALYZE")


def make_due(app: App, count: int, at: datetime) -> None:
    """So many steps fall due."""
    with closing(app.ledger.engine.raw_connection()) as raw:
        rows = raw.cursor()
        rows.execute("BEGIN")
        rows.execute(
            "UPDATE tasks SET next_at = ?, due_at = ?, step = 0 WHERE id IN"
            " (SELECT id FROM tasks WHERE status = 'open' AND next_at > ? ORDER BY id LIMIT ?)",
            (_stored(at), _stored(at + timedelta(minutes=15)), _stored(at), count),
        )
        rows.execute("COMMIT")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Fill a ledger and let the clock tick."""
    with tempfile.TemporaryDirectory(prefix="mailflow-tick-", dir=options.work) as name:
        settings = config.load(world.make_home(Path(name) / "home", 1, 1, staff=True))
        with composition.open_app(settings) as app:
            fill(app, options.tasks)
            desk, ledger = app.services.desk, _Watched(app.ledger)

            def tick(now: datetime) -> int:
                app.parts.office.check()
                return ask(desk, ledger, now) + remind(desk, ledger, app.vault, now)

            result: dict[str, Any] = {"tasks": options.tasks}
            result["nothing due"] = _timed(lambda: tick(NOW), options.repeats, ledger, expected=0)
            for due in (1, 10, 100):
                runs = []
                for repeat in range(options.repeats if due < 100 else 3):
                    now = NOW + timedelta(minutes=repeat)
                    make_due(app, due, now)
                    # A tick takes at most GROUP steps; the worker calls it again at once while there are more.
                    step = _timed(lambda now=now: tick(now), 1, ledger, expected=min(due, GROUP))  # type: ignore[misc]
                    runs.append(step)
                    while tick(now):
                        pass
                result[f"{due} due"] = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
            result["daily mails"] = _timed(lambda: daily(desk, ledger, NOW), 1, ledger, expected=8)
            result["daily mails, again"] = _timed(lambda: daily(desk, ledger, NOW), 1, ledger, expected=0)
            result["peak_mb"] = round(world.peak_mb())
    return result


class _Watched:
    """A ledger that knows how long its write transactions took."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.longest = inner, 0.0

    def begin(self, **options: Any) -> Any:
        return _Held(self, self._inner.begin(**options))


class _Held:
    def __init__(self, watch: _Watched, inner: Any) -> None:
        self._watch, self._inner = watch, inner

    def __enter__(self) -> Any:
        work = self._inner.__enter__()
        self._began = time.perf_counter()
        return work

    def __exit__(self, *error: Any) -> Any:
        left = self._inner.__exit__(*error)
        self._watch.longest = max(self._watch.longest, time.perf_counter() - self._began)
        return left


def _timed(work: Callable[[], int], repeats: int, ledger: _Watched, *, expected: int) -> dict[str, float]:
    ledger.longest = 0.0
    wall, used = [], []
    for _ in range(repeats):
        began, cpu = time.perf_counter(), time.process_time()
        done = work()
        wall.append((time.perf_counter() - began) * 1000)
        used.append((time.process_time() - cpu) * 1000)
        if done != expected:
            raise SystemExit(f"{done} done instead of {expected}")
    return {
        "ms": round(statistics.median(wall), 2), "cpu_ms": round(statistics.median(used), 2),
        "longest_transaction_ms": round(ledger.longest * 1000, 2),
    }  # fmt: skip


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--work", type=Path)
    result = measure(parser.parse_args())
    for name, value in result.items():
        print(f"{name:20} {value}")
    slow = [name for name in ("nothing due", "1 due", "10 due") if result[name]["ms"] >= 50]
    sys.exit(f"slower than 50 ms: {', '.join(slow)}" if slow else 0)


if __name__ == "__main__":
    main()
