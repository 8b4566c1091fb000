"""One mail's whole way through the stages.  START READING HERE.

The worker takes every collected mail through two functions, which name the stages in their order.
:func:`understand` is pure and may take its time: decode, exclude, extract.  :func:`settle` runs inside one transaction
of the ledger, so that the case, the record, the journal and the reply in the outbox come into being together or not at
all: sign, file, fill, reply.  Both are safe to run again at any time: a mail that is finished stays as it is.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow.casework import customer, impersonation
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import Case, Details, Exclusion, Kind, Message, Record, Status
from mailflow.domain.ports import Ending, Ledger, MailFacts, Reader, Scans, StoredMessage, Vault, Work
from mailflow.excluding.machine_marks import MachineMarks
from mailflow.runtime.clock import now_utc
from mailflow.runtime.logs import event
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude
from mailflow.stages.file import FilingRules, Withheld, file
from mailflow.stages.fill import Filled, Intake, fill
from mailflow.stages.reply import Taken, reply
from mailflow.stages.sign import NO_FILES, Files, Signed, read_files, sign
from mailflow.trust.level import UNVERIFIED, Level, OwnServer, Trust, trust_in
from mailflow.trust.policy import Action, may, vouched

FAILED_SENDER = "failed_sender"  # why a continuation is held whose sender failed the checks
UNREADABLE = "unreadable:"  # how decode marks a mail that a person must look at


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a mail's way needs from outside, joined in :mod:`mailflow.app`.

    ``servers``: what a person told us of each mailbox's mail server, by the mailbox's name.
    """

    ledger: Ledger
    vault: Vault
    marks: MachineMarks
    own_mailboxes: frozenset[str]
    servers: Mapping[str, OwnServer]
    reader: Reader
    scans: Scans
    intake: Intake
    desk: Desk
    filing: FilingRules


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a mail before anything is written.  ``error`` says why it must be held.

    ``trust`` is how sure we are of its sender; None when it could not be read.
    """

    message: Message
    exclusion: Exclusion | None = None
    details: Details | None = None
    files: Files = NO_FILES
    error: NeedsPerson | None = None
    trust: Trust | None = None


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


Task = tuple[bytes, datetime | None, bool, str, datetime]  # raw mail, its arrival, released, mailbox, now


def understand(
    stored: StoredMessage, services: Services, now: datetime, apart: Callable[[Task], Reading] | None = None
) -> Reading:
    """decode, exclude, extract.  A mail that breaks us comes back with the reason to hold it.

    ``apart`` does :func:`look` within limits of time and memory, and raises NeedsPerson for a mail that is over them.
    """
    try:
        raw = services.vault.get(stored.digest)
        task = raw, stored.arrived_at, stored.released, stored.place.mailbox, now
        reading = apart(task) if apart else look(task, services)
    except NeedsPerson as error:
        return Reading(Message(), error=error)
    try:
        if reading.details and reading.message.attachments and services.filing.is_ours(reading.message.sender):
            reading = replace(reading, files=read_files(reading.message, services.scans))
    except Exception as error:
        return _broke(stored.id, reading, error, "its files")
    return reading


def look(task: Task, services: Services) -> Reading:
    """Read a mail and who sent it: all that strangers' bytes can make long.  Pure, and raises nothing."""
    raw, arrived_at, released, mailbox, now = task
    marks = None if released else services.marks
    reading = read(raw, arrived_at, marks, services.own_mailboxes, services.reader, now)
    try:
        if reading.message != Message():
            reading = replace(reading, trust=trust_in(reading.message, services.servers.get(mailbox, OwnServer())))
    except Exception as error:
        return _broke(None, reading, error, "who sent it")
    return reading


def warm_up(services: Services) -> None:
    """Read a plain mail: the first that is read loads what reading needs."""
    plain = "From: a@example.org\r\nSubject: 投诉\r\n\r\n您好，订单12345的泵漏水。\r\n".encode()
    look((plain, None, False, "", now_utc()), services)


def _broke(message: int | None, reading: Reading, error: Exception, what: str) -> Reading:
    event("mail.broke", logging.ERROR, trace=True, message=message)
    held = NeedsPerson("error", f"{type(error).__name__} while reading {what}; raw mail kept")
    return Reading(reading.message, error=held)


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
    """sign, file, fill, reply: take the mail to its end, handled, set aside or held, in the caller's transaction."""
    facts = facts_of(reading)
    if reading.error:
        return hold(stored, reading.error, facts, work, now)
    turn = Turn(services.desk, work, now)
    duplicate = None
    if not stored.released:
        duplicate = work.duplicate_of(stored.id, stored.digest, facts.message_id, facts.sender, facts.text_digest)
    if duplicate:
        exclusion = Exclusion("duplicate", "seen_before", evidence=f"mail {duplicate[0]}")
        return _set_aside(turn, stored, exclusion, facts, duplicate[1])
    if reading.exclusion:
        return _set_aside(turn, stored, reading.exclusion, facts)
    assert reading.details is not None
    message, details = reading.message, reading.details
    trust = reading.trust or UNVERIFIED
    if stored.released or stored.history:
        trust = vouched(trust)  # by the person who let it go on, or brought it in

    signed = None if stored.history else sign(turn, stored, message, reading.files, trust)
    if signed is not None:
        return _settle_answer(turn, stored, signed, facts)

    filing = file(stored, message, facts, details, work, services.filing, now, trust)
    if isinstance(filing, Withheld):
        return _withhold(turn, stored, filing, facts, services.filing)
    if filing is None:
        outcome = Outcome(stored.id, Status.HANDLED, details.kind.value, "own_staff")
        return _finish(turn, stored, facts, outcome)
    case = filing.case
    if doubt := doubtful_kinds(details):
        turn.journal("kind.unsure", message=stored.id, case=case.id, kinds=doubt)

    is_ours = services.filing.is_ours
    filled, effect = Filled(), customer.Effect()
    if case.is_new:
        filled = fill(turn, stored, case, message, details, services.intake, is_ours)
    elif not (stored.history or is_ours(message.sender)):
        effect = customer.wrote(turn, case, message, details, stored, filing.how, trust)
    replied_to = ""
    told = case.is_new or may(Action.BE_TOLD, trust)  # whoever opened a case hears his own words
    if told and not effect.answered and not stored.history and not is_ours(message.sender):
        replied_to = _reply(turn, stored, Taken(message, details, case, filled.record), services.filing.own_addresses)
    outcome = Outcome(
        stored.id,
        Status.HANDLED,
        details.kind.value,
        case=case,
        how=filing.how,
        record=filled.record,
        replied_to=replied_to,
        blobs=(*filled.blobs, *effect.blobs),
    )
    return _finish(turn, stored, facts, outcome)


def hold(stored: StoredMessage, error: NeedsPerson, facts: MailFacts, work: Work, now: datetime) -> Outcome:
    """Keep a mail for a person, with the reason."""
    work.journal("mail.held", now, message=stored.id, reason=error.reason)
    ending = Ending(Status.HELD, reason=error.reason, detail=str(error))
    return _ended(stored, facts, ending, Outcome(stored.id, Status.HELD, reason=error.reason), work, now)


def facts_of(reading: Reading) -> MailFacts:
    """What the ledger keeps of a mail for matching: who, how sure of him, what about, and a digest of what it says."""
    message, trust = reading.message, reading.trust
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
        trust=trust.level.value if trust else "",
        trust_reason=trust.reason if trust else "",
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


def _settle_answer(turn: Turn, stored: StoredMessage, signed: Signed, facts: MailFacts) -> Outcome:
    """A staff member's answer to a task: done, refused with a mail that says so, or held for a person as well."""
    case = signed.case
    if signed.held is not None:
        reason = signed.held.reason
        turn.journal("mail.held", message=stored.id, case=case.id if case else None, reason=reason)
        outcome = Outcome(stored.id, Status.HELD, reason=reason, case=case, replied_to=facts.sender)
        return _finish(turn, stored, facts, outcome, detail=str(signed.held))
    if case is not None:
        turn.work.touch_case(case.id)
    outcome = Outcome(
        stored.id, Status.HANDLED, Kind.STAFF_REPLY.value, signed.done, case, "answer", None, facts.sender, signed.blobs
    )
    return _finish(turn, stored, facts, outcome, detail=signed.reason)


def _withhold(turn: Turn, stored: StoredMessage, withheld: Withheld, facts: MailFacts, rules: FilingRules) -> Outcome:
    """A mail in a known sender's name that failed the checks waits for a person; the one it names hears of it."""
    case = withheld.case
    turn.journal("mail.held", message=stored.id, case=case.id, reason=FAILED_SENDER, how=withheld.how)
    told = "" if rules.is_ours(withheld.claimed) else impersonation.warn(turn, case, withheld.claimed, stored.id)
    turn.work.touch_case(case.id)
    outcome = Outcome(stored.id, Status.HELD, reason=FAILED_SENDER, replied_to=told)
    return _finish(turn, stored, facts, outcome, detail=f"{case.number} ({withheld.how}): {facts.trust_reason}")


def _reply(turn: Turn, stored: StoredMessage, taken: Taken, own: Collection[str]) -> str:
    """Queue the answer and return its recipient; an empty string when none is due."""
    desk, case = turn.desk, taken.case.id
    mail = reply(taken, desk.letters, own=own, now=turn.now, message_id=desk.message_id(turn.now))
    if mail is None:
        turn.journal("reply.none", message=stored.id, case=case)
        return ""
    recipient = mail.recipients[0]
    if desk.brakes.hold_back(recipient, turn.work, turn.now):
        # The mail is handled all the same; only our answer stays out, so that two robots cannot feed each other.
        turn.journal("reply.braked", message=stored.id, case=case, reason="rate_brake")
        return ""
    queued = turn.queue(f"receipt:{stored.id}", mail, message=stored.id, case=case)
    if queued is not None:
        turn.journal("reply.queued", message=stored.id, case=case, outbox=queued)
    return recipient


def _set_aside(
    turn: Turn, stored: StoredMessage, exclusion: Exclusion, facts: MailFacts, case_id: int | None = None
) -> Outcome:
    if exclusion.kind == Kind.BOUNCE.value:
        case_id = _note_bounce(turn, exclusion)
    turn.journal("mail.aside", message=stored.id, case=case_id, reason=exclusion.kind, sign=exclusion.sign[:60])
    if case_id is not None:
        turn.work.touch_case(case_id)
    detail = f"{exclusion.sign}: {exclusion.evidence}"[:500]
    ending = Ending(Status.ASIDE, exclusion.kind, exclusion.kind, detail, case_id)
    outcome = Outcome(stored.id, Status.ASIDE, exclusion.kind, exclusion.kind)
    return _ended(stored, facts, ending, outcome, turn.work, turn.now)


def _note_bounce(turn: Turn, exclusion: Exclusion) -> int | None:
    """A bounce belongs to the mail of ours that came back; a hard one makes the contact unreachable."""
    work = turn.work
    returned = work.bounced(exclusion.about, exclusion.sign, turn.now) if exclusion.about else []
    if exclusion.permanent and returned:
        for address in exclusion.failed_recipients:
            customer = work.unreachable(address, turn.now)
            if customer is not None:
                work.touch(customer)
    return next((case for _, case in returned if case is not None), None)


def _finish(turn: Turn, stored: StoredMessage, facts: MailFacts, outcome: Outcome, *, detail: str = "") -> Outcome:
    case = outcome.case.id if outcome.case else None
    ending = Ending(outcome.status, outcome.kind, outcome.reason, detail, case)
    return _ended(stored, facts, ending, outcome, turn.work, turn.now)


def _ended(
    stored: StoredMessage, facts: MailFacts, ending: Ending, outcome: Outcome, work: Work, now: datetime
) -> Outcome:
    if facts.trust in (Level.AUTHENTICATED, Level.FAILED):
        evidence = {"trust": facts.trust, "reason": facts.trust_reason}
        work.journal("mail.trust", now, message=stored.id, case=ending.case_id, **evidence)
    if not work.finish(stored, ending, facts, now):
        raise AlreadyFinished
    return outcome


class AlreadyFinished(Exception):
    """Somebody else gave this mail its end meanwhile; what was done here is undone with the savepoint."""
