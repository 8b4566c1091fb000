"""Telephone numbers as people write them under one label."""

from __future__ import annotations

import pytest

from mailflow.domain.model import Message
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.runtime.clock import now_utc
from mailflow.stages.extract import extract


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("电话：13900002468  0513-66330077 转 802", ("13900002468", "0513-66330077-802")),
        ("联系电话: 0513-66330077 / 13900002468", ("0513-66330077", "13900002468")),
        ("电话：66330077", ("66330077",)),
    ],
)
def test_two_numbers_behind_one_label_are_two_numbers(rulebook: Rulebook, text: str, numbers: tuple[str, ...]) -> None:
    message = Message(subject="投诉：泵漏水", text=text, new_text=f"泵漏水，请尽快处理。\n{text}\n")
    details = extract(message, rulebook, own=Ours(), now=now_utc())
    assert details.values("phone") == numbers
