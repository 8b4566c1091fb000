"""A file that nobody could read is said: in the case, to whoever works on it, and to its sender where it tells all."""

from __future__ import annotations

import re

import pytest

from mailflow.domain.attached import WHY, Unread
from mailflow.records import unread_files
from tests.flow.letters import COMPLAINT, letter
from tests.flow.office import Office
from tests.flow.staffed import Staffed

BAI = "bai@firm.example"
RAR = b"Rar!\x1a\x07\x01\x00" + b"\0" * 100


@pytest.fixture
def people(office: Office) -> Staffed:
    return Staffed(office)


def test_an_unread_file_that_holds_the_matter_is_told_to_everybody(people: Staffed) -> None:
    office = people.office
    words = "您好，附件是我司的投诉单，请处理，谢谢。"
    people.work(letter(words, subject="投诉单", sender="wang@plant.example", files={"投诉单.rar": RAR}))
    (receipt,) = people.sent("wang@plant.example")
    assert "您的附件 投诉单.rar 我们的系统未能读取" in receipt.text
    (row,) = office.ask("SELECT case_id, data FROM journal WHERE event = 'files.unread'")
    assert row[0] == 1
    assert "unknown" in str(row[1])
    assert "附件未能读取（请打开查看）：投诉单.rar（这种格式不能读取）" in people.sent(BAI)[0].text


def test_where_the_letter_tells_the_matter_its_sender_hears_nothing_of_the_file(people: Staffed) -> None:
    people.work(letter(COMPLAINT, sender="wang@plant.example", files={"图纸.dwg": b"AC1032\0\0"}))
    (receipt,) = people.sent("wang@plant.example")
    assert "未能读取" not in receipt.text
    assert "图纸.dwg（这种格式不能读取）" in people.sent(BAI)[0].text


def test_a_letter_that_says_no_more_than_see_attached_waits_for_a_person(people: Staffed) -> None:
    mail = letter("请看附件。", subject="你好", files={"资料.rar": RAR})
    at = people.office.clock.now.strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
    people.work(re.sub(rb"Mon,\s+02\s+Mar\s+2026\s+09:00:00\s+\+0800", at, mail, count=1))
    assert people.office.mails() == [("held", "", "kind_doubt")]
    assert people.sent(BAI, containing="是哪一类")


def test_every_reason_is_said_in_words_and_names_without_end_are_counted() -> None:
    for why in WHY:
        assert unread_files.said([Unread("a.x", why)], "zh") != unread_files.said([Unread("a.x", why)], "en")
    many = [Unread(f"{number}.x", "cut") for number in range(9)]
    assert unread_files.said(unread_files.kept(many), "en").endswith("and 3 more")
    assert unread_files.names(many, "zh") == []
    assert unread_files.said([], "zh") == ""
