"""The folder of sent mail on a real server: found or made, a copy put there once, whatever the line does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailflow.adapters.imap.mailbox import ImapMailbox
from mailflow.domain.errors import ConfigError, TemporaryError
from tests.adapters.imap.conftest import Make
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate, Link, refuse

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def mail(number: int) -> tuple[str, bytes]:
    """A Message-ID and a mail that bears it."""
    key = f"copy{number}@firm.example"
    text = (
        f"From: a@firm.example\r\nTo: b@x.example\r\nMessage-ID: <{key}>\r\nSubject: {number}\r\n\r\nWORDS {number}\r\n"
    )
    return key, text.encode()


def kept(box: ImapMailbox) -> list[bytes]:
    """What lies in the folder."""
    listing = box.sent_listing()
    return [item.raw for item in box.fetch(listing, listing.uids)]  # type: ignore[union-attr]


def test_a_copy_is_put_once_into_the_folder_which_is_made_when_it_is_missing(make: Make) -> None:
    box = make(sent_folder="已发送")
    for number in (1, 2, 1):
        assert box.keep_copy(*mail(number), AT)
    assert kept(box) == [mail(1)[1], mail(2)[1]]
    listing = box.sent_listing()
    assert [item.received_at for item in box.fetch(listing, listing.uids[:1])] == [AT]  # type: ignore[union-attr]


def test_auto_takes_the_folder_the_server_marks_else_one_with_a_usual_name(
    make: Make, dovecot: Dovecot, user: str
) -> None:
    box = make(sent_folder="auto")
    first = box.sent_listing()
    assert first.folder == "Sent"
    dovecot.create(user, "Gesendet")
    marked = refuse_list("Gesendet")
    with Gate(dovecot.port, answer=marked) as gate:
        other = make(sent_folder="auto", port=gate.port)
        assert other.sent_listing().folder == "Gesendet"


def refuse_list(name: str) -> Callable[[Link, bytes], bytes | None]:
    """A rule that shows one folder only, marked as that of sent mail."""

    def rule(link: Link, line: bytes) -> bytes | None:
        tag, _, rest = line.partition(b" ")
        if not rest.upper().startswith(b"LIST"):
            return None
        return b'* LIST (\\HasNoChildren \\Sent) "." ' + name.encode() + b"\r\n" + tag + b" OK done\r\n"

    return rule


def test_a_server_that_hangs_up_after_it_stored_the_copy_gets_no_second_one(make: Make, dovecot: Dovecot) -> None:
    def lose_the_answer(link: Link, line: bytes) -> bytes | None:
        if b" APPEND " in line and gate.cut_after is None:
            gate.cut_after = link._received + len(b"+ OK\r\n") + 1
        return None

    with Gate(dovecot.port, answer=lose_the_answer) as gate:
        box = make(sent_folder="Sent", port=gate.port)
        box.sent_listing()
        assert box.keep_copy(*mail(1), AT)  # it looks again over a new connection, and finds it
        assert gate.cut_after is not None
        assert gate.connections == 2
    direct = make(sent_folder="Sent")
    assert len(kept(direct)) == 1
    assert direct.keep_copy(*mail(1), AT)
    assert kept(direct) == [mail(1)[1]]


def test_a_server_that_hangs_up_in_the_middle_of_the_copy_gets_it_again(make: Make, dovecot: Dovecot) -> None:
    def hang_up_once(link: Link, line: bytes) -> bytes | None:
        if line.startswith(b"WORDS") and not gate.closed:
            gate.closed = True
            link.close()
            return b""
        return None

    with Gate(dovecot.port, answer=hang_up_once) as gate:
        box = make(sent_folder="Sent", port=gate.port)
        box.sent_listing()
        with pytest.raises(TemporaryError):
            box.keep_copy(*mail(1), AT)
    direct = make(sent_folder="Sent")
    assert kept(direct) == []
    assert direct.keep_copy(*mail(1), AT)
    assert kept(direct) == [mail(1)[1]]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (b"NO [OVERQUOTA] Quota exceeded", "make room"),
        (b"NO [NOPERM] Permission denied", "rights"),
        (b"NO no", "rights"),
    ],
)
def test_a_folder_that_takes_nothing_now_is_said_with_what_to_do(
    make: Make, dovecot: Dovecot, words: bytes, hint: str
) -> None:
    with Gate(dovecot.port, answer=refuse(rb" APPEND ", words)) as gate:
        box = make(sent_folder="Sent", port=gate.port)
        with pytest.raises(TemporaryError) as told:
            box.keep_copy(*mail(1), AT)
        assert hint in told.value.remedy
        gate.answer = None
        assert box.keep_copy(*mail(1), AT)


def test_one_mail_that_is_too_big_for_the_folder_keeps_no_other_out(make: Make, dovecot: Dovecot) -> None:
    with Gate(dovecot.port, answer=refuse(rb" APPEND ", b"NO [TOOBIG] too big")) as gate:
        box = make(sent_folder="Sent", port=gate.port)
        assert not box.keep_copy(*mail(1), AT)
        gate.answer = None
        assert box.keep_copy(*mail(2), AT)


def test_a_copy_that_cannot_be_looked_for_is_not_put(make: Make, dovecot: Dovecot) -> None:
    with Gate(dovecot.port, answer=refuse(rb" SEARCH .*MESSAGE-ID", b"NO cannot")) as gate:
        box = make(sent_folder="Sent", port=gate.port)
        with pytest.raises(TemporaryError):
            box.keep_copy(*mail(1), AT)
    assert kept(make(sent_folder="Sent")) == []


def test_the_folder_of_sent_mail_is_not_one_that_is_watched(make: Make) -> None:
    with pytest.raises(ConfigError, match="MF607"):
        make(sent_folder="INBOX")
