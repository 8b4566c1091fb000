"""Sections of a form: what each signature answers for, checked when the form is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailflow.domain.forms import FormSpec, Section
from mailflow.records.sections import changes
from mailflow.records.sidecar import read_sidecar
from mailflow.settings import shipped

FORMS = shipped.folder("templates") / "forms"
SIDECAR = """\
code: JL-99-01
version: A/0
title: {zh: 试, en: Trial}
retention_years: 3
signers: {registrar: 登记人, closer: 结案人}
fields: {record_no: 编号, batch_no: 批号, items: 明细, items.name: 名称}
answers: {result: 结果}
"""


def read(folder: Path, sections: str) -> tuple[FormSpec | None, list[tuple[int, str, str]]]:
    path = folder / "JL-99-01.yaml"
    path.write_text(SIDECAR + sections, "utf-8")
    spec, problems = read_sidecar(path)
    return spec, [(item.line, item.code, item.message) for item in problems]


def test_a_form_without_sections_is_sound(tmp_path: Path) -> None:
    spec, problems = read(tmp_path, "")
    assert problems == []
    assert spec is not None
    assert spec.sections == {}


def test_everything_wrong_with_the_sections_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    spec, problems = read(
        tmp_path,
        "sections:\n"
        "  goods: {signers: [registrar, nobody_we_know], fields: [batch_no, colour]}\n"
        "  outcome:\n    signers: [registrar]\n    fields: [result, batch_no]\n",
    )
    assert spec is None
    assert {code for _, code, _ in problems} == {"MF418"}
    assert [(line, words) for line, _, words in problems] == [
        (8, "record_no is in no section"),
        (8, "items is in no section"),
        (9, "batch_no is in the sections goods, outcome"),
        (9, "there is no field 'colour'"),
        (9, "there is no cell 'nobody_we_know'"),
        (12, "batch_no is in the sections goods, outcome"),
        (8, "the cell closer answers for nothing"),
    ]


def test_a_column_goes_with_its_table_and_a_section_without_signers_is_nobodys(tmp_path: Path) -> None:
    spec, problems = read(
        tmp_path,
        "sections:\n  head: {fields: [record_no]}\n"
        "  goods: {signers: [registrar], late_facts: true, fields: [batch_no, items]}\n"
        "  outcome: {signers: [closer], fields: [result]}\n",
    )
    assert problems == []
    assert spec is not None
    assert spec.sections["goods"] == Section(("batch_no", "items"), ("registrar",), late_facts=True)
    assert spec.sections["head"].signers == ()


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_form_says_who_answers_for_each_field(path: Path) -> None:
    spec, problems = read_sidecar(path)
    assert problems == []
    assert spec is not None
    placed = [name for section in spec.sections.values() for name in section.fields]
    assert sorted(placed) == sorted({*(name for name in spec.fields if "." not in name), *spec.answers})
    assert {cell for section in spec.sections.values() for cell in section.signers} == set(spec.signers)


# -------------------------------------------------------------------------------------------------- what has changed


FORM = FormSpec(
    "JL-99-01", "A/0", "试", "Trial", (), {"batch_no": "批号", "demand": "要求", "latin": "西文"},
    {"registrar": "登记人", "closer": "结案人"}, 3, answers={"result": "结果", "amount": "金额"},
    sections={
        "goods": Section(("batch_no", "demand", "latin"), ("registrar", "closer"), late_facts=True),
        "outcome": Section(("result", "amount"), ("closer",)),
    },
)  # fmt: skip


def values(batch: str = "B1", result: str = "换货", amount: str = "", **more: Any) -> dict[str, Any]:
    return {
        "batch_no": batch,
        "demand": ["换货"],
        "latin": False,
        **more,
        "answer": {"result": result, "amount": amount},
    }


def changed(cell: str, before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item.label, item.before, item.after) for item in changes(FORM, cell, before, now)]


def test_only_the_own_section_counts() -> None:
    assert changed("registrar", values(), values(result="退货")) == []
    assert changed("closer", values(), values(result="退货")) == [("结果", "换货", "退货")]
    assert changed("registrar", values(), values("B2")) == [("批号", "B1", "B2")]


def test_a_late_fact_leaves_a_signature_standing_and_a_late_decision_does_not() -> None:
    assert changed("registrar", values("/"), values("B1")) == []
    assert changed("closer", values(), values(amount="500元")) == [("金额", "", "500元")]


def test_what_was_said_and_is_gone_counts() -> None:
    assert changed("registrar", values("B1"), values("/")) == [("批号", "B1", "")]


@pytest.mark.parametrize(
    "now",
    [values("Ｂ1"), values(" B 1"), values(demand="换货"), values(latin=True)],
    ids=["width", "space", "kind", "hint"],
)
def test_how_it_is_written_is_no_change(now: dict[str, Any]) -> None:
    assert changed("registrar", values(), now) == []


def test_without_sections_each_signature_stands_for_all_that_was_said() -> None:
    whole = FormSpec(FORM.code, FORM.version, "", "", (), FORM.fields, FORM.signers, 3, answers=FORM.answers)
    assert changes(whole, "registrar", values(), values(amount="500元")) == []
    assert [item.field for item in changes(whole, "registrar", values(), values(result="退货"))] == ["result"]
