"""Changes beside an agreement: read when each names one field and a whole value, and nothing else stands there."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.amendments import is_as_it_stands, read_amendments
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords
from tests.growth import grows_with_its_input, repeated

FIELDS = {
    "amount": FieldSpec("amount", ("赔偿金额", "金额", "Amount"), "money"),
    "due": FieldSpec("due", ("措施完成日期", "完成日期"), "date"),
    "cause": FieldSpec("cause", ("发生原因", "原因"), "text"),
}


@pytest.fixture
def reading(words: AnswerWords, now: datetime, zone: ZoneInfo) -> Reading:
    return Reading(words, now, zone, ("韩梅",))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("同意，但赔偿金额改为800", {"amount": "800.00"}),
        ("同意。请把赔偿金额调整为1,200元。", {"amount": "1200.00 CNY"}),
        ("同意，完成日期提前到11月30日，谢谢！", {"due": "2026-11-30"}),
        ("同意\n赔偿金额：800元\n完成日期：11月30日", {"amount": "800.00 CNY", "due": "2026-11-30"}),
        ("Agreed, but the amount should be USD 800", {"amount": "800.00 USD"}),
        ("同意，原因改为密封圈漏装", {"cause": "密封圈漏装"}),
    ],
)
def test_plain_changes_are_read(reading: Reading, text: str, wanted: dict[str, str]) -> None:
    assert read_amendments(reading, text, FIELDS) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "同意，赔偿金额不得超过800元",
        "同意，赔偿金额改为约800元",
        "同意，赔偿金额改为800还是900？",
        "同意，赔偿金额改为800，先问财务",
        "同意，赔偿金额改为800，赔偿金额改为900",
        "赔偿金额改为800",
        "不同意，赔偿金额改为800",
        "退回：赔偿金额改为800",
        "同意，数量改为8件",
        "同意",
    ],
)
def test_what_is_no_agreement_with_plain_changes_is_none(reading: Reading, text: str) -> None:
    assert read_amendments(reading, text, FIELDS) == {}


def test_to_sign_it_as_it_stands_is_said_in_words(reading: Reading) -> None:
    assert is_as_it_stands(reading.words, "按原稿同意")
    assert not is_as_it_stands(reading.words, "同意")


def test_the_time_grows_with_the_text(reading: Reading) -> None:
    for text in ("同意，但赔偿金额改为800，", "但", "赔偿金额"):
        assert grows_with_its_input(
            lambda given: read_amendments(reading, given, FIELDS),
            partial(repeated, text),
            4000,
        )
