"""The boxes of the complaint registration and the words that tick them, as ``boxes.yaml`` here has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mailflow.sentences.catalogue import data

_LISTS: Mapping[str, Any] = data(Path(__file__).parent / "boxes.yaml")

CLASSES: Mapping[str, tuple[str, ...]] = {box: tuple(subkinds) for box, subkinds in _LISTS["classes"].items()}
"""The boxes of what a complaint is about, and the sub-kinds of the reading rules that tick them."""

CHANNELS: tuple[str, ...] = tuple(_LISTS["channels"])
"""The boxes of the way it came; the mail's is the second."""

SPOKEN: Mapping[str, tuple[str, ...]] = {box: tuple(words) for box, words in _LISTS["spoken"].items()}
"""How a note of our own people says that they were told, by the box it ticks."""

DEMANDS: Mapping[str, re.Pattern[str]] = {
    box: re.compile("|".join(words), re.IGNORECASE) for box, words in _LISTS["demands"].items()
}
"""The boxes of what the customer asks for and the words that tick them; what fits none ticks the last class."""

OTHER = tuple(CLASSES)[-1]
"""The box for what fits no other, of classes and demands."""
