"""An English sentence of the program in Chinese, whatever was filled into it: looked up, never guessed.

The code raises its errors in English, with names and values filled in; people here read Chinese.  The sentence is found
by its fixed words, in one pass over the text for each, so that no text however odd makes it slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from mailflow.sentences.catalogue import raised

LONGEST = 4000  # characters; nothing of ours says more
DEPTH = 4  # sentences within sentences
ARROW = " -> "  # between what is wrong and what to do


def in_chinese(text: str, depth: int = DEPTH) -> str:
    """The sentence in Chinese; as it is where there is none, as for the words of a system or a server."""
    if ARROW in text and depth == DEPTH:
        return ARROW.join(in_chinese(part, depth - 1) for part in text.split(ARROW))
    if (known := raised().get(text)) is not None:
        return known
    if len(text) > LONGEST or not depth:
        return text
    for fixed, chinese in _templates():
        if (filled := _filled(text, fixed)) is not None:
            return chinese.format(*(in_chinese(piece, depth - 1) for piece in filled))
    return text


@cache
def _templates() -> tuple[tuple[tuple[str, ...], str], ...]:
    """The fixed words of every sentence with something to fill in, those that say most first."""
    found = [(tuple(english.split("{}")), chinese) for english, chinese in raised().items() if "{}" in english]
    return tuple(sorted(found, key=lambda item: -sum(map(len, item[0]))))


def _filled(text: str, fixed: Sequence[str]) -> list[str] | None:
    """What stands between the fixed words; None when the text does not have them all, in this order."""
    first, *between, last = fixed
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    at, end, pieces = len(first), len(text) - len(last), []
    for words in between:
        found = text.find(words, at, end)
        if found < 0:
            return None
        pieces.append(text[at:found])
        at = found + len(words)
    return [*pieces, text[at:end]]
