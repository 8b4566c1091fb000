"""Of all the words the rules found, the ones that say best which goods are concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mailflow.domain.model import SUPERSEDED, Finding, Kind
from mailflow.reading.matching import scorer
from mailflow.reading.matching.catalogue import is_listed
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import longest
from mailflow.reading.products import candidates, features
from mailflow.reading.products.listed import name_of, preferred
from mailflow.reading.text import tables

Place = tuple[Part, Hit]

_MAX_PRODUCTS = 30
_TROUBLES = (Kind.COMPLAINT, Kind.FOLLOWUP)
_PACKS = frozenset("pallet pallets carton cartons box boxes bag bags drum drums roll rolls tray trays".split())
_NO_GOODS = frozenset({Kind.INFO_UPDATE, Kind.SURVEY_REPLY, Kind.STAFF_REPLY})
_LINED = frozenset({Kind.ORDER, Kind.RFQ, Kind.ORDER_CHANGE, Kind.INQUIRY})
_OTHER_LABEL = re.compile(
    r"(?<!产品)(?<!货物)(?<!物料)(?<!商品)(?<!货品)(?<!设备)(?<!服务)(?<!配件)(?<!零件)[\u3400-\u9fff]\Z|[a-z]\Z"
)
_FINE = Grammar(r"[^\n,。;!?]{0,30}?<fine-goods>(?!<fine-not>)")
_SURE_LINE = 0.6
_FULLER = 0.2  # with this share of the best word's chance, the same with more before it is the better name


def products(
    parts: Sequence[Part], kind: Kind, taken: Iterable[tuple[str, int, int]], codes: Iterable[Finding]
) -> list[Finding]:
    """The goods concerned: one for a trouble, those of the lines for an order or an enquiry."""
    if kind in _NO_GOODS:
        return []
    names = list(taken)
    models = [code for code in codes if code.field == "model"]
    found = preferred(_named(parts, kind, names))
    places = _longest(found)
    if not places:
        return []
    if labelled := [place for place in places if place[1].rule.labels]:  # who fills in 品名 says it once and for all
        rows = kind in _LINED or any(place[1].rule.name == candidates.COLUMN for place in labelled)
        return _findings("product", _in_order(parts, _each_once(labelled))[: _MAX_PRODUCTS if rows else 2])
    if listed := _listed(places, models, kind):
        return _findings("product", _in_order(parts, listed)[:_MAX_PRODUCTS])
    return _chosen(found, models, kind)


def named(parts: Sequence[Part], kind: Kind, taken: Iterable[tuple[str, int, int]]) -> list[Finding]:
    """Every word of these parts that may be goods, wherever it stands, the longer of two at one place."""
    return [
        part.finding("product", hit.start, hit.end, hit.rule.name, hit.rule.confidence, name_of(hit))
        for part, hit in _longest(_named(parts, kind, list(taken)))
    ]


def _named(parts: Sequence[Part], kind: Kind, names: Sequence[tuple[str, int, int]]) -> list[Place]:
    """Everything that may be goods; what is said to be in order only where nothing else is."""
    found = [(part, hit) for part in parts if part.source != "signature" for hit in candidates.find(part)]
    found = [
        place
        for place in found
        if not (_within(place, names) or (kind in _TROUBLES and _is_unit(place)) or _is_foreign(place))
    ]
    return [place for place in found if not _is_fine(place)] or found


def _listed(places: Sequence[Place], models: Sequence[Finding], kind: Kind) -> list[Place]:
    """The goods of several lines, or of several models, each once; empty where a mail is about one."""
    lined = kind in (Kind.ORDER, Kind.RFQ, Kind.INQUIRY)
    coded = [place for place in places if any(features.beside(place, model) for model in models)]
    if lined:
        listed = _each_once([place for place in places if place[1].rule.name == candidates.LINE])
        if len(listed) > 1:
            return [*listed, *(place for place in coded if not _in_line(place, listed))]
    chosen = {features.words(place): place for place in reversed(coded)}
    if len(chosen) > 1 and len({_model_beside(place, models) for place in coded}) > 1 and not _related(chosen):
        rows = places if lined else ()  # a row without a model is a row as well
        others = [place for place in rows if place[1].rule.name == candidates.LINE and not _in_line(place, coded)]
        return [*chosen.values(), *_each_once(others)]
    if lined:
        sure = [place for place in places if _has_number(place) and place[1].rule.confidence >= _SURE_LINE]
        lines = _each_once(sure)
        if len(lines) > 1:
            return lines
    return []


def _each_once(places: Sequence[Place]) -> list[Place]:
    return [*{features.words(place): place for place in reversed(places)}.values()]


def _chosen(places: Sequence[Place], models: Sequence[Finding], kind: Kind) -> list[Finding]:
    """The likeliest word; nothing where a blank is likelier than all that say the same and none is of the catalogue."""
    options = features.options(places, models, kind)
    told = dict(zip((option.words for option in options), scorer.chances("product", options), strict=True))
    blank = told.pop("")
    sums = {word: sum(chance for other, chance in told.items() if features.same(word, other)) for word in told}
    sure = max(told, key=lambda word: (round(sums[word], 9), told[word]))
    if sums[sure] <= blank and not any(is_listed(hit.rule) for _, hit in places):
        return []
    best = max((word for word in told if features.same(word, sure)), key=lambda word: told[word])
    things = {option.words for option in options if option.features.get("thing")}
    kin = [word for word in told if best in word and told[word] >= _FULLER * told[best]]
    best = max((word for word in kin if word.endswith(best) or (word in things and best not in things)), key=len)
    place = next(place for place in places if features.words(place) == best)
    return [
        replace(found, confidence=max(round(sums[sure], 3), 2 * SUPERSEDED)) for found in _findings("product", [place])
    ]


def _related(words: Iterable[str]) -> bool:
    """Whether all these say the same: one word is a part of each."""
    short = min(words, key=len)
    return all(short in word for word in words)


def _model_beside(place: Place, models: Sequence[Finding]) -> str:
    return next(model.value for model in models if features.beside(place, model))


def _is_foreign(place: Place) -> bool:
    """Whether the label is the end of another one: the 名称 of a customer or a project, not of goods."""
    part, hit = place
    before = part.text[max(0, hit.whole_start - 4) : hit.whole_start].rstrip(" ")
    return bool(hit.rule.labels and hit.rule.name != candidates.COLUMN and _OTHER_LABEL.search(before)) or (
        bool(hit.rule.labels) and (tables.is_label(features.words(place), part.lexicon))
    )


def _in_line(place: Place, others: Iterable[Place]) -> bool:
    """Whether a name stands in the line of another."""
    part, hit = place
    return any(
        part is other[0] and "\n" not in part.text[other[1].start : hit.start]
        for other in others
        if other[1].start < hit.start
    ) or any(part is other[0] and other[1].start == hit.start for other in others)


def _is_fine(place: Place) -> bool:
    """Whether the sentence of a word says that it is in order: ``经理桌 12张 没问题``."""
    part, hit = place
    return bool(part.lexicon(_FINE).match(part.text, hit.end))


def _within(place: Place, names: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a word is a part of a company's name."""
    part, hit = place
    return any(part.source == source and start <= hit.start + part.offset < end for source, start, end in names)


def _is_unit(place: Place) -> bool:
    """``3 pallets`` are no goods, they hold some."""
    part, hit = place
    return features.words(place) in _PACKS and bool(re.search(r"\d ?$", part.text[max(0, hit.start - 3) : hit.start]))


def _in_order(parts: Sequence[Part], places: Iterable[Place]) -> list[Place]:
    order = {id(part): index for index, part in enumerate(parts)}
    return sorted(places, key=lambda place: (order[id(place[0])], place[1].start))


def _longest(places: Sequence[Place]) -> list[Place]:
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
        value = name_of(hit)
        finding = part.finding(field, hit.start, hit.end, hit.rule.name, hit.rule.confidence, value)
        found.setdefault(finding.value.casefold(), finding)
    return list(found.values())


def _has_number(place: Place) -> bool:
    part, hit = place
    start = part.text.rfind("\n", 0, hit.start) + 1
    end = part.text.find("\n", hit.end)
    return any(character.isdigit() for character in part.text[start : end if end >= 0 else len(part.text)])
