"""Sentences of a letter that look as if they were meant for colleagues are shown to whoever approves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.reading.answers.promises import find_internal
from mailflow.reading.answers.words import AnswerWords, load_answer_words
from mailflow.settings import shipped


@pytest.fixture(scope="module")
def words() -> AnswerWords:
    found, problems = load_answer_words(shipped.folder("rules") / "answers.yaml")
    assert found is not None, problems
    return found


@pytest.mark.parametrize(
    "sentence",
    [
        "该客户历来爱占便宜，给点小礼品打发算了",
        "客户说要去市场监管局告我们，请领导定",
        "这批料是赶工出来的，确实漏检了",
        "最多赔两千，再高不谈",
        "备注：王经理再看一眼",
        "发货日期待定",
        "【此处填写原因】",
        "This customer always wants money back",
        "FYI our margin on this order is 8 percent",
    ],
)
def test_a_remark_among_colleagues_is_found_and_nothing_else_of_the_letter(words: AnswerWords, sentence: str) -> None:
    letter = f"尊敬的王工：\n来信收悉，给您带来不便深表歉意。\n{sentence}。\n我们已更换密封件，三日内寄出。"
    found = find_internal(words, letter)
    assert found
    assert all(part in sentence for part in found)


@pytest.mark.parametrize(
    "letter",
    [
        "尊敬的王工：您反映的五件球阀漏水，经查为密封圈漏装。我们已安排补发五件，运费由我司承担。",
        "感谢您一直以来对我们的支持，如有疑问请致电客户服务部。",
        "Dear Mr Brown, we checked valve DN50 and will send five replacements by Friday. Kind regards",
        "现将检验报告发给您，报告编号 JC-2026-0031，请查收。",
    ],
)
def test_a_letter_for_the_customer_gives_no_alarm(words: AnswerWords, letter: str) -> None:
    assert find_internal(words, letter) == ()


def test_a_companys_own_file_from_before_simply_gives_no_hint(tmp_path: Path) -> None:
    text = (shipped.folder("rules") / "answers.yaml").read_text("utf-8")
    older = tmp_path / "answers.yaml"
    older.write_text(text[: text.index("  # 写给客户的文字里")], "utf-8")
    found, problems = load_answer_words(older)
    assert problems == []
    assert found is not None
    assert find_internal(found, "该客户历来难缠") == ()
