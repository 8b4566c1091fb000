"""Who judges what he did himself: nobody; whom else there is; and when the general manager may be asked to let it be.

An answer to a customer has no exception: whoever investigated, or wrote it, never approves it.
"""

from __future__ import annotations

from mailflow.casework.assign import excluded, has_role, person_for
from mailflow.casework.step import Step
from mailflow.office.staff import Person
from mailflow.procedures.exceptions import TOP
from mailflow.procedures.outward import approved_field
from mailflow.sentences.catalogue import worded

PRINTED = "exceptions"
"""The field of a form that prints the exceptions granted for its cells."""

MOST_NAMED = 5


def to_except(step: Step, name: str) -> tuple[Person, Person] | None:
    """Who would do this task but for what he did before, and the general manager who may let him.

    None where nobody is there for another reason, where words go to a customer, where the form has no place to say so.
    """
    spec, staff = step.file.procedure.tasks[name], step.desk.staff()
    form = step.desk.form(spec.form_for(step.file.state.language))
    if approved_field(step.file.procedure.tasks, name) or form is None or PRINTED not in form.fields:
        return None
    person, top = person_for(step, name, despite=True), staff.holder(TOP, day=step.day)
    return (person, top) if person is not None and top is not None and person != top else None


def others(step: Step, name: str, but: Person) -> str:
    """Who else may do a task, by name; empty when nobody may."""
    file, staff, day = step.file, step.desk.staff(), step.day
    spec, without = file.procedure.tasks[name], excluded(name, file, staff)
    found = [
        person.name
        for person in staff.people
        if person != but and person.address not in without and staff.is_present(person, day)
        and has_role(person, spec, file, staff, day)
    ]  # fmt: skip
    return "、".join(found[:MOST_NAMED])


def conflict(step: Step, person: Person, accused: Person | None) -> str:
    """Why somebody must not investigate this complaint: he is complained of, or heads the department of who is."""
    language = step.desk.notes.language
    if accused is None:
        return ""
    if person == accused:
        return worded(language, "the person complained of")
    department = step.desk.staff().department(accused.department)
    if department is not None and department.head == person.address:
        return worded(
            language, "head of {department}", department=department.title if language == "en" else department.name
        )
    return ""
