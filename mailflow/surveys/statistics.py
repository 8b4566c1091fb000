"""What the answers of a survey say, and how sure it is: satisfaction index, recommendation, return rate, change.

Nothing here is rounded; whoever prints rounds.  Intervals are for 95 %.  What too few answers cannot say is None, never
a number with a footnote.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

FEWEST = 5
"""Answers below which no interval is given, and no group is printed where names must not be known."""

PROMOTER, PASSIVE = 9, 7
"""Recommendation from 0 to 10: promoters from 9 on, passives from 7 on, detractors below."""

_Z = 1.959963984540054  # standard normal, 97.5 %
# Student's t, 97.5 %, for 1 to 30 degrees of freedom; beyond, Cornish and Fisher's expansion is exact to four digits.
_T = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
    2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484,
    2.0452, 2.0423,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, and how far the true one may lie to either side of ``centre``; no margin where too few answered.

    ``n`` answered, of ``of`` who could have (0: unknown, many).  Everybody answered: the margin is 0.
    """

    value: float
    n: int
    of: int = 0
    centre: float | None = None
    margin: float | None = None

    @property
    def low(self) -> float | None:
        """The lower end of the interval."""
        return None if self.margin is None or self.centre is None else self.centre - self.margin

    @property
    def high(self) -> float | None:
        """The upper end of the interval."""
        return None if self.margin is None or self.centre is None else self.centre + self.margin


def index(scores: Mapping[str, float], weights: Mapping[str, float], highest: float) -> float | None:
    """One customer's satisfaction index in percent; None when he answered no weighted item.

    ``scores`` by item, from the lowest to ``highest``; items without a score (not applicable, left out) are not in it
    and leave the base: 100 * sum(w * s / highest) / sum(w).  Items without a weight do not count.
    """
    counted = {item: score for item, score in scores.items() if weights.get(item, 0) > 0}
    base = sum(Fraction(weights[item]) for item in counted)
    if not base:
        return None
    total = sum(Fraction(weights[item]) * Fraction(score) for item, score in counted.items())
    return float(100 * total / (base * Fraction(highest)))


def mean(values: Sequence[float], of: int = 0) -> Estimate | None:
    """Their mean, with Student's interval and the correction for a finite population of ``of``; None of nothing."""
    n = len(values)
    if not n:
        return None
    value = math.fsum(values) / n
    if of and n >= of:
        return Estimate(value, n, of, value, 0.0)
    if n < FEWEST:
        return Estimate(value, n, of)
    spread = math.sqrt(math.fsum((each - value) ** 2 for each in values) / (n - 1))
    return Estimate(value, n, of, value, student(n - 1) * spread / math.sqrt(n) * finite(n, of))


def recommendation(scores: Sequence[int], of: int = 0) -> Estimate | None:
    """Net promoters in points from -100 to +100, with the adjusted Wald interval; None of nothing.

    Three answers are added for the interval alone (0.75 promoters, 1.5 passives, 0.75 detractors): with the usual one
    at most nine of ten intervals hold the truth at these sizes.  It is cut at -100 and +100.
    """
    n = len(scores)
    if not n:
        return None
    promoters = sum(score >= PROMOTER for score in scores)
    detractors = sum(score < PASSIVE for score in scores)
    value = 100 * (promoters - detractors) / n
    if of and n >= of:
        return Estimate(value, n, of, value, 0.0)
    if n < FEWEST:
        return Estimate(value, n, of)
    more, up, down = n + 3, (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    margin = 100 * _Z * math.sqrt((up + down - (up - down) ** 2) / more) * finite(n, of)
    return Estimate(value, n, of, 100 * (up - down), margin)


@dataclass(frozen=True, slots=True)
class Returns:
    """What became of the letters of a round.  ``valid`` of the ``answered`` count; ``delivered`` did not bounce."""

    sent: int
    bounced: int
    answered: int
    valid: int

    @property
    def delivered(self) -> int:
        """How many reached somebody, as far as is known."""
        return self.sent - self.bounced

    @property
    def rate(self) -> float | None:
        """Valid answers of the letters sent, in percent: what bounced is no excuse.  None when none was sent."""
        return 100 * self.valid / self.sent if self.sent else None


@dataclass(frozen=True, slots=True)
class Change:
    """Against the round before: ``verdict`` is better, worse, same (the pairs say so) or unknown."""

    verdict: str
    difference: float | None = None
    pairs: int = 0


def change(now: Mapping[str, float], before: Mapping[str, float], of_now: int = 0, of_before: int = 0) -> Change:
    """Did the index change?  By those who answered both times when they are enough, else when the intervals part.

    Pairs: the interval of their differences leaves out zero; it is called the same when the whole interval lies within
    two points of it.
    """
    both = sorted(now.keys() & before.keys())
    if len(both) >= FEWEST and (paired := mean([now[each] - before[each] for each in both])):
        if paired.low is not None and paired.high is not None:
            if paired.low > 0 or paired.high < 0:
                return Change("better" if paired.value > 0 else "worse", paired.value, len(both))
            if paired.low >= -2 and paired.high <= 2:
                return Change("same", paired.value, len(both))
        return Change("unknown", paired.value, len(both))
    here, there = mean(list(now.values()), of_now), mean(list(before.values()), of_before)
    if here is None or there is None:
        return Change("unknown")
    difference = here.value - there.value
    ends = (here.low, here.high, there.low, there.high)
    if None not in ends and here.low is not None and there.high is not None and here.low > there.high:
        return Change("better", difference)
    if None not in ends and here.high is not None and there.low is not None and here.high < there.low:
        return Change("worse", difference)
    return Change("unknown", difference)


def needed(margin: float, of: int) -> int:
    """How many of ``of`` must answer for net promoters to be known to so many points, in the worst case."""
    endless = (_Z * 100 / margin) ** 2
    return math.ceil(endless / (1 + (endless - 1) / of)) if of else math.ceil(endless)


def finite(n: int, of: int) -> float:
    """The correction for a finite population: answers of most of it say more."""
    return math.sqrt(max(0.0, 1 - n / of)) if of else 1.0


def student(degrees: int) -> float:
    """Student's t for a two-sided interval of 95 %."""
    if degrees <= len(_T):
        return _T[degrees - 1]
    z = _Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / degrees + second / degrees**2


def shares(values: Iterable[str]) -> dict[str, float]:
    """The share of each value in percent, the largest first."""
    counted: dict[str, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    total = sum(counted.values())
    return {
        value: 100 * count / total for value, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    }
