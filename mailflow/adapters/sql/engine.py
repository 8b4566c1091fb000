"""Opening the ledger: pragmas, migrations, foreign errors turned into ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailflow.errors import PermanentError, TemporaryError

MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str, *, durable: bool = True) -> sa.Engine:
    """An engine over the ledger; opens nothing yet.

    A commit of a ``durable`` one survives a power cut (SQLite: WAL with ``synchronous=FULL``).  One of the other kind
    survives the death of this process, and a power cut from the next durable commit on; it does not wait for the disk.
    """
    engine = sa.create_engine(url, **_options(url))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect if durable else _sqlite_connect_quick)
        sa.event.listen(engine, "begin", _sqlite_begin)
    elif not durable:
        sa.event.listen(engine, "begin", _postgresql_begin_quick)
    return engine


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest revision; safe to repeat.  Refuses a ledger newer than this program."""
    with translated(), engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory(str(MIGRATIONS))
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            raise PermanentError(
                f"the ledger's schema {current} is newer than this program", remedy="install the newer mailflow"
            )
        connection.rollback()
        if current == script.get_current_head():
            return
        settings = AlembicConfig()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        connection.commit()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn database errors into our families: locked, full or unreachable may pass; anything else is a defect."""
    try:
        yield
    except sa.exc.OperationalError as error:
        words = str(error.orig).splitlines()[0] if error.orig else "database error"
        remedy = "free disk space" if "full" in words or "disk" in words else "it is tried again"
        raise TemporaryError(f"ledger: {words}", remedy=remedy) from error
    except sa.exc.DatabaseError as error:
        words = str(error.orig).splitlines()[0] if error.orig else ""
        if "malformed" not in words and "not a database" not in words:
            raise  # a broken promise of ours, not a broken file
        raise PermanentError(f"ledger: {words}", remedy="run mailflow verify, then restore a backup") from error


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 30.0, "check_same_thread": False}}
    return {"pool_pre_ping": True}


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _sqlite_begin
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_connect_quick(connection: Any, record: Any) -> None:
    _sqlite_connect(connection, record)
    connection.execute("PRAGMA synchronous=NORMAL")


def _postgresql_begin_quick(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


def _sqlite_begin(connection: sa.Connection) -> None:
    # A writer takes the lock at once: two that upgrade from reading would deadlock instead of waiting.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
