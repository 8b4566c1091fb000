"""The nouns of casework, as frozen values: tasks, what people answered, signatures, promises.

A *task* is one item of a case's procedure: one person, one piece of work or one signature.  Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from mailflow.domain.model import Record


class TaskStatus(StrEnum):
    """Where a task stands.  ``skipped``: its condition did not hold; ``cancelled``: undone by a return or reopening."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class CaseStatus(StrEnum):
    """Where a case stands; all but open are final until the customer writes again.

    A void case was opened in error (twice, or for what is no case): it keeps its number, its mails and its records.
    """

    OPEN = "open"
    CLOSED = "closed"
    CLOSED_UNSATISFIED = "closed_unsatisfied"
    VOID = "void"


FINISHED = frozenset({TaskStatus.DONE, TaskStatus.SKIPPED})


@dataclass(frozen=True, slots=True)
class Task:
    """A task's row.

    ``person`` is the mail address of who must do it, empty when nobody holds its role.  ``record`` is the record to
    sign or to fill, 0 when there is none.  ``step`` counts the steps of the reminder ladder that were taken,
    ``next_at`` is when the next one is due.  ``current`` False: a return or a reopening made it history.
    ``gathered_at``: told in a digest, since its person gets no more single mails for now.
    """

    id: int
    case_id: int
    name: str
    round: int
    status: TaskStatus
    role: str
    person: str
    record: int
    opened_at: datetime
    due_at: datetime | None
    asked_at: datetime | None
    done_at: datetime | None
    done_by: str
    outcome: str
    step: int
    next_at: datetime | None
    current: bool
    gathered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An open task as lists show it: with its case, customer and record.  ``procedure`` is the digest it runs by."""

    task: Task
    case_number: str
    customer: str
    severity: str
    procedure: str
    record_number: str
    priority: str = ""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be entered."""

    case_id: int
    name: str
    round: int
    status: TaskStatus
    role: str = ""
    person: str = ""
    record: int = 0
    due_at: datetime | None = None
    next_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class CaseState:
    """What a case's own row says beside its number and customer.  ``procedure`` is a digest, empty when none runs.

    ``intake`` are the printed fields of the mail that opened it (as JSON values).
    """

    status: CaseStatus
    round: int
    channel: str
    severity: str
    language: str
    subkinds: tuple[str, ...]
    procedure: str
    intake: Mapping[str, Any]
    subject: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said in a task: one field's value.  Answers are only added; the newest counts."""

    id: int
    case_id: int
    task_id: int
    field: str
    value: str
    actor: str
    at: datetime
    message: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedRecord:
    """A record's row.  ``fields`` are the values it was printed with."""

    id: int
    case_id: int
    number: str
    revision: int
    form: str
    version: str
    title: str
    digest: str
    file_name: str
    issued_at: datetime
    fields: Mapping[str, Any]

    def as_record(self) -> Record:
        """The same for those who only show it."""
        return Record(self.number, self.form, self.version, self.title, self.digest, self.file_name, self.issued_at)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: who signed which cell of which record, when, how, and what exactly.

    ``way`` is ``reply``, ``word``, ``scan`` or ``console``.  ``signed_digest`` is the SHA-256 of the file the signer
    was given; ``copy_digest`` of the copy that shows the signature; ``evidence_digest`` of the file that came back
    (scan, returned Word), empty for a reply, whose evidence is the mail ``message`` itself.
    """

    id: int
    record_id: int
    case_id: int
    task_id: int
    cell: str
    person: str
    name: str
    at: datetime
    way: str
    signed_digest: str
    copy_digest: str
    copy_name: str
    evidence_digest: str
    evidence_name: str
    message: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise made to a customer in an approved answer: its words, what it is about, until when, who approved."""

    id: int
    case_id: int
    kind: str
    words: str
    due_at: datetime | None
    approved_by: str
    made_at: datetime
    kept_at: datetime | None
