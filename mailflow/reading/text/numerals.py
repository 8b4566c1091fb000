"""Chinese numerals as numbers, everyday (三万六千五) and capital (叁万陆仟伍佰), pure or mixed with digits (3万6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

ONES = "一二三四五六七八九"
COUNTED = "一二两三四五六七八九十"
"""What small counts are written with: 两天, 十二点."""

CAPITALS = "壹贰叁参肆伍陆柒捌玖拾佰仟"
NUMERALS = "零〇" + COUNTED + "百千万亿" + CAPITALS
"""Folded text holds only these: traditional forms are simplified before."""

SCALES = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "k": 1000}
"""What a sign behind digits multiplies them by."""

_DIGITS = {sign: value for value, sign in enumerate("零" + ONES)}
_DIGITS |= {sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
_DIGITS |= {"〇": 0, "两": 2, "参": 3}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}
_NONE = 10**9
_MIXED = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,4}})?)([百千万亿]|百万|千万)(?:(\d{{1,4}}|[{ONES}])([百千])?)?")


@dataclass
class _Count:
    """A numeral read sign by sign."""

    total: int = 0
    group: int = 0  # within these four places
    digit: int = 0
    unit: int = 1  # of the last sign that was one: 三万五 is 35 000
    inside: int = _NONE  # the last unit within these four places: the next one is smaller
    outside: int = _NONE  # the same of 万 and 亿
    said: bool = False

    def take(self, sign: str) -> bool:
        """Take the next sign; False when it makes no number with those before it."""
        if sign in _DIGITS:
            return self._digit(_DIGITS[sign])
        if sign in _UNITS:
            return self._ten(_UNITS[sign])
        return sign in _GROUPS and self._ten_thousand(_GROUPS[sign])

    def _digit(self, value: int) -> bool:
        if self.digit:
            return False
        self.digit, self.said = value, True
        self.unit = self.unit if value else 1
        return True

    def _ten(self, unit: int) -> bool:
        if unit >= self.inside or (not self.digit and (self.group or unit > 10)):
            return False
        self.unit = self.inside = unit
        self.group += (self.digit or 1) * unit
        self.digit, self.said = 0, True
        return True

    def _ten_thousand(self, unit: int) -> bool:
        if not (self.group or self.digit or self.total):
            return False
        if unit > 10**4 and self.total < 10**8:
            self.total = (self.total + self.group + self.digit) * unit  # 一万二千亿
        elif unit < self.outside:
            self.total += (self.group + self.digit) * unit
        else:
            return False
        self.unit = self.outside = unit
        self.group = self.digit = 0
        self.inside = _NONE
        return True


def chinese(words: str) -> int | None:
    """The number a numeral means; None when the signs make none (二三, 万, 百千, 十二十).

    Not cn2an's: see docs/decisions/0019-own-numerals.md.
    """
    signs = words.replace(" ", "")
    if len(signs) > 1 and all(sign in _DIGITS for sign in signs):
        return None  # a row of digits is a number plate or about so many, never a sum
    count = _Count()
    if not all(count.take(sign) for sign in signs) or not count.said:
        return None
    short = count.digit and count.unit > 10 and signs[-2] not in "零〇"
    return count.total + count.group + (count.digit * count.unit // 10 if short else count.digit)


def number(words: str) -> int:
    """A number in digits or a numeral; 0 when it is none."""
    return int(words) if words.isdigit() else chinese(words) or 0


def digits(words: str) -> str:
    """Signs read one by one, ``二〇二六`` as ``2026``; what is no digit is a letter O written for the zero."""
    return "".join(str(_DIGITS.get(sign, 0)) for sign in words)


def mixed(words: str) -> Decimal | None:
    """Digits with a Chinese scale (``3.6万``, ``3万6``, ``3万6千``, ``5千``); None when it is nothing of the kind."""
    match = _MIXED.fullmatch(words.replace(" ", ""))
    if match is None:
        return None
    scale = 1
    for sign in match[2]:
        scale *= _UNITS.get(sign) or _GROUPS[sign]
    value = Decimal(match[1]) * scale
    if match[3]:
        rest = int(match[3]) if match[3].isdigit() else _DIGITS[match[3]]
        if match[4]:
            rest *= _UNITS[match[4]]
        elif len(match[3]) == 1:
            rest *= scale // 10  # 3万6
        value += rest
    return value
