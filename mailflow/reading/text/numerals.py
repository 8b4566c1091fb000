"""Chinese numerals as numbers, everyday (三万六千五) and capital (叁万陆仟伍佰), pure or mixed with digits (3万6)."""

from __future__ import annotations

import re
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
_MIXED = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,4}})?)([百千万亿]|百万|千万)(?:(\d{{1,4}}|[{ONES}])([百千])?)?")


def chinese(words: str) -> int | None:
    """The number a numeral means; None when the signs make none (二三, 万, 百千, 十二十).

    Not cn2an's: see docs/decisions/0019-own-numerals.md.
    """
    signs = words.replace(" ", "")
    if len(signs) > 1 and all(sign in _DIGITS for sign in signs):
        return None  # a row of digits is a number plate or about so many, never a sum
    total = group = digit = 0
    unit = 1  # of the last sign that was one: 三万五 is 35 000
    inside = outside = 10**9  # the last unit within these four places, the last 万 or 亿: the next one is smaller
    said = False
    for sign in signs:
        if sign in _DIGITS:
            if digit:
                return None
            digit, said = _DIGITS[sign], True
            unit = 1 if not digit else unit
        elif sign in _UNITS:
            if _UNITS[sign] >= inside or (not digit and (group or _UNITS[sign] > 10)):
                return None
            unit = inside = _UNITS[sign]
            group += (digit or 1) * unit
            digit, said = 0, True
        elif sign in _GROUPS:
            if not (group or digit) and not total:
                return None
            unit = _GROUPS[sign]
            if unit > 10**4 and total < 10**8:
                total = (total + group + digit) * unit  # 一万二千亿
            elif unit < outside:
                total += (group + digit) * unit
            else:
                return None
            outside = unit
            group = digit = 0
            inside = 10**9
        else:
            return None
    rest = digit * unit // 10 if digit and unit > 10 and signs[-2] not in "零〇" else digit
    return total + group + rest if said else None


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
