"""What the ledger holds, for whoever looks without working (``mailflow check``): nothing is made or migrated."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.engine import open_engine, translated
from mailflow.adapters.sql.guard import known_secret
from mailflow.adapters.sql.journal_rows import JournalRows
from mailflow.adapters.sql.keys import JournalKeys
from mailflow.adapters.sql.opening import ledger_address, probe_ledger
from mailflow.adapters.sql.restore_rows import RESTORED
from mailflow.adapters.sql.tables import folders, journal, messages, old_mails, outbox
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import MailflowError
from mailflow.domain.model import Status
from mailflow.settings.config import LedgerSection

HEAD = 200_000  # bytes of a mail; its header section ends before


def newest_mails(ledger: LedgerSection, storage: Path, mailbox: str, limit: int) -> list[bytes]:
    """The beginnings of the newest mails collected from this mailbox; empty before the first run.

    Raises ConfigError, TemporaryError as opening the ledger does.
    """
    digests: Sequence[str] = ()
    with _looking(ledger, storage) as connection:
        if connection is not None and sa.inspect(connection).has_table(messages.name):
            query = sa.select(messages.c.digest).where(messages.c.mailbox == mailbox).order_by(messages.c.id.desc())
            digests = connection.scalars(query.limit(limit)).all()
    if not digests:
        return []  # opening the vault would make it
    vault, found = FileVault(storage / "vault"), []
    for digest in digests:
        try:
            found.append(vault.get(digest)[:HEAD])
        except MailflowError:
            continue  # verify speaks of what is damaged
    return found


def starts(ledger: LedgerSection, storage: Path, mailbox: str) -> list[dict[str, Any]]:
    """Of each folder of a mailbox: ``folder``, ``since`` (None: all mail is taken), ``old``; empty before a first run.

    Raises ConfigError, TemporaryError as opening the ledger does.
    """
    with _looking(ledger, storage) as connection:
        if connection is None or not sa.inspect(connection).has_table(folders.name):
            return []
        there = {column["name"] for column in sa.inspect(connection).get_columns(folders.name)}
        columns = [folders.c.folder, *(folders.c[name] for name in ("since", "old") if name in there)]
        query = sa.select(*columns).where(folders.c.mailbox == mailbox).order_by(folders.c.folder)
        return [{"since": None, "old": 0} | dict(row) for row in connection.execute(query).mappings()]


def waiting_for_people(ledger: LedgerSection, storage: Path) -> dict[str, int]:
    """How much waits for a person, each with its count, 0 before the first run.

    ``restored`` and ``parked``: mails of ours to be let go, since a restore or otherwise; ``failed``: those that failed
    for good; ``held``: mails that came; ``old``: mails from before the start that were not taken in.
    Raises ConfigError, TemporaryError as opening the ledger does.
    """
    found = dict.fromkeys(("restored", "parked", "failed", "held", "old"), 0)
    with _looking(ledger, storage) as connection:
        if connection is None or not sa.inspect(connection).has_table(messages.name):
            return found
        kept = outbox.c.status.in_(("parked", "failed"))
        query = sa.select(outbox.c.status, outbox.c.last_error, sa.func.count()).where(kept)
        for status, why, count in connection.execute(query.group_by(outbox.c.status, outbox.c.last_error)):
            found["restored" if (status, why) == ("parked", RESTORED) else status] += count
        held = sa.select(sa.func.count()).select_from(messages).where(messages.c.status == Status.HELD.value)
        found["held"] = connection.scalar(held) or 0
        if sa.inspect(connection).has_table(old_mails.name):
            found["old"] = connection.scalar(sa.select(sa.func.count()).select_from(old_mails)) or 0
    return found


def check_journal_key(ledger: LedgerSection, storage: Path, keys: JournalKeys) -> None:
    """Raise ConfigError when the journal bears another key than these; errors as opening the ledger."""
    with _looking(ledger, storage) as connection:
        if connection is not None and sa.inspect(connection).has_table(journal.name):
            JournalRows(connection, keys).check_key()


def secret_of_ledger(ledger: LedgerSection, storage: Path) -> str:
    """The name of the secret key the ledger knows; empty before the first run.  Errors as opening the ledger."""
    with _looking(ledger, storage) as connection:
        return known_secret(connection) if connection is not None else ""


@contextlib.contextmanager
def _looking(ledger: LedgerSection, storage: Path) -> Iterator[sa.Connection | None]:
    """A connection to the ledger as it is; None before the first run."""
    if not ledger.address and not (storage / "ledger.db").is_file():
        yield None
        return
    probe_ledger(ledger)
    engine = open_engine(ledger_address(ledger, storage), password=ledger.password())
    try:
        with translated(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
