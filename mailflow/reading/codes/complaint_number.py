"""The number the customer himself gave his complaint: ``投诉编号：CC-4711``, ``NCR No. 2026-118``."""

from __future__ import annotations

from itertools import islice

from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold

_LONGEST = 20_000  # characters looked at
_MOST = 10  # labels tried
_LABELLED = Grammar(
    r"(?<![a-z\d])<complaint-number-labels>(?:\s?(?:号|编号|no\b\.?|number|#))?[\s:.#]{0,4}(?:是|为|is )?\s?"
    r"(?P<value>(?:(?:ncr|scar|car|qn|8d)[-_/.]?)?(?=[a-z\d/_.-]{0,24}\d)[a-z\d][a-z\d/_.-]{2,29})(?![a-z\d])"
)
_INSIDE = Grammar(
    r"(?<![a-z\d])(?P<value>(?:ncr|scar|qn)[-_/.]?(?=[a-z\d/_.-]{0,20}\d)[a-z\d][a-z\d/_.-]{2,24})(?![a-z\d])"
)


def find_complaint_number(text: str, lexicon: Lexicon) -> str:
    """The number as written; empty where none is labelled so, or where several are."""
    folded = fold(text[:_LONGEST])
    found: dict[str, str] = {}
    for grammar in (_LABELLED, _INSIDE):
        for match in islice(lexicon(grammar).finditer(folded), _MOST):
            start, end = match.span("value")
            value = text[start:end].rstrip("./-_")
            found.setdefault(value.casefold(), value)
        if found:
            break
    return next(iter(found.values())) if len(found) == 1 else ""
