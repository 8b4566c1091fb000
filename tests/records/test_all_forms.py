"""Every shipped form: drawn by its program, filled with anything, printed whole.  Printing needs LibreOffice."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
import zxingcpp
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.word.forms import WordForms
from mailflow.domain.forms import FormSpec
from mailflow.records import qr
from mailflow.records.returned import read_returned
from mailflow.records.sample import sample_fields
from tests.records.samples import SECRET
from tests.records.test_word_forms import FORMS, ROOT, loaded
from tools.forms import build_forms

CODES = sorted(path.stem for path in FORMS.glob("*.docx"))
TEXT = "{{7*7}} =cmd|' /C calc'!A0 <script>alert(1)</script> &amp; 😀 𠮷㐂龑 مرحبا שלום"
SIGNED = "欧阳修文 2026-11-22 10:05 邮件签字"
LONG = "很长的说明" * 60
ROWS = 40
TWO_PAGES = {"JL-23-03", "JL-8.5-01", "JL-8.5-02"}
REPORTS = {"JL-23-11", "JL-23-15", "JL-23-18"}  # a table for each section: they grow with the period
LETTERS = {"JL-23-10", "JL-23-10E"}

needs_libreoffice = pytest.mark.skipif(convert.soffice() is None, reason="LibreOffice (soffice) is not installed")


@pytest.fixture(scope="module")
def forms() -> WordForms:
    return loaded(FORMS)


def blank(spec: FormSpec) -> dict[str, Any]:
    """Nothing is known but the record itself."""
    fields: dict[str, Any] = dict.fromkeys((name for name in spec.fields if "." not in name), "")
    tables = {name.partition(".")[0] for name in spec.fields if "." in name}
    return {**fields, **dict.fromkeys(tables, ()), **_head(spec)}


def hostile(spec: FormSpec) -> dict[str, Any]:
    """What a mail must not be able to do to a record, in every field, answer and row."""
    fields = sample_fields(spec, rows=ROWS)
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = f"{TEXT} {name}" if name != "content" else f"{TEXT} {name} {LONG}"
        elif value and isinstance(value, list) and isinstance(value[0], dict):
            fields[name] = [
                {column: f"{{{{{line}}}}} <b> &{column}{line:02d};" for column in item}
                for line, item in enumerate(value, 1)
            ]
    answers = {name: f"{TEXT} {name} {LONG}" for name in spec.answers}
    return {**fields, **_head(spec), "answer": answers, "sig": dict.fromkeys(spec.signers, SIGNED)}


def _head(spec: FormSpec) -> dict[str, Any]:
    number = f"{spec.code}-2026-0001"
    return {"record_no": number, "company": "杭州恒泰精密机械有限公司", "qr": qr.payload(number, "2", SECRET)}


def words_of(package: bytes) -> str:
    """All text of a document, with the breaks in it."""
    found = []
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                root = etree.fromstring(archive.read(name))
                if name.startswith("word/"):
                    found += [text.text or "" for text in root.iter(qn("w:t"))]
    return "\n".join(found)


@pytest.fixture(scope="module")
def printed(forms: WordForms, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Every form blank, ordinary and hostile, as PDF: one start of LibreOffice."""
    folder = tmp_path_factory.mktemp("printed")
    records = {}
    for spec in forms.specs():
        ordinary = {**sample_fields(spec), **_head(spec)}
        for name, fields in (("blank", blank(spec)), ("ordinary", ordinary), ("hostile", hostile(spec))):
            record = folder / f"{name}-{spec.code}.docx"
            record.write_bytes(forms.fill(spec.code, fields))
            records[name, spec.code] = record
    made = convert.to_pdf(list(records.values()), folder, timeout=500)
    return dict(zip(records, made, strict=True))


def pages(pdf: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(pdf))
    try:
        return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def test_the_family_is_complete(forms: WordForms) -> None:
    assert [spec.code for spec in forms.specs()] == CODES
    assert {"JL-23-01", "JL-23-02", "JL-23-03", "JL-23-04", "JL-8.5-01", "JL-8.5-02", "JL-23-10", "JL-23-10E"} <= set(
        CODES
    )
    assert [spec.code for spec in forms.specs() if spec.kinds] == ["JL-23-01"]  # a procedure issues all others


def test_the_shipped_forms_are_what_their_program_draws(tmp_path: Path) -> None:
    for name in ("forms", "starter"):
        (tmp_path / name).mkdir()
    build_forms.build_all(tmp_path)
    shipped = [path for path in sorted((ROOT / "templates").glob("*/JL-*")) if path.stem != "JL-23-01"]
    assert len(shipped) == 2 * len(CODES)
    for path in [*shipped, FORMS / "JL-23-01.docx"]:
        drawn = tmp_path / path.relative_to(ROOT / "templates")
        if path.suffix == ".yaml":
            assert drawn.read_text("utf-8") == path.read_text("utf-8")
        else:
            assert _parts(drawn) == _parts(path), path.name


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("code", CODES)
def test_hostile_words_stay_words_in_every_field_answer_and_row(forms: WordForms, code: str) -> None:
    spec = next(spec for spec in forms.specs() if spec.code == code)
    fields = hostile(spec)
    package = forms.fill(code, fields)
    words = words_of(package)
    for name, value in fields.items():
        if isinstance(value, str) and name not in ("qr",):
            assert value in words, name
        elif name == "items":
            for item in value:
                assert all(cell in words for cell in item.values())
    read = read_returned(package)
    assert read.answers == {name: f"{TEXT} {name} {LONG}" for name in spec.answers}
    assert read.signatures == dict.fromkeys(spec.signers, SIGNED)
    assert read.qr == fields["qr"]


@pytest.mark.parametrize("code", CODES)
def test_nothing_stands_in_a_signature_cell_until_somebody_signs(forms: WordForms, code: str) -> None:
    spec = next(spec for spec in forms.specs() if spec.code == code)
    read = read_returned(forms.fill(code, {**sample_fields(spec), "answer": {}}))
    assert read.signatures == dict.fromkeys(spec.signers, "")
    assert read.answers == dict.fromkeys(spec.answers, "")


def test_an_empty_control_is_marked_as_word_marks_placeholders_and_a_filled_one_is_not(forms: WordForms) -> None:
    spec = next(spec for spec in forms.specs() if spec.code == "JL-23-03")
    package = forms.fill("JL-23-03", {**sample_fields(spec), "answer": {"plan": "派人"}, "sig": {"quality": "王工"}})
    marked = {}
    for control in docx.Document(io.BytesIO(package)).element.iter(qn("w:sdt")):
        properties = control.find(qn("w:sdtPr"))
        marked[properties.find(qn("w:tag")).get(qn("w:val"))] = properties.find(qn("w:showingPlcHdr")) is not None
    assert (marked["answer:plan"], marked["sign:quality"]) == (False, False)
    assert (marked["answer:gaps"], marked["sign:approver"]) == (True, True)


@needs_libreoffice
@pytest.mark.parametrize("code", CODES)
def test_blank_and_ordinary_records_keep_to_their_pages(printed: dict[tuple[str, str], Path], code: str) -> None:
    for name in ("blank", "ordinary"):
        found = pages(printed[name, code])
        assert len(found) == (2 if code in TWO_PAGES else 1) or (code in REPORTS and len(found) <= 4), name
        assert all(_numbered(code, number, len(found)) in page for number, page in enumerate(found, 1))


@needs_libreoffice
@pytest.mark.parametrize("code", CODES)
def test_hostile_records_flow_on_with_nothing_cut(
    forms: WordForms, printed: dict[tuple[str, str], Path], code: str
) -> None:
    spec = next(spec for spec in forms.specs() if spec.code == code)
    fields = hostile(spec)
    found = pages(printed["hostile", code])
    assert len(found) <= (45 if code in REPORTS else 14)
    whole = "".join(_body(page, code) for page in found)
    for item in fields.get("items", ()):
        assert all("".join(cell.split()) in whole for cell in item.values()), item
    for name in spec.answers:
        # Letters of other directions are drawn in their own order: what follows them is compared.
        assert f"{name}{LONG}"[:80] in whole, name
    for number, page in enumerate(found, 1):
        assert _numbered(code, number, len(found)) in page
        assert f"{code}-2026-0001" in page
    assert found[-1].count("".join(SIGNED.split())) == len(spec.signers)
    if code != "JL-23-10E":
        assert all("".join(title.split()) in found[-1] for title in spec.signers.values())


def _numbered(code: str, number: int, count: int) -> str:
    """A page's number as readers of the form's language expect it."""
    return f"Page{number}of{count}" if code == "JL-23-10E" else f"第{number}页共{count}页"


def _body(page: str, code: str) -> str:
    """A page without its head and foot, so that a value over two pages is whole."""
    return page if code in LETTERS else re.sub(rf"^.*?第\d+页共\d+页|{re.escape(code)}版本.*$", "", page)


@needs_libreoffice
@pytest.mark.parametrize("code", CODES)
def test_the_code_on_first_and_last_page_names_the_record(printed: dict[tuple[str, str], Path], code: str) -> None:
    document = pypdfium2.PdfDocument(str(printed["hostile", code]))
    try:
        for number in {0, len(document) - 1}:
            picture = document[number].render(scale=100 / 72).to_pil()
            (found,) = zxingcpp.read_barcodes(picture)
            claim = qr.verify(found.text, SECRET)
            assert claim is not None
            assert (claim.record, claim.version) == (f"{code}-2026-0001", "2")
    finally:
        document.close()


@pytest.mark.parametrize("code", CODES)
def test_the_code_is_at_least_twenty_millimetres_wide(code: str) -> None:
    header = docx.Document(str(FORMS / f"{code}.docx")).sections[0].header
    width = int(next(header._element.iter(qn("wp:extent"))).get("cx")) / 36_000
    modules = 29
    assert width * modules / (modules + 4) >= 20  # the picture carries two white modules on each side
