"""Mistakes in forms and sidecars are all reported, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.word import load_forms
from mailflow.errors import Problem
from tests.records.templates import SIDECAR, write_form


def problems_of(folder: Path) -> list[Problem]:
    forms, problems = load_forms(folder)
    assert (forms is None) == bool(problems)
    return problems


def test_the_shipped_forms_have_no_problem() -> None:
    forms, problems = load_forms(Path(__file__).parents[2] / "templates" / "forms")
    assert problems == []
    assert forms is not None
    assert [(spec.code, spec.version, spec.title, spec.retention_years) for spec in forms.specs()][:1] == [
        ("JL-23-01", "A/0", "客户投诉登记表", 3)
    ]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("客户：｛｛ note ｝｝", "MF410", "full-width"),
        ("客户：{ note }", "MF411", "{ note }"),
        ("客户：{{ note }", "MF412", "客户"),
        ("{% if note %}没有结尾", "MF412", "endif"),
        ("{{ note | nosuchfilter }}", "MF412", "nosuchfilter"),
        ("{{ nte }}", "MF413", "nte"),
        ("{{ form.colour }}", "MF413", "form.colour"),
        ("{{ note.__class__.__mro__ }}", "MF414", "__class__"),
        ("{{ note['__class__'] }}", "MF414", "__class__"),
        ("{{ 'a' * 100000000 }}", "MF414", "multiplies"),
        ("{{ note.center(1000000000) }}", "MF414", "calls"),
        ("{{ note | center(1000000000) }}", "MF412", "center"),
        ("{{ 10 ** 10 ** 10 }}", "MF414", "multiplies"),
        ("{% for n in range(9) %}x{% endfor %}", "MF413", "range"),
        ("{{ cycler.__init__ }}", "MF413", "cycler"),
    ],
)
def test_a_broken_expression_is_found_and_quoted(tmp_path: Path, text: str, code: str, words: str) -> None:
    write_form(tmp_path, "{{ note }}", text)
    problems = problems_of(tmp_path)
    assert code in [problem.code for problem in problems]
    assert any(words in problem.message for problem in problems)
    assert all(problem.file.endswith("JL-99-01.docx") for problem in problems)


def test_a_column_the_sidecar_does_not_know_is_found(tmp_path: Path) -> None:
    def rows(document: Any) -> None:
        table = document.add_table(rows=3, cols=1)
        table.rows[0].cells[0].text = "{%tr for row in rows %}"
        table.rows[1].cells[0].text = "{{ row.prduct }}"
        table.rows[2].cells[0].text = "{%tr endfor %}"

    write_form(tmp_path, "{{ note }}", sidecar=SIDECAR + "  rows: 明细\n  rows.product: 产品\n", extra=rows)
    assert [(p.code, "rows.prduct" in p.message) for p in problems_of(tmp_path)] == [("MF413", True)]


def test_a_form_that_does_not_print_what_an_auditor_asks_for_is_refused(tmp_path: Path) -> None:
    write_form(tmp_path, "{{ note }}", qr=False, pages=False)
    assert sorted(problem.code for problem in problems_of(tmp_path)) == ["MF415", "MF416"]


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        (("code: JL-99-01", "code: jl 99"), 1, "JL-23-01"),
        (("code: JL-99-01", "code: JL-99-02"), 1, "JL-99-02"),
        (("version: A/0", "version: v1"), 2, "A/0"),
        (("kinds: [complaint]", "kinds: [spam]"), 4, "spam"),
        (("kinds: [complaint]", "kinds: [complant]"), 4, "kinds"),
        (("signers: {}", "signers: {Leader: 领导}"), 6, "Leader"),
        (("signers: {}", "signers: [登记人]"), 6, "signers"),
        (("signers: {}", "answers: {items: 明细}"), 6, "items"),
        (("signers: {}", "number: '{form}-{n}'"), 6, "year"),
        (("  note: 说明", "  note: 说明\n  sig: 签字"), 7, "sig"),
        (("retention_years: 3", "retention_years: long"), 5, "retention_years"),
        (("retention_years: 3\n", ""), 1, "retention_years"),
        (("signers:", "singers:"), 6, "singers"),
        (("  note: 说明", "  Note: 说明"), 7, "Note"),
        (("  note: 说明", "  note: 说明\n  form: 表"), 7, "form"),
        (("  note: 说明", "  note: 说明\n  list.column: 列"), 7, "list"),
    ],
)
def test_a_wrong_sidecar_is_reported_with_its_line(
    tmp_path: Path, wrong: tuple[str, str], line: int, words: str
) -> None:
    write_form(tmp_path, "{{ note }}", sidecar=SIDECAR.replace(*wrong))
    problems = problems_of(tmp_path)
    assert [(problem.line, words in problem.message) for problem in problems] == [(line, True)]
    assert problems[0].file.endswith("JL-99-01.yaml")


def test_forms_and_sidecars_come_in_pairs_and_word_s_lock_files_are_no_forms(tmp_path: Path) -> None:
    write_form(tmp_path, "{{ note }}")
    (tmp_path / "~$-99-01.docx").write_bytes(b"lock")
    assert problems_of(tmp_path) == []
    (tmp_path / "JL-99-02.yaml").write_text(SIDECAR, encoding="utf-8")
    (tmp_path / "JL-99-03.docx").write_bytes(b"PK")
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF403", "MF402"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_word_file_is_a_problem_not_a_crash(tmp_path: Path, content: bytes) -> None:
    write_form(tmp_path, "{{ note }}")
    (tmp_path / "JL-99-01.docx").write_bytes(content)
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF405"]


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF404"]
