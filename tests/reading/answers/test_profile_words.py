"""What an answer says of values proposed for profiles, however it is written; what is not clear says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.customers.profile_file import load_archive_rules
from mailflow.reading.answers.profile_words import Judged, read_judgements
from mailflow.reading.answers.words import load_answer_words

RULES = Path(__file__).resolve().parents[3] / "rules"
WORDS, _ = load_answer_words(RULES / "answers.yaml", whole=False)
ARCHIVE, _ = load_archive_rules(RULES / "archive.yaml")
TITLES = {"邮编": "postcode", "地址": "address"}


def judged(text: str, points: int = 3) -> Judged:
    assert WORDS is not None
    assert ARCHIVE is not None
    return read_judgements(WORDS, ARCHIVE.answers, dict.fromkeys(range(1, points + 1), TITLES), text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("1 确认\n2 不对\n3 对", {1: True, 2: False, 3: True}),
        ("1、同意；2、不要", {1: True, 2: False}),
        ("1 同意，2 不对", {1: True, 2: False}),
        ("1-3 确认", {1: True, 2: True, 3: True}),
        ("全部确认", {1: True, 2: True, 3: True}),
        ("2 不对\n其余同意", {1: True, 2: False, 3: True}),
        ("All correct", {1: True, 2: True, 3: True}),
        ("您好，\n1 是", {1: True}),
    ],
)
def test_what_is_said_of_each(text: str, holds: dict[int, bool]) -> None:
    found = judged(text)
    assert (dict(found.holds), found.unclear) == (holds, ())


def test_of_a_single_point_the_number_is_left_out() -> None:
    assert judged("确认", 1).holds == {1: True}
    assert judged("邮编：061000", 1).values == {1: {"postcode": "061000"}}


def test_what_is_right_instead_is_taken_whole_with_its_signs() -> None:
    found = judged("2 地址：Cangzhou，12 Chaoyang Ave.，3/F\n2 邮编： 061000 \n其余确认")
    assert found.values == {2: {"address": "Cangzhou，12 Chaoyang Ave.，3/F", "postcode": "061000"}}
    assert found.holds == {1: True, 3: True}


@pytest.mark.parametrize(
    "text",
    [
        "1 确认\n1 不对",
        "4 确认",
        "确认",
        "1 邮箱：x",
        "邮编：061000",
        "1 邮编：",
        "1 邮编：1\n1 邮编：2",
        "1 同意，但地址已变",
        "1 ？？",
    ],
)
def test_what_is_not_clear_says_nothing_of_its_point_and_is_told(text: str) -> None:
    found = judged(text)
    assert found.holds == {}
    assert found.unclear


def test_a_quoted_mail_says_nothing() -> None:
    assert judged("> 1 确认") == Judged({}, {}, ())
