"""What an operator enters at the machine: one task, one transaction, his account in the journal, refusals in a line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailflow.commands.common import archive_now, cell, fail, user_name
from mailflow.commands.language import is_english, language, t
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.casework.casefile import CaseFile
    from mailflow.casework.signing import Refused
    from mailflow.casework.step import Step
    from mailflow.domain.ports import Work
    from mailflow.domain.tasks import Task
    from mailflow.office.staff import Person

REASONS: Mapping[str, str] = {
    "wrong_person": sentence("the task is somebody else's"),
    "old_version": sentence("this is an old version of the record, the newest one must be signed"),
    "forged": sentence("the QR code is not one of ours"),
    "unreadable_scan": sentence("no QR code could be read"),
    "unsigned_page": sentence("the signature cell is as empty as it was printed"),
    "ambiguous": sentence("what must be signed: mailflow sign; other work: mailflow done"),
    "fields_missing": sentence("required fields are missing"),
    "bad_value": sentence("a value is not what the field takes"),
    "already_done": sentence("the task is done already"),
    "unknown_staff": sentence("not in rules/staff.yaml, or several have the name"),
    "not_open": sentence("the task is no longer open"),
    "not_allowed": sentence(
        "the procedure excludes this person (the accused, whoever did the work), or he is away and nobody stands in"
    ),
    "not_role": sentence("this person does not hold the role the task is for"),
    "unknown_record": sentence("there is no such record"),
    "other_record": sentence("the scan's QR code names another record"),
}
"""Why nothing was changed, as the operator reads it."""


@dataclass(slots=True)
class Hand:
    """An open transaction about one task.  What is put into ``blobs`` is durable before the transaction commits."""

    step: Step
    task: Task
    blobs: list[bytes] = field(default_factory=list)

    @property
    def file(self) -> CaseFile:
        """The task's case."""
        return self.step.file

    @property
    def work(self) -> Work:
        """The transaction."""
        return self.step.work

    @property
    def now(self) -> datetime:
        """The moment of the change."""
        return self.step.now

    @property
    def title(self) -> str:
        """What the task is called."""
        return self.file.spec(self.task).title.of("en" if is_english() else "zh")


@contextlib.contextmanager
def at_task(app: App, task_id: int, actor: str = "", what: str = "") -> Iterator[Hand]:
    """Change one task; ends the command in one line, with nothing changed, when there is none or it is refused.

    ``what``, when given, goes to the journal as ``operator.<what>`` of ``actor``: who sat at the machine.
    """
    from mailflow.casework.signing import Refused
    from mailflow.casework.step import Turn
    from mailflow.runtime.clock import now_utc

    now, step = now_utc(), None
    try:
        with app.ledger.begin() as work:
            task = work.task(task_id)
            step = Turn(app.services.desk, work, now).load(work.case(task.case_id)) if task else None
            if task is None or step is None:
                fail(
                    t("no task {task_id} -> mailflow tasks lists them", task_id=task_id),
                    1,
                )
            hand = Hand(step, task)
            if what:
                step.journal(f"operator.{what}", actor=actor, task=task.name, id=task.id)
            yield hand
            work.touch_case(step.case_id)
            if hand.blobs:
                app.vault.put(hand.blobs)
    except Refused as refusal:
        fail(refused(refusal), 1)
    if step is not None:
        archive_now(app, step.file.case)


def refused(refusal: Refused) -> str:
    """A refusal as one line."""
    words = t(REASONS[refusal.reason]) if refusal.reason in REASONS else refusal.reason
    details = "、".join(cell(item) for item in refusal.details if not item.startswith("->"))
    remedy = "".join(f" {cell(item)}" for item in refusal.details if item.startswith("->"))
    return words + (t(": ") + details if details else "") + remedy


def actor_of(by: str) -> str:
    """Who acts, for the journal: the account, with the name it acts for; ends the command for a name that is none."""
    from mailflow.casework.corrections import NotUnderstood, actor_name

    try:
        return actor_name(by, user_name())
    except NotUnderstood as mistake:
        fail(mistake.said(language()))


def staff_member(app: App, text: str) -> Person:
    """The colleague of this name or address; ends the command when there is none, or he has left."""
    staff = app.services.desk.staff()
    found = staff.by_name(text)
    if found is None:
        known = "、".join(person.name for person in staff.people[:20]) or t("(nobody yet)")
        fail(
            t(
                "{text} is not in rules/staff.yaml, or several have the name -> one of: {known}",
                text=cell(text)[:60],
                known=known,
            )
        )
    return found


def holders_of(role: str, app: App, day: date) -> list[str]:
    """A role's title, and what to do for a task of it: who may get it."""
    staff = app.services.desk.staff()
    title = staff.title(role, "en" if is_english() else "zh")
    holders = [each for each in staff.people if staff.has_role(each, role) and not staff.has_left(each, day)]
    names = "、".join(each.name for each in holders)
    remedy = t(
        "-> one of: {names}, or a deputy; or give the role {role} in rules/staff.yaml",
        names=names or t("(nobody)"),
        role=role,
    )
    return [title, remedy]


def checked_holder(person: Person, hand: Hand, app: App) -> None:
    """Only who holds a task may have done it: its person, who stands in for him, or, of a task nobody has, its role.

    Raises Refused; nobody whom the procedure excludes, and nobody who left, passes.
    """
    from mailflow.casework.assign import excluded, has_role
    from mailflow.casework.signing import Refused
    from mailflow.domain.tasks import TaskStatus

    desk, task = app.services.desk, hand.task
    staff, day = desk.staff(), hand.now.astimezone(desk.zone).date()
    if task.status is not TaskStatus.OPEN:
        return  # said better by whoever does the work
    if staff.has_left(person, day) or person.address in excluded(task.name, hand.file, staff):
        raise Refused("not_allowed", person.name)
    holder = staff.by_address(task.person)
    stands_in = holder and not staff.is_present(holder, day) and staff.stand_in(holder, day) == person
    unheld = not task.person and (not task.role or staff.has_role(person, task.role))
    if not (person.address == task.person or stands_in or unheld):
        name = holder.name if holder else task.person or staff.title(task.role, "en" if is_english() else "zh")
        fits = has_role(person, hand.file.spec(task), hand.file, staff, day)
        raise Refused("wrong_person", name, f"-> mailflow assign {task.id} {person.name}" if fits else "")


def checked_way(hand: Hand, *, signing: bool) -> None:
    """Refused when a task is to be signed and is not now, or the other way round, or only waits for its time."""
    from mailflow.casework.signing import Refused

    done_by = hand.file.spec(hand.task).done_by
    if done_by == "clock":
        raise Refused("not_allowed", t("this step only waits for its time"))
    if (done_by == "signature") is not signing:
        raise Refused("ambiguous")


def typed_values(assignments: list[str], hand: Hand, app: App) -> dict[str, str]:
    """``field=value`` words as values in normal form, read as the same words in a mail are.

    A field goes by its name or by what people call it.  Raises Refused for a value that is none; ends the command for
    a field the task does not ask for.
    """
    from mailflow.casework.corrections import clean
    from mailflow.casework.said import field_specs
    from mailflow.casework.signing import Refused
    from mailflow.office.staff import fold
    from mailflow.reading.answers.typed import Reading, read_value

    desk = app.services.desk
    specs = field_specs(hand.file, hand.task)
    called = {fold(name): key for key, spec in specs.items() for name in (key, *spec.titles)}
    reading = Reading(desk.words, hand.now, desk.zone, [person.name for person in desk.staff().people])
    values: dict[str, str] = {}
    wrong: list[str] = []
    for word in assignments:
        name, sign, said = word.replace("＝", "=", 1).partition("=") if "=" not in word else word.partition("=")
        key = called.get(fold(clean(name)))
        if key is None or not sign:
            known = ", ".join(f"{key} ({spec.titles[0]})" for key, spec in specs.items())
            shown = cell(word)[:60]
            fail(
                t(
                    "the task asks for no field {shown} -> field=value with: {known}",
                    shown=shown,
                    known=known or t("(none)"),
                )
            )
        value, problem = read_value(reading, specs[key], said.strip())
        if problem or not value:
            choices = "/".join((is_english() and specs[key].choices_en) or specs[key].choices)
            wrong.append(
                f"{specs[key].titles[0]}={cell(said)[:60]}" + (f" ({choices})" if choices else f" ({problem})")
            )
        elif values.setdefault(key, value) != value:
            wrong.append(f"{key}: " + t("given twice"))
    if wrong:
        raise Refused("bad_value", *wrong)
    return values


def opened_now(hand: Hand, app: App) -> list[str]:
    """The tasks that began with this change: number, title and who has them."""
    from mailflow.domain.tasks import TaskStatus

    staff, language = app.services.desk.staff(), "en" if is_english() else "zh"
    found = []
    for item in hand.file.tasks.values():
        if item.status is TaskStatus.OPEN and item.opened_at == hand.now:
            person = staff.by_address(item.person)
            who = person.name if person else staff.title(item.role, language) if item.role else ""
            title = hand.file.spec(item).title.of(language)
            found.append(f"{item.id} {title}" + (f" ({who})" if who else ""))
    return found
