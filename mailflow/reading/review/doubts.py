"""What a reading is unsure of, and why its kind was chosen: for people who check it.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.domain.model import FIELDS, Details, Kind
from mailflow.reading.amounts import money
from mailflow.reading.codes.labelled import codes, findings
from mailflow.reading.matching.parts import CODES, Part
from mailflow.reading.review.second_opinion import disagrees

UNSURE = 0.6  # a field whose best finding is less certain than this
CLOSE = 0.7  # a kind with this share of the strongest one's weight
# One mail says one of these; two values are a contradiction.
SINGLE = frozenset(
    {"customer_company", "contact", "happened_on", "requested_deadline", "severity", "urgency", "validity_hint"}
)

_COMPARED = CODES | {"amount"}  # with what the quote says


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that speaks for a kind: where it was found, how strongly it speaks, and in which words."""

    rule: str
    kind: Kind
    weight: float
    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to check.  ``about`` is a field or ``kind``; ``why`` a stable word; ``values`` what is in question."""

    about: str
    why: str  # contradiction, amount_words_digits, other_in_quote, low_confidence, close, no_rule, second_opinion
    values: tuple[str, ...]


def fired(parts: Sequence[Part]) -> list[Fired]:
    """The rules that spoke for a kind, in the order of the mail, each once for a part."""
    found = []
    for part in parts:
        words: dict[str, list[str]] = {}
        rules = {}
        for hit in part.hits:
            if hit.rule.kind is not None:
                rules[hit.rule.name] = hit.rule
                words.setdefault(hit.rule.name, []).append(part.original[hit.start : hit.end])
        for name, said in words.items():
            kind = rules[name].kind
            assert kind is not None
            found.append(Fired(name, kind, rules[name].weight, part.source, tuple(dict.fromkeys(said))))
    return found


def doubts(details: Details, parts: Sequence[Part]) -> list[Doubt]:
    """What a person should look at, contradictions first."""
    return [
        *_contradictions(details),
        *_sums(details, parts),
        *_quoted(details, parts),
        *_low(details),
        *_kinds(details, parts),
    ]


def _contradictions(details: Details) -> Iterator[Doubt]:
    for name in FIELDS:
        values = details.values(name)
        if name in SINGLE and len(values) > 1:
            yield Doubt(name, "contradiction", values)


def _sums(details: Details, parts: Sequence[Part]) -> Iterator[Doubt]:
    """A sum whose words (叁万陆仟元) and digits do not agree."""
    if details.values("amount"):
        told = [part for part in parts if part.source != "quoted_text"]
        for pair in money.disagreements(told):
            yield Doubt("amount", "amount_words_digits", pair)


def _quoted(details: Details, parts: Sequence[Part]) -> Iterator[Doubt]:
    """Numbers of the quoted mail beside other numbers of the new text."""
    quotes = [part for part in parts if part.source == "quoted_text"]
    quoted = [finding for part in quotes for finding in findings(part, codes(part))] + money.find(quotes)
    for name in FIELDS:
        if name not in _COMPARED:
            continue
        new = details.values(name)
        old = tuple(dict.fromkeys(item.value for item in quoted if item.field == name and item.value not in new))
        if new and old:
            yield Doubt(name, "other_in_quote", (*new[:3], *old[:3]))


def _low(details: Details) -> Iterator[Doubt]:
    for name in FIELDS:
        # A value without words is what holds when nothing is said: that is no doubtful finding.
        found = [finding.confidence for finding in details.findings if finding.field == name and finding.words]
        best = max(found, default=1.0)
        if best < UNSURE:
            yield Doubt(name, "low_confidence", (*details.values(name)[:3], f"{best:.2f}"))


def _kinds(details: Details, parts: Sequence[Part]) -> Iterator[Doubt]:
    weights = sorted(details.kinds, key=lambda item: -item[1])
    of_one_matter = {kind for kind, _ in weights[:2]} == {Kind.COMPLAINT, Kind.FOLLOWUP}
    if len(weights) > 1 and weights[1][1] >= CLOSE * weights[0][1] and not of_one_matter:
        yield Doubt("kind", "close", tuple(f"{kind.value} {weight:.2f}" for kind, weight in weights[:3]))
    if details.kind is not Kind.STAFF_REPLY and not any(item.kind is details.kind for item in fired(parts)):
        yield Doubt("kind", "no_rule", (details.kind.value,))
    if details.second_opinion is not None and disagrees(details):
        kind, sure = details.second_opinion
        yield Doubt("kind", "second_opinion", (f"{kind.value} {sure:.2f}",))
