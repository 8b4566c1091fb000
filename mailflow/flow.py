"""One mail's whole way through the stages.  START READING HERE.

:func:`process` names the stages in order.  It is safe to run again at any time: a mail that is finished stays as it is.
``understand`` is pure and may take its time; ``settle`` runs inside one transaction of the ledger, so that the case,
the record, the journal and the reply in the outbox come into being together or not at all.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailflow.casework import customer
from mailflow.casework.desk import Desk
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import Case, Details, Exclusion, Kind, Message, Record, Status
from mailflow.domain.ports import Ledger, MailFacts, Reader, Scans, StoredMessage, Vault, Work
from mailflow.excluding.machine_marks import MachineMarks
from mailflow.outgoing.compose import new_message_id
from mailflow.outgoing.letterhead import Letterhead
from mailflow.outgoing.templates import MailTemplates
from mailflow.runtime.logs import event
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude
from mailflow.stages.file import FilingRules, file
from mailflow.stages.fill import Filled, Intake, fill
from mailflow.stages.reply import reply
from mailflow.stages.sign import NO_FILES, Files, Signed, read_files, sign

UNREADABLE = "unreadable:"  # how decode marks a mail that a person must look at


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a mail's way needs from outside, joined in :mod:`mailflow.app`."""

    ledger: Ledger
    vault: Vault
    marks: MachineMarks
    own_mailboxes: frozenset[str]
    reader: Reader
    scans: Scans
    intake: Intake
    desk: Desk
    texts: MailTemplates
    letterhead: Letterhead
    filing: FilingRules
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a mail before anything is written.  ``error`` says why it must be held."""

    message: Message
    exclusion: Exclusion | None = None
    details: Details | None = None
    files: Files = NO_FILES
    error: NeedsPerson | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail.  ``blobs`` must be durable in the vault before the transaction commits."""

    message: int
    status: Status
    kind: str = ""
    reason: str = ""
    case: Case | None = None
    how: str = ""
    record: Record | None = None
    replied_to: str = ""
    blobs: tuple[bytes, ...] = field(default=(), repr=False)


def process(stored: StoredMessage, services: Services, work: Work, now: datetime) -> Outcome:
    """Take one collected mail to its end: handled, set aside or held.  The transaction belongs to the caller."""
    return settle(stored, understand(stored, services, now), services, work, now)


def understand(stored: StoredMessage, services: Services, now: datetime) -> Reading:
    """decode, exclude, extract.  A mail that breaks us comes back with the reason to hold it."""
    try:
        raw = services.vault.get(stored.digest)
    except NeedsPerson as error:
        return Reading(Message(), error=error)
    marks = None if stored.released else services.marks
    reading = read(raw, stored.arrived_at, marks, services.own_mailboxes, services.reader, now)
    if reading.details and reading.message.attachments and services.filing.is_ours(reading.message.sender):
        try:
            return replace(reading, files=read_files(reading.message, services.scans))
        except Exception as error:
            event("mail.broke", logging.ERROR, trace=True, message=stored.id)
            held = NeedsPerson("error", f"{type(error).__name__} while reading its files; raw mail kept")
            return Reading(reading.message, error=held)
    return reading


def read(
    raw: bytes,
    arrived_at: datetime | None,
    marks: MachineMarks | None,
    own_mailboxes: frozenset[str],
    reader: Reader,
    now: datetime,
) -> Reading:
    """The pure half of a mail's way.  ``marks`` None: a person let the mail go on, it is not excluded again."""
    message = Message()
    try:
        message = decode(raw, arrived_at)
        if problem := next((item for item in message.problems if item.startswith(UNREADABLE)), ""):
            return Reading(message, error=NeedsPerson("unreadable", problem))
        if marks is not None and (exclusion := exclude(message, marks, own_mailboxes)):
            return Reading(message, exclusion=exclusion)
        return Reading(message, details=reader.read(message, now))
    except Exception as error:
        # Strangers' mail must never stop the queue: whatever broke, a person looks and the next mail goes on.
        event("mail.broke", logging.ERROR, trace=True)
        return Reading(message, error=NeedsPerson("error", f"{type(error).__name__} while reading; raw mail kept"))


def settle(stored: StoredMessage, reading: Reading, services: Services, work: Work, now: datetime) -> Outcome:
    """file, fill, reply: give the mail its end, inside the caller's transaction."""
    facts = facts_of(reading.message)
    if reading.error:
        return hold(stored, reading.error, facts, work, now)
    duplicate = None
    if not stored.released:
        duplicate = work.duplicate_of(stored.id, stored.digest, facts.message_id, facts.sender, facts.text_digest)
    if duplicate:
        exclusion = Exclusion("duplicate", "seen_before", evidence=f"mail {duplicate[0]}")
        return _set_aside(stored, exclusion, facts, work, now, case_id=duplicate[1])
    if reading.exclusion:
        return _set_aside(stored, reading.exclusion, facts, work, now)
    assert reading.details is not None
    message, details = reading.message, reading.details

    signed = None if stored.history else sign(stored, message, reading.files, services.desk, work, now)
    if signed is not None:
        return _settle_answer(stored, signed, facts, work, now)

    filing = file(stored, message, facts, details, work, services.filing, now)
    if filing is None:
        return _finish(stored, Status.HANDLED, facts, work, now, kind=details.kind.value, reason="own_staff")
    case = filing.case
    if doubt := doubtful_kinds(details):
        work.journal("kind.unsure", now, message=stored.id, case=case.id, kinds=doubt)

    filled, effect = Filled(), customer.Effect()
    if case.is_new:
        ours = services.filing.is_ours
        filled = fill(stored, case, message, details, services.intake, ours, services.desk, work, now)
    elif not (stored.history or services.filing.is_ours(message.sender)):
        effect = customer.wrote(case, message, details, stored, filing.how, services.desk, work, now)
    replied_to = ""
    if not effect.answered:
        replied_to = _reply(stored, message, details, case, filled.record, services, work, now)
    return _finish(
        stored,
        Status.HANDLED,
        facts,
        work,
        now,
        kind=details.kind.value,
        case=case,
        how=filing.how,
        record=filled.record,
        replied_to=replied_to,
        blobs=(*filled.blobs, *effect.blobs),
    )


def hold(stored: StoredMessage, error: NeedsPerson, facts: MailFacts, work: Work, now: datetime) -> Outcome:
    """Keep a mail for a person, with the reason."""
    work.journal("mail.held", now, message=stored.id, reason=error.reason)
    return _finish(stored, Status.HELD, facts, work, now, reason=error.reason, detail=str(error))


def facts_of(message: Message) -> MailFacts:
    """What the ledger keeps of a mail for matching: who, what about, and a digest of what it says."""
    said = " ".join((message.new_text or message.text).split())
    files = "|".join(f"{item.name}:{item.size}" for item in message.attachments)
    digest = hashlib.sha256(f"{said}\n{files}".encode()).hexdigest() if len(said) >= 20 or files else ""
    return MailFacts(
        message_id=message.message_id,
        sender=message.sender.address.lower() if message.sender else "",
        subject=message.subject,
        received_at=message.received_at,
        text_digest=digest,
        attachments=None if message == Message() else len(message.attachments),
    )


WEAK = 1.5  # evidence below this is one faint sign
CLOSE = 0.8  # another kind with this share of the winner's evidence might be the right one
_ONE_MATTER = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})  # which of the two it is, the thread decides


def doubtful_kinds(details: Details) -> str:
    """What a person should decide between: ``inquiry 1.0, complaint 0.9``; empty when the kind is clear."""
    if details.kind is Kind.STAFF_REPLY:
        return ""  # known by who writes, not by what is said
    weights = dict(details.kinds)
    own = weights.get(details.kind, 0.0)
    rivals = {
        kind: weight
        for kind, weight in weights.items()
        if kind is not details.kind and weight >= CLOSE * own and not {kind, details.kind} <= _ONE_MATTER
    }
    if own > WEAK and not rivals:
        return ""
    shown = {details.kind: own, **rivals}
    return ", ".join(f"{kind.value} {weight:.1f}" for kind, weight in shown.items())


# ------------------------------------------------------------------------------------------------------------ parts


def _settle_answer(stored: StoredMessage, signed: Signed, facts: MailFacts, work: Work, now: datetime) -> Outcome:
    """A staff member's answer to a task: done, refused with a mail that says so, or held for a person as well."""
    case_id = signed.case.id if signed.case else None
    if signed.held is not None:
        work.journal("mail.held", now, message=stored.id, case=case_id, reason=signed.held.reason)
        return _finish(
            stored, Status.HELD, facts, work, now,
            reason=signed.held.reason, detail=str(signed.held), case=signed.case, replied_to=facts.sender,
        )  # fmt: skip
    if case_id is not None:
        work.touch_case(case_id)
    return _finish(
        stored, Status.HANDLED, facts, work, now, kind=Kind.STAFF_REPLY.value, reason=signed.done,
        detail=signed.reason, case=signed.case, how="answer", replied_to=facts.sender, blobs=signed.blobs,
    )  # fmt: skip


def _reply(
    stored: StoredMessage,
    message: Message,
    details: Details,
    case: Case,
    record: Record | None,
    services: Services,
    work: Work,
    now: datetime,
) -> str:
    """Queue the answer and return its recipient; an empty string when none is due."""
    if stored.history or services.filing.is_ours(message.sender):
        return ""
    sender = services.letterhead.sender.address
    mail = reply(
        message=message,
        details=details,
        case=case,
        record=record,
        company=services.letterhead,
        templates=services.texts,
        own=services.filing.own_addresses,
        zone=services.zone,
        now=now,
        message_id=new_message_id(sender.rpartition("@")[2], now, uuid.uuid4().hex),
    )
    if mail is None:
        work.journal("reply.none", now, message=stored.id, case=case.id)
        return ""
    recipient = mail.recipients[0]
    if services.desk.brakes.hold_back(recipient, work, now):
        # The mail is handled all the same; only our answer stays out, so that two robots cannot feed each other.
        work.journal("reply.braked", now, message=stored.id, case=case.id, reason="rate_brake")
        return ""
    queued = work.queue(f"receipt:{stored.id}", mail, case=case.id, message=stored.id, now=now)
    if queued is not None:
        work.journal("reply.queued", now, message=stored.id, case=case.id, outbox=queued)
    return recipient


def _set_aside(
    stored: StoredMessage,
    exclusion: Exclusion,
    facts: MailFacts,
    work: Work,
    now: datetime,
    case_id: int | None = None,
) -> Outcome:
    if exclusion.kind == Kind.BOUNCE.value:
        case_id = _note_bounce(exclusion, work, now)
    detail = f"{exclusion.sign}: {exclusion.evidence}"[:500]
    work.journal("mail.aside", now, message=stored.id, case=case_id, reason=exclusion.kind, sign=exclusion.sign[:60])
    if case_id is not None:
        work.touch_case(case_id)
    return _finish(
        stored,
        Status.ASIDE,
        facts,
        work,
        now,
        kind=exclusion.kind,
        reason=exclusion.kind,
        detail=detail,
        case_id=case_id,
    )


def _note_bounce(exclusion: Exclusion, work: Work, now: datetime) -> int | None:
    """A bounce belongs to the mail of ours that came back; a hard one makes the contact unreachable."""
    returned = work.bounced(exclusion.about, exclusion.sign, now) if exclusion.about else []
    if exclusion.permanent and returned:
        for address in exclusion.failed_recipients:
            customer = work.unreachable(address, now)
            if customer is not None:
                work.touch(customer)
    return next((case for _, case in returned if case is not None), None)


def _finish(
    stored: StoredMessage,
    status: Status,
    facts: MailFacts,
    work: Work,
    now: datetime,
    *,
    kind: str = "",
    reason: str = "",
    detail: str = "",
    case: Case | None = None,
    case_id: int | None = None,
    how: str = "",
    record: Record | None = None,
    replied_to: str = "",
    blobs: tuple[bytes, ...] = (),
) -> Outcome:
    claimed = work.finish(
        stored,
        status,
        now=now,
        kind=kind,
        reason=reason,
        detail=detail,
        facts=facts,
        case_id=case.id if case else case_id,
    )
    if not claimed:
        raise AlreadyFinished
    return Outcome(stored.id, status, kind, reason, case, how, record, replied_to, blobs)


class AlreadyFinished(Exception):
    """Somebody else gave this mail its end meanwhile; what was done here is undone with the savepoint."""
