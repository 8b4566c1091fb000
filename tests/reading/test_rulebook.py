"""Rule files: the shipped ones pass their own examples; broken ones are reported with file and line, all at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.rulebook import Rulebook, load
from tests.reading.conftest import RULES

GOOD = """\
about: a test
rules:
  - name: defect-test
    finds: defect_or_issue
    kind: complaint
    phrases: [翘边]
    matches: ["柜门翘边"]
    misses: ["柜门很好"]
"""


def test_shipped_rules_pass_their_examples(rulebook: Rulebook) -> None:
    assert len(rulebook.rules) > 50
    assert all(rule.matches for rule in rulebook.rules)


@pytest.mark.parametrize("file", sorted(RULES.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_shipped_file_stands_alone(file: Path, tmp_path: Path) -> None:
    (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    found, problems = load(tmp_path)
    assert problems == []
    assert found is not None


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("phrases: [翘边]", "phrases: [翘边", "MF004", 7),
        ("finds: defect_or_issue", "find: defect_or_issue", "MF010", 4),
        ("finds: defect_or_issue", "finds: colour", "MF012", 4),
        ("kind: complaint", "kind: bounce", "MF012", 5),
        ("kind: complaint", "kind: grumble", "MF012", 5),
        ("phrases: [翘边]", "shapes: ['(abc']", "MF012", 6),
        ("phrases: [翘边]", "shapes: ['翘.*边']", "MF012", 6),
        ("phrases: [翘边]", "value: x", "MF012", 3),
        ("phrases: [翘边]", "phrases: [翘角]", "MF204", 7),
        ('misses: ["柜门很好"]', 'misses: ["桌子翘边"]', "MF204", 8),
        ("name: defect-test", "name: Defect Test", "MF012", 3),
        ('matches: ["柜门翘边"]', "matches: []", "MF012", 7),
        ("phrases: [翘边]", "shapes: ['[^x]{0,900}a[^x]{0,900}b|翘边']", "MF203", 6),
        ("phrases: [翘边]", "shapes: ['(?:(?:a{1,30}){1,30}){1,30}b|翘边']", "MF012", 6),
        ("phrases: [翘边]", "shapes: ['(件{0,50}){0,50}|翘边']", "MF012", 6),
        ("phrases: [翘边]", "tokens: [[{TEXT: 翘, OP: '*'}, {TEXT: 边}]]", "MF012", 6),
        ("phrases: [翘边]", "tokens: [[{OP: '{0,99}'}, {OP: '{0,99}'}, {OP: '{0,99}'}, {TEXT: 边}]]", "MF012", 6),
        ("phrases: [翘边]", "tokens: [[{TEXT: {REGEX: '(a{0,50}){0,50}b'}}]]", "MF012", 6),
        ("about: a test", "about:", "MF012", 1),
    ],
)
def test_one_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    assert old in GOOD
    file = tmp_path / "broken.yaml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    found, problems = load(tmp_path)
    assert found is None
    assert (str(file), line, code) in [(problem.file, problem.line, problem.code) for problem in problems]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("phrases: [翘边]", "phrases: [翘角]"), "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "c.yaml").write_text(GOOD.replace("kind: complaint", "kind: bounce"), "utf-8")
    (tmp_path / "d.yaml").write_text("rules: [", "utf-8")
    second = GOOD.replace("defect-test", "defect-other").replace("柜门很好", "翘边了") + "    colour: red\n"
    (tmp_path / "e.yaml").write_text(second, "utf-8")
    found, problems = load(tmp_path)
    assert found is None
    assert {(Path(problem.file).name, problem.code) for problem in problems} >= {
        ("b.yaml", "MF202"),
        ("c.yaml", "MF012"),
        ("d.yaml", "MF004"),
        ("e.yaml", "MF010"),
    }


def test_examples_run_beside_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("phrases: [翘边]", "phrases: [翘角]"), "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("defect-test", "other").replace("about:", "abuot:"), "utf-8")
    _, problems = load(tmp_path)
    assert {problem.code for problem in problems} >= {"MF204", "MF010"}


def test_an_empty_or_absent_folder_is_a_problem(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        found, problems = load(folder)
        assert found is None
        assert [problem.code for problem in problems] == ["MF201"]


def test_token_patterns_and_kept_labels_work(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        """\
about: a company's own rules
rules:
  - name: own-words
    finds: product
    tokens: [[{TEXT: 静}, {TEXT: 音}, {TEXT: {IN: [轮, 锁]}}]]
    matches: ["换了静音轮"]
    misses: ["换了静音门"]
  - name: own-number
    finds: order_no
    labels: [内部编码]
    shapes: ['[a-z]{2}\\d{4}']
    keep_label: true
    matches: ["内部编码：AB1234"]
    misses: ["内部编码：1234"]
""",
        "utf-8",
    )
    found, problems = load(tmp_path)
    assert problems == []
    assert found is not None
    text = fold("内部编码 ＡＢ1234，静 音锁")
    assert [text[hit.start : hit.end] for hit in found.pipeline.hits(text)] == ["内部编码 ab1234", "静 音锁"]


def test_importing_the_rulebook_does_not_import_spacy() -> None:
    program = (
        "import sys, mailflow.reading.matching.rulebook, mailflow.stages.extract; sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_folding_keeps_every_position() -> None:
    text = "订单号：ＡＢ－１２３　㎡…①İß䶮\u200b\r\n𬭎“繁體”"
    folded = fold(text)
    assert len(folded) == len(text)
    assert folded.startswith("订单号:ab-123 ")
    assert '"繁体"' in folded


def test_only_the_industries_named_are_read() -> None:
    every, _ = load(RULES)
    some, problems = load(RULES, ["textile", "food"])
    none, _ = load(RULES, [])
    assert problems == []
    assert every is not None
    assert some is not None
    assert none is not None
    assert every.rule("defect-machining") is not None
    assert some.rule("defect-textile") is not None
    assert some.rule("defect-machining") is None
    assert none.rule("defect-textile") is None
    assert none.rule("defect-shortage") is not None


def test_an_unknown_industry_is_reported_with_the_ones_there_are() -> None:
    rulebook, problems = load(RULES, ["aerospace"])
    assert rulebook is None
    assert [problem.code for problem in problems] == ["MF205"]
    assert "furniture" in problems[0].remedy
