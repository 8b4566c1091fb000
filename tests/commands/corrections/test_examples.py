"""Corrections become examples a quality engineer can paste: the right sentences, no personal data, sound YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailflow.domain.model import Message
from mailflow.reading.review.examples import Correction, Said, document, fact_example, kind_example
from mailflow.reading.review.masking import mask
from mailflow.settings import yaml_file
from tests.commands.corrections.conftest import Home

CASE = "TS-2026-0001"


def export(home: Home, target: Path) -> Any:
    home.ok("examples", "export", "--out", str(target))
    document, problems = yaml_file.read(target)
    assert document is not None, problems
    return document.data


def test_an_example_holds_the_sentence_the_right_value_and_what_the_rules_said(home: Home, tmp_path: Path) -> None:
    home.ok("correct", CASE, "order_no=PO-77120")
    (example,) = export(home, tmp_path / "examples.yaml")["examples"]
    assert example["case"] == CASE
    assert example["field"] == "order_no"
    assert example["right"] == ["PO-77120"]
    assert "DD20260301008" in example["said"]
    assert "order-number" in example["rules"]
    assert example["matches"] == ["旧单 PO-77120 的货没有问题。"]
    assert any("DD20260301008" in sentence for sentence in example["misses"])


def test_a_fact_that_is_not_in_the_mail_gives_misses_only(home: Home, tmp_path: Path) -> None:
    home.ok("correct", CASE, "batch_no=")
    (example,) = export(home, tmp_path / "examples.yaml")["examples"]
    assert (example["right"], example["matches"]) == ([], [])
    assert any("B2603-01" in sentence for sentence in example["misses"])


def test_a_kind_becomes_a_labelled_text_without_people_in_it(home: Home, tmp_path: Path) -> None:
    home.ok("correct", CASE, "kind=inquiry")
    home.ok("correct", CASE, "kind=suggestion")
    data = export(home, tmp_path / "examples.yaml")
    (example,) = data["kinds"]
    assert (example["kind"], example["said"]) == (
        "suggestion",
        "complaint",
    )  # what the rules said, not what came between
    assert example["rules"]
    assert "漏水" in example["text"]
    for personal in ("王强", "13800001234", "沧州禾川管道设备有限公司"):
        assert personal not in example["text"], personal


def test_other_peoples_data_is_masked_and_the_value_itself_stays(home: Home, tmp_path: Path) -> None:
    home.ok("correct", CASE, "contact=王强", "phone=")
    text = (tmp_path / "e.yaml", export(home, tmp_path / "e.yaml"))[0].read_text("utf-8")
    assert "联系人：王强" in text
    assert "13800001234" not in text


def test_nothing_to_export_is_said_and_a_file_is_never_overwritten(home: Home, tmp_path: Path) -> None:
    nothing = home.run("examples", "export")
    assert nothing.exit_code == 1
    assert "mailflow correct" in nothing.output
    home.ok("correct", CASE, "batch_no=B1")
    target = tmp_path / "notes.yaml"
    target.write_text("mine")
    assert home.run("examples", "export", "--out", str(target)).exit_code == 4
    assert target.read_text() == "mine"
    assert home.run("examples", "export", "--out", str(tmp_path / "no" / "x.yaml")).exit_code == 4
    assert home.ok("examples", "export").startswith("#")


def test_a_mail_that_is_damaged_in_the_vault_does_not_stop_the_others(home: Home, tmp_path: Path) -> None:
    home.ok("correct", CASE, "batch_no=B1")
    home.ok("correct", "TS-2026-0002", "order_no=88-2210")
    digest = home.data("case", CASE)["mails"][0]["digest"]
    blob = home.storage / "vault" / digest[:2] / digest[2:]
    blob.chmod(0o600)
    blob.write_bytes(b"altered")
    examples = export(home, tmp_path / "e.yaml")["examples"]
    assert {example["case"]: bool(example["matches"]) for example in examples} == {CASE: False, "TS-2026-0002": True}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请找王工处理", "请找〔姓名〕处理"),
        ("李经理，施工现场的员工", "〔姓名〕，施工现场的员工"),
        ("电话 0512-62340088转806", "电话 〔电话〕"),
        ("写信给 a.b@c.example 吧", "写信给 〔邮箱〕 吧"),
        ("见 https://x.example/a?b=1 。", "见 〔链接〕 。"),
        ("身份证 320502199001011234", "身份证 〔号码〕"),
        ("地址：苏州市吴中区1号", "地址：〔地址〕"),
        ("Ann asked about the annex", "〔姓名〕 asked about the annex"),
        ("我们是禾川公司的", "我们是〔公司〕的"),
        ("订单号 CG-2608-0117 共5件", "订单号 CG-2608-0117 共5件"),
    ],
)
def test_what_is_masked(text: str, shown: str) -> None:
    assert mask(text, names=["Ann", ""], companies=["禾川公司"]) == shown


def test_a_kept_span_stays_and_the_rest_around_it_does_not() -> None:
    text = "电话 13800001234，备用 13900005678"
    assert mask(text, keep=[(3, 14)]) == "电话 13800001234，备用 〔电话〕"


def test_values_that_yaml_would_guess_about_come_back_as_they_were() -> None:
    values = (
        "012",
        "no",
        "true",
        "null",
        "1e5",
        "0.5",
        "2026-03-01",
        "- x",
        "&a",
        "*a",
        "!t",
        "a: b",
        "#",
        "'",
        '"',
        "~",
    )
    message = Message(new_text="；".join(f"批号 {value} 的货" for value in values))
    said = tuple(Said(1, value, value, "new_text", "rule") for value in values)
    facts = [fact_example(Correction("TS-1", "batch_no", (value,), "", said, {1: message})) for value in values]
    data = yaml_file.parse(document(facts, []), "x")[0]
    assert data is not None
    assert [example["right"] for example in data.data["examples"]] == [[value] for value in values]


@pytest.mark.parametrize(
    "text", ["a\x1b[2J\u202eb\x00", "\n\n  x  \n\t y\n", "\u2028\x85", "|\n---\n...\n%YAML", "\ud800"]
)
def test_hostile_text_makes_no_bad_file(text: str) -> None:
    message = Message(subject=text, new_text=text)
    item = Correction("TS-1", "kind", ("rfq",), text, (), {1: message})
    written = document([], [kind_example(item, [text])])
    assert "\x1b" not in written
    assert "\u202e" not in written
    written.encode("utf-8")


def test_a_value_is_not_found_inside_a_longer_code() -> None:
    message = Message(new_text="编号 AB-1234。编号 AB-123 有问题。")
    example = fact_example(Correction("TS-1", "batch_no", ("AB-123",), "", (), {1: message}))
    assert example["matches"] == ["编号 AB-123 有问题。"]
