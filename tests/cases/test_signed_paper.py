"""Signatures on paper: what the page shows decides, and what came with it; nobody signs by sending a page back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from mailflow.adapters.libreoffice import convert
from mailflow.trust.level import Level
from tests.cases.conftest import OpenOffice
from tests.cases.papers import filled, scanned
from tests.cases.test_answers_that_change_nothing import refusals, unsigned
from tests.flow.letters import letter
from tests.flow.staffed import ASKS, STAFF, Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN = (f"{name}@firm.example" for name in ("bai", "han", "qin"))


@pytest.fixture
def waiting(people: Staffed) -> tuple[Staffed, Ask]:
    """A complaint whose registration waits for a signature."""
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    people.work(letter(sender=CUSTOMER))
    return people, people.asked(BAI, "请签字：客户投诉登记表")


def held(people: Staffed) -> list[str]:
    """Why mails wait for a person."""
    return [reason for status, _, reason in people.office.mails() if status == "held"]


def authenticated(mail: bytes) -> bytes:
    """The mail as a server of ours delivers it that found its sender genuine."""
    return b"Authentication-Results: mx.firm.example; dmarc=pass header.from=firm.example\r\n" + mail


def test_a_page_nobody_signed_signs_nothing_and_a_bare_code_waits_for_a_person(
    waiting: tuple[Staffed, Ask], tmp_path: Path
) -> None:
    people, ask = waiting
    content = ask.file(".docx")[1]
    empty = scanned(content, tmp_path / "desk", hand=False)
    own = (tmp_path / "desk" / "paper.pdf").read_bytes()
    page = Image.open(io.BytesIO(empty)).rotate(-183, expand=True)
    stream = io.BytesIO()
    page.crop((page.width // 2, 0, page.width, page.height // 5)).save(stream, "PNG")
    people.work(
        answer(ask, "已签，见附件", files={"扫描.jpg": empty}),
        answer(ask, "", files={"JL-23-01.pdf": own}),
        answer(ask, "", files={"码.png": stream.getvalue()}),
    )
    first, second, third = refusals(people, BAI)
    assert "签字栏是空白的" in first
    assert "签字栏是空白的" in second
    assert "无法确认" in third
    assert held(people) == ["unclear_signature"]
    unsigned(people)


def test_a_page_without_our_mail_needs_a_sender_the_server_vouches_for(new_office: OpenOffice, tmp_path: Path) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    office = new_office()
    office.mailbox = {"authserv_ids": ("mx.firm.example",)}
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "请签字：客户投诉登记表")
    name, content = ask.file(".docx")
    page, typed = scanned(content, tmp_path / "desk"), filled(content, {"sign:registrar": "白露"})
    alone = [
        letter("", subject="签好了", sender=BAI, files={file: data}) for file, data in (("a.jpg", page), (name, typed))
    ]
    people.work(*alone)
    assert all("没有附任务邮件" in why for why in refusals(people, BAI))
    assert people.journal().count("sign.refused") == 2
    unsigned(people)
    people.work(authenticated(alone[0].replace(b"\r\nMessage-ID: <", b"\r\nMessage-ID: <again", 1)))
    assert people.office.ask("SELECT name, way FROM signatures") == [("白露", "scan")]
    assert office.one("SELECT trust FROM messages ORDER BY id DESC LIMIT 1") == Level.AUTHENTICATED


def test_the_page_of_one_record_does_not_answer_the_mail_about_another(
    waiting: tuple[Staffed, Ask], tmp_path: Path
) -> None:
    people, _ = waiting
    people.work(letter("轴承三件生锈，要求退货。订单号 DD-2026-77。", sender="li@other.example"))
    first, second = (mail for mail in people.sent(BAI, containing="客户投诉登记表") if ASKS.match(mail.subject))
    page = scanned(second.file(".docx")[1], tmp_path / "desk")
    people.work(answer(first, "", files={"a.jpg": page}))
    assert "另一份记录" in refusals(people, BAI)[-1]
    unsigned(people)


def test_the_same_page_twice_signs_once(waiting: tuple[Staffed, Ask], tmp_path: Path) -> None:
    people, ask = waiting
    page = scanned(ask.file(".docx")[1], tmp_path / "desk")
    people.work(answer(ask, "", files={"a.jpg": page}))
    people.work(answer(ask, "", files={"b.jpg": page}))
    assert people.office.ask("SELECT name, way FROM signatures") == [("白露", "scan")]
    assert "已经办完" in refusals(people, BAI)[-1]
    assert people.office.errors() == []


def test_without_a_printer_a_person_looks_at_the_page(
    waiting: tuple[Staffed, Ask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, ask = waiting
    page = scanned(ask.file(".docx")[1], tmp_path / "desk")
    monkeypatch.setenv("PATH", str(tmp_path))
    people.work(answer(ask, "", files={"a.jpg": page}))
    assert "无法确认" in refusals(people, BAI)[-1]
    assert held(people) == ["unclear_signature"]
    unsigned(people)


def test_who_has_left_signs_nothing_and_who_has_the_task_is_told(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "请签字：客户投诉登记表")
    gone = STAFF.replace("    address: bai@firm.example\n", "    address: bai@firm.example\n    left: 2026-03-01\n")
    (people.office.rules / "staff.yaml").write_text(gone, encoding="utf-8")
    before = len(people.all_sent())
    people.work(answer(ask, "同意"))
    assert "left" not in people.journal()
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert held(people) == ["has_left"]
    told = [mail for mail in people.all_sent()[before:] if "离职" in mail.text]
    assert told
    assert all(mail.to != BAI for mail in told)
    assert "sign.refused" in people.journal()


def test_a_form_that_somebody_who_has_left_sends_by_itself_signs_nothing_and_is_told_too(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    ask = people.asked(BAI, "请签字：客户投诉登记表")
    name, content = ask.file(".docx")
    gone = STAFF.replace("    address: bai@firm.example\n", "    address: bai@firm.example\n    left: 2026-03-01\n")
    (people.office.rules / "staff.yaml").write_text(gone, encoding="utf-8")
    before = len(people.all_sent())
    typed = filled(content, {"sign:registrar": "白露"})
    people.work(letter("", subject="补签的表", sender=BAI, files={"other.docx": b"PK", name: typed}))
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert held(people) == ["has_left"]
    told = [mail.to for mail in people.all_sent()[before:] if "离职" in mail.text]
    assert told
    assert BAI not in told


def test_a_page_without_our_mail_that_bears_no_code_of_ours_is_a_mail_like_any_other(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(letter("附件是上周的会议照片。", subject="照片", sender=BAI, files={"other.docx": b"PK"}))
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert people.office.errors() == []
