"""The figures of a round: every letter and answer is counted once, and what too few say is not printed."""

from __future__ import annotations

from datetime import UTC, datetime

from mailflow.domain.survey_ports import BOUNCED, INVITED, Candidate, Invitation, SurveyAnswer, Traits
from mailflow.surveys import token
from mailflow.surveys.judging import HALF_EMPTY, LATE, OTHER_PERSON, VALID, low_scores
from mailflow.surveys.report import report_fields
from mailflow.surveys.results import results
from mailflow.surveys.sampling import ASKED_LATELY, GRAVE, NO_CONTACT, NOT_DRAWN, UNREACHABLE, draw, next_contact
from tests.surveys.answering import shipped

NOW = datetime(2026, 11, 2, tzinfo=UTC)
FORM = shipped()


def letter(row: int, customer: int, status: str = INVITED, tier: str = "A", instead: int | None = None) -> Invitation:
    address = f"p{row}@c{customer}.example"
    return Invitation(
        row, 1, customer, f"公司{customer}", address, "", tier, False, "", status, row, NOW, 0, instead, None
    )


def said(row: int, score: int, version: int = 1, verdict: str = VALID, words: str = "") -> SurveyAnswer:
    scores = {question.key: score for question in FORM.scored}
    extra = {"worst": words} if words else {}
    return SurveyAnswer(row * 10 + version, row, version, "mail", "", NOW, None, scores, extra, {}, (), verdict, "")


def candidate(customer: int, address: str = "p@c.example", **more: object) -> Candidate:
    values: dict[str, object] = {
        "traits": Traits(customer), "last_case_at": NOW, "is_reachable": True, "complaints": 0, "open_grave": False,
        "asked_at": None,
    }  # fmt: skip
    return Candidate(customer, f"公司{customer}", address, "", **(values | more))  # type: ignore[arg-type]


def test_every_answer_is_counted_once_and_the_formula_stands_beside_the_figures() -> None:
    letters = [letter(1, 1), letter(2, 2), letter(3, 3, BOUNCED), letter(4, 3, instead=3), letter(5, 4), letter(6, 5)]
    answers = [
        said(1, 5), said(1, 4, 2), said(1, 1, 3, LATE), said(2, 3, words="交货慢"), said(4, 5),
        said(5, 1, 1, HALF_EMPTY), said(6, 1, 1, OTHER_PERSON),
    ]  # fmt: skip
    found = results(FORM, letters, answers, {}, {1: 0, 2: 3, 4: 1})
    returns = found.all.returns
    assert (returns.sent, returns.bounced, returns.delivered, returns.answered, returns.valid) == (6, 1, 5, 5, 3)
    assert (found.all.void, found.all.waiting) == (1, 1)
    assert found.customers == {1: 80.0, 2: 60.0, 3: 100.0}
    fields = report_fields(FORM, found, "zh", target=85, confidential=False)
    assert "回收率 3/6 = 50.0%" in fields["survey_counts"]
    assert "Σ(权重×得分/5)" in fields["survey_method"]
    assert "80.0（3 份，太少，不给区间）" in fields["survey_results"]
    assert "无法判断" in fields["survey_change"]
    assert "交货慢" in fields["survey_words"]


def test_a_confidential_report_names_nobody_and_shows_nothing_of_fewer_than_five() -> None:
    letters = [letter(row, row) for row in range(1, 8)]
    few = results(FORM, letters, [said(row, 4, words="价格高") for row in range(1, 5)], {}, {})
    shown = report_fields(FORM, few, "zh", target=85, confidential=True)
    assert "80" not in shown["survey_results"]
    assert "价格高" not in shown["survey_words"]
    many = results(FORM, letters, [said(row, 4, words="价格高") for row in range(1, 7)], {}, {})
    shown = report_fields(FORM, many, "zh", target=85, confidential=True)
    assert "80.0" in shown["survey_results"]
    assert "公司" not in "".join(shown.values())


def test_a_customer_with_two_answers_counts_once() -> None:
    found = results(FORM, [letter(1, 1), letter(2, 1)], [said(1, 5), said(2, 3)], {}, {})
    assert found.customers == {1: 80.0}
    assert found.index is not None
    assert found.index.n == 1


def test_the_draw_takes_all_key_customers_says_why_others_are_not_asked_and_can_be_repeated() -> None:
    key = Traits(1, "A", "", True, "")
    people = [
        candidate(1, traits=key), candidate(2, ""), candidate(3, is_reachable=False), candidate(4, open_grave=True),
        candidate(5, asked_at=NOW), *(candidate(number) for number in range(10, 20)),
    ]  # fmt: skip
    first, again = draw(people, 0.3, 7, NOW), draw(people, 0.3, 7, NOW)
    assert first == again
    assert [each.customer for each in first.chosen if each.customer < 10] == [1]
    assert len(first.chosen) == 4
    why = {each.customer: each.why for each in first.left_out}
    assert (why[2], why[3], why[4], why[5]) == (NO_CONTACT, UNREACHABLE, GRAVE, ASKED_LATELY)
    assert list(why.values()).count(NOT_DRAWN) == 7
    assert first.of == 11


def test_the_next_contact_of_a_customer_is_one_that_was_not_asked() -> None:
    people = [candidate(1, "a@c.example"), candidate(1, "b@c.example", is_reachable=False), candidate(1, "d@c.example")]
    found = next_contact(people, 1, ["A@c.example"])
    assert found is not None
    assert found.address == "d@c.example"
    assert next_contact(people, 1, ["a@c.example", "d@c.example"]) is None


def test_a_letter_s_number_is_known_however_it_comes_back_and_for_nobody_else() -> None:
    number = token.make(7, "wang@c.example", b"secret")
    assert token.find(f"> 回信时请保留此编号：{number.lower()}\n{number}") == [(7, number.rpartition("-")[2])]
    check = number.rpartition("-")[2]
    assert token.is_ours(7, check, "WANG@c.example", b"secret")
    assert not token.is_ours(7, check, "li@c.example", b"secret")
    assert not token.is_ours(8, check, "wang@c.example", b"secret")


def test_low_scores_are_those_the_questionnaire_says() -> None:
    assert low_scores(FORM, {"on_time": 2, "packing": 1, "overall": 2, "recommendation": 5, "price": "n/a"}) == {
        "packing": 1,
        "overall": 2,
    }
