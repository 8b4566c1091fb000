"""The signed sheets, printed once for all tests here, and one reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.scans.reader import ScanReader
from tests.adapters.scans.hands import Desk, laid_out
from tests.adapters.scans.sheets import Sheets, printed_and_signed


@pytest.fixture(scope="session")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    return printed_and_signed(tmp_path_factory.mktemp("sheets"))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    return laid_out(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def reader() -> Iterator[ScanReader]:
    made = ScanReader()
    yield made
    made.close()
