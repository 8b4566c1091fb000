"""A company's own products, models and order numbers, from its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.app import rule_reader
from mailflow.domain.model import Message
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.settings.config import Config, check
from tests.reading.conftest import RECEIVED

SETTINGS = """\
company: {name: 北岭五金}
mailboxes: [{name: kf, type: folder, path: mail}]
reading:
  products: [静享铰链, Quietline]
  models: [QL 7, 静享七号]
  order_shapes: ['BL\\d{6}[a-z]?']
"""


def _config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "mailflow.yaml"
    path.write_text(text, "utf-8")
    config, problems = check(path)
    assert config is not None, problems
    return config


def test_own_words_are_found_without_labels(rulebook: Rulebook, tmp_path: Path) -> None:
    reader = rule_reader(_config(tmp_path, SETTINGS), rulebook)
    message = Message(subject="坏了", new_text="BL250711a里的静享铰链，就是 QL 7，坏了3只，请换货。")
    details = reader.read(message, RECEIVED)
    assert details.values("product") == ("静享铰链",)
    assert details.values("model") == ("QL7",)
    assert details.values("order_no") == ("BL250711a",)
    assert {f.rule for f in details.findings if f.field in ("product", "model", "order_no")} == {
        "own-product",
        "own-model",
        "own-order-no",
    }


@pytest.mark.parametrize("shape", ["BL(", "BL\\d+"])
def test_a_wrong_shape_is_named_with_its_line(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "mailflow.yaml"
    path.write_text(SETTINGS.replace("BL\\d{6}[a-z]?", shape), "utf-8")
    config, problems = check(path)
    assert config is None
    assert "shape" in problems[0].message
    assert problems[0].line >= 6


@pytest.mark.parametrize("shape", [r"(?:BL){0,40}\d*", r"(?:\d{0,50}){0,50}B", "(BL"])
def test_a_shape_that_could_take_for_ever_is_named_with_its_line(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "mailflow.yaml"
    path.write_text(SETTINGS.replace(r"BL\d{6}[a-z]?", shape), "utf-8")
    config, problems = check(path)
    assert config is None
    assert [(problem.line, problem.code) for problem in problems] == [(6, "MF012")]
