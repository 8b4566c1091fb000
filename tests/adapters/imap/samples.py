"""Mails and a second client for the tests of mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient

from tests.servers.dovecot import Dovecot


def mail(number: int, body: bytes = "电机噪音很大，请处理。".encode()) -> bytes:
    """A small mail of its own."""
    head = (
        f"From: a@example.com\r\nTo: kefu@example.cn\r\nSubject: no {number}\r\nMessage-ID: <{number}@example.com>\r\n"
    )
    return head.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body + b"\r\n"


@contextmanager
def client(dovecot: Dovecot, user: str, folder: str = "INBOX") -> Iterator[Any]:
    """A colleague's mail program, standing in a folder."""
    with IMAPClient(dovecot.host, dovecot.port, ssl=False, timeout=10) as other:
        other.login(user, "secret")
        other.select_folder(folder)
        yield other


def flags(dovecot: Dovecot, user: str, folder: str = "INBOX") -> dict[int, set[bytes]]:
    """The flags of every mail in a folder, without ``\\Recent``."""
    with client(dovecot, user, folder) as other:
        uids = other.search("ALL")
        return {uid: set(found) - {rb"\Recent"} for uid, found in other.get_flags(uids).items()} if uids else {}
