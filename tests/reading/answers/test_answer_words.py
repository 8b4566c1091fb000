"""rules/answers.yaml is checked before it is used, and every mistake has its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.reading.answers.words import load_answer_words, squeeze

SHIPPED = Path(__file__).parents[3] / "rules" / "answers.yaml"


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "answers.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_the_shipped_words_pass_their_own_examples() -> None:
    words, problems = load_answer_words(SHIPPED)
    assert problems == []
    assert words is not None
    assert words["agree"].whole("同意")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("matches: [同意, 同 意,", "matches: [不同意, 同 意,", "MF211"),
        ("misses: [不同意, 暂不同意,", "misses: [同意, 暂不同意,", "MF211"),
        ("  agree:\n", "  agrees:\n", "MF010"),
        ('shapes: ["会(?!议|员|计)"', 'shapes: ["会.*"', "MF012"),
        ('shapes: ["会(?!议|员|计)"', 'shapes: ["会("', "MF012"),
        ('shapes: ["会(?!议|员|计)"', 'shapes: ["(?:会{0,50}){0,50}议"', "MF012"),
        ("  customer_company:\n", "  customer_kompany:\n", "MF012"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    path = _changed(tmp_path, old, new)
    words, problems = load_answer_words(path)
    assert words is None
    assert code in {problem.code for problem in problems}
    assert all(problem.line > 0 and problem.file == str(path) for problem in problems)


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    words, problems = load_answer_words(tmp_path / "answers.yaml")
    assert words is None
    assert [problem.code for problem in problems] == ["MF001"]


def test_white_space_and_width_do_not_matter() -> None:
    assert squeeze("　同 意 ＯＫ  it  is\n") == "同意ok it is"
