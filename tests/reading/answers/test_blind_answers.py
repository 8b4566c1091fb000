"""Sets of answers the words were not made for when they were first read; since then every one must be read right.

First readings: 23 of 40, then (words extended) 25 of 40, then 23 of 30; what was not read right was asked
about, but for one return read from a grumble; no agreement was ever made up.
"""

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
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords


def _table(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SETS = ("blind_replies", "blind_replies_2", "blind_replies_3")


@pytest.mark.parametrize(("text", "verdict", "more"), [reply for name in SETS for reply in _table(name).BLIND])
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
    answer = read_staff_answer(Reading(words, now, zone, names), text, fields)
    assert answer.verdict == verdict
    if more is not None:
        assert more in (answer.reason, answer.to, answer.values)
