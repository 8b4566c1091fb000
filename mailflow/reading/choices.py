"""Of all the words the rules found, the ones that say best which goods are concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailflow.model import Finding, Kind
from mailflow.reading import goods
from mailflow.reading.parts import Part
from mailflow.reading.pipeline import Hit
from mailflow.reading.spans import longest

Place = tuple[Part, Hit]

_MAX_PRODUCTS = 30
_TROUBLES = (Kind.COMPLAINT, Kind.FOLLOWUP)
_PACKS = frozenset("pallet pallets carton cartons box boxes bag bags drum drums roll rolls tray trays".split())
_COUNTED = re.compile(r"(?:\d|[一二两三四五六七八九十百千万])[ ]?(?:[\u4e00-\u9fff]|pcs|units|sets)?[ ]?(?:of |的)?$")
_NO_GOODS = frozenset({Kind.INFO_UPDATE, Kind.SURVEY_REPLY, Kind.STAFF_REPLY})
_LINED = frozenset({Kind.ORDER, Kind.RFQ, Kind.ORDER_CHANGE, Kind.INQUIRY})
_SURE_PRODUCT = 0.85  # a service word alone, far from any trouble, is no product


def products(
    parts: Sequence[Part], kind: Kind, taken: Iterable[tuple[str, int, int]], codes: Iterable[Finding]
) -> list[Finding]:
    """The goods concerned: one for a trouble, those of the lines for an order or an enquiry."""
    if kind in _NO_GOODS:
        return []
    names = list(taken)
    places = [
        place
        for place in _longest(
            (part, hit)
            for part in parts
            if part.source != "signature"
            for hit in (*part.of("product"), *goods.find(part))
        )
        if not _within(place, names) and not (kind in _TROUBLES and _is_unit(place))
    ]
    if not places:
        return []
    labelled = [place for place in places if place[1].rule.labels]
    if labelled:  # who fills in 品名 says it once and for all
        chosen = {_words(place): place for place in reversed(labelled)}
        return _findings("product", _in_order(parts, chosen.values())[: _MAX_PRODUCTS if kind in _LINED else 2])
    if kind in (Kind.ORDER, Kind.RFQ, Kind.INQUIRY):
        lines = [place for place in places if _has_number(place)]
        chosen = {_words(place): place for place in reversed(lines)}
        if len(chosen) > 1:
            return _findings("product", _in_order(parts, chosen.values())[:_MAX_PRODUCTS])
    scores = _scores(places, [code for code in codes if code.field == "model"])
    best = max(scores, key=lambda word: scores[word])
    if scores[best] < _SURE_PRODUCT:
        return []
    return _findings("product", [next(place for place in places if _words(place) == best)])


def _scores(places: Sequence[Place], models: Sequence[Finding]) -> dict[str, float]:
    """How much speaks for each word: its rule, the subject, a trouble or a model beside it, how often it is said."""
    scores: dict[str, float] = {}
    for place in places:
        word = _words(place)
        near = any(_beside(place, model) for model in models)
        said = 0.25 if place[0].source == "subject" else 0.1
        trouble = 0.2 if _trouble_near(place) else 0.0
        length = 0.02 * min(len(word), 6)
        near = near or bool(_COUNTED.search(place[0].text[max(0, place[1].start - 8) : place[1].start]))
        scores[word] = scores.get(word, place[1].rule.confidence) + said + trouble + length + (0.3 if near else 0.0)
    return scores


def _within(place: Place, names: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a word is a part of a company's name."""
    part, hit = place
    return any(part.source == source and start <= hit.start + part.offset < end for source, start, end in names)


def _is_unit(place: Place) -> bool:
    """``3 pallets`` are no goods, they hold some."""
    part, hit = place
    return _words(place) in _PACKS and bool(re.search(r"\d ?$", part.text[max(0, hit.start - 3) : hit.start]))


def _in_order(parts: Sequence[Part], places: Iterable[Place]) -> list[Place]:
    order = {id(part): index for index, part in enumerate(parts)}
    return sorted(places, key=lambda place: (order[id(place[0])], place[1].start))


def _longest(places: Iterable[Place]) -> list[Place]:
    """Hits without those that overlap a longer one; of equal spans the surest.  Parts keep their order."""
    by_part: dict[int, list[Place]] = {}
    for place in places:
        by_part.setdefault(id(place[0]), []).append(place)
    return [
        place
        for found in by_part.values()
        for place in longest(found, lambda p: (p[1].start, p[1].end), lambda p: p[1].rule.confidence)
    ]


def _findings(field: str, places: Sequence[Place]) -> list[Finding]:
    found: dict[str, Finding] = {}
    for part, hit in places:
        finding = part.finding(field, hit.start, hit.end, hit.rule.name, hit.rule.confidence)
        found.setdefault(finding.value.casefold(), finding)
    return list(found.values())


def _beside(place: Place, model: Finding) -> bool:
    part, hit = place
    start, end = part.offset + hit.start, part.offset + hit.end
    return part.source == model.source and (-3 <= start - model.end <= 3 or -3 <= model.start - end <= 3)


def _words(place: Place) -> str:
    return place[0].text[place[1].start : place[1].end]


def _trouble_near(place: Place) -> bool:
    part, hit = place
    return any(abs(trouble.start - hit.end) < 20 for trouble in part.of("defect_or_issue"))


def _has_number(place: Place) -> bool:
    part, hit = place
    start = part.text.rfind("\n", 0, hit.start) + 1
    end = part.text.find("\n", hit.end)
    return any(character.isdigit() for character in part.text[start : end if end >= 0 else len(part.text)])
