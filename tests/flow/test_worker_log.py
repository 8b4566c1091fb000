"""What the worker says in its log: what happened and to which mail, with ids and the place of a defect, no words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from mailflow.domain.errors import TemporaryError
from tests.flow.letters import complaint, letter
from tests.flow.office import Away, Office
from tests.flow.test_bad_mail import FormsWithADefect
from tests.flow.test_worker import answers, value

WORD = b"PK"


class DefectWithRecords(Away):
    """A vault with a defect that shows with records alone: the first time, or every time."""

    times = 0

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        if contents[0].startswith(WORD) and self.times > 0:
            type(self).times -= 1
            raise ValueError("a defect")
        return self.inner.put(contents)

    def get(self, digest: str) -> bytes:
        return self.inner.get(digest)


def said(caplog: pytest.LogCaptureFixture, name: str) -> list[tuple[dict[str, object], bool]]:
    """The ids of each such event, and whether it names the place of a defect."""
    return [(record.ids, bool(record.exc_info)) for record in caplog.records if record.message == name]  # type: ignore[attr-defined]


def test_what_came_and_what_left_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mailflow")
    office.put(complaint(1), complaint(2))
    with office.open() as (_, worker):
        worker.once()
    assert said(caplog, "mails.collected") == [({"mailbox": "service", "count": 2}, False)]
    assert sum(int(str(ids["count"])) for ids, _ in said(caplog, "replies.sent")) == 2


def test_a_mail_that_breaks_filing_is_named_with_the_place_of_the_defect(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.put(complaint(1), letter("球阀漏水，请换货。噎住。"))
    with office.open(forms=FormsWithADefect) as (_, worker):
        worker.once()
    held = office.one("SELECT id FROM messages WHERE status = 'held'")
    assert said(caplog, "mail.broke") == [({"message": held}, True)]
    assert "噎住" not in caplog.text


@pytest.mark.parametrize(("times", "become"), [(1, "handled"), (100, "held")])
def test_what_breaks_a_whole_group_breaks_only_its_own_mails(
    office: Office, caplog: pytest.LogCaptureFixture, times: int, become: str
) -> None:
    DefectWithRecords.times = times
    office.put(complaint(1), complaint(2))
    with office.open(vault=DefectWithRecords) as (_, worker):
        worker.once()
    assert office.statuses() == [become] * 2
    assert value(office, "mails_total", outcome=become) == 2
    assert said(caplog, "group.split") == [({"count": 2}, True)]
    broken = [({"message": number}, True) for (number,) in office.ask("SELECT id FROM messages WHERE status = 'held'")]
    assert said(caplog, "mail.broke") == broken


def test_casework_that_fails_for_now_is_logged_with_what_to_do(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with office.open() as (_, worker):
        worker.chores = replace(worker.chores, casework=answers(TemporaryError("disk full", remedy="free some")))
        worker.round()
    assert said(caplog, "casework.failed") == [({"error": "disk full", "remedy": "free some"}, False)]
