"""Where the kind of a mail is not clear the case is opened and answered, and a person is asked."""

from __future__ import annotations

import json

import pytest

from mailflow.domain.model import Details, Kind
from mailflow.reading.matter.doubt import doubtful_kinds
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint, letter


@pytest.mark.parametrize(
    ("kind", "kinds", "asked"),
    [
        (Kind.COMPLAINT, ((Kind.COMPLAINT, 9.0), (Kind.INQUIRY, 2.0)), ""),
        (Kind.COMPLAINT, ((Kind.COMPLAINT, 6.0), (Kind.FOLLOWUP, 5.8)), ""),
        (Kind.INQUIRY, ((Kind.INQUIRY, 1.0),), "inquiry 1.0"),
        (Kind.SURVEY_REPLY, ((Kind.COMPLAINT, 6.0), (Kind.SURVEY_REPLY, 5.25)), "survey_reply 5.2, complaint 6.0"),
        (Kind.STAFF_REPLY, ((Kind.COMPLAINT, 9.0), (Kind.STAFF_REPLY, 2.5)), ""),
    ],
)
def test_a_weak_or_close_kind_is_a_question_for_a_person(
    kind: Kind, kinds: tuple[tuple[Kind, float], ...], asked: str
) -> None:
    assert doubtful_kinds(Details(kind=kind, kinds=kinds)) == asked


def test_the_question_stands_in_the_journal_of_the_case(new_office: OpenOffice) -> None:
    office = new_office()
    office.put(complaint(1), letter("你好，在吗", subject="你好"))
    office.work()
    asked = office.ask("SELECT message_id, case_id, data FROM journal WHERE event = 'kind.unsure'")
    assert len(asked) == 1
    message, case, data = asked[0]
    assert case is not None
    assert json.loads(data)["kinds"]
    assert office.one("SELECT subject FROM messages WHERE id = ?", message) == "你好"
    assert len(office.replies()) == 2
