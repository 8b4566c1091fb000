"""The record as printed: one page, nothing cut, and a code that a scan gives back.  Needs LibreOffice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from mailflow.adapters.libreoffice import convert
from mailflow.domain.errors import PermanentError
from mailflow.records import qr
from tests.read_once import load_forms
from tests.records import samples
from tests.records.test_word_forms import FORMS

needs_libreoffice = pytest.mark.skipif(
    convert.soffice() is None or shutil.which("pdftoppm") is None,
    reason="LibreOffice (soffice) or poppler (pdftoppm) is not installed",
)
SAMPLES = {"ordinary": samples.ordinary, "english": samples.english, "hostile": samples.hostile}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("printed")
    forms, _ = load_forms(FORMS)
    assert forms is not None
    records = []
    for name, sample in SAMPLES.items():
        record = folder / f"{name}.docx"
        record.write_bytes(forms.fill("JL-23-01", sample()))
        records.append(record)
    return dict(zip(SAMPLES, convert.to_pdf(records, folder), strict=True))


def pages(pdf: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(pdf))
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


@needs_libreoffice
@pytest.mark.parametrize("name", ["ordinary", "english"])
def test_an_ordinary_complaint_is_one_page_with_all_its_words(printed: dict[str, Path], name: str) -> None:
    (page,) = pages(printed[name])
    fields = SAMPLES[name]()
    squeezed = "".join(page.split())
    assert "".join(fields["content"].split()) in squeezed
    for last in ("管理者代表", "保存期限3年", "第1页共1页", "TS-2026-0123"):
        assert last in squeezed


@needs_libreoffice
def test_long_words_flow_on_and_every_page_carries_the_head(printed: dict[str, Path]) -> None:
    found = pages(printed["hostile"])
    assert 2 <= len(found) <= 8
    for number, page in enumerate(found, 1):
        squeezed = "".join(page.split())
        assert f"第{number}页共{len(found)}页" in squeezed
        assert "客户投诉登记表" in squeezed
        assert samples.RECORD in squeezed
    last = "".join(found[-1].split())
    for signer in ("五、处理与结案", "登记人", "管理者代表"):
        assert signer in last


@needs_libreoffice
@pytest.mark.parametrize("dpi", [100, 200])
def test_the_code_on_every_printed_page_names_the_record(printed: dict[str, Path], tmp_path: Path, dpi: int) -> None:
    for name in ("ordinary", "hostile"):
        for page in convert.to_png(printed[name], tmp_path, dpi=dpi):
            (code,) = zxingcpp.read_barcodes(Image.open(page))
            claim = qr.verify(code.text, samples.SECRET)
            assert claim is not None
            assert (claim.record, claim.version) == (samples.RECORD, "A/0")


def test_without_libreoffice_the_operator_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PermanentError, match="LibreOffice"):
        convert.to_pdf([tmp_path / "record.docx"], tmp_path)
