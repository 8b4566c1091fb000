"""Mails read per second and the memory it takes: ``python -m bench.reading [--mails DIR]``.

decode, exclude and extract in one process, against the standard library in the same run and in turn: ``parsed`` only
builds its message object, ``decoded`` also reads subject, sender, text and attachments with the modern policy.  The
ratio to these is the result; times are CPU times, because other programs may share the machine.  ``rules_seconds`` is
imports and rule loading; warm memory is what stays after a few hundred mails.

With MAILFLOW_CORPUS set, each mail of its folder ``torture`` is read by itself and the worst in time and memory are
shown.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import mails as own_mails
from bench import world

GROUP = 50  # mails held at once, as the worker does
NOW = datetime(2026, 3, 3, tzinfo=UTC)
Read = Callable[[bytes], object]


def ours() -> tuple[Read, dict[str, float], float]:
    """Our reading, the CPU seconds of its stages (filled while it reads), and how long the rules took to load."""
    began = time.perf_counter()
    from mailflow.excluding.machine_marks import load_marks
    from mailflow.reading.matching import rulebook
    from mailflow.reading.people.ours import Ours
    from mailflow.settings import shipped
    from mailflow.stages.decode import decode
    from mailflow.stages.exclude import exclude
    from mailflow.stages.extract import extract

    rules = shipped.folder("rules")
    marks, problems = load_marks(rules / "exclusion.yaml")
    book, more = rulebook.load(rules / "reading")
    if marks is None or book is None:
        raise SystemExit(f"the rules have mistakes: {[*problems, *more][:3]}")
    own = Ours.at(world.USER)
    stages = {"decode": 0.0, "exclude": 0.0, "extract": 0.0}
    clock = time.process_time

    def read(raw: bytes) -> object:
        start = clock()
        message = decode(raw, NOW)
        decoded = clock()
        machine = exclude(message, marks, own.addresses)
        excluded = clock()
        details = None if machine else extract(message, book, own=own, now=NOW)
        stages["decode"] += decoded - start
        stages["exclude"] += excluded - decoded
        stages["extract"] += clock() - excluded
        return details

    return read, stages, time.perf_counter() - began


def parsed(raw: bytes) -> object:
    """The standard library's message object, nothing read from it."""
    return email.message_from_bytes(raw)


def decoded(raw: bytes) -> object:
    """The standard library with its modern policy: subject, sender, text and attachments."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    try:
        body = message.get_body(("plain", "html"))
        files = [part.get_payload(decode=True) for part in message.iter_attachments()] if message.is_multipart() else []
        return str(message["subject"]), str(message["from"]), body.get_content() if body is not None else "", files
    except (LookupError, ValueError, AttributeError, KeyError, TypeError):
        return None  # strangers' mail: the standard library gives up on some


def ordinary(folder: Path, repeats: int) -> dict[str, Any]:
    """The mails of a folder in turn by all three."""
    paths = sorted(folder.rglob("*.eml"))
    read, stages, rules_seconds = ours()
    loaded = _memory("VmRSS")
    for raw in _group(paths[:300]):
        read(raw)
    warm = _memory("VmRSS")
    spent: dict[str, list[float]] = {"ours": [], "parsed": [], "decoded": []}
    walls: list[float] = []
    per_stage: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(repeats):
        for name, way in (("parsed", parsed), ("ours", read), ("decoded", decoded)):
            stages.update(dict.fromkeys(stages, 0.0))
            cpu = wall = 0.0
            for start in range(0, len(paths), GROUP):
                raws = _group(paths[start : start + GROUP])
                began, wall_began = time.process_time(), time.perf_counter()
                for raw in raws:
                    way(raw)
                cpu += time.process_time() - began
                wall += time.perf_counter() - wall_began
            spent[name].append(cpu)
            if name == "ours":
                walls.append(wall)
                for stage, seconds in stages.items():
                    per_stage[stage].append(seconds)
    count = len(paths)
    middle = {name: statistics.median(values) for name, values in spent.items()}
    return {
        "mails": count,
        "mails_per_cpu_second": round(count / middle["ours"], 1),
        "mails_per_second": round(count / statistics.median(walls), 1),
        "cpu_ms": {name: round(1000 * seconds / count, 2) for name, seconds in middle.items()},
        "times_parsed": round(middle["ours"] / middle["parsed"], 2),
        "times_decoded": round(middle["ours"] / middle["decoded"], 2),
        "stage_ms": {name: round(1000 * statistics.median(v) / count, 2) for name, v in per_stage.items()},
        "rules_seconds": round(rules_seconds, 2),
        "loaded_mb": loaded,
        "warm_mb": warm,
        "peak_mb": round(world.peak_mb()),
    }


def torture(folder: Path) -> dict[str, Any]:
    """Every mail by itself: the slowest, and those that needed the most memory."""
    read, _, _ = ours()
    read(b"Subject: x\r\n\r\nx")
    rows = []
    for path in sorted(folder.rglob("*.eml")):
        raw = path.read_bytes()
        _forget_peak()
        began = time.process_time()
        read(raw)
        rows.append((time.process_time() - began, _memory("VmHWM"), str(path.relative_to(folder)), len(raw)))
    slowest = sorted(rows, reverse=True)[:3]
    largest = sorted(rows, key=lambda row: -row[1])[:3]
    return {
        "torture_mails": len(rows),
        "slowest": [f"{seconds:.3f} s, {name} ({size // 1000} kB)" for seconds, _, name, size in slowest],
        "most_memory": [f"{peak} MB, {name} ({size // 1000} kB)" for _, peak, name, size in largest],
    }


def _group(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def _memory(name: str) -> int:
    """A figure of /proc/self/status in MB (VmRSS now, VmHWM the highest); the highest of getrusage elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return round(world.peak_mb())
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(name)), 0)


def _forget_peak() -> None:
    """Start the highest resident size anew (Linux); where that is not allowed it stays the highest of all."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return


def main() -> None:
    """Parse the command line and run; each measurement in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=Path, help="a folder of .eml files; made here when absent")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--as", dest="role", choices=("all", "ordinary", "torture"), default="all")
    options = parser.parse_args()
    if options.role != "all":
        result = ordinary(options.mails, options.repeats) if options.role == "ordinary" else torture(options.mails)
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        return
    with tempfile.TemporaryDirectory(prefix="mailflow-bench-") as name:
        folder = options.mails or Path(name)
        if options.mails is None:
            own_mails.write(folder, options.count, 7, world.USER)
        repeats = str(options.repeats)
        result = world.child("bench.reading", "--as", "ordinary", "--mails", str(folder), "--repeats", repeats)
        corpus = os.environ.get("MAILFLOW_CORPUS", "")
        if corpus and (Path(corpus) / "torture").is_dir():
            result |= world.child("bench.reading", "--as", "torture", "--mails", str(Path(corpus) / "torture"))
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
