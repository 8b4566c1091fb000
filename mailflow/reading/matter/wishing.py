"""Which of the things rules take for demands are some, and which clauses ask for something in other words.

A clause has the features of :mod:`.telling`, and whether a rule sees a demand in it; what they count was learned.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.domain.model import Finding, Kind
from mailflow.reading.matching import scorer
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.scorer import Option
from mailflow.reading.matter.telling import Clause
from mailflow.reading.text.clauses import after_mark, trimmed

FIELD = "demand"
_UNLIKELY, _LIKELY = 0.2, 0.6  # chances
_BY_CLAUSE, _UNSURE = "demand-told", 0.45  # no rule vouches for it
OTHERWISE = Grammar(r"<otherwise>|(?:if|otherwise|or else)\b")
_LONGEST, _SHORTEST = 40, 4


def likely(wishes: Sequence[Finding], clauses: Sequence[Clause], kind: Kind) -> list[Finding]:
    """The demands rules found without those that hardly are one, and the clauses that ask though no rule says so."""
    if not clauses:
        return list(wishes)
    marked = [[wish for wish in wishes if _over(clause, wish)] for clause in clauses]
    options = [
        Option(
            clause.laid.text[slice(*clause.span)], {**clause.features, **_of_wishes(found, clause, kind)}, clause.signs
        )
        for clause, found in zip(clauses, marked, strict=True)
    ]
    chances = scorer.each_chance(FIELD, options)
    best: dict[int, float] = {}
    for found, chance in zip(marked, chances, strict=True):
        for wish in found:
            best[id(wish)] = max(best.get(id(wish), 0.0), chance)
    told = [wish for wish in wishes if best.get(id(wish), 1.0) >= _UNLIKELY]
    if wishes and not told:
        told = [max(wishes, key=lambda wish: best[id(wish)])]
    for clause, found, chance in zip(clauses, marked, chances, strict=True):
        if not found and chance >= _LIKELY and clause.laid.part.source != "subject":
            told += _finding(clause, chance)
    place = {id(clause.laid.part): at for at, clause in enumerate(clauses)}
    order = {clause.laid.part.source: place[id(clause.laid.part)] for clause in reversed(clauses)}
    return sorted(told, key=lambda wish: (order.get(wish.source, 0), wish.start))


def _over(clause: Clause, wish: Finding) -> bool:
    part = clause.laid.part
    start, end = part.offset + clause.span[0], part.offset + clause.span[1]
    return wish.source == part.source and wish.start < end and start < wish.end


def _of_wishes(found: Sequence[Finding], clause: Clause, kind: Kind) -> dict[str, float]:
    told = {"tells of trouble": clause.chance, f"in {kind.value}": 1.0}
    if not found:
        return {**told, "no wish of a rule": 1.0}
    told |= {f"wish by {wish.rule}": 1.0 for wish in found}
    return {**told, "wished": 1.0, "surely wished": max(wish.confidence for wish in found)}


def _finding(clause: Clause, chance: float) -> list[Finding]:
    part, text = clause.laid.part, clause.laid.text
    start, end = trimmed(text, after_mark(text, *clause.span), clause.span[1])
    if part.lexicon(OTHERWISE).match(text, start, end):
        return []  # what follows if nothing is done
    if not _SHORTEST <= end - start <= (_LONGEST * 2 if text[start:end].isascii() else _LONGEST):
        return []
    return [part.finding(FIELD, start, end, _BY_CLAUSE, min(chance, _UNSURE))]
