"""What lists of casework cost: SQLite's own plans say whether a list walks a whole table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql.lists import Lists
from tests.adapters.archive.builder import START, Office
from tests.adapters.archive.casework import SUN, worked_case

ZONE = ZoneInfo("Asia/Shanghai")
LATER = START + timedelta(days=2)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "storage")


@pytest.fixture
def lists(office: Office) -> Lists:
    return Lists(office.engine, office.storage)


def plans(office: Office, ask: Any) -> list[str]:
    """How SQLite looks up every query of a question."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(office.engine, "before_cursor_execute", note)
    ask()
    sa.event.remove(office.engine, "before_cursor_execute", note)
    found: list[str] = []
    with office.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                found += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert found
    return found


@pytest.mark.parametrize(
    "name",
    [
        "tasks of a person",
        "tasks nobody holds",
        "tasks late",
        "promises",
        "promises late",
        "records",
        "records waiting",
    ],
)
def test_no_list_walks_a_whole_table(office: Office, lists: Lists, name: str) -> None:
    for _ in range(3):
        worked_case(office)
    asks: dict[str, Any] = {
        "tasks of a person": lambda: lists.tasks(now=LATER, person=SUN),
        "tasks nobody holds": lambda: lists.tasks(now=LATER, unheld=True),
        "tasks late": lambda: lists.tasks(now=LATER, late=True),
        "promises": lambda: lists.promises(now=LATER),
        "promises late": lambda: lists.promises(now=LATER, late=True),
        "records": lambda: lists.records(limit=2),
        "records waiting": lambda: lists.records(unsigned=True),
    }
    walked = [line for line in plans(office, asks[name]) if line.startswith("SCAN") and "INDEX" not in line]
    # The newest records are read from the end of their table, and no further than the limit.
    assert walked == (["SCAN records"] if name == "records" else [])


def test_the_ledger_of_complaints_looks_at_its_own_rows_only(office: Office, lists: Lists) -> None:
    for _ in range(3):
        worked_case(office)
    walked = [line for line in plans(office, lambda: lists.complaints(2026, 3, zone=ZONE)) if line.startswith("SCAN")]
    assert [line for line in walked if "cases" not in line] == []
