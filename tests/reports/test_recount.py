"""Every figure of every month, quarter and year is what the bare rows say, counted once more from its definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.office.holidays import Holidays
from mailflow.office.working_time import WorkCalendar
from mailflow.reports.figures import Figure, Ruler, figures
from mailflow.reports.span import before, span, year_before
from tests.adapters.sql.stores import BOTH, Store
from tests.reports.recount import Recount
from tests.reports.year import DAY, FREE, HOURS, NOW, WORKED, ZONE, fill

OFFICE = WorkCalendar("office", ZONE, (DAY,) * 5 + ((), ()), Holidays(False, FREE, WORKED))
RULER = Ruler(OFFICE.between, ZONE)
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
PERIODS = [*MONTHS, "2025-12", "2027-01", "2026-Q1", "2026-Q4", "2026", "2026-W40", "2026-10-10", "2026-03-01"]


@dataclass(frozen=True)
class Office:
    ledger: SqlLedger
    recount: Recount


@pytest.fixture(scope="module", params=range(3))
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    ledger = SqlLedger(f"sqlite:///{folder / 'ledger.db'}")
    fill(ledger, request.param)
    yield Office(ledger, Recount(folder / "ledger.db", HOURS))
    ledger.close()


def same(one: Figure, counted: Any) -> bool:
    """Does a figure say what was counted?"""
    if isinstance(counted, tuple):
        part, whole = counted
        value = None if not whole else Decimal(100 * part) / whole
        return (one.numerator, one.denominator, one.value) == (part, whole, value)
    if counted is None:
        return one.value is None and one.why != ""
    return one.value is not None and abs(one.value - Decimal(str(round(counted, 4)))) <= Decimal("0.0001")


def differences(found: dict[str, Figure], counted: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        key: (found[key], counted[key])
        for key in counted
        if key not in ("by_kind", "mails", *({"open_now"} - found.keys())) and not same(found[key], counted[key])
    }


@pytest.mark.parametrize("period", PERIODS)
def test_every_figure_of_a_period_is_what_the_rows_say(office: Office, period: str) -> None:
    asked = span(period, ZONE, NOW)
    facts = ReportRows(office.ledger.engine).read([asked])[0]
    counted = office.recount.figures(asked.since, asked.until, asked.as_of)
    assert differences(figures(facts, RULER), counted) == {}
    states = counted["mails"]
    mails = facts.mails
    assert (mails.handled, mails.aside, mails.held, mails.waiting) == tuple(
        states[name] for name in ("handled", "aside", "held", "waiting")
    )
    assert mails.present == states.total()


@pytest.mark.parametrize("period", ["2026-02", "2026-10", "2026-Q3", "2026-W41", "2026-10-08"])
def test_the_periods_it_is_compared_with_are_seen_from_the_same_distance(office: Office, period: str) -> None:
    asked = span(period, ZONE, NOW)
    spans = [asked, before(asked, ZONE), year_before(asked, ZONE)]
    assert all(each is not None and each.as_of - each.until == asked.as_of - asked.until for each in spans)
    for each, facts in zip(spans, ReportRows(office.ledger.engine).read([e for e in spans if e]), strict=True):
        assert each is not None
        counted = office.recount.figures(each.since, each.until, each.as_of)
        assert differences(figures(facts, RULER, whole=each is asked), counted) == {}


def test_made_early_it_counts_what_was_known_by_then(office: Office) -> None:
    early = span("2026-05", ZONE, datetime(2026, 5, 20, 12, tzinfo=ZONE))
    facts = ReportRows(office.ledger.engine).read([early])[0]
    counted = office.recount.figures(early.since, early.as_of, early.as_of)
    found = figures(facts, RULER)
    for key in ("received", "closed", "within_30", "closing_rate", "valid", "open_now", "satisfaction"):
        assert same(found[key], counted[key]), key


def test_the_cases_a_figure_names_are_those_it_counts(office: Office) -> None:
    asked = span("2026-Q3", ZONE, NOW)
    for one in figures(ReportRows(office.ledger.engine).read([asked])[0], RULER).values():
        if one.unit == "count" and one.key != "late_now":
            assert len(one.cases) == one.value, one.key
        if one.unit == "percent" and one.key in ("within_30", "closing_rate", "valid_share", "reopen_rate"):
            assert (len(one.cases), len(one.cases) + len(one.others)) == (one.numerator, one.denominator), one.key


@BOTH
def test_both_databases_say_the_same(store: Store, tmp_path: Path) -> None:
    ledger = store.open(tmp_path)
    fill(ledger, 7, cases=160)
    plain = SqlLedger(f"sqlite:///{tmp_path / 'plain.db'}")
    fill(plain, 7, cases=160)
    spans = [asked := span("2026-09", ZONE, NOW), before(asked, ZONE)]
    assert ReportRows(ledger.engine).read(spans) == ReportRows(plain.engine).read(spans)
    ledger.close()
    plain.close()


def test_one_period_ends_where_the_next_begins() -> None:
    found = span("2026-W53", ZONE, NOW)
    assert (found.since.isoformat(), found.until - found.since) == ("2026-12-28T00:00:00+08:00", timedelta(days=7))
    assert before(span("2026-W01", ZONE, NOW), ZONE).name == "2025-W52"
    assert before(span("2026-Q1", ZONE, NOW), ZONE).name == "2025-Q4"
    assert before(span("2026-01", ZONE, NOW), ZONE).name == "2025-12"
    assert year_before(span("2028-02-29", ZONE, NOW), ZONE) is None
