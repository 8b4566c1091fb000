"""What our people hear without being asked anything: closed, opened again, nobody to do it, nobody to write to.

Each notice is one occasion, entered in the transaction that causes it, so that a restart repeats none; of several
things of one moment a person gets one mail.  Who caused it himself is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailflow.casework import notes
from mailflow.casework.casefile import CaseFile
from mailflow.casework.step import OPERATOR, Step, Turn
from mailflow.domain.tasks import CaseStatus, Task
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.outgoing.templates import moment_words

OWNERS = ("receptionist", "service")
"""Whose cases they are: who takes them in, and who serves the customer."""

LEADER, EXECUTIVE = "service_manager", "leader"


def closed(step: Step) -> None:
    """Tell whose case it is that it is closed; the managers too when the customer is not satisfied."""
    file = step.file
    people = owners(step)
    details = [file.case.customer.company, file.state.subject]
    kind = "closed"
    if file.state.status is CaseStatus.CLOSED_UNSATISFIED:
        kind = "closed_unsatisfied"
        people += step.desk.staff().managers(step.day)
        details.append(file.answers.get("end_reason", ""))
    acting = {task.done_by for task in file.tasks.values() if task.done_at == step.now}
    told = [person for person in people if person.address not in acting]
    _tell(step, f"closed:{file.case.id}:{file.state.round}", told, kind, details)


def urgent(step: Step, people: Sequence[Person], details: Sequence[str]) -> int:
    """Tell these that a case came which is to be seen to at once, each once in a round; how many were told."""
    return _tell(step, f"urgent:{step.case_id}:{step.file.state.round}", people, "urgent", details)


def escalates(step: Step, message: int, details: Sequence[str]) -> int:
    """Tell who leads customer service, the executive in charge and whose case it is that a customer turns higher up."""
    staff, facts, day = step.desk.staff(), step.file.routing(), step.day
    heads = (staff.holder(role, facts=facts, day=day) for role in (LEADER, EXECUTIVE))
    people = [*filter(None, heads), *owners(step)]
    step.journal("customer.escalates", message=message)
    return _tell(step, f"escalates:{message}", people, "customer_escalates", details)


def answered_twice(step: Step, message: int, details: Sequence[str]) -> int:
    """Tell whose case it is, and who leads them, that a customer answered the same question otherwise than before."""
    leader = step.desk.staff().holder(LEADER, facts=step.file.routing(), day=step.day)
    people = [*owners(step), *filter(None, [leader])]
    step.journal("customer.answered_twice", message=message)
    return _tell(step, f"twice:{message}", people, "answered_twice", details)


def recurred(step: Step, people: Sequence[Person], details: Sequence[str]) -> int:
    """Tell these that the same trouble came again so often that somebody must look at its cause; how many were told."""
    return _tell(step, f"recurred:{step.case_id}", people, "recurrence", details)


def forwarded(turn: Turn, person: Person, message: int, told: str, writer: str) -> int:
    """Tell who forwarded a customer's mail that it has a case; and, where nobody ``told`` the customer, to do so."""
    kind = "forwarded_told" if told else "forwarded"
    return _tell(turn, f"forwarded:{message}", [person], kind, [], first=told or writer)


def voided(step: Step, reason: str, told: Sequence[str]) -> None:
    """Tell whose case it was, and who had a task in it, that it is void; not the two who decided it."""
    file = step.file
    staff, day = step.desk.staff(), step.day
    asked = [person for task in file.tasks.values() if (person := staff.by_address(task.person))]
    people = [each for each in (*owners(step), *asked) if not staff.has_left(each, day)]
    people = [person for person in people if person.address not in told]
    _tell(step, f"voided:{file.case.id}:{file.state.round}", people, "voided", [reason])


def reopened(step: Step, signers: Iterable[str], because: Sequence[str], by: str) -> None:
    """Tell whose case it is, and everybody who signed in it, that it is worked on again, and why."""
    file = step.file
    staff, day = step.desk.staff(), step.day
    signed = [person for address in signers if (person := staff.by_address(address))]
    people = [each for each in (*owners(step), *signed) if not staff.has_left(each, day)]
    told = [person for person in people if person.address != by]
    _tell(step, f"reopened:{file.case.id}:{file.state.round}", told, "reopened", because)


def unheld(step: Step, tasks: Sequence[Task]) -> None:
    """Tell who can mend the list of staff that these tasks, opened just now, have nobody to do them."""
    lines = [_line(step, task) for task in tasks]
    if tasks:
        key = f"unheld:{tasks[0].id}"  # a task begins once
        _tell(step, key, who_can_mend(step), "unheld", lines)


def left_behind(turn: Turn, tasks: Sequence[tuple[CaseFile, Task]]) -> None:
    """The same for tasks, of several cases, whose person is gone and which nobody may take over."""
    if tasks:
        lines = [f"{file.case.number} {_line(turn.on(file), task)}" for file, task in tasks]
        more = len(lines) - notes.MAX_DETAILS
        shown = lines if more <= 0 else [*lines[: notes.MAX_DETAILS - 1], f"+{more + 1}: mailflow tasks --unheld"]
        key = f"unheld:{tasks[0][1].id}:{turn.now:%Y%m%dT%H%M%S%f}"
        _tell(turn, key, who_can_mend(turn), "unheld", shown)


def unreached(step: Step, what: str, name: str, words: str) -> None:
    """Tell whose case it is that the customer has no address, and what he must be told another way.

    ``what`` is the letter that cannot be sent, ``name`` of which task (or the letter's own), ``words`` what it says.
    """
    file = step.file
    people = owners(step) or who_can_name(step)
    asked = str(file.state.intake.get("phone", "")).strip("/ ")
    details = [file.case.customer.company, asked, *words.splitlines()]
    _tell(step, f"unreached:{name}:{file.case.id}:{file.state.round}", people, "unreached", details)
    step.journal("customer.unreached", what=what)


def broken(turn: Turn, problems: Sequence[str], content: str) -> int:
    """Tell who can mend them that files of rules are broken; once for the same content.  How many were told."""
    key = f"broken:{content[:32]}"
    return _tell(turn, key, who_can_mend(turn), "procedure_broken", problems)


def letters_as_word(turn: Turn) -> int:
    """Tell who can have it mended that letters to customers go out as Word files.  How many were told."""
    return _tell(turn, f"letters:{turn.now:%Y%m%dT%H%M%S}", who_can_name(turn), "letters_as_word", [])


def report_failed(turn: Turn, period: str, lines: Sequence[str]) -> int:
    """Tell who can have it mended that reports of a period could not be made.  How many were told."""
    return _tell(turn, f"report_failed:{period}:{turn.now:%Y%m%dT%H%M%S}", who_can_mend(turn), "report_failed", lines)


def owners(step: Step) -> list[Person]:
    """Whose case it is today: those of :data:`OWNERS`; empty when nobody holds these roles."""
    staff, facts, day = step.desk.staff(), step.file.routing(), step.day
    found = [staff.holder(role, facts=facts, day=day) for role in OWNERS]
    return list({person.address: person for person in found if person}.values())


def who_can_mend(turn: Turn) -> list[Person]:
    """Who can mend the list of staff and files of rules: the operator; with none named, who can name somebody."""
    operator = turn.desk.staff().holder(OPERATOR, day=turn.day)
    return [operator] if operator else who_can_name(turn)


def who_can_name(turn: Turn) -> list[Person]:
    """Who can name somebody for a task: the managers, without any the head of customer service."""
    staff = turn.desk.staff()
    if managers := staff.managers(turn.day):
        return list(managers)
    leader = staff.holder(LEADER, facts=turn.routing(), day=turn.day)
    return [leader] if leader else []


# ------------------------------------------------------------------------------------------------------------ parts


def _tell(
    turn: Turn, occasion: str, people: Iterable[Person], kind: str, details: Sequence[str], *, first: str = ""
) -> int:
    """Queue a notice for each of these people, about the case at hand if there is one; how many were queued."""
    queued = 0
    lines = [one_line(line, 400) for line in details if line]
    for address, person in {person.address: person for person in people}.items():
        head = turn.head(person)
        mail = notes.notice_mail(head, kind, lines, first=first)
        words = notes.notice_words(head, kind, lines, first=first)
        queued += turn.tell(person, f"notice:{occasion}:{address}", mail, words)
    return queued


def _line(step: Step, task: Task) -> str:
    """A task as a line: its title, the role it is for, until when."""
    language, zone = step.desk.notes.language, step.desk.zone
    role = step.desk.staff().title(task.role, language) if task.role else ""
    due = moment_words(task.due_at, language, zone) if task.due_at else ""
    return " · ".join(filter(None, (step.file.spec(task).title.of(language), role, due)))
