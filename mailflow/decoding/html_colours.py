"""Colours of HTML text, as far as they matter here: is it invisible on white paper, is it an eye-catcher?"""

from __future__ import annotations

import re

_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
_NAMED_BRIGHT = frozenset(
    "red blue green fuchsia magenta purple orange orangered crimson darkred deeppink violet darkorange royalblue "
    "dodgerblue firebrick mediumblue lime hotpink darkviolet tomato".split()
)
_BRIGHT = 110  # distance between the strongest and the weakest channel; Word's dark blue of replies stays below
_NEARLY_WHITE = 253


def is_white(colour: str) -> bool:
    """White or so nearly white that nobody reads it; ``colour`` as in CSS or a font element, lower case."""
    channels = _channels(colour)
    return colour == "white" if channels is None else min(channels) >= _NEARLY_WHITE


def is_bright(colour: str) -> bool:
    """A colour people choose to be noticed: red, blue, green and their like."""
    channels = _channels(colour)
    return colour in _NAMED_BRIGHT if channels is None else max(channels) - min(channels) >= _BRIGHT


def _channels(colour: str) -> tuple[int, int, int] | None:
    match = _RGB.match(colour)
    if match is not None:
        return int(match[1]), int(match[2]), int(match[3])
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    try:
        value = int(digits, 16) if len(digits) == 6 else -1
    except ValueError:
        return None
    return (value >> 16, value >> 8 & 255, value & 255) if value >= 0 else None
