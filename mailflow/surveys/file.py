"""``rules/surveys/*.yaml``: questionnaires read and checked, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.procedures.model import Title
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, Sound, sound
from mailflow.surveys.questionnaire import (
    MOST_RECOMMENDED,
    OVERALL,
    RECOMMENDATION,
    Counting,
    Question,
    Questionnaire,
    Said,
)

FOLDER = "surveys"
WHOLE = 100  # what the weights of all groups add up to
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def load_questionnaires(folder: Path) -> tuple[dict[str, Questionnaire], list[Problem]]:
    """Every questionnaire of the folder by its file's name, and all problems of all files; none of an absent folder."""
    found: dict[str, Questionnaire] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        document, wrong = yaml_file.read(path)
        if document is not None:
            one, wrong = _judged(path.stem, path.read_text("utf-8"), document)
            if one is not None:
                found[path.stem] = one
        problems += wrong
    return found, problems


def read_questionnaire(name: str, text: str) -> tuple[Questionnaire | None, list[Problem]]:
    """A questionnaire from the text of its file, as a round keeps it."""
    document, problems = yaml_file.parse(text, f"{name}.yaml")
    return (None, problems) if document is None else _judged(name, text, document)


# ------------------------------------------------------------------------------------------------------------ parts

_Word = Annotated[str, Field(min_length=1, max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Named(_Part):
    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    also: list[_Word] = []


class _Choice(_Part):
    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    words: dict[str, list[_Word]]


class _Scale(_Part):
    lowest: Annotated[int, Field(ge=0, le=1)]
    highest: Annotated[int, Field(ge=2, le=10)]
    words: dict[int, Annotated[list[_Word], Field(min_length=1)]]


class _Group(_Part):
    title: Title
    also: list[_Word] = []
    weight: Annotated[float, Field(gt=0, le=WHOLE)]
    items: Annotated[dict[str, _Named], Field(min_length=1)]


class _Rules(_Part):
    least_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    low_overall: int = 2
    low_item: int = 1
    low_recommendation: int = 4
    other_person: Literal["accept", "ask"] = "ask"


class _Said(_Part):
    lead: list[_Word] = []
    unit: list[_Word] = []
    points: list[_Word] = []
    gives: list[_Word] = []
    all: list[_Word] = []
    others: list[_Word] = []
    items: list[_Word] = []
    besides: list[_Word] = []
    numerals: list[_Word] = []
    not_points: list[_Word] = []
    joins: list[_Word] = []
    until: list[_Word] = []


class _File(_Part):
    title: Title
    version: Annotated[str, Field(max_length=20)] = "A/0"
    scale: _Scale
    not_applicable: list[_Word] = []
    groups: Annotated[dict[str, _Group], Field(min_length=1)]
    overall: _Named
    recommendation: _Named
    choices: dict[str, _Choice] = {}
    open: dict[str, _Named] = {}
    rules: _Rules = _Rules()
    said: _Said = _Said()


_TITLE = {"zh": "-", "en": "-"}
_STAND_INS: dict[yaml_file.Path_, object] = {
    ("title",): _TITLE,
    ("groups", ANY, "title"): _TITLE,
    ("groups", ANY, "weight"): 1,
    ("groups", ANY, "items", ANY): _TITLE,
    ("overall",): _TITLE,
    ("recommendation",): _TITLE,
    ("scale",): {"lowest": 1, "highest": 5, "words": {5: ["-"], 1: ["--"]}},
}


def _judged(name: str, text: str, document: yaml_file.Document) -> tuple[Questionnaire | None, list[Problem]]:
    found, problems = sound(_File, document, _STAND_INS)
    if found.value is None:
        return None, problems
    problems += _checked(found.value, found)
    return (None, problems) if problems else (_made(name, text, found.value), [])


def _checked(part: _File, found: Sound[_File]) -> Iterator[Problem]:
    """What single values cannot show."""
    document = found.document
    names: list[tuple[yaml_file.Path_, str]]
    names = [(("groups", group, "items", key), key) for group, each in part.groups.items() for key in each.items]
    names += [(("choices", key), key) for key in part.choices] + [(("open", key), key) for key in part.open]
    seen = {OVERALL, RECOMMENDATION}
    for where, key in names:
        if not _NAME.fullmatch(key):
            yield document.problem(where, "MF840", f"{key!r} is no name for a question", "use small letters, digits, _")
        if key in seen:
            yield document.problem(where, "MF840", f"{key} names two questions", "give one of them another name")
        seen.add(key)
    total = sum(group.weight for group in part.groups.values())
    if found.is_whole("groups") and abs(total - WHOLE) > 1e-6:
        yield document.problem(("groups",), "MF841", f"the weights of the groups add up to {total:g}", "make it 100")
    scale = part.scale
    if found.is_whole("scale"):
        if set(scale.words) != set(range(scale.lowest, scale.highest + 1)):
            words = f"words are wanted for every score from {scale.lowest} to {scale.highest}"
            yield document.problem(("scale", "words"), "MF842", words, "write one line for each")
        yield from _twice(document, ("scale", "words"), {str(k): v for k, v in scale.words.items()})
    asked = {
        key: [each.zh, each.en, *each.also] for group in part.groups.values() for key, each in group.items.items()
    } | {OVERALL: [part.overall.zh, part.overall.en, *part.overall.also]}
    yield from _twice(document, ("groups",), asked)


def _twice(document: yaml_file.Document, where: yaml_file.Path_, words: dict[str, list[str]]) -> Iterator[Problem]:
    said: dict[str, str] = {}
    for key, each in words.items():
        for word in each:
            if said.setdefault(word.lower(), key) != key and word != "-":
                remedy = "a word says one thing: remove it from one of them"
                yield document.problem(
                    where, "MF843", f"{word!r} stands for {said[word.lower()]} and for {key}", remedy
                )


def _made(name: str, text: str, part: _File) -> Questionnaire:
    low, high = part.scale.lowest, part.scale.highest
    questions: list[Question] = []

    def add(key: str, sort: str, named: _Named | _Choice, **more: object) -> None:
        title = Title(zh=named.zh, en=named.en)
        questions.append(Question(len(questions) + 1, key, sort, title, **more))  # type: ignore[arg-type]

    for group_key, group in part.groups.items():
        weight = group.weight / len(group.items)
        for key, item in group.items.items():
            bounds = {"lowest": low, "highest": high}
            add(key, "score", item, group=group_key, weight=weight, also=tuple(item.also), **bounds)
    add(OVERALL, "overall", part.overall, lowest=low, highest=high, also=tuple(part.overall.also))
    advised = part.recommendation
    add(RECOMMENDATION, "recommendation", advised, highest=MOST_RECOMMENDED, also=tuple(advised.also))
    for key, choice in part.choices.items():
        add(key, "choice", choice, words={value: tuple(words) for value, words in choice.words.items()})
    for key, item in part.open.items():
        add(key, "open", item, also=tuple(item.also))
    return Questionnaire(
        name=name,
        title=part.title,
        version=part.version,
        questions=tuple(questions),
        groups={key: (group.title, group.weight) for key, group in part.groups.items()},
        group_names={key: (group.title.zh, group.title.en, *group.also) for key, group in part.groups.items()},
        scale={score: tuple(words) for score, words in part.scale.words.items()},
        not_applicable=tuple(part.not_applicable),
        counting=Counting(**part.rules.model_dump()),
        said=Said(**{key: tuple(words) for key, words in part.said.model_dump().items()}),
        text=text,
    )
