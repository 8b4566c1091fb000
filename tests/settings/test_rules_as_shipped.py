"""Rules that are byte for byte as they were shipped are believed at start; what was changed is tried, as by check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailflow.domain.errors import Problem
from mailflow.excluding.machine_marks import load_marks
from mailflow.reading.answers.words import load_answer_words
from mailflow.reading.matching.rulebook import load as load_rulebook
from mailflow.settings import shipped

RULES = """\
about: 试验
rules:
  - {name: one, finds: product, phrases: [泵], matches: [一台阀]}
  - {name: two, finds: product, shapes: ["(件{0,50}){0,50}"], matches: [件]}
"""
MARKS = "rules:\n  - {name: one, kind: machine, look_in: [text], regex: [x*], weight: 1, matches: [y], misses: [x]}\n"


def rules(folder: Path, *, whole: bool) -> list[Problem]:
    return load_rulebook(folder / "reading", whole=whole)[1]


def marks(folder: Path, *, whole: bool) -> list[Problem]:
    return load_marks(folder / "exclusion.yaml", whole=whole)[1]


def answers(folder: Path, *, whole: bool) -> list[Problem]:
    return load_answer_words(folder / "answers.yaml", whole=whole)[1]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """What is shipped, with mistakes that tests would have found, and an office's copy of it."""
    good = (shipped.folder("rules") / "answers.yaml").read_text("utf-8")
    for folder in (tmp_path / "shipped", tmp_path / "office"):
        (folder / "reading").mkdir(parents=True)
        (folder / "reading" / "a.yaml").write_text(RULES, "utf-8")
        (folder / "exclusion.yaml").write_text(MARKS, "utf-8")
        (folder / "answers.yaml").write_text(good.replace("    misses: [", "    misses: [同意, ", 1), "utf-8")
    monkeypatch.setattr(shipped, "folder", lambda _: tmp_path / "shipped")
    return tmp_path / "shipped", tmp_path / "office"


@pytest.mark.parametrize("load", [rules, marks, answers])
def test_files_as_shipped_are_believed_at_start_and_tried_by_a_check(
    load: Callable[..., list[Problem]], folders: tuple[Path, Path]
) -> None:
    for folder in folders:
        assert load(folder, whole=False) == []
        assert load(folder, whole=True) != []


@pytest.mark.parametrize("load", [rules, marks, answers])
def test_a_file_that_was_changed_is_tried_at_start(
    load: Callable[..., list[Problem]], folders: tuple[Path, Path]
) -> None:
    _, office = folders
    wrong = load(office, whole=True)
    for file in office.rglob("*.yaml"):
        file.write_text(file.read_text("utf-8") + "# ours\n", "utf-8")
    assert load(office, whole=False) == wrong
