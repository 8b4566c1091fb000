"""Fold text for matching, one character for one character, so that every position stays that of the original.

Full-width becomes half-width (NFKC), capitals small, traditional characters simplified, the many dashes and quotation
marks one sign each, invisible and odd spaces a plain space.  What NFKC would make longer (``㎡``, ``…``) stays.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_DASHES = "‐‑‒–—―−－﹣－"
_QUOTES = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "「": '"', "」": '"', "『": '"', "』": '"'}
_QUOTES |= {"‘": "'", "’": "'", "`": "'", "′": "'"}
_SIGNS = dict.fromkeys(_DASHES, "-") | _QUOTES | {"〜": "~", "∼": "~", "✕": "×", "╳": "×", "【": "[", "】": "]"}
_SIGNS |= {"〔": "[", "〕": "]", "﹝": "[", "﹞": "]"}


class _Table(dict[int, str]):
    """A translation table that learns a character when it first sees it; bounded by Unicode itself."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_one(chr(code))
        return folded


def _fold_one(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if character.isspace() or category in ("Cf", "Zs", "Cc"):
        return " "
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1:
        return character
    plain = _SIGNS.get(plain, plain)
    small = plain.lower()
    return simplified(small) if len(small) == 1 else plain


@cache
def simplified(character: str) -> str:
    """The simplified form of one traditional character, any other character as it is."""
    if not "\u3400" <= character <= "\u9fff":
        return character
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        found = str(_opencc().convert(character))
        return found if len(found) == 1 else character
    return character  # GB 2312 holds simplified characters only: most mails never load the converter


@cache
def _opencc() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


_TABLE = _Table()
_CONTROL = {code: " " for code in (*range(0x20), 0x7F) if code != 0x0A}


def fold(text: str) -> str:
    """The text folded for matching; ``len(fold(text)) == len(text)``."""
    return text.translate(_TABLE)


_GAPS = re.compile(r"\s+")


def plain(words: str) -> str:
    """Words as a value for people and programs: NFKC, control characters and runs of white space one space."""
    return _GAPS.sub(" ", unicodedata.normalize("NFKC", words).translate(_CONTROL)).strip()


def code(words: str) -> str:
    """A number or code as a value: like :func:`plain`, without white space, one kind of dash and of brackets."""
    text = plain(words)
    for dash in _DASHES:
        text = text.replace(dash, "-")
    return _GAPS.sub("", text)
