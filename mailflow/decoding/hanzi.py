"""How usual a character is in Chinese business mail: the yardstick by which readings of unlabelled bytes compete."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

# The characters that make up about two thirds of running text, simplified and traditional, then those of words of mail.
_USUAL = Path(__file__).parent / "usual.txt"
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》【】—…·「」『』￥～％＃＋－＝／＆＊　")


class _Weights(dict[str, float]):
    """A table that learns a character when it first sees it; bounded by Unicode itself."""

    def __missing__(self, char: str) -> float:
        weight = self[char] = _weight_of_range(ord(char))
        return weight


@lru_cache(maxsize=1)
def usual_weights() -> dict[str, float]:
    """Every character's weight: from about 1 (everyday Chinese) through 0 (seldom) to -3 (nothing people send)."""
    weights = _Weights()
    for lead in range(0xB0, 0xD8):  # GB 2312 level 1, ordered by sound: the usual simplified characters
        for trail in range(0xA1, 0xFF):
            weights.update(_one(bytes((lead, trail)), "gb2312", 0.6))
    for lead in range(0xD8, 0xF8):  # level 2, ordered by radical: seldom
        for trail in range(0xA1, 0xFF):
            weights.update(_one(bytes((lead, trail)), "gb2312", 0.0))
    for lead in range(0xA4, 0xC7):  # Big5 level 1: the usual traditional characters
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            for char, weight in _one(bytes((lead, trail)), "big5", 0.4).items():
                weights[char] = max(weights.get(char, -1.0), weight)
    weights.update(dict.fromkeys(_PUNCTUATION, 0.9))
    weights.update(dict.fromkeys("".join(_USUAL.read_text("utf-8").split()), 1.2))
    return weights


def _one(pair: bytes, codec: str, weight: float) -> dict[str, float]:
    try:
        return {pair.decode(codec): weight}
    except UnicodeDecodeError:
        return {}


def _weight_of_range(code: int) -> float:
    for low, high, value in _RANGES:
        if low <= code <= high:
            return value
    return -0.4


_RANGES = (
    (0x80, 0x9F, -3.0),  # C1 controls
    (0xA0, 0xBF, 0.1),
    (0xC0, 0x24F, 0.4),
    (0x2B0, 0x36F, -0.6),  # phonetic and combining: what GBK bytes look like as UTF-8
    (0x370, 0x3FF, 0.2),
    (0x400, 0x4FF, 0.4),
    (0x590, 0x6FF, 0.3),
    (0xE00, 0xE7F, 0.3),
    (0x1E00, 0x1EFF, 0.4),
    (0x2010, 0x2064, 0.5),
    (0x20A0, 0x2BFF, 0.2),  # currency, arrows, symbols
    (0x3000, 0x303F, 0.5),
    (0x3040, 0x30FF, 0.6),  # kana
    (0x3100, 0x33FF, -0.3),
    (0x3400, 0x4DBF, -0.8),
    (0x4E00, 0x9FFF, -0.5),  # Hanzi outside both first levels
    (0xAC00, 0xD7A3, 0.7),
    (0xD800, 0xDFFF, -3.0),
    (0xE000, 0xF8FF, -3.0),  # private use
    (0xFF01, 0xFF5E, 0.5),  # full-width forms
    (0xFF61, 0xFF9F, -1.0),  # half-width kana: what Big5 looks like in a wrong reading
    (0xFFFD, 0xFFFF, -3.0),
    (0x1F000, 0x1FAFF, 0.6),  # emoji
    (0x20000, 0x3FFFF, -0.8),
)
