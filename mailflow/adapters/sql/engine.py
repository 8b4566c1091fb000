"""Opening the ledger: how either database is set up, migrations, foreign errors turned into ours.

Both databases behave alike to everything above: writers take turns, one transaction after the other, and a reading
transaction sees one state throughout.  SQLite does so by itself.  On PostgreSQL a writer first takes a lock that ends
with its transaction (an advisory one, so nobody else is kept waiting), and only then sees what the one before it did;
readers get a snapshot.  So numbers have no gaps, the journal is one chain, and nothing is claimed twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailflow.domain.errors import PermanentError, TemporaryError

WAIT_SECONDS = 30.0  # for another writer of SQLite's file: their transactions take a second at most
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str | sa.URL, *, durable: bool = True, password: Callable[[], str] | None = None) -> sa.Engine:
    """An engine over the ledger; opens nothing yet.  ``password`` is asked for every new connection.

    A commit of a ``durable`` one survives a power cut (SQLite: WAL with ``synchronous=FULL``).  One of the other kind
    survives the death of this process, and a power cut from the next durable commit on; it does not wait for the disk.
    """
    engine = sa.create_engine(url, **_options(sa.make_url(url)))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect if durable else _sqlite_connect_quick)
        sa.event.listen(engine, "begin", _sqlite_begin)
        return engine
    sa.event.listen(engine, "begin", _postgresql_begin if durable else _postgresql_begin_quick)
    if password:

        def sign_in(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
            options["password"] = password()

        sa.event.listen(engine, "do_connect", sign_in)
    return engine


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that write: each waits for its turn when it begins."""
    options: dict[str, Any] = {"writing": True}
    if engine.dialect.name != "sqlite":
        options["isolation_level"] = "READ COMMITTED"  # what was committed while it waited is seen
    return engine.execution_options(**options)


def migrate(engine: sa.Engine, scripts: Path = MIGRATIONS) -> None:
    """Bring the schema to the newest revision of ``scripts``; safe to repeat.

    All of it is one transaction: a migration that fails, or leaves a row without the one it refers to, changes nothing.
    Raises PermanentError for a ledger newer than this program.
    """
    with translated():
        with engine.connect() as connection:
            if _is_newest(connection, scripts):
                return
        with writing(engine).connect() as connection, _tables_may_be_copied(connection), connection.begin():
            if _is_newest(connection, scripts):  # somebody else was faster
                return
            settings = AlembicConfig()
            settings.set_main_option("script_location", str(scripts))
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql(_LOST_ROWS).first()):
                raise PermanentError(
                    f"ledger: the migration would leave {lost[0]} row {lost[1]} without its row in {lost[2]}",
                    remedy="nothing was changed; run mailflow verify, then restore a backup",
                )


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn database errors into our families: locked, full or unreachable may pass; anything else is a defect."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        words = first_line(error)
        if passing(error):
            remedy = next((remedy for sign, remedy in _REMEDIES if sign in words), "it is tried again")
            raise TemporaryError(f"ledger: {words}", remedy=remedy) from error
        if "malformed" not in words and "not a database" not in words:
            raise  # a broken promise of ours, not a broken file
        raise PermanentError(f"ledger: {words}", remedy="run mailflow verify, then restore a backup") from error


_REMEDIES = (
    ("locked", "another program holds the ledger: end it, or try again later"),
    ("full", "free disk space"),
    ("No space left", "free disk space"),
    ("disk I/O", "look after the disk, or free disk space"),
    ("disk", "free disk space"),
    ("readonly", "make the disk and the files of the ledger writable for this account"),
    ("unable to open", "make the folder of the ledger writable for this account"),
)


def passing(error: sa.exc.DBAPIError) -> bool:
    """Whether this is trouble of the database that may pass: locked, full, away, read-only for now.

    The transaction is lost then; a savepoint does not bring it back.
    """
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state.startswith(_PROGRAM_LIMIT):
        return False  # our own statement was too much, and will be the next time
    return isinstance(error, sa.exc.OperationalError) or error.connection_invalidated or state == _READ_ONLY


def first_line(error: sa.exc.DBAPIError) -> str:
    """What the database says, in one line."""
    return (str(error.orig).splitlines() or ["database error"])[0] if error.orig else "database error"


_LOST_ROWS = "PRAGMA foreign_key_check"


@contextlib.contextmanager
def _tables_may_be_copied(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a column by copying the table and dropping the old one, which rows that refer to it would forbid.

    Whether references are checked can only be set outside a transaction, so it is said to the driver itself.
    """
    driver: Any = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if driver is not None:
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        if driver is not None:
            driver.execute("PRAGMA foreign_keys=ON")


_PROGRAM_LIMIT, _READ_ONLY = "54", "25006"  # SQLSTATE


def _is_newest(connection: sa.Connection, scripts: Path) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    known, newest = _revisions(scripts)
    if current is not None and current not in known:
        raise PermanentError(
            f"the ledger's schema {current} is newer than this program", remedy="install the newer mailflow"
        )
    return current == newest


@cache
def _revisions(scripts: Path) -> tuple[frozenset[str], str | None]:
    """The schema's revisions this program knows, and the newest; to read them runs every migration's file."""
    script = ScriptDirectory(str(scripts))
    return frozenset(revision.revision for revision in script.walk_revisions()), script.get_current_head()


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": WAIT_SECONDS, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "isolation_level": "REPEATABLE READ",
        "connect_args": {name: value for name, value in _POSTGRESQL.items() if name not in url.query},
    }


_POSTGRESQL: dict[str, Any] = {
    "connect_timeout": 10,
    # A server that went away without a word is noticed within about a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "mailflow",
    "client_encoding": "UTF8",
}


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _sqlite_begin
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_connect_quick(connection: Any, record: Any) -> None:
    _sqlite_connect(connection, record)
    connection.execute("PRAGMA synchronous=NORMAL")


# One question, so that a transaction costs one way to the server more, not three.
_TURN = (
    "SELECT set_config('lock_timeout', '30s', true), set_config('synchronous_commit', {durable}, true),"
    " pg_advisory_xact_lock(8427116350)"
)
_TURN_DURABLE = _TURN.format(
    durable="CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
    " ELSE current_setting('synchronous_commit') END"
)
_TURN_QUICK = _TURN.format(durable="'off'")


def _postgresql_begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql(_TURN_DURABLE)


def _postgresql_begin_quick(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql(_TURN_QUICK)


def _sqlite_begin(connection: sa.Connection) -> None:
    # A writer takes the lock at once: two that upgrade from reading would deadlock instead of waiting.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
