"""What several tests of the archive begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import Office


@pytest.fixture(scope="session")
def three_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with three customers, each with a complaint, its record and its reply, archived.  To be copied."""
    office = Office(tmp_path_factory.mktemp("three") / "storage")
    for _ in range(3):
        office.complaint()
    archive(office.dossiers, office.archive)
    office.engine.dispose()
    return office.storage
