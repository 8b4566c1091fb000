"""Who may answer the customer by himself: the approval of his words is spared where the procedure says so."""

from __future__ import annotations

from mailflow.casework.step import Step
from mailflow.procedures.model import TaskSpec
from mailflow.procedures.outward import approved_field


def is_spared(step: Step, spec: TaskSpec, name: str) -> bool:
    """May who wrote the words a task approves answer by himself?  He holds the role, or was given the work."""
    field = approved_field(step.file.procedure.tasks, name) if spec.spares else ""
    writers = [item for item in step.file.tasks.values() if field and field in step.file.spec(item).fills()]
    staff = step.desk.staff()
    for item in writers:
        by = staff.by_address(item.done_by)
        if item.role not in spec.spares or by is None:
            return False
        if item.done_by != item.person and not staff.has_role(by, item.role):
            return False
    if not writers:
        return False
    step.journal("approval.spared", task=name, by=writers[-1].done_by)
    return True
