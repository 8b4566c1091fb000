"""A mail server for every test of an earlier release's office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import read_once
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> None:
    read_once.everywhere()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """The mail server letters leave through."""
    with SmtpSink() as running:
        yield running
