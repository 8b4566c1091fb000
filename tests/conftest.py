"""What every test shares: reproducible hypothesis, servers, ledgers, and no silent skip in continuous integration."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.adapters.sql import once
from tests.adapters.sql.stores import postgresql, store
from tests.servers.dovecot import Dovecot, missing

__all__ = ["postgresql", "store"]

settings.register_profile(
    "mailflow",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("mailflow")
once.everywhere()

# Set by .ci/run: there a test that does not run is a test that failed.
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The IMAP server of this process; tests are skipped where it is not installed (in CI a skip is a failure)."""
    if reason := missing():
        pytest.skip(f"no dovecot: {reason}")
    with Dovecot() as server:
        yield server


def pytest_collection_finish() -> None:
    """Where the whole program is used, it reads rules, forms and texts once per process.

    Ten thousand tests stay until the end: no search for garbage need go through them, and no fork copies them for it.
    """
    if {"mailflow.app", "mailflow.cli"} & sys.modules.keys():
        from tests import read_once

        read_once.everywhere()
    gc.collect()
    gc.freeze()


def _refused(reason: str) -> bool:
    """Whether this skip counts as a failure: all do in CI, but for tests of a corpus that was not handed to us."""
    return IN_CI and not (reason.startswith("no corpus") and not os.environ.get("MAILFLOW_CORPUS"))


def _reason(longrepr: object) -> str:
    """The words of a skip; pytest reports it as (file, line, "Skipped: words")."""
    words = longrepr[2] if isinstance(longrepr, tuple) and len(longrepr) == 3 else str(longrepr)
    return str(words).removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails in CI."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _refused(_reason(report.longrepr)):
        report.longrepr = f"skipped, which CI does not allow: {_reason(report.longrepr)}"
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module skipped as a whole fails in CI too."""
    report = yield
    if report.skipped and _refused(_reason(report.longrepr)):
        report.longrepr = f"skipped, which CI does not allow: {_reason(report.longrepr)}"
        report.outcome = "failed"
    return report
