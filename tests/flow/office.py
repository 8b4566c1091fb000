"""A whole mailflow for a test: a home in a temporary folder, a real mailbox, a real SMTP server, a clock to turn."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailflow import app as composition
from mailflow.adapters.apart import Apart
from mailflow.adapters.apart_wire import packed, unpacked
from mailflow.app import App
from mailflow.commands.running import make_worker
from mailflow.domain.errors import TemporaryError
from mailflow.domain.ports import Mailbox, Sender, Vault
from mailflow.flow import Outcome
from mailflow.runtime.health import Health
from mailflow.runtime.lock import StorageLock
from mailflow.settings.config import Company, Config, LedgerSection, MailboxSettings, SmtpSection
from mailflow.settings.sections import CaseworkSection, Limits
from mailflow.worker import Worker
from tests.adapters.sql.stores import rows_of
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import Received, SmtpSink

COMPANY = Company(name="示例精密机械有限公司", english_name="Example Precision", domains=("firm.example",))
DEFAULTS = Path(__file__).resolve().parents[2]


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class Office:
    """A mailbox on the server, and a home that works it off when told to."""

    folder: Path
    server: Dovecot
    sink: SmtpSink
    user: str
    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)
    mailbox: dict[str, Any] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    company: Company = COMPANY
    rules: Path = DEFAULTS / "rules"
    templates: Path = DEFAULTS / "templates"
    casework: CaseworkSection = field(default_factory=lambda: CaseworkSection(pdf=False, letters="word", reports=()))
    ledger: LedgerSection = field(default_factory=LedgerSection)
    apart: bool = False  # read in a process of its own, with limits, which is forked anew each time the office opens
    health: Health = field(init=False)

    @property
    def storage(self) -> Path:
        """Where everything is kept."""
        return self.folder / "storage"

    @property
    def config(self) -> Config:
        """The settings."""
        password = self.folder / "password"
        if not password.exists():
            password.write_text("secret")
        box: dict[str, Any] = {
            "name": "service", "host": self.server.host, "port": self.server.port, "security": "plain",
            "username": self.user, "password_file": password, "addresses": (self.user, *self.addresses), "idle": False,
        }  # fmt: skip
        return Config(
            company=self.company,
            mailboxes=(MailboxSettings(**(box | self.mailbox)),),
            smtp=SmtpSection(host=self.sink.host, port=self.sink.port, security="plain", from_address=self.user),
            storage=self.storage,
            ledger=self.ledger,
            rules=self.rules,
            templates=self.templates,
            limits=self.limits,
            casework=self.casework,
        )

    def put(self, *mails: bytes) -> None:
        """Mails arrive."""
        self.server.deliver_many(self.user, mails)

    @contextmanager
    def open(
        self,
        *,
        sender: Callable[[Sender], Sender] | None = None,
        boxes: Sequence[Mailbox] | None = None,
        tell: Callable[[Outcome], None] | None = None,
        stop: threading.Event | None = None,
        **wrapped: Callable[[Any], Any],
    ) -> Iterator[tuple[App, Worker]]:
        """An opened mailflow with its worker; what is given wraps the real part (``reader``, ``vault`` ...)."""
        config, stop = self.config, stop or threading.Event()
        with StorageLock(config.storage), composition.open_app(config) as app:
            desk = app.services.desk
            inner = {name: wrap(getattr(desk, name)) for name, wrap in wrapped.items() if hasattr(desk, name)}
            parts: dict[str, Any] = {
                name: inner.get(name) or wrap(getattr(app.services, name))
                for name, wrap in wrapped.items()
                if hasattr(app.services, name)
            }
            if inner or parts:
                parts["desk"] = changed(desk, **inner)
                app = changed(app, services=changed(app.services, **parts))
            if not self.apart:
                app = changed(app, apart=Here())
            self.health = Health(config.storage)
            way_out = composition.sender(config)
            assert way_out is not None
            if boxes is None:
                boxes = composition.mailboxes(config, stop)
            out = sender(way_out) if sender else way_out
            worker = make_worker(app, boxes, out, self.health, stop, tell=tell)
            worker.clock = self.clock
            yield app, worker

    def work(self, **parts: Any) -> list[Outcome]:
        """One ``run --once``; returns what became of the mails, in order."""
        outcomes: list[Outcome] = []
        with self.open(tell=outcomes.append, **parts) as (_, worker):
            worker.once()
        return outcomes

    # ------------------------------------------------------------------------------------------------ what is there now

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the ledger; questions are in SQLite's words."""
        if self.ledger.address:
            return rows_of(self.ledger, question, values)
        with closing(sqlite3.connect(self.storage / "ledger.db")) as connection:
            return connection.execute(question, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        """Change rows of a ledger in SQLite behind mailflow's back."""
        with closing(sqlite3.connect(self.storage / "ledger.db")) as connection, connection:
            connection.execute(statement, values)

    def one(self, question: str, *values: Any) -> Any:
        """One value of the ledger."""
        return self.ask(question, *values)[0][0]

    def mails(self) -> list[tuple[str, str, str]]:
        """Status, kind and reason of every mail, in the order collected."""
        return [(a, b, c) for a, b, c in self.ask("SELECT status, kind, reason FROM messages ORDER BY id")]

    def statuses(self) -> list[str]:
        """The status of every mail, in the order collected."""
        return [status for status, _, _ in self.mails()]

    def cases(self) -> list[str | None]:
        """The case of every mail, in the order collected."""
        question = "SELECT c.number FROM messages m LEFT JOIN cases c ON c.id = m.case_id ORDER BY m.id"
        return [number for (number,) in self.ask(question)]

    def replies(self) -> list[Received]:
        """What the SMTP server took."""
        return list(self.sink.mails)

    def recipients(self) -> list[str]:
        """To whom the SMTP server took mail."""
        return [recipient for mail in self.sink.mails for recipient in mail.recipients]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows that working on mails writes, but where a mail lies in the mailbox."""
        tables = "customers contacts cases findings records outbox deliveries journal counters".split()
        found = {table: self.ask(f"SELECT * FROM {table} ORDER BY 1") for table in tables}  # noqa: S608
        found["messages"] = self.ask(
            "SELECT id, digest, status, kind, reason, detail, case_id, attempts, released, finished_at FROM messages"
            " ORDER BY id"
        )
        return found

    def files(self) -> dict[str, bytes]:
        """Every file of the archive."""
        root = self.storage / "archive"
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def reconciled(self) -> tuple[int, ...]:
        """The last count: present, handled, aside, held, waiting, unknown."""
        return self.ask("SELECT present, handled, aside, held, waiting, unknown FROM folders")[0]

    def errors(self) -> list[str]:
        """What verification finds wrong."""
        with composition.open_app(self.config) as app:
            return [str(item) for item in app.verify() if item.severity == "error"]


class Here(Apart):
    """Reads without a process of its own; tasks and answers are packed as if there were one."""

    def start(self, do: Callable[[Any], Any], prepare: Callable[[], object] = lambda: None) -> bool:
        self.do = do
        return True

    def __call__(self, task: Any) -> Any:
        return unpacked(packed(self.do(unpacked(packed(task)))))


class Away:
    """A vault whose disk gives nothing back for now."""

    def __init__(self, inner: Vault) -> None:
        self.inner = inner

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        return self.inner.put(contents)

    def put_file(self, path: Path) -> str:
        return self.inner.put_file(path)

    def get(self, digest: str) -> bytes:
        raise TemporaryError("storage: Input/output error", remedy="look at the disk")
