"""The letter with its questions as a Word form: what is typed into it is read, what is printed in it is not."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from openpyxl import Workbook

from mailflow.adapters.attachments.reader import AttachmentTexts
from mailflow.domain.model import Attachment
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.records.qr import payload
from mailflow.surveys.answers import Sheet, read_sheet
from mailflow.surveys.sheet import sheet_rows
from tests.records.test_word_forms import FORMS, loaded
from tests.surveys.answering import shipped
from tests.surveys.paper import filled_in

NUMBER = "SV-7-ABCDEFGHIJKLMNOP"
SAID = dict(enumerate("5 4 5 3 4 不适用 5 5 4 3 3 4 4 8".split(), 1))


@pytest.fixture(scope="module")
def texts() -> Iterator[AttachmentTexts]:
    found = AttachmentTexts(shipped_lexicon())
    yield found
    found.close()


def form(language: str, *, confidential: bool = False) -> bytes:
    return loaded(FORMS).fill(
        "JL-8.2-01E" if language == "en" else "JL-8.2-01",
        {
            "company": "青屿阀门有限公司", "record_no": NUMBER, "qr": payload(NUMBER, "1", b"0123456789abcdef"),
            "company_contact": "010-1",
            "customer_name": "沧州禾川管道设备有限公司", "contact": "王强",
            "period": "2026", "until": "2026年4月30日",
            "scale": shipped().shown_scale(language), "confidential": confidential,
            "questions": sheet_rows(shipped(), language),
        },
    )  # fmt: skip


def read(texts: AttachmentTexts, name: str, content: bytes) -> Sheet:
    return read_sheet(shipped(), texts.cells(Attachment(name, name, "", content)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_typed_into_the_controls_is_read(texts: AttachmentTexts, language: str) -> None:
    content = filled_in(form(language), {**SAID, 15: "same" if language == "en" else "相当", 16: "服务"})
    rows = [line for line in texts.cells(Attachment("a.docx", "a.docx", "", content)).splitlines() if "\t" in line]
    sheet = read_sheet(shipped(), "\n".join(rows))
    wanted = [int(value) if value.isdecimal() else "n/a" for value in SAID.values()]
    assert list(sheet.scores.values()) == wanted
    assert sheet.words["best"] == "服务"
    assert sheet.doubts == ()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("confidential", [False, True])
def test_an_empty_form_says_nothing_and_bears_its_number(
    texts: AttachmentTexts, language: str, confidential: bool
) -> None:
    text = texts.cells(Attachment("a.docx", "a.docx", "", form(language, confidential=confidential)))
    assert NUMBER in text
    assert ("保密" in text or "confidential" in text) is confidential
    assert "匿名" not in text
    assert read_sheet(shipped(), "\n".join(line for line in text.splitlines() if "\t" in line)) == Sheet()


def test_a_workbook_with_the_table_is_read(texts: AttachmentTexts) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["题号", "项目", "评分"])
    for question in shipped().scored:
        value = SAID[question.number]
        sheet.append([question.number, question.title.zh, int(value) if value.isdecimal() else value])
    written = io.BytesIO()
    book.save(written)
    assert len(read(texts, "问卷.xlsx", written.getvalue()).scores) == 14


def test_a_file_that_is_none_is_no_answer(texts: AttachmentTexts) -> None:
    assert read(texts, "a.docx", b"PK\x03\x04 broken") == Sheet()
    assert read(texts, "a.zip", b"PK\x03\x04 broken") == Sheet()
