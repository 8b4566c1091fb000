"""The n-th complaint of the same goods with the same trouble within some days: who answers for it hears at once.

Goods and trouble are compared as they were read: batch, model or product as the catalogue names it, and words of the
trouble of which one contains the other.  The notice lists each case with what it shares; what is done about it people
decide, and a reply that begins with 开纠正措施 opens a corrective action.
"""

from __future__ import annotations

from datetime import timedelta

from mailflow.casework import notes, notices, repeats
from mailflow.casework.step import Step
from mailflow.domain.model import SUPERSEDED, Details, Kind
from mailflow.domain.tasks import CaseStatus
from mailflow.office.staff import Person
from mailflow.sentences.catalogue import worded

ROLES = ("quality", "management_rep")
"""Who is told, beside the head of the department the goods belong to."""
_FIELDS = ("batch_no", "model", "product")
_MOST = 50  # earlier cases looked at


def check(step: Step, details: Details) -> int:
    """Tell of a new complaint that is the n-th of its like, or a later one; how many cases there are with it."""
    desk, case = step.desk, step.file.case
    if case.kind is not Kind.COMPLAINT or desk.recurrence.count < 2:
        return 0
    since = step.now - timedelta(days=desk.recurrence.days)
    troubles = [
        item.value for item in details.findings if item.field == "defect_or_issue" and item.confidence > SUPERSEDED
    ]
    if not troubles:
        return 0
    shared: dict[int, str] = {}
    for field in _FIELDS:
        values = [item.value for item in details.findings if item.field == field and item.confidence > SUPERSEDED]
        for found in step.work.cases_with(field, values, since, kinds=(Kind.COMPLAINT.value,), limit=_MOST):
            shared.setdefault(found, "；".join(values))
    shared.pop(case.id, None)
    own, others = set(details.values("model")), step.work.found_values_of(set(shared), "model") if shared else {}
    for found, models in others.items():
        if own and not own & set(models):
            shared.pop(found)  # of the same name, and another model
    theirs = step.work.found_values_of(set(shared), "defect_or_issue") if shared else {}
    alike = sorted(
        found
        for found in shared
        if repeats.alike(troubles, theirs.get(found, ())) and step.work.case_state(found).status is not CaseStatus.VOID
    )
    count = len(alike) + 1
    if count < desk.recurrence.count:
        return count
    language = desk.notes.language
    lines = [worded(language, "{count} complaints within {days} days: {goods}, {trouble}", count=count,
                    days=desk.recurrence.days, goods=shared[alike[0]], trouble="；".join(troubles))]  # fmt: skip
    for found in [*alike[-(notes.MAX_DETAILS - 2) :], case.id]:
        one = step.work.case(found)
        words = "；".join(theirs.get(found, troubles))
        day = f"{one.opened_at.astimezone(desk.zone):%Y-%m-%d}"
        lines.append(" · ".join(filter(None, (one.number, day, one.customer.company, words))))
    told = notices.recurred(step, _people(step), lines)
    step.journal(
        "recurrence.told", count=count, people=told, cases="、".join(step.work.case(each).number for each in alike)
    )
    return count


def _people(step: Step) -> list[Person]:
    staff, facts, day = step.desk.staff(), step.routing(), step.day
    found = [staff.holder(role, facts=facts, day=day) for role in ROLES]
    found += [staff.head_of(name, day) for name in step.desk.catalogue.departments(facts.product)]
    accused = step.file.answers.get("accused", "")
    return list({person.address: person for person in found if person and person.name != accused}.values())
