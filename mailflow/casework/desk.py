"""The desk: everything casework needs from outside, joined in :mod:`mailflow.app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mailflow.casework.paper import Paper
from mailflow.customers.profile_file import NO_RULES, ArchiveRules
from mailflow.customers.standing import Follows
from mailflow.domain.catalogue import NO_CATALOGUE, Catalogue
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Address, Attachment, Case, Details, Message
from mailflow.domain.ports import Forms, Vault, Work
from mailflow.domain.their_form_ports import FillForm
from mailflow.office.report_terms import USUAL, ReportTerms
from mailflow.office.staff import Staff
from mailflow.outgoing.compose import new_message_id
from mailflow.outgoing.letterhead import Letterhead
from mailflow.procedures.model import Procedures
from mailflow.reading.answers.move_words import MoveWords
from mailflow.reading.answers.words import AnswerWords
from mailflow.records.series import Series


@dataclass(frozen=True, slots=True)
class Brakes:
    """How many automatic mails may leave within an hour: to one address, in all, and to one colleague unasked.

    ``new_cases`` is how many cases one sender may open in an hour.
    """

    per_address: int
    overall: int
    per_colleague: int = 40
    new_cases: int = 20

    def hold_back(self, recipient: str, work: Work, now: datetime) -> bool:
        """Must an answer to this address stay out now, so that two robots cannot feed each other?

        Only answers count: tasks and reminders written to a colleague are no reason to leave him unanswered.
        """
        hour_ago = now - timedelta(hours=1)
        if work.answers_since(recipient, hour_ago) >= self.per_address:
            return True
        return work.queued_at_least(self.overall, hour_ago)

    def is_full(self, colleague: str, work: Work, now: datetime) -> bool:
        """Did this colleague get what one may get in an hour of tasks, reminders and notices?"""
        return work.told_at_least(colleague, self.per_colleague, now - timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The how-manieth complaint of the same goods and trouble within how many days is told; below 2: none."""

    count: int = 3
    days: int = 90


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case is opened with that comes from a mail filed already: what reads it and prints its facts, the prefixes
    of numbers by kind, and the case numbers that words name."""

    read: Callable[[Message, datetime], Details]
    intake: Callable[[Case, Message, Details], Mapping[str, Any]]
    prefixes: Mapping[str, str]
    case_numbers: Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Desk:
    """``procedures`` and ``staff`` give what is in force now: a file edited while we run counts from its next check.

    ``secret`` proves that tokens and QR codes are ours.  ``notes`` writes to staff, ``letters`` to customers.
    ``author`` is who wrote a mail, of one our people passed on its writer.  ``customer_of`` is where he is answered,
    given which Reply-To is followed; None: he cannot be.  ``letter_files``: as what letters to customers are attached.
    ``cells``: the text of a Word, Excel or PDF file with the cells of its rows parted by tabs, "" of any other.
    ``quiet_days``: after how many working days without a word somebody writes to the customer; 0: never.
    """

    procedures: Callable[[], Procedures]
    staff: Callable[[], Staff]
    forms: Forms
    series: Series
    vault: Vault
    secret: bytes
    company: str
    letterhead: Letterhead
    notes: Paper
    letters: Paper
    words: AnswerWords
    decode: Callable[[bytes], Message]
    is_ours: Callable[[Address | None], bool]
    author: Callable[[Message], Address | None]
    customer_of: Callable[[Message, Follows], Address | None]
    brakes: Brakes
    zone: ZoneInfo
    token_days: int = 60
    quiet_days: int = 5
    letter_files: Literal["pdf", "word", "both"] = "pdf"
    moves: MoveWords | None = None
    opening: Opening | None = None
    catalogue: Catalogue = NO_CATALOGUE
    reports: ReportTerms = USUAL
    fill_form: FillForm | None = None
    recurrence: Recurrence = Recurrence()
    cells: Callable[[Attachment], str] = lambda _: ""
    archive: ArchiveRules = NO_RULES

    def message_id(self, now: datetime) -> str:
        """A new Message-ID for a mail of ours; nobody can guess it."""
        return new_message_id(self.letterhead.sender.address.rpartition("@")[2], now, uuid.uuid4().hex)

    def form(self, code: str) -> FormSpec | None:
        """The form with this code."""
        return next((spec for spec in self.forms.specs() if spec.code == code), None)
