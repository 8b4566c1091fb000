"""How pressing a case is: what its writer says, how grave it is, and what a person judged, which counts first.

Nearly every complaint asks for an answer soon.  Words a rule is not sure of (尽快, immediately) therefore count one
grade less than they say, so that 特急 keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailflow.domain.model import SUPERSEDED, Details
from mailflow.domain.ports import Work

TOP, HIGH, ORDINARY = "特急", "紧急", "一般"
GRADES = (TOP, HIGH, ORDINARY)
JUDGED, SEVERITY = "priority_judged", "severity_judged"
URGENCY = "urgency"
SURE = 0.85
"""From here on a rule of urgency is taken at its word."""

_OF_SEVERITY = {"恶性": TOP, "重大": HIGH}

Said = tuple[str, str, float]  # the grade of urgency, the words, how sure the rule is


def rank(grade: str) -> int:
    """The place of a priority in a list: 0 comes first; a case of no priority stands with the ordinary ones."""
    return GRADES.index(grade) if grade in GRADES else len(GRADES) - 1


def of_mail(details: Details) -> str:
    """What the mail that opens a case makes of it; empty when nothing in it speaks for more than the usual."""
    said = [(item.value, item.words, item.confidence) for item in details.findings if item.field == URGENCY]
    return _highest(said, next(iter(details.values("severity")), ""))


def of_case(case: int, severity: str, work: Work) -> str:
    """The same for a case, by all its mails; a person's word about it, its urgency or its severity counts first."""
    judged = {item.field: item.value for item in work.answers(case) if item.field in (JUDGED, SEVERITY)}
    return judged.get(JUDGED) or _highest(said_in(case, work), judged.get(SEVERITY) or severity)


def said_in(case: int, work: Work) -> list[Said]:
    """What the mails of a case say of its urgency, or what a person corrected that to."""
    corrected = [item.value for item in work.corrections(case) if item.field == URGENCY]
    return [(corrected[-1], "", 1.0)] if corrected else list(work.readings(case, URGENCY))


def words_for(case: int, grade: str, work: Work) -> list[str]:
    """The words of the mails that stand for this priority; none for an ordinary one."""
    if grade not in (TOP, HIGH):
        return []
    return list(dict.fromkeys(words for value, words, sure in said_in(case, work) if _grade(value, sure) == grade))


# ------------------------------------------------------------------------------------------------------------ parts


def _highest(said: Iterable[Said], severity: str) -> str:
    grades = [*(_grade(value, sure) for value, _, sure in said), _OF_SEVERITY.get(severity, "")]
    return next((grade for grade in (TOP, HIGH) if grade in grades), "")


def _grade(value: str, sure: float) -> str:
    if sure <= SUPERSEDED or value not in (TOP, HIGH):
        return ""
    return value if sure >= SURE else HIGH if value == TOP else ""
