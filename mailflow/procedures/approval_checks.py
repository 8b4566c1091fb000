"""Do words for the customer leave only with another person's approval, and never with the investigator's?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailflow.domain.errors import Problem
from mailflow.domain.model import Kind
from mailflow.procedures.checks import Draft, Placed, finished_before
from mailflow.procedures.model import TaskSpec, sorted_by_needs
from mailflow.procedures.outward import approved_field, outward, sent_field

INVESTIGATOR = "investigator"
GENERAL = frozenset({Kind.INQUIRY, Kind.FOLLOWUP, Kind.SUGGESTION, Kind.PRAISE})
"""Kinds of mail a role may be allowed to answer by itself."""


def check_approvals(draft: Draft) -> Iterator[Problem]:
    """Everything wrong with who lets words go; nothing while the procedure is not whole."""
    if not (draft.is_whole and draft.knows_all):
        return
    specs = {name: task.spec for name, task in draft.tasks.items()}
    before = finished_before(sorted_by_needs(specs), specs)
    free = outward(specs, draft.fields)
    for name, task in draft.tasks.items():
        yield from _sent_unapproved(name, task, specs, free, before)
        yield from _named(name, task, draft, free)


def _sent_unapproved(
    name: str, task: Placed, specs: Mapping[str, TaskSpec], free: frozenset[str], before: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    field = sent_field(task.spec)
    if field not in free or name not in before:
        return
    writers = {other for other in before[name] if field in specs[other].asks}
    investigating = {other for other in before[name] if specs[other].who == INVESTIGATOR and specs[other].asks}
    approving = [other for other in task.spec.needs if other in specs and approved_field(specs, other) == field]
    if not approving:
        words = f"{field} goes to the customer and nobody approves it"
        yield task.problem(name, "MF816", words, "add to its needs a task that signs or agrees to it", "needs")
    for other in approving:
        if missing := sorted((writers | investigating) - set(specs[other].unlike)):
            words = f"{other} approves what goes to the customer, and may be done by who did {', '.join(missing)}"
            remedy = f"add to unlike of {other}: {', '.join(missing)}"
            yield task.problem(name, "MF816", words, remedy, "needs")


def _named(name: str, task: Placed, draft: Draft, free: frozenset[str]) -> Iterator[Problem]:
    spec = task.spec
    if spec.approves and spec.approves not in free:
        words = f"approves: {spec.approves} is no text that goes to the customer"
        yield task.problem(name, "MF816", words, f"one of: {', '.join(sorted(free))}", "approves")
    if spec.spares and not set(draft.kinds) <= GENERAL:
        words = "spares: complaints and orders are never answered without approval"
        yield task.problem(name, "MF816", words, "remove spares", "spares")
