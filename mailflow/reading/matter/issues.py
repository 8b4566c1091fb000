"""The trouble in short words of the mail: the plainest clause, and one for each item of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from mailflow.domain.matters import Trouble
from mailflow.domain.model import SUPERSEDED, Finding, Kind
from mailflow.reading.amounts import counts
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.reasons import boxes, code_of
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matching.spans import longest
from mailflow.reading.matter import telling
from mailflow.reading.matter.each import QUALITY, SERVED, Told
from mailflow.reading.matter.unreal import real
from mailflow.reading.text.clauses import Item, Laid, Span, after_mark, asking, clause, item_at, sentence, trimmed

_KINDS = (Kind.COMPLAINT, Kind.FOLLOWUP, Kind.SURVEY_REPLY)
_MOST, _MOST_TOLD = 4, 8
_ALSO = 2
_PLAIN = 0.9  # a word that names a trouble beyond doubt
_CLAUSE, _LATIN_CLAUSE = 26, 80  # longer ones are cut around the word
_LEFT, _RIGHT = 14, 8
_ALIKE = 0.6  # in a clause that counts as its neighbour does
_COUNTED = re.compile(
    r"[一二两三四五六七八九十几\d][^,。;\dA-Za-z]{0,2}[个只件箱卷套台盘包袋支根张条瓶片块桶双把本间盒颗枚处]|"
    r"\b\d{1,5} (?:of|pcs|pieces|[a-z]{3,})"
)
_LEAST_OF_ITEM = 0.4
_UNLIKELY, _SOME, _LIKELY, _LIKELY_BESIDE, _LIKELY_COUNT = 0.25, 0.2, 0.6, 0.75, 0.9  # chances
_FLOOR = 2 * SUPERSEDED  # what stands is never taken for what was taken back
_EVEN, _BY_CHANCE = 0.5, 0.69  # where rule and chance agree, the rule's word holds; else it is no sure reading
_BY_CLAUSE = Rule.model_construct(name="trouble-told", finds="defect_or_issue", confidence=0.5, subkind="", reason="")
_LEAST_OF_CLASS = 0.6
_FIRST_FIRST = 0.4  # an item's later clause must be so much plainer than its first

_LEAD = Grammar(
    r"(?:\s|and |but |however |also |that |because |since |unfortunately |we found |we noticed "
    "|it turned out |i am afraid |i'm afraid |there (?:is|are) |now |then |so |<issue-lead-ins>)"
)
_CUT = Grammar(r"\s|\d(?=[\u4e00-\u9fff])|<issue-cuts>")
_CUT_WORD = re.compile(
    r"\b(?:and|but|that|which|then|because|so|since|found|noticed|when|while|where|after|on|in|at|with|"
    r"of (?:your|our|the)|i|we|you|says?|shows?|report|reports|to)\b|[\"']"
)
_IF = Grammar("<supposed>")
_THREAT = Grammar("<threats>")
_AFTERMATH = Grammar("<aftermath>")  # what came of the trouble
_FORMERLY = Grammar("<formerly>")
_NOT_SO = Grammar(r"<denied>[^,。;\n]{0,4}$|\b(?:no|not|without|never) (?:\w+ )?$")
_FINE = Grammar("<fine>")
_OUR_TITLE = Grammar(r"^\s{0,3}<reply-marks>[^\n]{0,80}<our-case-marks>")  # the subject of our own mail, answered


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A clause that tells of a trouble, and how surely."""

    part: Part
    text: str
    hit: Hit
    clause: Span
    item: Item | None
    sure: float
    chance: float = 0.0  # by all its features
    vouched: bool = True  # whether the rules would choose it

    @property
    def words(self) -> str:
        """The words of the rule."""
        return self.part.text[self.hit.start : self.hit.end]

    @property
    def named(self) -> Hit:
        """The surest hit in its clause that names a reason, where its own words name none."""
        if _code(self.hit):
            return self.hit
        first, last = self.clause
        others = [
            hit
            for hit in real(self.part)
            if hit.rule.finds == "defect_or_issue" and first <= hit.start and hit.end <= last and _code(hit)
        ]
        return max(others, key=lambda hit: hit.rule.confidence, default=self.hit)

    @property
    def sort(self) -> str:
        """What it is about: the code of its reason, one for all of how people were served; empty when it has none."""
        code = _code(self.named)
        return SERVED if code.startswith(SERVED) else code


@dataclass(frozen=True, slots=True)
class Weighed:
    """The troubles rules found, those they choose, and every clause with its chance to tell of one."""

    troubles: Sequence[_Trouble]
    picked: Sequence[_Trouble]
    clauses: Sequence[telling.Clause]


def weigh(mail: Sequence[Laid]) -> Weighed:
    """What a mail tells of troubles, whatever its kind."""
    title = "".join(laid.text for laid in mail if laid.part.source == "subject")
    told = [laid for laid in mail if laid.part.source != "subject" or not laid.part.lexicon(_OUR_TITLE).search(title)]
    troubles = [trouble for laid in told for trouble in _troubles(laid, title)]
    picked = _picked(troubles) if troubles else []
    chosen = {id(trouble) for trouble in picked}
    marks = {
        (trouble.part.source, trouble.part.offset, trouble.clause): telling.Mark(trouble.sure, id(trouble) in chosen)
        for trouble in troubles
    }
    return Weighed(troubles, picked, telling.told(told, marks))


def issues(weighed: Weighed, kind: Kind) -> tuple[list[Finding], list[Told]]:
    """The troubles in the customer's words, in the order of the mail.

    The findings are the likeliest ones.  The troubles told are these and the plainest of every class that none of them
    is of.
    """
    if kind not in _KINDS:
        return [], []
    picked = sorted(_likely(weighed), key=_place)[:_MOST]
    if not picked:
        return [], []
    every = sorted([*picked, *_of_other_classes(picked, weighed.troubles)], key=_place)[:_MOST_TOLD]
    found = {id(trouble): _finding(trouble) for trouble in every}
    once: dict[str, _Trouble] = {}
    for trouble in every:
        once.setdefault(found[id(trouble)].value.casefold(), trouble)
    shown: dict[str, Finding] = {}
    for trouble in picked:
        shown.setdefault(found[id(trouble)].value.casefold(), found[id(trouble)])
    return [*shown.values()], [_told(item, found[id(item)]) for item in once.values()]


def _likely(weighed: Weighed) -> list[_Trouble]:
    """What rules chose unless it is unlikely, and clauses without a word of a rule that are likely; else the best."""
    chances = {(clause.laid.part.source, clause.laid.part.offset, clause.span): clause for clause in weighed.clauses}

    def chance(trouble: _Trouble) -> float:
        own = chances.get((trouble.part.source, trouble.part.offset, trouble.clause))
        if own is not None:
            return own.chance
        near = [
            each.chance
            for each in weighed.clauses
            if each.laid.part is trouble.part and each.span[0] <= trouble.hit.start < each.span[1]
        ]
        return near[0] if near else trouble.sure

    kept = [replace(trouble, chance=chance(trouble)) for trouble in weighed.picked]
    taken = [(trouble.part, trouble.clause) for trouble in kept]
    body = [clause for clause in weighed.clauses if clause.laid.part.source != "subject"]
    free = [
        clause
        for clause in body
        if not any(part is clause.laid.part and a < clause.span[1] and clause.span[0] < b for part, (a, b) in taken)
    ]
    likely = [trouble for trouble in kept if trouble.chance >= _UNLIKELY]
    near = {(id(part), edge) for part, span in taken for edge in span}
    likely += [_of_clause(clause, weighed) for clause in free if clause.chance >= _needed(clause, near)]
    if likely:
        return sorted(likely, key=lambda trouble: -trouble.chance)[:_MOST]
    best = max(free, key=lambda clause: clause.chance, default=None)
    first = max(kept, key=lambda trouble: trouble.chance, default=None)
    if first is not None and (best is None or first.chance >= best.chance):
        return [first]
    return [_of_clause(best, weighed)] if best is not None and best.chance >= _SOME else []


def _needed(clause: telling.Clause, near: Set[tuple[int, int]]) -> float:
    """How likely a clause must be; right beside a chosen one it mostly says the same once more, or how many."""
    start, end = clause.span
    part = id(clause.laid.part)
    beside = any((part, at) in near for at in (*range(start - 3, start), *range(end + 1, end + 4)))
    if not beside:
        return _LIKELY
    return _LIKELY_COUNT if _COUNTED.search(clause.laid.text, start, end) else _LIKELY_BESIDE


def _of_clause(clause: telling.Clause, weighed: Weighed) -> _Trouble:
    """The trouble of a clause: the one a rule sees in it, else the clause itself."""
    part, text = clause.laid.part, clause.laid.text
    for trouble in weighed.troubles:
        if trouble.part is part and clause.span[0] <= trouble.hit.start < clause.span[1]:
            return replace(trouble, chance=clause.chance, vouched=False)
    start = after_mark(text, *clause.span)
    hit = Hit(_BY_CLAUSE, start, clause.span[1], start)
    return _Trouble(
        part, text, hit, clause.span, item_at(clause.laid.items, start), clause.chance, clause.chance, False
    )


def _code(hit: Hit) -> str:
    return code_of(hit.rule.subkind, hit.rule.reason)


def _place(trouble: _Trouble) -> int:
    return trouble.part.offset + trouble.hit.start


def _finding(trouble: _Trouble) -> Finding:
    span = _short(trouble.text, trouble.hit, trouble.clause, trouble.part.lexicon)
    rule = trouble.hit.rule
    sure = rule.confidence if trouble.vouched and trouble.chance >= _EVEN else min(trouble.chance, _BY_CHANCE)
    return trouble.part.finding("defect_or_issue", *span, rule.name, max(sure, _FLOOR))


def _told(trouble: _Trouble, finding: Finding) -> Told:
    """A trouble with the stretch of the mail that speaks of it: its item of a list, else its sentence."""
    scope = sentence(trouble.text, trouble.hit.start, trouble.hit.end)
    if trouble.item is not None:
        scope = trouble.item.start, trouble.item.end
    at, rule = trouble.part.offset, trouble.named.rule
    code = _code(trouble.named)
    box = next(iter(boxes([code])), "")
    words = Trouble(finding.value, finding.source, finding.start, finding.end, rule.subkind, code, box)
    return Told(words, (at + scope[0], at + scope[1]), at + trouble.clause[0])


def _troubles(laid: Laid, title: str) -> list[_Trouble]:
    """One trouble for each clause that holds a word of one."""
    hits = longest(laid.part.of("defect_or_issue"), lambda hit: (hit.start, hit.end), lambda hit: hit.rule.confidence)
    if not hits:
        return []
    part, text = laid.part, laid.text
    # A slip of their own pen, or no more than what a column counts.
    void = [(hit.start, hit.end) for hit in part.hits if hit.rule.subkind == "更正"] + list(counts.labels(part))
    best: dict[Span, _Trouble] = {}
    for hit in hits:
        if any(start < hit.end and hit.start < end for start, end in void):
            continue
        around = clause(text, hit.start, hit.end)
        trouble = _trouble(laid, hit, around, item_at(laid.items, hit.start), title, part.lexicon)
        known = best.get(around)
        if known is None or trouble.sure > known.sure:
            best[around] = trouble
    return list(best.values())


def _trouble(laid: Laid, hit: Hit, around: Span, item: Item | None, title: str, lexicon: Lexicon) -> _Trouble:
    part, text = laid.part, laid.text
    told = sentence(text, hit.start, hit.end)
    words = text[hit.start : hit.end]
    before = text[around[0] : hit.start]
    sure = hit.rule.confidence
    if part.source != "subject":
        sure += 0.1 if words in title else 0.0
        sure += 0.12 * (1 - hit.start / max(len(text), 1))
    else:
        sure -= 0.02
    if lexicon(_IF).search(text, max(told[0], hit.start - 30), hit.start) or lexicon(_IF).match(text, hit.end):
        sure -= 0.4
    if lexicon(_THREAT).search(text, *around):
        sure -= 0.6
    if lexicon(_AFTERMATH).search(text, *around):
        sure -= 0.3
    if lexicon(_FORMERLY).search(text, max(told[0], hit.start - 25), hit.start):
        sure -= 0.2
    if lexicon(_NOT_SO).search(before) or lexicon(_FINE).search(text, *around):
        sure -= 0.4
    if text[max(0, around[0] - 1) : around[0]] == "(":
        sure -= 0.15
    wanted = item is not None and item.wanted
    if wanted or any(True for _ in asking(text, around[0], hit.start, lexicon)) or _is_asked(part, around, hit):
        sure -= 0.35
    return _Trouble(part, text, hit, around, item, sure)


def _is_asked(part: Part, around: Span, hit: Hit) -> bool:
    """Whether the word of trouble is a part of what is asked for: 提交故障原因的报告, 多扣的钱退给顾客."""
    return any(
        around[0] <= wish.start and wish.end <= around[1] and (wish.start <= hit.start and hit.end <= wish.end)
        for wish in part.of("demand")
        if wish.rule.value
    )


def _picked(troubles: Sequence[_Trouble]) -> list[_Trouble]:
    best = max(troubles, key=lambda trouble: trouble.sure)
    body = [trouble for trouble in troubles if trouble.part.source != "subject"]
    if best.part.source == "subject":
        same = [trouble for trouble in body if trouble.sure >= best.sure or trouble.words in best.words]
        best = max(same, key=lambda trouble: trouble.sure, default=best)
    picked = [best]
    chosen: dict[int, _Trouble] = {}
    for trouble in body:
        item = trouble.item
        if item is None or item.wanted or trouble.sure < _LEAST_OF_ITEM:
            continue
        if item.start not in chosen or trouble.sure > chosen[item.start].sure + _FIRST_FIRST:
            chosen[item.start] = trouble
    if len(chosen) > 1:
        picked = [*chosen.values()]
    elif chosen and best.item is None:  # the title names what the other items tell at length
        picked = [best, *chosen.values()]
    return picked if len(picked) > 1 else [*picked, *_beside(best, troubles)]


def _of_other_classes(picked: Sequence[_Trouble], troubles: Sequence[_Trouble]) -> list[_Trouble]:
    """The surest trouble of each class that none of those picked is of: rudeness beside a defect, a wrong invoice."""
    known = {trouble.sort for trouble in picked}
    best: dict[str, _Trouble] = {}
    for trouble in troubles:
        sort = trouble.sort
        if not sort or sort in known or trouble.part.source == "subject" or trouble.sure < _LEAST_OF_CLASS:
            continue
        if "" in known and sort == QUALITY:  # what was picked may be the same in other words
            continue
        if sort not in best or trouble.sure > best[sort].sure:
            best[sort] = trouble
    return list(best.values())


def _beside(best: _Trouble, body: Sequence[_Trouble]) -> list[_Trouble]:
    """The troubles told in the same breath, when they are as plain."""
    near = [
        trouble
        for trouble in body
        if trouble is not best
        and trouble.part is best.part
        and trouble.words != best.words
        and trouble.sure >= (_ALIKE if _parallel(trouble, best) else _PLAIN)
        and abs(trouble.hit.start - best.hit.end) < 45
    ]
    return near[:_ALSO]


def _parallel(one: _Trouble, other: _Trouble) -> bool:
    """Whether two neighbouring clauses both count what is wrong: 8 chairs lack A, 3 lack B."""
    first, second = sorted((one.clause, other.clause))
    near = second[0] - first[1] <= 3
    return near and all(_COUNTED.search(one.text, *span) is not None for span in (first, second))


def _short(text: str, hit: Hit, around: Span, lexicon: Lexicon) -> Span:
    """The clause, or when it is long the words about the trouble."""
    start, end = around
    start = after_mark(text, start, hit.start)
    while (match := lexicon(_LEAD).match(text, start, hit.start)) and match.end() > start:
        start = match.end()
    latin = text[hit.start : hit.end].isascii()
    if end - start <= (_LATIN_CLAUSE if latin else _CLAUSE):
        return trimmed(text, start, end)
    return _cut_latin(text, hit, start, end) if latin else _cut(text, hit, start, end, lexicon)


def _cut(text: str, hit: Hit, start: int, end: int, lexicon: Lexicon) -> Span:
    first = max(start, hit.start - _LEFT)
    for match in lexicon(_CUT).finditer(text, first, hit.start):
        first = match.end()
    stop = lexicon(_CUT).search(text, hit.end, min(end, hit.end + _RIGHT))
    return trimmed(text, first, stop.start() if stop else hit.end)


def _cut_latin(text: str, hit: Hit, start: int, end: int) -> Span:
    first = max(start, hit.start - 40)
    while first > start and text[first - 1] != " ":
        first -= 1
    for match in _CUT_WORD.finditer(text, first, hit.start):
        first = match.end()
    stop = _CUT_WORD.search(text, hit.end, min(end, hit.end + 30))
    last = stop.start() if stop else text.rfind(" ", hit.end, hit.end + 30) if end > hit.end + 30 else end
    return trimmed(text, first, max(last, hit.end))
