"""Of all the words the rules found, the ones that say best which goods are concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailflow.domain.model import Finding, Kind
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import longest
from mailflow.reading.products import candidates
from mailflow.reading.products.listed import name_of, preferred
from mailflow.reading.text import tables
from mailflow.reading.text.numerals import COUNTED

Place = tuple[Part, Hit]

_MAX_PRODUCTS = 30
_TROUBLES = (Kind.COMPLAINT, Kind.FOLLOWUP)
_PACKS = frozenset("pallet pallets carton cartons box boxes bag bags drum drums roll rolls tray trays".split())
_COUNTED = re.compile(rf"(?:\d|[{COUNTED}百千万])[ ]?(?:[\u4e00-\u9fff]|pcs|units|sets)?[ ]?(?:of |的)?$")
_NO_GOODS = frozenset({Kind.INFO_UPDATE, Kind.SURVEY_REPLY, Kind.STAFF_REPLY})
_LINED = frozenset({Kind.ORDER, Kind.RFQ, Kind.ORDER_CHANGE, Kind.INQUIRY})
_USED_IN = Grammar("<used-in>[^,。;]{0,4}$|<others-goods>[^,。;]{0,3}$")
_OTHER_LABEL = re.compile(
    r"(?<!产品)(?<!货物)(?<!物料)(?<!商品)(?<!货品)(?<!设备)(?<!服务)(?<!配件)(?<!零件)[\u3400-\u9fff]\Z|[a-z]\Z"
)
_HOLDERS = Grammar("<holders>$")
_FINE = Grammar(r"[^\n,。;!?]{0,30}?<fine-goods>(?!<fine-not>)")
_FAR = re.compile(r"[。;!?\n]|,.")
_SURE_LINE = 0.6
_SURE_PRODUCT = 0.76  # a service word alone, far from any trouble, is no product


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
    scores = _scores(found, models)
    best = max(scores, key=lambda word: scores[word])
    if scores[best] < _SURE_PRODUCT:
        return []
    best = _whole(best, scores, found)
    return _findings("product", [next(place for place in found if _words(place) == best)])


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
    coded = [place for place in places if any(_beside(place, model) for model in models)]
    if lined:
        listed = _each_once([place for place in places if place[1].rule.name == candidates.LINE])
        if len(listed) > 1:
            return [*listed, *(place for place in coded if not _in_line(place, listed))]
    chosen = {_words(place): place for place in reversed(coded)}
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
    return [*{_words(place): place for place in reversed(places)}.values()]


def _scores(places: Sequence[Place], models: Sequence[Finding]) -> dict[str, float]:
    """How much speaks for each word: its rule, the subject, a trouble or a model beside it, how often it is said."""
    scores: dict[str, float] = {}
    seen: dict[str, set[tuple[str, int]]] = {}
    for place in places:
        word = _words(place)
        part, hit = place
        said = 0.25 if part.source == "subject" else 0.1
        trouble = 0.2 if _trouble_near(place) else 0.0
        length = 0.02 * min(len(word), 6)
        near = any(_beside(place, model) for model in models)
        near = near or bool(_COUNTED.search(part.text[max(0, hit.start - 8) : hit.start]))
        used = 0.35 if part.lexicon(_USED_IN).search(part.text[max(0, hit.start - 8) : hit.start]) else 0.0
        used += 0.3 if part.source != "subject" and part.lexicon(_HOLDERS).search(word) else 0.0
        score = hit.rule.confidence + said + trouble + length + (0.3 if near else 0.0) - used
        scores[word] = max(scores.get(word, 0.0), score)
        seen.setdefault(word, set()).add((part.source, hit.end))
    total: dict[str, float] = {}
    for word, score in scores.items():
        kin = [other for other in scores if len(word) > 1 and (other == word or other in word or word in other)]
        ends = {end for other in kin for end in seen[other]}
        total[word] = score + 0.15 * min(len(ends) - 1, 4)
    return total


def _whole(best: str, scores: dict[str, float], places: Sequence[Place]) -> str:
    """The best word with what stands before it elsewhere, and without the trouble that a subject may add to it."""
    if all(place[1].rule.name == candidates.FIRST for place in places if _words(place) == best):
        best = max(
            (word for word in scores if len(word) > 1 and best.startswith(word)),
            key=lambda word: (word != best, scores[word]),
        )
    return max(
        (word for word in scores if word.endswith(best) and scores[word] >= _SURE_PRODUCT), key=len, default=best
    )


def _related(words: Iterable[str]) -> bool:
    """Whether all these say the same: one word is a part of each."""
    short = min(words, key=len)
    return all(short in word for word in words)


def _model_beside(place: Place, models: Sequence[Finding]) -> str:
    return next(model.value for model in models if _beside(place, model))


def _is_foreign(place: Place) -> bool:
    """Whether the label is the end of another one: the 名称 of a customer or a project, not of goods."""
    part, hit = place
    before = part.text[max(0, hit.whole_start - 4) : hit.whole_start].rstrip(" ")
    return bool(hit.rule.labels and hit.rule.name != candidates.COLUMN and _OTHER_LABEL.search(before)) or (
        bool(hit.rule.labels) and (tables.is_label(_words(place), part.lexicon))
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
    return _words(place) in _PACKS and bool(re.search(r"\d ?$", part.text[max(0, hit.start - 3) : hit.start]))


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


def _beside(place: Place, model: Finding) -> bool:
    part, hit = place
    start, end = part.offset + hit.start, part.offset + hit.end
    return part.source == model.source and (
        -3 <= start - model.end <= 3
        or (-3 <= model.start - end <= 8 and not _FAR.search(part.text[hit.end : model.start - part.offset]))
    )


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
