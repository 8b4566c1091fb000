"""Pictures of charts, as whoever draws them gives them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.reports.page import Chart


@dataclass(frozen=True, slots=True)
class Drawn:
    """PNG pictures by the keys of their charts.  ``problem``: "", no_font, late, lost: then some are missing."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""


Draw = Callable[[Sequence[Chart]], Drawn]
"""Draws charts; never raises."""

WIDTH, HEIGHT = 432, 230
"""How large a chart is shown, in px; the picture has twice as many."""


def no_pictures(_charts: Sequence[Chart]) -> Drawn:
    """For those who need none."""
    return Drawn()
