"""A set nobody tuned the words for when it was first read; see the figures in docs/howto/sign-by-mail.md."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.words import AnswerWords


def _table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("blind_replies", Path(__file__).parent / "blind_replies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("text", "verdict", "more"), _table().BLIND)
def test_the_blind_set_is_read(
    words: AnswerWords,
    fields: Mapping[str, FieldSpec],
    now: datetime,
    zone: ZoneInfo,
    names: tuple[str, ...],
    text: str,
    verdict: str,
    more: object,
) -> None:
    answer = read_staff_answer(words, text, fields, now=now, zone=zone, names=names)
    assert answer.verdict == verdict
    if more is not None:
        assert more in (answer.reason, answer.to, answer.values)
