"""One Dovecot for the session; rules, forms and texts are read once; each test has a home and an account of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailflow import app as composition
from mailflow import backoffice
from mailflow.backoffice import load_back_office
from tests.adapters.sql.stores import Store
from tests.flow.office import DEFAULTS, Office
from tests.servers.dovecot import Dovecot, missing
from tests.servers.smtp_sink import SmtpSink

_users = itertools.count(1)
OpenOffice = Callable[..., Office]


@pytest.fixture(scope="session")
def server() -> Iterator[Dovecot]:
    """The IMAP server; the tests are skipped where it is not installed (in CI a skip is a failure)."""
    if reason := missing():
        pytest.skip(f"no dovecot: {reason}")
    with Dovecot() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _read_rules_once() -> Iterator[None]:
    real = composition.load_parts
    read: list[Any] = []

    def once(config: Any) -> Any:
        own_rules = config.rules != DEFAULTS / "rules"
        if config.templates != DEFAULTS / "templates" or (own_rules and (config.rules / "reading").exists()):
            return real(config)
        if not read:
            read.append(real(config.model_copy(update={"rules": DEFAULTS / "rules"})))
        parts, problems = read[0]
        # Staff and procedures may be the office's own, and are watched while it works; unchanged files are read once.
        office, wrong = load_back_office(config, parts.forms.specs())
        return (None, wrong) if office is None else (replace(parts, office=office), problems)

    patch = pytest.MonkeyPatch()
    patch.setattr(composition, "load_parts", once)
    for name in ("load_calendars", "load_procedures", "load_answer_words", "load_staff_templates"):
        patch.setattr(backoffice, name, _remembered(getattr(backoffice, name)))
    yield
    patch.undo()


def _remembered(load: Callable[..., Any]) -> Callable[..., Any]:
    """Reads a file or folder, and gives what was found when it is asked for the same again."""
    known: dict[str, Any] = {}

    def read(path: Path, *others: Any, **more: Any) -> Any:
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        stamps = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists()]
        key = repr((stamps, others, sorted(more.get("roles") or ())))
        if key not in known:
            known[key] = load(path, *others, **more)
        found, problems = known[key]
        return found, list(problems)

    return read


@pytest.fixture
def new_office(tmp_path: Path, server: Dovecot, store: Store) -> Iterator[OpenOffice]:
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
        return Office(folder, server, sink, changes.pop("user", f"service{number}@firm.example"), **changes)

    yield make
    for sink in sinks:
        sink.__exit__(None, None, None)


@pytest.fixture
def office(new_office: OpenOffice) -> Office:
    """An office with the usual settings."""
    return new_office()
