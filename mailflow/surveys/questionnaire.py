"""A questionnaire: its questions in order, what a score may be, and what makes a sheet count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mailflow.procedures.model import Title

Sort = Literal["score", "overall", "recommendation", "choice", "open"]
OVERALL, RECOMMENDATION = "overall", "recommendation"
"""The keys of these two questions."""

MOST_RECOMMENDED = 10
NOT_APPLICABLE = "n/a"
"""A value that is no score: the customer says that the question is not about him."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``number`` is the one customers see, from 1 on.

    ``weight`` counts in the index, 0 where it does not; ``lowest`` and ``highest`` bound a score, both 0 of questions
    without.  ``also`` are short names customers use; ``words`` what a choice may be called, by its value.
    """

    number: int
    key: str
    sort: Sort
    title: Title
    group: str = ""
    weight: float = 0.0
    lowest: int = 0
    highest: int = 0
    also: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_scored(self) -> bool:
        """Is a number asked for?"""
        return self.highest > 0


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts, and what makes somebody look; shares from 0 to 1, scores at or below which a person is asked."""

    least_share: float = 0.5
    low_overall: int = 2
    low_item: int = 1
    low_recommendation: int = 4
    other_person: Literal["accept", "ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Said:
    """The words answers are put in round the scores; each may be empty.  ``numerals`` are the words of 0, 1, 2 ...
    ``not_points`` begin with a word of points and mean none.  ``joins`` stand between the numbers of a list, ``until``
    between the ends of a range.
    """

    lead: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    numerals: tuple[str, ...] = ()
    not_points: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What customers are asked.  ``scale`` has the words of each score, the first of a language is the one shown;
    ``groups`` the titles and weights of groups of questions, by key (``group_names``: what they
    are called); ``text`` the file it was read from.
    """

    name: str
    title: Title
    version: str
    questions: tuple[Question, ...]
    groups: Mapping[str, tuple[Title, float]]
    scale: Mapping[int, tuple[str, ...]]
    not_applicable: tuple[str, ...]
    counting: Counting
    said: Said
    text: str = field(repr=False)
    group_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def highest(self) -> int:
        """The best score of the weighted questions."""
        return max(self.scale)

    @property
    def weighted(self) -> tuple[Question, ...]:
        """The questions that make up the index."""
        return tuple(each for each in self.questions if each.weight > 0)

    @property
    def scored(self) -> tuple[Question, ...]:
        """The questions a number is asked for, in order."""
        return tuple(each for each in self.questions if each.is_scored)

    def weights(self, group: str = "") -> dict[str, float]:
        """The weights by question, of one group or all."""
        return {each.key: each.weight for each in self.weighted if not group or each.group == group}

    def question(self, key: str) -> Question | None:
        """The question with this key."""
        return next((each for each in self.questions if each.key == key), None)

    def numbered(self, number: int) -> Question | None:
        """The question with this number."""
        return self.questions[number - 1] if 0 < number <= len(self.questions) else None

    def shown_scale(self, language: str) -> str:
        """The scale as a letter explains it, the best first."""
        pairs = [(score, words) for score, words in sorted(self.scale.items(), reverse=True)]
        ascii_only = language == "en"
        said = [(score, next((w for w in words if w.isascii() == ascii_only), words[0])) for score, words in pairs]
        return (", " if ascii_only else "，").join(f"{score} {word}" for score, word in said)
