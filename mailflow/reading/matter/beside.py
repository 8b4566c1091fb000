"""Passages of a mail that ask for something of another kind than the mail: an order beside a complaint, a price asked.

A passage is a line, an item of a list, or what stands from a word that begins a second matter (另外, by the way) to the
next one.  It counts only where it asks for another kind of thing in plain words, tells no trouble and wants nothing
that has to do with one, and where what is left of the mail is still of the mail's kind by itself.  In doubt there is
one matter: whoever reads the case sees the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mailflow.domain.model import Details, Kind
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.matter.close_kinds import candidates
from mailflow.reading.matter.unreal import real
from mailflow.reading.text.clauses import SENTENCE, Laid, asking

MOST = 3  # matters beside the first
_PARTS = ("new_text", "forwarded_text")
_LONGEST = 20_000  # characters of a part
_SHORT = 120  # and of a line that says nothing but what it asks for
_PLAIN, _MARKED = 2.5, 2.0  # evidence for a kind in a passage without, and with a word that begins it
_QUESTION = 1.2  # a question is told by what it asks about
_SURE = 0.8  # confidence of a rule that names a trouble
_STILL = 1.0  # and for the mail's own in what is left
_TROUBLE = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})
_ASKING = frozenset({Kind.INQUIRY, Kind.RFQ})
_ORDERING = frozenset({Kind.ORDER, Kind.ORDER_CHANGE})
_GROUPS = (_TROUBLE, _ASKING, _ORDERING, frozenset({Kind.INFO_UPDATE}))
# What may stand beside a mail of each group.  Questions and addresses beside an order are about the order.
_BESIDE: Mapping[frozenset[Kind], frozenset[Kind]] = {
    _TROUBLE: _ASKING | _ORDERING | {Kind.INFO_UPDATE},
    _ASKING: frozenset({Kind.COMPLAINT, Kind.ORDER_CHANGE}),
    _ORDERING: frozenset({Kind.COMPLAINT}),
    frozenset({Kind.INFO_UPDATE}): frozenset({Kind.COMPLAINT, Kind.RFQ, Kind.ORDER}),
}
_ONLY_MARKED = frozenset({Kind.INQUIRY, Kind.INFO_UPDATE})
# Demands that are no part of a trouble's remedy.
_NEUTRAL = frozenset({"", "报价", "回签确认", "更新资料", "变更", "交货", "提供资料", "回电"})
OF_WRITER = frozenset({"customer_company", "contact", "phone"})
"""Facts that are told of whoever wrote, whatever passage they stand in."""
_GOODS = ("product", "model")
_THINGS = (*_GOODS, "order_no", "quantity")
_CERTIFICATE = "证书"

_MARK = Grammar(r"(?:(?<=[。!?;\n,.])|^)[\s\d、.)]{0,4}(?P<mark><second-marks>)")
_SAME = Grammar("<same-matter>")
_PAPERS = Grammar("<asked-papers>")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a part, by its places in the part's text, that asks for something of this kind."""

    laid: Laid
    start: int
    end: int
    kind: Kind
    papers: bool = False
    begins: bool = True


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a text.  It ``begins`` a matter by a word, or by the number of an item."""

    start: int
    end: int
    begins: bool


def passages(mail: Sequence[Laid], kind: Kind) -> list[Passage]:
    """What may be a matter beside one of this kind, in the order of the mail; one of each group, none of its own."""
    allowed = _BESIDE.get(group(kind), frozenset())
    found: dict[frozenset[Kind], Passage] = {}
    for laid in mail if allowed else ():
        if laid.part.source not in _PARTS or len(laid.text) > _LONGEST:
            continue
        hits = real(laid.part)
        if not any(hit.rule.kind in allowed for hit in hits) and not laid.part.lexicon(_PAPERS).search(laid.text):
            continue
        for passage in _asked(laid, hits, allowed):
            found.setdefault(group(passage.kind), passage)  # what is asked twice is one matter
    beside = list(found.values())
    return beside[:MOST] if beside and _is_left(mail, kind, beside) else []


def is_matter(passage: Passage, read: Details, whole: Details) -> bool:
    """Is a passage, read by itself, surely a matter of its own beside the whole mail as it was read?"""
    if passage.papers:
        return True
    if group(read.kind) != group(passage.kind) or any(kind in _TROUBLE for kind in candidates(read)):
        return False
    if passage.kind is Kind.COMPLAINT or _CERTIFICATE in read.subkinds:
        return True
    if passage.begins and passage.kind is not Kind.INQUIRY:
        return True
    # A question, or a line that no word sets apart, is another matter where it is about something else.
    own = {(item.field, item.value) for item in whole.findings if not within(passage, item.source, item.start)}
    names = _GOODS if passage.kind is Kind.INQUIRY else _THINGS
    return any((name, value) not in own for name in names for value in read.values(name))


def within(passage: Passage, source: str, start: int) -> bool:
    """Whether a place of the mail lies in the passage."""
    part = passage.laid.part
    return source == part.source and part.offset + passage.start <= start < part.offset + passage.end


def placed(passage: Passage, read: Details) -> Details:
    """What a passage says, its findings where they stand in the mail; who wrote is told by the mail."""
    part, at = passage.laid.part, passage.laid.part.offset + passage.start
    found = [
        replace(item, source=part.source, start=item.start + at, end=item.end + at)
        for item in read.findings
        if item.source == "new_text" and item.field not in OF_WRITER
    ]
    kind = Kind.COMPLAINT if read.kind is Kind.FOLLOWUP else Kind.INQUIRY if passage.papers else read.kind
    troubles = [replace(item, source=part.source, start=item.start + at, end=item.end + at) for item in read.troubles]
    span = part.source, at, part.offset + passage.end
    return replace(read, kind=kind, findings=tuple(found), troubles=tuple(troubles), passage=span)


def group(kind: Kind) -> frozenset[Kind]:
    """The kinds that are one matter with this one."""
    return next((kinds for kinds in _GROUPS if kind in kinds), frozenset({kind}))


# ------------------------------------------------------------------------------------------------------------ parts


def _pieces(laid: Laid) -> list[_Piece]:
    """The lines, items and marked stretches of a part; lists of what is wanted of us are left out."""
    text = laid.text
    marks = {match.start("mark") for match in laid.part.lexicon(_MARK).finditer(text)}
    items = [item.start for item in laid.items if not item.wanted]
    begins = marks | {start + len(text[start:]) - len(text[start:].lstrip()) for start in items}
    wanted = [(item.start, item.end) for item in laid.items if item.wanted]
    lines = {place + 1 for place, sign in enumerate(text) if sign == "\n"}
    starts = [*sorted({0, *begins, *lines})[:ENOUGH], len(text)]
    return [
        _Piece(start, end, start in begins)
        for start, end in pairwise(starts)
        if text[start:end].strip() and not any(first <= start < last for first, last in wanted)
    ]


def _asked(laid: Laid, hits: Sequence[Hit], allowed: frozenset[Kind]) -> Iterator[Passage]:
    pieces = _pieces(laid)
    for place, piece in enumerate(pieces):
        kind = _kind(laid, piece, hits, allowed)
        if kind is Kind.COMPLAINT:
            yield Passage(laid, piece.start, piece.end, kind)
            continue
        own = _without_trouble(laid, piece, hits) if kind is None else piece
        kind = _kind(laid, own, hits, allowed)
        papers = bool(laid.part.lexicon(_PAPERS).search(laid.text, own.start, own.end))
        if kind is not None:
            end = own.end if own is not piece else _with_lines_below(laid, pieces[place:], hits)
            yield Passage(laid, own.start, end, kind, papers and kind is Kind.INQUIRY, own.begins)


def _kind(laid: Laid, piece: _Piece, hits: Sequence[Hit], allowed: frozenset[Kind]) -> Kind | None:
    """What a stretch asks for, when it asks for something of another kind in plain words."""
    here = [hit for hit in hits if piece.start <= hit.start < piece.end]
    weights = _weights(here)
    troubled = any(map(_tells_trouble, here))
    plain = any(hit.rule.finds == "defect_or_issue" and hit.rule.confidence >= _SURE for hit in here)
    if Kind.COMPLAINT in allowed and troubled and (plain or weights.get(Kind.COMPLAINT, 0.0) >= _MARKED):
        return Kind.COMPLAINT
    if troubled or weights.get(Kind.FOLLOWUP, 0.0) or _is_same(laid, piece, here):
        return None
    papers = laid.part.lexicon(_PAPERS).search(laid.text, piece.start, piece.end)
    if Kind.INQUIRY in allowed and piece.begins and papers:
        return Kind.INQUIRY
    fit = {kind: weight for kind, weight in weights.items() if kind in allowed - {Kind.COMPLAINT}}
    kind = max(fit, key=lambda name: fit[name], default=None)
    if kind is None or not (piece.begins or (kind not in _ONLY_MARKED and _asks(laid, piece))):
        return None
    least = _QUESTION if kind is Kind.INQUIRY else _MARKED if piece.begins else _PLAIN
    return kind if fit[kind] >= least else None


def _asks(laid: Laid, piece: _Piece) -> bool:
    """Whether a line asks for something in a few words; in a long tale it is part of the tale."""
    text, lexicon = laid.text, laid.part.lexicon
    return piece.end - piece.start <= _SHORT and any(True for _ in asking(text, piece.start, piece.end, lexicon))


def _is_same(laid: Laid, piece: _Piece, here: Sequence[Hit]) -> bool:
    """Whether a stretch has to do with the trouble: it wants it remedied, or names it."""
    remedies = {hit.rule.value for hit in here if hit.rule.finds == "demand"} - _NEUTRAL
    return bool(remedies) or laid.part.lexicon(_SAME).search(laid.text, piece.start, piece.end) is not None


def _without_trouble(laid: Laid, piece: _Piece, hits: Sequence[Hit]) -> _Piece:
    """The sentences of a marked stretch up to the first that comes back to the trouble."""
    at = piece.start
    for match in SENTENCE.finditer(laid.text, piece.start, piece.end):
        told = _Piece(at, match.end(), piece.begins)
        here = [hit for hit in hits if at <= hit.start < match.end()]
        if any(map(_tells_trouble, here)) or _is_same(laid, told, here):
            break
        at = match.end()
    return _Piece(piece.start, at, piece.begins) if piece.begins else piece


def _with_lines_below(laid: Laid, pieces: Sequence[_Piece], hits: Sequence[Hit]) -> int:
    """Where a passage ends: with the lines right below it that it announces, where they tell no trouble."""
    end = pieces[0].end
    if not laid.text[pieces[0].start : end].rstrip().endswith((":", ",")):
        return end
    for piece in pieces[1:]:
        here = [hit for hit in hits if piece.start <= hit.start < piece.end]
        if piece.start > end or piece.begins or any(map(_tells_trouble, here)) or _is_same(laid, piece, here):
            break
        end = piece.end
    return end


def _tells_trouble(hit: Hit) -> bool:
    """Whether a rule names a trouble or a grievance, in words that are not too faint to be one."""
    rule = hit.rule
    named = rule.finds in ("defect_or_issue", "severity") and rule.confidence >= 0.5
    return rule.kind is Kind.COMPLAINT and (named or (rule.finds == "kind" and rule.weight >= 1.5))


def _weights(hits: Sequence[Hit]) -> dict[Kind, float]:
    rules = {hit.rule.name: hit.rule for hit in hits}
    weights: dict[Kind, float] = {}
    for rule in rules.values():
        if rule.kind is not None:
            weights[rule.kind] = weights.get(rule.kind, 0.0) + rule.weight
    return weights


def _is_left(mail: Sequence[Laid], kind: Kind, found: Sequence[Passage]) -> bool:
    """Whether the mail is of its kind without these passages, its subject aside."""
    left = [
        hit
        for laid in mail
        if laid.part.source != "subject"
        for hit in real(laid.part)
        if not any(within(passage, laid.part.source, laid.part.offset + hit.start) for passage in found)
    ]
    weights = _weights(left)
    return any(weights.get(name, 0.0) >= _STILL for name in group(kind))
