"""How the cost of a function grows with its input: what is asserted of hostile text instead of seconds.

Processor time of one run against another in the same process says nothing of how fast a machine is or what else runs on
it, so it may stand in a test.  Real speed is measured in ``bench/``.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PER_DOUBLING = 2.5  # a linear function needs 2, a quadratic one 4
TOO_SHORT = 0.02  # seconds; below this a clock says more of the machine than of the function
TRIES = 8  # a run that was disturbed is repeated; no repetition makes a quadratic function linear


def grows_with_its_input(
    do: Callable[[T], object], make: Callable[[int], T], small: int, *, doublings: int = 2
) -> bool:
    """Does ``do(make(n))`` need at most ``PER_DOUBLING`` times as long for each doubling of ``n`` from ``small`` on?

    What is finished in no time at the larger size is taken for linear.
    """
    inputs = make(small), make(small << doublings)
    best = [float("inf"), float("inf")]
    for _ in range(TRIES):
        for number, value in enumerate(inputs):
            best[number] = min(best[number], _seconds(do, value))
        if best[1] <= max(best[0], TOO_SHORT) * PER_DOUBLING**doublings:
            return True
    return False


def repeated(piece: str, size: int) -> str:
    """``piece`` again and again, about ``size`` characters: the made text of a test, by ``functools.partial``."""
    return piece * (size // len(piece))


def _seconds(do: Callable[[T], object], value: T) -> float:
    """Processor time of one run, without collections of garbage: they cost by what else the process holds."""
    gc.disable()
    try:
        began = time.process_time()
        do(value)
        return time.process_time() - began
    finally:
        gc.enable()
