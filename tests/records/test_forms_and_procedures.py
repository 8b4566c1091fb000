"""Forms and procedures speak of the same fields, cells and choices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from docx.oxml.ns import qn

from mailflow.adapters.word.forms import WordForms
from mailflow.domain.forms import FormSpec
from mailflow.settings import shipped
from tests.records.test_word_forms import FORMS, loaded

PROCEDURES = shipped.folder("rules") / "procedures"
LONG_LISTS = {"reason_code"}  # more choices than a cell can show


@pytest.fixture(scope="module")
def specs() -> dict[str, FormSpec]:
    forms: WordForms = loaded(FORMS)
    return {spec.code: spec for spec in forms.specs()}


@pytest.fixture(scope="module")
def fields() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROCEDURES / "fields.yaml").read_text("utf-8"))["fields"]
    return found


def tasks(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every task of a procedure that names a form, and its place."""
    if isinstance(value, dict):
        if "form" in value:
            yield place, value
        for key, inner in value.items():
            yield from tasks(inner, f"{place}/{key}")


def shipped_tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(PROCEDURES.rglob("*.yaml")):
        yield from tasks(yaml.safe_load(path.read_text("utf-8")), path.stem)


def test_every_form_and_cell_a_procedure_names_is_there(specs: dict[str, FormSpec]) -> None:
    named = list(shipped_tasks())
    assert named
    assert [place for place, task in named if task["form"] not in specs] == []
    signed = [(place, task) for place, task in named if "sign" in task]
    assert [place for place, task in signed if task["sign"] not in specs[task["form"]].signers] == []


def test_every_control_of_a_form_is_a_field_a_procedure_can_ask_for(
    specs: dict[str, FormSpec], fields: dict[str, Any]
) -> None:
    unknown = {code: sorted(spec.answers.keys() - fields.keys()) for code, spec in specs.items()}
    assert {code: names for code, names in unknown.items() if names} == {}


def hints(path: Path) -> Iterator[tuple[str, str]]:
    """The field of each control and what its placeholder asks for."""
    for control in docx.Document(str(path)).element.iter(qn("w:sdt")):
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val"))
        if tag.startswith("answer:"):
            text = "".join(words.text or "" for words in control.iter(qn("w:t")))
            yield tag.removeprefix("answer:"), text.removeprefix("点此填写").strip("（）").removesuffix("，可多项")


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.docx")), ids=lambda path: path.stem)
def test_a_placeholder_offers_exactly_the_choices_of_its_field(path: Path, fields: dict[str, Any]) -> None:
    for name, hint in hints(path):
        field = fields[name]
        if name not in LONG_LISTS and field.get("choices"):
            assert set(hint.split("/")) == set(field["choices"]), name
        elif field.get("type") == "yesno":
            assert hint == "是/否", name
        elif field.get("type") == "date":
            assert hint == "年-月-日", name
