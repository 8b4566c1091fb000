"""Every list of words decoding goes by is asked for, and every expression of it finds something and has an end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mailflow.decoding
from mailflow.decoding.words import LISTS, any_of
from mailflow.settings.expressions import repeats_problem

CODE = "\n".join(path.read_text("utf-8") for path in Path(mailflow.decoding.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_asked_for_and_has_no_word_twice(name: str) -> None:
    assert re.search(rf"(?:any_of\(|LISTS\[)[\"']{name}[\"']", CODE)
    assert len(set(LISTS[name])) == len(LISTS[name])


@pytest.mark.parametrize("name", LISTS)
def test_the_words_of_a_list_are_expressions_with_an_end(name: str) -> None:
    for word in LISTS[name]:
        assert isinstance(word, str)
        assert re.compile(word)
        assert not repeats_problem(word), word


def test_plain_words_are_found_as_they_are() -> None:
    found = re.compile(any_of("closings"), re.IGNORECASE)
    assert all(found.fullmatch(word) for word in ("此致", "Best regards", "祝您工作顺利", "MFG"))
    assert not found.fullmatch("此致敬礼的意思")


def test_a_list_there_is_none_of_is_named() -> None:
    with pytest.raises(ValueError, match="greetings"):
        any_of("greetings")


@pytest.mark.parametrize(
    "sentence",
    [
        "Your mail client does not support it",
        "您的邮件程序无法显示",
        "cannot show rich text",
        "Please open it in a browser",
        "View this mail online",
        "This is an HTML message",
        "请用浏览器打开",
        "请升级后再查看",
        "请更新",
        "在线查看",
        "www.kunde.example/1",
        "https://kunde.example/1",
    ],
)
def test_in_what_points_elsewhere_stands_one_of_the_signs_looked_for_first(sentence: str) -> None:
    assert re.search(any_of("pointers"), sentence, re.IGNORECASE)
    assert any(sign in sentence.lower() for sign in LISTS["pointer-signs"])
