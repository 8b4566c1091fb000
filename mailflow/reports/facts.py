"""What the ledger says of a period: cases with what became of them, mail, and how the machine is.

Everything is as it was known at ``Span.as_of``: what was entered later is left out.  What people decided stands before
what was read.  Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from mailflow.domain.duty_ports import DutyLine
from mailflow.domain.report_ports import SentReport
from mailflow.reports.span import Span

COMPLAINT, PRAISE, SUGGESTION = "complaint", "praise", "suggestion"
NOT_REACHED = "未能联系"
HAPPY = ("满意", "基本满意")
REACHED = (*HAPPY, "不满意")
VALID, INVALID, MALICIOUS = "有效", "一般无效", "恶意"
GRAVEST = "恶性"
EFFECTIVE = "有效"
CAPA_TASKS = ("capa_do",)
EIGHT_D_TASKS = (
    "write_3d", "sign_3d", "approve_3d", "write_5d", "sign_5d", "approve_5d", "write_report", "sign_report",
    "check_report", "approve_report", "write_8d", "sign_8d", "check_8d", "approve_8d",
)  # fmt: skip
CLOSING_TASK = "close_record"


@dataclass(frozen=True, slots=True)
class Said:
    """What a person answered last to a field, and when; an empty value when nobody did."""

    value: str = ""
    at: datetime | None = None


NOTHING = Said()


@dataclass(frozen=True, slots=True)
class Step:
    """A task with a due time, as far as figures ask: ``done_at`` None while it is open."""

    name: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to a customer: until when, and when it was kept."""

    due_at: datetime | None
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as the figures see it.

    ``received`` is when its first mail reached us.  ``closings`` and ``reopenings`` are all of them, in order.
    ``first_answer`` is when the first answer a person wrote or approved reached the customer.  ``answers`` are what
    people said last, by field.  ``repeats`` is the number of an earlier complaint of the same customer or goods with
    the same defect; ``names_defect``: it can be compared at all.
    """

    id: int
    number: str
    kind: str
    customer: str
    company: str
    subject: str
    severity: str
    received: datetime
    status: str = "open"
    owner: str = ""
    classes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    closings: tuple[datetime, ...] = ()
    reopenings: tuple[datetime, ...] = ()
    first_answer: datetime | None = None
    answers: Mapping[str, Said] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    promises: tuple[Promise, ...] = ()
    rule_due: datetime | None = None
    repeats: str = ""
    names_defect: bool = False

    def said(self, name: str) -> Said:
        """What was answered last to a field."""
        return self.answers.get(name, NOTHING)

    def value(self, name: str) -> str:
        """The same without when."""
        return self.said(name).value

    @property
    def grade(self) -> str:
        """The severity as judged, else as read."""
        return self.value("severity_judged") or self.severity

    @property
    def closed_at(self) -> datetime | None:
        """Its last closing, unless it was opened again after it."""
        last = self.closings[-1] if self.closings else None
        return None if last is None or any(again >= last for again in self.reopenings) else last

    @property
    def due(self) -> datetime | None:
        """What was promised last, else until when its closing must be signed; None where there is neither."""
        promised = [item.due_at for item in self.promises if item.due_at is not None]
        return max(promised) if promised else self.rule_due


@dataclass(frozen=True, slots=True)
class LateTask:
    """A task that was open and past its time at ``as_of``."""

    case: str
    company: str
    severity: str
    title: str
    title_en: str
    person: str
    role: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Mails:
    """The mails of the period by where they stand: ``present`` counts them all, without a look at their state.

    ``unsent`` are ours that have not left, ``failed`` those that failed for good or came back in the period;
    ``folders`` are (mailbox/folder, adds up, when it was counted last).
    """

    present: int = 0
    handled: int = 0
    aside: int = 0
    held: int = 0
    waiting: int = 0
    imported: int = 0
    sent: int = 0
    unsent: int = 0
    failed: int = 0
    folders: tuple[tuple[str, bool, datetime | None], ...] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """Everything the ledger says of one period.

    ``cases`` are all that anything of the period is about; ``still_open`` the complaints open at ``as_of``, with
    nothing but what lists of them show.
    """

    span: Span
    cases: tuple[CaseFacts, ...] = ()
    still_open: tuple[CaseFacts, ...] = ()
    late: tuple[LateTask, ...] = ()
    mails: Mails = Mails()

    @property
    def received(self) -> tuple[CaseFacts, ...]:
        """The cases of every kind that came in the period."""
        return tuple(case for case in self.cases if self.span.holds(case.received))

    @property
    def complaints(self) -> tuple[CaseFacts, ...]:
        """The complaints that came in the period."""
        return tuple(case for case in self.received if case.kind == COMPLAINT)

    def only(self, department: str, people: frozenset[str]) -> PeriodFacts:
        """What of it a department answers for: cases judged to be its own, and late tasks of its people."""

        def own(cases: tuple[CaseFacts, ...]) -> tuple[CaseFacts, ...]:
            return tuple(case for case in cases if case.value("resp_dept") == department)

        late = tuple(task for task in self.late if task.person in people)
        return replace(self, cases=own(self.cases), still_open=own(self.still_open), late=late, mails=Mails())


def money(value: str) -> tuple[Decimal, str] | None:
    """An amount as it is kept (``1200.00 CNY``), with its currency, empty when none was written; None for others."""
    number, _, currency = value.partition(" ")
    try:
        return Decimal(number), currency
    except ArithmeticError:
        return None


class Source(Protocol):
    """What reports ask of the ledger."""

    def read(self, spans: Sequence[Span], *, whole: bool = True) -> tuple[PeriodFacts, ...]:
        """What it says of these periods, from one state of it.

        Open cases, late tasks and mail are told of the first alone, unless not ``whole``.
        """
        ...

    def sent(self, reader: str, *, limit: int) -> Sequence[SentReport]:
        """The reports sent to such readers, the newest first."""
        ...

    def duty_lines(self, since: date) -> Sequence[DutyLine]:
        """The occasions of duties due from this local day on, by day."""
        ...
