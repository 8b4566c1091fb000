"""Every kind of case has a procedure with work, an end, words in both languages and a receipt."""

from __future__ import annotations

import pytest

from mailflow.casework.acknowledgement import UNANSWERED
from mailflow.domain.model import NO_CASE, OWN, Kind
from mailflow.procedures.model import Procedure
from mailflow.procedures.trial import BLANK_FACTS
from mailflow.reading.matching.reasons import SUBKINDS
from tests.obligations.shipped import procedures

CASES = [kind for kind in Kind if kind not in NO_CASE | {Kind.STAFF_REPLY, Kind.OTHER}]
"""The kinds that open a case; what our own people answer and what asks for nothing opens none."""


def chosen() -> dict[str, Procedure]:
    """Every procedure a case can get, by name: of each kind, whatever it is about, written or told."""
    # Whoever opens a case of our own names its procedure.
    found = {each.name: each for each in procedures().all if OWN.intersection(each.kinds)}
    for kind in CASES:
        for about in ([], *([word] for word in SUBKINDS), ["产品质量", "退换货"]):
            for channel in ("mail", "oral"):
                facts = {**BLANK_FACTS, "kind": kind.value, "subkinds": about, "channel": channel}
                procedure = procedures().choose(kind, facts)
                assert procedure is not None, f"a case of kind {kind.value} about {about} has no procedure"
                found[procedure.name] = procedure
    return found


def test_no_kind_of_case_is_without_a_procedure_and_no_procedure_without_cases() -> None:
    assert set(chosen()) == {procedure.name for procedure in procedures().all}


@pytest.mark.parametrize("name", sorted({procedure.name for procedure in procedures().all}))
def test_every_case_has_work_for_people_and_a_task_after_which_nothing_is_left(name: str) -> None:
    procedure = procedures().named(name)
    assert procedure is not None
    people = [task for task in procedure.tasks.values() if task.done_by in ("reply", "signature")]
    assert people
    assert all(task.within for task in people)  # that every way ends is tried in test_shipped_procedures.py
    needed = {need for task in procedure.tasks.values() for need in task.needs}
    assert set(procedure.tasks) - needed


@pytest.mark.parametrize("name", sorted({procedure.name for procedure in procedures().all}))
def test_every_task_and_field_is_called_something_in_chinese_and_in_english(name: str) -> None:
    procedure = procedures().named(name)
    assert procedure is not None
    titles = [procedure.title, *(task.title for task in procedure.tasks.values())]
    titles += [field.title for field in procedure.fields.values()]
    titles += [refusal.because for task in procedure.tasks.values() for refusal in task.refuse]
    for title in titles:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in title.of("zh")) or title.of("zh").isascii(), title
        assert title.of("en").isascii(), title
    for field in procedure.fields.values():
        assert not field.choices or field.choices_en or any(word.isascii() for word in field.choices), field


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind not in OWN])  # nobody outside opened it
def test_whoever_opened_a_case_hears_that_it_arrived(kind: Kind) -> None:
    assert kind not in UNANSWERED
