"""An office that an earlier release left behind: unpacked, and worked on by today's program.

Nothing in an archive depends on where it lies: paths in its ``mailflow.yaml`` are relative, and the ledger names none.
Only the port of the mail server is another one in every test; :attr:`FrozenOffice.config` sets it.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from mailflow.settings import config as settings
from mailflow.settings.config import Config
from tests.flow.office import Clock, Office
from tests.flow.staffed import Staffed
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import Received, SmtpSink

HERE = Path(__file__).resolve().parent
OLD = 1_000_000_000  # the time of a file that nobody is writing to any more


class FrozenOffice(Office):
    """The office of a release.  What lies in its people's mailboxes counts as received by the mail server."""

    def __init__(self, home: Path, sink: SmtpSink, stopped_at: datetime) -> None:
        no_server = cast("Dovecot", None)  # its mailbox is a folder, see put()
        clock = Clock()
        clock.now = stopped_at.astimezone(UTC)
        super().__init__(home, no_server, sink, "service@firm.example", clock, rules=home / "rules")
        self._numbers = itertools.count(9001)

    def put(self, *mails: bytes) -> None:
        """Mails arrive: files in the folder the office reads."""
        for mail in mails:
            path = self.folder / "inbox" / f"{next(self._numbers)}.eml"
            path.write_bytes(mail)
            os.utime(path, (OLD, OLD))

    @property
    def config(self) -> Config:
        """The settings as the release left them, with the mail server of this test."""
        found = settings.load(self.folder / "mailflow.yaml")
        assert found.smtp is not None
        return found.model_copy(update={"smtp": found.smtp.model_copy(update={"port": self.sink.port})})

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables of the ledger, but for which schema it is."""
        question = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        with closing(sqlite3.connect(self.storage / "ledger.db")) as ledger:
            names = [name for (name,) in ledger.execute(question) if name != "alembic_version"]
            return {name: ledger.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall() for name in names}  # noqa: S608


def unpack(release: str, folder: Path, sink: SmtpSink, stopped_at: datetime) -> FrozenOffice:
    """The office of a release in this folder, at the moment at which it was stopped."""
    with tarfile.open(HERE / release / "office.tar.xz") as archive:
        # As the standard library's manual has it for versions of Python that may lack filters.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(folder)  # noqa: S202 - our own archive
    for path in (folder, *folder.rglob("*")):  # as mailflow check asks for: its owner's alone
        path.chmod(path.stat().st_mode & 0o700)
    return FrozenOffice(folder / "office", sink, stopped_at)


def people_of(office: FrozenOffice) -> Staffed:
    """Its people, with the mails they had not answered when it was stopped lying before them."""
    for path in sorted((office.folder / "delivered").iterdir()):
        recipient = path.stem.partition("-")[2]
        office.sink.mails.append(Received("", (recipient,), path.read_bytes(), False, "", 0, ()))
    return Staffed(office, (office.folder / "rules" / "staff.yaml").read_text("utf-8"))
