"""Find the rules' patterns in folded text: spaCy for words, ``re`` for code shapes.

The tokenizer is spaCy's Chinese one in its character mode, with two changes that make it faster and exact: a run of
Latin letters or of digits is one token (so ``late`` is not found in ``translate``), and white space is no token (so
``异 响`` is found).  A word no rule knows becomes one placeholder: strangers' words never grow spaCy's memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailflow.reading.normalise import fold
from mailflow.reading.patterns import needed_words
from mailflow.reading.rules import Rule

_TOKEN = re.compile(r"[a-z]+|[0-9]+|\S")
_UNKNOWN = "\ue000"
# What may stand between a label and its code: 号, no., a colon, 为, an opening quote.
_WORD_GAP = r"(?:号码|编号|号|nos?\b\.?|numbers?\b|#)?"
_MISTAKE = (
    r"(?:写错了?|填错了?|错了|有误)[ ,;]{0,2}(?:应该?[是为]|改[成为]|更正为|正确的?[是为])"  # 批号写错了,应为 ...
)
_LABEL_GAP = (
    rf"\.?[ \t]{{0,3}}{_WORD_GAP}[ \t]{{0,3}}(?:[:=#]|为|是|is\b|was\b|{_MISTAKE})?[ \t]{{0,3}}[\"'(\[]?[ \t]{{0,2}}"
)
_LABEL = "|label"
_ENOUGH = 60  # hits of one rule in one text: who says it more often says nothing new


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A rule found something: the span of its words, and of the whole match when a label stands before them."""

    rule: Rule
    start: int
    end: int
    whole_start: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape that may stand anywhere, and words of which one is in every text it matches (None: cannot be told)."""

    rule: Rule
    pattern: re.Pattern[str]
    words: frozenset[str] | None


class Pipeline:
    """All patterns of a rulebook, compiled.  Building it loads spaCy; it holds no state of any mail."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        import spacy
        from spacy.matcher import Matcher, PhraseMatcher
        from spacy.tokens import Doc

        self._rules = {rule.name: rule for rule in rules}
        self._nlp = spacy.blank("zh")
        self._doc = Doc
        self._known = {_UNKNOWN}
        self._phrases = PhraseMatcher(self._nlp.vocab)
        self._tokens = Matcher(self._nlp.vocab)
        self._has_tokens = False
        self._labelled: dict[str, tuple[Rule, list[re.Pattern[str]]]] = {}
        self._shapes: list[_Shape] = []
        self._not_after = {rule.name: tuple(map(fold, rule.not_after)) for rule in rules if rule.not_after}
        self._not_before = {rule.name: tuple(map(fold, rule.not_before)) for rule in rules if rule.not_before}
        for rule in rules:
            self._add(rule)

    def hits(self, text: str) -> list[Hit]:
        """Every place a rule holds in a text that was folded before, in reading order."""
        found = [*self._word_hits(text), *self._shape_hits(text)]
        found.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        counts: dict[str, int] = {}
        for hit in found:
            name = hit.rule.name
            if counts.get(name, 0) < _ENOUGH and not self._forbidden(hit, text):
                counts[name] = counts.get(name, 0) + 1
                kept.append(hit)
        return kept

    # -------------------------------------------------------------------------------------------- how it is built

    def _add(self, rule: Rule) -> None:
        if rule.phrases:
            self._phrases.add(rule.name, self._docs(rule.phrases))
        if rule.labels:
            self._phrases.add(rule.name + _LABEL, self._docs(rule.labels))
        if rule.tokens:
            for pattern in rule.tokens:
                self._known.update(_literals(pattern))
            self._tokens.add(rule.name, [list(pattern) for pattern in rule.tokens])
            self._has_tokens = True
        if rule.labels:
            self._labelled[rule.name + _LABEL] = (rule, [compile_shape(shape, rule.labels) for shape in rule.shapes])
            return
        for shape in rule.shapes:
            words = frozenset(map(fold, rule.only_with)) or needed_words(fold(shape))
            self._shapes.append(_Shape(rule, compile_shape(shape, ()), words))

    def _docs(self, phrases: Sequence[str]) -> list[Any]:
        tokens = [_TOKEN.findall(fold(phrase)) for phrase in phrases]
        self._known.update(word for words in tokens for word in words)
        return [self._doc(self._nlp.vocab, words=words) for words in tokens]

    # --------------------------------------------------------------------------------------------- how it searches

    def _tokenize(self, text: str) -> tuple[Any, list[tuple[int, int]]]:
        """The text as a Doc, and where its tokens stand; a run of unknown words is one placeholder."""
        known, words, spans = self._known, [], []
        last = ""
        for match in _TOKEN.finditer(text):
            word = match[0]
            if word not in known:
                if last is _UNKNOWN:
                    continue
                word = _UNKNOWN
            words.append(word)
            spans.append(match.span())
            last = word
        return self._doc(self._nlp.vocab, words=words), spans

    def _word_hits(self, text: str) -> Iterator[Hit]:
        doc, spans = self._tokenize(text)
        matches = list(self._phrases(doc))
        if self._has_tokens:
            matches += self._tokens(doc)
        strings = self._nlp.vocab.strings
        for key, first, last in matches:
            name = strings[key]
            start, end = spans[first][0], spans[last - 1][1]
            if name in self._rules:
                yield Hit(self._rules[name], start, end, start)
            else:
                yield from self._code_after(name, text, start, end)

    def _code_after(self, label: str, text: str, start: int, end: int) -> Iterator[Hit]:
        rule, patterns = self._labelled[label]
        for pattern in patterns:
            match = pattern.match(text, end)
            if match and match.end("value") > match.start("value"):
                yield Hit(rule, start if rule.keep_label else match.start("value"), match.end("value"), start)
                return

    def _shape_hits(self, text: str) -> Iterator[Hit]:
        for shape in self._shapes:
            if shape.words is not None and not any(word in text for word in shape.words):
                continue
            for match in shape.pattern.finditer(text):
                start, end = match.span("value")
                if end > start:
                    yield Hit(shape.rule, start, end, match.start())

    def _forbidden(self, hit: Hit, text: str) -> bool:
        """Whether words stand right before or behind a hit that its rule excludes."""
        words = self._not_after.get(hit.rule.name)
        if words and text[max(0, hit.whole_start - 12) : hit.whole_start].rstrip().endswith(words):
            return True
        words = self._not_before.get(hit.rule.name)
        return bool(words) and text[hit.end : hit.end + 12].lstrip().startswith(words or ())


def compile_shape(shape: str, labels: Sequence[str]) -> re.Pattern[str]:
    """A code shape as an expression with the group ``value``; with labels it is tried where a label ends."""
    return re.compile(f"{_LABEL_GAP if labels else ''}(?P<value>{shape})", re.IGNORECASE)


def _literals(pattern: Sequence[dict[str, Any]]) -> Iterator[str]:
    for token in pattern:
        for name in ("TEXT", "ORTH", "LOWER"):
            value = token.get(name)
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from (word for word in value.get("IN", ()) if isinstance(word, str))


# ------------------------------------------------------------------------------------------------ rules on the bench


_HOSTILE = ("a", "1", " ", "中", "-", "a1", "1-", "a ", "一二", "(", ".", "件1", "\n")
_SLOW_SECONDS, _FAST_SECONDS = 0.05, 0.0005


def slow_shape(rule: Rule) -> str:
    """The first shape of a rule that takes too long on hostile text, or an empty string."""
    for shape in rule.shapes:
        pattern = compile_shape(shape, rule.labels)
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
