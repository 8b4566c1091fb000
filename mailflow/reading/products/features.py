"""What speaks for a word being the goods concerned: its rule, its place, its neighbours, as features to be weighed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import log1p

from mailflow.domain.model import Finding, Kind
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.scorer import Option
from mailflow.reading.products import names
from mailflow.reading.text.numerals import COUNTED

Place = tuple[Part, Hit]

_COUNTED = re.compile(rf"(?:\d|[{COUNTED}百千万])[ ]?(?:[\u4e00-\u9fff]|pcs|units|sets)?[ ]?(?:of |的)?$")
_USED_IN = Grammar("<used-in>[^,。;]{0,4}$")
_THEIRS = Grammar("<others-goods>[^,。;]{0,3}$")
_HOLDERS = Grammar("<holders>$")
_MAKER = Grammar("(?:<makers>)[^,。;!?\n]{0,8}$|\\byour (?:\\w+ )?$")
_BOUGHT = Grammar(
    "(?:<bought-verbs>)[了过到来回的]{0,2}[^,。;!?\n]{0,6}$|\\b(?:bought|purchased|ordered|received) (?:\\w+ ){0,3}$"
)
_MISSED = Grammar("(?:<goods-missing-verbs>)[^,。;!?\n]{0,4}$")
_THESE = Grammar("<goods-these>(?:<goods-lots>|<goods-each>)[次的]{0,2}$|\\b(?:these|this|those|that) $")
_DOING = Grammar("<done-to-goods>")
_PLACES = Grammar("<places-not-goods>")
_STOP = Grammar(r"[^\u3400-\u9fffa-z0-9]|<goods-stops>|[一在上下就只才刚]|$")
_NUMBER = re.compile(r"[ ]?[:：]?[ ]?\+?\d[\d -]{6,}")
_FAR = re.compile(r"[。;!?\n]|,.")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]{3}")
_GOODS = 0.7  # confidence of rules that name goods; services are named less surely
_NEAR, _SOME_WAY = 4, 20  # characters


def options(places: Sequence[Place], models: Sequence[Finding], kind: Kind) -> list[Option]:
    """Each word that may be the goods once, with all that speaks for it; the last option is a blank."""
    found: dict[str, dict[str, float]] = {}
    seen: dict[str, set[tuple[str, int]]] = {}
    for place in places:
        word = words(place)
        seen.setdefault(word, set()).add((place[0].source, place[1].end))
        known = found.setdefault(word, {})
        for name, value in _features(place, word, models).items():
            known[name] = max(known.get(name, value), value)
    for word, known in found.items():
        kin = [other for other in found if same(word, other)]
        ends = {end for other in kin for end in seen[other]}
        known["said again"] = log1p(min(len(ends) - 1, 6))
        known["inside another"] = float(any(other != word and word in other for other in kin))
        known["holds another"] = float(any(other != word and other in word for other in kin))
    blank = {"blank": 1.0, f"blank in {kind.value}": 1.0, "blank of few": 1 / (1 + len(found))}
    return [*(Option(word, features) for word, features in found.items()), Option("", blank)]


def same(word: str, other: str) -> bool:
    """Whether two words say the same: one is the other, or a part of it."""
    return word == other or (min(len(word), len(other)) > 1 and (word in other or other in word))


def words(place: Place) -> str:
    """The folded words of a place."""
    return place[0].text[place[1].start : place[1].end]


def beside(place: Place, model: Finding) -> bool:
    """Whether a model stands right beside a name."""
    part, hit = place
    start, end = part.offset + hit.start, part.offset + hit.end
    return part.source == model.source and (
        -3 <= start - model.end <= 3
        or (-3 <= model.start - end <= 8 and not _FAR.search(part.text[hit.end : model.start - part.offset]))
    )


def _features(place: Place, word: str, models: Sequence[Finding]) -> Mapping[str, float]:
    part, hit = place
    text, lexicon = part.text, part.lexicon
    before = text[max(0, hit.start - 24) : hit.start]
    han = len(_HAN.findall(word))
    listed = ("known" if hit.rule.confidence >= _GOODS else "known service") if hit.rule.phrases else hit.rule.name
    found = {
        f"rule {listed}": 1.0,
        "confidence": hit.rule.confidence,
        f"part {part.role}": 1.0,
        "thing": float(lexicon(names.ENDINGS).search(word) is not None),
        "begins as done": float(han > 1 and lexicon(_DOING).match(word) is not None),
        "of a place": float(lexicon(_PLACES).search(word) is not None),
        f"han {min(han, 7)}": 1.0,
        "mixed": float(bool(han and _LATIN.search(word))),
        "beside a model": float(any(beside(place, model) for model in models)),
        "counted": float(_COUNTED.search(before[-8:]) is not None),
        "used in": float(lexicon(_USED_IN).search(before[-8:]) is not None),
        "of others": float(lexicon(_THEIRS).search(before[-12:]) is not None),
        "holder": float(lexicon(_HOLDERS).search(word) is not None),
        "of the maker": float(lexicon(_MAKER).search(before) is not None),
        "bought": float(lexicon(_BOUGHT).search(before) is not None),
        "missed": float(lexicon(_MISSED).search(before) is not None),
        "pointed at": float(lexicon(_THESE).search(before) is not None),
        "behind of": float(before.endswith("的")),
        "at the head": float(not before or before[-1] in ' \n,。;!?:、(["-'),
        "cut": float(lexicon(_STOP).match(text, hit.end) is None) if han else 0.0,
        "number behind": float(_NUMBER.match(text, hit.end) is not None),
        **_of_troubles(part, hit),
    }
    if part.source != "subject":
        found["early"] = 1 / (1 + hit.start / 60)
        found["first sentence"] = float(not re.search(r"[。!?\n]", text[: hit.start].strip()))
    wishes = list(part.of("demand"))
    found["wish near"] = float(
        any(-4 <= hit.start - wish.end <= 8 or -12 <= wish.start - hit.end <= 4 for wish in wishes)
    )
    return found


def _of_troubles(part: Part, hit: Hit) -> Mapping[str, float]:
    """How near the next words of trouble are, and on which side."""
    found: dict[str, float] = {}
    for trouble in part.of("defect_or_issue"):
        if trouble.start < hit.end and hit.start < trouble.end:
            found["in trouble"] = 1.0
            continue
        ahead, back = trouble.start - hit.end, hit.start - trouble.end
        if 0 <= ahead <= _NEAR:
            found["right before trouble"] = 1.0
        if 0 <= ahead <= _SOME_WAY:
            found["before trouble"] = 1.0
            if not _FAR.search(part.text[hit.end : trouble.start]):
                found["clause of trouble"] = 1.0
        if 0 <= back <= _SOME_WAY:
            found["behind trouble"] = 1.0
    return found
