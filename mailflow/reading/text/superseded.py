"""Values the writer takes back: ``不是A是B``, ``A写错了，应为B``, ``由A改为B``, ``B instead of A``."""

from __future__ import annotations

import re

from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part

_BEFORE = Grammar(r"<superseded-before>[ \t]{0,2}<superseded-labels>{0,2}[ \t]{0,2}$")
_CHANGES = Grammar(r"\s{0,2}<superseded-changes>")
_AFTER = Grammar(r"\s{0,2}<superseded-after>")
_FROM = re.compile(r"(?:由|从|from)[^\n]{0,14}$|from$")


def is_stale(part: Part, start: int, end: int) -> bool:
    """Whether the value at ``text[start:end]`` is named only to be replaced by another."""
    before = part.text[max(0, start - 24) : start]
    if part.lexicon(_AFTER).match(part.text, end):
        return True
    if not (found := part.lexicon(_BEFORE).search(before)):
        return False
    # 由A改为B takes A back; 从A发来 does not.
    return not _FROM.match(found[0]) or bool(part.lexicon(_CHANGES).match(part.text, end))
