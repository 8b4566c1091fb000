"""ask: whoever has a new task is written to, with the record as a Word file (and PDF) and how to answer.

The task's row is the queue: open, somebody's, not asked yet.  One transaction puts the mail into the outbox and notes
that it is asked, so a kill between the two asks nobody twice.  PDFs are made before it: they take their time.  Several
tasks of one case that begin at once are one mail to their person, with numbered points.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from mailflow.casework import notes, reply_token
from mailflow.casework.desk import Desk
from mailflow.casework.issue import as_it_stands
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import NeedsPerson, PermanentError, TemporaryError
from mailflow.domain.ports import Ledger, Printer
from mailflow.domain.tasks import Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.runtime.logs import event
from mailflow.scheduled.asking import Paper, Request, facts, original, request

GROUP = 20


def ask(desk: Desk, ledger: Ledger, now: datetime, *, printer: Printer | None = None, limit: int = GROUP) -> int:
    """Write to the people of new tasks; returns how many mails were queued (0: nobody waits to be asked)."""
    with ledger.begin(durable=False) as work:
        turn = Turn(desk, work, now)
        waiting = _waiting(turn, limit)
        backlog = len(waiting) >= limit
        waiting += _cut_off(turn, waiting) if backlog else []
        papers = {task.record: found for task in waiting if task.record and (found := _paper(turn, task))}
    if not waiting:
        return 0
    # In a backlog nobody waits for PDFs.
    files = {key: content for key, (_, content) in papers.items()}
    pdfs = printer.pdfs_of(files) if printer and not backlog else {}
    queued = 0
    steps: dict[int, Step | None] = {}  # a new case opens several tasks at once
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        groups = _together(waiting, papers)
        while groups:
            group = groups.pop(0)
            try:
                with work.savepoint():
                    queued += _ask_group(turn, group, papers, pdfs, steps)
            except TemporaryError:
                raise
            except Exception:
                event("ask.broke", logging.ERROR, trace=True, task=group[0].id)
                if len(group) > 1:
                    groups[:0] = [[task] for task in group]
                    continue
                # One task that cannot be asked must not keep the others waiting; its ladder brings it to people.
                work.asked(group[0].id, now)
                turn.journal("ask.failed", case=group[0].case_id, task=group[0].name, id=group[0].id)
    return queued


def _waiting(turn: Turn, limit: int) -> list[Task]:
    """Tasks to ask for now: whose person got as many mails in this hour as one gets, waits, and holds nobody up."""
    full: set[str] = set()
    while True:
        waiting = turn.work.unasked_tasks(limit, without=full)
        people = {task.person for task in waiting}
        if not (more := {each for each in people if turn.desk.brakes.is_full(each, turn.work, turn.now)}):
            return waiting
        full |= more


def _cut_off(turn: Turn, waiting: Sequence[Task]) -> list[Task]:
    """What else the same people are to be asked for in the same cases, beyond a full group."""
    pairs, ids = {(task.case_id, task.person) for task in waiting}, {task.id for task in waiting}
    return [
        task
        for case in sorted({case for case, _ in pairs})
        for task in turn.work.tasks(case)
        if (task.case_id, task.person) in pairs and task.id not in ids
        and task.status is TaskStatus.OPEN and task.asked_at is None
    ]  # fmt: skip


def _paper(turn: Turn, task: Task) -> Paper | None:
    """The record of a task as it is to be signed now; None when its file cannot be had: he is asked without it."""
    record = turn.work.issued_record(task.record)
    if record is None:
        return None
    try:
        return record, as_it_stands(turn, record)
    except (NeedsPerson, PermanentError) as error:
        event("ask.no_record", logging.ERROR, record=record.number, error=error.message)
        return None


def _together(waiting: Sequence[Task], papers: Mapping[int, Paper]) -> list[list[Task]]:
    """The tasks that one mail asks for: those of one person in one case.

    One whose record cannot be had is asked for alone: nobody signs one point with others whose record he was not shown.
    """
    groups: dict[tuple[int, str, int], list[Task]] = {}
    for task in waiting:
        alone = task.id if task.record and task.record not in papers else 0
        groups.setdefault((task.case_id, task.person, alone), []).append(task)
    return list(groups.values())


def _ask_group(
    turn: Turn,
    group: Sequence[Task],
    papers: Mapping[int, Paper],
    pdfs: Mapping[int, bytes],
    steps: dict[int, Step | None],
) -> int:
    """Ask for those of the tasks that are to be asked for still, by one mail; how many mails were queued."""
    work, person = turn.work, turn.desk.staff().by_address(group[0].person)
    fresh = [found for task in group if (found := work.task(task.id)) and _is_unasked(found, task)]
    if not fresh or turn.desk.brakes.is_full(group[0].person, work, turn.now):
        return 0
    fresh = [task for task in fresh if work.asked(task.id, turn.now)]
    case = group[0].case_id
    if case not in steps:
        steps[case] = turn.load(work.case(case))
    step = steps[case]
    if step is None or person is None or not fresh:
        return 0
    if len(fresh) == 1:
        return _ask(step, person, fresh[0], papers.get(fresh[0].record), pdfs.get(fresh[0].record, b""))
    return _ask_several(step, person, fresh, papers, pdfs)


def _is_unasked(now: Task, before: Task) -> bool:
    same = (now.person, now.record) == (before.person, before.record)
    return now.status is TaskStatus.OPEN and not now.asked_at and same


def _ask(step: Step, person: Person, task: Task, paper: Paper | None, pdf: bytes) -> int:
    token = reply_token.make(task.id, task.record, person.address, step.now, step.desk.secret)
    wanted = request(step, task, paper, pdf, token=token)
    attached, withheld = original(step, files=wanted.own_files) if wanted.original else ([], [])
    mail = notes.ask_mail(
        step.head(person),
        wanted.asked,
        urgent=step.file.is_urgent,
        details=wanted.details,
        facts=[*wanted.before, *facts(step), *wanted.after, *withheld],
        returned_reason=wanted.returned_reason,
        attachments=[*wanted.files, *attached],
    )
    # By the moment: he may be asked for it again, when it comes back to him.
    key = f"ask:{task.id}:{task.record}:{step.now:%Y%m%dT%H%M%S%f}:{person.address}"
    return 1 if step.queue(key, mail) is not None else 0


def _ask_several(
    step: Step, person: Person, tasks: Sequence[Task], papers: Mapping[int, Paper], pdfs: Mapping[int, bytes]
) -> int:
    """One mail with a numbered point for each task; which task a number means is kept with it."""
    head, work = step.head(person), step.work
    points = [request(step, task, papers.get(task.record), pdfs.get(task.record, b"")) for task in tasks]
    ask = work.add_joint_ask(
        step.case_id, person.address, head.message_id, [(task.id, task.record) for task in tasks], step.now
    )
    own_files = any(point.own_files for point in points)
    attached, withheld = original(step, files=own_files) if any(point.original for point in points) else ([], [])
    files = {file.safe_name: file for point in points for file in point.files}
    shared = _shared(points)
    mail = notes.ask_several_mail(
        head,
        [
            notes.Point(
                point.asked,
                [row for row in (*point.before, *point.after) if row not in shared],
                point.returned_reason,
                point.files,
            )
            for point in points
        ],
        token=reply_token.make_joint(ask, len(points), person.address, step.now, step.desk.secret),
        urgent=step.file.is_urgent,
        details=list(dict.fromkeys(line for point in points for line in point.details)),
        facts=[*facts(step), *shared, *withheld],
        attachments=[*files.values(), *attached],
    )
    step.journal("ask.joint", tasks="、".join(task.name for task in tasks), id=ask)
    return 1 if step.queue(f"ask:J{ask}:{person.address}", mail) is not None else 0


def _shared(points: Sequence[Request]) -> list[tuple[str, str]]:
    """What every point of a mail would say in the same words: it is said once, of the case."""
    first, *others = ([*point.before, *point.after] for point in points)
    return [row for row in first if all(row in rows for rows in others)]
