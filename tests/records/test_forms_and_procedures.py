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
from mailflow.casework.places import unasked
from mailflow.domain.forms import FormSpec
from mailflow.records.returned import SIGN_TAG, filled_cells, read_returned
from mailflow.records.sample import sample_fields
from mailflow.settings import shipped
from tests.procedures.test_shipped_procedures import shipped as shipped_procedures
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


NOBODYS = {
    "JL-23-01": "management_rep quality technical",
    "JL-23-02": "replier reviewer verifier",
    "JL-23-08": "registrar",
    "JL-23-11": "receiver_production receiver_quality receiver_sales receiver_technical",
    "JL-23-12": "reviewer",
    "JL-23-13": "quality",
    "JL-23-14": "finance sales",
    "JL-23-15": "receiver_production receiver_quality receiver_sales receiver_technical",
    "JL-7.2-01": "sales",
    "JL-7.2-03": "customer finance production purchasing quality sales technical",
    "JL-8.5-01": "reviewer",
    "JL-8.5-02": "customer production quality",
    "JL-8.6-03": "checker",
}
"""The signature cells that some shipped procedure asks nobody for: they are crossed out in its cases."""


def test_every_cell_is_asked_for_by_the_procedure_or_known_to_be_crossed_out(specs: dict[str, FormSpec]) -> None:
    found: dict[str, set[str]] = {}
    for procedure in shipped_procedures().all:
        codes = {code for task in procedure.tasks.values() for code in (task.form, task.form_en) if code}
        for code in codes:
            tags = unasked(procedure, {}, specs[code])
            cells = {tag.removeprefix(SIGN_TAG) for tag in tags if tag.startswith(SIGN_TAG)}
            found.setdefault(code, set()).update(cells)
    assert {code: " ".join(sorted(cells)) for code, cells in found.items() if cells} == NOBODYS


def test_what_is_crossed_out_is_printed_as_a_slash_and_read_back_as_nothing(specs: dict[str, FormSpec]) -> None:
    forms, spec = loaded(FORMS), specs["JL-23-14"]
    fields = {**sample_fields(spec), "answer": {}}
    issued = forms.fill(spec.code, fields)
    crossed = forms.fill(spec.code, {**fields, "sig": {"finance": "/"}, "answer": {"remark": "/"}})
    assert read_returned(crossed).signatures["finance"] == "/"
    assert filled_cells(issued, crossed) == {}
