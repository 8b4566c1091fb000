"""What a colleague says of the facts read from a customer's mail: labelled lines, prose, "right", "not in the mail"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.reading.answers import labelled
from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.corrections import day_finder, fact_value, read_corrections, unclear
from mailflow.reading.answers.labelled import Labelled
from mailflow.reading.answers.move_words import MoveWords
from mailflow.reading.answers.pieces import MAX_TEXT, cut
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading, is_blank
from mailflow.reading.answers.verdicts import is_instruction, is_verdict_line
from mailflow.reading.answers.words import squeeze
from mailflow.reading.matching.normalise import fold, plain

_SEVERAL = frozenset({"order_no", "model", "batch_no", "quantity", "phone"})
_CUT = re.compile("[;；、]")
_TICKED = re.compile(r"[√✓✔☑■☒]\s?([^\s□☐◻√✓✔☑■☒]{1,20})")
_BOXES = re.compile("[□☐◻√✓✔☑■☒]")
_DAYS = frozenset({"happened_on", "requested_deadline"})
_SHAPED = frozenset({"order_no", "model", "batch_no", "quantity", "phone", *_DAYS})
_COLON = re.compile(r"[:∶︰=|\t\]]|-{1,4}\s*$")
MAX_VALUE = 200
_OURS = " · "  # between the facts our mails sum up


@dataclass(frozen=True, slots=True)
class Known:
    """The fields one may put right: ``titles`` by field, what each holds now (several joined by ``；``), and the boxes
    of those that are ticked."""

    titles: Mapping[str, Sequence[str]]
    values: Mapping[str, str]
    boxes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidOfFacts:
    """``values`` by field: none where the mail holds none; the known ones where they are confirmed.

    ``doubts`` are the sender's words that were not clear.  ``labelled``: every value stood behind its label.  ``rest``
    is the text without what was read here, every position kept.  ``right``: all that was asked is right.
    """

    values: Mapping[str, tuple[str, ...]]
    rest: str
    doubts: tuple[str, ...] = ()
    labelled: bool = True
    right: bool = False


def read_facts(
    reading: Reading, words: MoveWords, text: str, known: Known, others: Mapping[str, FieldSpec]
) -> SaidOfFacts:
    """Read the new text of an answer.  ``others`` are the fields its task asks for: their lines are left alone.

    The same field with two values, a question or a guess is a doubt.  Never raises on strangers' text.
    """
    if len(text) > MAX_TEXT:
        return SaidOfFacts({}, text)
    body = own_words(reading.words, text)
    folded = _own_lines(reading, without_quoted_lines(fold(body)))
    found = _Found(reading, words, known)
    prose = folded
    for item in _lines(reading, folded, known, others):
        if item.field.name in others or (
            _separated(folded, item) and found.line(item, body[item.value_start : item.end])
        ):
            prose = blank_out(prose, item.start, item.end)
    told = "".join(sign if kept != " " else " " for sign, kept in zip(body, prose, strict=True))
    found.prose(told)
    rest = text
    for start, end in found.spans:
        rest = blank_out(rest, start, end)
    right = not found.values and _is_right(words, without_quoted_lines(fold(own_words(reading.words, rest))))
    return SaidOfFacts(found.settled(), rest, tuple(found.doubts), found.labelled, right)


class _Found:
    """What was read so far, by field, with where it stood."""

    def __init__(self, reading: Reading, words: MoveWords, known: Known) -> None:
        self.reading, self.words, self.known = reading, words, known
        self.values: dict[str, list[tuple[str, ...]]] = {}
        self.spans: list[tuple[int, int]] = []
        self.doubts: list[str] = []
        self.labelled = True

    def line(self, item: Labelled, said: str) -> bool:
        """Take in a labelled value; False when it is left blank, or is no value of a field like that."""
        name, said = item.field.name, _bare(said)
        if is_blank(self.reading.words, said):
            return False
        value = self._value(name, said)
        if value is None:  # its line stays in sight: nobody signs beside it
            self.doubts.append(f"{item.label}：{said[:80]}")
        else:
            self.spans.append((item.start, item.end))
            self.values.setdefault(name, []).append(value)
        return True

    def prose(self, told: str) -> None:
        """Take in what is said in sentences; of what is not clear the sentence is kept."""
        zone, now = self.reading.zone, self.reading.now
        names = {name: value for name, value in self.known.values.items() if name in self.known.titles}
        said = read_corrections(self.reading.words, told, names, now=now, zone=zone)
        for item in said:
            if item.field not in self.known.titles:
                continue
            self.values.setdefault(item.field, []).append((item.value,))
            self.labelled = False
            if (at := told.find(item.words)) >= 0:
                self.spans.append((at, at + len(item.words)))
        self.doubts += unclear(self.reading.words, told, [item.words for item in said])

    def settled(self) -> dict[str, tuple[str, ...]]:
        """One value for each field; two of one field are a doubt."""
        for name, values in self.values.items():
            if len(set(values)) > 1:
                self.doubts.append(
                    f"{self.known.titles[name][0]}：{' / '.join('；'.join(one) for one in values)}"[:120]
                )
        return {name: values[0] for name, values in self.values.items() if len(set(values)) == 1}

    def _value(self, name: str, said: str) -> tuple[str, ...] | None:
        """The value of a field; None when the words are not clear."""
        squeezed = squeeze(said)
        if len(said) > MAX_VALUE or "?" in squeezed or self.reading.words["open_value"].whole(squeezed):
            return None
        now = self.known.values.get(name, "")
        if self.words.right.whole(squeezed):
            return tuple(now.split("；")) if now else None
        if self.words.nothing.whole(squeezed):
            return ()
        if self.reading.words["hedge"].find(squeezed) and name in _SHAPED:
            return None
        if boxes := self.known.boxes.get(name):
            return _ticked(said, boxes)
        parts = [part for part in (_CUT.split(said) if name in _SEVERAL else [said]) if part.strip()]
        values = [self._one(name, _first(self.reading, part)) for part in parts]
        return tuple(dict.fromkeys(values)) if values and all(values) else None

    def _one(self, name: str, said: str) -> str:
        if name in _DAYS:
            return fact_value(name, said, day_finder(self.reading.words, self.reading.now, self.reading.zone))
        if name == "quantity":
            return plain(said) if re.search(r"[\d一二两三四五六七八九十百千万]", said) else ""
        return fact_value(name, said, day_finder(self.reading.words, self.reading.now, self.reading.zone)) or plain(
            said
        )


# ------------------------------------------------------------------------------------------------------------ parts


def _own_lines(reading: Reading, folded: str) -> str:
    """The text without lines of our own mails, which some programs quote without a mark."""
    lines = folded.split("\n")
    return "\n".join(
        " " * len(line) if _OURS in line or is_instruction(reading.words, line) else line for line in lines
    )


def _lines(reading: Reading, folded: str, known: Known, others: Mapping[str, FieldSpec]) -> list[Labelled]:
    taken = {squeeze(title) for spec in others.values() for title in spec.titles}
    fields = dict(others)
    for name, titles in known.titles.items():
        mine = tuple(title for title in titles if squeeze(title) not in taken)
        fields[name] = FieldSpec(name, mine, "department")  # one line of words
    return labelled.find(folded, fields, lambda line: is_verdict_line(reading.words, line, reading.names))


def _separated(folded: str, item: Labelled) -> bool:
    """Is it a label?  A blank alone separates none (产品 请尽快换), nor 是 words of any shape (产品是好的)."""
    between = folded[item.start : item.value_start]
    if _COLON.search(between):
        return True
    if re.search("[为是]\\s*$", between) is None or item.field.name not in _SHAPED:
        return False
    return re.search("[,;。不]", folded[item.value_start : item.end].strip(" ,;。")) is None


def _is_right(words: MoveWords, folded: str) -> bool:
    pieces = cut(folded)
    return bool(pieces) and any(words.right.whole(piece.words) for piece in pieces[:1]) and not pieces[0].asked


def _first(reading: Reading, said: str) -> str:
    """The value without a courtesy behind it."""
    pieces = cut(fold(said))
    behind = next(_courtesy(reading, said), None)
    return said[: pieces[behind].start].rstrip(" ，,。.;；、") if behind else said.strip(" ，,。.;；、")


def _courtesy(reading: Reading, said: str) -> Iterator[int]:
    pieces = cut(fold(said))
    polite = reading.words["polite"]
    for place in range(1, len(pieces)):
        if all(polite.whole(piece.words) for piece in pieces[place:]):
            yield place


def _ticked(said: str, boxes: Sequence[str]) -> tuple[str, ...] | None:
    """The boxes meant, in their own order; None when a word is none of them."""
    named = (
        _TICKED.findall(said) if _BOXES.search(said) else [part for part in re.split("[、，,;；\\s]+", said) if part]
    )
    known = {squeeze(box): box for box in boxes}
    found = [known.get(squeeze(name)) for name in named]
    if not found or not all(found):
        return None
    return tuple(box for box in boxes if box in found)


def _bare(said: str) -> str:
    return said.strip().strip("|*_").strip().rstrip(" ;；,，。")
