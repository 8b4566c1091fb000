"""Filling forms: the same words as docxtpl, in the same bytes every time, whatever the mail holds."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docxtpl import DocxTemplate, RichText
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.word.forms import WordForms
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Message
from mailflow.records.clean import CUT_MARK, clean, ticked
from tests.read_once import load_forms
from tests.records import samples
from tests.records.templates import SIDECAR, write_form

ROOT = Path(__file__).parents[2]
FORMS = ROOT / "templates" / "forms"


@pytest.fixture(scope="module")
def forms() -> WordForms:
    return loaded(FORMS)


def loaded(folder: Path) -> WordForms:
    forms, problems = load_forms(folder)
    assert problems == []
    assert forms is not None
    return forms


def texts(document: bytes) -> list[str]:
    """The text of every cell, header and footer included, in order."""
    opened = docx.Document(io.BytesIO(document))
    section = opened.sections[0]
    found = [paragraph.text for part in (section.header, section.footer, opened) for paragraph in part.paragraphs]
    for part in (section.header, section.footer, opened):
        for table in part.tables:
            found += [cell.text for row in table.rows for cell in row.cells]
    return found


def rendered_by_docxtpl(path: Path, fields: dict[str, Any]) -> bytes:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.filters["tick"] = ticked
    template = DocxTemplate(path)
    template.render(fields, environment, autoescape=True)
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()


def part(document: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(document)).read(name).decode()


@pytest.mark.parametrize("sample", [samples.ordinary, samples.english, samples.hostile])
def test_the_compiled_form_says_the_same_as_docxtpl_cell_by_cell(forms: WordForms, sample: Any) -> None:
    fields = sample()
    spec = forms.specs()[0]
    cleaned = {name: clean(value) if isinstance(value, str) else value for name, value in fields.items()}
    facts = {"code": spec.code, "version": spec.version, "title": spec.title, "retention_years": spec.retention_years}
    slow = rendered_by_docxtpl(
        FORMS / "JL-23-01.docx", {**cleaned, "form": facts, "sig": dict.fromkeys(spec.signers, "")}
    )
    assert texts(forms.fill("JL-23-01", fields)) == texts(slow)


def test_the_same_fields_give_the_same_bytes_whatever_was_filled_before(forms: WordForms) -> None:
    first = forms.fill("JL-23-01", samples.ordinary())
    forms.fill("JL-23-01", samples.hostile())
    forms.fill("JL-23-01", samples.fields(Message(), samples.details(), "甲", record_no="JL-23-01-2026-0018"))
    assert forms.fill("JL-23-01", samples.ordinary()) == first
    assert loaded(FORMS).fill("JL-23-01", samples.ordinary()) == first


def test_another_record_number_changes_the_qr_picture(forms: WordForms) -> None:
    pictures = set()
    for number in ("JL-23-01-2026-0017", "JL-23-01-2026-0018"):
        fields = samples.fields(Message(), samples.details(), "甲", record_no=number)
        document = forms.fill("JL-23-01", fields)
        pictures.add(zipfile.ZipFile(io.BytesIO(document)).read("word/media/image1.png"))
    assert len(pictures) == 2


def test_hostile_values_stay_text_and_the_file_stays_whole(forms: WordForms) -> None:
    document = forms.fill("JL-23-01", samples.hostile())
    archive = zipfile.ZipFile(io.BytesIO(document))
    assert archive.testzip() is None
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(archive.read(name))
    words = "\n".join(texts(document))
    for kept in ("{{ 7*7 }}", "<script>", "&amp;", "=cmd|' /C calc'!A0", "龑𠮷㐂", "😀", "｛｛name｝｝", "]]>", "${x}"):
        assert kept in words
    assert "第二行\n第三行\n第四行\t制表" in words
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\u202e]", words)


def test_very_long_words_are_cut_with_a_mark_that_points_to_the_original_mail(forms: WordForms) -> None:
    def filled(content: str) -> bytes:
        return forms.fill("JL-23-01", {**samples.ordinary(), "content": content})

    for content in ("很长" * 50_000, "一行\n" * 5_000, "W" * 1_000_000):
        words = re.sub("<[^>]*>", "", part(filled(content), "word/document.xml"))
        assert CUT_MARK in words
        assert len(words) < 25_000


def test_a_missing_field_is_named_together_with_its_form(forms: WordForms) -> None:
    fields = samples.ordinary()
    del fields["batch_no"]
    with pytest.raises(PermanentError, match=r"JL-23-01.*batch_no"):
        forms.fill("JL-23-01", fields)


def test_an_unknown_form_is_named(forms: WordForms) -> None:
    with pytest.raises(PermanentError, match="JL-00-00"):
        forms.fill("JL-00-00", {})


def test_an_unknown_value_prints_a_slash_and_an_empty_text_stays_empty(tmp_path: Path) -> None:
    write_form(tmp_path, "[{{ note }}]")
    fields = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:X:A/0:Y"}
    assert "[/]" in texts(loaded(tmp_path).fill("JL-99-01", {**fields, "note": None}))
    assert "[]" in texts(loaded(tmp_path).fill("JL-99-01", {**fields, "note": ""}))


def test_a_missing_column_of_a_row_is_an_error_not_a_blank(tmp_path: Path) -> None:
    def rows(document: Any) -> None:
        table = document.add_table(rows=3, cols=2)
        table.rows[0].cells[0].text = "{%tr for row in rows %}"
        table.rows[1].cells[0].text, table.rows[1].cells[1].text = "{{ row.product }}", "{{ row.quantity }}"
        table.rows[2].cells[0].text = "{%tr endfor %}"

    columns = "  rows: 明细\n  rows.product: 产品\n  rows.quantity: 数量\n"
    write_form(tmp_path, "{{ note }}", sidecar=SIDECAR + columns, extra=rows)
    forms = loaded(tmp_path)
    fields: dict[str, Any] = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:X:A/0:Y", "note": "x"}
    fields["rows"] = [{"product": f"轴承 <{n}>", "quantity": n} for n in range(40)]
    words = texts(forms.fill("JL-99-01", fields))
    assert [f"轴承 <{n}>" in words for n in range(40)] == [True] * 40
    with pytest.raises(PermanentError, match=r"JL-99-01.*quantity"):
        forms.fill("JL-99-01", {**fields, "rows": [{"product": "轴承"}]})


def test_templates_that_need_docxtpl_while_rendering_get_it_and_stay_deterministic(tmp_path: Path) -> None:
    write_form(tmp_path, "{{r note }}", "{{ record_no }}")
    rich = RichText("加粗 <b> & ", bold=True)
    fields = {"record_no": "JL-99-01-2026-0001", "qr": "MF1:X:A/0:Y", "note": rich}
    fields["issued_at"] = datetime(2026, 11, 22, tzinfo=UTC)
    document = loaded(tmp_path).fill("JL-99-01", fields)
    assert "加粗 <b> & " in texts(document)
    assert "<w:b/>" in part(document, "word/document.xml")
    assert loaded(tmp_path).fill("JL-99-01", fields) == document


def test_code_version_and_years_kept_come_from_the_sidecar(forms: WordForms) -> None:
    words = "\n".join(texts(forms.fill("JL-23-01", samples.ordinary())))
    for fact in ("JL-23-01", "A/2", "保存期限 3 年", "案件编号 TS-2026-0123", samples.RECORD):
        assert fact in words


def test_the_properties_name_the_record_its_author_and_its_date(forms: WordForms) -> None:
    fields = {**samples.ordinary(), "issued_at": datetime(2026, 11, 22, 1, 42, 7, tzinfo=UTC)}
    facts = docx.Document(io.BytesIO(forms.fill("JL-23-01", fields))).core_properties
    assert facts.author == "mailflow"
    assert facts.title == f"客户投诉登记表 {samples.RECORD}"
    assert facts.created == facts.modified == datetime(2026, 11, 22, 1, 42, 7, tzinfo=UTC)


def test_every_signature_cell_is_left_empty_for_a_person(forms: WordForms) -> None:
    document = docx.Document(io.BytesIO(forms.fill("JL-23-01", samples.ordinary())))
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    for title in forms.specs()[0].signers.values():
        assert f"{title}\n\n" in cells


def test_every_run_names_its_chinese_font_and_every_row_but_the_words_stays_whole() -> None:
    document = docx.Document(str(FORMS / "JL-23-01.docx"))
    section = document.sections[0]
    for root in (document.element.body, section.header._element, section.footer._element):
        for run in root.iter(qn("w:r")):
            if run.find(qn("w:drawing")) is None:
                assert run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}").get(qn("w:eastAsia"))
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "宋体"
    whole = [row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in document.element.iter(qn("w:tr"))]
    assert whole.count(False) == 1


def test_the_qr_code_is_at_least_twenty_millimetres_wide() -> None:
    header = docx.Document(str(FORMS / "JL-23-01.docx")).sections[0].header
    width = int(next(header._element.iter(qn("wp:extent"))).get("cx")) / 36_000
    modules = 29
    assert width * modules / (modules + 4) >= 20  # the picture carries two white modules on each side
