"""The ledger on either database: transactions, savepoints, the journal's chain, places of mails."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables
from mailflow.adapters.sql.chain import chain_hash
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.model import OutgoingMail, Place, Status
from mailflow.domain.ports import Ending, Listing, MailFacts
from tests.adapters.sql.stores import BOTH, Store

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


pytestmark = BOTH


@pytest.fixture
def ledger(tmp_path: Path, store: Store) -> Iterator[SqlLedger]:
    opened = store.open(tmp_path)
    yield opened
    opened.close()


def enter(ledger: SqlLedger, uid: int, digest: str = "a", uidvalidity: int = 1) -> int:
    with ledger.begin() as work:
        return work.add_message(Place("m", "INBOX", uidvalidity, uid), digest * 64, 10, arrived_at=NOW, now=NOW)


def test_a_block_that_raises_leaves_nothing(ledger: SqlLedger) -> None:
    def broken() -> None:
        with ledger.begin() as work:
            work.add_message(Place("m", "INBOX", 1, 1), "a" * 64, 10, arrived_at=None, now=NOW)
            work.journal("mail.held", NOW, message=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    with ledger.begin() as work:
        assert work.known_uids(Listing("m", "INBOX", 1, (1,))) == set()
        assert work.connection.scalar(sa.select(sa.func.count()).select_from(tables.journal)) == 0


def test_a_savepoint_undoes_one_mail_and_its_journal_and_keeps_the_others(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        for uid in (1, 2, 3):
            try:
                with work.savepoint():
                    work.add_message(Place("m", "INBOX", 1, uid), "a" * 64, 10, arrived_at=None, now=NOW)
                    work.journal("mail.filed", NOW, message=uid)
                    if uid == 2:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
    with ledger.begin() as work:
        assert work.known_uids(Listing("m", "INBOX", 1, ())) == {1, 3}
        assert work.connection.scalars(sa.select(tables.journal.c.message_id)).all() == [1, 3]


def test_the_journal_is_one_unbroken_chain(ledger: SqlLedger) -> None:
    for number in range(3):
        with ledger.begin() as work:
            work.journal("case.opened", NOW, case=number, number=f"TS-2026-000{number}")
            work.journal("mail.filed", NOW, case=number)
    with ledger.begin() as work:
        rows = work.connection.exec_driver_sql(
            "SELECT at, actor, event, message_id, case_id, data, hash FROM journal ORDER BY id"
        ).all()
    previous = ""
    for row in rows:
        previous = chain_hash(previous, *row[:6])
        assert row[6] == previous
    assert len(rows) == 6


def test_the_same_bytes_under_a_new_uidvalidity_are_the_same_mail(ledger: SqlLedger) -> None:
    first, twin = enter(ledger, 1), enter(ledger, 2)  # two copies of the same bytes are two mails
    assert first != twin
    moved = [enter(ledger, 11, uidvalidity=2), enter(ledger, 12, uidvalidity=2)]
    assert sorted(moved) == [first, twin]
    with ledger.begin() as work:
        assert work.known_uids(Listing("m", "INBOX", 2, ())) == {11, 12}
        assert work.known_uids(Listing("m", "INBOX", 1, ())) == set()


def test_a_mail_gets_its_end_once(ledger: SqlLedger) -> None:
    enter(ledger, 1)
    with ledger.begin() as work:
        (stored,) = work.waiting(10, NOW)
        assert work.finish(stored, Ending(Status.ASIDE, reason="spam"), MailFacts(), NOW) is True
        assert work.finish(stored, Ending(Status.HANDLED), MailFacts(), NOW) is False
        assert work.waiting(10, NOW) == []


def test_a_mail_put_off_waits_for_its_time(ledger: SqlLedger) -> None:
    enter(ledger, 1)
    with ledger.begin() as work:
        work.retry_later(work.waiting(10, NOW)[0], "disk full", NOW + timedelta(minutes=2))
        assert work.waiting(10, NOW) == []
        (again,) = work.waiting(10, NOW + timedelta(minutes=2))
        assert again.attempts == 1


def test_reconciliation_counts_every_mail_of_the_folder(ledger: SqlLedger) -> None:
    ids = [enter(ledger, uid, digest) for uid, digest in ((1, "a"), (2, "b"), (3, "c"), (4, "d"))]
    with ledger.begin() as work:
        ends = (Status.HANDLED, Status.ASIDE, Status.HELD)
        for stored, status in zip(work.waiting(3, NOW), ends, strict=True):
            work.finish(stored, Ending(status), MailFacts(), NOW)
        count = work.reconcile(Listing("m", "INBOX", 1, (1, 2, 3, 4, 5)), NOW)
    assert len(ids) == 4
    assert (count.present, count.handled, count.aside, count.held, count.waiting, count.unknown) == (5, 1, 1, 1, 1, 1)


def test_one_occasion_puts_one_mail_into_the_outbox(ledger: SqlLedger) -> None:
    def mail(number: int) -> OutgoingMail:
        return OutgoingMail("us@x.example", ("a@b.example",), f"{number}@x.example", b"mail")

    with ledger.begin() as work:
        assert work.queue("receipt:1", mail(1), case=None, message=None, now=NOW) is not None
        assert work.queue("receipt:1", mail(2), case=None, message=None, now=NOW) is None
        assert [item.mail.message_id for item in work.due_mail(10, NOW)] == ["1@x.example"]


def test_the_overall_rate_brake_looks_at_the_nth_last_mail(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        for number in range(5):
            sent = OutgoingMail("us@x.example", ("a@b.example",), f"{number}@x.example", b"mail")
            work.queue(f"o:{number}", sent, case=None, message=None, now=NOW + timedelta(minutes=number))
        assert work.queued_at_least(3, NOW + timedelta(minutes=2)) is True
        assert work.queued_at_least(4, NOW + timedelta(minutes=2)) is False
        assert work.queued_at_least(6, NOW) is False


def test_two_threads_take_turns(ledger: SqlLedger) -> None:
    def write(start: int) -> None:
        for number in range(20):
            with ledger.begin() as work:
                work.journal("mail.filed", NOW, message=start + number)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.begin() as work:
        assert work.connection.scalar(sa.select(sa.func.count()).select_from(tables.journal)) == 40


def test_text_from_strangers_fits_its_column(ledger: SqlLedger) -> None:
    enter(ledger, 1)
    facts = MailFacts(message_id="x" * 5000, sender="a\0b@c.example", subject="\ud800" + "主" * 5000)
    with ledger.begin() as work:
        (stored,) = work.waiting(1, NOW)
        work.finish(stored, Ending(Status.HANDLED), facts, NOW)
        row = work.message(stored.id)
    assert row is not None
    assert (len(row["message_id"]), row["sender"], len(row["subject"])) == (255, "ab@c.example", 500)
