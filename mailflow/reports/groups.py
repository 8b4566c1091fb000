"""Complaints counted by what they have in common, the commonest first (Pareto), and open ones by their age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from mailflow.reports.facts import CaseFacts
from mailflow.reports.figures import days_open

MOST = 10
"""More than these are told as one line of others."""

AGES = ((7, "0-7"), (30, "8-30"), (90, "31-90"), (None, "90+"))
"""The last day of each group, and what it is called."""

By = Callable[[CaseFacts], Iterable[str]]

BY: dict[str, By] = {
    "class": lambda case: case.classes,
    "product": lambda case: case.products or case.models,
    "defect": lambda case: case.defects,
    "department": lambda case: [case.value("resp_dept")],
    "customer": lambda case: [case.company or case.customer],
    "severity": lambda case: [case.grade],
    "reason": lambda case: [case.value("reason_code")],
}


@dataclass(frozen=True, slots=True)
class Line:
    """So many cases have this in common; ``share`` and ``together`` (with those above it) are percent of all cases.

    An empty ``name`` are those that say nothing, ``others`` those behind the commonest.
    """

    name: str
    count: int
    share: Decimal
    together: Decimal
    cases: tuple[str, ...]
    others: int = 0


def grouped(cases: Sequence[CaseFacts], by: str, *, most: int = MOST) -> tuple[Line, ...]:
    """The cases by what they have in common; one with several values counts in each of them.

    ``share`` is of the cases; ``together`` is of the counted values, so that it ends at 100.
    """
    found: dict[str, list[str]] = {}
    for case in cases:
        for name in dict.fromkeys(BY[by](case)) or ("",):
            found.setdefault(name, []).append(case.number)
    ordered = sorted(found.items(), key=lambda item: (item[0] == "", -len(item[1]), item[0]))
    counted = sum(map(len, found.values()))
    lines, sum_ = [], 0
    for name, numbers in ordered[:most]:
        sum_ += len(numbers)
        lines.append(_line(name, numbers, sum_, len(cases), counted))
    if rest := ordered[most:]:
        numbers = [number for _, each in rest for number in each]
        lines.append(_line("", numbers, counted, len(cases), counted, others=len(rest)))
    return tuple(lines)


def by_age(cases: Sequence[CaseFacts], until: datetime, zone: tzinfo) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Open cases by how many calendar days they have been open; every group, also an empty one."""
    found: dict[str, list[str]] = {name: [] for _, name in AGES}
    for case in cases:
        days = days_open(case, until, zone)
        found[next(name for last, name in AGES if last is None or days <= last)].append(case.number)
    return tuple((name, tuple(numbers)) for name, numbers in found.items())


def _line(name: str, numbers: Sequence[str], sum_: int, cases: int, counted: int, others: int = 0) -> Line:
    share, together = Decimal(100 * len(numbers)) / cases, Decimal(100 * sum_) / counted
    return Line(name, len(numbers), share, together, tuple(dict.fromkeys(numbers)), others)
