"""The office of tests/flow with people in it: whole cases through real servers, the clock turned by hand."""

from __future__ import annotations

import pytest

from tests.flow.conftest import OpenOffice, new_office, office
from tests.flow.office import Office
from tests.flow.staffed import Staffed

__all__ = ["OpenOffice", "new_office", "office"]


@pytest.fixture
def people(office: Office) -> Staffed:
    """An office with the usual people."""
    return Staffed(office)
