"""Mail that asks for nothing opens no case; of a doubtful kind a person says what it is before any task begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow.casework import sorting
from mailflow.casework.step import Turn
from mailflow.domain.model import Kind
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed, answer, folder_of

BAI = "bai@firm.example"
THANKS = "收到，谢谢！"
NOTICE = "各位好，周三的例会挪到周五上午九点半，会议链接不变，请知悉。"
HIDDEN = "盒子颜色是大红不是猪肝红，你们再看看"  # nothing in it is a word of trouble


@pytest.fixture
def people(office: Office) -> Staffed:
    return Staffed(office)


def asked(people: Staffed) -> list[Ask]:
    return people.sent(BAI, containing="是哪一类")


def listed(people: Staffed) -> list[Ask]:
    return people.sent(BAI, containing="来信一览")


def plain(words: str, subject: str = "你好", **more: Any) -> bytes:
    return letter(words, subject=subject, **more)


def test_a_mail_that_asks_for_nothing_opens_no_case_and_is_not_answered(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, THANKS), fresh(people, NOTICE, "会议改期"))
    assert office.mails() == [("handled", "other", "other")] * 2
    assert office.one("SELECT count(*) FROM cases") == 0
    assert office.one("SELECT count(*) FROM tasks") == 0
    assert office.recipients() == []
    assert office.errors() == []


def test_it_lies_with_its_senders_customer(people: Staffed) -> None:
    office = people.office
    people.work(letter(sender="wang@plant.example"), plain(THANKS, sender="wang@plant.example"))
    kept = office.ask("SELECT message_id, customer_id FROM kind_questions")
    assert kept == [(2, office.one("SELECT customer_id FROM cases"))]
    people.work(fresh(people, NOTICE, "会议改期"))
    assert office.one("SELECT count(*) FROM customers") == 2


def test_it_lies_in_its_senders_folder_of_the_archive_until_it_becomes_a_case(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, NOTICE, "会议改期"))
    kept = "KH-00001/其他来信/往来/000001-original.eml"
    assert kept in folder_of(office.storage / "archive")
    office.clock.forward(minutes=31)
    people.work()
    people.work(answer(listed(people)[0], "表扬"))
    people.work()
    files = folder_of(office.storage / "archive")
    assert kept not in files
    assert "KH-00001/BY-2026-0001/往来/000001-original.eml" in files
    with office.open() as (app, _):
        assert [item for item in app.verify() if item.severity == "error"] == []


def test_several_are_listed_within_a_working_hour_in_one_mail(people: Staffed) -> None:
    people.work(fresh(people, THANKS), fresh(people, NOTICE, "会议改期"))
    people.office.clock.forward(minutes=29)
    people.work()
    assert listed(people) == []
    people.office.clock.forward(minutes=2)
    people.work()
    (ask,) = listed(people)
    assert ask.subject.startswith("来信一览：2 封没有要求办理的事项 〔MF-K1-2-")
    assert "1. 你好" in ask.text
    assert "2. 会议改期" in ask.text
    people.office.clock.forward(hours=5)
    people.work()
    assert len(listed(people)) == 1


def test_what_was_listed_becomes_what_its_reader_says_and_counts_from_receipt(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, THANKS), fresh(people, NOTICE, "会议改期"))
    office.clock.forward(minutes=31)
    people.work()
    people.work(answer(listed(people)[0], "2 投诉"))
    people.work()
    assert office.ask("SELECT kind, opened_by LIKE 'wang%' FROM cases") == [("complaint", 1)]
    assert office.mails()[:2] == [("handled", "other", "other"), ("handled", "complaint", "")]
    plan = office.one("SELECT due_at FROM tasks WHERE name = 'plan'")
    assert datetime.fromisoformat(str(plan)).replace(tzinfo=UTC) == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    assert people.sent(BAI, containing="未办成") == []
    assert "kind.said" in people.journal()


def test_a_doubtful_mail_waits_for_a_person_and_opens_no_case_meanwhile(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, HIDDEN))
    assert office.mails() == [("held", "", "kind_doubt")]
    assert office.one("SELECT count(*) FROM cases") == 0
    (ask,) = asked(people)
    assert "投诉/其他来信" in ask.text
    assert "大红" in ask.text
    assert office.errors() == []


@pytest.mark.parametrize(
    ("words", "kind", "cases"),
    [("投诉", "complaint", ["complaint"]), ("1、咨询", "inquiry", ["inquiry"]), ("不用办理", "other", [])],
)
def test_one_word_decides(people: Staffed, words: str, kind: str, cases: list[str]) -> None:
    people.work(fresh(people, HIDDEN))
    people.work(answer(asked(people)[0], words))
    people.work()
    assert people.office.mails()[0][:2] == ("handled", kind)
    assert [kind for (kind,) in people.office.ask("SELECT kind FROM cases")] == cases


def test_an_answer_is_known_by_its_code_where_thread_and_quote_are_gone(people: Staffed) -> None:
    people.work(fresh(people, HIDDEN))
    people.work(answer(asked(people)[0], "投诉", thread=False))
    people.work()
    assert [kind for (kind,) in people.office.ask("SELECT kind FROM cases")] == ["complaint"]


def test_a_code_is_worth_nothing_in_another_hand_or_when_it_was_made_up(people: Staffed) -> None:
    people.work(fresh(people, HIDDEN))
    (ask,) = asked(people)
    made_up = ask.subject.replace("MF-K1-", "MF-K7-")
    people.work(answer(ask, "投诉", thread=False, sender="qin@firm.example"))
    people.work(answer(ask, "投诉", thread=False, subject=made_up))
    assert people.office.statuses()[0] == "held"
    assert people.office.one("SELECT count(*) FROM cases") == 0


def test_a_code_of_points_that_were_asked_again_otherwise_changes_nothing(people: Staffed) -> None:
    people.work(fresh(people, THANKS), fresh(people, NOTICE, "会议改期"))
    people.office.clock.forward(minutes=31)
    people.work()
    (ask,) = listed(people)
    fewer = ask.subject.replace("MF-K1-2-", "MF-K1-1-")
    people.work(answer(ask, "投诉", thread=False, subject=fewer))
    people.work()
    assert people.office.one("SELECT count(*) FROM cases") == 0


def test_at_the_machine_a_kept_mail_becomes_a_case_long_after_it_was_listed(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, NOTICE, "会议改期"))
    office.clock.forward(minutes=31)
    people.work()
    office.clock.forward(days=15)
    people.work()
    with office.open() as (app, _), app.ledger.begin() as work:
        turn = Turn(app.services.desk, work, office.clock.now)
        bai = app.services.desk.staff().by_address(BAI)
        assert bai is not None
        assert sorting.say(turn, 1, Kind.COMPLAINT, bai)
        assert not sorting.say(turn, 1, Kind.PRAISE, bai)  # it is on its way already
        assert not sorting.say(turn, 99, Kind.PRAISE, bai)
    people.work()
    assert office.ask("SELECT kind FROM cases") == [("complaint",)]
    assert office.mails()[0] == ("handled", "complaint", "")


def fresh(people: Staffed, words: str, subject: str = "你好") -> bytes:
    """A mail that arrives as the clock stands."""
    at = people.office.clock.now.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return re.sub(rb"Mon,\s+02\s+Mar\s+2026\s+09:00:00\s+\+0800", at.encode(), plain(words, subject), count=1)


def test_without_an_answer_in_fifteen_working_minutes_it_is_the_gravest(people: Staffed) -> None:
    office = people.office
    people.work(fresh(people, HIDDEN))
    office.clock.forward(minutes=14)
    people.work()
    assert office.statuses() == ["held"]
    office.clock.forward(minutes=2)
    people.work()
    people.work()
    assert office.ask("SELECT kind FROM cases") == [("complaint",)]
    assert office.mails() == [("handled", "complaint", "")]
    assert [to for to in office.recipients() if "plant" in to]  # now he hears that it was registered
    assert "kind.lapsed" in people.journal()


def test_an_answer_that_names_no_kind_is_told_so_and_changes_nothing(people: Staffed) -> None:
    people.work(fresh(people, HIDDEN), fresh(people, HIDDEN.replace("大红", "深蓝")))
    people.work(answer(asked(people)[0], "投诉"))  # which of the two?
    assert people.office.statuses()[:2] == ["held", "held"]
    (refused,) = people.sent(BAI, containing="未办成")
    assert "哪一封" in refused.text
    people.work(answer(asked(people)[0], "全部投诉"))
    people.work()
    assert people.office.one("SELECT count(*) FROM cases") == 2


def test_somebody_else_may_not_say_it(people: Staffed) -> None:
    people.work(fresh(people, HIDDEN))
    people.work(answer(asked(people)[0], "不用办理", sender="shi@firm.example"))
    assert people.office.statuses()[0] == "held"


def test_a_person_may_let_it_go_on_by_command(people: Staffed) -> None:
    people.work(fresh(people, HIDDEN))
    with people.office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(1)
        worker.once()
    assert people.office.ask("SELECT kind FROM cases") == [("complaint",)]
    assert people.office.one("SELECT count(*) FROM kind_questions WHERE done_at IS NULL") in (0, 1)
    people.work()
    assert people.office.one("SELECT count(*) FROM cases") == 1


def test_where_there_are_no_people_to_ask_it_is_the_gravest_at_once(office: Office) -> None:
    office.put(plain(HIDDEN), plain(THANKS))
    office.work()
    assert [kind for _, kind, _ in office.mails()] == ["complaint", "other"]


def test_thanks_in_the_thread_of_a_case_stay_in_it(people: Staffed) -> None:
    office = people.office
    people.work(letter(sender="wang@plant.example", message_id="<first@plant.example>"))
    people.work(
        plain(THANKS, "Re: 你好", sender="wang@plant.example", headers={"In-Reply-To": "<first@plant.example>"})
    )
    assert office.cases() == ["TS-2026-0001"] * 2
    assert office.recipients().count("wang@plant.example") == 1


def test_a_complaint_without_doubt_is_nobodys_question(people: Staffed) -> None:
    people.work(letter())
    assert asked(people) == []
    assert people.office.cases() == ["TS-2026-0001"]
