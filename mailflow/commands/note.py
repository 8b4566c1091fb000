"""``mailflow note``: a complaint told by word of mouth, taken down by a colleague, enters as a mail of his.

The note becomes a mail from the colleague's own address, kept as raw bytes like any other and read like any other: it
opens a case of the caller with the channel "oral".  Nothing is answered, since nobody wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.casework.corrections import clean
from mailflow.commands.common import cell, err, fail, one_line_errors, opened, out
from mailflow.commands.language import in_words, t
from mailflow.commands.look import local
from mailflow.domain.errors import MailflowError, PermanentError
from mailflow.domain.model import NOTES
from mailflow.sentences.catalogue import sentence, worded

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Address, RawMessage
    from mailflow.domain.ports import Listing
    from mailflow.flow import Outcome

MAX_WORDS = 100_000

_LABELS = (
    sentence("Complaint by telephone"), sentence("Called at"), sentence("Company name"), sentence("Contact"),
    sentence("Phone"), sentence("Taken down by"), sentence("Complaint"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """What was told: when, by whom, in which words.  What the caller did not say is empty."""

    at: datetime
    words: str
    caller: str = ""
    company: str = ""
    phone: str = ""


def note(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="a file with the words; - for stdin"),
    ],
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="who took it down")],
    caller: Annotated[str, typer.Option("--caller", help="who called")] = "",
    company: Annotated[str, typer.Option("--company", help="the caller's company")] = "",
    phone: Annotated[str, typer.Option("--phone", help="the caller's telephone")] = "",
    at: Annotated[
        str,
        typer.Option("--at", help="time of the call; now if left out"),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show the mail")] = False,
) -> None:
    """Take in a complaint told by telephone or in person; it is kept and handled like a mail."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        words = read_words(source)
        with opened() as app:
            now, writer = now_utc(), writer_of(app, by)
            told = Note(_moment(at, now, app.config.zone), words, clean(caller), clean(company), clean(phone))
            raw = note_mail(
                told, writer, to=min(app.config.own_addresses), language=app.config.casework.language,
                zone=app.config.zone, now=now, key=uuid.uuid4().hex,
            )  # fmt: skip
            if dry_run:
                message = app.services.desk.decode(raw)
                out.print(f"From: {writer.name} <{writer.address}>\nSubject: {message.subject}\n", soft_wrap=True)
                out.print("\n".join(map(cell, message.text.split("\n"))), soft_wrap=True)
                return
            outcomes = take_in(app, raw, told.at, now)
            if outcomes is not None:
                _tell(app, outcomes, raw)


def note_mail(told: Note, writer: Address, *, to: str, language: str, zone: tzinfo, now: datetime, key: str) -> bytes:
    """The note as a mail of the colleague who took it down.  Pure: the same arguments give the same bytes."""
    from mailflow.outgoing.compose import new_message_id

    title, when, company, contact, phone, taken_by, words = (worded(language, label) for label in _LABELS)
    colon = ": " if language == "en" else "："
    lines = [
        (when, local(told.at, zone)), (company, told.company), (contact, told.caller), (phone, told.phone),
        (taken_by, writer.name or writer.address),
    ]  # fmt: skip
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((writer.name, writer.address))
    mail["To"] = to
    mail["Subject"] = title + (colon + told.company if told.company else "")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{new_message_id(writer.address.rpartition('@')[2], now, 'note-' + key)}>"
    said = "\n".join(f"{label}{colon}{value}" for label, value in lines if value)
    mail.set_content(f"{title}\n\n{said}\n\n{words}{colon}\n{told.words.strip()}\n", cte="base64")
    return mail.as_bytes()


# ------------------------------------------------------------------------------------------------------------ parts


class _OneMail:
    """A mailbox with one mail in it; its number comes from its bytes, so that it is entered once."""

    def __init__(self, raw: bytes, at: datetime) -> None:
        self.name, self.raw, self.at = NOTES, raw, at

    @property
    def uid(self) -> int:
        return int.from_bytes(blake2b(self.raw, digest_size=8).digest()) >> 2

    def listing(self) -> Sequence[Listing]:
        from mailflow.domain.ports import Listing

        return [Listing(self.name, "INBOX", 1, (self.uid,))]

    def received(self, listing: Listing, uids: Sequence[int]) -> dict[int, datetime | None]:
        return dict.fromkeys(uids, self.at)

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage]:
        from mailflow.domain.model import Place, RawMessage

        for uid in uids:
            yield RawMessage(Place(self.name, listing.folder, listing.uidvalidity, uid), self.raw, self.at)

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Nothing: nobody looks into it."""

    def wait(self, seconds: float) -> None:
        """Nothing more will come."""

    def close(self) -> None:
        """Nothing is open."""


def take_in(app: App, raw: bytes, at: datetime, now: datetime) -> list[Outcome] | None:
    """Keep a colleague's mail, then work on it; None, and it is said, when a running mailflow does so anyway."""
    from mailflow.runtime.lock import StorageLock
    from mailflow.stages.collect import collect

    for _ in collect(_OneMail(raw, at), app.ledger, app.vault, now):
        pass
    outcomes: list[Outcome] = []
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(StorageLock(app.config.storage))
        except PermanentError:
            seconds = app.config.worker.poll_seconds
            words = t("Taken in; the running mailflow handles it within {seconds} seconds.", seconds=seconds)
            out.print(words, soft_wrap=True)
            return None
        _work_off(app, outcomes)
    return outcomes


def _work_off(app: App, outcomes: list[Outcome]) -> None:
    from mailflow.app import sender
    from mailflow.commands.running import make_worker
    from mailflow.runtime.health import Health

    way_out = None
    try:
        way_out = sender(app.config)
    except MailflowError as error:
        # The note is safe; the mails about it leave with the next run.
        err.print(t("the mails to colleagues leave later: ") + in_words(str(error)), style="yellow")
    worker = make_worker(app, [], way_out, Health(app.config.storage), threading.Event(), tell=outcomes.append)
    worker.once()


def _tell(app: App, outcomes: Sequence[Outcome], raw: bytes) -> None:
    digest = hashlib.sha256(raw).hexdigest()
    row = next((item for item in reversed(app.lists.mails()) if item["digest"] == digest), None)
    mine = next((item for item in outcomes if row and item.message == row["id"]), None)
    if row is None or mine is None or not row["case"]:
        reason = mine.reason if mine else "?"
        words = t("kept, but no case: {reason} -> mailflow held", reason=reason)
        fail(words, 5)
    record = f"  {mine.record.number}" if mine.record else ""
    opened_ = t("note|opened") if mine.how == "new" else t("belongs to")
    out.print(f"{opened_} {row['case']}  {row['customer']} {cell(row['company'])}{record}", style="bold")
    case = app.lists.case(row["case"])
    for field in ("contact", "phone", "customer_company", "order_no", "product", "quantity", "defect_or_issue"):
        if case and field in case["facts"]:
            out.print(f"  {field}: {cell('；'.join(case['facts'][field]['values']))}", soft_wrap=True)
    hint = t("if something is wrong: mailflow correct")
    out.print(f"{hint} {row['case']} contact=...", style="dim")


def read_words(source: str) -> str:
    """The words of a file, or of standard input; ends the command in one line when there are none."""
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as stream:
            raw = stream.read(4 * MAX_WORDS + 1)
    except OSError as error:
        fail(t("{source} cannot be read: {strerror} -> check the path", source=source, strerror=error.strerror))
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            words = raw.decode("gb18030")
        except UnicodeDecodeError:
            fail(t("{source} is no text in UTF-8 or GB18030", source=source))
    kept = "\n".join(cell(line).rstrip() for line in words.splitlines()).strip()
    if not kept:
        fail(t("there is nothing in it: write down what the customer said"))
    if len(kept) > MAX_WORDS:
        fail(t("more than {max_words} characters", max_words=MAX_WORDS))
    return kept


def writer_of(app: App, by: str) -> Address:
    """The colleague who took it down: of the staff file, or any address of ours."""
    from mailflow.commands.byhand import staff_member
    from mailflow.domain.model import Address

    known = app.services.desk.staff().by_name(by)
    text = by.strip().lower()
    if known is None and text.count("@") == 1 and text.isascii() and text.isprintable() and " " not in text:
        local_part, _, domain = text.partition("@")
        address = Address("", text)
        if local_part and domain and app.services.filing.is_ours(address):
            if text in app.config.own_addresses:
                fail(t("{text} is the shared mailbox -> your own address", text=text))
            return address
    person = known or staff_member(app, by)
    return Address(person.name, person.address)


def _moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    if not text:
        return now
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        fail(t("{text!r} is no time such as 2026-11-22T09:20", text=cell(text)))
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    if found > now:
        fail(t("{text} is yet to come", text=cell(text)))
    return found
