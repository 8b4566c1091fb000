"""One mail's whole way through the stages.  START READING HERE.

The worker takes every collected mail through two functions, which name the stages in their order.
:func:`understand` is pure and may take its time: decode, exclude, extract.  :func:`settle` runs inside one transaction
of the ledger, so that the case, the record, the journal and the reply in the outbox come into being together or not at
all: sign, file, fill, reply.  Both are safe to run again at any time: a mail that is finished stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow.casework import beside, by_hand, customer, impersonation, reported, returned, seen, sorting, storms
from mailflow.casework.acknowledgement import Taken
from mailflow.casework.desk import Desk
from mailflow.casework.returned_files import NO_FILES, NOT_COMPARED, Files, printed_as, read_files
from mailflow.casework.step import Turn
from mailflow.customers.standing import standing
from mailflow.domain.errors import NeedsPerson, TemporaryError
from mailflow.domain.model import NOTES, Attachment, Case, Details, Exclusion, Kind, Message, Record, Status
from mailflow.domain.paper_ports import Papers, Shown
from mailflow.domain.ports import Ending, Ledger, MailFacts, Reader, Scans, StoredMessage, Vault, Work
from mailflow.excluding.machine_marks import MachineMarks
from mailflow.runtime.clock import now_utc
from mailflow.runtime.logs import event
from mailflow.stages import survey
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude, perhaps_absent
from mailflow.stages.file import PILE, Arrival, Filing, FilingRules, Kept, Withheld, file, file_into
from mailflow.stages.fill import Filled, Intake, fill
from mailflow.stages.pictures import pictures
from mailflow.stages.reply import reply, reply_to_forwarded
from mailflow.stages.sign import Signed, sign
from mailflow.trust.facts import facts_of
from mailflow.trust.level import UNVERIFIED, Level, OwnServer, Trust, trust_in
from mailflow.trust.policy import Action, Footing, may, vouched

FOREIGN_SENT = "foreign_sent"  # why a mail is held that lies among those sent and is not from us
FAILED_SENDER = "failed_sender"  # why a continuation is held whose sender failed the checks
UNREADABLE = "unreadable:"  # how decode marks a mail that a person must look at


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a mail's way needs from outside; ``servers``: what is known of each mailbox's server, by its name."""

    ledger: Ledger
    vault: Vault
    marks: MachineMarks
    own_mailboxes: frozenset[str]
    servers: Mapping[str, OwnServer]
    reader: Reader
    scans: Scans
    papers: Papers
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
        task = raw, stored.arrived_at, stored.released or stored.by_hand, stored.place.mailbox, now
        reading = apart(task) if apart else look(task, services)
    except NeedsPerson as error:
        return Reading(Message(), error=error)
    try:
        if reading.details and reading.message.attachments:
            reading = replace(reading, files=_read_files(reading, services, now))
    except TemporaryError:
        raise
    except Exception as error:
        return _broke(stored.id, reading, error, "its files")
    return reading


def look(task: Task, services: Services) -> Reading:
    """Read a mail and who sent it: all that strangers' bytes can make long.  Pure, and raises nothing."""
    raw, arrived_at, released, mailbox, now = task
    marks = None if released else services.marks
    reading = read(raw, arrived_at, marks, services.own_mailboxes, services.reader, now, services.filing.own_domains)
    try:
        if reading.message != Message():
            reading = replace(reading, trust=trust_in(reading.message, services.servers.get(mailbox, OwnServer())))
    except Exception as error:
        return _broke(None, reading, error, "who sent it")
    return reading


def warm_up(services: Services) -> None:
    """Read a plain mail: the first that is read loads what reading needs."""
    look(("From: a@example.org\r\n\r\n您好，订单12345的泵漏水。\r\n".encode(), None, False, "", now_utc()), services)


def _broke(message: int | None, reading: Reading, error: Exception, what: str) -> Reading:
    event("mail.broke", logging.ERROR, trace=True, message=message)
    held = NeedsPerson("error", f"{type(error).__name__} while reading {what}; raw mail kept")
    return Reading(reading.message, error=held)


def _read_files(reading: Reading, services: Services, now: datetime) -> Files:
    """A customer's photos; a colleague's papers, pages compared with the record as he has it before him."""
    if not services.filing.is_ours(reading.message.sender):
        return Files(pictures=pictures(reading.message, services.scans, services.vault))

    def compare(code: str, pages: Attachment) -> Shown:
        if not may(Action.SIGN, reading.trust or UNVERIFIED):
            return NOT_COMPARED  # it signs nothing, whatever it shows
        with services.ledger.begin(durable=False) as work:
            record = printed_as(Turn(services.desk, work, now), code)
        return services.papers(pages, record) if record else NOT_COMPARED

    return read_files(reading.message, services.scans, compare)


def read(
    raw: bytes,
    arrived_at: datetime | None,
    marks: MachineMarks | None,
    own_mailboxes: frozenset[str],
    reader: Reader,
    now: datetime,
    own_domains: frozenset[str] = frozenset(),
) -> Reading:
    """The pure half of a mail's way.  ``marks`` None: a person let the mail go on, it is not excluded again."""
    message = Message()
    try:
        message = decode(raw, arrived_at)
        if problem := next((item for item in message.problems if item.startswith(UNREADABLE)), ""):
            return Reading(message, error=NeedsPerson("unreadable", problem))
        if marks is not None and (exclusion := exclude(message, marks, own_mailboxes, own_domains)):
            return Reading(message, exclusion=exclusion)
        if marks is not None and perhaps_absent(message, marks, own_mailboxes, own_domains):
            return Reading(message, error=NeedsPerson("perhaps_automatic", "it says only that somebody is away"))
        return Reading(message, details=reader.read(message, now))
    except Exception as error:
        # Strangers' mail must never stop the queue: whatever broke, a person looks and the next mail goes on.
        event("mail.broke", logging.ERROR, trace=True)
        return Reading(message, error=NeedsPerson("error", f"{type(error).__name__} while reading; raw mail kept"))


def settle(stored: StoredMessage, reading: Reading, services: Services, work: Work, now: datetime) -> Outcome:
    """sign, file, fill, reply: take the mail to its end, handled, set aside or held, in the caller's transaction."""
    facts = facts_of(reading.message, reading.trust)
    if reading.error:
        return hold(stored, reading.error, facts, work, now)
    turn, trust = Turn(services.desk, work, now), reading.trust or UNVERIFIED
    if stored.by_hand and not (stored.released and not services.filing.is_ours(reading.message.sender)):
        return _settle_by_hand(turn, stored, reading.message, facts, services.filing)
    duplicate = seen.before(turn, stored, facts)
    if duplicate:
        exclusion = Exclusion("duplicate", "seen_before", evidence=f"mail {duplicate[0]}")
        return _set_aside(turn, stored, exclusion, facts, duplicate[1])
    if reading.exclusion:
        case_id = returned.came_back(turn, stored.id, reading.message, reading.exclusion, trust)
        return _set_aside(turn, stored, reading.exclusion, facts, case_id)
    assert reading.details is not None
    message, by_us = reading.message, services.filing.is_by_us(reading.message)
    details = sorting.decided(turn, stored, reading.details, by_us)
    trust, late = _trusted(stored, reading), seen.is_late(turn, stored)
    signed = None if stored.history else sign(turn, stored, message, reading.files, trust)
    if signed is not None:
        return _settle_answer(turn, stored, signed, facts)
    if (said := survey.take(turn, stored, message, trust)) is not None:
        outcome = Outcome(stored.id, Status.HANDLED, survey.KIND, said.verdict, how=survey.HOW, blobs=said.blobs)
        return _finish(turn, stored, facts, outcome)

    filing = _file(turn, stored, replace(reading, details=details), facts, services, trust)
    if isinstance(filing, Kept):
        sorting.keep(turn, stored, message, filing.customer)
        return _finish(turn, stored, facts, Outcome(stored.id, Status.HANDLED, details.kind.value, sorting.KEPT))
    if isinstance(filing, Withheld):
        return _withhold(turn, stored, filing, facts, services.filing)
    if filing is None:
        outcome = Outcome(stored.id, Status.HANDLED, details.kind.value, "own_staff")
        return _finish(turn, stored, facts, outcome)
    return _finish(turn, stored, facts, _go_on(turn, stored, replace(reading, details=details), filing, services, late))


def hold(stored: StoredMessage, error: NeedsPerson, facts: MailFacts, work: Work, now: datetime) -> Outcome:
    """Keep a mail for a person, with the reason; of a storm's on its pile."""
    if isinstance(error, storms.Storm):
        storms.heap(error, stored.id, work, now)
    if isinstance(error, sorting.Doubtful):
        work.add_kind_question(stored.id, None, error.kinds, error.since)
    work.journal("mail.held", now, message=stored.id, reason=error.reason)
    ending = Ending(Status.HELD, reason=error.reason, detail=str(error))
    return _ended(stored, facts, ending, Outcome(stored.id, Status.HELD, reason=error.reason), work, now)


# ------------------------------------------------------------------------------------------------------------ parts


def _go_on(
    turn: Turn, stored: StoredMessage, reading: Reading, filing: Filing, services: Services, late: bool
) -> Outcome:
    """fill and reply: what a mail does in the case it lies in."""
    message, details, trust = reading.message, reading.details, _trusted(stored, reading)
    assert details is not None
    case, work, ours = filing.case, turn.work, services.filing.is_ours
    sorting.note_doubt(turn, stored, details, case)
    writer, is_by_us = services.filing.author(message), services.filing.is_by_us(message)
    filled, effect, passed_on = Filled(), customer.Effect(), False
    told = True  # whoever opened a case hears his own words
    work.add_pictures(case.id, stored.id, reading.files.pictures, message.received_at or turn.now)
    if case.is_new:
        filled = fill(turn, stored, case, message, details, services.intake, oral=is_by_us and writer is None)
        passed_on = filled.passed_on
    elif filing.how == PILE:  # all of a pile are answered once
        told = not work.answers_since(facts_of(message, reading.trust).sender, case.opened_at)
    elif not (stored.history or is_by_us):
        footing = Footing(trust, standing(work, case, writer, ours))
        told = footing.may(Action.BE_ANSWERED)
        effect = customer.wrote(turn, case, message, details, stored, filing.how, footing)
        passed_on = reported.heard(turn, case)
    asks = (told or is_by_us) and (case.is_new or filing.how in beside.ASKING_ON)
    others, more = beside.open_beside(turn, case, stored, message, details) if asks else beside.NOTHING
    replied_to = ""
    taken = Taken(message, details, case, filled.record, late=late, passed_on=passed_on, beside=others)
    if told and (others or not effect.answered) and not stored.history and not is_by_us:
        replied_to = reply(turn, stored.id, taken)
    elif is_by_us and writer is not None and case.is_new and not stored.history:
        replied_to = reply_to_forwarded(turn, stored.id, taken, writer, trust)
    return Outcome(
        stored.id,
        Status.HANDLED,
        details.kind.value,
        case=case,
        how=filing.how,
        record=filled.record,
        replied_to=replied_to,
        blobs=(*filled.blobs, *effect.blobs, *more),
    )


def _trusted(stored: StoredMessage, reading: Reading) -> Trust:
    """The trust in a mail's sender; in one that a person let go on, or brought in, his."""
    trust = reading.trust or UNVERIFIED
    return vouched(trust) if stored.released or stored.history else trust


def _file(
    turn: Turn, stored: StoredMessage, reading: Reading, facts: MailFacts, services: Services, trust: Trust
) -> Filing | Kept | Withheld | None:
    """file; what a person said of the mail's pile first, and no more new cases of one sender than an hour bears.

    Raises Storm for the one too many, Doubtful where a person says first what it is: the caller's savepoint undoes what
    was opened.
    """
    work, now, message, details = turn.work, turn.now, reading.message, reading.details
    assert details is not None
    pile = None if stored.released else work.pile_of(stored.id)
    if pile is not None and pile.case_id is not None:
        return file_into(pile.case_id, stored, details, work, now)
    filing = file(Arrival(stored, message, facts, details, trust), work, services.filing, now)
    if isinstance(filing, Kept):
        sorting.check(turn, stored, message, details)
    if not isinstance(filing, Filing):
        return filing
    if pile is not None and pile.answer == "one":
        work.set_pile_case(pile.id, filing.case.id)
    entered = stored.place.mailbox == NOTES and NOTES not in services.servers
    decided = stored.released or stored.history or entered or (pile is not None and pile.answer)
    if filing.case.is_new and not decided:
        writer = services.filing.author(message)
        sorting.check(turn, stored, message, details)
        storms.count(turn, stored, message, filing.case, trust, storms.Writer(writer, services.filing.is_ours(writer)))
    return filing


def _settle_answer(turn: Turn, stored: StoredMessage, signed: Signed, facts: MailFacts) -> Outcome:
    """A staff member's answer to a task: done, refused with a mail that says so, or held for a person as well."""
    case = signed.case
    if signed.held is not None:
        reason = signed.held.reason
        turn.journal("mail.held", message=stored.id, case=case.id if case else None, reason=reason)
        if signed.blobs and case is not None:  # of several tasks some were done
            turn.work.touch_case(case.id)
        outcome = Outcome(stored.id, Status.HELD, reason=reason, case=case, replied_to=facts.sender, blobs=signed.blobs)
        return _finish(turn, stored, facts, outcome, detail=str(signed.held))
    if case is not None:
        turn.work.touch_case(case.id)
    outcome = Outcome(
        stored.id, Status.HANDLED, Kind.STAFF_REPLY.value, signed.done, case, "answer", None, facts.sender, signed.blobs
    )
    return _finish(turn, stored, facts, outcome, detail=signed.reason)


def _settle_by_hand(
    turn: Turn, stored: StoredMessage, message: Message, facts: MailFacts, rules: FilingRules
) -> Outcome:
    """What a colleague wrote in the mailbox itself: filed in its case, answered by nobody."""
    if not rules.is_ours(message.sender):
        error = NeedsPerson(FOREIGN_SENT, "a mail in the folder of sent mail that none of ours wrote; raw mail kept")
        return hold(stored, error, facts, turn.work, turn.now)
    automatic = message.header("auto-submitted").strip().lower() not in ("", "no")
    case = None if automatic else by_hand.case_of(message, turn.work, rules.case_numbers)
    if case is None:
        exclusion = Exclusion("own_mail", "auto-submitted" if automatic else "about no case")
        return _set_aside(turn, stored, exclusion, facts)
    by_hand.file(turn, case, message, stored.id, rules.is_ours)
    outcome = Outcome(stored.id, Status.HANDLED, Kind.STAFF_REPLY.value, by_hand.HOW, case, by_hand.HOW)
    return _finish(turn, stored, facts, outcome)


def _withhold(turn: Turn, stored: StoredMessage, withheld: Withheld, facts: MailFacts, rules: FilingRules) -> Outcome:
    """A mail in a known sender's name that failed the checks waits for a person; the one it names hears of it."""
    case = withheld.case
    turn.journal("mail.held", message=stored.id, case=case.id, reason=FAILED_SENDER, how=withheld.how)
    told = "" if rules.is_ours(withheld.claimed) else impersonation.warn(turn, case, withheld.claimed, stored.id)
    turn.work.add_held_task(message=stored.id, pile=None, case=case.id, since=turn.now)
    turn.work.touch_case(case.id)
    outcome = Outcome(stored.id, Status.HELD, reason=FAILED_SENDER, replied_to=told)
    return _finish(turn, stored, facts, outcome, detail=f"{case.number} ({withheld.how}): {facts.trust_reason}")


def _set_aside(
    turn: Turn, stored: StoredMessage, exclusion: Exclusion, facts: MailFacts, case_id: int | None = None
) -> Outcome:
    turn.journal("mail.aside", message=stored.id, case=case_id, reason=exclusion.kind, sign=exclusion.sign[:60])
    if case_id is not None:
        turn.work.touch_case(case_id)
    detail = f"{exclusion.sign}: {exclusion.evidence}"[:500]
    ending = Ending(Status.ASIDE, exclusion.kind, exclusion.kind, detail, case_id)
    outcome = Outcome(stored.id, Status.ASIDE, exclusion.kind, exclusion.kind)
    return _ended(stored, facts, ending, outcome, turn.work, turn.now)


def _finish(turn: Turn, stored: StoredMessage, facts: MailFacts, outcome: Outcome, *, detail: str = "") -> Outcome:
    case = outcome.case.id if outcome.case else None
    ending = Ending(outcome.status, outcome.kind, outcome.reason, detail, case)
    return _ended(stored, facts, ending, outcome, turn.work, turn.now)


def _ended(
    stored: StoredMessage, facts: MailFacts, ending: Ending, outcome: Outcome, work: Work, now: datetime
) -> Outcome:
    if facts.cut:
        work.journal("mail.header_cut", now, message=stored.id, case=ending.case_id, fields=facts.cut)
    if facts.trust in (Level.AUTHENTICATED, Level.FAILED):
        why = facts.trust_reason
        work.journal("mail.trust", now, message=stored.id, case=ending.case_id, trust=facts.trust, reason=why)
    if not work.finish(stored, ending, facts, now):
        raise AlreadyFinished
    return outcome


class AlreadyFinished(Exception):
    """Somebody else gave this mail its end meanwhile; what was done here is undone with the savepoint."""
