"""Which of overlapping finds stay, in one pass: hostile text holds tens of thousands of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

ENOUGH = 200  # no honest mail names more than this of anything; reading stops there


def longest(
    items: Iterable[T], span: Callable[[T], tuple[int, int]], rank: Callable[[T], float] = lambda _: 0
) -> list[T]:
    """The items in reading order, without those that overlap a longer one (of equal length: a higher ranked one)."""
    kept: list[T] = []
    for item in sorted(items, key=lambda item: (span(item)[0], -span(item)[1], -rank(item))):
        start, end = span(item)
        if kept and start < span(kept[-1])[1]:
            first, last = span(kept[-1])
            if end - start > last - first:
                kept[-1] = item
            continue
        kept.append(item)
    return kept
