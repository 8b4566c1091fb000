"""Broken rules, on purpose: what :mod:`bench.chaos` must notice, or it proves nothing.  ``--sabotage NAME``.

``asked-first`` notes that somebody was asked before the mail is in the outbox, in a transaction of its own.
``step-later`` queues a reminder under a name of its own and notes the step afterwards.
``lost-task`` overlooks one task in twelve.
``signed-elsewhere`` takes an answer's signature although the task was ended.
"""

from __future__ import annotations

import uuid
import zlib
from datetime import datetime
from typing import Any

NAMES = ("asked-first", "step-later", "lost-task", "signed-elsewhere")


def commit(name: str) -> None:
    """Break this rule in the program as it is in memory."""
    {"asked-first": _asked_first, "step-later": _step_later, "lost-task": _lost_task, "signed-elsewhere": _signed}[
        name
    ]()


def _asked_first() -> None:
    from mailflow import backoffice
    from mailflow.casework.step import Turn
    from mailflow.scheduled import ask as real

    def ask(desk: Any, ledger: Any, now: datetime, **_: Any) -> int:
        with ledger.begin() as work:
            waiting = work.unasked_tasks(20)
            papers = {task.record: real._paper(Turn(desk, work, now), task) for task in waiting if task.record}
            for task in waiting:
                work.asked(task.id, now)
        queued = 0
        for task in waiting:
            with ledger.begin() as work:
                step = Turn(desk, work, now).load(work.case(task.case_id))
                person = desk.staff().by_address(task.person)
                queued += real._ask(step, person, task, papers.get(task.record), b"") if step and person else 0
        return queued

    setattr(backoffice, "ask", ask)  # noqa: B010


def _step_later() -> None:
    from mailflow import backoffice
    from mailflow.casework.step import Turn
    from mailflow.scheduled import remind as real

    def remind(desk: Any, ledger: Any, vault: Any, now: datetime, **_: Any) -> int:
        with ledger.begin() as work:
            due = work.due_tasks(200, now)
        for task in due:
            later: list[tuple[Any, ...]] = []
            with ledger.begin() as work:
                queue = work.queue
                work.queue = lambda occasion, *a, _queue=queue, **k: _queue(f"{occasion}:{uuid.uuid4().hex}", *a, **k)
                work.stepped = lambda *step, _later=later: _later.append(step)
                turn, escalated = Turn(desk, work, now), list[Any]()
                if blobs := real._step(turn, task, escalated):
                    vault.put(blobs)
                real._tell(turn, escalated)
            with ledger.begin() as work:
                for step in later:
                    work.stepped(*step)
        return len(due)

    setattr(backoffice, "remind", remind)  # noqa: B010


def _lost_task() -> None:
    from mailflow.casework import engine

    real = engine._is_ready

    def is_ready(name: str, file: Any) -> bool:
        return real(name, file) and zlib.crc32(f"{file.case.id} {name}".encode()) % 12 != 0

    setattr(engine, "_is_ready", is_ready)  # noqa: B010


def _signed() -> None:
    from mailflow.adapters.sql.task_rows import TaskRows
    from mailflow.casework import signing

    setattr(signing, "_open_task", lambda *_: None)  # noqa: B010
    finish = TaskRows.finish_task

    def finish_task(self: Any, *arguments: Any, **options: Any) -> bool:
        finish(self, *arguments, **options)
        return True

    setattr(TaskRows, "finish_task", finish_task)  # noqa: B010
