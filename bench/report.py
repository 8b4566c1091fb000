"""The monthly report over an office of years: ``python -m bench.report --cases 100000 --against 10000 [--keep DIR]``.

Rows go straight into the ledger, in the order of time, as the program would have entered them: six of ten cases are
complaints, each with findings, journal, an approved letter, judgements, tasks, and most are closed.  Measured is
everything a month's mail needs of the ledger: three periods read, figures, page and text; each size in a process of its
own.  Pictures and workbook are told apart.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bench.mails import GOODS, TROUBLE
from mailflow.adapters.charts.pictures import draw
from mailflow.adapters.local.workbook import workbook
from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.office.calendar_files import load_calendars
from mailflow.office.staff import Staff
from mailflow.reports.html import page_of
from mailflow.reports.make import Maker
from mailflow.reports.page import Reader
from mailflow.reports.plain import text_of
from mailflow.settings import shipped

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2024, 12, 1, 9, tzinfo=ZONE)
NOW = datetime(2026, 11, 5, 9, tzinfo=ZONE)
MONTH = "2026-10"
GROUP = 5_000
SECONDS, MEGABYTES, GROWTH = 5.0, 300.0, 1.3
DEPARTMENTS = ("质量部", "生产部", "销售部")
EVENTS = ("procedure.begun", "record.issued", "task.opened", "task.opened", "reply.queued", "reply.sent", "task.done")


def fill(ledger: SqlLedger, cases: int, seed: int = 1) -> None:
    """Enter so many cases over two years; one of ten stays open, the newest."""
    chance = random.Random(seed)
    step = (NOW - BEGIN) / cases
    with ledger.engine.execution_options(writing=True).begin() as connection:
        customers = max(1, cases // 10)
        for start in range(0, customers, GROUP):
            connection.execute(
                t.customers.insert(),
                [
                    {"id": n + 1, "number": f"KH-{n:05d}", "company": f"第{n}客户有限公司", "company_key": f"k{n}",
                     "created_at": BEGIN}
                    for n in range(start, min(start + GROUP, customers))
                ],
            )  # fmt: skip
        later: list[tuple[datetime, str, dict[str, Any]]] = []
        for start in range(0, cases, GROUP):
            rows: dict[str, list[dict[str, Any]]] = {}
            for n in range(start, min(start + GROUP, cases)):
                for table, row in _case(chance, n + 1, BEGIN + step * n, customers, closed=n < cases * 0.9):
                    when = row.get("at")
                    if isinstance(when, datetime):
                        later.append((when, table, row))
                    else:
                        rows.setdefault(table, []).append(row)
            for table in ("cases", "messages", "findings", "tasks", "outbox"):
                connection.execute(t.metadata.tables[table].insert(), rows.get(table) or [])
            until = BEGIN + step * (start + GROUP)
            later.sort(key=lambda item: (item[0], item[2]["case_id"]))
            _enter(connection, [item for item in later if item[0] < until])
            later = [item for item in later if item[0] >= until]
        _enter(connection, later)
    ledger.upkeep()


def _enter(connection: sa.Connection, items: list[tuple[datetime, str, dict[str, Any]]]) -> None:
    for table in ("journal", "answers"):
        if found := [row for _, name, row in items if name == table]:
            connection.execute(t.metadata.tables[table].insert(), found)


def _case(
    chance: random.Random, n: int, at: datetime, customers: int, *, closed: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    complaint = chance.random() < 0.6
    end = at + timedelta(days=chance.uniform(1, 20))
    closed = closed and end < NOW
    yield "cases", {
        "id": n, "number": f"TS-{n:06d}", "customer_id": chance.randint(1, customers),
        "kind": "complaint" if complaint else "inquiry", "status": "closed" if closed else "open",
        "closed_at": end if closed else None, "severity": chance.choice(("一般", "重大", "")), "subject": f"第{n}件",
        "opened_at": at, "changed_at": at, "intake": json.dumps({"class1": ["产品质量"]}),
    }  # fmt: skip
    yield "messages", {
        "id": n, "mailbox": "m", "folder": "INBOX", "uidvalidity": 1, "uid": n, "digest": f"{n:064x}", "size": 1000,
        "arrived_at": at, "received_at": at, "collected_at": at, "status": "handled", "case_id": n, "kind": "complaint",
    }  # fmt: skip
    for field, value in (
        ("product", chance.choice(GOODS)), ("defect_or_issue", f"{chance.choice(TROUBLE)}{chance.randint(1, 40)}"),
        ("order_no", f"DD{n}"), ("contact", "王强"), ("quantity", "3件"),
    ):  # fmt: skip
        yield "findings", {
            "message_id": n, "case_id": n, "field": field, "value": value, "words": value, "source": "new_text",
            "start": 0, "end": 1, "rule": "x", "confidence": 1.0,
        }  # fmt: skip
    entry = {"actor": "mailflow", "case_id": n, "message_id": None, "data": "{}", "hash": "0" * 64}
    yield "journal", {**entry, "at": at, "event": "case.opened", "message_id": n}
    for place, event in enumerate(EVENTS, 1):
        yield "journal", {**entry, "at": at + timedelta(minutes=place), "event": event}
    yield "tasks", {
        "id": n, "case_id": n, "name": "register", "round": 1, "status": "done" if closed else "open",
        "role": "service", "person": "li@x.example", "opened_at": at, "due_at": at + timedelta(hours=2),
        "done_at": at + timedelta(hours=1) if closed else None,
    }  # fmt: skip
    if complaint:
        said = {"task_id": n, "case_id": n, "actor": "li@x.example"}
        sent = at + timedelta(minutes=chance.randint(5, 300))
        yield "outbox", {
            "occasion": f"progress:tell_plan:{n}:1", "case_id": n, "mail_id": f"{n}@x", "sender": "a@b.example",
            "recipient": "c@d.example", "raw": b"x", "status": "sent", "next_attempt_at": sent, "created_at": sent,
            "sent_at": sent,
        }  # fmt: skip
        for field, value in (("validity", "有效"), ("resp_dept", chance.choice(DEPARTMENTS)), ("reason_code", "Q1")):
            yield "answers", {**said, "field": field, "value": value, "at": at + timedelta(days=1)}
        if closed:
            yield "answers", {**said, "field": "satisfied", "value": "满意", "at": end - timedelta(minutes=1)}
    if closed:
        yield "journal", {**entry, "at": end, "event": "case.closed", "data": '{"how":"closed"}'}


def measure(folder: Path) -> dict[str, Any]:
    """The month's report of the ledger in this folder: the fastest of three."""
    ledger = SqlLedger(f"sqlite:///{folder / 'ledger.db'}")
    calendars, problems = load_calendars(shipped.folder("rules") / "calendars", ZONE)
    assert calendars is not None, problems
    calendar = calendars.get("office")
    assert calendar is not None
    staff = Staff((), {}, {}, (), calendar)
    maker = Maker(ReportRows(ledger.engine), lambda: staff, lambda year: True, ZONE, "测量")
    times, report = [], None
    for _ in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        report = maker.make(MONTH, Reader(), "zh", NOW)
        page, text = page_of(report), text_of(report)
        times.append((time.process_time() - cpu, time.perf_counter() - began))
    assert report is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    book = workbook(report)
    middle = time.perf_counter()
    drawn = draw(report.charts)
    found = {
        "received": len(report.figures["received"].cases), "cpu_seconds": round(min(times)[0], 2),
        "seconds": round(min(wall for _, wall in times), 2), "peak_mb": round(peak),
        "page_kb": round(len(page.encode()) / 1000, 1), "text_kb": round(len(text.encode()) / 1000, 1),
        "workbook_seconds": round(middle - began, 2), "workbook_kb": round(len(book) / 1000),
        "pictures_seconds": round(time.perf_counter() - middle, 2),
        "pictures_kb": [round(len(item) / 1000, 1) for item in drawn.pictures.values()],
    }  # fmt: skip
    ledger.close()
    return found


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--against", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="where the ledgers are kept")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="mailflow-report-") as home:
        found = {}
        for cases in (options.against, options.cases):
            folder = (options.keep or Path(home)) / str(cases)
            if not (folder / "ledger.db").exists():
                folder.mkdir(parents=True, exist_ok=True)
                ledger = SqlLedger(f"sqlite:///{folder / 'ledger.db'}")
                fill(ledger, cases)
                ledger.close()
            command = [sys.executable, "-m", "bench.report", "--measure", str(folder)]
            found[cases] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(cases, json.dumps(found[cases], ensure_ascii=False))
    small, large = found[options.against], found[options.cases]
    growth = large["cpu_seconds"] / options.cases / (small["cpu_seconds"] / options.against)
    print(f"time for each case against {options.against}: {growth:.2f}")
    wrong = large["seconds"] > SECONDS or large["peak_mb"] > MEGABYTES or growth > GROWTH
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
