"""A small office to archive: real SQLite, a real vault, rows put in directly."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.archive.folders import FolderArchive
from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.chain import FIRST, chain_hash
from mailflow.adapters.sql.dossier import Dossiers
from mailflow.adapters.vault import FileVault
from mailflow.domain.model import Attachment, Message
from tests.adapters.sql import once

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FORM = "JL-23-01"


def decode(raw: bytes, received_at: datetime | None = None) -> Message:
    """What the archive needs of a decoded mail: its attachments.  Names come through as hostile as they are."""
    mail = BytesParser(policy=default).parsebytes(raw)
    found = []
    for count, part in enumerate(mail.walk()):
        if part.get_content_disposition() == "attachment":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            name = part.get_filename() or f"part-{count}"
            found.append(Attachment(name, name, part.get_content_type(), content))
    return Message(subject=str(mail["Subject"] or ""), received_at=received_at, attachments=tuple(found))


def mail(subject: str, text: str, attachments: dict[str, bytes] | None = None, sender: str = "li@huaxin.cn") -> bytes:
    """A customer's mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "kefu@example.cn", subject
    message["Message-ID"] = f"<{abs(hash((subject, text)))}@huaxin.cn>"
    message.set_content(text)
    for name, content in (attachments or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


class Office:
    """A storage folder and the rows in it.  Every method keeps the ledger's rules, unless a test breaks them."""

    def __init__(self, storage: Path, engine: sa.Engine | None = None) -> None:
        """``engine``: of a ledger elsewhere, with its schema."""
        self.storage = storage
        storage.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:///{storage / 'ledger.db'}"
        self.engine = engine or self._open()
        self.vault = FileVault(storage / "vault")
        self.dossiers = Dossiers(self.engine)
        self.archive = FolderArchive(storage / "archive", self.vault, self.dossiers, decode)
        self.clock = START
        self.uid = self.scalar(sa.select(sa.func.coalesce(sa.func.max(t.messages.c.uid), 0)))

    def _open(self) -> sa.Engine:
        engine = once.opened(self.url)
        # The rows a test puts in need not survive a power cut; the archive's own files are synced as always.
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        once.migrated(engine)
        return engine

    def store(self, content: bytes) -> str:
        """A blob in the vault, without waiting for the disk."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.vault.path(digest)
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
        return digest

    def now(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    def run(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            return connection.execute(statement, values)

    def add(self, table: sa.Table, **values: Any) -> int:
        key = self.run(table.insert(), values).inserted_primary_key
        assert key is not None
        return int(key[0])

    def number(self, counter: str) -> int:
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            value = (connection.scalar(sa.select(t.counters.c.value).where(t.counters.c.name == counter)) or 0) + 1
            if value == 1:
                connection.execute(t.counters.insert(), {"name": counter, "value": value})
            else:
                connection.execute(t.counters.update().where(t.counters.c.name == counter).values(value=value))
            return int(value)

    def customer(self, company: str = "华信电子有限公司") -> int:
        number = f"KH-{self.number('customer'):05d}"
        key = self.add(t.customers, number=number, company=company, company_key=company, created_at=self.now())
        address = f"li{key}@huaxin.cn"
        self.add(t.contacts, customer_id=key, address=address, domain="", name="李雷", first_seen=self.clock)
        return key

    def case(self, customer: int, subject: str = "到货短少", kind: str = "complaint") -> int:
        number = f"TS-2026-{self.number('case:TS:2026'):04d}"
        now = self.now()
        key = self.add(
            t.cases,
            number=number, customer_id=customer, kind=kind, status="open", subject=subject, opened_at=now,
            changed_at=now,
        )  # fmt: skip
        self.touch(customer)
        return key

    def mail(self, case: int | None, raw: bytes, *, status: str = "handled", mail_id: str = "") -> int:
        digest = self.store(raw)
        self.uid += 1
        now = self.now()
        key = self.add(
            t.messages,
            mailbox="kefu", folder="INBOX", uidvalidity=1, uid=self.uid, digest=digest, size=len(raw),
            arrived_at=now, received_at=now, collected_at=now, status=status, kind="complaint" if case else "",
            message_id=mail_id or f"m{self.uid}@huaxin.cn", sender="li@huaxin.cn", subject="到货短少", case_id=case,
        )  # fmt: skip
        if case is not None:
            self.add(
                t.findings,
                message_id=key, case_id=case, field="order_no", value="SO-1", words="SO-1", source="new_text", start=0,
                end=4, rule="order", confidence=1.0,
            )  # fmt: skip
            self.note("mail.filed", key, case)
            self.touch_case(case)
        return key

    def record(self, case: int, message: int, content: bytes = b"PK word") -> int:
        number = f"{FORM}-2026-{self.number(f'record:{FORM}:2026'):04d}"
        digest = self.store(content + number.encode())
        key = self.add(
            t.records,
            number=number, form=FORM, form_version="A/1", title="顾客投诉处理单", case_id=case, message_id=message,
            digest=digest, file_name=f"{number}.docx", retention_years=6, issued_at=self.now(),
        )  # fmt: skip
        self.note("record.issued", message, case)
        self.touch_case(case)
        return key

    def reply(self, case: int, message: int, *, status: str = "sent", subject: str = "已收到您的来信") -> int:
        raw = mail(subject, f"您好，{case} {message}", sender="kefu@example.cn").replace(b"\n", b"\r\n")
        now = self.now()
        key = self.add(
            t.outbox,
            occasion=f"ack:{message}:{self.clock:%H%M}", case_id=case, message_id=message,
            mail_id=f"o{message}-{now:%d%H%M%S}@example.cn",
            sender="kefu@example.cn", recipient="li@huaxin.cn", raw=raw, status=status, next_attempt_at=now,
            created_at=now, sent_at=now if status == "sent" else None,
        )  # fmt: skip
        self.touch_case(case)
        return key

    def sent(self, outbox: int) -> None:
        self.run(t.outbox.update().where(t.outbox.c.id == outbox).values(status="sent", sent_at=self.now()))
        case = self.scalar(sa.select(t.outbox.c.case_id).where(t.outbox.c.id == outbox))
        self.touch_case(case)

    def note(self, event: str, message: int | None, case: int | None) -> None:
        previous = self.scalar(sa.select(t.journal.c.hash).order_by(t.journal.c.id.desc()).limit(1)) or FIRST
        at = self.now()
        hashed = chain_hash(previous, f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "mailflow", event, message, case, "{}")
        row = {"at": at, "actor": "mailflow", "event": event, "message_id": message, "case_id": case, "data": "{}"}
        self.add(t.journal, **row, hash=hashed)

    def touch(self, customer: int) -> None:
        self.run(t.customers.update().where(t.customers.c.id == customer).values(changed=t.customers.c.changed + 1))

    def touch_case(self, case: int) -> None:
        self.touch(self.scalar(sa.select(t.cases.c.customer_id).where(t.cases.c.id == case)))

    def scalar(self, query: sa.Select[Any]) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(query)

    # ---------------------------------------------------------------------------------------------- ready-made

    def complaint(self, customer: int | None = None, attachments: dict[str, bytes] | None = None) -> int:
        """A handled complaint with its record and its reply; returns the case."""
        case = self.case(customer or self.customer())
        message = self.mail(case, mail(f"投诉 {case}", "少了两箱。", attachments or {"照片.jpg": b"\xff\xd8" * 40}))
        self.record(case, message)
        self.reply(case, message)
        return case

    def index(self, number: str = "KH-00001") -> dict[str, Any]:
        path = self.storage / "archive" / number / "archive.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
