"""Sub-kinds and reason codes are one closed list; rules that leave it are reported, readings keep to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.reading.matching import reasons
from mailflow.reading.matching.reasons import REASONS, SUBKINDS
from mailflow.reading.matching.rulebook import Rulebook, load
from mailflow.records.boxes import CLASSES
from tests.reading.conftest import Read

RULE = """\
about: test
rules:
  - name: own-rule
    finds: {finds}
    value: 无效倾向
    kind: complaint
    subkind: {subkind}
    reason: {reason}
    phrases: [掉漆]
    matches: [掉漆]
"""


@pytest.mark.parametrize(
    ("text", "subkind", "code"),
    [
        ("前台的客服态度恶劣，骂人，我要投诉。", "服务态度", "S1"),
        ("少发了3箱，货不对。", "货差", "B1"),
        ("货晚到了三天，一再延误。", "时效", "B2"),
        ("这批轴承生锈、异响。", "产品质量", "Q1"),
        ("检测出RoHS超标，铅含量不合格。", "有害物质", "Q2"),
        ("发票开错了，投诉。", "单证发票", "I1"),
        ("重复收费，多收了钱，投诉。", "收费", "C2"),
    ],
)
def test_what_a_complaint_is_about_comes_as_word_and_code(read: Read, text: str, subkind: str, code: str) -> None:
    details = read("投诉", text)
    assert subkind in details.subkinds
    assert code in details.reasons


def test_hints_of_doubt_are_no_reasons(read: Read) -> None:
    details = read("投诉", "不给十万就天天去你们门口闹，产品生锈。")
    assert not any(code.startswith("N") for code in details.reasons)


def test_every_shipped_rule_keeps_to_the_list(rulebook: Rulebook) -> None:
    for rule in rulebook.rules:
        assert not rule.subkind or rule.subkind in SUBKINDS, rule.name
        assert not rule.reason or rule.reason in REASONS, rule.name


@pytest.mark.parametrize(
    ("finds", "subkind", "reason", "line"),
    [
        ("defect_or_issue", "油漆", '""', 7),
        ("defect_or_issue", "产品质量", "X9", 8),
        ("defect_or_issue", "产品质量", "B1", 3),
        ("defect_or_issue", "产品质量", "N2", 3),
        ("validity_hint", '""', "Q1", 3),
        ("phone", "产品质量", "Q1", 4),
    ],
)
def test_a_rule_outside_the_list_is_reported_with_its_line(
    tmp_path: Path, finds: str, subkind: str, reason: str, line: int
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(RULE.format(finds=finds, subkind=subkind, reason=reason), "utf-8")
    found, problems = load(tmp_path)
    assert found is None
    assert (str(file), line, "MF012") in [(problem.file, problem.line, problem.code) for problem in problems]


def test_every_code_of_a_complaint_ticks_a_box_of_the_form() -> None:
    for reason in REASONS.values():
        assert (reason.box in CLASSES) is (reason.code[0] != "N"), reason.code
        assert set(reason.subkinds) <= set(SUBKINDS)
    assert reasons.boxes(["B1", "S4", "S1", "N2", "?"]) == ["业务", "服务"]


def test_codes_are_shown_with_their_titles() -> None:
    assert reasons.shown(["S5", "Z1"]) == "S5 傲慢或不负责任；Z1"
    assert reasons.shown(["Q1"], "en") == "Q1 product quality"


@pytest.mark.parametrize(
    ("subkind", "reason", "code"),
    [("货差", "", "B1"), ("服务", "", ""), ("服务", "S2", "S2"), ("安全", "", ""), ("维修", "", "")],
)
def test_a_sub_kind_with_one_code_needs_no_reason(subkind: str, reason: str, code: str) -> None:
    assert reasons.code_of(subkind, reason) == code
