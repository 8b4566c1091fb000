"""What customers answer is read, and what our letters promise is seen."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.corrections import read_corrections
from mailflow.reading.answers.promises import find_promises
from mailflow.reading.answers.satisfaction import read_satisfaction
from mailflow.reading.answers.words import AnswerWords


def _table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("customer_replies", Path(__file__).parent / "customer_replies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


T = _table()
FACTS = {
    "customer_company": "青山机电",
    "contact": "赵明",
    "phone": "13900001111",
    "order_no": "PO-1001",
    "batch_no": "B2610",
    "quantity": "200件",
    "happened_on": "2026-11-12",
}


@pytest.mark.parametrize(("text", "verdict", "doubtful"), T.SATISFACTION)
def test_satisfaction_is_read(words: AnswerWords, text: str, verdict: str, doubtful: bool | None) -> None:
    found = read_satisfaction(words, text)
    assert found.verdict == verdict
    assert doubtful is None or found.doubtful == doubtful
    assert found.words in text


@pytest.mark.parametrize(
    "text", [text for text, verdict, doubtful in T.SATISFACTION if (verdict, doubtful) == ("满意", False)]
)
@pytest.mark.parametrize(
    "more", ["，但是还缺20件", "？", "。呵呵", "，才怪", "\n上次的赔偿什么时候给", " but it is slow"]
)
def test_praise_with_something_behind_it_is_for_a_person(words: AnswerWords, text: str, more: str) -> None:
    found = read_satisfaction(words, text.split("\n\n")[0] + more)
    assert found.doubtful or found.verdict == "不满意"


@pytest.mark.parametrize(("text", "values"), T.CORRECTIONS)
def test_plain_corrections_are_taken_and_no_others(
    words: AnswerWords, now: datetime, zone: ZoneInfo, text: str, values: dict[str, str]
) -> None:
    found = read_corrections(words, text, FACTS, now=now, zone=zone)
    assert {item.field: item.value for item in found} == values
    assert all(item.words in text for item in found)


@pytest.mark.parametrize(("text", "wanted"), T.PROMISES)
def test_promises_of_a_letter_are_seen(
    words: AnswerWords, now: datetime, zone: ZoneInfo, text: str, wanted: set[tuple[str, str]]
) -> None:
    found = find_promises(words, text, now=now, zone=zone)
    assert {(item.kind, item.due) for item in found} == wanted
    assert all(text[item.start : item.end] == item.words for item in found)


def test_the_promises_of_a_whole_letter_stand_in_its_order(words: AnswerWords, now: datetime, zone: ZoneInfo) -> None:
    letter = (
        "尊敬的客户：\n来信收悉。经查，外圈生锈是包装受潮所致。\n我司将于11月25日前补发300件；\n"
        "同时赔偿误工费2,000元。\n如有疑问请与我们联系。\n顺祝商祺"
    )
    found = find_promises(words, letter, now=now, zone=zone)
    assert [(item.kind, item.words) for item in found] == [
        ("action", "我司将于11月25日前补发300件"),
        ("compensation", "同时赔偿误工费2,000元"),
    ]


def test_hostile_text_is_survived(words: AnswerWords, now: datetime, zone: ZoneInfo) -> None:
    for text in ("满意" * 9000, "数量" * 9000, "批号：" * 6000, "我们将" * 30000, "不是" * 9000, "(" * 19000):
        read_satisfaction(words, text)
        read_corrections(words, text, FACTS, now=now, zone=zone)
        find_promises(words, text, now=now, zone=zone)
