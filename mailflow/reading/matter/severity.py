"""How grave, how urgent, whether again, what speaks for a doubtful claim: grades rest on words, never on a tone.

Words that are denied (没有停线), feared or merely possible (以免停线) give no grade; threats (再不处理就起诉) do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from mailflow.domain.model import Finding, Kind
from mailflow.reading.dates.moments import CHINA
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit

_GRAVITY = ("恶性", "重大", "一般")
_URGENCY = ("特急", "紧急", "不急")
_HINTS = ("恶意倾向", "无效倾向", "待查")
_COMPLAINING = (Kind.COMPLAINT, Kind.FOLLOWUP)

_DENIED = Grammar(
    r"<denied-grave>(?:[^,。;!?\n]{0,3}|<denied-fillers>){0,2}$|\b(?:no|not|nobody|without"
    r"|never|avoid|prevent|n't)\b (?:\w+ ){0,2}$"
)
_DENIED_AFTER = Grammar("<denied-behind>|(?:was|were) avoided")
_SUPPOSED = Grammar(
    r"<supposed-grave>[^,。;!?\n]{0,12}$|\b(?:if|in case|may|might|could|would|risk of|whether)\b[^,.;"
    r"!?\n]{0,24}$"
)
# What the writer says he will do, or would: a threat, not yet a fact.  A word of the past behind it says it was done.
_PLANNED = Grammar(
    r"<planned>[^,。;!?\n]{0,14}$|\b(?:will|shall|would|could|may|might|going to|if|or (?:i"
    r"|we)|intend to|plan to|unless|to be|about to|'ll)\b[^.;!?\n]{0,30}$"
)
_DONE = Grammar("<done>")
_MONTH = timedelta(days=31)
_FACTS = ("order_no", "batch_no", "model", "product", "quantity", "happened_on")
_FORESTALLED = Grammar(
    r"<forestalled>[^,。;!?\n]{0,16}$|\b(?:prevent|avoid|ensure|sure|if|not|never|no)\b[^,.;!?\n]{0,40}"
    "$"
)
_LITTLE = 40  # characters
_TRIGGERS = 5


def severity(parts: Sequence[Part], kind: Kind) -> list[Finding]:
    """一般, 重大 or 恶性 with the words that make it so; only for troubles."""
    return _grade("severity", _GRAVITY, parts, "一般") if kind in _COMPLAINING else []


def urgency(parts: Sequence[Part]) -> list[Finding]:
    """How pressing the customer says it is; absent when nothing is said."""
    return _grade("urgency", _URGENCY, parts, "")


def validity_hint(parts: Sequence[Part], kind: Kind, found: Sequence[Finding], received: datetime) -> list[Finding]:
    """待查, 无效倾向 or 恶意倾向: a hint for people, never a verdict."""
    if kind not in _COMPLAINING:
        return []
    graded = [item for item in _grade("validity_hint", _HINTS, parts, "待查") if _holds(item, parts, found)]
    if any(item.words for item in graded):
        return graded
    return _late(parts, found, received) or _usual("validity_hint", "待查", parts)


def _holds(hint: Finding, parts: Sequence[Part], found: Sequence[Finding]) -> bool:
    """Abuse is a hint only where nothing else is said: no facts, hardly a word besides."""
    if hint.rule != "hint-anonymous":
        return True
    said = sum(len(part.text.strip()) for part in parts if part.source != "signature")
    return said <= _LITTLE and not any(item.field in _FACTS for item in found)


def _late(parts: Sequence[Part], found: Sequence[Finding], received: datetime) -> list[Finding]:
    """A complaint about manners that comes more than a month after the day it names (N6)."""
    about = {hit.rule.subkind for part in parts for hit in part.of("defect_or_issue")}
    if not about or about - {"服务态度", ""}:
        return []
    day = next((item for item in found if item.field == "happened_on"), None)
    if day is None or date.fromisoformat(day.value) >= (received.astimezone(CHINA) - _MONTH).date():
        return []
    return [
        Finding("validity_hint", "无效倾向", day.words, day.source, day.start, day.end, "hint-late-about-manners", 0.5)
    ]


def repeat_hint(parts: Sequence[Part], kind: Kind) -> list[Finding]:
    """重复 where the writer says that it is not the first time; what must not happen again is none."""
    if kind not in _COMPLAINING:
        return []
    told = (
        (part, hit)
        for part, hit in _hits(parts, "repeat_hint")
        if not part.lexicon(_FORESTALLED).search(part.text[max(0, hit.start - 60) : hit.start])
    )
    return _worded("repeat_hint", told, "重复")


def _grade(field: str, grades: Sequence[str], parts: Sequence[Part], otherwise: str) -> list[Finding]:
    """The first grade any words stand for, with all the words that do."""
    for grade in grades:
        hits = ((part, hit) for part, hit in _hits(parts, field) if _stands_for(part.text, hit, part.lexicon) == grade)
        if found := _worded(
            field, ((part, hit) for part, hit in hits if not _void(part.text, hit, part.lexicon)), grade
        ):
            return found
    return _usual(field, otherwise, parts) if otherwise else []


def _worded(field: str, hits: Iterable[tuple[Part, Hit]], grade: str) -> list[Finding]:
    """A finding for each place, the same words once; of words within words the shorter say enough."""
    found: dict[str, Finding] = {}
    for part, hit in sorted(hits, key=lambda item: item[1].end - item[1].start):
        item = part.finding(field, hit.start, hit.end, hit.rule.name, hit.rule.confidence, grade)
        if not any(item.source == it.source and item.start < it.end and it.start < item.end for it in found.values()):
            found.setdefault(item.words.casefold(), item)
    return list(found.values())[:_TRIGGERS]


def _usual(field: str, grade: str, parts: Sequence[Part]) -> list[Finding]:
    """Nothing speaks for more: the usual grade, resting on no words."""
    return [part.finding(field, 0, 0, f"{field.replace('_', '-')}-usual", 0.3, grade) for part in parts[:1]]


def _hits(parts: Sequence[Part], field: str) -> Iterator[tuple[Part, Hit]]:
    return ((part, hit) for part in parts for hit in part.of(field))


def _stands_for(text: str, hit: Hit, lexicon: Lexicon) -> str:
    """The grade of these words: to go public later is a threat, one grade below what is public already."""
    if hit.rule.value != "恶性" or hit.rule.subkind != "舆情":
        return hit.rule.value
    before = text[max(0, hit.start - 40) : hit.start]
    planned = lexicon(_PLANNED).search(before)
    return "重大" if planned and not lexicon(_DONE).search(planned[0]) else hit.rule.value


def _void(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether the words are denied, or only supposed."""
    if hit.rule.finds != "severity":
        return False
    before = text[max(0, hit.start - 24) : hit.start]
    if lexicon(_DENIED).search(before[-12:] if not before.isascii() else before) or lexicon(_DENIED_AFTER).match(
        text, hit.end
    ):
        return True
    return not hit.rule.even_if and lexicon(_SUPPOSED).search(before) is not None
