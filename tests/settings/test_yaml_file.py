"""Files people write: every mistake is named with its line, nothing is guessed."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mailflow.settings import yaml_file
from mailflow.settings.sound_part import sound


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    port: int = 993


def test_words_that_yaml_1_1_would_turn_into_booleans_dates_or_octals_stay_words() -> None:
    document, problems = yaml_file.parse("a: no\nb: 012\nc: 2026-11-22\nd: 12\ne: true\nf: 1.5\ng:\n", "x.yaml")
    assert problems == []
    assert document is not None
    assert document.data == {"a": "no", "b": "012", "c": "2026-11-22", "d": 12, "e": True, "f": 1.5, "g": None}


def test_all_mistakes_of_a_file_are_listed_with_their_lines() -> None:
    document, _ = yaml_file.parse("nmae: x\nport: many\n", "x.yaml")
    assert document is not None
    found, problems = sound(Sample, document)
    assert found.value is None
    assert sorted((p.line, p.code) for p in problems) == [(1, "MF010"), (1, "MF011"), (2, "MF012")]


def test_a_key_that_stands_twice_is_refused_at_its_second_line() -> None:
    document, problems = yaml_file.parse("a: 1\nb: 2\na: 3\n", "x.yaml")
    assert document is None
    assert [(p.line, p.code) for p in problems] == [(3, "MF005")]


def test_anchors_and_tags_are_refused() -> None:
    for text in ("a: &x 1\nb: *x\n", "a: !!python/object/apply:os.system ['id']\n", "a: !thing 1\n"):
        document, problems = yaml_file.parse(text, "x.yaml")
        assert document is None
        assert problems


def test_broken_yaml_and_missing_files_and_wrong_encodings_name_the_place(tmp_path: Path) -> None:
    _, problems = yaml_file.parse("a: [1, 2\nb: 3\n", "x.yaml")
    assert [p.code for p in problems] == ["MF004"]
    assert problems[0].line > 0
    _, problems = yaml_file.read(tmp_path / "absent.yaml")
    assert [p.code for p in problems] == ["MF001"]
    (tmp_path / "gbk.yaml").write_bytes("a: 1\nb: 投诉\n".encode("gbk"))
    _, problems = yaml_file.read(tmp_path / "gbk.yaml")
    assert [(p.line, p.code) for p in problems] == [(2, "MF003")]
