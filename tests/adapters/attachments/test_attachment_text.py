"""The text of attached files: tables with their labels, limits, strangers' tricks.  All files are made here."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document
from openpyxl import Workbook

from mailflow.adapters.attachments import file_text
from mailflow.adapters.attachments.reader import AttachmentTexts
from mailflow.domain.attached import FileText, Unread
from mailflow.domain.model import Address, Attachment, Message
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.reading.text import tables
from mailflow.stages.extract import extract
from tests.read_once import load_rulebook
from tests.reading.conftest import RULES

NOW = datetime(2025, 7, 16, 2, 30, tzinfo=UTC)


class Texts(AttachmentTexts):
    """A reader whose text alone most tests look at."""

    def text(self, name: str, content: bytes) -> str:
        return self(attached(name, content)).text

    def unread(self, name: str, content: bytes) -> list[tuple[str, str]]:
        return [(each.name, each.why) for each in self(attached(name, content)).unread]


@pytest.fixture(scope="module")
def texts() -> Iterator[Texts]:
    found = Texts(shipped_lexicon())
    yield found
    found.close()


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    found, problems = load_rulebook(RULES)
    assert found is not None, problems
    return found


def attached(name: str, content: bytes) -> Attachment:
    return Attachment(name, name, "application/octet-stream", content)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def word(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for cells, row in zip(rows, table.rows, strict=True):
            for value, cell in zip(cells, row.cells, strict=True):
                cell.text = value
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf(*lines: str) -> bytes:
    shown = "".join(f"({line}) Tj 0 -16 Td " for line in lines)
    stream = f"BT /F1 11 Tf 50 780 Td {shown}ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(out),
    )


ORDER = workbook(
    ("江阴禾川橱柜有限公司", None, None, None, None),
    ("采购订单号：", "HC-2507-118", None, "日期：", "2025-07-15"),
    ("供方：", "北岭五金制造有限公司"),
    ("序号", "品名", "规格型号", "数量", "单位"),
    (1, "铰链", "JL-35A", 1200, "只"),
    (2, "滑轨", "HG-450", 300, "套"),
    (3, "拉手", "LS-128", 1200, "只"),
    ("收货地址：", "江阴市东外环路8号"),
)


def test_a_table_says_what_each_cell_is(texts: Texts) -> None:
    text = texts.text("订单.xlsx", ORDER)
    assert "品名: 铰链；规格型号: JL-35A；数量: 1200只" in text
    assert "采购订单号: HC-2507-118；日期: 2025-07-15" in text
    assert "收货地址: 江阴市东外环路8号" in text


def test_lines_of_an_attached_order_are_read_in_order(texts: Texts, rulebook: Rulebook) -> None:
    message = Message(
        subject="7月订单",
        new_text="附件是新订单，请安排生产并回签。",
        from_=(Address("", "li@hechuan.example"),),
        attachments=(attached("订单.xlsx", ORDER),),
    )
    without = extract(message, rulebook, own=Ours(), now=NOW)
    assert without.values("quantity") == ()
    details = extract(message, rulebook, own=Ours(), now=NOW, file_text=texts)
    assert details.values("quantity") == ("1200只", "300套", "1200只")
    assert details.values("model") == ("JL-35A", "HG-450", "LS-128")
    assert details.values("product") == ("铰链", "滑轨", "拉手")
    assert details.values("order_no") == ("HC-2507-118",)
    assert details.values("customer_company") == ("江阴禾川橱柜有限公司",)
    text = texts(message.attachments[0]).text
    for finding in details.findings:
        if finding.source.startswith("attachment:"):
            assert finding.source == "attachment:订单.xlsx"
            assert text[finding.start : finding.end] == finding.words


def test_an_attached_form_is_read(texts: Texts, rulebook: Rulebook) -> None:
    form = word(
        "质量问题反馈单",
        rows=(
            ("反馈单位", "常熟市云帆泵业有限公司"),
            ("产品名称", "机械密封"),
            ("型号规格", "MS-40/2"),
            ("批号", "250611-3"),
            ("到货数量", "200套"),
            ("不合格数量", "7套"),
            ("问题描述", "试压时泄漏"),
        ),
    )
    message = Message(subject="反馈", new_text="见附件，请处理。", attachments=(attached("反馈单.docx", form),))
    details = extract(message, rulebook, own=Ours(), now=NOW, file_text=texts)
    assert details.values("quantity") == ("7套",)
    assert details.values("model") == ("MS-40/2",)
    assert details.values("batch_no") == ("250611-3",)
    assert details.values("product") == ("机械密封",)
    assert details.values("customer_company") == ("常熟市云帆泵业有限公司",)


def test_a_pdf_table_is_read(texts: Texts) -> None:
    page = pdf("PO Number: AC-5520", "Line  Part no.  Qty     Unit price", "1     DR-7    40 pcs  2.10")
    text = texts.text("po.PDF", page)
    assert "PO Number: AC-5520" in text
    assert "Part no.: DR-7；Qty: 40 pcs" in text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_text_and_csv_in_any_encoding(texts: Texts, encoding: str) -> None:
    assert "批号250611" in texts.text("说明.txt", "不良品批号250611，请查收，谢谢".encode(encoding))
    table = "品名,型号,数量,单位\r\n滑轨,HG-450,300,套\r\n".encode(encoding)
    assert "型号: HG-450；数量: 300套" in texts.text("清单.csv", table)


def test_formulas_are_not_evaluated(texts: Texts) -> None:
    text = texts.text("f.xlsx", workbook(("品名", "型号", "数量"), ("=1+1", "HG-450", '=CMD("x")')))
    assert "HG-450" in text
    assert "CMD" not in text
    assert "2" not in text


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * (file_text.MAX_UNPACKED + 1))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.docx", b"", "no_text"),
        ("a.docx", word(""), "no_text"),
        ("a.docx", b"PK\x03\x04 broken", "broken"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        ("a.ppt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 something else", "unknown"),
        ("a.pdf", b"no pdf", "unknown"),
        ("a.pdf", b"%PDF-1.7\n" + b"<<" * 20_000, "broken"),
        ("a.txt", b"\x00\x01\x02" * 100, "unknown"),
        ("a.exe", b"MZ", "unknown"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "unknown"),
        ("a.docx", _bomb(), "too_large"),
        ("a.docx", b"x" * (file_text.MAX_BYTES + 1), "too_large"),
        ("a.xlsx", ORDER[:-900], "broken"),
    ],
)
def test_what_cannot_be_read_is_said(texts: Texts, name: str, content: bytes, why: str) -> None:
    assert texts(attached(name, content)) == FileText(name, "", (Unread(name, why),))
    assert texts.text("next.txt", b"still here") == "still here"


def test_long_files_are_cut(texts: Texts) -> None:
    rows = [("品名", "型号", "数量"), *((f"件{n}", f"AB-{n}", n) for n in range(5000))]
    text = texts.text("long.xlsx", workbook(*rows))
    assert len(text.splitlines()) == file_text.MAX_ROWS
    assert len(texts.text("long.txt", b"word " * 100_000)) == file_text.MAX_CHARACTERS
    assert len(texts.text("long.docx", word(*["字" * 1000] * 100))) <= file_text.MAX_CHARACTERS


def test_a_file_that_takes_too_long_is_given_up() -> None:
    impatient = AttachmentTexts(shipped_lexicon(), seconds=0.0)
    began = time.monotonic()
    assert impatient(attached("订单.xlsx", ORDER)).unread == (Unread("订单.xlsx", "timeout"),)
    assert time.monotonic() - began < 5
    impatient.close()


def test_the_child_is_started_again_after_it_died(texts: Texts) -> None:
    assert "HG-450" in texts.text("a.xlsx", ORDER)
    texts.close()
    assert "HG-450" in texts.text("a.xlsx", ORDER)


def test_frames_and_kinds_in_the_process_itself() -> None:
    stream = io.BytesIO()
    file_text.write_frame(stream, "pdf", b"abc")
    stream.seek(0)
    assert file_text.read_frame(stream) == ("pdf", b"abc")
    with pytest.raises(EOFError):
        file_text.read_frame(stream)
    assert file_text.text_of("unknown", b"x") == ("", "broken")
    assert "Qty" in file_text.text_of("pdf", pdf("Part no.  Qty  Price", "DR-7  40 pcs  2.10"))[0]


def test_cells_and_rows() -> None:
    assert tables.cell(3.0) == "3"
    assert tables.cell(None) == ""
    assert tables.cell(datetime(2025, 7, 16, tzinfo=UTC).replace(tzinfo=None)) == "2025-07-16"
    assert tables.lines([["电话", "0510-8123 4567"]], shipped_lexicon()) == ["电话: 0510-8123 4567"]
    assert tables.lines([["only words"], [""], ["a", "b", "c"]], shipped_lexicon()) == ["only words", "a；b；c"]
