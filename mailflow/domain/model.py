"""The nouns of the office, as frozen values.  See docs/glossary.md: one word per thing.

Times are aware ``datetime`` values; they are stored in UTC and shown in the configured zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailflow.domain.attached import Unread
from mailflow.domain.matters import Trouble


class Kind(StrEnum):
    """What a mail or a case is.

    ``OTHER`` asks for nothing and opens no case.  No mail is a ``DUTY`` or ``CAPA`` (``OWN``): the calendar opens one,
    our own people the other.  The last six never open one and are never answered (``NO_CASE``).
    """

    COMPLAINT = "complaint"
    FOLLOWUP = "followup"
    INQUIRY = "inquiry"
    RFQ = "rfq"
    ORDER = "order"
    ORDER_CHANGE = "order_change"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    SURVEY_REPLY = "survey_reply"
    INFO_UPDATE = "info_update"
    CAPA = "capa"
    OTHER = "other"
    DUTY = "duty"
    STAFF_REPLY = "staff_reply"
    AUTO_REPLY = "auto_reply"
    READ_RECEIPT = "read_receipt"
    BOUNCE = "bounce"
    SPAM = "spam"
    NEWSLETTER = "newsletter"
    LOOP = "loop"


OWN = frozenset({Kind.DUTY, Kind.CAPA})
"""Cases we open ourselves: no mail is read as one, and no customer belongs to them."""

NO_CASE = frozenset({Kind.AUTO_REPLY, Kind.READ_RECEIPT, Kind.BOUNCE, Kind.SPAM, Kind.NEWSLETTER, Kind.LOOP})


class Status(StrEnum):
    """Where a mail stands.  Every mail ends as handled, aside or held: the mailbox reconciles against these."""

    WAITING = "waiting"
    HANDLED = "handled"
    ASIDE = "aside"
    HELD = "held"


# ------------------------------------------------------------------------------------------------- mail as received


NOTES = "notes"
"""The mailbox of what our people enter at the machine."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies in a mailbox (RFC 9051 section 2.3.1.1): its name for the server, not its identity for us."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A mail's bytes exactly as received.  ``received_at`` is the server's time of arrival (INTERNALDATE), if known."""

    place: Place
    raw: bytes
    received_at: datetime | None = None


# ------------------------------------------------------------------------------------------------------ mail, decoded


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox address as in a header: display name (decoded, may be empty) and addr-spec (lower-cased domain)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the last ``@``, lower case; empty when there is none."""
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail.

    ``name`` is the sender's, decoded: display text only, it may hold anything.  ``safe_name`` is ours: one path
    component, unique within the mail, fit for every file system.  ``content`` is the decoded file.
    """

    name: str
    safe_name: str
    type: str
    content: bytes
    content_id: str = ""
    inline: bool = False

    @property
    def size(self) -> int:
        """Bytes after decoding."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Report:
    """The machine-readable parts of a multipart/report (RFC 6522): DSN (RFC 3464), MDN (RFC 8098), ARF (RFC 5965).

    ``type`` is the report-type in lower case.  ``fields`` holds one mapping per group of header-like lines
    (per-message first), names in lower case.  ``original_headers`` are those of the returned mail, if enclosed.
    """

    type: str
    fields: tuple[Mapping[str, str], ...] = ()
    original_headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


TRACE = ("received", "authentication-results", "received-spf")
OTHERS = "*"  # in Message.cut: header fields that nobody here goes by


@dataclass(frozen=True, slots=True)
class Message:
    """A decoded mail.  Never raises on strangers' bytes: what could not be read is named in ``problems``.

    ``text`` is the whole readable body (plain, or reduced from HTML), LF line ends.  ``new_text`` is what the sender
    wrote this time, in order, answers between quoted lines included; ``quoted_text``, ``forwarded_text`` and
    ``signature`` are the other parts of ``text``.  ``headers`` maps lower-case names to all decoded values in order.
    ``received_at`` is the trusted time of arrival: the topmost Received, else the mailbox's INTERNALDATE, else None.
    ``date`` is the sender's own claim.  ``message_id``, ``in_reply_to`` and ``references`` are without brackets.
    ``forwarded`` holds attached mails (message/rfc822), decoded, outermost first.  ``trace`` holds what servers put on
    top, in the order it stands (RFC 5321 section 4.4): names in lower case and values of ``TRACE``.  ``cut`` names the
    header fields, its own and those of attached mails, that were too long to be read whole: lower case, ``*`` for those
    nobody here goes by.
    """

    subject: str = ""
    from_: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    received_at: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    new_text: str = ""
    quoted_text: str = ""
    forwarded_text: str = ""
    signature: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    forwarded: tuple[Message, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trace: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    report: Report | None = None
    charset: str = ""
    problems: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    @property
    def sender(self) -> Address | None:
        """The first From address, or None when the mail names nobody."""
        return self.from_[0] if self.from_ else None

    def header(self, name: str) -> str:
        """The first value of a header (any case), or an empty string."""
        values = self.headers.get(name.lower(), ())
        return values[0] if values else ""


# ------------------------------------------------------------------------------------------------- what was understood


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a mail must not be answered and opens no case: kind, the sign that told, and the words it stood in.

    ``kind`` is one of ``NO_CASE`` or a word of the flow's own: ``duplicate``, ``own_mail``, ``rate_brake``.
    For bounces ``failed_recipients`` are the addresses that could not be reached and ``about`` the Message-IDs
    (without brackets) of our mail the bounce, receipt or auto-reply speaks of; ``permanent`` is True for a
    hard bounce (5.x.x), False for a soft one, None when not stated.  ``recipients`` are all addresses the report is
    about, ``gone`` those of them whom no later try will reach; ``delayed``: nothing came back, it is still on its way;
    ``said`` is what the other server said.
    """

    kind: str
    sign: str
    evidence: str = ""
    failed_recipients: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    permanent: bool | None = None
    recipients: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    delayed: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One extracted value with its evidence.

    ``words`` stands at ``[start:end]`` of the part named by ``source`` (``subject``, ``new_text``, ``quoted_text``,
    ``forwarded_text``, ``signature``, ``attachment:NAME``, ``from``).  ``value`` is the normalised value (dates as
    ISO 8601, in the mailbox's zone), otherwise the words.  ``rule`` names the rule that found it; ``confidence`` is
    0..1 and comparable only within one field.
    """

    field: str
    value: str
    words: str
    source: str
    start: int
    end: int
    rule: str
    confidence: float = 1.0


# A value the writer took back (不是A是B): shown as a finding of this confidence, and no value of the mail.
SUPERSEDED = 0.1

# Fields a Finding may carry; the order is the order they are shown in.
FIELDS = (
    "customer_company",
    "contact",
    "phone",
    "order_no",
    "product",
    "model",
    "batch_no",
    "quantity",
    "amount",
    "defect_or_issue",
    "happened_on",
    "demand",
    "requested_deadline",
    "severity",
    "urgency",
    "validity_hint",
    "repeat_hint",
)


@dataclass(frozen=True, slots=True)
class Details:
    """What was read from one mail.  ``kinds`` are all kinds found with their weights, the gravest first.

    ``subkinds`` and ``reasons`` are words and codes of :mod:`mailflow.reading.matching.reasons`, strongest first.
    ``language`` is ``zh``, ``zh-Hant``, ``en`` or ``mixed``.  Unknown stays absent: a blank beats a guess.
    ``second_opinion`` is what a learned model makes of the kind, with its certainty; it is shown and never decides.
    ``troubles`` are all that are told, in the order of the mail.  ``beside`` are matters of other kinds that the mail
    asks for as well, each read in its own ``passage`` (part, start, end); their findings stand there, and there only.
    ``unread`` are attached files that nobody has read, or not to their end.
    """

    kind: Kind
    kinds: tuple[tuple[Kind, float], ...] = ()
    subkinds: tuple[str, ...] = ()
    language: str = "zh"
    findings: tuple[Finding, ...] = ()
    second_opinion: tuple[Kind, float] | None = None
    reasons: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    beside: tuple[Details, ...] = ()
    passage: tuple[str, int, int] | None = None
    unread: tuple[Unread, ...] = ()

    def values(self, field_name: str) -> tuple[str, ...]:
        """The values of a field in the order of the mail, without those taken back; empty when unknown.

        Each once, but quantities as often as lines of goods name them.
        """
        stands = [f.value for f in self.findings if f.field == field_name and f.confidence > SUPERSEDED]
        return tuple(stands if field_name == "quantity" else dict.fromkeys(stands))

    def value(self, field_name: str) -> str:
        """The values of a field joined for people with ``；``, or an empty string when unknown."""
        return "；".join(self.values(field_name))


# -------------------------------------------------------------------------------------------- customers, cases, records


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer (顾客): a company, or a private person when ``company`` is empty."""

    id: int
    number: str
    company: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint, inquiry ... over its whole life, under one number such as ``TS-2026-0123``.

    ``opened_by`` is the address whose mail opened it, lower case; empty when a colleague wrote down what he was told.
    """

    id: int
    number: str
    customer: Customer
    kind: Kind
    opened_at: datetime
    is_new: bool = False
    opened_by: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact (联系人): an address of a customer, lower case; ``domain`` is empty for free-mail addresses.

    ``confirmed``: it was proven to be this customer's.  ``claimed``: nothing but the company's name in its mail leads
    to this customer, and anybody can write a name.  ``id`` is its row, 0 before it is entered.
    """

    customer: int
    address: str
    domain: str = ""
    name: str = ""
    phone: str = ""
    confirmed: bool = False
    claimed: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What the ledger knows of an address and its company domain with regard to a case.

    ``confirmed``: it is a confirmed contact of the case's customer.  ``known_domain``: the customer has one in its
    domain.  ``shared``: people of many companies write from its domain.  ``claimed``: whoever opened the case merely
    names the customer.
    """

    confirmed: bool = False
    known_domain: bool = False
    shared: bool = False
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A filled form with its own number.  ``digest`` is the SHA-256 (hex) of the Word file as issued."""

    number: str
    form: str
    version: str
    title: str
    digest: str
    file_name: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail to send: complete bytes (RFC 5322, CRLF), envelope, and the Message-ID chosen before the first try.

    ``confirms`` are the rows of confirmations that waited for a mail to their person, and stand in this one.
    """

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    raw: bytes
    confirms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One recipient the server would not take: its reply code and words, and whether waiting may help (4xx)."""

    recipient: str
    code: int
    words: str
    temporary: bool
