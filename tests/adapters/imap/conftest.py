"""A fresh account for each test on the session's Dovecot."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.imap.mailbox import ImapMailbox, ImapSettings
from tests.servers.dovecot import Dovecot

_users = itertools.count(1)
Make = Callable[..., ImapMailbox]


@pytest.fixture
def user() -> str:
    """An account nobody used before."""
    return f"kefu{next(_users)}@example.cn"


@pytest.fixture
def make(dovecot: Dovecot, user: str, tmp_path: Path) -> Iterator[Make]:
    """Makes mailboxes on the plain port of the user's account; they are closed at the end."""
    made: list[ImapMailbox] = []

    def factory(*, stop: Any = None, clock: Any = None, **changes: Any) -> ImapMailbox:
        settings: dict[str, Any] = {
            "name": "kefu",
            "host": dovecot.host,
            "port": dovecot.port,
            "security": "plain",
            "username": user,
            "password": lambda: "secret",
            "spool_dir": tmp_path / "spool",
            "connect_timeout": 5.0,
            "read_timeout": 5.0,
        }
        more = {"clock": clock} if clock else {}
        mailbox = ImapMailbox(ImapSettings(**(settings | changes)), stop=stop, **more)
        made.append(mailbox)
        return mailbox

    yield factory
    for mailbox in made:
        mailbox.close()
