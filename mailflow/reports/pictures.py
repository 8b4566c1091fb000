"""Pictures of charts, as whoever draws them gives them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Drawn:
    """PNG pictures by the keys of their charts.  ``problem``: "", no_font, late, lost: then some are missing."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""


WIDTH, HEIGHT = 432, 230
"""How large a chart is shown, in px; the picture has twice as many."""
