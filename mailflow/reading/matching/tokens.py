"""Token patterns of rules, as spaCy's ``Matcher`` takes them (rules/README.md).

The tokenizer is spaCy's Chinese one in its character mode, with two changes that make it faster and exact: a run of
Latin letters or of digits is one token, and white space is no token.  A word no rule knows becomes one placeholder:
strangers' words never grow spaCy's memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mailflow.reading.matching.phrases import UNKNOWN, WORD
from mailflow.reading.matching.rule import Rule


class TokenPatterns:
    """The token patterns of some rules.  Building it loads spaCy."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        import spacy
        from spacy.matcher import Matcher
        from spacy.tokens import Doc

        self._vocab = spacy.blank("zh").vocab
        self._doc: Any = Doc
        self._matcher = Matcher(self._vocab)
        self._unknown = int(self._vocab.strings.add(UNKNOWN))
        self._rules: dict[int, Rule] = {}
        for rule in rules:
            self._matcher.add(rule.name, [list(pattern) for pattern in rule.tokens])
            self._rules[self._vocab.strings[rule.name]] = rule
        # Each word of the rules, and its number in spaCy's vocabulary.
        literals = {word for rule in rules for pattern in rule.tokens for word in _literals(pattern)}
        self._orths = {word: int(self._vocab.strings.add(word)) for word in sorted(literals)}

    def find(self, text: str) -> Iterator[tuple[Rule, int, int]]:
        """Every place in a folded text where a rule's token pattern holds, as (rule, start, end)."""
        spans: list[tuple[int, int]] = []
        orths: list[int] = []
        for match in WORD.finditer(text):
            orth = self._orths.get(match[0], self._unknown)
            if orth != self._unknown or not orths or orths[-1] != orth:  # a run of unknown words is one
                orths.append(orth)
                spans.append(match.span())
        if orths:
            for key, first, last in self._matcher(self._doc(self._vocab, words=orths)):
                yield self._rules[key], spans[first][0], spans[last - 1][1]


def _literals(pattern: Sequence[dict[str, Any]]) -> Iterator[str]:
    for token in pattern:
        for name in ("TEXT", "ORTH", "LOWER"):
            value = token.get(name)
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from (word for word in value.get("IN", ()) if isinstance(word, str))
