"""An agreement with a change: the change is shown, old and new, and made by one word; two readings are asked about."""

from __future__ import annotations

import json
import re

import pytest

from tests.flow.letters import letter
from tests.flow.robots import play, usual
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
CHANGED = "同意，但赔偿金额改为800"


def until_compensation(people: Staffed) -> Ask:
    """A complaint up to the signature under a compensation of 3,000 yuan; the mail that asks for it."""
    asked: list[Ask] = []

    def say(ask: Ask) -> str | None:
        if "批准赔偿" in ask.text and re.search("请签字", ask.subject):
            asked.append(ask)
            return None
        words = usual(ask)
        return words.replace("处置：换货", "处置：换货、赔偿\n赔偿金额：3000元") if "处置：换货" in words else words

    people.work(letter(sender=CUSTOMER))
    play(people, say, until=lambda: bool(asked))
    assert asked
    return asked[-1]


def test_a_change_is_shown_and_made_by_one_word(people: Staffed) -> None:
    ask = until_compensation(people)
    people.work(answer(ask, CHANGED))
    shown = people.sent(ask.to)[-1]
    assert "赔偿金额：3000.00 CNY → 800.00 CNY" in shown.text
    assert "MF-A" in shown.subject
    assert ("approve_disposition", ask.to) in people.open_tasks()
    assert amounts(people) == ["3000.00 CNY"]
    people.work(answer(shown, "同意"))
    assert ("approve_disposition", ask.to) not in people.open_tasks()
    assert amounts(people) == ["3000.00 CNY", "800.00 CNY"]
    assert printed(people) == "800.00 CNY"
    assert "task.changed" in people.journal()
    assert people.office.errors() == []


def test_a_bare_agreement_to_another_mail_is_asked_about(people: Staffed) -> None:
    ask = until_compensation(people)
    people.work(answer(ask, CHANGED))
    people.work(answer(ask, "同意"))
    assert ("approve_disposition", ask.to) in people.open_tasks()
    assert "赔偿金额：3000.00 CNY → 800.00 CNY" in people.sent(ask.to)[-1].text
    people.work(answer(people.sent(ask.to)[-1], "按原稿同意"))
    assert ("approve_disposition", ask.to) not in people.open_tasks()
    assert printed(people) == "3000.00 CNY"


@pytest.mark.parametrize(
    "words", ["同意，赔偿金额不得超过800元", "同意，但赔偿金额改为800，先问财务", "同意，但金额太高"]
)
def test_what_is_no_plain_change_is_quoted_back(people: Staffed, words: str) -> None:
    ask = until_compensation(people)
    people.work(answer(ask, words))
    assert "MF-A" not in people.sent(ask.to)[-1].subject
    assert ("approve_disposition", ask.to) in people.open_tasks()
    assert amounts(people) == ["3000.00 CNY"]


def test_a_change_can_still_be_sent_back(people: Staffed) -> None:
    ask = until_compensation(people)
    people.work(answer(ask, CHANGED))
    people.work(answer(people.sent(ask.to)[-1], "退回：先和财务商量金额"))
    assert amounts(people) == ["3000.00 CNY"]
    assert ("approve_disposition", ask.to) not in people.open_tasks()
    assert any(name == "disposition" for name, _ in people.open_tasks())


def amounts(people: Staffed) -> list[str]:
    return [value for (value,) in people.office.ask("SELECT value FROM answers WHERE field = 'amount' ORDER BY id")]


def printed(people: Staffed) -> str:
    """The amount on the newest version of the sheet."""
    asked = "SELECT fields FROM records WHERE form = 'JL-23-03' ORDER BY id DESC LIMIT 1"
    return str(json.loads(people.office.one(asked))["answer"]["amount"])
