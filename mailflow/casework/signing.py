"""What a staff member's answer does to a case: signs, returns, hands on, or does the work, once and with evidence.

Every function checks what it may before it writes anything: a refusal (:class:`Refused`) leaves the case as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailflow.casework import engine, independence, reported
from mailflow.casework.assign import acting, excluded, has_role, why_excluded
from mailflow.casework.casefile import TAKEN_OVER, CaseFile
from mailflow.casework.issue import copy_name, signed_copy, signed_on
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import TemporaryError
from mailflow.domain.tasks import Signature, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.procedures.conditions import holds
from mailflow.sentences.catalogue import worded

RETURNED = "returned_reason"
"""The field under which the reason of a return is kept with the case."""


class Refused(Exception):
    """Nothing was changed: a stable word for why, and details the sender may know (titles, names, times)."""

    def __init__(
        self,
        reason: str,
        *details: str,
        kept: Mapping[str, str] | None = None,
        change: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = tuple(item for item in details if item)
        self.kept = dict(kept or {})  # what was understood and stands (label, value): it need not be written again
        self.change = dict(change or {})  # what an agreement wants changed (field, new value), to be confirmed


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a signature came: the way, and the file that came back (none for a reply, whose mail is the evidence)."""

    way: str
    content: bytes = b""
    suffix: str = ""
    message: int | None = None


def sign(step: Step, task: Task, person: Person, values: Mapping[str, str], evidence: Evidence) -> engine.Blobs:
    """Sign the record of a task: the signature, the signed copy with its cell filled, and on with the case."""
    file = step.file
    _open_task(step, task)
    spec = file.spec(task)
    if spec.done_by != "signature":
        raise Refused("ambiguous")
    answered = checked_values(step, task, values)
    _complete_enough(step, task, answered)
    blobs: engine.Blobs = []
    if answered:  # what is filled in with the signature belongs to what is signed
        engine.answer(step, task, answered, by=person.address, message=evidence.message)
        blobs += engine.new_version(step, spec.form_for(file.state.language), evidence.message, signer=task.name)
        task = file.tasks[task.name]
    record = step.work.issued_record(task.record)
    if record is None:
        raise Refused("unknown_record")
    numbered = {item.id for item in step.work.record_by_number(record.number)}
    every = [item for item in step.work.signatures(file.case.id, history=True) if item.record_id in numbered]
    count = len(every) + 1
    signature = Signature(
        id=0, record_id=record.id, case_id=file.case.id, task_id=task.id, cell=spec.sign, person=person.address,
        name=person.name, at=step.now, way=evidence.way, signed_digest=record.digest, copy_digest="",
        copy_name=copy_name(record, count), evidence_digest="", evidence_name="", message=evidence.message,
        current=True,
    )  # fmt: skip
    given = signed_on(step, record, task.name)
    copy = signed_copy(record, replace(given, every=(*given.every, signature)), step.desk, step.now)
    blobs.append(copy)
    signature = replace(signature, copy_digest=hashlib.sha256(copy).hexdigest())
    if evidence.content:
        blobs.append(evidence.content)
        name = copy_name(record, count, f"-back{evidence.suffix}")
        signature = replace(signature, evidence_digest=hashlib.sha256(evidence.content).hexdigest(), evidence_name=name)
    step.work.add_signature(signature)
    step.journal("record.signed", actor=person.address, message=evidence.message, case=file.case.id,
        record=record.number, revision=record.revision, cell=spec.sign, way=evidence.way, sha256=record.digest,
    )  # fmt: skip
    return blobs + _complete(step, task, "signed", person, {}, evidence.message)


def do_work(step: Step, task: Task, person: Person, values: Mapping[str, str], message: int | None) -> engine.Blobs:
    """Keep what a person worked out in a task and move on; Refused when required fields are missing or wrong."""
    _open_task(step, task)
    spec = step.file.spec(task)
    if spec.done_by == "signature":
        raise Refused("ambiguous")
    answered = checked_values(step, task, values)
    _complete_enough(step, task, answered)
    if not answered:
        raise Refused("fields_missing", *(title_of(step, name) for name in spec.asks))
    return _complete(step, task, "done", person, answered, message)


def keep(
    step: Step, task: Task, person: Person, values: Mapping[str, str], message: int | None, wrong: Sequence[str] = ()
) -> Refused | None:
    """Keep what was understood of an answer that does not do its task yet; what is still asked of its writer.

    None, and nothing is written, when the answer is enough, or holds no value at all.  ``wrong`` are the values that
    could not be read.  Raises Refused as the task itself would.
    """
    _open_task(step, task)
    answered = checked_values(step, task, values)
    missing = _missing(step, task, answered)
    if not missing or not answered:
        return None
    engine.answer(step, task, answered, by=person.address, message=message)
    reported.told(step)
    step.journal("task.noted", actor=person.address, message=message, task=task.name)
    kept = {title_of(step, name): value for name, value in answered.items()}
    titles = [title_of(step, name) for name in missing]
    unread = {words.partition("：")[0] for words in wrong}
    asked = [*wrong, *(title for title in titles if title not in unread)]
    return Refused("bad_value" if wrong else "fields_missing", *asked, kept=kept)


def send_back(step: Step, task: Task, person: Person, reason: str, message: int | None) -> engine.Blobs:
    """Return a record unsigned: the task it came from, and all that builds on it, begins anew with the reason."""
    _open_task(step, task)
    if not reason.strip():
        raise Refused("reason_missing")
    back_to = step.file.spec(task).back_to or _author_of(step.file, task)
    if not back_to:
        raise Refused("not_allowed")
    engine.answer(step, task, {RETURNED: reason}, by=person.address, message=message)
    if not step.work.finish_task(task.id, TaskStatus.DONE, outcome="returned", by=person.address, now=step.now):
        raise TemporaryError("the task was ended meanwhile")
    step.journal("task.returned", actor=person.address, message=message, task=task.name, to=back_to)
    return engine.again(step, back_to, reason="returned", by=person.address, next_round=False)


def hand_on(step: Step, task: Task, person: Person, to: str, message: int | None) -> tuple[Person, engine.Blobs]:
    """Give a task to another staff member, who is asked by a mail of his own; returns him.

    Work may go to any colleague the procedure does not exclude; a signature only to who may sign for the role.
    """
    file = step.file
    _open_task(step, task)
    spec, staff, day, language = (
        file.spec(task),
        step.desk.staff(),
        step.day,
        step.desk.notes.language,
    )
    named = staff.by_name(to)
    if named is None:
        raise Refused("unknown_staff", to)
    present = acting(named, staff, day, excluded(task.name, file, staff) | {person.address})
    if present is None:
        because = why_excluded(named, task.name, file, staff, language)
        raise Refused("not_allowed", named.name, *because, instead(step, task.name, named) if because else "")
    if spec.done_by == "signature" and not has_role(named, spec, file, staff, day):
        role = staff.title(spec.role, language)
        words = worded(language, "{name} does not hold the role {role}", name=named.name, role=role)
        raise Refused("not_allowed", words)
    return present, take_over(step, task, present, by=person.address, message=message)


def take_over(step: Step, task: Task, person: Person, *, by: str, message: int | None = None) -> engine.Blobs:
    """The task is this person's from now on, also when it comes back; where the case names who does it, he is named.

    Who may be given it was asked before.
    """
    file, spec = step.file, step.file.spec(task)
    if not step.work.reassign_task(task.id, person.address):
        raise TemporaryError("the task was ended meanwhile")
    file.tasks[task.name] = replace(task, person=person.address, asked_at=None)
    file.had[task.name] = (person.address, step.now)
    engine.answer(step, task, {TAKEN_OVER: person.address}, by=by, message=message)
    field = file.procedure.fields.get(spec.who)
    is_named = field is not None and field.type == "person"
    if is_named:  # said where he was named, so that whoever names another one later is the one who counts
        named = file.said_before(spec.who, spec)
        naming = file.tasks.get(named.task, task) if named else task
        engine.answer(step, naming, {spec.who: person.name}, by=by, message=message)
    step.journal("task.handed_on", actor=by, message=message, task=task.name,
        to=person.address,
    )  # fmt: skip
    return engine.renew_records(step, message) if is_named else []


def checked_values(step: Step, task: Task, values: Mapping[str, str]) -> dict[str, str]:
    """The answered fields this task asks for, people and departments by their names of ours; Refused when unknown."""
    file = step.file
    spec, staff = file.spec(task), step.desk.staff()
    found: dict[str, str] = {}
    wrong: list[str] = []
    for name in (*spec.asks, *spec.may):
        value = values.get(name, "").strip()
        if not value:
            continue
        field = file.procedure.fields[name]
        if field.type == "person" and name != "accused":
            known = staff.by_name(value)
            if known is None:
                wrong.append(f"{title_of(step, name)}：{value}")
                continue
            if why := _not_independent(step, name, known, values):
                raise Refused("not_allowed", known.name, *why)
            value = known.name
        found[name] = value
    if wrong:
        raise Refused("unknown_staff", *wrong)
    facts = file.facts() | found
    if because := [item.because.of(step.desk.notes.language) for item in spec.refuse if holds(item.when, facts)]:
        raise Refused("bad_value", *because)
    return found


def title_of(step: Step, name: str) -> str:
    """What a field is called in mails to staff."""
    field = step.file.procedure.fields.get(name)
    return field.title.of(step.desk.notes.language) if field else name


def instead(step: Step, name: str, but: Person) -> str:
    """Whom else the list of staff has for a task."""
    names = independence.others(step, name, but)
    language = step.desk.notes.language
    return worded(language, "instead: {names}", names=names) if names else worded(language, "nobody else is there")


# ------------------------------------------------------------------------------------------------------------ parts


def _not_independent(step: Step, field: str, person: Person, values: Mapping[str, str]) -> list[str]:
    """Why somebody may not be named for work the accused is kept out of, and whom else there is; empty when he may."""
    tasks, staff = step.file.procedure.tasks, step.desk.staff()
    work = next((name for name, spec in tasks.items() if spec.who == field and spec.not_accused), "")
    accused = staff.by_name(values.get("accused", "") or step.file.answers.get("accused", ""))
    why = independence.conflict(step, person, accused) if work else ""
    return [why, instead(step, work, person)] if why else []


def _open_task(turn: Turn, task: Task) -> None:
    now = turn.work.task(task.id)
    if now is None or not now.current or now.status is TaskStatus.CANCELLED:
        raise Refused("not_open")
    if now.status is not TaskStatus.OPEN:
        who = turn.desk.staff().by_address(now.done_by)
        when = f"{now.done_at.astimezone(turn.desk.zone):%Y-%m-%d %H:%M}" if now.done_at else ""
        raise Refused("already_done", who.name if who else now.done_by, when)


def _missing(step: Step, task: Task, answered: Mapping[str, str]) -> list[str]:
    """The fields the task asks for that have no value, now or from before."""
    file, spec = step.file, step.file.spec(task)
    if spec.instead and answered.get(spec.instead):
        return []
    before = {name for name, value in file.answers.items() if value} - file.stale
    return [name for name in spec.asks if not answered.get(name) and name not in before]


def _complete_enough(step: Step, task: Task, answered: Mapping[str, str]) -> None:
    """Every field the task asks for has a value, now or from before."""
    if missing := _missing(step, task, answered):
        raise Refused("fields_missing", *(title_of(step, name) for name in missing))


def _author_of(file: CaseFile, task: Task) -> str:
    """The nearest task before this one that was done by somebody's work."""
    wanted: Sequence[str] = file.spec(task).needs
    while wanted:
        worked = [name for name in wanted if file.procedure.tasks[name].done_by == "reply" and file.done_by(name)]
        if worked:
            return worked[-1]
        wanted = [need for name in wanted for need in file.procedure.tasks[name].needs]
    return ""


def _complete(
    step: Step, task: Task, outcome: str, person: Person, values: Mapping[str, str], message: int | None
) -> engine.Blobs:
    blobs = engine.complete(step, task, outcome=outcome, by=person.address, values=values, message=message)
    if blobs is None:
        raise TemporaryError("the task was ended meanwhile")
    return blobs
