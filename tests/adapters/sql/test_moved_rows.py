"""Cases that go on as another, and mails of two cases, in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.model import Case, Details, Finding, Kind, Place
from mailflow.domain.ports import Work
from tests.adapters.sql.stores import BOTH, Store

pytestmark = BOTH
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
READ = Details(Kind.COMPLAINT, findings=(Finding("batch_no", "B1", "B1", "new_text", 0, 2, "batch"),))


@pytest.fixture
def ledger(store: Store, tmp_path: Path) -> SqlLedger:
    return store.open(tmp_path)


def opened(work: Work, *numbers: str) -> list[Case]:
    customer = work.add_customer("KH-00001", "华信", "华信", NOW)
    return [
        work.add_case(number, customer, READ, Kind.COMPLAINT, subject="", opened_by="li@huaxin.example", now=NOW)
        for number in numbers
    ]


def test_a_case_goes_on_over_any_number_of_steps_and_the_last_one_knows_them_all(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        first, second, third = opened(work, "A-1", "A-2", "A-3")
        assert work.going_on(first) == first
        work.goes_on_as(first.id, second.id)
        work.goes_on_as(second.id, third.id)
        assert work.going_on(first).number == "A-3"
        assert [case.number for case in work.predecessors(third.id)] == ["A-2", "A-1"]
        assert work.predecessors(first.id) == []


def test_a_mail_may_belong_to_two_cases_and_stands_once_in_each(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        first, second = opened(work, "A-1", "A-2")
        mail = work.add_message(Place("m", "INBOX", 1, 1), "d", 10, arrived_at=NOW, now=NOW)
        work.share_mails(first.id, [mail])
        work.share_mails(second.id, [mail, mail])
        work.share_mails(second.id, [mail])
        assert work.mails_of(first.id) == work.mails_of(second.id) == [mail]
        work.add_findings(mail, first.id, READ)
        work.copy_findings(first.id, second.id)
        assert [(fact.field, fact.value) for fact in work.facts_read(second.id)] == [("batch_no", "B1")]
        original = work.original_of_case(second.id)
        assert original is not None
        assert original[0] == mail


def test_what_a_case_was_read_to_be_is_looked_for_in_the_one_that_goes_on_alone(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        first, second = opened(work, "A-1", "A-2")
        mail = work.add_message(Place("m", "INBOX", 1, 1), "d", 10, arrived_at=NOW, now=NOW)
        work.add_findings(mail, first.id, READ)
        assert work.cases_sharing(first.customer.id, "batch_no", ["B1"], NOW) == [first.id]
        work.copy_findings(first.id, second.id)
        work.goes_on_as(first.id, second.id)
        assert work.cases_sharing(first.customer.id, "batch_no", ["B1"], NOW) == [second.id]
