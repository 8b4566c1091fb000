"""Who says only that he is away is not answered as a customer, and no customer is taken for such a one."""

from __future__ import annotations

from typing import Any

import pytest

from mailflow.domain.model import Kind, Message
from mailflow.excluding.absence import LONGEST, says_only_absence
from mailflow.stages.exclude import exclude, perhaps_absent
from tests.excluding.builder import OWN, mail, marks
from tests.flow.letters import answer_of, letter
from tests.flow.office import Office
from tests.world.away import AWAY, PEOPLE

OURS = "20261103.42@women.example"
DOMAINS = frozenset({"women.example"})
QUOTE = "在 2026年11月3日，客服 写道：\n> 您的投诉已登记"


def _answer(text: str, **more: Any) -> Message:
    given: dict[str, Any] = {"subject": "Re: 投诉漏水 [TS-2026-0001]", "in_reply_to": OURS}
    return mail(text, **(given | more))


@pytest.mark.parametrize("text", AWAY)
def test_an_absence_in_answer_to_a_mail_of_ours_is_a_machines(text: str) -> None:
    found = exclude(_answer(text), marks(), OWN, DOMAINS)
    assert found is not None
    assert (found.kind, found.about) == (Kind.AUTO_REPLY, (OURS,))


@pytest.mark.parametrize("text", PEOPLE)
def test_who_is_away_and_wants_something_is_a_person(text: str) -> None:
    for message in (_answer(text), _answer(text, quoted=QUOTE), mail(text, subject="你好")):
        assert exclude(message, marks(), OWN, DOMAINS) is None
        assert not perhaps_absent(message, marks(), OWN, DOMAINS)


@pytest.mark.parametrize(
    "more",
    [{"quoted": QUOTE}, {"in_reply_to": ""}, {"in_reply_to": "1@kunde.example"}, {"subject": "另：水泵漏水"}],
    ids=str,
)
def test_in_doubt_it_is_asked_whether_a_person_wrote_it(more: dict[str, Any]) -> None:
    message = _answer("我不在公司，请联系李工 13800000000。", **more)
    assert exclude(message, marks(), OWN, DOMAINS) is None
    assert perhaps_absent(message, marks(), OWN, DOMAINS)


@pytest.mark.parametrize("sender", ["bai@women.example", "kefu2@women.example"])
def test_a_colleague_who_is_away_is_heard(sender: str) -> None:
    message = _answer("我正在出差，12月5日回来。", sender=sender)
    assert exclude(message, marks(), OWN, DOMAINS) is None
    assert not perhaps_absent(message, marks(), OWN, DOMAINS)


def test_what_comes_with_files_or_is_long_or_empty_is_no_mere_absence() -> None:
    assert not says_only_absence(_answer(""), marks())
    assert not says_only_absence(_answer("我正在休假。" * (LONGEST // 6 + 1)), marks())
    assert not says_only_absence(_answer("我正在休假。", forwarded=(Message(),)), marks())
    assert says_only_absence(_answer("我正在休假。"), marks())


def test_an_absence_by_itself_is_held_and_not_answered(office: Office) -> None:
    office.put(
        letter("我正在休假，12月5日回来。紧急事宜请联系李工 13800000000。", subject="休假", sender="li@plant.example")
    )
    office.work()
    assert office.mails() == [("held", "", "perhaps_automatic")]
    assert office.replies() == []


def test_a_month_of_such_answers_gets_no_answer_of_ours(office: Office) -> None:
    office.put(letter(sender="wang@plant.example"))
    office.work()
    ours, before = answer_of(office.replies()[0].content), len(office.replies())
    for text in AWAY[:15]:
        thread = {"In-Reply-To": ours, "References": ours}
        office.put(letter(text, subject="Re: 投诉：球阀漏水", sender="wang@plant.example", headers=thread))
    office.work()
    assert len(office.replies()) == before
    assert [status for status in office.statuses()[1:] if status != "aside"] == []
