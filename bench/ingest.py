"""Mails per second, end to end, against the floor of the same run: ``python -m bench.ingest``.

The floor: fetch from the same Dovecot in the best way known (50 a FETCH), parse with the standard library, write the
raw bytes durably (one sync a group).  Two floors are shown: ``parsed`` only builds the standard library's message
object; ``decoded`` also reads subject, sender, text and attachments with the modern policy.

Ours: everything - fetch, vault, ledger, reading, a Word record for every complaint, the archive, every acknowledgement
taken by an SMTP sink.  Start-up (imports, rules) is shown beside, not inside.  Each in a process of its own, in turn.
Where other work runs on the machine, the CPU time's share of the floor's (``cpu_of_...``) says more than the clock's.
Measured twice: with people in every role, so that every case opens its tasks and each person gets the record as a Word
file with the mail that asks for it (``staff``), and with nobody, when tasks are opened and nobody can be asked.  The
clock stands before the mails were sent, so that they are taken in as they arrive; with ``--late`` it is today's, and
every reminder, holding letter and escalation of what is overdue goes out in the same breath.

``--ledger`` keeps it on PostgreSQL, each time in an empty database that is made there and removed (the user must be
allowed to): ``--ledger postgresql://user@host/postgres``, with the password in ``PGPASSWORD`` when one is needed.
``--ledger own`` starts a server for the time being, one that syncs to disk.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import mails as own_mails
from bench import world
from tests.servers.dovecot import Dovecot

ARRIVAL = datetime(2024, 1, 8, 2, tzinfo=UTC)  # a Monday morning in Shanghai, before the mails measured with
OPENED = "SELECT count(*) FROM tasks"
ASKED = "SELECT count(*) FROM outbox WHERE substr(occasion, 1, 4) = 'ask:'"


def floor(port: int, folder: Path, decoded: bool) -> dict[str, Any]:
    """Fetch, parse, write durably, and nothing else."""
    from imapclient import IMAPClient

    from mailflow.adapters.vault import FileVault

    vault = FileVault(folder)
    began, used = time.perf_counter(), time.process_time()
    client = IMAPClient("127.0.0.1", port=port, ssl=False)
    client._imap.debug = 0
    client.login(world.USER, "secret")
    client.select_folder("INBOX", readonly=True)
    uids = client.search()
    for start in range(0, len(uids), 50):
        got = client.fetch(uids[start : start + 50], ["BODY.PEEK[]"])
        raws = [item[b"BODY[]"] for item in got.values()]
        for raw in raws:
            _parse(raw, decoded)
        vault.put(raws)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    client.logout()
    return {"mails": len(uids), "seconds": seconds, "cpu_seconds": used, "peak_mb": world.peak_mb()}


def _parse(raw: bytes, decoded: bool) -> None:
    if not decoded:
        email.message_from_bytes(raw)
        return
    message = email.message_from_bytes(raw, policy=email.policy.default)
    str(message["subject"]), str(message["from"])
    body = message.get_body(("plain", "html"))
    if body is not None:
        body.get_content()
    for part in message.iter_attachments() if message.is_multipart() else ():
        part.get_payload(decode=True)


def ours(config_file: Path, late: bool) -> dict[str, Any]:
    """One ``run --once`` over everything there is."""
    started = time.perf_counter()
    from mailflow import app as composition
    from mailflow.commands.running import make_worker
    from mailflow.runtime.health import Health
    from mailflow.settings import config

    settings = config.load(config_file)
    with composition.open_app(settings) as app:
        stop = threading.Event()
        outcomes: list[str] = []
        worker = make_worker(
            app,
            composition.mailboxes(settings, stop),
            composition.sender(settings),
            Health(settings.storage),
            stop,
            tell=lambda outcome: outcomes.append(outcome.status.value),
        )
        if not late:
            worker.clock = lambda: ARRIVAL
        app.services.reader.read(_nothing(), worker.clock())  # spaCy is loaded before the clock starts
        ready, used = time.perf_counter(), time.process_time()
        worker.once()
        seconds, used = time.perf_counter() - ready, time.process_time() - used
        counts = app.lists.counts()
        with app.ledger.snapshot() as rows:
            figures = [rows.exec_driver_sql(question).scalar() for question in (OPENED, ASKED)]
    return {
        "mails": len(outcomes),
        "tasks": figures[0],
        "asked": figures[1],
        "seconds": seconds,
        "cpu_seconds": used,
        "start_seconds": ready - started,
        "peak_mb": world.peak_mb(),
        "counts": counts,
    }


def _nothing() -> Any:
    from mailflow.domain.model import Message

    return Message(text="您好", new_text="您好")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Everything once; the ratios are the result."""
    with tempfile.TemporaryDirectory(prefix="mailflow-bench-", dir=options.work) as name, Dovecot() as server:
        work = Path(name)
        server.add_user(world.USER)
        source = options.mails or work / "mails"
        if options.mails is None:
            own_mails.write(source, options.count, 7, world.USER)
        paths = sorted(source.glob("*.eml"))
        server.deliver_many(world.USER, (path.read_bytes() for path in paths))
        result: dict[str, Any] = {"mails": len(paths), "rounds": []}
        for round_ in range(options.repeats):
            result["rounds"] += _round(work / f"round{round_}", server, len(paths), options)
        if options.grown:
            result["grown"] = _grown(work / "grown", server, options)
    for staff in (True, False):
        rows = [row for row in result["rounds"] if row["staff"] is staff]
        if rows:
            result["with staff" if staff else "without staff"] = {key: _median(rows, key) for key in FIGURES}
    return result


FIGURES = (
    "of_parsed_floor", "of_decoded_floor", "cpu_of_parsed_floor", "cpu_of_decoded_floor", "mails_per_second",
    "cpu_ms_per_mail", "asked", "peak_mb",
)  # fmt: skip


def _median(rows: list[dict[str, Any]], key: str) -> float:
    return round(float(statistics.median(row[key] for row in rows)), 3)


def _round(work: Path, server: Dovecot, count: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    port = str(server.port)
    parsed = world.child("bench.ingest", "--as", "floor", "--imap", port, "--work", str(work / "floor1"))
    decoded = world.child("bench.ingest", "--as", "decoded", "--imap", port, "--work", str(work / "floor2"))
    rows = []
    for staff in {"both": (True, False), "on": (True,), "off": (False,)}[options.staff]:
        with world.sink() as smtp:
            config = world.make_home(work / f"home{staff:d}", server.port, smtp, staff=staff)
            if options.ledger:
                _empty_database(options.ledger, config)
            late = ["--late"] * options.late
            done = world.child("bench.ingest", "--as", "ours", "--config", str(config), *late)
            rows.append(_ratios(done, parsed, decoded, world.taken(smtp), count, staff))
    return rows


def _empty_database(address: str, config: Path) -> None:
    """A database of its own for this run, named in its configuration; the one of the run before is removed."""
    import psycopg

    server, slash, _ = address.rpartition("/")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS mailflow_bench WITH (FORCE)")
        connection.execute("CREATE DATABASE mailflow_bench TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    with config.open("a", encoding="utf-8") as stream:
        stream.write(f"ledger:\n  address: {server}{slash}mailflow_bench\n")


def _ratios(
    done: dict[str, Any], parsed: dict[str, Any], decoded: dict[str, Any], sent: int, count: int, staff: bool
) -> dict[str, Any]:
    speed = done["mails"] / done["seconds"]
    row = {
        "staff": staff,
        "mails_per_second": round(speed, 1),
        "of_parsed_floor": round(speed / (parsed["mails"] / parsed["seconds"]), 3),
        "of_decoded_floor": round(speed / (decoded["mails"] / decoded["seconds"]), 3),
        "cpu_of_parsed_floor": round(parsed["cpu_seconds"] / done["cpu_seconds"], 3),
        "cpu_of_decoded_floor": round(decoded["cpu_seconds"] / done["cpu_seconds"], 3),
        "cpu_ms_per_mail": round(done["cpu_seconds"] / done["mails"] * 1000, 2),
        "tasks": done["tasks"],
        "asked": done["asked"],
        "other_mails_sent": sent - done["asked"],
        "start_seconds": round(done["start_seconds"], 2),
        "peak_mb": round(done["peak_mb"]),
        "counts": done["counts"],
    }
    if done["mails"] != count:
        row["WRONG"] = f"{done['mails']} of {count} mails came to an end"
    print(json.dumps(row, ensure_ascii=False), flush=True)
    return row


def _grown(work: Path, server: Dovecot, options: argparse.Namespace) -> dict[str, Any]:
    """The same mails again after ``options.grown`` cases exist, and on empty data, in turn."""
    user, growth = world.USER, work / "growth"
    own_mails.write(growth, int(options.grown * 1.2), 8, user, attachments=0.0)
    with world.sink() as smtp:
        config = world.make_home(work / "home", server.port, smtp)
        text = config.read_text("utf-8")
        local = text.replace("    host: 127.0.0.1\n    port", f"    type: folder\n    path: {growth}\n    port", 1)
        (work / "home" / "grow.yaml").write_text(local, "utf-8")
        grown = world.child("bench.ingest", "--as", "ours", "--config", str(work / "home" / "grow.yaml"))
        fresh = world.make_home(work / "fresh", server.port, smtp)
        first = world.child("bench.ingest", "--as", "ours", "--config", str(fresh))
        again = world.child("bench.ingest", "--as", "ours", "--config", str(config))
    speeds = [run["mails"] / run["seconds"] for run in (first, again)]
    row = {
        "growth": {"mails": grown["mails"], "per_second": round(grown["mails"] / grown["seconds"], 1)},
        "fresh_per_second": round(speeds[0], 1),
        "grown_per_second": round(speeds[1], 1),
        "grown_of_fresh": round(speeds[1] / speeds[0], 3),
        "peak_mb": round(again["peak_mb"]),
        "mails": again["mails"],
    }
    print(json.dumps(row), flush=True)
    return row


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    from tests.servers.postgresql import PostgreSQL

    with PostgreSQL(durable=True) as server:
        os.environ["PGPASSWORD"] = server.password
        yield server.address("postgres")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=Path, help="a folder of .eml files; made here when absent")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--grown", type=int, default=0, help="also after this many cases exist")
    parser.add_argument("--staff", choices=("both", "on", "off"), default="both")
    parser.add_argument("--late", action="store_true", help="the clock is today's: deadlines are over")
    parser.add_argument("--ledger", default="", metavar="URL", help="on PostgreSQL instead of SQLite, or: own")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--as", dest="role", choices=("all", "floor", "decoded", "ours"), default="all")
    parser.add_argument("--imap", type=int)
    parser.add_argument("--config", type=Path)
    options = parser.parse_args()
    if options.role == "ours":
        result = ours(options.config, options.late)
    elif options.role == "all":
        with _own_server() if options.ledger == "own" else contextlib.nullcontext(options.ledger) as options.ledger:
            result = measure(options)
    else:
        result = floor(options.imap, options.work, options.role == "decoded")
    json.dump(result, sys.stdout, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
