"""A mail server and a copy of the office for every test; its rules, forms and texts are read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailflow import app as composition
from tests.commands.corrections.conftest import cache_once
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """All offices of a module are one release's, and no test changes its rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "load_parts", cache_once(composition.load_parts))
        yield


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """The mail server letters leave through."""
    with SmtpSink() as running:
        yield running
