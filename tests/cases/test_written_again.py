"""A customer writes about a closed case: he is answered, whoever of the firm he is, and what he corrects counts."""

from __future__ import annotations

from bench.compare import differences, read_home
from mailflow.domain.tasks import CaseStatus
from tests.flow.letters import answer_of, letter
from tests.flow.staffed import Staffed

WANG, LI = "wang@plant.example", "li@plant.example"
AGAIN = "又漏水了，要求换货，订单号：DD20260301008。"
CORRECTED = "又漏水了，要求换货。订单号写错了，应为 DD20260301009，不是 DD20260301008。"


def closed_case(people: Staffed) -> dict[str, str]:
    """A complaint of Wang's, closed; returns the headers of an answer in its thread."""
    people.work(letter(sender=WANG))
    with people.office.open() as (app, _), app.ledger.begin() as work:
        work.close_case(1, CaseStatus.CLOSED, people.office.clock())
    people.office.clock.forward(hours=1)
    return {"In-Reply-To": answer_of(people.sent(WANG)[0].mail.as_bytes().replace(b"\n", b"\r\n"))}


def test_a_colleague_who_is_not_known_to_be_one_hears_his_own_words_and_no_less(people: Staffed) -> None:
    thread = closed_case(people)
    people.work(letter(AGAIN, subject="还是漏水", sender=LI, message_id="<again@plant.example>", headers=thread))
    assert people.office.ask("SELECT round, status FROM cases") == [(2, "open")]
    (told,) = people.sent(LI)
    assert told.mail["In-Reply-To"] == "<again@plant.example>"


def test_the_endurance_run_takes_that_letter_for_his_answer_and_misses_him_who_got_none(people: Staffed) -> None:
    thread = closed_case(people)
    people.work(letter(AGAIN, subject="还是漏水", sender=WANG, message_id="<again@plant.example>", headers=thread))
    answered = read_home(people.office.folder)
    assert answered.answers["again@plant.example", WANG] == 1
    people.office.change("DELETE FROM deliveries WHERE outbox_id IN (SELECT id FROM outbox WHERE occasion LIKE 're%')")
    people.office.change("DELETE FROM outbox WHERE occasion LIKE 'reopened:%'")
    unanswered = read_home(people.office.folder)
    assert differences(answered, unanswered) == [f"reply missing: again@plant.example,{WANG} x 1"]


def test_who_opens_a_case_again_is_told_so_in_his_own_thread_and_what_he_corrects_counts(people: Staffed) -> None:
    thread = closed_case(people)
    before = len(people.sent(WANG))
    people.work(letter(CORRECTED, subject="还是漏水", sender=WANG, message_id="<again@plant.example>", headers=thread))
    assert people.office.ask("SELECT round, status FROM cases") == [(2, "open")]
    assert people.office.ask("SELECT field, value FROM corrections") == [("order_no", "DD20260301009")]
    *_, told = people.sent(WANG)
    assert len(people.sent(WANG)) == before + 1
    assert told.mail["In-Reply-To"] == "<again@plant.example>"
    assert "重新开始办理" in told.text
    assert people.office.errors() == []
