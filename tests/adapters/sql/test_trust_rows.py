"""What trust needs of either database: the level kept with a mail, the contact who hears of a mail in his name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.opening import open_ledger
from mailflow.adapters.upkeep.newest import newest_mails
from mailflow.adapters.vault import FileVault
from mailflow.domain.model import Address, Contact, Details, Kind, Place, Status
from mailflow.domain.ports import Ending, MailFacts, Work
from tests.adapters.sql.stores import BOTH, Store

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)

pytestmark = BOTH


@pytest.fixture
def ledger(tmp_path: Path, store: Store) -> Iterator[SqlLedger]:
    opened = store.open(tmp_path)
    yield opened
    opened.close()


def mail(work: Work, uid: int, digest: str, facts: MailFacts, case: int | None = None) -> int:
    row = work.add_message(Place("m", "INBOX", 1, uid), digest, 10, arrived_at=NOW, now=NOW)
    stored = next(item for item in work.waiting(9, NOW) if item.id == row)
    assert work.finish(stored, Ending(Status.HANDLED, case_id=case), facts, NOW)
    return row


def test_the_level_is_kept_with_the_mail(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        row = mail(work, 1, "a" * 64, MailFacts(trust="failed", trust_reason="dmarc=fail"))
        assert (work.message(row) or {})["trust"] == "failed"


def test_who_hears_is_the_confirmed_contact_that_was_named_else_the_one_of_his_company_who_wrote_last(
    ledger: SqlLedger,
) -> None:
    with ledger.begin() as work:
        customer = work.add_customer("KH-00001", "东港", "东港", NOW)
        for name, confirmed in (("a", True), ("b", True), ("c", False), ("gone", True)):
            address = f"{name}@donggang.example"
            work.add_contact(Contact(customer.id, address, "donggang.example", name.upper(), confirmed=confirmed), NOW)
        work.unreachable("gone@donggang.example", NOW)
        work.add_contact(Contact(customer.id, "x@qq.com", confirmed=True), NOW)
        complaint = Details(Kind.COMPLAINT)
        opened_by = "d@donggang.example"
        case = work.add_case(
            "TS-2026-0001", customer, complaint, Kind.COMPLAINT, subject="漏水", opened_by=opened_by, now=NOW
        )
        found = work.contact_to_warn
        assert found(case, "b@donggang.example", "donggang.example") == Address("B", "b@donggang.example")
        assert found(case, "c@donggang.example", "donggang.example") == Address("A", "a@donggang.example")
        mail(work, 1, "a" * 64, MailFacts(sender="b@donggang.example"), case.id)
        assert found(case, "c@donggang.example", "donggang.example") == Address("B", "b@donggang.example")
        assert found(case, "gone@donggang.example", "") is None
        assert found(case, "y@qq.com", "") is None
        work.add_contact(Contact(customer.id, opened_by, "donggang.example", "D"), NOW)
        assert found(case, opened_by, "donggang.example") == Address("D", opened_by)


def test_the_newest_mails_of_a_mailbox_are_given_to_whoever_looks(tmp_path: Path, store: Store) -> None:
    settings = store.settings(tmp_path)
    if not settings.address:
        assert newest_mails(settings, tmp_path, "m", 3) == []
        assert list(tmp_path.iterdir()) == []  # nothing is made by looking
    ledger = open_ledger(settings, tmp_path)
    vault = FileVault(tmp_path / "vault")
    digests = vault.put([b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n", b"Subject: 3\r\n\r\n"])
    with ledger.begin() as work:
        for number, digest in enumerate(digests):
            work.add_message(Place("m", "INBOX", 1, number), digest, 10, arrived_at=NOW, now=NOW)
        work.add_message(Place("m", "INBOX", 1, 9), "f" * 64, 10, arrived_at=NOW, now=NOW)  # its bytes are gone
    ledger.close()
    found = newest_mails(settings, tmp_path, "m", 3)
    assert found == [b"Subject: 3\r\n\r\n", b"Subject: 2\r\n\r\n"]
    assert newest_mails(settings, tmp_path, "other", 3) == []
