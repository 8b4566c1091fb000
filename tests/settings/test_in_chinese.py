"""What the program raises in English is told in Chinese, whatever was filled in; nothing odd makes that slow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mailflow
from mailflow.domain.errors import LedgerLost, TemporaryError
from mailflow.sentences.catalogue import CHINESE, raised, read
from mailflow.settings.in_chinese import LONGEST, in_chinese
from mailflow.settings.problem_words import error_line
from tests.growth import grows_with_its_input
from tools.problem_page import FILLED_IN, all_uses, error_texts

PACKAGE = Path(mailflow.__file__).parent
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")  # two words of a sentence
OURS = ("details", "errors", "findings")  # the others are what systems and typer say themselves
COMMANDS = re.compile(r"(?:pip|pg_dump|pg_restore|mailflow)(?: [\w'./=\[\]-]+)*|security: |after: nothing|'From ' ")


def texts() -> list[tuple[str, str]]:
    """Everything the program may raise or find wrong in a file: module and words."""
    raised = {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in PACKAGE.rglob("*.py")
        for text in error_texts(path.read_text("utf-8"))
    }
    wrong = {
        (use.module, text) for uses in all_uses().values() for use in uses for text in (*use.messages, *use.remedies)
    }
    return sorted(raised | wrong)


def test_everything_the_program_raises_has_its_chinese_sentence() -> None:
    found = texts()
    assert len(found) > 400
    missing = []
    for module, text in found:
        fixed = text.replace(FILLED_IN, "")
        if not re.search("[A-Za-z]{3}", fixed) or re.search("[\u4e00-\u9fff]{6}", fixed):
            continue  # nothing but what is filled in, or said in both languages where it is raised
        if ENGLISH.search(COMMANDS.sub("", in_chinese(text))):
            missing.append(f"{module}: {text}")
    assert missing == []


def test_no_sentence_stands_there_for_nothing() -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    words = re.sub(r'"\s*\n?\s*f?"', "", source) + "\n".join(text for _, text in texts())
    for english in (english for name in OURS for english in read(CHINESE / "raised" / f"{name}.yaml")):
        longest = max(english.split("{}"), key=len).strip()
        if len(longest) > 30:
            assert longest in words, english


def test_the_message_of_a_lost_ledger_is_chinese_from_end_to_end() -> None:
    error = LedgerLost(
        "/srv/office/storage/ledger.db is missing, and this storage has worked with it",
        remedy="put it back; if it is lost: move the storage away and mailflow restore the newest backup",
    )
    line = error_line(error, "zh")
    assert line == (
        "无法继续：/srv/office/storage/ledger.db 不见了，而此存储曾使用它"
        " -> 请把它放回；如已丢失：移走存储，再用 mailflow restore 恢复最新备份"
    )
    assert error_line(error, "en") == str(error)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("ledger: database is locked", "台账：数据库被占用"),
        ("storage: No space left on device", "存储：磁盘已满"),
        ("form JL-1: the field {} {0} was not given", "表单 JL-1：没有给出字段 {} {0}"),
        (
            "service (imap.a.example:993): connection lost while fetching mails (Connection reset by peer)",
            "service (imap.a.example:993)：连接中断，当时在读取邮件（连接被对方中断）",
        ),
        ("service: said something nobody knows", "service：said something nobody knows"),
        ("words of a server", "words of a server"),
        ("", ""),
    ],
)
def test_what_is_filled_in_stays_and_a_systems_own_words_are_known(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_what_stands_in_the_health_report_is_told_with_its_remedy() -> None:
    error = TemporaryError("ledger: disk I/O error", remedy="look after the disk, or free disk space")
    assert in_chinese(str(error)) == "台账：磁盘读写错误 -> 请检查磁盘，或腾出磁盘空间"


def test_a_longer_text_costs_no_more_than_its_length() -> None:
    assert grows_with_its_input(in_chinese, lambda count: ": " * count, LONGEST // 8)
    assert in_chinese(": " * LONGEST) == ": " * LONGEST


def test_every_chinese_sentence_takes_all_that_is_filled_in() -> None:
    for english, chinese in raised().items():
        if count := english.count("{}"):
            filled = chinese.format(*(f"<{number}>" for number in range(count)))
            assert all(f"<{number}>" in filled for number in range(count)), english
