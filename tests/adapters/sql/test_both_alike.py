"""The same rows in either database give the same answers: the managers' summary, every list, every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.lists import Lists
from mailflow.adapters.sql.summary_rows import SummaryRows
from mailflow.casework.summary.period import Period, end_of
from tests.adapters.sql.stores import Store
from tests.casework.summary.builder import NOW, SINCE, UNTIL, ZONE, fill

TONIGHT = end_of(NOW.date(), ZONE)
Pair = tuple[SqlLedger, SqlLedger]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgresql: Store) -> Iterator[Pair]:
    """Both databases, filled from the same seed."""
    folder = tmp_path_factory.mktemp("pair")
    ledgers = Store().open(folder), postgresql.open(folder)
    for ledger in ledgers:
        fill(ledger, 7)
    yield ledgers
    for ledger in ledgers:
        ledger.close()


def test_the_summary(pair: Pair) -> None:
    def facts(ledger: SqlLedger) -> Any:
        return SummaryRows(ledger.engine).read(Period(SINCE, UNTIL), NOW, promises_until=TONIGHT)

    one, other = map(facts, pair)
    assert sorted(map(repr, one.arrived)) == sorted(map(repr, other.arrived))  # in no order
    assert len(one.arrived) > 10
    for name in ("imported", "events", "tasks", "held", "folders", "unsent", "promises", "repeats"):
        here, there = getattr(one, name), getattr(other, name)
        if name == "tasks":
            here, there = sorted(here, key=lambda task: task.id), sorted(there, key=lambda task: task.id)
        assert here, name
        assert here == there, name


ASKS: dict[str, Callable[[Lists], Any]] = {
    "tasks": lambda lists: lists.tasks(now=NOW),
    "tasks late": lambda lists: lists.tasks(now=NOW, late=True),
    "tasks nobody holds": lambda lists: lists.tasks(now=NOW, unheld=True),
    "promises": lambda lists: lists.promises(now=NOW, open_only=False),
    "records": lambda lists: lists.records(limit=1000),
    "complaints": lambda lists: lists.complaints(2026, zone=ZONE),
    "cases": lambda lists: lists.cases(limit=1000),
    "cases of a customer": lambda lists: lists.cases(customer="elm & SONS <", limit=1000),
    "cases of a kind": lambda lists: lists.cases(kind="inquiry", limit=1000),
    "mails": lambda lists: lists.mails(),
    "held": lambda lists: lists.held(),
    "folders": lambda lists: lists.folders(),
    "counts": lambda lists: lists.counts(),
    "opening mails": lambda lists: lists.opening_mails(),
    "a case": lambda lists: lists.case("TS-2026-0001"),
}


@pytest.mark.parametrize("name", ASKS)
def test_every_list(pair: Pair, tmp_path: Path, name: str) -> None:
    one, other = (ASKS[name](Lists(ledger.engine, tmp_path)) for ledger in pair)
    assert one
    assert one == other
