"""Reading: everything, unchanged, in batches, and whatever one bad mail does."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.adapters.imap.fetch import Limits, plan
from mailflow.domain.errors import TemporaryError
from mailflow.domain.mailbox_ports import NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Listing, Oversize
from tests.adapters.imap.samples import client, flags, mail
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate, hang_up, refuse


def test_mails_come_unchanged_in_order_and_stay_unseen(dovecot: Dovecot, user: str, make: Any) -> None:
    raws = [mail(n) for n in range(7)]
    dovecot.deliver_many(user, raws)
    mailbox = make(batch_count=3)
    (listing,) = mailbox.listing()
    assert (listing.mailbox, listing.folder, len(listing.uids)) == ("kefu", "INBOX", 7)
    assert list(listing.uids) == sorted(listing.uids)
    wanted = [listing.uids[4], listing.uids[0], listing.uids[6], 999_999]
    got = list(mailbox.fetch(listing, wanted))
    assert [message.raw for message in got] == [raws[4], raws[0], raws[6]]
    assert [message.place.uid for message in got] == wanted[:3]
    assert {message.place.uidvalidity for message in got} == {listing.uidvalidity}
    arrived = got[0].received_at
    assert arrived.tzinfo is UTC
    assert abs(datetime.now(UTC) - arrived) < timedelta(minutes=5)
    assert list(flags(dovecot, user).values()) == [set()] * 7


def test_reading_does_not_even_take_the_recent_flag(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    mailbox = make()
    (listing,) = mailbox.listing()
    assert len(list(mailbox.fetch(listing, listing.uids))) == 1
    with client(dovecot, user) as other:
        assert rb"\Recent" in other.get_flags(listing.uids)[listing.uids[0]]


def test_imaplib_does_not_print_every_mail_to_itself(dovecot: Dovecot, make: Any) -> None:
    """imapclient sets imaplib's debug level to 5: 90 % of the fetch's time.  This guards the private attribute."""
    mailbox = make()
    mailbox.listing()
    assert mailbox._session.client._imap.debug == 0


def test_batches_are_bounded_by_count_and_bytes() -> None:
    known: dict[int, int | None] = {1: 40, 2: 40, 3: 40, 4: None, 5: 500, 6: 10, 7: 10, 8: 10, 9: 10}
    limits = Limits(count=3, batch_bytes=100, mail_bytes=200)
    batches = list(plan([1, 2, 3, 4, 5, 6, 77, 7, 8, 9], known, limits))
    assert batches == [[1, 2], [3], [4], [5], [6, 7, 8], [9]]


def test_one_round_trip_for_a_batch(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver_many(user, (mail(n) for n in range(60)))
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        del gate.commands[:]
        assert len(list(mailbox.fetch(listing, listing.uids))) == 60
        assert gate.commands == [b"UID"] * 3  # sizes, 50 mails, 10 mails


def test_a_large_folder_is_searched_in_pieces(
    dovecot: Dovecot, user: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailflow.adapters.imap.session.SEARCH_AT_ONCE", 3)
    dovecot.deliver_many(user, (mail(n) for n in range(10)))
    assert len(make().listing()[0].uids) == 10


def test_an_empty_folder(dovecot: Dovecot, make: Any) -> None:
    mailbox = make()
    (listing,) = mailbox.listing()
    assert listing.uids == ()
    assert list(mailbox.fetch(listing, [])) == []
    assert list(mailbox.fetch(listing, [1, 2])) == []


def test_a_recreated_folder_is_noticed(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1), "投诉")
    mailbox = make(folders=("投诉",), after="flag")
    (before,) = mailbox.listing()
    dovecot.remove(user, "投诉")
    dovecot.create(user, "投诉")
    dovecot.deliver(user, mail(2), "投诉")
    with pytest.raises(TemporaryError, match="UIDVALIDITY"):
        list(mailbox.fetch(before, before.uids))
    with pytest.raises(TemporaryError, match="UIDVALIDITY"):
        mailbox.mark_done(before, before.uids)
    (after,) = mailbox.listing()
    assert after.uidvalidity != before.uidvalidity
    assert [message.raw for message in mailbox.fetch(after, after.uids)] == [mail(2)]


def not_given(caplog: pytest.LogCaptureFixture) -> set[int]:
    """The UIDs the log says are not given."""
    return {int(uid) for uid in re.findall(r"UID (\d+) is not given", caplog.text)}


def test_a_mail_that_vanishes_between_listing_and_fetch_is_left_out_without_a_warning(
    dovecot: Dovecot, user: str, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver_many(user, [mail(1), mail(2)])
    mailbox = make()
    (listing,) = mailbox.listing()
    with client(dovecot, user) as other:
        other.delete_messages(listing.uids[:1])
        other.expunge()
    with caplog.at_level(logging.WARNING):
        assert [message.raw for message in mailbox.fetch(listing, listing.uids)] == [mail(2)]
    assert not_given(caplog) == set()


# ------------------------------------------------------------------------------------------------------------- oversize


def test_a_large_mail_goes_to_disk_in_pieces_with_bounded_memory(dovecot: Dovecot, user: str, make: Any) -> None:
    large = mail(1, os.urandom(512).hex().encode() * 24_000)  # 24 MB
    dovecot.deliver_many(user, [large, mail(2)])
    mailbox = make(max_bytes=1_000_000)
    (listing,) = mailbox.listing()
    tracemalloc.start()
    first, second = mailbox.fetch(listing, listing.uids)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(first, Oversize)
    assert first.size == len(large)
    assert first.path.read_bytes() == large
    assert first.message.raw == large[: large.index(b"\r\n\r\n") + 4]
    assert peak < 8_000_000
    assert isinstance(second, RawMessage)
    assert second.raw == mail(2)
    assert [path.name for path in first.path.parent.iterdir()] == [first.path.name]
    assert list(flags(dovecot, user).values()) == [set(), set()]


@pytest.mark.parametrize("extra", [0, 1, -1])
def test_a_large_mail_at_the_edge_of_a_piece(dovecot: Dovecot, user: str, make: Any, extra: int) -> None:
    head = len(mail(1, b""))
    large = mail(1, b"x" * (2 * (1 << 20) - head + extra))
    dovecot.deliver(user, large)
    mailbox = make(max_bytes=1000)
    (listing,) = mailbox.listing()
    (got,) = mailbox.fetch(listing, listing.uids)
    assert isinstance(got, Oversize)
    assert got.path.read_bytes() == large
    (again,) = mailbox.fetch(listing, listing.uids)
    assert isinstance(again, Oversize)
    assert again.path == got.path


def test_a_full_disk_is_temporary(dovecot: Dovecot, user: str, make: Any, tmp_path: Any) -> None:
    dovecot.deliver(user, mail(1, b"x" * 5000))
    (tmp_path / "file").write_text("in the way")
    mailbox = make(max_bytes=1000, spool_dir=tmp_path / "file")
    (listing,) = mailbox.listing()
    with pytest.raises(TemporaryError, match="cannot be written"):
        list(mailbox.fetch(listing, listing.uids))


# --------------------------------------------------------------------------------------------------------- poison mails


Got = tuple[list[int], list[tuple[int, str]]]


def fetched(mailbox: Any, listing: Listing) -> Got:
    """The UIDs of the mails that came, and those that did not, each with the reason."""
    came, missing = [], []
    for item in mailbox.fetch(listing, listing.uids):
        if isinstance(item, NotGiven):
            missing.append((item.place.uid, item.why))
        else:
            came.append(item.place.uid)
    return came, missing


def others(listing: Listing, *without: int) -> list[int]:
    return [uid for uid in listing.uids if uid not in without]


def test_a_mail_the_server_cannot_read_does_not_hold_up_the_others(dovecot: Dovecot, user: str, make: Any) -> None:
    """Dovecot ends the connection over such a mail, even when only asked for its size."""
    paths = [dovecot.deliver(user, mail(n)) for n in range(5)]
    mailbox = make()
    (listing,) = mailbox.listing()
    bad = next(path for path in paths[2].parent.parent.rglob(paths[2].name + "*") if path.is_file())
    bad.chmod(0)
    poison = listing.uids[2]
    assert fetched(mailbox, listing) == (others(listing, poison), [(poison, "connection")])
    bad.chmod(0o644)
    assert fetched(mailbox, listing) == (list(listing.uids), [])


@pytest.mark.parametrize("item", [b"BODY", b"SIZE"])
def test_a_refused_batch_is_asked_for_singly(
    dovecot: Dovecot, user: str, make: Any, item: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(5)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        poison = listing.uids[3]
        gate.answer = refuse(rb"FETCH (\d+,)*%d(,\d+)* .*%s" % (poison, item))
        assert fetched(mailbox, listing) == (others(listing, poison), [(poison, "refused")])
        assert not_given(caplog) == {poison}
        assert gate.connections == 1


@pytest.mark.parametrize("place", [0, 1, 4])
def test_a_mail_that_ends_the_connection_is_named_and_the_others_come_in_the_same_round(
    dovecot: Dovecot, user: str, make: Any, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(5)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        poison = listing.uids[place]
        gate.answer = hang_up(rb"FETCH (\d+,)*%d(,\d+)* .*BODY" % poison)
        assert fetched(mailbox, listing) == (others(listing, poison), [(poison, "connection")])
        assert not_given(caplog) == {poison}
        gate.answer = None
        assert fetched(mailbox, listing) == (list(listing.uids), [])


def test_a_mail_over_which_the_server_falls_silent_is_named_and_the_others_come(
    dovecot: Dovecot, user: str, make: Any
) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(3)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, read_timeout=0.5)
        (listing,) = mailbox.listing()
        poison = listing.uids[0]
        silent = re.compile(rb"FETCH (\d+,)*%d(,\d+)* .*BODY" % poison)
        gate.answer = lambda link, line: b"" if silent.search(line) else None
        assert fetched(mailbox, listing) == (others(listing, poison), [(poison, "timeout")])


def test_a_large_mail_that_ends_the_connection_half_way_is_named_and_the_others_come(
    dovecot: Dovecot, user: str, make: Any
) -> None:
    dovecot.deliver_many(user, [mail(1), mail(2, b"x" * (3 << 20)), mail(3)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, max_bytes=1_000_000)
        (listing,) = mailbox.listing()
        gate.answer = hang_up(rb"BODY.PEEK\[\]<1048576\.")
        came = [mail(1), mail(3)]
        got = list(mailbox.fetch(listing, listing.uids))
        assert [item.raw for item in got if isinstance(item, RawMessage)] == came
        assert [item.place.uid for item in got if isinstance(item, NotGiven)] == [listing.uids[1]]


def test_a_server_that_gives_no_mail_at_all_is_not_asked_for_each_of_them(
    dovecot: Dovecot, user: str, make: Any
) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(20)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        gate.answer = hang_up(rb"FETCH .*BODY")
        named: list[Any] = []
        with pytest.raises(TemporaryError, match="connection lost"):
            named.extend(item.place.uid for item in mailbox.fetch(listing, listing.uids))
        assert gate.connections < 8


def test_no_mail_is_named_when_the_server_is_gone(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(5)])
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        gate.closed = True
        gate.cut()
        named: list[Any] = []
        with pytest.raises(TemporaryError):
            named.extend(mailbox.fetch(listing, listing.uids))
        assert named == []


# ------------------------------------------------------------------------------------------------------ strange answers


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] NIL)\r\n",
        b'* 1 FETCH (UID 1 BODY[] "")\r\n',
        b"* 1 FETCH (UID 1 BODY[] {0}\r\n)\r\n",
        b"* 1 FETCH (UID 1)\r\n",
        b"* 1 FETCH (FLAGS (\\Seen))\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nhel)\r\n",
        b"* 1 FETCH (UID x BODY[] {5}\r\nhello)\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello\r\n",
        b"* 1 FETCH UID 1\r\n",
        b"* 1 FETCH (UID 1 BODY[)\r\n",
        b"* FETCH\r\n",
        b"rubbish \xff\xfe\r\n",
        b"* BYE \xb7\xfe\xce\xf1\xc6\xf7 overloaded\r\n",
        b"* 1 FETCH (UID 1 " + b"x" * 1_000_100 + b")\r\n",
        b"no end of line",
    ],
)
def test_nonsense_from_a_server_stays_in_the_error_families(
    dovecot: Dovecot, user: str, make: Any, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver(user, mail(1))

    def nonsense(link: Any, line: bytes) -> bytes | None:
        return answer + line.partition(b" ")[0] + b" OK done\r\n" if b"BODY" in line else None

    with Gate(dovecot.port) as gate, caplog.at_level(logging.INFO, "mailflow"):
        mailbox = make(port=gate.port, read_timeout=0.5)
        (listing,) = mailbox.listing()
        gate.answer = nonsense
        with contextlib.suppress(TemporaryError):
            assert fetched(mailbox, listing)[0] == []
        gate.answer = None
        assert [message.raw for message in mailbox.fetch(listing, listing.uids)] == [mail(1)]
    assert "hel" not in caplog.text


def test_a_body_as_a_quoted_string_and_an_unasked_answer_in_between(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    answer = b'* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 BODY[] "12345")\r\n* 2 EXISTS\r\n'

    def quoted(link: Any, line: bytes) -> bytes | None:
        return answer + line.partition(b" ")[0] + b" OK done\r\n" if b"BODY" in line else None

    with Gate(dovecot.port, answer=quoted) as gate:
        mailbox = make(port=gate.port)
        (listing,) = mailbox.listing()
        (got,) = mailbox.fetch(listing, listing.uids)
        assert (got.raw, got.received_at) == (b"12345", None)
