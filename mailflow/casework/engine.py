"""The engine: which tasks of a case begin now, what happens by itself, when the case is closed.  READ ON HERE.

``begin`` starts a new case by its procedure; ``complete`` ends a task and moves the case on; ``again`` makes a task and
all that builds on it history and lets it begin anew.  Everything is written through ``work`` inside the caller's
transaction; the files of records made on the way come back as blobs that must be durable before the commit.

Here customers are written to, and our people only to be told something (:mod:`.notices`): whoever must do a task is
asked afterwards, from the task's own row (:mod:`mailflow.scheduled.ask`), so that both cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.casework import actions, notices
from mailflow.casework.assign import due, person_for, step_at
from mailflow.casework.casefile import CaseFile, facts_of
from mailflow.casework.desk import Desk
from mailflow.casework.fields import repeats_answer
from mailflow.casework.issue import issue
from mailflow.domain.model import Case
from mailflow.domain.ports import Work
from mailflow.domain.tasks import FINISHED, CaseState, CaseStatus, IssuedRecord, NewTask, Task, TaskStatus
from mailflow.procedures.model import TaskSpec, holds
from mailflow.reading.answers.promises import find_promises

Blobs = list[bytes]
ORAL = "oral"
"""The channel of a case that our own people wrote down: nobody can be written to, so they are asked at once."""
SATISFIED = ("满意", "基本满意")
PLAN, PLAN_PROMISES = "plan", "plan_promises"


def begin(
    case: Case, state: CaseState, received_at: datetime, desk: Desk, work: Work, now: datetime
) -> CaseFile | None:
    """Note by which procedure a new case runs; None when there is none for it.  No task begins yet."""
    procedure = desk.procedures().choose(case.kind, facts_of(case, state))
    digest, name, text = (procedure.digest, procedure.name, procedure.text) if procedure else ("", "", "")
    work.begin_procedure(
        case.id, digest, name, text, state.intake, now, channel=state.channel, subkinds="；".join(state.subkinds)
    )
    if procedure is None:
        return None
    work.journal("procedure.begun", now, case=case.id, procedure=procedure.name, version=procedure.version)
    return CaseFile(case, replace(state, procedure=digest), procedure, since=min(received_at, now))


def advance(file: CaseFile, desk: Desk, work: Work, now: datetime, *, message: int | None = None) -> Blobs:
    """Begin every task that may begin, do what happens by itself, and close the case when nothing is left."""
    blobs: Blobs = []
    begun: list[str] = []
    while file.state.status is CaseStatus.OPEN:
        ready = next((name for name in file.procedure.order if _is_ready(name, file)), None)
        if ready is None:
            break
        blobs += _open(ready, file, desk, work, now, message)
        begun.append(ready)
    if file.state.status is CaseStatus.OPEN and all(
        name in file.tasks and file.tasks[name].status in FINISHED for name in file.procedure.tasks
    ):
        close(file, CaseStatus.CLOSED, desk, work, now)
        if file.answers.get("satisfied") in SATISFIED:
            actions.tell_closed(file, desk, work, now)
    unheld = [task for name in begun if (task := file.tasks.get(name)) and _has_nobody(task, file)]
    if desk.staff().people:
        notices.unheld(file, unheld, desk, work, now)
    return blobs


def complete(
    file: CaseFile,
    task: Task,
    *,
    outcome: str,
    by: str,
    desk: Desk,
    work: Work,
    now: datetime,
    values: Mapping[str, str] | None = None,
    message: int | None = None,
) -> Blobs | None:
    """End a task with what was answered in it and move the case on; None when somebody else ended it before."""
    if not work.finish_task(task.id, TaskStatus.DONE, outcome=outcome, by=by, now=now):
        return None
    file.tasks[task.name] = replace(task, status=TaskStatus.DONE, outcome=outcome, done_by=by, done_at=now)
    work.journal(
        "task.done", now, actor=by, message=message, case=file.case.id, task=task.name, outcome=outcome, id=task.id
    )
    answer(file, task, values or {}, by=by, desk=desk, work=work, now=now, message=message)
    spec = file.spec(task)
    blobs: Blobs = []
    if values and (code := spec.form_for(file.state.language)):
        blobs += new_version(code, file, desk, work, now, message)
    blobs += advance(file, desk, work, now, message=message)
    _changed(file, work, now)
    return blobs


def answer(
    file: CaseFile,
    task: Task,
    values: Mapping[str, str],
    *,
    by: str,
    desk: Desk,
    work: Work,
    now: datetime,
    message: int | None = None,
) -> None:
    """Keep what a person said in a task; the newest answer to a field counts."""
    said = dict(values)
    if PLAN in said:
        # What goes to the customer without a signature must not promise anything unseen.
        found = find_promises(desk.words, said[PLAN], now=now, zone=desk.zone)
        said[PLAN_PROMISES] = "；".join(promise.words for promise in found)
    work.add_answers(file.case.id, task.id, said, actor=by, message=message, now=now)
    file.answers.update(said)
    file.stale -= set(said)


def again(
    file: CaseFile,
    name: str,
    *,
    reason: str,
    by: str,
    desk: Desk,
    work: Work,
    now: datetime,
    next_round: bool,
    because: Sequence[str] = (),
) -> Blobs:
    """Begin a task and all that builds on it anew: a record came back, or the customer is not satisfied.

    ``because`` tells our people why the next round begins, in the customer's words.
    """
    if next_round:
        signers = [item.person for item in work.signatures(file.case.id)]
        round_ = file.state.round + 1
        work.reopen_case(file.case.id, round_, now)
        file.state = replace(file.state, round=round_, status=CaseStatus.OPEN)
        work.journal("case.reopened", now, actor=by, case=file.case.id, reason=reason, round=round_)
        actions.tell_reopened(file, desk, work, now)
        notices.reopened(file, signers, because, by, desk, work, now)
    names = file.procedure.after(name) if next_round else file.procedure.after_return(name)
    work.outdate_tasks(file.case.id, names, now)
    file.stale |= {asked for item in names for asked in file.procedure.tasks[item].asks}
    for item in names:
        file.tasks.pop(item, None)
    work.journal("task.again", now, actor=by, case=file.case.id, task=name, reason=reason)
    blobs = advance(file, desk, work, now)
    _changed(file, work, now)
    return blobs


def renew_records(file: CaseFile, desk: Desk, work: Work, now: datetime, message: int | None = None) -> Blobs:
    """What a case says was corrected: every record that prints it gets a new version.

    The records of a closed case stay as they were signed; the correction stands beside them.
    """
    if file.state.status is not CaseStatus.OPEN:
        work.journal("record.kept", now, message=message, case=file.case.id)
        return []
    blobs: Blobs = []
    for code in list(file.records):
        blobs += new_version(code, file, desk, work, now, message)
    if blobs:
        blobs += advance(file, desk, work, now, message=message)
        _changed(file, work, now)
    return blobs


def close(file: CaseFile, status: CaseStatus, desk: Desk, work: Work, now: datetime) -> None:
    """Close a case; what is still open in it is cancelled, and whose case it is hears of it."""
    _end(file, status, work, now)
    work.journal("case.closed", now, case=file.case.id, how=status.value, round=file.state.round)
    notices.closed(file, desk, work, now)
    _changed(file, work, now)


def void(file: CaseFile, reason: str, *, by: str, agreed: str, desk: Desk, work: Work, now: datetime) -> None:
    """End a case that was opened in error: nothing more is asked, reminded or written to the customer.

    ``by`` and ``agreed`` are the addresses of two people.  The number stays, and so does all there is under it; a
    mail of the customer's that complains anew opens the case again.
    """
    first = next(iter(file.tasks.values()), None)
    if first is not None:
        work.add_answers(file.case.id, first.id, {"end_reason": reason}, actor=by, message=None, now=now)
    _end(file, CaseStatus.VOID, work, now)
    work.journal("case.voided", now, actor=by, case=file.case.id, agreed=agreed, round=file.state.round)
    notices.voided(file, reason, (by, agreed), desk, work, now)
    _changed(file, work, now)


def _end(file: CaseFile, status: CaseStatus, work: Work, now: datetime) -> None:
    for task in list(file.tasks.values()):
        if task.status is TaskStatus.OPEN and work.finish_task(
            task.id, TaskStatus.CANCELLED, outcome=status.value, by="mailflow", now=now
        ):
            file.tasks[task.name] = replace(task, status=TaskStatus.CANCELLED)
    work.close_case(file.case.id, status, now)
    file.state = replace(file.state, status=status)


# ------------------------------------------------------------------------------------------------------------ parts


def _is_ready(name: str, file: CaseFile) -> bool:
    if name in file.tasks:
        return False
    return all(need in file.tasks and file.tasks[need].status in FINISHED for need in file.procedure.tasks[name].needs)


def _open(name: str, file: CaseFile, desk: Desk, work: Work, now: datetime, message: int | None) -> Blobs:
    spec = file.procedure.tasks[name]
    new = NewTask(file.case.id, name, file.state.round, TaskStatus.OPEN, role=spec.role)
    if not holds(spec.when, file.facts()):
        _enter(replace(new, status=TaskStatus.SKIPPED), file, work, now)
        return []
    blobs: Blobs = []
    record: IssuedRecord | None = None
    code = spec.form_for(file.state.language)
    if code and spec.do != "answer":
        blobs += new_version(code, file, desk, work, now, message)
        record = file.records[code]
    if spec.done_by == "mailflow":
        _enter(replace(new, status=TaskStatus.DONE, outcome="auto", record=record.id if record else 0), file, work, now)
        work.journal("task.done", now, case=file.case.id, task=name, outcome="auto")
        return blobs + _act(spec, name, file, desk, work, now)
    person = person_for(spec, file, desk, now) if spec.role or spec.who else None
    due_at = due(spec, person, file.since, desk)
    next_at = due_at if spec.done_by == "clock" else step_at(spec, 0, due_at, person, desk)
    task = replace(
        new, person=person.address if person else "", record=record.id if record else 0, due_at=due_at, next_at=next_at
    )
    entered = _enter(task, file, work, now)
    if spec.done_by == "event" and file.state.channel != ORAL and not file.unreached:
        work.asked(entered.id, now)  # the world answers; a person is asked only when it does not
    work.journal("task.opened", now, case=file.case.id, task=name, id=entered.id, person=task.person or "-")
    return blobs


def _has_nobody(task: Task, file: CaseFile) -> bool:
    """Does an open task wait for a person, and not for the world?"""
    spec = file.spec(task)
    by_people = spec.done_by in ("signature", "reply") or (spec.done_by == "event" and file.state.channel == ORAL)
    return task.status is TaskStatus.OPEN and not task.person and by_people


def _act(spec: TaskSpec, name: str, file: CaseFile, desk: Desk, work: Work, now: datetime) -> Blobs:
    """What happens by itself when a task of mailflow's own begins."""
    if spec.do == "again":
        return again(
            file, spec.from_, reason="unsatisfied", by="mailflow", desk=desk, work=work, now=now, next_round=True,
            because=[file.answers.get("satisfied_words", "")],
        )  # fmt: skip
    if spec.do == "close_unsatisfied":
        close(file, CaseStatus.CLOSED_UNSATISFIED, desk, work, now)
        return []
    actions.act(spec, name, file, desk, work, now)
    return _repeat_answer(file, desk, work, now) if spec.do == "answer" and not spec.text else []


def _repeat_answer(file: CaseFile, desk: Desk, work: Work, now: datetime) -> Blobs:
    """The answer is approved and out: records that repeat it get it printed; who signed them need not sign again."""
    forms = {code: desk.form(code) for code in list(file.records)}
    return [
        blob
        for code, form in forms.items()
        if form is not None and repeats_answer(form)
        for blob in new_version(code, file, desk, work, now, None)
    ]


def new_version(code: str, file: CaseFile, desk: Desk, work: Work, now: datetime, message: int | None) -> Blobs:
    """Print a record anew; open tasks about it are about the new version, and void signatures are asked for again."""
    before = file.records.get(code)
    issued = issue(code, file, desk, work, now, message=message)
    if before is None or issued.blob is None:
        return [issued.blob] if issued.blob else []
    for task in list(file.tasks.values()):
        if task.record == before.id and task.status is TaskStatus.OPEN:
            work.set_task_record(task.id, issued.record.id)
            file.tasks[task.name] = replace(task, record=issued.record.id, asked_at=None)
    void = {item.task_id for item in issued.void}
    names = [task.name for task in file.tasks.values() if task.id in void]
    if names:
        work.outdate_tasks(file.case.id, names, now)
        for item in names:
            file.tasks.pop(item)
        work.journal("signature.void", now, case=file.case.id, record=issued.record.number, tasks="、".join(names))
    return [issued.blob]


def _enter(task: NewTask, file: CaseFile, work: Work, now: datetime) -> Task:
    key = work.add_task(task, now)
    is_open = task.status is TaskStatus.OPEN
    entered = Task(
        id=key, case_id=task.case_id, name=task.name, round=task.round, status=task.status, role=task.role,
        person=task.person, record=task.record, opened_at=now, due_at=task.due_at, asked_at=None,
        done_at=None if is_open else now, done_by="" if is_open else "mailflow", outcome=task.outcome, step=0,
        next_at=task.next_at, current=True,
    )  # fmt: skip
    file.tasks[task.name] = entered
    return entered


def _changed(file: CaseFile, work: Work, now: datetime) -> None:
    """The archive of the case is behind."""
    work.change_case(file.case, now)
    work.touch(file.case.customer.id)


def next_step(file: CaseFile, task: Task, desk: Desk) -> datetime | None:
    """When the step after the one just taken is due."""
    staff = desk.staff()
    return step_at(file.spec(task), task.step + 1, task.due_at, staff.by_address(task.person), desk)
