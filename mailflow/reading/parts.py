"""The parts of a mail that are read, folded once, each with what the rules hit in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.model import Finding, Message
from mailflow.reading.normalise import code, fold, plain
from mailflow.reading.pipeline import Hit, Pipeline

# Nobody writes more than this; a hostile megabyte is read at its two ends, where people say what they want.
HEAD, TAIL = 24_000, 8_000
SHORT = 5_000  # of subjects, signatures and quoted mails

CODES = frozenset({"order_no", "batch_no", "model"})


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A stretch of one named part: ``text[i]`` is the folded ``original[i]`` and stands at ``offset + i`` there."""

    source: str
    original: str
    text: str
    offset: int = 0
    hits: tuple[Hit, ...] = ()

    def of(self, *fields: str) -> Iterator[Hit]:
        """The hits of rules that find one of these fields."""
        return (hit for hit in self.hits if hit.rule.finds in fields)

    def finding(
        self, field: str, start: int, end: int, rule: str, confidence: float, value: str | None = None
    ) -> Finding:
        """A Finding for ``text[start:end]``; the value defaults to the words, or to the bare code for codes."""
        words = self.original[start:end]
        if value is None:
            value = code(words) if field in CODES else plain(words)
        at = self.offset + start
        return Finding(field, value, words, self.source, at, at + len(words), rule, round(confidence, 3))


def read(message: Message, pipeline: Pipeline) -> list[Part]:
    """Subject, new text, forwarded text, signature and quoted text, in that order; absent parts are left out."""
    found: list[Part] = []
    for source in ("subject", "new_text", "forwarded_text", "signature", "quoted_text"):
        head, tail = (HEAD, TAIL) if source in ("new_text", "forwarded_text") else (SHORT, SHORT)
        for offset, original in _windows(getattr(message, source), head, tail):
            text = fold(original)
            hits = [hit for hit in pipeline.hits(text) if not hit.rule.parts or source in hit.rule.parts]
            found.append(Part(source, original, text, offset, tuple(hits)))
    return found


def select(parts: Sequence[Part], *sources: str) -> list[Part]:
    """The parts of these sources, in the order the sources are named."""
    return [part for source in sources for part in parts if part.source == source]


def _windows(text: str, head: int, tail: int) -> Iterator[tuple[int, str]]:
    if len(text) <= head + tail:
        if text.strip():
            yield 0, text
    else:
        yield 0, text[:head]
        yield len(text) - tail, text[-tail:]
