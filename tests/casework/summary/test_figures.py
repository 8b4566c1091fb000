"""Every figure of the summary is what the rows of the ledger say, counted here once more, row by row."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.summary_rows import SummaryRows
from mailflow.casework.summary.mail import speaker
from mailflow.casework.summary.page import MOST_LINES, Page, Section, Table
from mailflow.casework.summary.period import Facts, Period, end_of
from mailflow.casework.summary.sections import SECTIONS, make_page
from mailflow.outgoing.templates import MailTemplates
from tests.casework.summary.builder import NOW, PROCEDURE, SINCE, TICK, UNTIL, ZONE, fill, open_ledger
from tests.casework.summary.conftest import STAFF

PERIOD = Period(SINCE, UNTIL)
TONIGHT = end_of(NOW.date(), ZONE)
BOXES = ("fine", "busy", "gap", "wrong", "stale", "never")


@dataclass(frozen=True)
class Raw:
    """The tables as they lie in the file, read without the program."""

    rows: dict[str, list[dict[str, Any]]]

    def in_period(self, table: str, column: str, period: Period = PERIOD) -> list[dict[str, Any]]:
        return [row for row in self.rows[table] if period.since <= at(row[column]) < period.until]

    def by_id(self, table: str) -> dict[int, dict[str, Any]]:
        return {row["id"]: row for row in self.rows[table]}

    def said_kind(self, case: int) -> str:
        said = [row for row in self.rows["corrections"] if row["case_id"] == case and row["field"] == "kind"]
        return str(max(said, key=lambda row: row["id"])["value"] if said else self.by_id("cases")[case]["kind"])

    def open_tasks(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Open tasks with what ends them, by the procedure of their case."""
        for row in self.rows["tasks"]:
            if row["status"] == "open":
                runs = self.by_id("cases")[row["case_id"]]["procedure"] == PROCEDURE.digest
                spec = PROCEDURE.tasks.get(row["name"]) if runs else None
                yield row, spec.done_by if spec else ""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def raw(folder: Path) -> Raw:
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        connection.row_factory = sqlite3.Row
        names = "messages cases corrections tasks promises outbox deliveries journal folders".split()
        return Raw({name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names})  # noqa: S608


@pytest.fixture(scope="module", params=range(10))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, Raw]:
    """What the program and what the bare file say of one made-up ledger."""
    folder = tmp_path_factory.mktemp("ledger")
    ledger = open_ledger(folder)
    fill(ledger, request.param)
    facts = SummaryRows(ledger.engine).read(PERIOD, NOW, promises_until=TONIGHT)
    ledger.close()
    return facts, raw(folder)


def page_of(facts: Facts, templates: MailTemplates, language: str = "zh") -> Page:
    return make_page(facts, speaker(templates, language, ZONE, STAFF, NOW), mailboxes=BOXES, rules=["a", "b"])


def section(page: Page, key: str) -> Section:
    return page.sections[SECTIONS.index(key)]


def length(table: Table) -> int:
    return len(table.rows) + table.left_out


def test_mails_that_came_in_are_counted_by_kind_and_severity(filled: tuple[Facts, Raw]) -> None:
    facts, rows = filled
    cases = rows.by_id("cases")
    mails = rows.in_period("messages", "collected_at")
    wanted = Counter(
        (
            mail["status"], mail["kind"], mail["reason"] if mail["status"] == "aside" else "",
            cases[mail["case_id"]]["severity"] if mail["case_id"] else "",
        )
        for mail in mails
        if not mail["history"]
    )  # fmt: skip
    assert Counter({(i.status, i.kind, i.reason, i.severity): i.count for i in facts.arrived}) == wanted
    assert facts.imported == sum(mail["history"] for mail in mails)
    assert wanted.total() > 0


def test_what_happened_to_cases_is_what_the_journal_says(filled: tuple[Facts, Raw]) -> None:
    facts, rows = filled
    cases, mails = rows.by_id("cases"), rows.by_id("messages")
    wanted, repeats = Counter[tuple[str, str, str]](), Counter[str]()
    for entry in rows.in_period("journal", "at"):
        case = cases[entry["case_id"]]["number"]
        if entry["message_id"] and mails[entry["message_id"]]["history"]:
            continue
        if entry["event"] == "repeat.proposed":
            repeats[case] += 1
        elif entry["event"] in ("case.opened", "case.reopened", "case.closed"):
            what = json.loads(entry["data"]).get("how") or entry["event"].removeprefix("case.")
            wanted[what, case, rows.said_kind(entry["case_id"])] += 1
    assert Counter((event.what, event.case, event.kind) for event in facts.events) == wanted
    assert Counter(item.case for item in facts.repeats) == repeats
    assert wanted.total() > 3


def test_late_unsigned_and_unheld_tasks_are_those_of_the_table(
    filled: tuple[Facts, Raw], templates: MailTemplates
) -> None:
    facts, rows = filled
    page = page_of(facts, templates)
    tasks = list(rows.open_tasks())
    late = [row for row, _ in tasks if row["due_at"] and at(row["due_at"]) < NOW]
    signing = [row for row, by in tasks if by == "signature"]
    unheld = [row for row, by in tasks if not row["person"] and by in ("signature", "reply", "")]
    assert len(facts.tasks) == len(tasks)
    assert {task.id: task.by for task in facts.tasks} == {row["id"]: by for row, by in tasks}
    assert length(section(page, "late").tables[1]) == len(late) > 0
    assert length(section(page, "signatures").tables[1]) == len(signing)
    assert sum(map(length, section(page, "unheld").tables)) == len(unheld)
    if signing:
        by_person = Counter(row["person"] for row in signing)
        shown = {row.cells[0]: int(row.cells[1]) for row in section(page, "signatures").tables[0].rows}
        assert shown.get("李梅", 0) == by_person["limei@beichuan.example"]
        assert shown.get("gone@beichuan.example", 0) == by_person["gone@beichuan.example"]
        assert shown.get("无人承担（质量）", 0) + shown.get("无人承担", 0) == by_person[""]


def test_held_unsent_and_promised_are_those_of_the_tables(filled: tuple[Facts, Raw]) -> None:
    facts, rows = filled
    assert [mail.id for mail in facts.held] == [row["id"] for row in rows.rows["messages"] if row["status"] == "held"]
    hour = NOW - timedelta(hours=1)
    waiting = [row for row in rows.rows["outbox"] if row["status"] == "pending" and at(row["created_at"]) <= hour]
    ended = Counter(row["result"] for row in rows.in_period("deliveries", "at"))
    assert Counter(item.why for item in facts.unsent) == +Counter(
        waiting=len(waiting), failed=ended["permanent"], bounced=ended["bounced"]
    )
    due = [row for row in rows.rows["promises"] if not row["kept_at"] and row["due_at"] and at(row["due_at"]) < TONIGHT]
    assert Counter(item.due_at for item in facts.promises) == Counter(at(row["due_at"]) for row in due)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_total_is_the_sum_of_its_lines_and_every_figure_has_its_lines(
    filled: tuple[Facts, Raw], templates: MailTemplates, language: str
) -> None:
    facts, _ = filled
    page = page_of(facts, templates, language)
    tables = [table for item in page.sections for table in item.tables]
    for table in tables:
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
        assert len(table.rows) <= MOST_LINES or table.numbers
        if table.total:
            figures = [[int(cell.replace("–", "0")) for cell in row.cells[-table.numbers :]] for row in table.rows]
            assert [sum(column) for column in zip(*figures, strict=True)] == [*map(int, table.total[-table.numbers :])]
    counts = {
        "arrived": sum(item.count for item in facts.arrived),
        "late": sum(task.due_at is not None and task.due_at < NOW for task in facts.tasks),
        "held": len(facts.held),
        "aside": sum(item.count for item in facts.arrived if item.status == "aside"),
        "unsent": len(facts.unsent),
        "promises": len(facts.promises),
        "repeats": len(facts.repeats),
        "rules": 2,
    }
    for key, count in counts.items():
        shown = section(page, key)
        assert str(count) in shown.headline
        if not shown.tables:
            assert (count, bool(shown.nothing)) == (0, True)
        elif shown.tables[-1].numbers:
            last = shown.tables[-1]
            assert int((last.total or last.rows[0].cells)[-1]) == count
        else:
            assert length(shown.tables[-1]) == count
    assert [item.number for item in page.sections] == [*range(1, len(SECTIONS) + 1)]


def test_a_mail_belongs_to_one_period_whatever_the_bounds(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    fill(ledger, 99, mails=400)
    source = SummaryRows(ledger.engine)

    def count(since: datetime, until: datetime) -> tuple[int, int, int]:
        facts = source.read(Period(since, until), NOW, promises_until=TONIGHT)
        failed = sum(item.why != "waiting" for item in facts.unsent)
        return sum(item.count for item in facts.arrived), len(facts.events), failed

    whole = count(SINCE - timedelta(days=5), UNTIL + timedelta(days=1))
    rows = raw(tmp_path)
    for cut in (SINCE, UNTIL, UNTIL - TICK, *(at(row["collected_at"]) for row in rows.rows["messages"][::60])):
        if SINCE - timedelta(days=5) < cut < UNTIL:
            parts = count(SINCE - timedelta(days=5), cut), count(cut, UNTIL + timedelta(days=1))
            assert tuple(map(sum, zip(*parts, strict=True))) == whole
    one = count(SINCE, SINCE + TICK)
    assert one[0] <= sum(at(row["collected_at"]) == SINCE for row in rows.rows["messages"]) == 1
    ledger.close()


def test_an_empty_ledger_and_one_of_the_past_alone_have_nothing(ledger: SqlLedger) -> None:
    source = SummaryRows(ledger.engine)
    assert source.read(PERIOD, NOW, promises_until=TONIGHT) == Facts(PERIOD, NOW)
    fill(ledger, 1)
    later = Period(UNTIL + timedelta(days=30), UNTIL + timedelta(days=31))
    facts = source.read(later, NOW, promises_until=TONIGHT)
    assert (facts.arrived, facts.events, facts.repeats) == ((), (), ())
    assert facts.held != ()


def test_everything_is_read_from_one_state_while_others_write(ledger: SqlLedger, tmp_path: Path) -> None:
    fill(ledger, 3)
    before = SummaryRows(ledger.engine).read(PERIOD, NOW, promises_until=TONIGHT)
    other = open_ledger(tmp_path)
    statements = 0

    def write(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements < 3:  # BEGIN, and the first question, which settles the state
            return
        with other.begin() as work:  # between any two questions of the reader somebody changes what it asks about
            work.connection.exec_driver_sql("UPDATE messages SET status = 'held'")
            work.connection.exec_driver_sql("UPDATE tasks SET status = 'done'")
            work.connection.exec_driver_sql("DELETE FROM journal WHERE event = 'repeat.proposed'")

    sa.event.listen(ledger.engine, "after_cursor_execute", write)
    assert SummaryRows(ledger.engine).read(PERIOD, NOW, promises_until=TONIGHT) == before
    assert statements > 10
    other.close()


def test_only_what_the_mailboxes_hold_and_the_ledger_lacks_is_flagged(
    ledger: SqlLedger, templates: MailTemplates
) -> None:
    fill(ledger, 5)
    facts = SummaryRows(ledger.engine).read(PERIOD, NOW, promises_until=TONIGHT)
    shown = section(page_of(facts, templates), "folders")
    said = {row.cells[0].partition("/")[0]: (row.cells[1], row.alarm) for row in shown.tables[0].rows}
    assert said == {
        "fine": ("相符", False),
        "busy": ("相符，尚有待处理", False),
        "gap": ("有邮件未收取", True),
        "wrong": ("不相符", True),
        "stale": ("久未核对，请查连接", True),
        "never": ("从未核对，请查连接", True),
    }
    assert shown.alarm
    calm = make_page(facts, speaker(templates, "zh", ZONE, STAFF, NOW), mailboxes=["fine", "busy"])
    assert not section(calm, "folders").alarm
