"""Mistakes in forms and sidecars are all reported, each with its place."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docxtpl import RichText

from mailflow.adapters.word.forms import load_forms
from mailflow.domain.errors import Problem
from mailflow.records.returned import read_returned
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
        ("JL-23-01", "A/2", "客户投诉登记表", 3)
    ]


def test_forms_as_they_were_shipped_are_opened_when_first_filled_and_a_changed_one_at_once(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(Path(__file__).parents[2] / "templates" / "forms", tmp_path / "forms"))
    believed, problems = load_forms(folder, whole=False)
    tried, _ = load_forms(folder)
    assert problems == []
    assert believed is not None
    assert tried is not None
    assert believed.specs() == tried.specs()
    for spec in tried.specs()[:2]:
        values = dict.fromkeys((name for name in spec.fields if "." not in name), None)
        assert believed.fill(spec.code, values) == tried.fill(spec.code, values)
    sidecar = next(folder.glob("*.yaml"))
    template = sidecar.with_suffix(".docx")
    document = docx.Document(str(template))
    document.add_paragraph("{{ nte }}")
    document.save(str(template))
    assert "MF413" in [problem.code for problem in load_forms(folder, whole=False)[1]]


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


SIGNED = SIDECAR.replace("signers: {}", "signers: {leader: 主管领导}\nanswers: {plan: 处理方案}")


def controls(*tags: str) -> Any:
    """Writes a plain-text content control for each tag, as Word does when an author inserts one."""

    def write(document: Any) -> None:
        for tag in tags:
            paragraph = document.add_paragraph(f"栏目 {tag} ")
            paragraph._p.append(
                parse_xml(
                    f'<w:sdt {nsdecls("w")}><w:sdtPr><w:tag w:val="{tag}"/><w:text/></w:sdtPr>'
                    "<w:sdtContent><w:r><w:t>单击或点击此处输入文字。</w:t></w:r></w:sdtContent></w:sdt>"
                )
            )

    return write


def test_a_company_needs_no_more_than_a_control_with_a_tag(tmp_path: Path) -> None:
    write_form(tmp_path, "{{ note }}", sidecar=SIGNED, extra=controls("answer:plan", "sign:leader"))
    forms, problems = load_forms(tmp_path)
    assert problems == []
    assert forms is not None
    fields = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:JL-99-01-2026-0001:1:" + "A" * 16, "note": ""}
    empty = read_returned(forms.fill("JL-99-01", fields))
    assert (empty.answers, empty.signatures) == ({"plan": ""}, {"leader": ""})
    assert empty.qr == fields["qr"]
    filled = read_returned(forms.fill("JL-99-01", {**fields, "answer": {"plan": "换货"}, "sig": {"leader": "王工"}}))
    assert (filled.answers, filled.signatures) == ({"plan": "换货"}, {"leader": "王工"})


def around(what: str) -> Any:
    """Word puts the control around a whole paragraph or a whole cell when it is inserted into an empty one."""

    def write(document: Any) -> None:
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text = "处理方案"
        cell = table.rows[0].cells[1]
        element = cell._tc if what == "cell" else cell.paragraphs[0]._p
        cell.paragraphs[0].add_run("单击或点击此处输入文字。")
        control = parse_xml(
            f'<w:sdt {nsdecls("w")}><w:sdtPr><w:tag w:val="answer:plan"/><w:showingPlcHdr/><w:text/></w:sdtPr>'
            "<w:sdtContent/></w:sdt>"
        )
        element.addprevious(control)
        control[-1].append(element)
        if what == "paragraph":
            cell.add_paragraph()

    return write


@pytest.mark.parametrize("what", ["paragraph", "cell"])
def test_a_control_around_a_paragraph_or_a_cell_is_filled_and_read_as_well(tmp_path: Path, what: str) -> None:
    sidecar = SIGNED.replace("signers: {leader: 主管领导}", "signers: {}")
    write_form(tmp_path, "{{ note }}", sidecar=sidecar, extra=around(what))
    forms, problems = load_forms(tmp_path)
    assert problems == []
    assert forms is not None
    fields = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:JL-99-01-2026-0001:1:" + "A" * 16, "note": ""}
    for answer in ("", "换货\n补发"):
        package = forms.fill("JL-99-01", {**fields, "answer": {"plan": answer}})
        assert read_returned(package).answers == {"plan": answer}
        cells = docx.Document(io.BytesIO(package)).element.iter(qn("w:tc"))
        assert len(list(cells)) == 2


@pytest.mark.parametrize("text", ["{{r note }}", "{{ note }}"])
def test_controls_work_whichever_way_a_form_is_rendered(tmp_path: Path, text: str) -> None:
    write_form(tmp_path, text, sidecar=SIGNED, extra=controls("answer:plan", "sign:leader"))
    forms, _ = load_forms(tmp_path)
    assert forms is not None
    fields = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:JL-99-01-2026-0001:1:" + "A" * 16, "note": RichText("x")}
    read = read_returned(forms.fill("JL-99-01", {**fields, "answer": {"plan": "a < b & {{ 7*7 }}"}}))
    assert (read.qr, read.answers, read.signatures) == (fields["qr"], {"plan": "a < b & {{ 7*7 }}"}, {"leader": ""})


@pytest.mark.parametrize(
    ("tags", "text", "code", "words"),
    [
        (("sign:leader",), "", "MF417", "'answer:plan'"),
        (
            ("answer:plan", "answer:pln", "sign:leader"),
            "",
            "MF417",
            "'answer:pln' is not declared near “栏目 answer:pln",
        ),
        (("answer:plan", "sign:leader", "sign:boss"), "", "MF417", "'sign:boss'"),
        (("answer:plan", "sign:"), "{{ sig.leader }}", "MF417", "'sign:'"),
        (("answer:plan",), "", "MF415", "sig.leader"),
        (("answer:plan",), "批准 {{ sig.leder }}", "MF413", "sig.leder does not exist near “批准 {{ sig.leder }}”"),
        (("answer:plan",), "{{ sig['leder'] }} {{ sig.leader }}", "MF413", "sig.leder"),
        (("answer:plan", "sign:leader"), "{{ answer.scope }}", "MF413", "answer.scope"),
    ],
)
def test_controls_answers_and_signers_must_agree(
    tmp_path: Path, tags: tuple[str, ...], text: str, code: str, words: str
) -> None:
    write_form(tmp_path, "{{ note }}", text, sidecar=SIGNED, extra=controls(*tags))
    problems = problems_of(tmp_path)
    assert [problem.code for problem in problems] == [code]
    assert words in problems[0].message


def test_every_problem_of_an_expression_quotes_its_paragraph(tmp_path: Path) -> None:
    texts = ("甲 {{ nte }}", "乙 {{ note.__class__ }}", "丙 {{ note.x() }}", "丁 {{ 2 ** 9 }}", "戊 {{ form.colour }}")
    write_form(tmp_path, "{{ note }}", *texts)
    messages = [problem.message for problem in problems_of(tmp_path)]
    for text in texts:
        assert any("word/document.xml: " in message and text in message for message in messages), text


def test_a_block_nothing_ends_is_quoted_where_it_begins(tmp_path: Path) -> None:
    write_form(tmp_path, "{% if note %}结束了{% endif %}", "开头 {% if note %}没有结尾", "{{ note }}", "最后一段")
    (problem,) = problems_of(tmp_path)
    assert (problem.code, "开头" in problem.message or "没有结尾" in problem.message) == ("MF412", True)
    assert "{% if note %}" in problem.message


def test_a_field_in_the_properties_must_be_declared_too(tmp_path: Path) -> None:
    def named(document: Any) -> None:
        document.core_properties.subject = "{{ case_nr }}"

    write_form(tmp_path, "{{ note }}", extra=named)
    assert [(problem.code, "case_nr" in problem.message) for problem in problems_of(tmp_path)] == [("MF413", True)]


def test_a_form_may_number_its_records_its_own_way_but_not_as_another_form_does(tmp_path: Path) -> None:
    numbered = SIDECAR.replace("kinds: [complaint]\n", "number: '8D-{year}-{n:03d}'\n")
    write_form(tmp_path, "{{ note }}", sidecar=numbered)
    forms, problems = load_forms(tmp_path)
    assert problems == []
    assert forms is not None
    assert [(spec.number, spec.kinds) for spec in forms.specs()] == [("8D-{year}-{n:03d}", ())]
    write_form(tmp_path, "{{ note }}", sidecar=numbered.replace("JL-99-01", "JL-99-02"), code="JL-99-02")
    assert [(problem.code, "JL-99-01" in problem.message) for problem in problems_of(tmp_path)] == [("MF420", True)]


def test_a_copy_of_a_form_under_another_name_is_refused(tmp_path: Path) -> None:
    write_form(tmp_path, "{{ note }}")
    write_form(tmp_path, "{{ note }}", code="JL-99-01 - copy")
    assert [(problem.code, "JL-99-01" in problem.message) for problem in problems_of(tmp_path)] == [("MF401", True)]


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
        (("signers: {}", "signers_en: {leader: Leader}"), 6, "leader"),
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
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF403", "MF401", "MF402"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_word_file_is_a_problem_not_a_crash(tmp_path: Path, content: bytes) -> None:
    write_form(tmp_path, "{{ note }}")
    (tmp_path / "JL-99-01.docx").write_bytes(content)
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF405"]


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in problems_of(tmp_path)] == ["MF404"]
