"""A round in figures: who was asked and answered, and what the answers say, for the report and for lists.

An invitation that replaces one that came back belongs to the same customer: letters are counted, customers answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.domain.survey_ports import BOUNCED, CHOSEN, Invitation, SurveyAnswer
from mailflow.surveys.judging import HALF_EMPTY, OPEN, VALID, counting
from mailflow.surveys.questionnaire import OVERALL, RECOMMENDATION, Questionnaire
from mailflow.surveys.statistics import Change, Estimate, Returns, change, index, mean, recommendation


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the letters: those of :class:`Returns`, ``void`` answers that do not count, ``waiting`` ones that
    a person must read first."""

    returns: Returns
    void: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Voice:
    """Words of a customer; ``question`` is the key of what they stand with, empty of a remark to the whole."""

    customer: int
    company: str
    question: str
    words: str


@dataclass(frozen=True, slots=True)
class Results:
    """``customers``: the index of each that answered, by row; ``groups`` and ``items`` by key, in percent of the best
    score; ``tiers``: counts by tier.  ``voices`` are those of customers with a low score first."""

    all: Counted
    tiers: Mapping[str, Counted]
    index: Estimate | None
    groups: Mapping[str, Estimate | None]
    items: Mapping[str, Estimate | None]
    overall: Estimate | None
    recommendation: Estimate | None
    change: Change
    customers: Mapping[int, float]
    companies: Mapping[int, str]
    voices: tuple[Voice, ...]
    complaints: tuple[float | None, float | None] = field(default=(None, None))


def results(
    form: Questionnaire,
    invitations: Sequence[Invitation],
    answers: Sequence[SurveyAnswer],
    before: Mapping[int, float],
    complaints: Mapping[int, int],
) -> Results:
    """The figures of a round.  ``before``: the index by customer of the last round of this questionnaire; empty: none.

    ``complaints`` of the last year by customer: those who answered are compared with those who did not.
    """
    newest = counting(answers)
    valid = {each.id: newest[each.id] for each in invitations if each.id in newest and newest[each.id].verdict == VALID}
    customer = {each.id: each.customer for each in invitations}
    asked = {each.customer for each in invitations if each.status != CHOSEN}
    of = len(asked)
    by_customer: dict[int, list[SurveyAnswer]] = {}
    for row, answer in valid.items():
        by_customer.setdefault(customer[row], []).append(answer)
    numbers = {who: _average(each) for who, each in by_customer.items()}
    weights = form.weights()
    indices = {who: value for who, said in numbers.items() if (value := index(said, weights, form.highest)) is not None}
    groups = {
        key: mean(
            [v for said in numbers.values() if (v := index(said, form.weights(key), form.highest)) is not None], of
        )
        for key in form.groups
    }
    items = {
        each.key: mean([100 * said[each.key] / form.highest for said in numbers.values() if each.key in said], of)
        for each in form.weighted
    }
    answered = [complaints.get(who, 0) for who in by_customer]
    silent = [complaints.get(who, 0) for who in asked - by_customer.keys()]
    return Results(
        all=_counted(invitations, newest),
        tiers={
            tier: _counted([each for each in invitations if each.tier == tier], newest)
            for tier in sorted({each.tier for each in invitations})
        },
        index=mean(list(indices.values()), of),
        groups=groups,
        items=items,
        overall=mean([said[OVERALL] for said in numbers.values() if OVERALL in said], of),
        recommendation=recommendation(
            [round(said[RECOMMENDATION]) for said in numbers.values() if RECOMMENDATION in said], of
        ),
        change=change(_by_name(indices), _by_name(before), of) if before else Change("unknown"),
        customers=indices,
        companies={each.customer: each.company for each in invitations},
        voices=_voices(invitations, valid, indices),
        complaints=(_mean(answered), _mean(silent)),
    )


# ------------------------------------------------------------------------------------------------------------ parts


def _average(answers: Sequence[SurveyAnswer]) -> dict[str, float]:
    """What a customer says when several of its people answered: the mean of each question."""
    said: dict[str, list[int]] = {}
    for answer in answers:
        for key, score in answer.scores.items():
            if isinstance(score, int):
                said.setdefault(key, []).append(score)
    return {key: sum(scores) / len(scores) for key, scores in said.items()}


def _counted(invitations: Sequence[Invitation], newest: Mapping[int, SurveyAnswer]) -> Counted:
    sent = [each for each in invitations if each.status != CHOSEN]
    verdicts = [newest[each.id].verdict for each in sent if each.id in newest]
    returns = Returns(
        sent=len(sent),
        bounced=sum(each.status == BOUNCED for each in sent),
        answered=len(verdicts),
        valid=verdicts.count(VALID),
    )
    return Counted(returns, verdicts.count(HALF_EMPTY), sum(each in OPEN for each in verdicts))


def _voices(
    invitations: Sequence[Invitation], valid: Mapping[int, SurveyAnswer], indices: Mapping[int, float]
) -> tuple[Voice, ...]:
    found: list[Voice] = []
    for each in sorted(invitations, key=lambda item: (indices.get(item.customer, 101.0), item.id)):
        if answer := valid.get(each.id):
            said = {**answer.remarks, **answer.words}
            found += [Voice(each.customer, each.company, key, words) for key, words in said.items()]
    return tuple(found)


def _by_name(indices: Mapping[int, float]) -> dict[str, float]:
    return {str(customer): value for customer, value in indices.items()}


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None
