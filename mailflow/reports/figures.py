"""The figures of a period: each with its formula's numbers and the cases it stands on.  READ ON HERE.

A figure that would divide by nothing has no value and says why.  Which words a figure is said in stands in
:mod:`mailflow.reports.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from statistics import mean, median
from typing import Literal

from mailflow.reports.facts import (
    CAPA_TASKS,
    COMPLAINT,
    EFFECTIVE,
    EIGHT_D_TASKS,
    GRAVEST,
    HAPPY,
    INVALID,
    MALICIOUS,
    NOT_REACHED,
    PRAISE,
    REACHED,
    SUGGESTION,
    VALID,
    CaseFacts,
    PeriodFacts,
    money,
)

Unit = Literal["count", "percent", "minutes", "days", "CNY"]
Why = Literal["", "none", "nothing_answered", "nothing_closed"]
Between = Callable[[datetime, datetime], timedelta]
"""The working time from one moment to another."""

THIRTY = timedelta(minutes=30)
GOOD_UP = frozenset(
    {"within_30", "on_time_closure", "closing_rate", "capa_effectiveness", "capa_on_time", "eight_d_on_time",
     "follow_up_rate", "satisfaction", "promises_kept", "praise"}
)  # fmt: skip
GOOD_DOWN = frozenset(
    {"received", "grave", "first_response_median", "first_response_mean", "first_response_p90", "not_answered",
     "closure_median", "closure_mean", "reopen_rate", "recurrence_rate", "cost", "open_now", "late_now",
     "complaint_rate"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    ``value`` is in ``unit`` (percent: 0 to 100; minutes: of working time; days: of the calendar), None when there is
    none, and ``why`` says so.  A rate is ``numerator`` of ``denominator``; ``cases`` are the numbers of the cases
    counted, ``others`` of those that only stand below the line.  ``beside`` are further amounts that are not in the
    value, by what they are of.
    """

    key: str
    unit: Unit
    value: Decimal | None
    numerator: int | None = None
    denominator: int | None = None
    cases: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    why: Why = ""
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ruler:
    """What figures are measured with: working time, and the zone whose days are counted."""

    between: Between
    zone: tzinfo


def figures(facts: PeriodFacts, ruler: Ruler, *, whole: bool = True) -> dict[str, Figure]:
    """Every figure of a period by its key, in the order they are told.

    Unless ``whole``, without those that are only of the moment: what is open, and what is late.
    """
    mine, came = facts.complaints, facts.received
    found = [*_counts(mine, came), *_response(mine, ruler), *_closure(facts, ruler), *_quality(facts)]
    if whole:
        found += [
            _counted("open_now", facts.still_open),
            Figure("late_now", "count", Decimal(len(facts.late)), cases=_once(task.case for task in facts.late)),
        ]
    return {one.key: one for one in found}


def worked(case: CaseFacts, ruler: Ruler) -> timedelta | None:
    """The working time until the first answer; None while there is none."""
    return None if case.first_answer is None else ruler.between(case.received, case.first_answer)


def days_open(case: CaseFacts, until: datetime, zone: tzinfo) -> int:
    """Calendar days from when it came."""
    return (until.astimezone(zone).date() - case.received.astimezone(zone).date()).days


# ------------------------------------------------------------------------------------------------------------ counts


def _counts(mine: Sequence[CaseFacts], came: Sequence[CaseFacts]) -> list[Figure]:
    def judged(value: str) -> list[CaseFacts]:
        return [case for case in mine if case.value("validity") == value]

    return [
        _counted("received", mine),
        _counted("valid", judged(VALID)),
        _counted("invalid", judged(INVALID)),
        _counted("malicious", judged(MALICIOUS)),
        _counted("not_judged", judged("")),
        _counted("grave", [case for case in mine if case.grade == GRAVEST]),
        _counted("all_cases", came),
        _counted("praise", [case for case in came if case.kind == PRAISE]),
        _counted("suggestions", [case for case in came if case.kind == SUGGESTION]),
        _rate("complaint_rate", mine, came),
    ]


def _response(mine: Sequence[CaseFacts], ruler: Ruler) -> list[Figure]:
    taken = {case.number: spent for case in mine if (spent := worked(case, ruler)) is not None}
    minutes = sorted(spent.total_seconds() / 60 for spent in taken.values())
    quick = [case for case in mine if case.number in taken and taken[case.number] <= THIRTY]
    numbers = tuple(taken)
    silent = [case for case in mine if case.number not in taken]
    why: Why = "" if minutes else "nothing_answered" if mine else "none"

    def told(key: str, value: Callable[[Sequence[float]], float]) -> Figure:
        worth = _decimal(value(minutes)) if minutes else None
        return Figure(
            key, "minutes", worth, len(minutes), len(mine), numbers, tuple(case.number for case in silent), why
        )

    return [
        told("first_response_median", median),
        told("first_response_p90", percentile_90),
        told("first_response_mean", mean),
        _counted("not_answered", silent),
        _rate("within_30", quick, mine),
    ]


def _closure(facts: PeriodFacts, ruler: Ruler) -> list[Figure]:
    span, mine = facts.span, facts.complaints
    complaints = [case for case in facts.cases if case.kind == COMPLAINT]
    ended = [case for case in complaints if span.holds(case.closed_at)]
    days = [days_open(case, case.closed_at, ruler.zone) for case in ended if case.closed_at is not None]
    due = [case for case in complaints if span.holds(case.due)]
    in_time = [case for case in due if case.due is not None and any(end <= case.due for end in case.closings)]
    closed_once = {case.number: end for case in complaints if (end := next(filter(span.holds, case.closings), None))}
    again = [
        case
        for case in complaints
        if case.number in closed_once and any(moment >= closed_once[case.number] for moment in case.reopenings)
    ]
    called = [case for case in ended if case.value("satisfied") in REACHED]
    numbers = tuple(case.number for case in ended)
    why: Why = "" if days else "nothing_closed"
    return [
        _counted("closed", ended),
        Figure("closure_median", "days", _decimal(median(days)) if days else None, len(days), None, numbers, (), why),
        Figure("closure_mean", "days", _decimal(mean(days)) if days else None, len(days), None, numbers, (), why),
        _rate("on_time_closure", in_time, due),
        _rate("closing_rate", [case for case in mine if case.closed_at is not None], mine),
        _rate("reopen_rate", again, [case for case in complaints if case.number in closed_once]),
        _rate("recurrence_rate", [case for case in mine if case.repeats], mine),
        _rate("follow_up_rate", called, ended),
    ]


def _quality(facts: PeriodFacts) -> list[Figure]:
    span, mine = facts.span, facts.complaints
    complaints = [case for case in facts.cases if case.kind == COMPLAINT]

    def said(name: str) -> list[CaseFacts]:
        return [case for case in complaints if span.holds(case.said(name).at)]

    judged = [case for case in mine if case.value("validity")]
    verified = said("verify_result")
    asked = [case for case in said("satisfied") if case.value("satisfied") != NOT_REACHED]
    return [
        _rate("valid_share", [case for case in judged if case.value("validity") == VALID], judged),
        _steps("capa_on_time", complaints, CAPA_TASKS, facts),
        _rate("capa_effectiveness", [c for c in verified if c.value("verify_result") == EFFECTIVE], verified),
        _steps("eight_d_on_time", complaints, EIGHT_D_TASKS, facts),
        _rate("satisfaction", [case for case in asked if case.value("satisfied") in HAPPY], asked),
        _promises(facts),
        _cost(said("amount")),
    ]


def _steps(key: str, complaints: Iterable[CaseFacts], names: Sequence[str], facts: PeriodFacts) -> Figure:
    owed = [(case, step) for case in complaints for step in case.steps if step.name in names]
    owed = [(case, step) for case, step in owed if facts.span.holds(step.due_at)]
    done = [(case, step) for case, step in owed if step.done_at is not None and step.done_at <= step.due_at]
    return _share(key, [case.number for case, _ in done], [case.number for case, _ in owed])


def _promises(facts: PeriodFacts) -> Figure:
    owed = [(case, item) for case in facts.cases for item in case.promises if facts.span.holds(item.due_at)]
    kept = [
        (case, item) for case, item in owed if item.kept_at and item.due_at is not None and item.kept_at <= item.due_at
    ]
    return _share("promises_kept", [case.number for case, _ in kept], [case.number for case, _ in owed])


def _cost(cases: Sequence[CaseFacts]) -> Figure:
    sums: dict[str, Decimal] = {}
    for case in cases:
        if (found := money(case.value("amount"))) is not None:
            amount, currency = found
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    own = sums.pop("CNY", Decimal(0))
    numbers = tuple(case.number for case in cases)
    beside = tuple((currency, f"{amount:,.2f}") for currency, amount in sorted(sums.items()))
    return Figure("cost", "CNY", own, len(cases), None, numbers, beside=beside)


# ------------------------------------------------------------------------------------------------------------ parts


def percentile_90(ordered: Sequence[float]) -> float:
    """The smallest value that nine of ten do not exceed (nearest rank); of sorted values."""
    return ordered[-(-9 * len(ordered) // 10) - 1]


def _counted(key: str, cases: Sequence[CaseFacts]) -> Figure:
    return Figure(key, "count", Decimal(len(cases)), cases=tuple(case.number for case in cases))


def _rate(key: str, part: Sequence[CaseFacts], whole: Sequence[CaseFacts]) -> Figure:
    return _share(key, [case.number for case in part], [case.number for case in whole])


def _share(key: str, part: Sequence[str], whole: Sequence[str]) -> Figure:
    """A rate in percent; a case may stand in it more than once, for each thing it owed."""
    value = Decimal(100 * len(part)) / len(whole) if whole else None
    inside = set(part)
    others = _once(number for number in whole if number not in inside)
    return Figure(key, "percent", value, len(part), len(whole), _once(part), others, "" if whole else "none")


def _once(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(numbers))


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
