"""What colleagues answer is read, and an agreement is never made up."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords

Read = Callable[[str], StaffAnswer]


def _table(name: str) -> dict[str, list[object]]:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


T = _table("staff_replies")


@pytest.fixture
def read(
    words: AnswerWords, fields: Mapping[str, FieldSpec], now: datetime, zone: ZoneInfo, names: tuple[str, ...]
) -> Read:
    return lambda text: read_staff_answer(Reading(words, now, zone, names), text, fields)


@pytest.mark.parametrize("text", T["AGREE"])
def test_an_agreement_agrees(read: Read, text: str) -> None:
    answer = read(text)
    assert (answer.verdict, answer.problems) == ("agree", ())
    assert answer.words
    assert text[slice(*answer.span)] == answer.words


@pytest.mark.parametrize("text", T["SIGNED"])
def test_a_signature_signs(read: Read, text: str) -> None:
    answer = read(text)
    assert (answer.verdict, answer.problems) == ("signed", ())


@pytest.mark.parametrize(("text", "reason"), T["RETURN"])
def test_a_return_carries_its_reason(read: Read, text: str, reason: str) -> None:
    answer = read(text)
    assert (answer.verdict, answer.reason) == ("return", reason)


@pytest.mark.parametrize(("text", "to"), T["TRANSFER"])
def test_a_transfer_names_whom(read: Read, text: str, to: str) -> None:
    answer = read(text)
    assert (answer.verdict, answer.to) == ("transfer", to)


@pytest.mark.parametrize(("text", "values"), T["WORK"])
def test_labelled_lines_are_work(read: Read, text: str, values: dict[str, str]) -> None:
    answer = read(text)
    assert (answer.verdict, answer.values, answer.problems) == ("work", values, ())


@pytest.mark.parametrize(("text", "verdict", "values"), T["MIXED"])
def test_a_verdict_and_values_stand_in_one_answer(read: Read, text: str, verdict: str, values: dict[str, str]) -> None:
    answer = read(text)
    assert (answer.verdict, answer.values) == (verdict, values)


@pytest.mark.parametrize(("text", "code"), T["UNCLEAR"])
def test_what_is_not_plain_is_asked_about(read: Read, text: str, code: str | None) -> None:
    answer = read(text)
    assert answer.verdict == "unclear"
    assert answer.problems
    assert code is None or answer.problems[0].code == code


@pytest.mark.parametrize("text", T["NOTHING"])
def test_no_words_are_no_answer(read: Read, text: str) -> None:
    assert read(text).verdict == "nothing"


@pytest.mark.parametrize(("text", "field", "code"), T["FIELD_PROBLEMS"])
def test_a_value_that_does_not_fit_is_not_taken(read: Read, text: str, field: str, code: str) -> None:
    answer = read(text)
    assert [(problem.field, problem.code) for problem in answer.problems] == [(field, code)]
    assert field not in answer.values


@pytest.mark.parametrize("text", [*T["AGREE"], *T["SIGNED"]])
@pytest.mark.parametrize(
    "doubt",
    ["，但是数量要改", "？", "\n不，先不签", "\n\n数量300件有误", "，其实我不同意", " unless the customer pays"],
)
def test_no_agreement_survives_a_doubt_behind_it(read: Read, text: str, doubt: str) -> None:
    head = text.split("\n\n")[0]
    assert read(head + doubt).verdict not in ("agree", "signed")


def test_an_unknown_name_is_told(read: Read) -> None:
    answer = read("转 赵六")
    assert (answer.verdict, answer.to, [p.code for p in answer.problems]) == ("transfer", "赵六", ["name_unknown"])


def test_without_known_names_a_name_is_taken_as_written(
    words: AnswerWords, fields: Mapping[str, FieldSpec], now: datetime, zone: ZoneInfo
) -> None:
    answer = read_staff_answer(Reading(words, now, zone, ()), "转给赵六处理", fields)
    assert (answer.verdict, answer.to, answer.problems) == ("transfer", "赵六", ())


def test_hostile_text_is_read_in_no_time_and_means_nothing(read: Read) -> None:
    for text in (
        "同意" * 9000,
        "原因：" * 6000,
        "转 " * 9000,
        "(" * 19000,
        "{{7*7}}\n=cmd|' /C calc'!A0",
        "，" * 19000,
    ):
        assert read(text).verdict == "unclear"
