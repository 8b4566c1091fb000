"""Where a test keeps its ledger: a SQLite file, or a database of the session's PostgreSQL.

A test that asks for ``store`` gets SQLite; one marked with :data:`BOTH` (a function or a module) runs over both, one
with :data:`POSTGRESQL` over that alone.  With ``MAILFLOW_TEST_LEDGER=postgresql`` every other test that asks for one
gets PostgreSQL too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql.engine import migrate, open_engine
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.opening import open_ledger
from mailflow.settings.config import LedgerSection
from tests.servers.postgresql import PostgreSQL, missing

BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Store:
    """Makes ledgers for a test.  ``server`` is None on SQLite."""

    server: PostgreSQL | None = None
    template: str = ""  # a database with the newest schema and no rows
    made: list[str] = field(default_factory=list)

    def settings(self, folder: Path, *, empty: bool = False) -> LedgerSection:
        """What a configuration says of a new ledger; ``empty``: without the schema.  ``folder`` takes the password."""
        if self.server is None:
            return LedgerSection()
        secret = folder / "ledger-password"
        secret.write_text(self.server.password)
        self.made.append(self.server.database(template="" if empty else self.template))
        return LedgerSection(address=self.made[-1], password_file=secret)

    def open(self, folder: Path) -> SqlLedger:
        """A new ledger, opened."""
        return open_ledger(self.settings(folder), folder)

    def engine(self, folder: Path) -> sa.Engine:
        """An engine over a new, empty database."""
        if self.server is None:
            return open_engine(f"sqlite:///{folder / 'ledger.db'}")
        return self.engine_of(self.settings(folder, empty=True).address)

    def elsewhere(self, folder: Path) -> sa.Engine | None:
        """An engine over a new ledger with the schema, where it does not lie in the storage; else None."""
        return self.engine_of(self.settings(folder).address) if self.server else None

    def engine_of(self, address: str) -> sa.Engine:
        """An engine over a database of the server."""
        return open_engine(sa.make_url(address).set(drivername="postgresql+psycopg"), password=self.password)

    def password(self) -> str:
        """The server's."""
        assert self.server is not None
        return self.server.password


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Store]:
    """The session's PostgreSQL, with a database to copy; tests are skipped where it is not installed."""
    if reason := missing():
        pytest.skip(f"no postgresql: {reason}")
    with PostgreSQL() as server:
        store = Store(server, server.database())
        engine = store.engine_of(store.template)
        migrate(engine)
        engine.dispose()
        yield store


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Where this test keeps its ledgers; they are removed when it ends."""
    if getattr(request, "param", os.environ.get("MAILFLOW_TEST_LEDGER", "sqlite")) == "sqlite":
        yield Store()
        return
    session: Store = request.getfixturevalue("postgresql")
    mine = Store(session.server, session.template)
    yield mine
    assert mine.server is not None
    for address in mine.made:
        mine.server.drop(address)


def rows_of(settings: LedgerSection, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Rows of a ledger on PostgreSQL, asked in SQLite's words."""
    import psycopg

    question = re.sub(r"json_extract\((\S+), '\$\.(\w+)'\)", r"(\1::json ->> '\2')", question.replace("?", "%s"))
    password = settings.password()
    with psycopg.connect(settings.address, password=password() if password else None) as connection:
        return connection.execute(question.encode(), values or None).fetchall()
