"""What a line of a table says about its goods as a whole: rows that are in order tell of no trouble."""

from __future__ import annotations

from mailflow.reading.matching.lexicon import Grammar, Lexicon

_SOUND = Grammar(r"<finding-labels>[^:;\n]{0,8}: ?<sound-values>[ ]{0,3}(?=;|\n|$)")
_CELL = Grammar(r"(?:^|[\t|])[ ]{0,3}<sound-cells>[ ]{0,3}(?=[\t|]|$)")
_LONGEST = 1000


def is_sound(text: str, at: int, lexicon: Lexicon) -> bool:
    """Whether the line of folded text round ``at`` is a row of a table whose goods are said to be in order."""
    start = text.rfind("\n", max(0, at - _LONGEST), at) + 1
    end = text.find("\n", at, at + _LONGEST)
    line = text[start : end if end >= 0 else at + _LONGEST]
    if ": " not in line and "|" not in line and "  " not in line:
        return False
    return bool((";" in line and lexicon(_SOUND).search(line)) or ("|" in line and lexicon(_CELL).search(line)))
