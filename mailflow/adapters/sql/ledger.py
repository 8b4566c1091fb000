"""The ledger: transactions over its rows.  Everything that belongs together is committed together."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.sql.case_rows import CaseRows
from mailflow.adapters.sql.casework_rows import CaseworkRows
from mailflow.adapters.sql.contact_rows import ContactRows
from mailflow.adapters.sql.copy_rows import CopyRows
from mailflow.adapters.sql.correction_rows import CorrectionRows
from mailflow.adapters.sql.duty_rows import DutyRows
from mailflow.adapters.sql.engine import migrate, open_engine, passing, translated, writing
from mailflow.adapters.sql.guard import (
    IDENTITY,
    RENEWED,
    RESTORED,
    SECRET,
    Mark,
    Seen,
    check,
    known_secret,
    new_identity,
    read_mark,
    write_mark,
)
from mailflow.adapters.sql.joint_rows import JointRows
from mailflow.adapters.sql.journal_rows import JournalRows, Tip
from mailflow.adapters.sql.keys import NO_KEYS, JournalKeys
from mailflow.adapters.sql.mail_rows import MailRows
from mailflow.adapters.sql.moved_rows import MovedRows
from mailflow.adapters.sql.outbox_rows import OutboxRows
from mailflow.adapters.sql.picture_rows import PictureRows
from mailflow.adapters.sql.print_rows import PrintRows
from mailflow.adapters.sql.profile_rows import ProfileRows
from mailflow.adapters.sql.question_rows import QuestionRows
from mailflow.adapters.sql.quiet_rows import QuietRows
from mailflow.adapters.sql.report_period_rows import ReportPeriodRows
from mailflow.adapters.sql.restore_rows import AT, RESERVED
from mailflow.adapters.sql.restore_rows import RESTORED as MAY_HAVE_LEFT
from mailflow.adapters.sql.sent_rows import SentRows
from mailflow.adapters.sql.start_rows import StartRows
from mailflow.adapters.sql.storm_rows import StormRows
from mailflow.adapters.sql.survey_rows import SurveyRows
from mailflow.adapters.sql.tables import counters, outbox
from mailflow.adapters.sql.task_rows import TaskRows
from mailflow.adapters.sql.unfetched_rows import UnfetchedRows
from mailflow.domain.model import OutgoingMail


class SqlWork(
    MailRows, UnfetchedRows, CopyRows, CaseRows, ContactRows, CorrectionRows, TaskRows, CaseworkRows, OutboxRows,
    PrintRows, PictureRows, SentRows, StormRows, MovedRows, JointRows, QuestionRows, QuietRows, DutyRows,
    ReportPeriodRows, SurveyRows, ProfileRows, JournalRows,
):  # fmt: skip
    """One write transaction: every operation of the ledger.  See :class:`mailflow.domain.ports.Work`."""

    def next_number(self, counter: str) -> int:
        """The next number of a series.  One that begins after a restore leaves out what may have been given before."""
        number = super().next_number(counter)
        if number == 1 and (gap := self.gap_before(counter)):
            self.connection.execute(counters.update().where(counters.c.name == counter).values(value=gap + 1))
            self.journal(RESERVED, datetime.fromisoformat(self.noted(AT)), counter=counter, first=1, last=gap)
            return gap + 1
        return number

    def queue(
        self, occasion: str, mail: OutgoingMail, *, case: int | None, message: int | None, now: datetime
    ) -> int | None:
        """Put a mail into the outbox, once for its occasion; after a restore it may have to wait for a person."""
        queued = super().queue(occasion, mail, case=case, message=message, now=now)
        if queued is not None and self.may_have_left(message):
            waits = {"status": "parked", "last_error": MAY_HAVE_LEFT}
            self.connection.execute(outbox.update().where(outbox.c.id == queued).values(**waits))
        return queued

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
                self.marks_read.clear()
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
        self.settled: tuple[int, str] | None = None  # the newest journal entry that a power cut cannot take away
        self._tip = Tip()
        self.engine = open_engine(url, password=password)
        # Threads of one process take turns here; SQLite's own way of waiting is to sleep and look again.
        self._turn = threading.Lock()
        self._writing = writing(self.engine)
        self._quick = writing(open_engine(url, durable=False, password=password))
        self.seen = Seen(None)
        try:
            migrate(self.engine)
            if self.engine.dialect.name == "sqlite":
                self.seen = Seen(Path(self.engine.url.database or ""))
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[SqlWork]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        ``durable`` False is for what may be repeated after a power cut: notes of what was sent, told or counted.
        Raises TemporaryError when the database is locked for long or the disk is full, ConfigError when the journal's
        key is not the one configured, LedgerLost when its file is gone.
        """
        self.seen.check()
        with self._turn, translated(), (self._writing if durable else self._quick).begin() as connection:
            work = SqlWork(connection, self.keys, self._tip)
            if not self._key_fits:
                work.check_key()
                self._key_fits = True
            yield work
            before = self._tip.id
            work.write_journal()
            newest = (self._tip.id, self._tip.hash)
        if durable and newest[0] > before:
            self.settled = newest  # what was written before without waiting for the disk is on it now as well

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

    def watch(self, storage: Path) -> None:
        """Note how far the journal has come for certain, beside the ledger.

        Raises LedgerLost when the ledger is no longer there, or is no longer ours.
        """
        self.seen.check()
        if self.engine.dialect.name != "sqlite":
            with translated(), self.engine.connect() as connection:
                check(connection, storage)
        mark = read_mark(storage)
        if mark and self.settled and self.settled[0] > mark.entries:
            with contextlib.suppress(OSError):  # a mark that lags behind does no harm; a full disk says so elsewhere
                write_mark(storage, Mark(mark.identity, *self.settled))

    def take_identity(self, storage: Path) -> None:
        """Give the ledger its name, and the storage the mark that bears it."""
        mark = read_mark(storage)
        with translated(), self.engine.connect() as connection:
            identity = StartRows(connection).noted(IDENTITY)
        if not identity:
            with self._turn, translated(), self._writing.begin() as connection:
                rows = StartRows(connection)
                identity = rows.noted(IDENTITY) or (mark.identity if mark else new_identity())
                rows.note_down(IDENTITY, identity)
        if mark is None:
            with contextlib.suppress(OSError):
                write_mark(storage, Mark(identity))

    def secret(self) -> str:
        """The name of the storage's secret key; empty before the first start with it."""
        with translated(), self.engine.connect() as connection:
            return known_secret(connection)

    def take_secret(self, name: str) -> None:
        """Note the name of the storage's secret key, when none is noted yet."""
        if not self.secret():
            with self._turn, translated(), self._writing.begin() as connection:
                StartRows(connection).note_down(SECRET, name)

    def renew_secret(self, name: str, now: datetime, *, actor: str, because: str) -> None:
        """Go on with another secret key; the journal says so for ever."""
        with self.begin() as work:
            work.journal(RENEWED, now, actor=actor, former=work.noted(SECRET), name=name, because=because)
            work.note_down(SECRET, name)

    def begin_again(self, storage: Path) -> None:
        """Do what a restore left to do, as its note beside the ledger says; in one transaction, safe to repeat."""
        note = storage / RESTORED
        if not note.is_file():
            return
        said = json.loads(note.read_text("utf-8"))
        now = datetime.fromisoformat(said["at"])
        with self.begin() as work:
            for counter, first, last in work.begin_again(datetime.fromisoformat(said["since"]), now, said["gap"]):
                work.journal(RESERVED, now, counter=counter, first=first, last=last)
            work.journal("ledger.restored", now, since=said["since"])
            identity = work.noted(IDENTITY)
        write_mark(storage, Mark(identity, *(self.settled or ())))
        note.unlink()

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
