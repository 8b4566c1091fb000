"""The ledger: transactions over its rows.  Everything that belongs together is committed together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.case_rows import CaseRows
from mailflow.adapters.sql.casework_rows import CaseworkRows
from mailflow.adapters.sql.contact_rows import ContactRows
from mailflow.adapters.sql.correction_rows import CorrectionRows
from mailflow.adapters.sql.engine import migrate, open_engine, passing, translated, writing
from mailflow.adapters.sql.journal_rows import JournalRows, Tip
from mailflow.adapters.sql.keys import NO_KEYS, JournalKeys
from mailflow.adapters.sql.mail_rows import MailRows
from mailflow.adapters.sql.outbox_rows import OutboxRows
from mailflow.adapters.sql.sent_rows import SentRows
from mailflow.adapters.sql.storm_rows import StormRows
from mailflow.adapters.sql.task_rows import TaskRows
from mailflow.adapters.sql.unfetched_rows import UnfetchedRows


class SqlWork(
    MailRows, UnfetchedRows, CaseRows, ContactRows, CorrectionRows, TaskRows, CaseworkRows, OutboxRows, SentRows,
    StormRows, JournalRows,
):  # fmt: skip
    """One write transaction: every operation of the ledger.  See :class:`mailflow.domain.ports.Work`."""

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what one mail did when it raises, and keep what the others did.

        Raises TemporaryError when the database itself fails (disk full, server gone): the whole transaction is lost by
        then, and whatever came after would be committed statement by statement on SQLite, so the caller must give it
        up.
        """
        before = self.entries_kept_back()
        with translated():
            nested = self.connection.begin_nested()
            try:
                yield
            except BaseException as error:
                if isinstance(error, sa.exc.DBAPIError) and passing(error):
                    raise
                self.forget_entries(before)
                nested.rollback()
                raise
            nested.commit()


class SqlLedger:
    """Implements :class:`mailflow.domain.ports.Ledger`.  Opens and migrates the database when made.

    ``url`` is SQLAlchemy's; :func:`mailflow.adapters.sql.opening.open_ledger` makes it of the settings.  ``keys`` are
    those of the journal; without them its chain is plain.
    """

    def __init__(
        self, url: str | sa.URL, password: Callable[[], str] | None = None, keys: JournalKeys = NO_KEYS
    ) -> None:
        self.keys = keys
        self._key_fits = False  # until it was looked at
        self._tip = Tip()
        self.engine = open_engine(url, password=password)
        # Threads of one process take turns here; SQLite's own way of waiting is to sleep and look again.
        self._turn = threading.Lock()
        self._writing = writing(self.engine)
        self._quick = writing(open_engine(url, durable=False, password=password))
        try:
            migrate(self.engine)
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[SqlWork]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        ``durable`` False is for what may be repeated after a power cut: notes of what was sent, told or counted.
        Raises TemporaryError when the database is locked for long or the disk is full, ConfigError when the journal's
        key is not the one configured.
        """
        with self._turn, translated(), (self._writing if durable else self._quick).begin() as connection:
            work = SqlWork(connection, self.keys, self._tip)
            if not self._key_fits:
                work.check_key()
                self._key_fits = True
            yield work
            work.write_journal()

    def check_key(self) -> None:
        """Raise ConfigError when nothing can be written because the journal's key is not the one configured."""
        with self.begin(durable=False):
            self._key_fits = True

    def use_key(self, now: datetime, *, actor: str, lost: bool = False, because: str = "") -> bool:
        """Go on with the key that is configured; see :meth:`JournalRows.use_key`."""
        with self._turn, translated(), self._writing.begin() as connection:
            work = SqlWork(connection, self.keys)
            changed = work.use_key(now, actor=actor, lost=lost, because=because)
            work.write_journal()
        return changed

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A read transaction that sees one state throughout; it never blocks a writer."""
        with translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def upkeep(self) -> None:
        """Daily: fold the write-ahead log back and refresh the planner's figures."""
        if self.engine.dialect.name == "sqlite":
            with self._turn, translated(), self.engine.connect() as connection:
                raw = connection.connection.cursor()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.execute("PRAGMA optimize")
                raw.close()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        self._quick.dispose()
