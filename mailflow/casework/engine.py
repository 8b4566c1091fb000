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

from mailflow.casework import actions, independence, notices, priority, reported, sparing
from mailflow.casework.assign import due, person_for, step_at
from mailflow.casework.casefile import CaseFile, Said, facts_of
from mailflow.casework.fields import repeats_answer
from mailflow.casework.issue import issue
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Case
from mailflow.domain.tasks import FINISHED, CaseState, CaseStatus, IssuedRecord, NewTask, Task, TaskStatus
from mailflow.procedures.conditions import holds
from mailflow.procedures.exceptions import EXCEPTED, excepted_task, exception_of
from mailflow.procedures.extra import with_extras
from mailflow.procedures.model import Procedure, TaskSpec
from mailflow.reading.answers.promises import find_promises
from mailflow.records.sections import changes

Blobs = list[bytes]
ORAL = "oral"
"""The channel of a case that our own people wrote down: nobody can be written to, so they are asked at once."""
SATISFIED = ("满意", "基本满意")
PLAN, PLAN_PROMISES = "plan", "plan_promises"


def begin(turn: Turn, case: Case, state: CaseState, received_at: datetime) -> CaseFile | None:
    """Note by which procedure a new case runs; None when there is none for it.  No task begins yet."""
    procedure = turn.desk.procedures().choose(case.kind, facts_of(case, state))
    if procedure is None:
        _kept(turn, case, state, "", "", "")
        return None
    return begin_by(turn, case, state, procedure, received_at)


def begin_by(turn: Turn, case: Case, state: CaseState, procedure: Procedure, since: datetime) -> CaseFile:
    """Note that a new case runs by this procedure, its times counted from ``since`` (aware).  No task begins yet."""
    _kept(turn, case, state, procedure.digest, procedure.name, procedure.text)
    turn.journal("procedure.begun", case=case.id, procedure=procedure.name, version=procedure.version)
    return CaseFile(case, replace(state, procedure=procedure.digest), procedure, since=min(since, turn.now))


def advance(step: Step, *, message: int | None = None) -> Blobs:
    """Begin every task that may begin, do what happens by itself, and close the case when nothing is left."""
    file = step.file
    blobs: Blobs = []
    begun: list[str] = []
    while file.state.status is CaseStatus.OPEN:
        ready = next((name for name in file.procedure.order if _is_ready(name, file)), None)
        if ready is None:
            break
        blobs += _open(step, ready, message)
        begun.append(ready)
    if file.state.status is CaseStatus.OPEN and all(
        name in file.tasks and file.tasks[name].status in FINISHED for name in file.procedure.tasks
    ):
        close(step, CaseStatus.CLOSED)
        if file.answers.get("satisfied") in SATISFIED:
            actions.tell_closed(step)
    unheld = [task for name in begun if (task := file.tasks.get(name)) and _has_nobody(task, file)]
    if step.desk.staff().people:
        notices.unheld(step, [task for task in unheld if not _ask_exception(step, task)])
    return blobs


def complete(
    step: Step,
    task: Task,
    *,
    outcome: str,
    by: str,
    values: Mapping[str, str] | None = None,
    message: int | None = None,
) -> Blobs | None:
    """End a task with what was answered in it and move the case on; None when somebody else ended it before."""
    file = step.file
    if not step.work.finish_task(task.id, TaskStatus.DONE, outcome=outcome, by=by, now=step.now):
        return None
    file.tasks[task.name] = replace(task, status=TaskStatus.DONE, outcome=outcome, done_by=by, done_at=step.now)
    step.journal("task.done", actor=by, message=message, task=task.name, outcome=outcome, id=task.id)
    answer(step, task, values or {}, by=by, message=message)
    spec = file.spec(task)
    blobs: Blobs = _decide_exception(step, task, message) if excepted_task(task.name) else []
    if values and (code := spec.form_for(file.state.language)):
        blobs += new_version(step, code, message)
    blobs += advance(step, message=message)
    reported.told(step)  # now it is clear who is asked anyway
    _changed(step)
    return blobs


def answer(step: Step, task: Task, values: Mapping[str, str], *, by: str, message: int | None = None) -> None:
    """Keep what a person said in a task; the newest answer to a field counts."""
    file = step.file
    said = dict(values)
    if PLAN in said:
        # What goes to the customer without a signature must not promise anything unseen.
        found = find_promises(step.desk.words, said[PLAN], now=step.now, zone=step.desk.zone)
        said[PLAN_PROMISES] = "；".join(promise.words for promise in found)
    step.work.add_answers(file.case.id, task.id, said, actor=by, message=message, now=step.now)
    file.answers.update(said)
    file.said += [Said(name, value, task.name, step.now) for name, value in said.items()]
    file.stale -= set(said)
    if said.keys() & {priority.JUDGED, priority.SEVERITY}:
        reported.settle(step)


def again(step: Step, name: str, *, reason: str, by: str, next_round: bool, because: Sequence[str] = ()) -> Blobs:
    """Begin a task and all that builds on it anew: a record came back, or the customer is not satisfied.

    ``because`` tells our people why the next round begins, in the customer's words.
    """
    file = step.file
    signers: list[str] = []
    if next_round:
        signers = [item.person for item in step.work.signatures(file.case.id)]
        round_ = file.state.round + 1
        step.work.reopen_case(file.case.id, round_, step.now)
        file.state = replace(file.state, round=round_, status=CaseStatus.OPEN)
        step.journal("case.reopened", actor=by, reason=reason, round=round_)
        actions.tell_reopened(step)
    names = file.procedure.after(name) if next_round else file.procedure.after_return(name)
    step.work.outdate_tasks(file.case.id, names, step.now)
    file.stale |= {asked for item in names for asked in file.procedure.tasks[item].asks}
    file.retire(names)
    if next_round:
        file.had.clear()  # a round begins with whom the case names and who holds the roles
    step.journal("task.again", actor=by, task=name, reason=reason)
    blobs = advance(step)
    if next_round:  # when it is clear who is asked anyway
        notices.reopened(step, signers, because, by)
    _changed(step)
    return blobs


def renew_records(step: Step, message: int | None = None) -> Blobs:
    """What a case says was corrected: every record that prints it gets a new version.

    The records of a closed case stay as they were signed; the correction stands beside them.
    """
    if step.file.state.status is not CaseStatus.OPEN:
        step.journal("record.kept", message=message)
        return []
    blobs: Blobs = []
    for code in list(step.file.records):
        blobs += new_version(step, code, message)
    if blobs:
        blobs += advance(step, message=message)
        _changed(step)
    return blobs


def close(step: Step, status: CaseStatus) -> None:
    """Close a case; what is still open in it is cancelled, and whose case it is hears of it."""
    _end(step, status)
    step.journal("case.closed", how=status.value, round=step.file.state.round)
    notices.closed(step)
    _changed(step)


def void(step: Step, reason: str, *, by: str, agreed: str = "") -> None:
    """End a case that was opened in error: nothing more is asked, reminded or written to the customer.

    ``by`` and ``agreed`` are the addresses of two people; one is enough where the matter goes on as another case.  The
    number stays, and so does all there is under it; a
    mail of the customer's that complains anew opens the case again.
    """
    file = step.file
    first = next(iter(file.tasks.values()), None)
    if first is not None:
        step.work.add_answers(file.case.id, first.id, {"end_reason": reason}, actor=by, message=None, now=step.now)
    _end(step, CaseStatus.VOID)
    step.journal("case.voided", actor=by, agreed=agreed, round=file.state.round)
    notices.voided(step, reason, (by, agreed))
    _changed(step)


def _end(step: Step, status: CaseStatus) -> None:
    file = step.file
    for task in list(file.tasks.values()):
        if task.status is TaskStatus.OPEN and step.work.finish_task(
            task.id, TaskStatus.CANCELLED, outcome=status.value, by="mailflow", now=step.now
        ):
            file.tasks[task.name] = replace(task, status=TaskStatus.CANCELLED)
    step.work.close_case(file.case.id, status, step.now)
    file.state = replace(file.state, status=status)


# ------------------------------------------------------------------------------------------------------------ parts


def _kept(turn: Turn, case: Case, state: CaseState, digest: str, name: str, text: str) -> None:
    turn.work.begin_procedure(
        case.id, digest, name, text, state.intake, turn.now, channel=state.channel, subkinds="；".join(state.subkinds),
        priority=state.priority,
    )  # fmt: skip


def _is_ready(name: str, file: CaseFile) -> bool:
    if name in file.tasks:
        return False

    def is_finished(other: str) -> bool:
        return other in file.tasks and file.tasks[other].status in FINISHED

    if not all(is_finished(need) for need in file.procedure.tasks[name].needs):
        return False
    # Registered before reviewed, reviewed before closed, also when one of them signs again.
    return not _signs_behind(file, name, [other for other in file.procedure.order if not is_finished(other)])


def _open(step: Step, name: str, message: int | None) -> Blobs:
    file = step.file
    spec = file.procedure.tasks[name]
    new = NewTask(file.case.id, name, file.state.round, TaskStatus.OPEN, role=spec.role)
    if not holds(spec.when, file.facts()) or sparing.is_spared(step, spec, name):
        _enter(step, replace(new, status=TaskStatus.SKIPPED))
        return []
    blobs: Blobs = []
    record: IssuedRecord | None = None
    code = spec.form_for(file.state.language)
    if code and spec.do != "answer":
        blobs += new_version(step, code, message)
        record = file.records[code]
    if spec.done_by == "mailflow":
        _enter(step, replace(new, status=TaskStatus.DONE, outcome="auto", record=record.id if record else 0))
        step.journal("task.done", task=name, outcome="auto")
        return blobs + _act(step, spec, name)
    person = person_for(step, name) if spec.role or spec.who else None
    due_at = due(spec, person, file.since, step.desk, file.day_of)
    next_at = due_at if spec.done_by == "clock" else step_at(spec, 0, due_at, person, step.desk)
    task = replace(
        new, person=person.address if person else "", record=record.id if record else 0, due_at=due_at, next_at=next_at
    )
    entered = _enter(step, task)
    if spec.done_by == "event" and file.state.channel != ORAL and not file.unreached:
        step.work.asked(entered.id, step.now)  # the world answers; a person is asked only when it does not
    step.journal("task.opened", task=name, id=entered.id, person=task.person or "-")
    return blobs


def _has_nobody(task: Task, file: CaseFile) -> bool:
    """Does an open task wait for a person, and not for the world?"""
    spec = file.spec(task)
    by_people = spec.done_by in ("signature", "reply") or (spec.done_by == "event" and file.state.channel == ORAL)
    return task.status is TaskStatus.OPEN and not task.person and by_people


def _ask_exception(step: Step, task: Task) -> bool:
    """Ask the general manager whether the one person left may do what he is kept from; once.  Was he asked?"""
    file, name = step.file, exception_of(task.name)
    found = independence.to_except(step, task.name) if name not in file.tasks else None
    if found is None:
        return False
    person, top = found
    file.procedure = with_extras(file.procedure, [name])
    spec = file.procedure.tasks[name]
    due_at = due(spec, top, step.now, step.desk)
    new = NewTask(file.case.id, name, file.state.round, TaskStatus.OPEN, role=spec.role, person=top.address)
    entered = _enter(step, replace(new, due_at=due_at, next_at=step_at(spec, 0, due_at, top, step.desk)))
    answer(step, entered, {EXCEPTED: person.address}, by="mailflow")
    step.journal("exception.asked", task=task.name, id=entered.id, person=person.address)
    return True


def _decide_exception(step: Step, asked: Task, message: int | None) -> Blobs:
    """What the general manager said: the one excepted has the task now, or it still waits for somebody."""
    file = step.file
    name = excepted_task(asked.name)
    person, waiting = file.excepted(name), file.tasks.get(name)
    step.journal("exception.granted" if person else "exception.refused", actor=asked.person, task=name)
    if waiting is None or waiting.status is not TaskStatus.OPEN or waiting.person:
        return []
    if not person:
        notices.unheld(step, [waiting])
        return []
    step.work.reassign_task(waiting.id, person)
    file.tasks[name] = replace(waiting, person=person, asked_at=None)
    code = file.procedure.tasks[name].form_for(file.state.language)
    return new_version(step, code, message) if code else []


def _act(step: Step, spec: TaskSpec, name: str) -> Blobs:
    """What happens by itself when a task of mailflow's own begins."""
    if spec.do == "again":
        return again(
            step, spec.from_, reason="unsatisfied", by="mailflow", next_round=True,
            because=[step.file.answers.get("satisfied_words", "")],
        )  # fmt: skip
    if spec.do == "close_unsatisfied":
        close(step, CaseStatus.CLOSED_UNSATISFIED)
        return []
    actions.act(step, spec, name)
    return _repeat_answer(step) if spec.do == "answer" and not spec.text else []


def _repeat_answer(step: Step) -> Blobs:
    """The answer is approved and out: records that repeat it get it printed; who signed them need not sign again."""
    forms = {code: step.desk.form(code) for code in list(step.file.records)}
    return [
        blob
        for code, form in forms.items()
        if form is not None and repeats_answer(form)
        for blob in new_version(step, code, None)
    ]


def new_version(step: Step, code: str, message: int | None, *, signer: str = "") -> Blobs:
    """Print a record anew, and ask those again whose signature is void, each after those he signs behind.

    Open tasks about it are about the new version; who was asked to sign what reads the same goes on with the version he
    has.  ``signer`` is the task that is signed at this moment, with what was filled in.
    """
    file = step.file
    before = file.records.get(code)
    issued = issue(step, code, message=message)
    if before is None or issued.blob is None:
        return [issued.blob] if issued.blob else []
    versions = {item.id: item for item in step.work.record_by_number(before.number)}
    about = [task for task in file.tasks.values() if task.status is TaskStatus.OPEN and task.record in versions]
    for task in about:
        if task.name == signer or not _reads_the_same(step, task, versions[task.record], issued.record):
            step.work.set_task_record(task.id, issued.record.id)
            file.tasks[task.name] = replace(task, record=issued.record.id, asked_at=None)
    void = {item.task_id for item in issued.void}
    names = [task.name for task in file.tasks.values() if task.id in void]
    if names:
        later = [task.name for task in about if task.name != signer and _signs_behind(file, task.name, names)]
        step.work.outdate_tasks(file.case.id, [*names, *later], step.now)
        file.retire((*names, *later))
        step.journal("signature.void", record=issued.record.number, tasks="、".join(names))
    return [issued.blob]


def _reads_the_same(step: Step, task: Task, asked: IssuedRecord, now: IssuedRecord) -> bool:
    """Was he asked to sign a version that says the same of all he answers for?  Then he need not be asked again."""
    spec, form = step.file.spec(task), step.desk.form(now.form)
    if form is None or not form.sections or spec.done_by != "signature" or task.asked_at is None:
        return False
    return not changes(form, spec.sign, asked.fields, now.fields, blanks=True)


def _signs_behind(file: CaseFile, name: str, others: Sequence[str]) -> bool:
    """Does this task sign the record of one of these others, which it builds on?"""
    spec, tasks = file.procedure.tasks[name], file.procedure.tasks
    if spec.done_by != "signature":
        return False
    before = file.procedure.before(spec)
    return any(
        other in before and tasks[other].done_by == "signature" and tasks[other].form == spec.form for other in others
    )


def _enter(step: Step, task: NewTask) -> Task:
    key = step.work.add_task(task, step.now)
    is_open = task.status is TaskStatus.OPEN
    entered = Task(
        id=key, case_id=task.case_id, name=task.name, round=task.round, status=task.status, role=task.role,
        person=task.person, record=task.record, opened_at=step.now, due_at=task.due_at, asked_at=None,
        done_at=None if is_open else step.now, done_by="" if is_open else "mailflow", outcome=task.outcome, step=0,
        next_at=task.next_at, current=True,
    )  # fmt: skip
    step.file.tasks[task.name] = entered
    return entered


def _changed(step: Step) -> None:
    """The archive of the case is behind."""
    step.work.change_case(step.file.case, step.now)
    step.work.touch(step.file.case.customer.id)


def next_step(step: Step, task: Task) -> datetime | None:
    """When the step after the one just taken is due."""
    staff = step.desk.staff()
    return step_at(step.file.spec(task), task.step + 1, task.due_at, staff.by_address(task.person), step.desk)
