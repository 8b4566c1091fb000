"""Find the rules' patterns in folded text: spaCy for phrases and token patterns, ``re`` for code shapes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailflow.reading.matching.gate import Gate
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.phrases import Phrases
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matching.tokens import TokenPatterns

# What may stand between a label and its code: 号, no., a colon, 为, an opening quote.
_WORD_GAP = r"(?:号码|编号|号|nos?\b\.?|numbers?\b|#)?"
_MISTAKE = (
    r"(?:写错了?|填错了?|错了|有误)[ ,;]{0,2}(?:应该?[是为]|改[成为]|更正为|正确的?[是为])"  # 批号写错了,应为 ...
)
# 批号写错了,不是A是B; 订单号由A改为B: A is read too, and known to be taken back.
_NOT_IT = (
    r"(?:(?:写错了?|填错了?|错了|有误|更正|变更)?[ ,;:]{0,2}"
    r"(?:不是|并非|(?:is|was) not\b|由(?=[a-z0-9/_.-]{3,30}[ ]?(?:改|变|更|调))))"
)
_LABEL_GAP = (
    rf"\.?[ \t]{{0,3}}{_WORD_GAP}[ \t]{{0,3}}(?:[:=#](?:[ \t]{{0,3}}\n)?|为|是|{_NOT_IT}|is\b|was\b|{_MISTAKE})?"
    r"[ \t]{0,3}[\"'(\[]?[ \t]{0,2}"
)
_ESCAPED, _CAPITAL = re.compile(r"\\."), re.compile("[^\\W\\d_a-z\u3400-\u9fff]")
_JOINS = ("-", "_")
_ENOUGH = 60  # hits of one rule in one text: who says it more often says nothing new


@dataclass(slots=True, eq=False)  # known by identity; not frozen, for a mail makes hundreds of them
class Hit:
    """A rule found something: the span of its words, and of the whole match when a label stands before them."""

    rule: Rule
    start: int
    end: int
    whole_start: int


class Pipeline:
    """All patterns of a rulebook, compiled, and its word lists; it holds no mail's state."""

    def __init__(self, rules: Sequence[Rule], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._phrases: Phrases[int] = Phrases()  # rules by their number in ``_told``
        self._told: list[tuple[Rule, tuple[str, ...] | None]] = []  # with the shapes behind labels, if it is one
        self._expressions: dict[tuple[str, bool], re.Pattern[str]] = {}  # compiled when first tried: most never are
        self._tokens: TokenPatterns | None = None
        self._shapes: list[tuple[Rule, str]] = []  # that may stand anywhere
        self._guards = {
            rule.name: (tuple(map(fold, rule.not_after)), tuple(map(fold, rule.not_before)))
            for rule in rules
            if rule.not_after or rule.not_before
        }
        self._whole = {rule.name for rule in rules if rule.whole}
        for rule in rules:
            self._add(rule)
        self._gate = Gate((shape, map(fold, rule.only_with)) for rule, shape in self._shapes)
        if told := [rule for rule in rules if rule.tokens]:
            self._tokens = TokenPatterns(told)

    def hits(self, text: str) -> list[Hit]:
        """Every place a rule holds in a text that was folded before, in reading order."""
        found = [*self._word_hits(text), *self._shape_hits(text)]
        found.sort(key=_place)
        kept: list[Hit] = []
        counts: dict[str, int] = {}
        guards = self._guards
        for hit in found:
            name = hit.rule.name
            count = counts.get(name, 0)
            if name in self._whole and _is_piece(hit, text):
                continue
            if count < _ENOUGH and (name not in guards or not self._forbidden(hit, text)):
                counts[name] = count + 1
                kept.append(hit)
        return kept

    # -------------------------------------------------------------------------------------------- how it is built

    def _add(self, rule: Rule) -> None:
        if rule.phrases:
            self._tell(rule, rule.phrases, None)
        if rule.labels:
            self._tell(rule, rule.labels, rule.shapes)
            return
        self._shapes += [(rule, shape) for shape in rule.shapes]

    def _tell(self, rule: Rule, phrases: Sequence[str], shapes: tuple[str, ...] | None) -> None:
        for phrase in phrases:
            self._phrases.add(len(self._told), fold(phrase))
        self._told.append((rule, shapes))

    # --------------------------------------------------------------------------------------------- how it searches

    def _word_hits(self, text: str) -> Iterator[Hit]:
        told = self._told
        for number, start, end in self._phrases.find(text):
            rule, shapes = told[number]
            if shapes is None:
                yield Hit(rule, start, end, start)
            elif hit := self._code_after(rule, shapes, text, start, end):
                yield hit
        if self._tokens is not None:
            for rule, start, end in self._tokens.find(text):
                yield Hit(rule, start, end, start)

    def _shape_hits(self, text: str) -> Iterator[Hit]:
        for number in self._gate.opened(text):
            rule, shape = self._shapes[number]
            for match in self._expression(shape, is_labelled=False).finditer(text):
                start, end = match.span("value")
                if end > start:
                    yield Hit(rule, start, end, match.start())

    def _code_after(self, rule: Rule, shapes: Sequence[str], text: str, start: int, end: int) -> Hit | None:
        """The code behind a label that stands at ``start:end``."""
        for shape in shapes:
            match = self._expression(shape, is_labelled=True).match(text, end)
            if match and match.end("value") > match.start("value"):
                return Hit(rule, start if rule.keep_label else match.start("value"), match.end("value"), start)
        return None

    def _expression(self, shape: str, *, is_labelled: bool) -> re.Pattern[str]:
        found = self._expressions.get((shape, is_labelled))
        if found is None:
            found = self._expressions[shape, is_labelled] = compile_shape(shape, is_labelled=is_labelled)
        return found

    def _forbidden(self, hit: Hit, text: str) -> bool:
        """Whether words stand right before or behind a hit that its rule excludes."""
        before, behind = self._guards[hit.rule.name]
        if before and text[max(0, hit.whole_start - 12) : hit.whole_start].rstrip().endswith(before):
            return True
        return bool(behind) and text[hit.end : hit.end + 12].lstrip().startswith(behind)


def _is_piece(hit: Hit, text: str) -> bool:
    """Whether the hit is a piece of a longer code: CX-20 of CX-200, CX-20-A or ACX-20."""
    before, behind = text[max(0, hit.start - 2) : hit.start], text[hit.end : hit.end + 2]
    return any(
        _ends_code(signs[:1]) or (signs[:1] in _JOINS and _ends_code(signs[1:])) for signs in (before[::-1], behind)
    )


def _ends_code(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _place(hit: Hit) -> tuple[int, int]:
    return hit.start, -hit.end


def compile_shape(shape: str, *, is_labelled: bool) -> re.Pattern[str]:
    """A code shape as an expression with the group ``value`` for folded text; tried where a label ends, if it has one.

    Folded text has small letters only, so case is looked at: ``re`` then skips to what a match begins with.
    """
    flags = re.IGNORECASE if _CAPITAL.search(_ESCAPED.sub("", shape)) else re.NOFLAG
    return re.compile(f"{_LABEL_GAP if is_labelled else ''}(?P<value>{shape})", flags)


# ------------------------------------------------------------------------------------------------ rules on the bench


_HOSTILE = ("a", "1", " ", "中", "-", "a1", "1-", "a ", "一二", "(", ".", "件1", "\n")
_SLOW_SECONDS, _FAST_SECONDS = 0.05, 0.0005


def slow_shape(rule: Rule) -> str:
    """The first shape of a rule that takes too long on hostile text, or an empty string."""
    for shape in rule.shapes:
        pattern = compile_shape(shape, is_labelled=bool(rule.labels))
        search = pattern.match if rule.labels else pattern.search
        for unit in _HOSTILE:
            # Small texts first: an exponential pattern shows itself before it could hang the check.
            for count in (12, 16, 20, 24, 200, 4000):
                began = time.thread_time()
                search(unit * count)
                spent = time.thread_time() - began
                if spent > _SLOW_SECONDS:
                    return shape
                if count == 200 and spent < _FAST_SECONDS:
                    break
    return ""


def failing_examples(pipeline: Pipeline, rules: Iterable[Rule]) -> Iterator[tuple[Rule, str, int]]:
    """Each example that does not do what it promises, as (rule, ``matches`` or ``misses``, its index)."""
    for rule in rules:
        for kind, wanted in (("matches", True), ("misses", False)):
            for index, sentence in enumerate(getattr(rule, kind)):
                if any(hit.rule is rule for hit in pipeline.hits(fold(sentence))) is not wanted:
                    yield rule, kind, index
