"""The words of ``rules/answers.yaml``: loaded, checked by their own examples, ready to be looked for.

Every group of words has sentences it must hit (``matches``) and must not hit (``misses``).  A group is matched either
*whole* (nothing else may stand in the clause) or *anywhere* in it; which of the two is the program's choice, because
it decides what the group may do: only whole clauses sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from mailflow.domain.errors import Problem
from mailflow.domain.model import FIELDS
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.settings import shipped, yaml_file
from mailflow.settings.expressions import repeats_problem
from mailflow.settings.sound_part import ANY, is_proven, sound

Phrase = Annotated[str, Field(min_length=1, max_length=120)]
How = Literal["whole", "part", "start", "covered"]

WHOLE = frozenset(
    "agree signed polite closing comment card received receipt attachment placeholder opinion_label no_reason blank "
    "open_value yes no customer_polite choices_line consent none_value redo handed_back to_approver".split()
)
COVERED = frozenset({"beside", "cover"})
START = frozenset(
    "return disagree transfer hand_over sentence_lead link needed not_needed whether the_rest "
    "change_lead change_to".split()
)

_HAN = "\u2e80-\u9fff\uf900-\ufaff"
_GAP = re.compile(rf"(?<=[{_HAN}]) (?=\S)|(?<=\S) (?=[{_HAN}])")
_SPACES = re.compile(r"\s+")


def _shape(shape: str, given: ValidationInfo) -> str:
    if not is_proven(given) and (words := repeats_problem(shape)):
        raise ValueError(f"the shape {shape!r} {words}")
    return shape


Shape = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_shape)]


class GroupEntry(BaseModel):
    """One group as written in the file; ``before`` and ``after`` may stand around a phrase, up to four of each."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    phrases: tuple[Phrase, ...] = ()
    shapes: tuple[Shape, ...] = ()
    before: tuple[Phrase, ...] = ()
    after: tuple[Phrase, ...] = ()
    matches: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    misses: Annotated[tuple[Phrase, ...], Field(min_length=1)]


def _field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(f"{name!r} is none of {', '.join(FIELDS)}")
    return name


class StaffWords(BaseModel):
    """Groups for :func:`mailflow.reading.answers.staff.read_staff_answer`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agree: GroupEntry
    signed: GroupEntry
    return_: Annotated[GroupEntry, Field(alias="return")]
    disagree: GroupEntry
    transfer: GroupEntry
    transfer_tail: GroupEntry
    comment: GroupEntry
    polite: GroupEntry
    closing: GroupEntry
    card: GroupEntry
    received: GroupEntry
    receipt: GroupEntry
    no_prose: GroupEntry
    hand_over: GroupEntry
    attachment: GroupEntry
    placeholder: GroupEntry
    instruction: GroupEntry
    automatic: GroupEntry
    condition: GroupEntry
    later: GroupEntry
    negation: GroupEntry
    opinion_label: GroupEntry
    no_reason: GroupEntry
    blank: GroupEntry
    open_value: GroupEntry
    yes: GroupEntry
    no: GroupEntry
    choice_filler: GroupEntry
    date_filler: GroupEntry
    wants_word: GroupEntry | None = None
    consent: GroupEntry | None = None
    beside: GroupEntry | None = None
    cover: GroupEntry | None = None
    none_value: GroupEntry | None = None
    corrects: GroupEntry | None = None
    mistaken: GroupEntry | None = None
    note_label: GroupEntry | None = None
    redo: GroupEntry | None = None
    handed_back: GroupEntry | None = None
    to_approver: GroupEntry | None = None
    the_rest: GroupEntry | None = None
    change_lead: GroupEntry | None = None
    change_to: GroupEntry | None = None
    as_it_stands: GroupEntry | None = None
    sentence_lead: GroupEntry | None = None
    link: GroupEntry | None = None
    needed: GroupEntry | None = None
    not_needed: GroupEntry | None = None
    whether: GroupEntry | None = None
    in_charge: GroupEntry | None = None
    due_label: GroupEntry | None = None
    waybill: GroupEntry | None = None
    carrier: GroupEntry | None = None


class CustomerWords(BaseModel):
    """Groups for the customer's answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    satisfied: GroupEntry
    fairly: GroupEntry
    unsatisfied: GroupEntry
    irony: GroupEntry
    doubt: GroupEntry
    trouble: GroupEntry
    neutral: GroupEntry
    customer_polite: GroupEntry
    choices_line: GroupEntry
    hedge: GroupEntry
    verdict_label: GroupEntry | None = None
    wish: GroupEntry | None = None
    not_yet: GroupEntry | None = None
    dissatisfied: GroupEntry | None = None
    left_over: GroupEntry | None = None
    escalates: GroupEntry | None = None
    angry: GroupEntry | None = None
    asks_progress: GroupEntry | None = None


class PromiseWords(BaseModel):
    """Groups for promises in our own letters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compensation: GroupEntry
    action: GroupEntry
    commitment: GroupEntry
    term: GroupEntry
    denied: GroupEntry
    internal: GroupEntry | None = None


class AnswersFile(BaseModel):
    """The whole file.  ``labels`` names the facts customers correct: a field, and what people call it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Phrase
    staff: StaffWords
    customer: CustomerWords
    labels: dict[Annotated[str, AfterValidator(_field)], GroupEntry]
    promises: PromiseWords


@dataclass(frozen=True)
class Group:
    """A group ready for use.  All methods take text that was squeezed (:func:`squeeze`) or at least folded."""

    name: str
    source: str
    phrases: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    shape: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the group is made of; compiled when it is first looked for."""
        return re.compile(self.source)

    @cached_property
    def _shapes(self) -> re.Pattern[str] | None:
        return re.compile(self.shape) if self.shape else None

    def whole(self, clause: str) -> bool:
        """Whether the clause is made of this group's words and nothing else."""
        return len(clause) <= 200 and self.pattern.fullmatch(clause) is not None

    def start(self, clause: str) -> int:
        """Where this group's words end that the clause begins with; -1 when it does not begin with any."""
        match = self.pattern.match(clause)
        return match.end() if match else -1

    def find(self, text: str) -> re.Match[str] | None:
        """The first place these words stand in."""
        return self.pattern.search(text)

    def all(self, text: str) -> Iterator[re.Match[str]]:
        """Every place, in reading order."""
        return self.pattern.finditer(text)

    def covers(self, clause: str) -> bool:
        """Whether a clause is nothing but phrases of this group, in any order; words before them count too."""
        return len(clause) <= 60 and bool(clause) and self.spelt(clause, ()) | self.spelt(clause, self.leads)

    def spelt(self, clause: str, needed: Collection[str]) -> bool:
        """Whether a clause is spelt with this group's phrases and those ``needed``, of which one must be there."""
        known = self.phrases | {*needed}
        longest_ = max(map(len, known), default=0)
        ways = [0] * (len(clause) + 1)  # 1: spelt so far, 2: with a needed one
        ways[0] = 1 if needed else 2
        for at in range(len(clause)):
            if not (way := ways[at]):
                continue
            if clause[at] in " :'":
                ways[at + 1] |= way
            if self._shapes and (match := self._shapes.match(clause, at)):
                ways[match.end()] |= way
            for end in range(at + 1, min(at + longest_, len(clause)) + 1):
                part = clause[at:end]
                if part in known and not _inside(clause, at, end):
                    ways[end] |= 2 if part in needed else way
        return ways[-1] >= 2


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """All groups by name, the labels of facts by field, and the word lists of reading.  Immutable."""

    groups: Mapping[str, Group]
    labels: Mapping[str, Group]
    lexicon: Lexicon = field(default_factory=shipped_lexicon)

    def __getitem__(self, name: str) -> Group:
        return self.groups[name]

    def get(self, name: str) -> Group | None:
        """A group that a company's own file may lack."""
        return self.groups.get(name)

    def with_receipts(self) -> AnswerWords:
        """The same words for a task that asks for a receipt: to confirm it is to sign."""
        source = f"(?:{self['signed'].source}|{self['receipt'].source})"
        return replace(self, groups={**self.groups, "signed": Group("signed", source)})


def squeeze(text: str) -> str:
    """Folded text with white space one blank, and none beside Chinese characters (同 意 is 同意)."""
    return _GAP.sub("", _SPACES.sub(" ", fold(text)).strip())


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("about",): "-",
    ("labels",): {},
    **{(section,): {} for section in ("staff", "customer", "promises")},
    (ANY, ANY): {"phrases": ["-"], "matches": ["-"], "misses": ["-"]},
}


def load_answer_words(path: Path, *, whole: bool = True) -> tuple[AnswerWords | None, list[Problem]]:
    """Read the words.  Every problem is listed with its line; with any problem there are no words.

    Unless ``whole``, a file that is as it was shipped is believed: its patterns are not judged, its examples not run.
    """
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    document = replace(document, proven=not whole and shipped.is_unchanged(path))
    found, problems = sound(AnswersFile, document, _STAND_INS)
    if found.value is None:
        return None, problems
    groups: dict[str, Group] = {}
    labels: dict[str, Group] = {}
    for section in ("staff", "customer", "promises"):
        part: BaseModel = getattr(found.value, section)
        for key, entry in part:
            if entry is None:  # a company's own file from before there was such a group
                continue
            name = key.rstrip("_")
            groups[name] = compiled(name, entry)
            if found.is_whole(section, name):
                problems += failing(groups[name], entry, found.document, (section, name))
    for name, entry in found.value.labels.items():
        labels[name] = compiled(name, entry)
        if found.is_whole("labels", name):
            problems += failing(labels[name], entry, found.document, ("labels", name), "whole")
    return (None, problems) if problems else (AnswerWords(groups, labels), [])


def compiled(name: str, entry: GroupEntry) -> Group:
    """A group as written, ready for use."""
    core = _any(entry.phrases, entry.shapes)
    before = f"(?:{_any(entry.before)} ?){{0,4}}" if entry.before else ""
    after = f"(?: ?{_any(entry.after)}){{0,4}}" if entry.after else ""
    source = f"{before}{core}{after}"
    phrases, leads = (frozenset(map(squeeze, words)) for words in (entry.phrases, entry.before))
    return Group(name, source, phrases, leads, _any((), entry.shapes) if entry.shapes else "")


def _any(phrases: tuple[str, ...], shapes: tuple[str, ...] = ()) -> str:
    ordered = sorted((squeeze(phrase) for phrase in phrases), key=len, reverse=True)
    return "(?:" + "|".join([*map(_literal, ordered), *shapes]) + ")"


def _literal(words: str) -> str:
    """A phrase; Latin letters at its ends must not go on into a longer word."""
    left = "(?<![a-z0-9])" if words[:1].isascii() and words[:1].isalnum() else ""
    right = "(?![a-z0-9])" if words[-1:].isascii() and words[-1:].isalnum() else ""
    return left + re.escape(words).replace(r"\ ", r"\s{1,3}") + right


def _inside(text: str, start: int, end: int) -> bool:
    """Do Latin letters go on beyond these ends?"""
    return any(
        0 < at < len(text) and all(sign.isascii() and sign.isalnum() for sign in text[at - 1 : at + 1])
        for at in (start, end)
    )


def _how(name: str) -> How:
    if name in COVERED:
        return "covered"
    return "whole" if name in WHOLE else "start" if name in START else "part"


def failing(
    group: Group, entry: GroupEntry, document: yaml_file.Document, at: tuple[str, ...], how: How | None = None
) -> Iterator[Problem]:
    """The examples of a group that it does not keep."""
    if document.proven:
        return
    test: Callable[[str], bool]
    match how or _how(group.name):
        case "whole":
            test = group.whole
        case "covered":
            test = group.covers
        case "start":
            test = lambda words: group.start(words) >= 0  # noqa: E731
        case _:
            test = lambda words: group.find(words) is not None  # noqa: E731
    for key, sentences, wanted in (("matches", entry.matches, True), ("misses", entry.misses, False)):
        for number, sentence in enumerate(sentences):
            if test(squeeze(sentence)) != wanted:
                saying = "does not find" if wanted else "must not find"
                yield document.problem((*at, key, number), "MF211", f"{group.name} {saying}: {sentence}")
