"""What becomes of held mail is said by answering the mail that asks: by its token, by whom it asked, and once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import letter
from tests.flow.staffed import Ask, Staffed, answer
from tests.flow.test_held_tasks import WANG, forged, told
from tests.flow.test_storms import THREE, trouble


@pytest.fixture
def people(new_office: OpenOffice) -> Staffed:
    """A staffed office with Wang's case in it, where few new cases an hour are a storm."""
    found = Staffed(new_office(limits=THREE))
    found.work(letter(sender=WANG))
    return found


def asked(people: Staffed, *mails: bytes) -> Ask:
    """The mail that asks about these."""
    people.work(*mails)
    return told(people)[-1]


def said_back(people: Staffed, ask: Ask, words: str, **how: Any) -> list[str]:
    """The subjects of what comes back at once for these words."""
    before = len(people.all_sent())
    people.work(answer(ask, words, **how))
    return [mail.subject for mail in people.all_sent()[before:] if mail.to == ask.to]


@BOTH
def test_one_word_lets_a_held_mail_join_its_case(people: Staffed) -> None:
    ask = asked(people, forged())
    assert (
        "1. 邮件 2 · TS-2026-0001 · 发件人未通过核验 · TS-2026-0001 · 时限 03-02 10:30" in ask.text
    )  # its subject, no more
    assert "mailflow" not in ask.text  # nothing in it needs a shell
    said_back(people, ask, "放行")
    assert people.office.mails()[1][0] == "handled"
    assert people.office.cases()[1] == "TS-2026-0001"
    assert people.office.mails()[2] == ("handled", "staff_reply", "decided")
    assert [item for item in people.journal() if item == "mail.released"] == ["mail.released"]
    assert people.office.one("SELECT words FROM gathered ORDER BY id DESC") == "邮件 2：已放行"
    assert people.office.one("SELECT count(*) FROM held_tasks WHERE done_at IS NULL") == 0
    assert people.office.errors() == []


def test_a_reason_sets_it_aside_and_without_one_it_is_asked_for(people: Staffed) -> None:
    ask = asked(people, forged())
    assert any("未办成" in subject for subject in said_back(people, ask, "不要"))
    assert people.office.mails()[1] == ("held", "", "failed_sender")
    said_back(people, ask, "不要：已电话核实，不是客户所发")
    assert people.office.mails()[1] == ("aside", "failed_sender", "failed_sender")
    assert people.office.one("SELECT detail FROM messages WHERE id = 2") == "已电话核实,不是客户所发"
    assert "邮件 2：不办理（已电话核实,不是客户所发）" in people.confirmations("bai@firm.example")
    assert len(people.sent(WANG)) == 2  # his receipt, and that somebody wrote in his name: nothing for this mail
    assert people.office.errors() == []


def test_each_of_several_is_answered_by_its_number_and_only_once(people: Staffed) -> None:
    ask = asked(people, *(forged(f"第{n}次：请改送。") for n in "一二三"))
    assert any("未办成" in subject for subject in said_back(people, ask, "1 放行\n2 不要：冒名\n随便"))
    assert people.office.statuses()[1:4] == ["handled", "aside", "held"]
    assert any(
        "未办成" in subject for subject in said_back(people, ask, "1 不要：改主意了\n2 放行")
    )  # decided is decided
    assert people.office.statuses()[1:4] == ["handled", "aside", "held"]
    said_back(people, ask, "3 放行")
    assert people.office.statuses()[1:4] == ["handled", "aside", "handled"]
    assert people.journal().count("mail.released") == 2
    assert people.office.errors() == []


@pytest.mark.parametrize("words", ["放行，但先核实", "收到", "1 放行\n1 不要：冒名", "合为一案", "明天再说"])
def test_what_is_not_clear_changes_nothing(people: Staffed, words: str) -> None:
    ask = asked(people, forged())
    assert "未办成" in said_back(people, ask, words)[0]
    assert people.office.mails()[1] == ("held", "", "failed_sender")


def test_only_who_was_asked_decides_by_a_token_that_is_his(people: Staffed) -> None:
    ask = asked(people, forged())
    changed = re.sub(r"(MF-H\d+-\d+-\d+-)(.)", lambda found: found[1] + ("A" if found[2] != "A" else "B"), ask.subject)
    failed = answer(ask, "放行").replace(
        b"Received: from",
        b"Authentication-Results: mx.firm.example; dmarc=fail header.from=firm.example\r\nReceived: from", 1,
    )  # fmt: skip
    people.work(answer(ask, "放行", subject=f"回复: {changed}", thread=False), failed)
    people.work(answer(ask, "放行", sender="qin@firm.example"), answer(ask, "放行", sender="qin@else.example"))
    assert people.office.mails()[1] == ("held", "", "failed_sender")
    assert "mail.released" not in people.journal()
    people.office.clock.forward(days=61)
    people.work(answer(ask, "放行"))
    assert people.office.mails()[1] == ("held", "", "failed_sender")  # it is too old


@pytest.mark.parametrize(("words", "cases"), [("合为一案", 1), ("各立一案", 3), ("不要：监控系统误报", 0)])
def test_a_pile_is_answered_by_reply(people: Staffed, words: str, cases: int) -> None:
    before = people.office.one("SELECT count(*) FROM cases")
    ask = asked(people, *(trouble(n, "wang@else.example") for n in range(6)))
    held = people.office.statuses().count("held")
    assert held == 3
    opened = people.office.one("SELECT count(*) FROM cases") - before
    said_back(people, ask, words)
    assert people.office.one("SELECT count(*) FROM cases") - before == opened + cases
    assert people.office.statuses().count("held") == 0
    assert people.office.errors() == []
