"""What casework goes by at one moment: the desk, the transaction, the time; and the case that a step of it moves.

Everything a step writes is written through it, so that no function carries its parts by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mailflow.casework.casefile import CaseFile
from mailflow.casework.desk import Desk
from mailflow.casework.notes import Head
from mailflow.domain.model import Address, Case, OutgoingMail
from mailflow.domain.ports import Work
from mailflow.domain.tasks import TaskStatus
from mailflow.office.staff import NO_FACTS, CaseFacts, Person

LONGEST_OCCASION = 120  # the column's width
OPERATOR = "operator"
"""The role of whoever runs mailflow: what only a change of its files, or a command, mends is his."""
NOTICE, BESIDE = "notice:", "beside:"  # how occasions begin: of notices, of those that stand in a mail that asks


@dataclass(frozen=True, slots=True)
class Turn:
    """One moment of casework.  ``work`` is the transaction all of it is written in, ``now`` is aware UTC."""

    desk: Desk
    work: Work
    now: datetime

    @property
    def case_id(self) -> int | None:
        """The row of the case at hand; None when no one case is."""
        return None

    @property
    def case_number(self) -> str:
        """The number of the case at hand; empty when no one case is."""
        return ""

    def routing(self) -> CaseFacts:
        """What decides who is responsible: nothing, when no one case is at hand."""
        return NO_FACTS

    @property
    def day(self) -> date:
        """The company's day."""
        return self.now.astimezone(self.desk.zone).date()

    def on(self, file: CaseFile) -> Step:
        """The same moment, for one case."""
        return Step(self.desk, self.work, self.now, file)

    def load(self, case: Case) -> Step | None:
        """The same moment, for a case read from the ledger; None when it runs by no procedure."""
        file = CaseFile.load(case, self.work, self.now)
        return self.on(file) if file is not None else None

    def journal(
        self,
        event: str,
        *,
        actor: str = "mailflow",
        message: int | None = None,
        case: int | None = None,
        **data: str | int,
    ) -> None:
        """Enter an event of this moment in the journal; it is about the case at hand where none is named."""
        about = self.case_id if case is None else case
        self.work.journal(event, self.now, actor=actor, message=message, case=about, **data)

    def queue(
        self, occasion: str, mail: OutgoingMail, *, message: int | None = None, case: int | None = None
    ) -> int | None:
        """Put a mail into the outbox, once for its occasion; its row, or None when it was there before."""
        about = self.case_id if case is None else case
        row = self.work.queue(occasion[:LONGEST_OCCASION], mail, case=about, message=message, now=self.now)
        if row is not None and mail.confirms:
            self.work.gathered_told(mail.confirms, self.now)
        return row

    def tell(
        self, person: Person, occasion: str, mail: OutgoingMail, words: str, *, message: int | None = None
    ) -> bool:
        """Write to one of our people unasked, once for the occasion; was it done?

        A notice to somebody who is about to be asked in the same case stands in that mail, as ``words``.  Beyond what
        one may get in an hour the ``words`` stand in his next digest instead (:mod:`mailflow.scheduled.
        gather`), so that a storm of cases is none of mails.
        """
        occasion = occasion[:LONGEST_OCCASION]
        if occasion.startswith(NOTICE) and self.is_about_to_ask(person):
            if self.work.was_queued(occasion):
                return False  # he read it before
            beside = f"{BESIDE}{occasion}"[:LONGEST_OCCASION]
            return self.work.gather(beside, person.address, words, case=self.case_id, now=self.now)
        if self.desk.brakes.is_full(person.address, self.work, self.now):
            return self.work.gather(occasion, person.address, words, case=self.case_id, now=self.now)
        if self.work.was_gathered(occasion):
            return False
        return self.queue(occasion, mail, message=message) is not None

    def is_about_to_ask(self, person: Person) -> bool:
        """Will this person be asked for a task of the case at hand in a moment?"""
        return False

    def head(self, person: Person, case_number: str = "") -> Head:
        """How a mail of this moment to one of our people begins; about the case at hand where none is named.

        It tells him what became of his answers since the last mail he got, and what happened besides.
        """
        to, work = Address(person.name, person.address), self.work
        answered, news = tuple(work.confirmations(person.address)), tuple(work.news(person.address))
        key = self.desk.message_id(self.now)
        runs = self.desk.staff().holder(OPERATOR, day=self.day)
        operator = Address(runs.name, runs.address) if runs else None
        return Head(self.desk.notes, to, key, self.now, case_number or self.case_number, answered, news, operator)


@dataclass(frozen=True, slots=True)
class Step(Turn):
    """One moment of one case.  ``file`` is kept up to date by the engine while it works."""

    file: CaseFile

    def routing(self) -> CaseFacts:
        """What decides who is responsible for the case."""
        return self.file.routing()

    def is_about_to_ask(self, person: Person) -> bool:
        """Has this person an open task that he was not asked for yet?"""
        return any(
            task.person == person.address and task.status is TaskStatus.OPEN and task.asked_at is None
            for task in self.file.tasks.values()
        )

    @property
    def case_id(self) -> int:
        """The row of the case."""
        return self.file.case.id

    @property
    def case_number(self) -> str:
        """The number of the case."""
        return self.file.case.number
