"""Marking what is collected: keywords, moves, and what must never happen to other people's mails."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.adapters.imap.done import uid_set
from mailflow.domain.errors import ConfigError
from tests.adapters.imap.samples import client, flags, mail
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate

KEYWORD = b"$MailflowDone"
DONE = "已处理"


def _deliver(dovecot: Dovecot, user: str, count: int = 6) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(count)])


def test_nothing_means_nothing(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user, 2)
    mailbox = make()
    (listing,) = mailbox.listing()
    mailbox.mark_done(listing, listing.uids)
    assert list(flags(dovecot, user).values()) == [set(), set()]


def test_a_keyword_and_no_other_flag(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user)
    mailbox = make(after="flag")
    (listing,) = mailbox.listing()
    assert len(list(mailbox.fetch(listing, listing.uids))) == 6  # in a folder opened for writing, and still unseen
    for _ in range(2):
        mailbox.mark_done(listing, [listing.uids[0], listing.uids[4], 999])
    marked = flags(dovecot, user)
    assert {uid for uid, found in marked.items() if found == {KEYWORD}} == {listing.uids[0], listing.uids[4]}
    assert sum(len(found) for found in marked.values()) == 2


def test_a_server_without_keywords_is_told_of_once(
    dovecot: Dovecot, user: str, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _deliver(dovecot, user, 2)

    def no_keywords(link: Any, line: bytes) -> bytes | None:
        tag, _, rest = line.partition(b" ")
        if not rest.startswith(b"SELECT"):
            return None
        return (
            b"* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] limited\r\n* 2 EXISTS\r\n"
            b"* OK [UIDVALIDITY 7] valid\r\n" + tag + b" OK [READ-WRITE] done\r\n"
        )

    with Gate(dovecot.port) as gate, caplog.at_level(logging.WARNING):
        mailbox = make(port=gate.port, after="flag")
        (listing,) = mailbox.listing()
        gate.answer = no_keywords
        del gate.commands[:]
        selected = mailbox._session.enter("INBOX", writable=True, fresh=True)
        mailbox._marker.mark(mailbox._session, selected, listing.uids)
        mailbox._marker.mark(mailbox._session, selected, listing.uids)
        assert b"UID" not in gate.commands
    assert caplog.text.count("keeps no keyword") == 1


def test_a_read_only_folder_is_told_of_once(
    dovecot: Dovecot, user: str, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _deliver(dovecot, user, 2)

    def read_only(link: Any, line: bytes) -> bytes | None:
        tag, _, rest = line.partition(b" ")
        if not rest.startswith(b"SELECT"):
            return None
        return b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n" + tag + b" OK [READ-ONLY] done\r\n"

    with Gate(dovecot.port, answer=read_only) as gate, caplog.at_level(logging.WARNING):
        mailbox = make(port=gate.port, after="flag")
        (listing,) = mailbox.listing()
        assert len(listing.uids) == 2
        mailbox.mark_done(listing, listing.uids)
        mailbox.mark_done(listing, listing.uids)
    assert caplog.text.count("read-only") == 1
    assert list(flags(dovecot, user).values()) == [set(), set()]


@pytest.mark.parametrize(
    "hidden",
    [(), (b"MOVE",)],
    ids=["MOVE", "UIDPLUS"],
)
def test_a_move_makes_the_folder_and_moves_just_these(
    dovecot: Dovecot, user: str, make: Any, hidden: tuple[bytes, ...]
) -> None:
    _deliver(dovecot, user)
    with Gate(dovecot.port, hide=hidden) as gate:
        mailbox = make(port=gate.port, after="move", done_folder=DONE)
        (listing,) = mailbox.listing()
        with client(dovecot, user) as colleague:
            colleague.delete_messages([listing.uids[5]])  # marked, not expunged: it is theirs to decide
        collected = listing.uids[:3]
        for _ in range(2):
            mailbox.mark_done(listing, collected)
        assert b"EXPUNGE" not in gate.commands
        assert mailbox._session.has("MOVE") is not hidden
    assert dovecot.count(user, DONE) == 3
    left = flags(dovecot, user)
    assert sorted(left) == list(listing.uids[3:])
    assert left[listing.uids[5]] == {rb"\Deleted"}
    assert all(rb"\Seen" not in found for found in flags(dovecot, user, DONE).values())
    with client(dovecot, user) as colleague:
        assert DONE in [name for _, _, name in colleague.list_sub_folders()]


def test_without_move_and_uidplus_mails_are_copied_once_and_flagged(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user)
    with Gate(dovecot.port, hide=(b"MOVE", b"UIDPLUS")) as gate:
        mailbox = make(port=gate.port, after="move", done_folder=DONE)
        (listing,) = mailbox.listing()
        for _ in range(2):
            mailbox.mark_done(listing, listing.uids[:2])
        assert b"EXPUNGE" not in gate.commands
    assert dovecot.count(user, DONE) == 2
    assert [found for found in flags(dovecot, user).values() if found] == [{KEYWORD}, {KEYWORD}]


def test_many_mails_move_in_one_command(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user, 60)
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, after="move", done_folder=DONE)
        (listing,) = mailbox.listing()
        mailbox.mark_done(listing, listing.uids[:1])
        del gate.commands[:]
        mailbox.mark_done(listing, listing.uids[1:])
        assert gate.commands == [b"UID"]
    assert (dovecot.count(user), dovecot.count(user, DONE)) == (0, 60)


def test_a_folder_removed_meanwhile_is_made_again(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user, 2)
    mailbox = make(after="move", done_folder=DONE)
    (listing,) = mailbox.listing()
    mailbox.mark_done(listing, listing.uids[:1])
    dovecot.remove(user, DONE)
    mailbox.mark_done(listing, listing.uids[1:])
    assert dovecot.count(user, DONE) == 1


def test_marking_while_fetching(dovecot: Dovecot, user: str, make: Any) -> None:
    _deliver(dovecot, user, 20)
    mailbox = make(after="move", done_folder=DONE, batch_count=5)
    (listing,) = mailbox.listing()
    for message in mailbox.fetch(listing, listing.uids):
        mailbox.mark_done(listing, [message.place.uid])
    assert (dovecot.count(user), dovecot.count(user, DONE)) == (0, 20)


@given(st.sets(st.integers(1, 300), min_size=1))
def test_a_uid_set_holds_exactly_these(uids: set[int]) -> None:
    found: set[int] = set()
    for part in uid_set(sorted(uids)).decode().split(","):
        first, _, last = part.partition(":")
        found.update(range(int(first), int(last or first) + 1))
    assert found == uids


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": None}, "MF601"),
        ({"host": "mail.example.cn"}, "MF602"),
        ({"folders": ()}, "MF603"),
        ({"after": "move"}, "MF604"),
        ({"after": "move", "done_folder": "INBOX"}, "MF605"),
        ({"done_keyword": "\\Deleted"}, "MF606"),
    ],
)
def test_wrong_settings_are_refused_before_any_server_is_asked(make: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(**changes)
    assert [problem.code for problem in caught.value.problems] == [code]
