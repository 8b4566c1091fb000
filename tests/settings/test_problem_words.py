"""Every problem has its Chinese sentence, and English on request."""

import re
from pathlib import Path

import mailflow
from mailflow.domain.errors import LoginRefused, Problem
from mailflow.sentences.catalogue import names
from mailflow.settings.problem_words import error_line, problem_line

PROBLEM = Problem("mailflow.yaml", 7, "MF010", "unknown key 'pasword'", "remove it or check its spelling")


def test_every_code_the_program_uses_has_a_chinese_sentence_and_no_other_has() -> None:
    package = Path(mailflow.__file__).parent
    used = {code for path in package.rglob("*.py") for code in re.findall(r'"(MF\d{3})"', path.read_text("utf-8"))}
    assert used == set(names("problems"))


def test_chinese_keeps_place_and_detail() -> None:
    line = problem_line(PROBLEM, "zh")
    assert line.startswith("MF010 mailflow.yaml:7：未知的键")
    assert "'pasword'" in line
    assert error_line(LoginRefused("wrong password", remedy="use the code"), "zh").startswith(
        "邮件服务器拒绝登录：wrong"
    )


def test_english_on_request() -> None:
    assert problem_line(PROBLEM, "en") == str(PROBLEM)
