"""Procedures tried on paper: what is found out of small ones is what one counts by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mailflow.domain.model import Kind
from mailflow.domain.tasks import CaseStatus
from mailflow.procedures.conditions import compared_words
from mailflow.procedures.model import FACTS, FieldSpec, Procedure, Procedures, TaskSpec, Title
from mailflow.procedures.trial import BLANK_FACTS, PastCase, choose_again, try_out

TITLE = Title(zh="某", en="some")
FIELDS = {
    "verdict": FieldSpec(title=TITLE, type="choice", choices=("成立", "不成立", "存疑")),
    "ways": FieldSpec(title=TITLE, type="choices", choices=("换", "退", "赔")),
    "satisfied": FieldSpec(title=TITLE, type="choice", choices=("满意", "不满意")),
    "owner": FieldSpec(title=TITLE, type="person"),
    "note": FieldSpec(title=TITLE),
}


def task(done_by: str = "reply", **keys: Any) -> TaskSpec:
    more = {"role": "service", "asks": ("note",)} if done_by == "reply" else {}
    return TaskSpec.model_validate({"title": TITLE, "done_by": done_by, **more, **keys})


def procedure(when: str = "", **tasks: TaskSpec) -> Procedure:
    return Procedure(name="some", title=TITLE, kinds=(Kind.COMPLAINT,), when=when, tasks=tasks, fields=FIELDS)


def test_the_longest_way_counts_and_side_by_side_work_does_not_add_up() -> None:
    found = try_out(
        procedure(
            a=task(within="4h"),
            b=task(within="1d", needs=("a",)),
            c=task(within="30m", needs=("a",)),
            send=task("mailflow", do="answer", needs=("b", "c")),
            d=task(within="2d", needs=("c",)),
        )
    )
    assert (found.to_answer, found.to_close) == (240 + 480, 240 + 30 + 960)
    assert (found.paths, found.ends, found.unanswered) == (1, {CaseStatus.CLOSED: 1}, 0)
    assert found.is_sound


def test_every_answer_a_condition_asks_about_is_a_way_and_the_others_are_one() -> None:
    found = try_out(
        procedure(
            decide=task(asks=("verdict", "ways")),
            give=task(needs=("decide",), when='verdict == "成立" and "换" in ways'),
            take=task(needs=("decide",), when='"退" in ways'),
        )
    )
    # verdict: 成立 or another; ways: another, 换, 退, 换 and 退
    assert found.paths == 8
    assert found.never == ()


def test_a_task_whose_condition_never_holds_is_named() -> None:
    odd = task(needs=("decide",), when='verdict == "成立" and verdict == "存疑"')
    found = try_out(procedure(decide=task(asks=("verdict",)), odd=odd))
    assert found.never == ("odd",)
    assert not found.is_sound


def test_a_round_without_an_end_is_a_loop() -> None:
    def rounds(when: str) -> Procedure:
        return procedure(
            look=task(),
            heard=task("event", event="customer.satisfaction", role="service", asks=("satisfied",), needs=("look",)),
            again=task("mailflow", do="again", when=when, needs=("heard",), **{"from": "look"}),
        )

    endless = try_out(rounds('satisfied == "不满意"'))
    assert endless.loops == ("again",)
    assert not endless.is_sound
    bounded = try_out(rounds('satisfied == "不满意" and round < 3'))
    assert bounded.loops == ()
    assert bounded.paths == 4  # satisfied at once, after one, after two more rounds, or never
    assert bounded.is_sound


def test_each_round_takes_its_time_again() -> None:
    found = try_out(
        procedure(
            first=task(within="1d"),
            look=task(within="2h", needs=("first",)),
            heard=task(
                "event",
                event="customer.satisfaction",
                role="service",
                asks=("satisfied",),
                needs=("look",),
                within="1h",
            ),
            again=task(
                "mailflow", do="again", when='satisfied == "不满意" and round < 3', needs=("heard",), **{"from": "look"}
            ),
        )
    )
    assert found.to_close == 480 + 3 * (120 + 60)


def test_closing_unsatisfied_is_an_end_of_its_own() -> None:
    found = try_out(
        procedure(
            heard=task(asks=("satisfied",)),
            over=task("mailflow", do="close_unsatisfied", when='satisfied == "不满意"', needs=("heard",)),
            thanks=task("mailflow", do="progress", needs=("over",)),
        )
    )
    assert found.ends == {CaseStatus.CLOSED: 1, CaseStatus.CLOSED_UNSATISFIED: 1}
    assert found.unanswered == 2


@pytest.mark.parametrize(
    "lonely",
    [
        task("event", event="customer.answered"),
        task(role="", who="owner", needs=("name",)),
    ],
    ids=["only the customer can end it", "nobody need be named"],
)
def test_a_task_nobody_may_be_able_to_end_is_stuck(lonely: TaskSpec) -> None:
    found = try_out(procedure(name=task(may=("owner",)), lonely=lonely))
    assert found.stuck == ("lonely",)
    assert not found.is_sound


def test_a_person_who_must_be_named_is_not_stuck() -> None:
    found = try_out(procedure(name=task(asks=("owner",)), work=task(role="", who="owner", needs=("name",))))
    assert found.stuck == ()


def test_only_cases_the_procedure_serves_are_tried() -> None:
    first, second = task(), task(when='severity == "恶性"', needs=("a",))
    assert try_out(procedure(a=first, b=second)).paths == 2
    served = try_out(procedure('severity == "恶性"', a=first, b=second))
    assert (served.paths, served.never) == (1, ())


def test_known_cases_are_told_what_they_would_get_today() -> None:
    plain = procedure(a=task())
    oral = plain.model_copy(update={"name": "oral", "when": 'channel == "oral"'})
    cases = [
        PastCase("TS-2026-0001", Kind.COMPLAINT, ran_by="some"),
        PastCase("TS-2026-0002", Kind.COMPLAINT, {"channel": "oral"}, ran_by="some"),
        PastCase("TS-2026-0003", Kind.COMPLAINT, {"channel": "oral"}),
        PastCase("XJ-2026-0001", Kind.RFQ, ran_by=""),
    ]
    found = list(choose_again(Procedures((plain, oral)), cases))
    assert [item.procedure for item in found] == ["some", "oral", "oral", ""]
    assert [item.differs for item in found] == [False, True, False, False]


def test_words_a_condition_compares_with_are_found_on_either_side_and_in_lists() -> None:
    assert compared_words('(judged or severity) in ("重大", "恶性") and "退" in ways and amount') == {
        "judged": {"重大", "恶性"},
        "severity": {"重大", "恶性"},
        "ways": {"退"},
        "amount": set(),
    }


def test_a_case_of_which_nothing_is_known_has_every_fact() -> None:
    assert set(BLANK_FACTS) == set(FACTS)
