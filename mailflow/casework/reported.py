"""Who hears of a case because it came: the leader of every complaint, the departments of a matter of top urgency.

At once of what is grave or of top urgency; an ordinary complaint stands in the leader's next daily mail.  Each is one
occasion of the case, written in the transaction that opened it or made it urgent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailflow.casework import notices, priority
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Case, Kind
from mailflow.domain.tasks import CaseStatus
from mailflow.office.staff import Person, Route
from mailflow.outgoing.compose import one_line
from mailflow.outgoing.templates import moment_words

LEADER = "leader"
_FACTS = ("order_no", "product", "class2", "demand_words", "deadline", "content")


def opened(step: Step) -> bool:
    """A case came: tell who must hear of it; were departments told that it is of top urgency?"""
    top = step.file.state.priority == priority.TOP
    if step.file.case.kind is Kind.COMPLAINT and not (top or step.file.is_grave):
        _keep_for_leader(step)
    elif top or step.file.case.kind is Kind.COMPLAINT:
        return _tell(step, top)
    return False


def settle(step: Step) -> None:
    """What was written or judged may change how pressing a case is; who must hear of it then is :func:`told`."""
    file = step.file
    before, after = file.state.priority, priority.of_case(step.case_id, file.state.severity, step.work)
    if after == before:
        return
    step.work.set_case(step.case_id, priority=after)
    file.state = replace(file.state, priority=after)
    step.journal("case.priority", priority=after, before=before)
    file.rose = after == priority.TOP


def told(step: Step) -> bool:
    """Tell who must hear of it that the case became one of top urgency at this moment; were departments told?

    Called when it is clear who is asked for something in the case anyway: what is told stands in that mail.
    """
    if not step.file.rose:
        return False
    step.file.rose = False
    return _tell(step, top=True)


def heard(turn: Turn, case: Case) -> bool:
    """The same after a customer's mail joined a case."""
    step = turn.load(case)
    if step is None or step.file.state.status is not CaseStatus.OPEN:
        return False
    settle(step)
    return told(step)


def concerned(step: Step) -> list[str]:
    """The departments the case is about, by the routes of ``rules/staff.yaml``, else by the catalogue of goods."""
    routes = [route for route in step.desk.staff().routes if not route.roles and route.fits(step.routing())]
    named = list(dict.fromkeys(route.department for route in routes if route.department))
    return named or step.desk.catalogue.departments(step.routing().product)


def waiting(turn: Turn) -> dict[str, dict[int, str]]:
    """The complaints each leader's daily mail is to tell, words by row; of one who is away who stands in hears."""
    staff, found = turn.desk.staff(), dict[str, dict[int, str]]()
    for address in turn.work.daily_people():
        person = staff.by_address(address)
        if person is None or not staff.is_present(person, turn.day):
            person = next(iter(_leaders(turn)), person)
        if person is not None:
            found.setdefault(person.address, {}).update(turn.work.daily_words(address))
    return found


# ------------------------------------------------------------------------------------------------------------ parts


def _tell(step: Step, top: bool) -> bool:
    """Tell the leader of a complaint, and of what is of top urgency the departments it concerns and who leads them."""
    leaders = _leaders(step)[:1] if step.file.case.kind is Kind.COMPLAINT else []
    departments = _departments(step) if top else []
    coordinator = [step.desk.staff().holder(notices.LEADER, facts=step.routing(), day=step.day)] if top else []
    accused = step.file.answers.get("accused", "")
    people = [each for each in (*leaders, *departments, *coordinator) if each and each.name != accused]
    if people:
        told = notices.urgent(step, people, _lines(step))
        step.journal("case.told", people=told, priority=step.file.state.priority or "-")
    return any(each.name != accused for each in departments)


def _keep_for_leader(step: Step) -> None:
    leader = next(iter(_leaders(step)), None)
    if leader is None:
        return
    occasion = f"registered:{step.case_id}"
    words = " · ".join(filter(None, (step.case_number, _customer(step), *_lines(step)[1:4], _came(step))))
    step.work.gather(occasion, leader.address, one_line(words, 190), case=step.case_id, now=step.now)


def _leaders(turn: Turn) -> list[Person]:
    """The executive in charge, or who stands in for him; behind him who leads customer service."""
    staff, facts = turn.desk.staff(), turn.routing()
    roles = (LEADER, notices.LEADER)
    return [found for role in roles if (found := staff.holder(role, facts=facts, day=turn.day))]


def _departments(step: Step) -> list[Person]:
    """Who answers for the departments the case is about, by the routes of ``rules/staff.yaml``."""
    facts = step.routing()
    found = [_answers_for(route, step) for route in step.desk.staff().routes if not route.roles and route.fits(facts)]
    return list({person.address: person for person in found if person}.values())


def _answers_for(route: Route, step: Step) -> Person | None:
    staff = step.desk.staff()
    if route.person:
        person = staff.by_address(route.person)
        return person if person is None or staff.is_present(person, step.day) else staff.stand_in(person, step.day)
    members = (each for each in staff.people if each.department == route.department)
    return staff.head_of(route.department, step.day) or next(
        (each for each in members if staff.is_present(each, step.day)), None
    )


def _lines(step: Step) -> Sequence[str]:
    """Why it is urgent, and what the customer writes."""
    intake = step.file.state.intake
    said = [str(intake.get(name, "")).strip() for name in _FACTS]
    return [_why(step), *(one_line(words, 180) for words in dict.fromkeys(said) if words not in ("", "/"))]


def _why(step: Step) -> str:
    """The customer, the priority with the words that speak for it, the severity."""
    file, grade = step.file, step.file.state.priority
    quoted = " ".join(f"“{one_line(words, 20)}”" for words in priority.words_for(step.case_id, grade, step.work)[:3])
    judged = file.answers.get(priority.SEVERITY) or file.state.severity
    return " · ".join(filter(None, (_customer(step), f"{grade}{quoted}", judged)))


def _customer(step: Step) -> str:
    return step.file.case.customer.company or step.file.case.customer.number


def _came(step: Step) -> str:
    return moment_words(step.file.since, step.desk.notes.language, step.desk.zone)
