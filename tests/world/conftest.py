"""The office of tests/flow, with people in it."""

from __future__ import annotations

from tests.cases.conftest import new_office, office, people

__all__ = ["new_office", "office", "people"]
