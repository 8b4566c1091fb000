"""Answers as customers write them: the letter's own lines filled in as their mail programs leave them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mailflow.surveys.answers import Sheet, read_sheet
from mailflow.surveys.file import load_questionnaires
from mailflow.surveys.questionnaire import Question, Questionnaire

HERE = Path(__file__).resolve().parent
FRAMES = {
    "": "{number}. {title}（{value}）",
    "half": "{number}. {title}({value})",
    "behind": "{number}. {title}（　　）{value}",
    "spaced": "{number}. {title}（ {value} ）",
    "tabs": "{number}\t{title}\t{value}",
    "bars": "| {number} | {title} | {value} |",
    "cells": "{number}\n{title}\n{value}",
    "without_numbers": "{title}\t{value}",
    "marks": "> {number}. {title}（{value}）",
}


def shipped() -> Questionnaire:
    found, problems = load_questionnaires(HERE.parents[1] / "rules" / "surveys")
    assert not problems
    return found["satisfaction"]


def filled(form: Questionnaire, values: str, frame: str, language: str) -> str:
    said = [value if value != "_" else "" for value in values.split()]
    lines = [form.shown_scale(language)]
    for question, value in zip(form.scored, said, strict=True):
        title = question.title.of(language)
        lines.append(FRAMES[frame].format(number=question.number, title=title, value=value or "　　"))
    return "\n".join(lines)


@dataclass(frozen=True)
class Written:
    style: str
    new: str
    quoted: str
    want: dict[str, str]

    def read(self, form: Questionnaire) -> Sheet:
        return read_sheet(form, self.new, self.quoted)


def written(form: Questionnaire, file: str = "answers.yaml") -> list[Written]:
    return [_one(form, each) for each in yaml.safe_load((HERE / file).read_text("utf-8"))]


def _one(form: Questionnaire, each: dict[str, Any]) -> Written:
    new, quoted = each.get("new", ""), ""
    if "filled" in each:
        sheet = filled(form, each["filled"], each.get("frame", ""), each.get("language", "zh"))
        quoted = sheet if each["in"] == "quoted" else ""
        new = f"{new}\n{sheet}" if each["in"] == "new" else new
    want = dict(zip([question.key for question in form.scored], each["want"].split(), strict=True))
    return Written(each["style"], new, quoted, want)


@dataclass
class Figures:
    """Of the scores a person can read: ``given``, read ``right`` or ``wrong``; ``invented``: none is there."""

    given: int = 0
    right: int = 0
    wrong: int = 0
    invented: int = 0

    def count(self, want: str, got: int | str | None) -> None:
        meant = {"n": "n/a"}.get(want, want)
        if want not in "-?":
            self.given += 1
            self.right += str(got) == meant
            self.wrong += got is not None and str(got) != meant
        elif got is not None:
            self.invented += 1


def counted(form: Questionnaire, sheets: list[Written]) -> Figures:
    figures = Figures()
    for each in sheets:
        got = each.read(form).scores
        for key, want in each.want.items():
            figures.count(want, got.get(key))
    return figures


def question_of(form: Questionnaire, key: str) -> Question:
    found = form.question(key)
    assert found is not None
    return found
