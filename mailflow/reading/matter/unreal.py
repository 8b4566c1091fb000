"""Trouble that is none: warned of, asked about, feared, denied, settled, or other people's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.domain.model import Kind
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit

SAID = "complaint-said"
FAINT_RULES = frozenset({"complaint-weak", "complaint-vague", "complaint-consequence", "complaint-anger"})
_DOUBTED = FAINT_RULES | {SAID}
_REAL = "real"  # of a part, shared
_BEFORE, _AROUND, _BEHIND = 60, 24, 16  # characters looked at

_NONE_BEFORE = Grammar(r"<none-before>(?:\s?<none-fillers>){0,3}\s{0,2}$")
_NONE_BEHIND = Grammar(
    r"[^,。;:!?\n]{0,2}<denied-also>没[有见发出了一]|[^,。;:!?\n]{0,6}?<none-behind>|[^,。;!?\n]{0,24}?[:|\s]{1,16}<none-told>(?=[\s,.;。]|$)"
)
_WARNED = Grammar(
    r"<warned><warned-fillers>?[^,。;:!?\n]{0,4}$|<feared>[^,。;!?\n]{0,20}$|\b(?:if|in case|avoid(?:ing)?|prevent"
    r"(?:ing)?|whether|should|does it|do they|will it|can it)\b[^,.;:!?\n]{0,16}$"
)
_NEVER = Grammar(
    r"<bad-before>(?:\s?<bad-fillers>){0,3}\s?<bad-things>|<one-of-it>\s?<bad-things>\s?<none-after>"
    r"|<one-of-it>(?:都|也)?[没不]<bad-fillers>?<bad-things>"
)
_THEIRS = Grammar(r"<of-others>(?:(?!<back-to-us>)[^。!?\n])*$")
_OVER = Grammar(r"[^。!?;\n]{0,4}?<settled-marks>[^,。!?;\n]{0,8}?<settled>(?!<settled>)")
_TERM = Grammar(r"[^。!?;\n]{0,12}?<term-marks>")
_ENDS = re.compile(r"[。!?\n]|\.\s")


def real(part: Part) -> Sequence[Hit]:
    """The hits of a part without those that tell of no real trouble; worked out once, for all who ask."""
    found: Sequence[Hit] | None = part.shared.get(_REAL)
    if found is None:
        found = part.shared[_REAL] = [hit for hit in part.hits if not unreal(part.text, hit, part.lexicon)]
    return found


def unreal(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether trouble is only warned of, asked about or denied, another maker's, put right already, or a term's end."""
    rule = hit.rule
    sign = rule.finds == "defect_or_issue"
    if rule.kind is not Kind.COMPLAINT and not sign:
        return False
    before = text[max(0, hit.start - _BEFORE) : hit.start]
    if lexicon(_THEIRS).search(_ENDS.split(before)[-1]):
        return True
    grave = rule.finds == "severity"
    if not (sign or grave or rule.name in _DOUBTED):
        return False
    if rule.name != SAID and not grave and lexicon(_WARNED).search(before[-_AROUND:]):
        return True
    if lexicon(_NONE_BEFORE).search(before[-_AROUND:]) or lexicon(_NONE_BEHIND).match(text, hit.end):
        return True
    over = lexicon(_OVER).match(text, hit.end) or lexicon(_TERM).match(text, hit.end)
    return over is not None or _never(text, hit, lexicon)


def _never(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Is it a part of the words that say that nothing went wrong, as 没有 and 色差 are of 没有色差?"""
    start = max(0, hit.start - _AROUND)
    around = text[start : hit.end + _BEHIND]
    spans = (match.span() for match in lexicon(_NEVER).finditer(around))
    return any(begin + start < hit.end and hit.start < end + start for begin, end in spans)
