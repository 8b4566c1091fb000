"""Which ledger the settings mean, and why one on PostgreSQL cannot be opened: said once, with what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.sql.engine import first_line, open_engine, passing, translated
from mailflow.adapters.sql.guard import check, check_file
from mailflow.adapters.sql.keys import NO_KEYS, JournalKeys
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.errors import ConfigError, PermanentError, Problem, TemporaryError
from mailflow.runtime.disk import writable
from mailflow.settings.config import FILE_NAME, LedgerSection

# A server says why it refuses in words only, in its administrator's language; the rest is taken for passing.
_REFUSED = (
    "does not exist", "不存在", "authentication failed", "认证失败", "no password supplied", "no pg_hba.conf entry",
    "permission denied", "权限不够", "SSL", "certificate",
)  # fmt: skip
_NO_PERMISSION, _DUPLICATE_TABLE = "42501", "42P07"  # SQLSTATE


def open_ledger(
    settings: LedgerSection, storage: Path, keys: JournalKeys = NO_KEYS, *, any_ledger: bool = False
) -> SqlLedger:
    """The ledger of the settings, brought to the newest schema: SQLite in the storage, or PostgreSQL.

    ``keys`` are those of its journal.  ``any_ledger``: also one that is not this storage's, for whoever looks into it.
    Raises ConfigError when the settings cannot be right (no driver, refused, unfit database), TemporaryError when the
    server is away, or the disk read-only, PermanentError when the files are somebody else's, LedgerLost when
    it is not the ledger that worked in this storage.
    """
    if not settings.address:
        writable([storage, *(storage / f"ledger.db{part}" for part in ("", "-wal", "-shm"))])
        if check_file(storage / "ledger.db", storage) and not any_ledger:
            _look(ledger_address(settings, storage), None, storage)
        ledger = SqlLedger(f"sqlite:///{storage / 'ledger.db'}", keys=keys)
    else:
        probe_ledger(settings)
        with _explained(settings):
            if not any_ledger:
                _look(_url(settings), settings.password(), storage)
            ledger = SqlLedger(_url(settings), settings.password(), keys)
    try:
        if not any_ledger:
            ledger.take_identity(storage)
            ledger.begin_again(storage)
    except BaseException:
        ledger.close()
        raise
    return ledger


def probe_ledger(settings: LedgerSection) -> list[str]:
    """Try the server without changing anything; returns what is there.  Raises like :func:`open_ledger`."""
    if not settings.address:
        return []
    with _explained(settings):
        engine = open_engine(_url(settings), password=settings.password())
        try:
            with engine.connect() as connection:
                version = connection.scalar(sa.text("SHOW server_version"))
                encoding = connection.scalar(sa.text("SHOW server_encoding"))
        finally:
            engine.dispose()
    if encoding != "UTF8":
        create = "createdb --template=template0 --encoding=UTF8 --locale=C NAME"
        raise _wrong("MF032", f"the database has the encoding {encoding}", f"make one that takes every text: {create}")
    return [f"PostgreSQL {version}"]


def refuse_postgresql(settings: LedgerSection, what: str) -> None:
    """Raise PermanentError, with what to do instead, where a command works on SQLite's file alone."""
    if settings.address:
        remedy = {
            "backup": "first pg_dump --format=custom --file=ledger.dump DATABASE, then copy the storage folder",
            "restore": "first pg_restore --create or --dbname=DATABASE ledger.dump, then put the storage folder back",
        }[what]
        raise PermanentError(
            f"mailflow {what} works on SQLite; this ledger is on PostgreSQL",
            remedy=f"{remedy}; then mailflow verify (docs/howto/postgresql.md)",
        )


# ------------------------------------------------------------------------------------------------------------ parts


def _look(address: sa.URL, password: Callable[[], str] | None, storage: Path) -> None:
    """Refuse a ledger that is not this storage's, before anything in it is changed."""
    engine = open_engine(address, password=password)
    try:
        with translated(), engine.connect() as connection:
            check(connection, storage)
    finally:
        engine.dispose()


def ledger_address(settings: LedgerSection, storage: Path) -> sa.URL:
    """Where the ledger of the settings lies, for the driver."""
    return _url(settings) if settings.address else sa.make_url(f"sqlite:///{storage / 'ledger.db'}")


def _url(settings: LedgerSection) -> sa.URL:
    try:
        import psycopg  # noqa: F401 - the optional extra
    except ImportError as error:
        remedy = "python -m pip install 'mailflow[postgres]'"
        raise _wrong("MF030", "a ledger on PostgreSQL needs the package psycopg", remedy) from error
    url = sa.make_url(settings.address).set(drivername="postgresql+psycopg")
    if _is_elsewhere(url) and "sslmode" not in url.query:
        url = url.update_query_dict({"sslmode": "require"})  # customers' words do not cross a network in the open
    return url


def _is_elsewhere(url: sa.URL) -> bool:
    hosts = [url.host] if url.host else list(_texts(url.query.get("host", ())))
    return not all(
        host.startswith(("/", "127.", "@")) or host.partition(":")[0] == "localhost" or host == "::1" for host in hosts
    )


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


@contextlib.contextmanager
def _explained(settings: LedgerSection) -> Iterator[None]:
    """Turn what the server or the driver says into what a person can do."""
    try:
        yield
    except TemporaryError as error:
        cause = error.__cause__
        if isinstance(cause, OSError | UnicodeDecodeError):  # the file of the password
            reason = (cause.strerror if isinstance(cause, OSError) else "") or "it is no text"
            words = f"the password cannot be read: {reason}"
            raise _wrong("MF031", words, "check ledger: password_file") from error
        if isinstance(cause, sa.exc.DBAPIError) and not getattr(cause.orig, "sqlstate", None):
            raise _why(cause, settings) from cause
        raise
    except sa.exc.DBAPIError as error:
        raise _why(error, settings) from error


def _why(error: sa.exc.DBAPIError, settings: LedgerSection) -> ConfigError | TemporaryError:
    words, state = first_line(error), getattr(error.orig, "sqlstate", None)
    if state == _DUPLICATE_TABLE:
        return _wrong("MF032", f"the database holds something else: {words}", "make a database for mailflow alone")
    if state == _NO_PERMISSION:
        return _wrong("MF032", words, "make the user its owner: ALTER DATABASE name OWNER TO user")
    if any(sign in words for sign in _REFUSED):
        remedy = "check ledger: address and password; make the database and its user (docs/howto/postgresql.md)"
        if "SSL" in words or "certificate" in words:
            remedy = "turn TLS on at the server, or say in the address how far to trust: ?sslmode=... &sslrootcert=..."
        return _wrong("MF031", words, remedy)
    if not passing(error):
        return _wrong("MF031", words, "check ledger: address")
    host = sa.make_url(settings.address).host or "this machine"
    return TemporaryError(f"ledger: {words}", remedy=f"check that PostgreSQL runs on {host} and can be reached")


def _wrong(code: str, words: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(FILE_NAME, 0, code, words, remedy)])
