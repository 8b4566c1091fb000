"""What each kind of attached file gives: read as it is shown, whatever its name.  All files are made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from pypdf import PdfWriter

from mailflow.adapters.attachments import archives, number_formats, old_formats, pages, reader, spreadsheets
from mailflow.adapters.attachments.file_text import text_of
from mailflow.adapters.attachments.kinds import kind_of
from mailflow.adapters.attachments.reader import AttachmentTexts
from mailflow.adapters.libreoffice.convert import soffice
from mailflow.domain.attached import FileText, Unread
from mailflow.domain.model import Attachment
from mailflow.reading.matching.lexicon_files import shipped_lexicon

needs_office = pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def texts() -> Iterator[Callable[[str, bytes], FileText]]:
    found = AttachmentTexts(shipped_lexicon())
    yield lambda name, content: found(Attachment(name, name, "application/octet-stream", content))
    found.close()


Texts = Callable[[str, bytes], FileText]


def saved(thing: object) -> bytes:
    stream = io.BytesIO()
    thing.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def word(body: str = "") -> bytes:
    """A Word file with a table of two rows, then this XML."""
    document = Document()
    table = document.add_table(2, 2)
    for row, words in zip(table.rows, (("订单号", "DD20261105008"), ("批号", "B2611-01")), strict=True):
        row.cells[0].text, row.cells[1].text = words
    if body:
        document.element.body.insert(1, parse_xml(f"<w:p {nsdecls('w')}>{body}</w:p>"))
    return saved(document)


def packed(*files: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


# ---------------------------------------------------------------------------------------------------------------- Word


def run(words: str, about: str = "") -> str:
    return f"<w:r><w:rPr>{about}</w:rPr><w:t>{words}</w:t></w:r>"


@pytest.mark.parametrize(
    ("body", "is_said"),
    [
        (f"<w:sdt><w:sdtContent>{run('阀杆漏水')}</w:sdtContent></w:sdt>", True),
        (f'<w:ins w:id="1" w:author="x">{run("阀杆漏水")}</w:ins>', True),
        (f'<w:del w:id="1" w:author="x"><w:r><w:delText>阀杆漏水</w:delText></w:r></w:del>{run("好")}', False),
        (run("阀杆漏水", "<w:strike/>") + run("好"), False),
        (run("阀杆漏水", "<w:dstrike/>") + run("好"), False),
        (run("阀杆漏水", "<w:vanish/>") + run("好"), False),
        (run("阀杆漏水", '<w:vanish w:val="0"/>'), True),
    ],
)
def test_of_a_word_file_what_is_seen_is_read(texts: Texts, body: str, is_said: bool) -> None:
    text = texts("a.docx", word(body)).text
    assert "订单号: DD20261105008" in text
    assert ("阀杆漏水" in text) is is_said


# ----------------------------------------------------------------------------------------------------------- workbooks


def test_cells_are_read_as_they_are_shown(texts: Texts) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    shown = [
        ("批次", 42, "00000"), ("数量", 35, '0"件"'), ("不良率", 0.035, "0.0%"), ("金额", 3600.5, '"¥"#,##0.00'),
        ("交期", date(2026, 12, 1), 'yyyy"年"m"月"d"日"'),
        ("到货", datetime(2026, 11, 14, 9, 30, tzinfo=UTC).replace(tzinfo=None), "yyyy/m/d h:mm"),
        ("物料", 20261105000012, "0"), ("是", True, "General"),
    ]  # fmt: skip
    for number, (label, value, code) in enumerate(shown, 1):
        sheet.cell(number, 1, label)
        sheet.cell(number, 2, value).number_format = code
    text = texts("a.xlsx", saved(book)).text
    for words in ("批次: 00042", "数量: 35件", "不良率: 3.5%", "金额: ¥3,600.50", "交期: 2026-12-01",
                  "到货: 2026-11-14 09:30", "物料: 20261105000012"):  # fmt: skip
        assert words in text


def test_hidden_rows_columns_and_sheets_say_nothing(texts: Texts) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("订单号", "批号", "进价"), ("DD20261105001", "B2610-09", 7), ("DD20261105008", "B2611-01", 8)):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.create_sheet("旧").append(("旧订单",))
    book["旧"].sheet_state = "hidden"
    text = texts("a.xlsx", saved(book)).text
    assert "DD20261105008" in text
    assert not any(words in text for words in ("DD20261105001", "B2610-09", "进价", "旧订单"))


def test_more_rows_and_sheets_than_are_read_are_told(texts: Texts) -> None:
    book = Workbook()
    for number in range(spreadsheets.MAX_SHEETS):
        book.create_sheet(f"s{number}").append(("批号", f"B{number}"))
    assert texts("a.xlsx", saved(book)).unread == (Unread("a.xlsx", "cut"),)
    assert texts("a.csv", "批号,数量\n".encode() * 300).unread == (Unread("a.csv", "cut"),)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (1234.5, "#,##0.00", "1,234.50"), (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"), (0, '0;-0;"无"', "无"),
        (0.125, "0.0%", "12.5%"), (7, r"000\-", "007-"), (12, "[$¥-804]#,##0", "¥12"), (2.5, "0.##", "2.5"),
        (2, "0.##", "2"), (20261105000012.0, "0.00E+00", "20261105000012"), (3, "# ?/?", "3"),
        (5, '[>9]"多";0', "5"),
        (1e22, "General", "10000000000000000000000"), (1500, "0,", "1500"), (4, '"x"', "x"), (4, ";;;", ""),
        (8, "@", "8"), (0.1 + 0.2, "General", "0.3"), (-3, "0", "-3"),
    ],
)  # fmt: skip
def test_numbers_under_their_formats(value: float, code: str, words: str) -> None:
    assert number_formats.shown(value, code) == words


# ------------------------------------------------------------------------------------------------------- pages and PDF


def test_a_web_page_named_xls_is_a_table(texts: Texts) -> None:
    page = (
        '<html><body><style>p{}</style><table><tr><td rowspan="2">订单号</td><td colspan="2">DD1</td></tr>'
        '<tr><td>批号</td><td>B2</td></tr><tr style="display:none"><td>旧</td></tr></table><p>请<s>勿</s>换货</p>'
        "<table><tr><td>外<table><tr><td>型号</td><td>Q41F</td></tr></table>尾</td></tr></table>"
        '<input type="checkbox" checked>漏水<input type="checkbox">异响</body></html>'
    ).encode("gb18030")
    text = texts("ERP.xls", page).text
    for words in ("订单号: DD1", "请换货", "型号: Q41F", "外 尾", "☑漏水☐异响"):
        assert words in text
    assert "旧" not in text
    assert "勿" not in text


def test_a_page_within_pages_without_end_is_read_to_a_depth() -> None:
    assert [*pages.lines("<div>" * 200 + "deep" + "</div>" * 200)] == []
    assert [*pages.lines('<table><tr><td colspan="x">a</td></tr></table>')] == ["\x1d", "\x1ea"]


def test_a_locked_pdf_and_one_of_many_pages_are_told(texts: Texts) -> None:
    writer = PdfWriter()
    for _ in range(11):
        writer.add_blank_page(100, 100)
    stream = io.BytesIO()
    writer.write(stream)
    assert texts("a.pdf", stream.getvalue()).unread == (Unread("a.pdf", "cut"),)
    writer.encrypt("secret", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    assert texts("a.pdf", stream.getvalue()).unread == (Unread("a.pdf", "locked"),)


# ------------------------------------------------------------------------------------------------------------ archives


def test_the_files_of_an_archive_are_read_and_the_others_named(texts: Texts) -> None:
    inner = packed(("资料/说明.txt", "批号B2611-01".encode()), ("deep.zip", packed(("x.zip", packed(("y.txt", b"y"))))))
    found = texts(
        "资料.zip", packed(("投诉单.docx", word()), ("图.dwg", b"AC1032"), ("内.zip", inner), ("__MACOSX/a", b"x"))
    )
    assert "订单号: DD20261105008" in found.text
    assert "批号B2611-01" in found.text
    assert found.unread == (
        Unread("资料.zip/图.dwg", "unknown"), Unread("资料.zip/内.zip/deep.zip", "too_many")
    )  # fmt: skip


def test_names_in_an_archive_of_chinese_windows(texts: Texts) -> None:
    name = "投诉图纸.dwg"
    content = packed(("X" * len(name.encode("gbk")), b"AC1032")).replace(
        b"X" * len(name.encode("gbk")), name.encode("gbk")
    )
    assert texts("a.zip", content).unread == (Unread(f"a.zip/{name}", "unknown"),)


def test_an_archive_is_unpacked_within_limits() -> None:
    many = archives.members(packed(*((f"{n}.txt", b"x") for n in range(30))))
    assert (len(many), many[-1].why) == (archives.MAX_MEMBERS + 1, "too_many")
    (large,) = archives.members(packed(("a.txt", b" " * (archives.MAX_MEMBER + 1))))
    assert (large.content, large.why) == (b"", "too_large")
    content = bytearray(packed(("a.txt", b"secret")))
    content[content.index(b"secret")] ^= 1
    (broken,) = archives.members(bytes(content))
    assert broken.why == "broken"
    content = bytearray(packed(("a.txt", b"secret")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (locked,) = archives.members(bytes(content))
    assert locked.why == "locked"


def test_broken_and_empty_archives_are_told(texts: Texts) -> None:
    assert texts("a.zip", b"PK\x03\x04 broken").unread == (Unread("a.zip", "broken"),)
    assert texts("a.zip", packed(("folder/", b""))).unread == (Unread("a.zip", "no_text"),)


# --------------------------------------------------------------------------------------------------------- old formats


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODT = packed(
    ("mimetype", b"application/vnd.oasis.opendocument.text"),
    (
        "content.xml",
        (
            f'<office:document-content xmlns:office="{_OFFICE}office:1.0" xmlns:text="{_OFFICE}text:1.0"'
            ' office:version="1.2"><office:body>'
            "<office:text><text:p>批号：B2611-01</text:p></office:text></office:body>"
            "</office:document-content>"
        ).encode(),
    ),
    (
        "META-INF/manifest.xml",
        (
            f'<manifest:manifest xmlns:manifest="{_OFFICE}manifest:1.0"><manifest:file-entry manifest:full-path="/"'
            ' manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry'
            ' manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
        ).encode(),
    ),
)
RTF = rb"{\rtf1\ansi\trowd\cellx3000\cellx6000 Batch\intbl\cell B2611-01\intbl\cell\row\pard end}"


@needs_office
@pytest.mark.parametrize(("name", "content", "kind"), [("a.wps", RTF, "rtf"), ("a.odt", ODT, "odt")])
def test_files_of_other_programs_are_read_by_libreoffice(texts: Texts, name: str, content: bytes, kind: str) -> None:
    assert kind_of(name, content) == kind
    assert "B2611-01" in texts(name, content).text


def test_without_libreoffice_a_file_of_its_kinds_is_told(texts: Texts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "soffice", lambda: None)
    monkeypatch.setattr(old_formats, "soffice", lambda: None)
    assert texts("a.wps", rb"{\rtf1 text}").unread == (Unread("a.wps", "no_program"),)
    assert old_formats.convert("rtf", rb"{\rtf1 text}") == b""


@needs_office
def test_what_libreoffice_cannot_open_in_time_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        old_formats.convert("rtf", rb"{\rtf1 text}", seconds=0.01)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"\r\n%PDF-1.7", "pdf"),
        ("a.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "xls"),
        ("a", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "doc"),
        ("a.ods", packed(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), "ods"),
        ("a.odp", packed(("mimetype", b"application/vnd.oasis.opendocument.presentation")), ""),
        (
            "a.xls",
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "xml",
        ),
        ("a.xls", "批号\t数量\nB1\t2".encode("utf-16"), "tsv"),
        ("a.txt", "<p>请看".encode(), "txt"),
        ("a.html", b"\xef\xbb\xbf<!DOCTYPE html><p>x", "html"),
    ],
)
def test_kinds_are_told_by_bytes(name: str, content: bytes, kind: str) -> None:
    assert kind_of(name, content) == kind


def test_a_file_that_takes_too_much_memory_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(_: bytes) -> Iterator[str]:
        yield "begun"
        raise MemoryError

    monkeypatch.setattr(spreadsheets, "lines", greedy)
    assert text_of("xlsx", b"x") == ("begun", "too_large")
