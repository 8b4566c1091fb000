"""Rules, forms and texts are read once for all tests here."""

from __future__ import annotations

import pytest

from tests import read_once


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> None:
    read_once.everywhere()
