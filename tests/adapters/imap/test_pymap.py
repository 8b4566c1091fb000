"""The same mailbox against another server: pymap, in pure Python."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mailflow.adapters.imap.mailbox import ImapMailbox, ImapSettings
from mailflow.domain.ports import Oversize
from tests.adapters.imap.samples import mail

pytest.importorskip("pymap")

from tests.servers.pymap_server import pymap_server

USER = "kefu@example.cn"


def test_list_fetch_move_wait(tmp_path: Path) -> None:
    raws = [mail(1), mail(2), mail(3, b"x" * 1_200_000)]
    with pymap_server(USER) as (host, port):
        with IMAPClient(host, port, ssl=False, timeout=20) as colleague:
            colleague.login(USER, "secret")
            for raw in raws:
                colleague.append("INBOX", raw)
        mailbox = ImapMailbox(
            ImapSettings(
                "kefu",
                host,
                port,
                "plain",
                USER,
                password=lambda: "secret",
                after="move",
                done_folder="已处理",
                max_bytes=1_000_000,
                spool_dir=tmp_path,
                read_timeout=20,
            )
        )
        (listing,) = mailbox.listing()
        first, second, large = mailbox.fetch(listing, listing.uids)
        assert isinstance(large, Oversize)
        assert large.path.read_bytes() == raws[2]
        assert [getattr(message, "raw", b"") for message in (first, second)] == raws[:2]
        mailbox.mark_done(listing, listing.uids[:2])
        mailbox.mark_done(listing, listing.uids[:2])
        assert mailbox.listing()[0].uids == listing.uids[2:]
        stop = threading.Event()
        threading.Timer(0.3, stop.set).start()
        mailbox.wait(0.5)
        mailbox.close()
