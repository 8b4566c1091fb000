"""How sure a reading is: the share of such readings that were right in labelled mails, and what it is good for.

What a rule gives as confidence is its writer's guess.  Beside it stands the *ground* of a reading: a label, the clause
that asks, the same words twice.  ``bands.yaml`` has for each field, ground and step of raw confidence how many
readings were right; :func:`graded` puts that share in the place of the guess, so that one pair of limits holds for
every field (docs/reading-confidence.md).  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from mailflow.domain.model import SUPERSEDED, Details, Finding
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.text.clauses import Laid, asking, clause

STEPS = (0.0, 0.5, 0.7, 0.89, 0.95)
"""Where the steps of raw confidence begin."""
_TOP = {"defect_or_issue": 0.7, "product": 1.0}  # above it the readings of a field are equally often right ...
_USUAL_TOP = 0.89  # ... of others
PRIOR, _AT_MOST = 3.0, 0.9
"""Readings of the whole field that stand beside those of a cell, and how often they are right at most: a few lucky hits
prove nothing."""
_BANDS = Path(__file__).with_name("bands.yaml")
_TWICE = frozenset({"model", "order_no", "batch_no", "quantity"})
_GOODS = frozenset({"product", "model"})
_SENTENCES = frozenset({"demand", "defect_or_issue"})
_LABELS = ("-label", "-column")
_SAY_ALL = frozenset({"labelled", "sender", "quoted", "file"})
_LISTED = "catalogue"
_WHERE = frozenset({"subject", "new_text", "forwarded_text"})
_FLOOR = 2 * SUPERSEDED  # what stands is never taken for what was taken back


class Band(StrEnum):
    """What a reading is good for: to be told the customer; to be printed and asked about; nothing."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Read:
    """A finding as its rule gave it, with its ground."""

    finding: Finding
    ground: str

    @property
    def cell(self) -> tuple[str, str, float]:
        """Field, ground and step: what is counted together.  Where the ground says it all there are no steps."""
        raw = 0.0 if self.ground in _SAY_ALL else self.finding.confidence
        return self.finding.field, self.ground, step(min(raw, _TOP.get(self.finding.field, _USUAL_TOP)))


@dataclass(frozen=True, slots=True)
class Sureness:
    """Counts of readings, right and all, by cell, and the limits of the bands."""

    high: float
    asked: float
    low: float
    counts: Mapping[tuple[str, str, float], tuple[int, int]]
    _wholes: Mapping[str, float] = field(init=False)  # of each field, how often its readings are right at all

    def __post_init__(self) -> None:
        sums: dict[str, tuple[int, int]] = {}
        for (name, _, _), (right, every) in self.counts.items():
            before = sums.get(name, (0, 0))
            sums[name] = before[0] + right, before[1] + every
        wholes = {name: min(right / every, _AT_MOST) for name, (right, every) in sums.items()}
        object.__setattr__(self, "_wholes", wholes)

    def share(self, read: Read) -> float:
        """How often such a reading is right, 0..1; what the rule said where nothing was counted.

        A cell of few readings is drawn towards its field.
        """
        whole = self._wholes.get(read.finding.field)
        if whole is None or read.ground == "known":
            return read.finding.confidence
        right, every = self.counts.get(read.cell, (0, 0))
        return max(round((right + PRIOR * whole) / (every + PRIOR), 3), _FLOOR)

    def band(self, confidence: float) -> Band:
        """The band of a graded confidence."""
        return Band.HIGH if confidence >= self.high else Band.LOW if confidence < self.low else Band.MIDDLE


@cache
def shipped() -> Sureness:
    """The counts and limits this release comes with."""
    told = yaml.safe_load(_BANDS.read_text("utf-8"))
    counts = {
        (name, row["ground"], float(row["from"])): (row["right"], row["of"])
        for name, rows in (told["fields"] or {}).items()
        for row in rows
    }
    return Sureness(told["high"], told["asked"], told["low"], counts)


def graded(reads: Iterable[Read], sureness: Sureness) -> list[Finding]:
    """The findings with the share of their cell as confidence; what was taken back stays so."""
    return [replace(read.finding, confidence=sureness.share(read)) if read.ground else read.finding for read in reads]


def grounded(found: Iterable[Finding], mail: Sequence[Laid], disputed: bool) -> list[Read]:
    """Each finding with its ground; none (empty) for what was taken back, and where no words were read.

    ``mail`` are the laid parts they were read from, ``disputed`` tells that the mail may be of more than one kind.
    """
    found = list(found)
    told = [laid.part for laid in mail if laid.part.source in _WHERE]
    reads = []
    for item in found:
        stands = item.confidence > SUPERSEDED and item.words
        reads.append(Read(item, _ground(item, mail, told, found, disputed) if stands else ""))
    return reads


def step(raw: float) -> float:
    """The step a raw confidence stands on."""
    return max(start for start in STEPS if start <= raw)


def band(confidence: float) -> Band:
    """The band of a graded confidence by the shipped limits."""
    return shipped().band(confidence)


def asked(confidence: float) -> bool:
    """Whether a reading may be put to the customer as a question: rather right than not."""
    return confidence >= shipped().asked


def printed(details: Details) -> Details:
    """The details without what is right too seldom to be printed; values nobody read but that hold as usual stay."""
    kept = tuple(item for item in details.findings if not item.words or band(item.confidence) is not Band.LOW)
    return replace(details, findings=kept)


# ------------------------------------------------------------------------------------------------------------- grounds


def _ground(item: Finding, mail: Sequence[Laid], told: Sequence[Part], found: Sequence[Finding], disputed: bool) -> str:
    if item.source == "quoted_text":
        return "quoted"
    if item.rule.startswith(_LISTED):
        return "known"
    if item.rule.endswith(_LABELS):
        return "labelled"
    if item.source == "from":
        return "sender"
    if item.field in _SENTENCES and any(_mostly(other, item) for other in found if other.field in _GOODS):
        return "goods"
    if item.field == "demand":
        return _asked(item, mail)
    if item.field == "requested_deadline":
        near = any(_touch(wish, item) for wish in found if wish.field == "demand")
        return "told" if not near and _asked(item, mail) == "told" else "asked"
    if item.field == "defect_or_issue":
        return "file" if item.source not in _WHERE else "disputed" if disputed else "told"
    words = fold(item.words)
    return "twice" if item.field in _TWICE and sum(part.text.count(words) for part in told) > 1 else "told"


def _asked(item: Finding, mail: Sequence[Laid]) -> str:
    """Whether the clause stands in a list of wishes, or asks."""
    for laid in mail:
        part, at = laid.part, item.start - laid.part.offset
        if part.source != item.source or not 0 <= at < len(part.text):
            continue
        if any(each.wanted and each.start <= at < each.end for each in laid.items):
            return "item"
        start, end = clause(laid.text, at, at + len(item.words))
        if any(True for _ in asking(laid.text, start, end, part.lexicon)):
            return "asked"
    return "told"


def _touch(one: Finding, other: Finding) -> bool:
    return one.source == other.source and one.start <= other.end + 2 and other.start <= one.end + 2


def _mostly(name: Finding, item: Finding) -> bool:
    """Whether a name makes up most of the words."""
    common = min(name.end, item.end) - max(name.start, item.start)
    return name.source == item.source and 2 * common > item.end - item.start
