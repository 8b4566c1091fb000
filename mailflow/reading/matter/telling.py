"""Which clauses of a mail tell of a trouble, whether a rule has a word for it or not.

A clause has features: what the rules found in it and beside it, where it stands, the signs and pairs of signs it is
made of.  What they count was learned from labelled mails (:mod:`mailflow.reading.matching.scorer`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from operator import add

from mailflow.domain.model import Kind
from mailflow.reading.matching import scorer
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.scorer import Option
from mailflow.reading.matter.unreal import unreal
from mailflow.reading.text.clauses import SENTENCE, Laid, Span, asking, item_at, pieces
from mailflow.reading.text.tables import heads

FIELD = "defect_or_issue"
_MOST = 120  # clauses of one part
_PLAIN = 0.9
_HAN = re.compile("[\u3400-\u9fff]+")
_WORD = re.compile("[a-z][a-z']{2,}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TWICE = re.compile(r"([\u4e00-\u9fff])\1")


@dataclass(frozen=True, slots=True)
class Mark:
    """What the rules say of a clause: how surely it tells of a trouble, and whether they would choose it."""

    sure: float
    picked: bool


Marks = Mapping[tuple[str, int, Span], Mark]
"""By the source and offset of a part, and the span of the clause."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with its features and the chance, 0..1, that it tells of a trouble."""

    laid: Laid
    span: Span
    features: Mapping[str, float]
    signs: Set[str]
    chance: float


def told(mail: Sequence[Laid], marks: Marks) -> list[Clause]:
    """Every clause of a mail, in its order, with its chance; of overlong parts the first."""
    title = "".join(laid.text for laid in mail if laid.part.source == "subject")
    top = max((mark.sure for mark in marks.values()), default=0.0)
    found = []
    for laid in mail:
        part = laid.part
        own = {
            span: mark
            for (source, offset, span), mark in marks.items()
            if (source, offset) == (part.source, part.offset)
        }
        for span, features, signs in _clauses(laid, title):
            features.update(_of_marks(span, own, top))
            features["no trouble anywhere"] = float(not marks)
            found.append((laid, span, features, signs))
    chances = scorer.each_chance(
        FIELD, [Option(laid.text[slice(*span)], features, signs) for laid, span, features, signs in found]
    )
    return [Clause(*each, chance) for each, chance in zip(found, chances, strict=True)]


def _of_marks(span: Span, marks: Mapping[Span, Mark], top: float) -> dict[str, float]:
    """What the rules say of a clause; theirs may reach over a mark of an item."""
    mark = marks.get(span)
    if mark is None:
        mark = next((each for other, each in marks.items() if other[0] < span[1] and span[0] < other[1]), None)
    if mark is None:
        return {"no rule": 1.0}
    return {
        "sure": mark.sure,
        "picked": float(mark.picked),
        "surest": float(mark.sure == top),
        "plain": float(mark.sure >= _PLAIN),
    }


def _clauses(laid: Laid, title: str) -> Iterator[tuple[Span, dict[str, float], set[str]]]:
    part, text = laid.part, laid.text
    named = [(head.start, head.end) for head in heads(part)]  # a heading names what is counted, it tells of nothing
    spans = [
        span
        for span in pieces(text, 0, len(text))
        if span[1] - span[0] > 1 and not any(start <= span[0] and span[1] <= end for start, end in named)
    ][:_MOST]
    if not spans:
        return
    seen = _of_rules(part, spans)
    asks = sorted(asking(text, 0, spans[-1][1], part.lexicon))
    pairs = set(map(add, title, title[1:])) if part.source != "subject" else set()
    apart = [SENTENCE.search(text, one[1], other[0]) is not None for one, other in pairwise(spans)]
    before = 0
    for at, span in enumerate(spans):
        words = text[slice(*span)]
        found = dict(seen[at])
        if at and not apart[at - 1]:
            found |= {f"before: {name}": 1.0 for name in _NEXT & seen[at - 1].keys()}
        else:
            found["begins a sentence"] = 1.0
        if at + 1 < len(spans) and not apart[at]:
            found |= {f"behind: {name}": 1.0 for name in _NEXT & seen[at + 1].keys()}
        else:
            found["ends a sentence"] = 1.0
        found[f"troubles before {min(before, 3)}"] = 1.0
        before += "trouble" in seen[at]
        own, signs = _signs(words)
        found["of the subject"] = len(own & pairs) / max(len(own), 1)
        if bisect_left(asks, span[1] + 1) > bisect_left(asks, span[0] + 1):
            found["asks"] = 1.0
        _place(found, laid, span, at, len(spans))
        _form(found, words)
        yield span, found, signs


_BEHIND = {"?": "questioned", ":": "label"}
_NEXT = frozenset({"trouble", "wish", "complains", "praises"})


def _of_rules(part: Part, spans: Sequence[Span]) -> list[dict[str, float]]:
    """What the rules found in each clause."""
    found: list[dict[str, float]] = [{} for _ in spans]
    ends = [end for _, end in spans]
    for hit in part.hits:
        told = tuple(_of_hit(part, hit))
        at = bisect_right(ends, hit.start)
        while told and at < len(spans) and spans[at][0] < hit.end:
            own = found[at]
            for name, value in told:
                own[name] = max(own.get(name, value), value)
            at += 1
    return found


def _of_hit(part: Part, hit: Hit) -> Iterator[tuple[str, float]]:
    rule = hit.rule
    if rule.finds == FIELD:
        if unreal(part.text, hit, part.lexicon):
            yield "unreal trouble", 1.0
            return
        yield "trouble", 1.0
        yield "confidence", rule.confidence
        yield f"trouble of {rule.subkind or 'none'}", 1.0
        yield f"by {rule.name.partition('-')[0]}", 1.0
    elif rule.kind is Kind.COMPLAINT:
        yield "complains", 1.0
        yield f"rule {rule.name}", 1.0
    elif rule.kind is Kind.PRAISE:
        yield "praises", 1.0
    elif rule.kind is not None:
        yield f"speaks for {rule.kind.value}", 1.0
    if rule.finds == "demand":
        yield "wish", 1.0
    elif rule.finds in ("severity", "product", "order_no", "batch_no", "model"):
        yield f"has {rule.finds}", 1.0


def _place(found: dict[str, float], laid: Laid, span: Span, at: int, count: int) -> None:
    """Where a clause stands."""
    text = laid.text
    found[f"part {laid.part.role}"] = 1.0
    found["early"] = 1 / (1 + at / 4)
    if at >= count - 3:
        found["late"] = 1.0
    behind = text[span[1] : span[1] + 1]
    if behind in _BEHIND:
        found[_BEHIND[behind]] = 1.0
    if text[span[0] - 1 : span[0]] == "(":
        found["in brackets"] = 1.0
    if text[max(0, span[0] - 2) : span[0]].strip() == ":":
        found["behind a label"] = 1.0
    item = item_at(laid.items, span[0]) if laid.items else None
    if item is not None:
        found["wanted item" if item.wanted else "item"] = 1.0


def _form(found: dict[str, float], words: str) -> None:
    """What the length and the numbers of a clause are."""
    length = len(words) if not words.isascii() else len(words) // 3
    found[f"length {min(length // 4, 7)}"] = 1.0
    found[f"numbers {min(len(_NUMBER.findall(words)), 2)}"] = 1.0
    if _TWICE.search(words):
        found["doubled"] = 1.0


def _signs(words: str) -> tuple[set[str], set[str]]:
    """The pairs of signs of a clause; these with its Chinese signs, what it begins and ends with, its Latin words."""
    pairs: set[str] = set(map(add, words, words[1:]))
    found: set[str] = set()
    for run in _HAN.findall(words):
        found.update(run)
        found.update(map(add, run, run[1:]))
        found.add(f"^{run[0]}")
        found.add(f"{run[-1]}$")
    found.update([f"'{word}" for word in _WORD.findall(words)])
    return pairs, found
