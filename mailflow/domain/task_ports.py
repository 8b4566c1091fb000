"""What casework asks of the ledger; part of :class:`mailflow.domain.ports.Work`, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from mailflow.domain.tasks import (
    Answer,
    CaseState,
    CaseStatus,
    IssuedRecord,
    NewTask,
    Promise,
    Signature,
    Task,
    TaskLine,
    TaskStatus,
)


class TaskWork(Protocol):
    """Operations on procedures, tasks, answers, signatures, promises."""

    # the case and its procedure
    def case_state(self, case_id: int) -> CaseState: ...
    def begin_procedure(
        self, case_id: int, digest: str, name: str, text: str, intake: Mapping[str, Any], now: datetime, **case: str
    ) -> None:
        """Note by which procedure a new case runs (its text is kept once), its first fields and its own columns."""
        ...

    def procedure_text(self, digest: str) -> str: ...
    def set_intake(self, case_id: int, intake: Mapping[str, Any]) -> None: ...
    def close_case(self, case_id: int, status: CaseStatus, now: datetime) -> None: ...
    def reopen_case(self, case_id: int, round_: int, now: datetime) -> None: ...

    # tasks
    def tasks(self, case_id: int, *, history: bool = False) -> list[Task]:
        """The tasks of a case in the order they were opened; with ``history`` also those no longer current."""
        ...

    def task(self, task_id: int) -> Task | None: ...
    def add_task(self, task: NewTask, now: datetime) -> int: ...
    def finish_task(self, task_id: int, status: TaskStatus, *, outcome: str, by: str, now: datetime) -> bool:
        """Give an open task its end; False when somebody else did already."""
        ...

    def reassign_task(self, task_id: int, person: str, role: str = "") -> bool:
        """Give an open task to somebody else, who is asked anew; False when it is no longer open."""
        ...

    def outdate_tasks(self, case_id: int, names: Sequence[str], now: datetime) -> None:
        """Make these tasks history (a return, a reopening): open ones are cancelled, their signatures void."""
        ...

    def set_task_record(self, task_id: int, record: int) -> None:
        """The task is about this record now; whoever was asked is asked anew."""
        ...

    def asked(self, task_id: int, now: datetime) -> bool:
        """Note that the person is asked now; False when somebody noted it before."""
        ...

    def stepped(self, task_id: int, step: int, next_at: datetime | None) -> None: ...
    def unasked_tasks(self, limit: int) -> list[Task]: ...
    def due_tasks(self, limit: int, now: datetime) -> list[Task]: ...
    def holders(self) -> list[str]:
        """The addresses of everybody with an open task."""
        ...

    def open_tasks(self, *, person: str | None = None, due_before: datetime | None = None) -> list[TaskLine]:
        """Open tasks as lists show them, by due time; ``person`` empty: those nobody holds."""
        ...

    def asked_by_mails(self, mail_ids: Sequence[str]) -> list[tuple[int, int, datetime]]:
        """What our mails with these Message-IDs asked about (``ask:<task>:<record>:...``), and when."""
        ...

    # answers, records, signatures
    def answers(self, case_id: int) -> list[Answer]: ...
    def add_answers(
        self, case_id: int, task_id: int, values: Mapping[str, str], *, actor: str, message: int | None, now: datetime
    ) -> None: ...
    def issued_records(self, case_id: int) -> list[IssuedRecord]:
        """The records of a case, every revision, in the order issued."""
        ...

    def issued_record(self, record_id: int) -> IssuedRecord | None: ...
    def record_by_number(self, number: str) -> list[IssuedRecord]:
        """Every revision of a record number, the newest last."""
        ...

    def signatures(self, case_id: int, *, history: bool = False) -> list[Signature]: ...
    def add_signature(self, signature: Signature) -> int:
        """Enter a signature (its ``id`` is given here)."""
        ...

    def original_of_case(self, case_id: int) -> tuple[int, str, str] | None:
        """The case's first mail: its row, digest and the Message-ID to answer to."""
        ...

    def customer_mails(self, case_id: int, limit: int) -> list[tuple[int, str]]:
        """The handled mails of a case that are no answers of our own staff, newest first: rows and digests."""
        ...

    # repeats and promises
    def cases_with(
        self, field: str, values: Sequence[str], since: datetime, *, kinds: Sequence[str], limit: int
    ) -> list[int]: ...
    def earlier_cases(self, customer: int, since: datetime, *, kinds: Sequence[str], limit: int) -> list[int]: ...
    def add_promise(
        self, case_id: int, kind: str, words: str, due_at: datetime | None, *, approved_by: str, now: datetime
    ) -> int: ...
    def promises(self, *, open_only: bool = True) -> list[Promise]: ...
    def keep_promise(self, promise_id: int, now: datetime) -> bool: ...
