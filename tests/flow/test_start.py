"""From when on mail is new: old mail is counted and not answered; after an outage all that came since is answered."""

from __future__ import annotations

import email
import os
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path

import pytest

from mailflow.casework.summary.period import Period
from mailflow.commands.start import begin, show_old
from mailflow.domain.start_ports import Start
from mailflow.stages.collect import old_mail
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint
from tests.flow.office import Office

OLD = timedelta(days=400)


def arrive(office: Office, number: int, age: timedelta) -> Path:
    """A complaint the server received so long before the office's now."""
    path = office.server.deliver(office.user, complaint(number))
    moment = (office.clock.now - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def start(office: Office, since: datetime | str | None = None) -> None:
    """What ``mailflow run`` says before it works."""
    with office.open() as (app, worker):
        begin(app, worker.mailboxes, since, office.clock.now, tell=False)
        for box in worker.mailboxes:
            box.close()


def said(office: Office) -> list[str]:
    """What the answers say, as plain text."""
    found = []
    for mail in office.replies():
        part = email.message_from_bytes(mail.content, policy=policy.default).get_body(("plain",))
        assert part is not None
        found.append(part.get_content())
    return found


def test_what_lay_in_the_mailbox_before_the_start_is_counted_and_not_answered(office: Office) -> None:
    for number in range(5):
        arrive(office, number, OLD + timedelta(days=number))
    arrive(office, 5, timedelta(seconds=2))
    start(office)
    office.clock.forward(minutes=1)
    arrive(office, 6, timedelta(seconds=5))
    office.work()
    assert (office.statuses(), len(office.replies())) == (["handled"], 1)
    assert office.ask("SELECT present, handled, old, unknown FROM folders") == [(7, 1, 6, 0)]
    assert office.work() == []
    assert office.errors() == []
    assert "late" not in str(office.ask("SELECT event FROM journal"))


def test_an_old_mail_that_is_put_into_the_folder_later_stays_an_old_one(office: Office) -> None:
    start(office)
    office.work()
    arrive(office, 1, OLD)
    office.clock.forward(minutes=10)
    arrive(office, 2, timedelta(minutes=40))  # the server's clock is behind ours
    office.work()
    assert (office.statuses(), office.one("SELECT old FROM folders")) == (["handled"], 1)


def test_an_office_that_handled_mail_before_there_was_a_start_takes_all_mail_as_before(office: Office) -> None:
    arrive(office, 1, timedelta(hours=1))
    office.work()
    start(office)
    arrive(office, 2, OLD)
    office.work()
    assert office.statuses() == ["handled", "handled"]


@pytest.mark.parametrize(("since", "answered"), [("all", 3), (timedelta(days=30), 2)])
def test_a_person_chooses_how_much_old_mail_is_answered_after_all(
    office: Office, since: str | timedelta, answered: int
) -> None:
    for number, days in enumerate((400, 20, 10)):
        arrive(office, number, timedelta(days=days))
    start(office)
    office.work()
    assert office.statuses() == []
    start(office, since if isinstance(since, str) else office.clock.now - since)
    office.work()
    assert (len(office.statuses()), len(office.replies())) == (answered, answered)


def test_old_mail_is_filed_without_an_answer_when_a_person_says_so(office: Office) -> None:
    for number in range(3):
        arrive(office, number, OLD)
    start(office)
    with office.open() as (app, worker):
        for _ in range(2):  # a second time changes nothing
            for box in worker.mailboxes:
                list(old_mail(box, app.ledger, app.vault, office.clock.now))
        worker.once()
    assert office.statuses() == ["handled"] * 3
    assert office.replies() == []
    assert office.ask("SELECT present, handled, old FROM folders") == [(3, 3, 0)]


def test_when_the_server_gives_new_uids_old_mail_stays_old_and_known_mail_known(office: Office) -> None:
    arrive(office, 1, OLD)
    start(office)
    arrive(office, 2, timedelta(seconds=-5))
    office.work()
    box = office.server.root / "mail" / office.user
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (box / name).unlink(missing_ok=True)
    office.work()
    assert (office.statuses(), len(office.replies())) == (["handled"], 1)
    assert office.ask("SELECT present, handled, old FROM folders") == [(2, 1, 1)]


def test_after_nine_days_without_the_mailbox_every_mail_is_answered_and_told_that_it_is_late(office: Office) -> None:
    start(office)
    office.work()
    office.clock.forward(days=9)
    for number in range(9):
        arrive(office, number, timedelta(days=number, hours=1))
    office.work()
    assert office.statuses() == ["handled"] * 9
    late = [text for text in said(office) if "没有及时得到答复" in text]
    assert (len(office.replies()), len(late)) == (9, 8)
    assert office.one("SELECT count(*) FROM journal WHERE event = 'mail.late'") == 8
    with office.open() as (app, _):
        facts = app.summaries.read(
            Period(office.clock.now - timedelta(days=1), office.clock.now + timedelta(minutes=1)),
            office.clock.now,
            promises_until=office.clock.now,
        )
    assert facts.late == 8


def test_thirty_late_mails_of_one_customer_are_all_answered(new_office: OpenOffice) -> None:
    office = new_office()
    start(office)
    office.work()
    office.clock.forward(days=9)
    for number in range(25):
        at = office.clock.now - timedelta(days=2, minutes=70 * number)
        raw = complaint(number).replace(f"li{number}@works{number}.example".encode(), b"one@customer.example")
        raw = f"Received: from mx.a.example by mx.b.example; {at:%a, %d %b %Y %H:%M:%S} +0000\r\n".encode() + raw
        os.utime(office.server.deliver(office.user, raw), (at.timestamp(), at.timestamp()))
    office.work()
    assert (set(office.mails()), len(office.replies())) == ({("handled", "complaint", "")}, 25)


def test_a_mail_nobody_says_the_time_of_is_old_when_it_lay_there_at_the_first_look() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert Start(at, first=True).is_old(None)
    assert not Start(at).is_old(None)
    assert not Start(None, first=True).is_old(None)


def test_the_numbers_are_shown_before_a_person_chooses(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for number, days in enumerate((0, 3, 20, 400, 401)):
        arrive(office, number, timedelta(days=days, minutes=1))
    with office.open() as (_, worker):
        assert show_old(worker.mailboxes[0], office.clock.now) == 5
        worker.mailboxes[0].close()
    shown = capsys.readouterr().out.replace("\n", "")
    for words in ("5 封", "一天内 1", "一周内 1", "一个月内 1", "更早 2", "--since", "--history"):
        assert words in shown


def test_a_folder_added_later_begins_when_it_is_added(new_office: OpenOffice) -> None:
    office = new_office()
    start(office)
    office.work()
    office.clock.forward(days=5)
    path = office.server.deliver(office.user, complaint(1), "客服")
    moment = (office.clock.now - timedelta(days=2)).timestamp()
    os.utime(path, (moment, moment))
    office.mailbox["folders"] = ("INBOX", "客服")
    start(office)
    office.work()
    assert office.statuses() == []
