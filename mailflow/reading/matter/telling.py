"""Which clauses of a mail tell of a trouble, whether a rule has a word for it or not.

A clause has features: what the rules found in it and beside it, where it stands, the signs and pairs of signs it is
made of.  What they count was learned from labelled mails (:mod:`mailflow.reading.matching.scorer`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.domain.model import Kind
from mailflow.reading.matching import scorer
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.scorer import Option
from mailflow.reading.matter.unreal import unreal
from mailflow.reading.text.clauses import SENTENCE, Laid, Span, asking, item_at, pieces

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
    chance: float


def told(mail: Sequence[Laid], marks: Marks) -> list[Clause]:
    """Every clause of a mail, in its order, with its chance; of overlong parts the first."""
    title = "".join(laid.text for laid in mail if laid.part.source == "subject")
    top = max((mark.sure for mark in marks.values()), default=0.0)
    found = [
        (laid, span, features | _of_marks(laid, span, marks, top))
        for laid in mail
        for span, features in _clauses(laid, title)
    ]
    chances = scorer.each_chance(FIELD, [Option(laid.text[slice(*span)], each) for laid, span, each in found])
    return [Clause(*each, chance) for each, chance in zip(found, chances, strict=True)]


def _of_marks(laid: Laid, span: Span, marks: Marks, top: float) -> dict[str, float]:
    part = laid.part
    mark = marks.get((part.source, part.offset, span))
    if mark is None:  # the clause of a rule may reach over a mark of an item
        mark = next(
            (
                each
                for (source, offset, other), each in marks.items()
                if source == part.source and offset == part.offset and other[0] < span[1] and span[0] < other[1]
            ),
            None,
        )
    found = {"no trouble anywhere": float(not marks)}
    if mark is None:
        return {**found, "no rule": 1.0}
    return {
        **found,
        "sure": mark.sure,
        "picked": float(mark.picked),
        "surest": float(mark.sure == top),
        "plain": float(mark.sure >= _PLAIN),
    }


def _clauses(laid: Laid, title: str) -> Iterator[tuple[Span, dict[str, float]]]:
    part, text = laid.part, laid.text
    spans = [span for span in pieces(text, 0, len(text)) if span[1] - span[0] > 1][:_MOST]
    seen = [_of_rules(part, span) for span in spans]
    pairs = {title[at : at + 2] for at in range(len(title) - 1)} if part.source != "subject" else set()
    count, before = len(spans), 0
    for at, span in enumerate(spans):
        words = text[slice(*span)]
        found = dict(seen[at])
        if at and not SENTENCE.search(text, spans[at - 1][1], span[0]):
            found |= {f"before: {name}": value for name, value in seen[at - 1].items() if name in _NEXT}
        else:
            found["begins a sentence"] = 1.0
        if at + 1 < count and not SENTENCE.search(text, span[1], spans[at + 1][0]):
            found |= {f"behind: {name}": value for name, value in seen[at + 1].items() if name in _NEXT}
        else:
            found["ends a sentence"] = 1.0
        found[f"troubles before {min(before, 3)}"] = 1.0
        before += "trouble" in seen[at]
        found["of the subject"] = sum(words[i : i + 2] in pairs for i in range(len(words) - 1)) / (len(words) - 1)
        found |= _of_place(laid, span, at, count)
        found |= _of_words(words)
        yield span, found


_NEXT = frozenset({"trouble", "wish", "complains", "praises"})


def _of_rules(part: Part, span: Span) -> dict[str, float]:
    """What the rules found in a clause."""
    found: dict[str, float] = {}
    for hit in part.hits:
        if hit.start >= span[1]:
            break
        if hit.end <= span[0]:
            continue
        for name, value in _of_hit(part, hit):
            found[name] = max(found.get(name, value), value)
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


def _of_place(laid: Laid, span: Span, at: int, count: int) -> dict[str, float]:
    text = laid.text
    found = {
        f"part {laid.part.role}": 1.0,
        "early": 1 / (1 + at / 4),
        "late": float(at >= count - 3),
        "asks": float(any(True for _ in asking(text, *span, laid.part.lexicon))),
        "questioned": float(text[span[1] : span[1] + 1] == "?"),
        "in brackets": float(text[span[0] - 1 : span[0]] == "("),
        "label": float(text[span[1] : span[1] + 1] == ":"),
        "behind a label": float(text[max(0, span[0] - 2) : span[0]].strip() == ":"),
    }
    item = item_at(laid.items, span[0])
    if item is not None:
        found["wanted item" if item.wanted else "item"] = 1.0
    return found


def _of_words(words: str) -> dict[str, float]:
    """The signs, pairs of signs and Latin words of a clause, and what its length and its numbers are."""
    length = len(words) if not words.isascii() else len(words) // 3
    found = {
        f"length {min(length // 4, 7)}": 1.0,
        f"numbers {min(len(_NUMBER.findall(words)), 2)}": 1.0,
        "doubled": float(_TWICE.search(words) is not None),
    }
    for run in _HAN.findall(words):
        for at, sign in enumerate(run):
            found[sign] = 1.0
            if at:
                found[run[at - 1 : at + 1]] = 1.0
        found[f"^{run[0]}"] = 1.0
        found[f"{run[-1]}$"] = 1.0
    for word in _WORD.findall(words):
        found[f"'{word}"] = 1.0
    return found
