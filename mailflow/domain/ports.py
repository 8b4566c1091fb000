"""What the flow asks of the outside world.  Adapters implement these; tests may fake these and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from mailflow.domain.attached import FileText
from mailflow.domain.contact_ports import ContactWork
from mailflow.domain.duty_ports import DutyWork
from mailflow.domain.forms import FormSpec
from mailflow.domain.joint_ports import JointWork
from mailflow.domain.mailbox_ports import Listing as Listing
from mailflow.domain.mailbox_ports import MailboxWork, NotGiven
from mailflow.domain.model import (
    Attachment,
    Case,
    Customer,
    Details,
    Kind,
    Message,
    OutgoingMail,
    Place,
    RawMessage,
    Record,
    Refusal,
    Status,
)
from mailflow.domain.moved_ports import MovedWork
from mailflow.domain.outbox_ports import OutboxWork
from mailflow.domain.picture_ports import Photos, PictureWork
from mailflow.domain.print_ports import PrintWork
from mailflow.domain.profile_ports import ProfileWork
from mailflow.domain.question_ports import QuestionWork
from mailflow.domain.quiet_ports import QuietWork
from mailflow.domain.report_ports import ReportWork
from mailflow.domain.restore_ports import RestoreWork
from mailflow.domain.start_ports import StartWork
from mailflow.domain.storm_ports import StormWork
from mailflow.domain.survey_ports import SurveyWork
from mailflow.domain.task_ports import TaskWork


@dataclass(frozen=True, slots=True)
class Oversize:
    """A mail over the size limit, spooled to a file instead of memory: ``path`` holds its whole bytes."""

    message: RawMessage  # raw holds the header section only
    path: Path
    size: int


class Mailbox(Protocol):
    """A place mails arrive in: an IMAP account, a Maildir, a folder of .eml files, an mbox.

    Every method raises TemporaryError when waiting may help, LoginRefused / PermanentError when it will not; after
    an error the object reconnects by itself on the next call.  Reading never sets a flag; nothing is ever expunged.
    """

    name: str

    def listing(self) -> Sequence[Listing]:
        """The folders watched, each with what lies in it."""

    def received(self, listing: Listing, uids: Sequence[int]) -> Mapping[int, datetime | None]:
        """When the server received these, without reading them; None where nobody says, vanished ones left out."""

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
        """Yield the mails of these UIDs, in that order; a UID that has vanished is left out, one not given is named.

        The adapter reads in batches bounded by count and bytes; memory stays bounded however much is asked for.
        """

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Tell colleagues that these are collected: flag, move, or nothing, as configured.  Safe to repeat."""

    def wait(self, seconds: float) -> None:
        """Return when new mail may have arrived (IDLE), at the latest after ``seconds``.  Only a wake-up."""

    def close(self) -> None:
        """Let go of the connection; never raises."""


class Sender(Protocol):
    """Sends one mail over a kept connection."""

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        """Hand the mail to the server; the refusals of single recipients are returned when at least one was taken.

        Raises Unreachable (the mail was not spoken of), TemporaryError (4xx or a full mailbox for all, with the
        reply's ``code``; 0 or 421 when the connection was lost), LoginRefused, SenderRefused (5xx for our sender) or
        PermanentError (5xx for all).  After a TemporaryError without a code nobody knows whether the server took the
        mail: repeat the same bytes.
        """
        ...

    def close(self) -> None:
        """End the connection politely; never raises."""
        ...


class Vault(Protocol):
    """Immutable bytes under their SHA-256: raw mails as received, records as issued."""

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        """Store all of these durably (one sync for the group) and return their digests (hex), in order."""
        ...

    def put_file(self, path: Path) -> str:
        """Move a spooled file into the vault, without reading it into memory; returns its digest."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes of a digest; raises NeedsPerson("damaged") when absent or altered."""
        ...


class Reader(Protocol):
    """Reads facts from a decoded mail with the rulebook."""

    def read(self, message: Message, now: datetime) -> Details:
        """Pure: the same message and time give the same Details."""
        ...


class AttachmentText(Protocol):
    """Reads the text of a stranger's file."""

    def __call__(self, file: Attachment) -> FileText:
        """Its text within limits, and what of it is unread.  Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class ScanPage:
    """A page of a scan: ``number`` counts from 1; ``codes`` are the texts of its QR codes that begin with ``MF1:``.

    Only :func:`mailflow.records.qr.verify` says whether a code is ours.  ``upright``: by how many degrees clockwise
    (0, 90, 180, 270) the page must be turned to be read, 0 when no code tells.  ``blank``: nothing is on it.
    """

    number: int
    codes: tuple[str, ...] = ()
    upright: int = 0
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read of a file.  ``problem``: "", not_a_scan, too_large, locked, broken, timeout.

    With a problem ``pages`` is empty, save for timeout: it then holds the pages read before.
    """

    pages: tuple[ScanPage, ...] = ()
    problem: str = ""


class Printer(Protocol):
    """Shows Word records to those who have no Word at hand."""

    def is_there(self) -> bool:
        """Can this machine print at all?"""
        ...

    def pdfs_of(self, records: Mapping[int, bytes]) -> Mapping[int, bytes]:
        """The PDFs of Word files by their keys, without those it cannot make.  Never raises MailflowError."""
        ...

    def to_pdf(self, records: Sequence[Path], folder: Path) -> list[Path]:
        """Convert Word files to PDF in ``folder``, in order.  Raises TemporaryError, PermanentError."""
        ...

    def to_png(self, pdf: Path, folder: Path) -> list[Path]:
        """The pages of a PDF as pictures in ``folder``, in order.  Raises PermanentError."""
        ...


class Scans(Photos, Protocol):
    """Reads the QR codes of scanned or photographed records, and prepares photos."""

    def __call__(self, file: Attachment) -> Scan:
        """The pages of a PDF or picture and their codes.  Never raises."""
        ...

    def cut(self, file: Attachment, pages: Sequence[int]) -> bytes:
        """These pages (from 1, in this order) as one file; the file itself, unchanged, when these are all of it.

        Raises PermanentError when the file cannot be cut.
        """
        ...


class Forms(Protocol):
    """Word forms: which exist and how to fill them."""

    def specs(self) -> Sequence[FormSpec]:
        """The forms that may be filled, by code."""
        ...

    def fill(self, code: str, fields: Mapping[str, Any]) -> bytes:
        """The finished .docx.  The same fields give the same bytes.  Raises PermanentError naming a missing field."""
        ...


# ------------------------------------------------------------------------------------------------------- the ledger


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A mail in the ledger: its row, where it lies, the digest of its bytes in the vault."""

    id: int
    place: Place
    digest: str
    size: int
    arrived_at: datetime | None
    attempts: int = 0
    released: bool = False  # a person let it go on: it is not excluded again
    history: bool = False  # imported from the past: filed, never answered
    by_hand: bool = False  # written by a colleague in the mailbox itself, from its folder of sent mail


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What the ledger keeps of a decoded mail for matching and lists."""

    message_id: str = ""
    answers: str = ""  # the Message-ID in In-Reply-To
    sender: str = ""
    subject: str = ""
    received_at: datetime | None = None
    text_digest: str = ""
    is_short: bool = False  # its words may be said of another matter as well: the same again is no mail sent again
    attachments: int | None = None  # how many files it carries; None when it could not be read
    trust: str = ""  # how sure we are of its sender (mailflow/trust/level.py), and why; empty when it was not read
    trust_reason: str = ""
    cut: str = ""  # the header fields that were too long to be read whole (Message.cut), joined by commas


@dataclass(frozen=True, slots=True)
class Ending:
    """The final state of a mail: ``kind`` what it was taken for, ``reason`` a stable word, ``detail`` for people."""

    status: Status
    kind: str = ""
    reason: str = ""
    detail: str = ""
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class FolderCount:
    """A folder's reconciliation: ``present = handled + aside + held + old + waiting + unknown``; the last two go to 0.

    ``old`` are mails from before the start, which were not taken in.
    """

    mailbox: str
    folder: str
    present: int
    handled: int
    aside: int
    held: int
    waiting: int
    unknown: int
    old: int = 0


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says a field of a case holds (empty: not in the mail), and what stood there before."""

    id: int
    case_id: int
    field: str
    value: str
    was: str
    actor: str
    at: datetime
    message: int | None = None


class Work(
    TaskWork, MailboxWork, OutboxWork, PrintWork, PictureWork, ContactWork, StormWork, StartWork, RestoreWork,
    MovedWork, JointWork, QuestionWork, QuietWork, DutyWork, ReportWork, SurveyWork, ProfileWork, Protocol,
):  # fmt: skip
    """One write transaction over the ledger.  What these say together happens together or not at all.

    What each promises, and what its ``None`` or ``False`` means, stands where it is done, in mailflow/adapters/sql.
    """

    def savepoint(self) -> AbstractContextManager[None]: ...

    # mails
    def known_uids(self, listing: Listing) -> set[int]: ...
    def add_message(
        self,
        place: Place,
        digest: str,
        size: int,
        *,
        arrived_at: datetime | None,
        now: datetime,
        history: bool = False,
        held: tuple[str, str] | None = None,
    ) -> int: ...
    def unmarked(self, listing: Listing) -> list[int]: ...
    def set_marked(self, listing: Listing, uids: Sequence[int]) -> None: ...
    def reconcile(self, listing: Listing, now: datetime) -> FolderCount: ...
    def waiting(self, limit: int, now: datetime) -> list[StoredMessage]: ...
    def finish(self, stored: StoredMessage, ending: Ending, facts: MailFacts, now: datetime) -> bool: ...
    def retry_later(self, stored: StoredMessage, error: str, at: datetime) -> None: ...
    def release(self, message_id: int) -> bool: ...
    def replay(self, message_id: int) -> bool: ...
    def message(self, message_id: int) -> Mapping[str, Any] | None: ...

    # seen before?
    def duplicate_of(
        self, message: int, digest: str, message_id: str, sender: str, text_digest: str
    ) -> tuple[int, int | None] | None: ...
    def of_same_name(self, message: int, message_id: str) -> int | None: ...
    def subjects_of(self, case: int) -> list[str]: ...
    def case_of_resent(self, sender: str, text_digest: str, since: datetime) -> Case | None: ...
    def cases_of_mails(self, mail_ids: Sequence[str]) -> list[Case]: ...

    def cases_answering(self, mail_id: str) -> list[Case]: ...
    def case_by_number(self, number: str) -> Case | None: ...
    def cases_sharing(self, customer: int, field: str, values: Sequence[str], since: datetime) -> list[int]: ...
    def case(self, case_id: int) -> Case: ...

    # customers and cases
    def customer_of_company(self, company_key: str) -> Customer | None: ...
    def add_customer(self, number: str, company: str, company_key: str, now: datetime) -> Customer: ...
    def name_customer(self, customer: Customer, company: str, company_key: str) -> None: ...
    def rename_customer(self, customer: Customer, was: str, company: str, company_key: str) -> bool: ...
    def touch(self, customer: int) -> None: ...
    def touch_case(self, case_id: int) -> None: ...
    def next_number(self, counter: str) -> int: ...
    def add_case(
        self,
        number: str,
        customer: Customer,
        details: Details,
        kind: Kind,
        *,
        subject: str,
        opened_by: str,
        now: datetime,
    ) -> Case: ...
    def change_case(self, case: Case, now: datetime) -> None: ...
    def add_findings(self, message: int, case: int, details: Details) -> None: ...
    def add_record(
        self, case: Case, message: int | None, spec: FormSpec, record: Record, fields: Mapping[str, Any], revision: int
    ) -> int: ...

    # people's corrections
    def add_correction(
        self, case: int, field: str, value: str, was: str, *, actor: str, message: int | None = None, now: datetime
    ) -> int: ...
    def corrections(self, case: int) -> list[Correction]: ...
    def found_values(self, case: int, field: str) -> list[str]: ...
    def readings(self, case: int, field: str) -> Sequence[tuple[str, str, float]]: ...
    def found_values_of(self, cases: Collection[int], field: str) -> Mapping[int, Sequence[str]]: ...
    def set_case(self, case: int, **values: str) -> None: ...

    # clock, journal
    def duty_done(self, name: str, due_at: datetime, now: datetime) -> bool: ...
    def journal(
        self,
        event: str,
        now: datetime,
        *,
        actor: str = "mailflow",
        message: int | None = None,
        case: int | None = None,
        **data: str | int | bool | None,
    ) -> None: ...


class Ledger(Protocol):
    """The truth while work is alive."""

    def begin(self, *, durable: bool = True) -> AbstractContextManager[Work]:
        """A write transaction: committed at the end of the block, rolled back when it raises.

        A commit survives the death of this process, and a power cut too unless ``durable`` is False: that is for
        notes whose loss repeats something harmless, and does not wait for the disk.
        """
        ...
