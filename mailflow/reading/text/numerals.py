"""Chinese numerals as numbers, everyday (三万六千五) and capital (叁万陆仟伍佰), pure or mixed with digits (3万6)."""

from __future__ import annotations

import re
from decimal import Decimal

CAPITALS = "壹贰叁参肆伍陆柒捌玖拾佰仟"
NUMERALS = "零〇一二两三四五六七八九十百千万亿" + CAPITALS
"""Folded text holds only these: traditional forms are simplified before."""

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_DIGITS |= {sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
_DIGITS |= {"〇": 0, "两": 2, "参": 3}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}
_MIXED = re.compile(r"(\d{1,9}(?:\.\d{1,4})?)([百千万亿]|百万|千万)(?:(\d{1,4}|[一二三四五六七八九])([百千])?)?")


def chinese(words: str) -> int | None:
    """The number a numeral means; None when the signs make none (二三, 万, 百千)."""
    signs = words.replace(" ", "")
    if len(signs) > 1 and all(sign in _DIGITS for sign in signs):
        return None  # a row of digits is a number plate or about so many, never a sum
    total = group = digit = 0
    unit = 1  # of the last sign that was one: 三万五 is 35 000
    said = False
    for sign in signs:
        if sign in _DIGITS:
            if digit and _DIGITS[sign]:
                return None
            digit, said = _DIGITS[sign], True
            unit = 1 if not digit else unit
        elif sign in _UNITS:
            if not digit and (group or _UNITS[sign] > 10):
                return None
            unit = _UNITS[sign]
            group += (digit or 1) * unit
            digit, said = 0, True
        elif sign in _GROUPS:
            if not (group or digit) and not total:
                return None
            unit = _GROUPS[sign]
            total = (total + group + digit) * unit if unit > 10**4 else total + (group + digit) * unit
            group = digit = 0
        else:
            return None
    rest = digit * unit // 10 if digit and unit > 10 and signs[-2] not in "零〇" else digit
    return total + group + rest if said else None


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
