"""What the ledger keeps of a restore, on either database: copies that prove what left, folders to be read through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger, SqlWork
from mailflow.domain.model import OutgoingMail, Place
from mailflow.domain.ports import Listing
from mailflow.domain.restore_ports import SentCopy
from tests.adapters.sql.stores import BOTH, Store

pytestmark = BOTH

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path, store: Store) -> Iterator[SqlLedger]:
    """A ledger that was restored from a backup of three days ago."""
    made = store.open(tmp_path)
    with made.begin() as work:
        work.begin_again(SINCE, NOW)
    yield made
    made.close()


def copy(uid: int, mail_id: str = "ours@firm.example") -> SentCopy:
    place = Place("service", "Sent", 7, uid)
    return SentCopy(place, mail_id, "his@plant.example", "wang@plant.example", "w" * 64, "d" * 64, NOW)


def queue(work: SqlWork, name: str) -> int:
    mail = OutgoingMail("service@firm.example", ("wang@plant.example",), name, b"new")
    row = work.queue(f"receipt:{name}", mail, case=None, message=None, now=LATER)
    assert row is not None
    return row


def test_a_copy_is_noted_once_and_compared_with_all_that_waits_and_waits_later(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        assert work.compare_from() is None
        work.note_copies([copy(1), copy(2)])
        work.note_copies([copy(2)])
        assert [found.place.uid for found in work.free_copies()] == [1, 2]
        assert work.free_copies()[0] == copy(1)
        first = queue(work, "a@firm.example")
        assert work.compare_from() == 0
        assert [mail.id for mail in work.parked_after(0, 10)] == [first]
        work.compared()
        assert work.compare_from() == first
        second = queue(work, "b@firm.example")
        assert [mail.id for mail in work.parked_after(first, 10)] == [second]
        work.note_copies([copy(3)])
        assert work.compare_from() == 0  # everything is compared with a new copy


def test_a_mail_that_was_found_sent_is_its_copy_and_no_other_mail_is(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        work.note_copies([copy(1)])
        queue(work, "a@firm.example")
        queue(work, "b@firm.example")
        one, other = work.parked_after(0, 10)
        assert work.found_sent(one, copy(1), b"as it left", LATER)
        assert not work.found_sent(one, copy(1), b"as it left", LATER)
        row = work.outgoing(one.id)
        assert row is not None
        assert (row["status"], row["sent_at"], row["mail_id"], bytes(row["raw"]), row["copy"]) == (
            "sent", NOW, "ours@firm.example", b"as it left", "kept",
        )  # fmt: skip
        assert work.free_copies() == []
        assert work.found_sent(other, copy(1), b"as it left", LATER)  # the name is taken: its own stays
        row = work.outgoing(other.id)
        assert row is not None
        assert (row["mail_id"], bytes(row["raw"])) == ("b@firm.example", b"new")


def test_a_copy_of_what_the_ledger_knows_as_sent_is_no_evidence(ledger: SqlLedger) -> None:
    with ledger.begin() as work:
        row = queue(work, "ours@firm.example")
        work.sent([row], LATER)
        work.note_copies([copy(1)])
        assert work.free_copies() == []


def test_a_safe_start_ends_when_every_folder_was_read_through_and_not_before(ledger: SqlLedger) -> None:
    inbox = Listing("service", "INBOX", 3, ())
    with ledger.begin() as work:
        work.set_sent_read_to(Listing("service", "Sent", 7, ()), 0, LATER)  # of its inbox this says nothing
        assert not work.end_safe_start(["service"])
        work.reconcile(inbox, LATER)
        assert not work.end_safe_start(["service"], [("sent", "service"), ("done", "service")])
        work.looked_into("sent", "service")
        assert not work.was_looked_into("done", "service")
        assert not work.end_safe_start(["service"], [("sent", "service"), ("done", "service")])
        work.looked_into("done", "service")
        assert work.safe_since() == SINCE
        assert work.end_safe_start(["service"], [("sent", "service"), ("done", "service")])
        assert work.safe_since() is None
    with ledger.begin() as work:
        work.begin_again(SINCE, LATER)  # restored once more: everything is looked into again
        assert not work.was_looked_into("sent", "service")


def test_what_came_when_is_counted_as_far_as_it_is_older_than_the_backup(ledger: SqlLedger) -> None:
    old, recent = SINCE - timedelta(days=9), SINCE - timedelta(hours=2)
    with ledger.begin() as work:
        for uid, at in enumerate((old, old, recent), 1):
            work.add_message(Place("service", "INBOX", 3, uid), f"{uid}", 1, arrived_at=at, now=SINCE)
        found = work.arrivals("service")
        assert (found.begin, dict(found.times)) == (old, {old: 2})
        assert work.known_digests("service", ["1", "9"]) == {"1"}
        assert work.known_digests("another", ["1"]) == set()
