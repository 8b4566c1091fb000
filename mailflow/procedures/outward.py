"""Which words of a procedure leave the house: who writes them, and who lets them go.

What mailflow sends by itself (``do: progress``, ``do: answer``) are words that a person wrote in an earlier task; a
procedure may also name such a field (``to_customer`` in fields.yaml) where people pass it on by word of mouth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailflow.procedures.model import FieldSpec, TaskSpec

PLAN, ANSWER = "plan", "answer_text"


def sent_field(spec: TaskSpec) -> str:
    """The field whose words a task of mailflow's own sends to the customer; empty when it sends none."""
    if spec.do == "progress":
        return spec.text or PLAN
    return (spec.text or ANSWER) if spec.do == "answer" else ""


def outward(tasks: Mapping[str, TaskSpec], fields: Mapping[str, FieldSpec]) -> frozenset[str]:
    """The fields whose words reach the customer as somebody wrote them; words that can only be chosen are fixed."""
    sent = {sent_field(spec) for spec in tasks.values()}
    return frozenset(
        name for name, field in fields.items() if field.type == "text" and (field.to_customer or name in sent)
    )


def approved_field(tasks: Mapping[str, TaskSpec], name: str) -> str:
    """The field whose words a task lets go; empty when it lets none go.

    Where the procedure does not say it (``approves``), what mailflow sends once it is done.
    """
    task = tasks[name]
    if task.approves:
        return task.approves
    if task.done_by not in ("signature", "reply"):
        return ""
    sent = (sent_field(tasks[other]) for other in senders(tasks, name))
    return next((field for field in sent if field not in task.asks), "")


def senders(tasks: Mapping[str, TaskSpec], name: str) -> Iterator[str]:
    """The tasks of mailflow's own that send words once this task is done."""
    for other, spec in tasks.items():
        if name in spec.needs and sent_field(spec):
            yield other
