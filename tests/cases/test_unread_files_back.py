"""A colleague's files that nobody can read sign nothing by the words beside them: he is told what to send instead."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from tests.adapters.scans.sheets import saved
from tests.cases.papers import filled
from tests.flow.letters import letter
from tests.flow.staffed import ASKS, Ask, Staffed, answer

BAI = "bai@firm.example"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def asked(people: Staffed) -> Ask:
    people.work(letter(sender="wang@plant.example"))
    (ask,) = [item for item in people.sent(BAI) if ASKS.match(item.subject)]
    return ask


def signed(people: Staffed) -> int:
    return int(people.office.one("SELECT count(*) FROM signatures"))


def without_fields(content: bytes) -> bytes:
    """The form as a program writes it that turns its fields into plain words."""
    document = docx.Document(io.BytesIO(content))
    for control in [*document.element.body.iter(qn("w:sdt"))]:
        for child in [*control.find(qn("w:sdtContent"))]:
            control.addprevious(child)
        control.getparent().remove(control)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def packed(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.docx", content)
    return stream.getvalue()


def test_a_form_that_cannot_be_read_signs_nothing_whatever_the_words_say(people: Staffed) -> None:
    ask = asked(people)
    name, content = ask.file(".docx")
    files = {
        "JL.doc": OLD_WORD,
        "JL.odt": b"PK\x03\x04",
        "JL.zip": packed(content),
        "无名": packed(content),
        "broken.docx": content[:900],
        name: without_fields(content),
    }
    for words, file in zip(("1 同意", "1 已签，见附件", "1 同意", "1 同意", "1 已签", "1 同意"), files, strict=True):
        people.work(answer(ask, words, files={file: files[file]}))
        told = people.sent(BAI)[-1].text
        assert "系统不能读取的文件" in told, file
        assert ".docx" in told
    assert signed(people) == 0
    people.work(answer(ask, "1 同意", files={name: filled(content, {"sign:registrar": "白露"})}))
    assert signed(people) == 1


@pytest.mark.parametrize(("file", "content"), [("检验数据.xlsx", b"PK\x03\x04"), ("现场.mp4", b"\0\0\0\x18ftypmp42")])
def test_a_file_that_is_no_record_does_not_stand_in_the_way(people: Staffed, file: str, content: bytes) -> None:
    people.work(answer(asked(people), "1 同意", files={file: content}))
    assert signed(people) == 1


def test_another_word_file_that_bears_no_mark_does_not_either(people: Staffed) -> None:
    stream = io.BytesIO()
    docx.Document().save(stream)
    people.work(answer(asked(people), "1 同意", files={"会议纪要.docx": stream.getvalue()}))
    assert signed(people) == 1


@pytest.mark.parametrize(("words", "count"), [("1 已签，见附件", 0), ("1 同意", 1)])
def test_words_that_point_at_a_page_without_a_code_do_not_sign(people: Staffed, words: str, count: int) -> None:
    page = saved(Image.new("L", (1200, 1600), 255), "JPEG")
    people.work(answer(asked(people), words, files={"扫描.jpg": page}))
    assert signed(people) == count
    told = "二维码读不出来" in people.sent(BAI)[-1].text
    assert told is not bool(count)
