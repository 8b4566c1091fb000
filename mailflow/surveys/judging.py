"""What becomes of a sheet: whether it counts, and whether somebody must look at the customer at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailflow.domain.survey_ports import SurveyAnswer
from mailflow.surveys.answers import Sheet
from mailflow.surveys.questionnaire import OVERALL, RECOMMENDATION, Questionnaire

VALID, HALF_EMPTY, LATE, OTHER_PERSON, UNREAD = "valid", "half_empty", "late", "other_person", "unread"
"""Verdicts: it counts; too little is answered; the round was closed; somebody else answered; a person must read it."""

OPEN = frozenset({OTHER_PERSON, UNREAD})
"""Verdicts that wait for a person."""


def verdict(form: Questionnaire, sheet: Sheet, *, is_closed: bool, is_other: bool) -> str:
    """Whether a sheet counts.  ``is_other``: it came from an address that was not asked."""
    if is_closed:
        return LATE
    if is_other:
        return OTHER_PERSON
    answered = [each for each in form.weighted if each.key in sheet.scores]
    if len(answered) >= form.counting.least_share * len(form.weighted):
        return VALID
    doubtful = {doubt.key for doubt in sheet.doubts} & {each.key for each in form.weighted}
    unread = any(not doubt.key for doubt in sheet.doubts) or not sheet.scores
    return UNREAD if unread or len(doubtful) + len(answered) > len(answered) else HALF_EMPTY


def low_scores(form: Questionnaire, scores: Mapping[str, int | str]) -> dict[str, int]:
    """The scores that make somebody look at once, by question."""
    bounds = {OVERALL: form.counting.low_overall, RECOMMENDATION: form.counting.low_recommendation}
    return {
        key: score
        for key, score in scores.items()
        if isinstance(score, int) and score <= bounds.get(key, form.counting.low_item)
    }


def counting(answers: Sequence[SurveyAnswer]) -> dict[int, SurveyAnswer]:
    """The answer of each invitation that counts: its newest that was not too late."""
    return {each.invitation: each for each in answers if each.verdict != LATE}
