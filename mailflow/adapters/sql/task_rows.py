"""The ledger's rows of tasks and what people answered in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import decided
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import answers, cases, customers, outbox, records, signatures, tasks
from mailflow.casework.priority import GRADES, rank
from mailflow.domain.tasks import Answer, NewTask, Task, TaskLine, TaskStatus

_COLUMNS = (
    tasks.c.id, tasks.c.case_id, tasks.c.name, tasks.c.round, tasks.c.status, tasks.c.role, tasks.c.person,
    tasks.c.record, tasks.c.opened_at, tasks.c.due_at, tasks.c.asked_at, tasks.c.done_at, tasks.c.done_by,
    tasks.c.outcome, tasks.c.step, tasks.c.next_at, tasks.c.current,
    tasks.c.gathered_at,
)  # fmt: skip
_TASK = sa.select(*_COLUMNS)
BY_PRIORITY = sa.case({grade: rank(grade) for grade in GRADES}, value=cases.c.priority, else_=rank(""))
"""The place of a case among others."""
_OPEN = tasks.c.status == TaskStatus.OPEN.value
_DUE = (
    _TASK.where(_OPEN, tasks.c.next_at <= sa.bindparam("b_now"))
    .order_by(tasks.c.next_at, tasks.c.id)
    .limit(sa.bindparam("b_limit"))
)
_UNASKED = (
    _TASK.join(cases, cases.c.id == tasks.c.case_id)
    .where(_OPEN, tasks.c.asked_at.is_(None), tasks.c.person != "")
    .order_by(BY_PRIORITY, tasks.c.id)
    .limit(sa.bindparam("b_limit"))
)
# Asked for every case and mail, so made once: making a statement costs more than running it.
_ONE = _TASK.where(tasks.c.id == sa.bindparam("b_id"))
_OF_CASE = _TASK.where(tasks.c.case_id == sa.bindparam("b_case")).order_by(tasks.c.id)
_CURRENT = _OF_CASE.where(tasks.c.current)
_FINISH = (
    tasks.update()
    .where(tasks.c.id == sa.bindparam("b_id"), _OPEN)
    .values(
        status=sa.bindparam("b_status"), outcome=sa.bindparam("b_outcome"), done_by=sa.bindparam("b_by"),
        done_at=sa.bindparam("b_now"), next_at=None,
    )
)  # fmt: skip
_ASKED = (
    tasks.update()
    .where(tasks.c.id == sa.bindparam("b_id"), _OPEN, tasks.c.asked_at.is_(None))
    .values(asked_at=sa.bindparam("b_now"))
)
_STEPPED = (
    tasks.update()
    .where(tasks.c.id == sa.bindparam("b_id"), _OPEN)
    .values(step=sa.bindparam("b_step"), next_at=sa.bindparam("b_next"))
)
_ANSWERS = (
    sa.select(
        answers.c.id, answers.c.case_id, answers.c.task_id, answers.c.field, answers.c.value, answers.c.actor,
        answers.c.at, answers.c.message_id,
    )
    .where(answers.c.case_id == sa.bindparam("b_case"))
    .order_by(answers.c.id)
)  # fmt: skip
_ASK_MAILS = sa.select(outbox.c.occasion, outbox.c.created_at).where(
    outbox.c.mail_id.in_(sa.bindparam("b_ids", expanding=True)),
    outbox.c.occasion.like("ask:%"),
    outbox.c.occasion.not_like("ask:J%"),
)


class TaskRows(Rows):
    """Rows of ``tasks`` and ``answers``."""

    def tasks(self, case_id: int, *, history: bool = False) -> list[Task]:
        """The tasks of a case in the order they were opened."""
        return self._tasks(_OF_CASE if history else _CURRENT, b_case=case_id)

    def task(self, task_id: int) -> Task | None:
        """The task of a row id."""
        return next(iter(self._tasks(_ONE, b_id=task_id)), None)

    def add_task(self, task: NewTask, now: datetime) -> int:
        """Enter a task; one that is not open is finished at once."""
        values: dict[str, Any] = {
            "case_id": task.case_id,
            "name": task.name,
            "round": task.round,
            "status": task.status.value,
            "role": task.role,
            "person": fit(task.person, 320),
            "record": task.record,
            "opened_at": now,
            "due_at": task.due_at,
            "next_at": task.next_at,
            "done_at": None if task.status is TaskStatus.OPEN else now,
            "done_by": "" if task.status is TaskStatus.OPEN else "mailflow",
            "outcome": task.outcome,
        }
        return self.insert(tasks, values)

    def finish_task(self, task_id: int, status: TaskStatus, *, outcome: str, by: str, now: datetime) -> bool:
        """Give an open task its end; False when it had one."""
        values = {"b_id": task_id, "b_status": status.value, "b_outcome": fit(outcome, 40), "b_by": fit(by, 320)}
        return self.connection.execute(_FINISH, {**values, "b_now": now}).rowcount == 1

    def reassign_task(self, task_id: int, person: str, role: str = "") -> bool:
        """Give an open task to somebody else, who is asked anew."""
        values: dict[str, Any] = {"person": fit(person, 320), "asked_at": None, "gathered_at": None}
        if role:
            values["role"] = role
        done = self.connection.execute(tasks.update().where(tasks.c.id == task_id, _OPEN).values(**values))
        return done.rowcount == 1

    def outdate_tasks(self, case_id: int, names: Sequence[str], now: datetime) -> None:
        """Make these tasks history; open ones are cancelled and their signatures no longer count."""
        those = sa.and_(tasks.c.case_id == case_id, tasks.c.name.in_(list(names)), tasks.c.current)
        ids = list(self.connection.scalars(sa.select(tasks.c.id).where(those)))
        if not ids:
            return
        self.connection.execute(
            tasks.update()
            .where(tasks.c.id.in_(ids), _OPEN)
            .values(status=TaskStatus.CANCELLED.value, done_at=now, done_by="mailflow", next_at=None)
        )
        self.connection.execute(tasks.update().where(tasks.c.id.in_(ids)).values(current=False))
        self.connection.execute(signatures.update().where(signatures.c.task_id.in_(ids)).values(current=False))

    def set_task_record(self, task_id: int, record: int) -> None:
        """The task is about this record now; whoever was asked is asked anew."""
        self.connection.execute(tasks.update().where(tasks.c.id == task_id, _OPEN).values(record=record, asked_at=None))

    def asked(self, task_id: int, now: datetime) -> bool:
        """Note that the person is asked now; False when somebody noted it before."""
        return self.connection.execute(_ASKED, {"b_id": task_id, "b_now": now}).rowcount == 1

    def stepped(self, task_id: int, step: int, next_at: datetime | None) -> None:
        """Note which step of the reminder ladder is taken and when the next one is due."""
        self.connection.execute(_STEPPED, {"b_id": task_id, "b_step": step, "b_next": next_at})

    def unasked_tasks(self, limit: int, without: Collection[str] = ()) -> list[Task]:
        """Open tasks whose person was not asked yet, by priority and then oldest first; none of those people."""
        query = _UNASKED.where(tasks.c.person.not_in(sorted(without))) if without else _UNASKED
        return self._tasks(query, b_limit=limit)

    def untold_people(self) -> list[str]:
        """Whose open tasks are neither asked for nor told in a digest."""
        query = sa.select(tasks.c.person).where(_OPEN, tasks.c.asked_at.is_(None), tasks.c.gathered_at.is_(None))
        return sorted(self.connection.scalars(query.where(tasks.c.person != "").distinct()))

    def tasks_told(self, task_ids: Sequence[int], now: datetime) -> None:
        """Note that a digest lists these."""
        self.connection.execute(tasks.update().where(tasks.c.id.in_(list(task_ids))).values(gathered_at=now))

    def due_tasks(self, limit: int, now: datetime) -> list[Task]:
        """Open tasks whose next step of the reminder ladder is due, most overdue first."""
        return self._tasks(_DUE, b_now=now, b_limit=limit)

    def holders(self) -> list[str]:
        """The addresses of everybody with an open task."""
        query = sa.select(tasks.c.person).where(_OPEN, tasks.c.person != "").distinct()
        return sorted(self.connection.scalars(query))

    def open_tasks(self, *, person: str | None = None, due_before: datetime | None = None) -> list[TaskLine]:
        """Open tasks as lists show them, by due time; ``person`` empty: those nobody holds."""
        query = (
            sa.select(
                *_COLUMNS, cases.c.number, customers.c.company, decided.severity, cases.c.procedure,
                sa.func.coalesce(records.c.number, ""), cases.c.priority,
            )
            .join(cases, cases.c.id == tasks.c.case_id)
            .join(customers, customers.c.id == cases.c.customer_id)
            .outerjoin(records, records.c.id == tasks.c.record)
            .where(_OPEN)
            .order_by(tasks.c.due_at.nulls_first(), tasks.c.id)
        )  # fmt: skip
        if person is not None:
            query = query.where(tasks.c.person == person)
        if due_before is not None:
            query = query.where(tasks.c.due_at <= due_before)
        rows = self.connection.execute(query)
        return [TaskLine(_task(row[: len(_COLUMNS)]), *row[len(_COLUMNS) :]) for row in rows]

    def asked_by_mails(self, mail_ids: Sequence[str]) -> list[tuple[int, int, datetime]]:
        """What our mails with these Message-IDs asked about: task, record, when; the newest task first."""
        found = self.connection.execute(_ASK_MAILS, {"b_ids": [fit(item, 255) for item in mail_ids]})
        parts = ((row.occasion.split(":"), row.created_at) for row in found)
        return sorted({(int(part[1]), int(part[2]), at) for part, at in parts}, reverse=True)

    def answers(self, case_id: int) -> list[Answer]:
        """What people answered in a case, the newest last."""
        return [Answer(*row) for row in self.connection.execute(_ANSWERS, {"b_case": case_id})]

    def add_answers(
        self, case_id: int, task_id: int, values: Mapping[str, str], *, actor: str, message: int | None, now: datetime
    ) -> None:
        """Enter what a person answered, field by field."""
        rows = [
            {
                "case_id": case_id,
                "task_id": task_id,
                "field": fit(name, 40),
                "value": fit(value, 20_000),
                "actor": fit(actor, 320),
                "at": now,
                "message_id": message,
            }
            for name, value in values.items()
        ]
        if rows:
            self.connection.execute(answers.insert(), rows)

    def _tasks(self, query: sa.Select[Any], **values: Any) -> list[Task]:
        return [_task(row) for row in self.connection.execute(query, values)]


def _task(row: Sequence[Any]) -> Task:
    return Task(row[0], row[1], row[2], row[3], TaskStatus(row[4]), *row[5:])
