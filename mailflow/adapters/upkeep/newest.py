"""The newest mails of a mailbox as received, for whoever looks without working: nothing is made or migrated."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.sql.engine import open_engine
from mailflow.adapters.sql.opening import ledger_address
from mailflow.adapters.sql.tables import messages
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import MailflowError
from mailflow.settings.config import LedgerSection

HEAD = 200_000  # bytes of a mail; its header section ends before


def newest_mails(ledger: LedgerSection, storage: Path, mailbox: str, limit: int) -> list[bytes]:
    """The beginnings of the newest mails collected from this mailbox; empty before the first run.

    Raises ConfigError, TemporaryError as opening the ledger does.
    """
    if not ledger.address and not (storage / "ledger.db").is_file():
        return []
    engine = open_engine(ledger_address(ledger, storage), password=ledger.password())
    try:
        if not sa.inspect(engine).has_table(messages.name):
            return []
        query = sa.select(messages.c.digest).where(messages.c.mailbox == mailbox).order_by(messages.c.id.desc())
        with engine.connect() as connection:
            digests = connection.scalars(query.limit(limit)).all()
    finally:
        engine.dispose()
    vault, found = FileVault(storage / "vault"), []
    for digest in digests:
        try:
            found.append(vault.get(digest)[:HEAD])
        except MailflowError:
            continue  # verify speaks of what is damaged
    return found
