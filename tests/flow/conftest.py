"""Each test has a home and an account of its own on the session's Dovecot."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.sql.stores import Store
from tests.flow.office import Office
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

_users = itertools.count(1)
OpenOffice = Callable[..., Office]


@pytest.fixture
def new_office(tmp_path: Path, dovecot: Dovecot, store: Store) -> Iterator[OpenOffice]:
    """Opens offices, each with an SMTP server and a ledger of its own."""
    sinks = []

    def make(**changes: Any) -> Office:
        number = next(_users)
        sink = SmtpSink()
        sink.__enter__()
        sinks.append(sink)
        folder = changes.pop("folder", tmp_path / f"home{number}")
        folder.mkdir(exist_ok=True)
        changes.setdefault("ledger", store.settings(tmp_path))
        return Office(folder, dovecot, sink, changes.pop("user", f"service{number}@firm.example"), **changes)

    yield make
    for sink in sinks:
        sink.__exit__(None, None, None)


@pytest.fixture
def office(new_office: OpenOffice) -> Office:
    """An office with the usual settings."""
    return new_office()
