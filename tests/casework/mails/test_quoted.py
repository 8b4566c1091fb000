"""Answers to our mails by mail programs that quote without any mark: what we wrote is never taken for an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.decoding.quotes import split_text
from mailflow.reading.answers.satisfaction import read_satisfaction
from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords, load_answer_words
from tests.casework.mails.conftest import NOW, ROOT, ZONE, Compose, body

NAMES = ("李梅", "赵峰")
FIELDS = {
    "cause_occur": FieldSpec("cause_occur", ("发生原因",)),
    "validity": FieldSpec("validity", ("判定",), "choice", ("有效", "一般无效", "恶意")),
    "spread": FieldSpec("spread", ("举一反三",)),
}
ASKING = ("ask_sign", "ask_work", "reminder", "refused")


@pytest.fixture(scope="module")
def words() -> AnswerWords:
    """The shipped words of answers."""
    loaded, problems = load_answer_words(Path(ROOT / "rules" / "answers.yaml"))
    assert problems == []
    assert loaded is not None
    return loaded


def read(words: AnswerWords, text: str) -> StaffAnswer:
    """What a colleague's answer says."""
    return read_staff_answer(Reading(words, NOW, ZONE, NAMES), text, FIELDS)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "name", ["ask_sign", "ask_work", "reminder", "refused", "confirm", "daily", "escalation", "notice"]
)
def test_our_own_words_never_sign_return_hand_on_or_fill_in(
    note: Compose, words: AnswerWords, name: str, language: str
) -> None:
    text = body(note(name, language), "plain")
    for part in (text, *text.splitlines(), *text.split("\n\n")):
        said = read(words, part)
        assert said.verdict in ("unclear", "nothing"), (part, said)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize(
    ("answer", "verdict", "reason", "to"),
    [
        ("同意", "agree", "", ""),
        ("退回：数量不对", "return", "数量不对", ""),
        ("转 赵峰", "transfer", "", "赵峰"),
        ("agree", "agree", "", ""),
        ("returned: wrong quantity", "return", "wrong quantity", ""),
    ],
)
def test_an_answer_above_an_unmarked_quote_is_read_alone(
    note: Compose, words: AnswerWords, name: str, language: str, answer: str, verdict: str, reason: str, to: str
) -> None:
    said = read(words, f"{answer}\n\n{body(note(name, language), 'plain')}")
    assert (said.verdict, said.reason, said.to) == (verdict, reason, to)
    assert dict(said.values) == {}


@pytest.mark.parametrize("name", ASKING)
def test_lines_filled_in_above_an_unmarked_quote_hold_nothing_of_ours(
    note: Compose, words: AnswerWords, name: str
) -> None:
    filled = "发生原因：端子松动\n判定：有效\n举一反三：检查其他批次"
    said = read(words, f"{filled}\n\n{body(note(name), 'plain')}")
    assert dict(said.values) == {"cause_occur": "端子松动", "validity": "有效", "spread": "检查其他批次"}
    assert said.problems == ()


@pytest.mark.parametrize(
    ("language", "answer", "verdict"),
    [
        ("zh", "满意", "满意"),
        ("zh", "不满意：太慢", "不满意"),
        ("zh-Hant", "不滿意：太慢", "不满意"),
        ("en", "satisfied", "满意"),
        ("en", "not satisfied: too slow", "不满意"),
    ],
)
def test_whether_the_customer_is_satisfied_is_read_above_an_unmarked_quote(
    letter: Compose, words: AnswerWords, language: str, answer: str, verdict: str
) -> None:
    answered = f"{answer}\n\n{body(letter('satisfaction', language), 'plain')}"
    found = read_satisfaction(words, split_text(answered, is_reply=True).new)
    assert (found.verdict, found.doubtful) == (verdict, False)


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "en"])
def test_our_question_alone_is_no_answer(letter: Compose, words: AnswerWords, language: str) -> None:
    found = read_satisfaction(words, split_text(body(letter("satisfaction", language), "plain"), is_reply=True).new)
    assert not found.verdict or found.doubtful
