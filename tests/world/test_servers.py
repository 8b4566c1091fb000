"""What real servers do differently: Courier's folders, moves and made-up mails, Exim's answers and sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.imap.mailbox import ImapMailbox, ImapSettings
from mailflow.adapters.smtp.sender import SmtpSender, SmtpSettings
from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.domain.model import OutgoingMail
from tests.adapters.imap.samples import mail
from tests.servers.unpacked import Courier, Exim, missing

USER = "kefu"
DONE = "已处理"
Boxes = Callable[..., ImapMailbox]


@pytest.fixture
def courier() -> Iterator[Courier]:
    """A Courier server with no mail."""
    if reason := missing(Courier.program):
        pytest.skip(reason)
    with Courier() as server:
        yield server


@pytest.fixture
def box(courier: Courier, tmp_path: Path) -> Iterator[Boxes]:
    """Mailboxes of the one user; closed at the end."""
    with ExitStack() as opened:

        def make(**changes: Any) -> ImapMailbox:
            options: dict[str, Any] = {"after": "nothing", "connect_timeout": 5.0, "read_timeout": 5.0, "idle": False}
            settings = ImapSettings(
                "kefu", courier.host, courier.port, "plain", USER, lambda: "secret",
                spool_dir=tmp_path, **(options | changes),
            )  # fmt: skip
            mailbox = ImapMailbox(settings)
            opened.callback(mailbox.close)
            return mailbox

        yield make


def _raws(mailbox: ImapMailbox, listing: Any) -> list[bytes]:
    return [item.raw for item in mailbox.fetch(listing, listing.uids)]  # type: ignore[union-attr]


def test_courier_gives_mails_unchanged_and_keeps_its_numbers(courier: Courier, box: Boxes) -> None:
    mails = [mail(number) for number in range(4)]
    courier.deliver(USER, *mails)
    first, again = box(), box()
    (listing,) = first.listing()
    assert _raws(first, listing) == mails
    (later,) = again.listing()
    assert (later.uidvalidity, later.uids) == (listing.uidvalidity, listing.uids)
    assert _raws(again, later) == mails  # reading left no trace


def test_courier_gives_a_number_to_one_mail_only_though_nobody_else_opens_the_folder(
    courier: Courier, box: Boxes
) -> None:
    courier.deliver(USER, mail(1), mail(2))
    (listing,) = box().listing()
    for path in courier.maildir(USER).glob("*/*"):
        if path.parent.name in ("cur", "new"):
            path.unlink()
    courier.deliver(USER, mail(3))
    (later,) = box().listing()
    assert later.uidvalidity == listing.uidvalidity
    assert len(later.uids) == 1
    assert set(later.uids).isdisjoint(listing.uids)


@pytest.mark.parametrize("alone", [False, True])
def test_a_mail_deleted_meanwhile_is_gone_though_courier_hands_out_one_of_its_own(
    courier: Courier, box: Boxes, alone: bool
) -> None:
    mails = [mail(number) for number in range(3)]
    courier.deliver(USER, *mails)
    mailbox = box()
    (listing,) = mailbox.listing()
    for path in courier.maildir(USER).glob("*/*"):
        if path.is_file() and path.parent.name in ("cur", "new") and b"<1@" in path.read_bytes():
            path.unlink()  # a colleague's mail program, at this moment
    wanted = listing.uids[1:2] if alone else listing.uids
    given = [item.raw for item in mailbox.fetch(listing, wanted)]  # type: ignore[union-attr]
    assert given == ([] if alone else [mails[0], mails[2]])


def test_courier_moves_without_move_into_a_folder_below_its_inbox(courier: Courier, box: Boxes) -> None:
    mails = [mail(number) for number in range(3)]
    courier.deliver(USER, *mails)
    mailbox = box(after="move", done_folder=DONE)
    (listing,) = mailbox.listing()
    mailbox.mark_done(listing, listing.uids[:2])
    (left,) = mailbox.listing()
    assert _raws(mailbox, left) == mails[2:]
    done = mailbox.done_listing()
    assert done is not None
    assert done.folder == DONE
    assert [path.name for path in courier.maildir(USER).glob(".*")] == [f".{DONE}"]
    assert _raws(mailbox, done) == mails[:2]


def test_courier_keeps_a_keyword_and_a_copy_of_what_was_sent_once(courier: Courier, box: Boxes) -> None:
    courier.deliver(USER, mail(1))
    mailbox = box(after="flag", sent_folder="auto")
    (listing,) = mailbox.listing()
    mailbox.mark_done(listing, listing.uids)
    (keyword,) = courier.maildir(USER).glob("courierimapkeywords/*")
    assert "$MailflowDone" in keyword.read_text() or keyword.name == ":list"
    copy = b"Message-ID: <1.ours@firm.example>\r\nSubject: x\r\n\r\nwords\r\n"
    for _ in range(2):
        assert mailbox.keep_copy("1.ours@firm.example", copy, datetime(2026, 3, 2, tzinfo=UTC))
    assert _raws(mailbox, mailbox.sent_listing()) == [copy]


# ----------------------------------------------------------------------------------------------------------------- SMTP


@pytest.fixture
def exim() -> Iterator[Exim]:
    """An Exim server that takes mails up to 20 kB."""
    if reason := missing(Exim.program):
        pytest.skip(reason)
    with Exim("message_size_limit = 20K") as server:
        yield server


@pytest.fixture
def sender(exim: Exim) -> Iterator[SmtpSender]:
    """A way out over that server."""
    way = SmtpSender(SmtpSettings(host=exim.host, port=exim.port, security="plain", timeout=10.0))
    yield way
    way.close()


def _ours(to: str, body: str = "您好，投诉已登记。") -> OutgoingMail:
    head = (
        "From: service@firm.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    )
    coded = "Content-Transfer-Encoding: 8bit\r\n\r\n"
    return OutgoingMail("service@firm.example", (to,), "1@firm.example", f"{head}{coded}{body}\r\n..dot\r\n".encode())


def test_exim_takes_the_very_bytes_and_the_reader(exim: Exim, sender: SmtpSender) -> None:
    for name in ("wang", "li"):
        assert sender.send(_ours(f"{name}@kunde.example")) == []
    assert exim.taken() == ["您好，投诉已登记。\n..dot\n".encode()] * 2
    assert sorted(b"wang@kunde.example" in head for head in exim.heads()) == [False, True]


def test_exim_refuses_for_good_for_now_and_for_its_size_and_the_next_mail_goes(exim: Exim, sender: SmtpSender) -> None:
    with pytest.raises(PermanentError, match="no such user here"):
        sender.send(_ours("nobody@kunde.example"))
    with pytest.raises(TemporaryError, match="come back later"):
        sender.send(_ours("later@kunde.example"))
    with pytest.raises(PermanentError):
        sender.send(_ours("wang@kunde.example", "漏" * 9000))
    assert sender.send(_ours("wang@kunde.example")) == []
    assert len(exim.taken()) == 1
