"""The summary goes out once on each working day, to the managers, and covers all time without gap or overlap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.summary_rows import SummaryRows
from mailflow.casework.paper import Paper
from mailflow.casework.summary.period import Period
from mailflow.domain.anchor import Anchor
from mailflow.domain.model import Place
from mailflow.office.staff import Staff
from mailflow.outgoing.templates import MailTemplates
from mailflow.scheduled.digest import Digest, digest, summary_duties
from mailflow.scheduled.duties import duties
from tests.casework.summary.builder import NOW, ZONE, fill, open_ledger
from tests.casework.summary.conftest import COMPANY, MANAGERS, STAFF

AT = time(8, 30)

Made = Callable[..., Digest]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def made(templates: MailTemplates) -> Made:
    """A digest over a ledger."""

    def make(ledger: SqlLedger, *, at: time = AT, staff: Staff = STAFF, language: str = "zh") -> Digest:
        paper = Paper(templates, COMPANY, language, ZONE)
        return Digest(paper, lambda: staff, SummaryRows(ledger.engine), at, ["fine"], lambda day: [])

    return make


def mails(ledger: SqlLedger) -> list[EmailMessage]:
    """The mails queued, oldest first."""
    with ledger.snapshot() as connection:
        found = [
            message_from_bytes(row.raw, policy=policy.default)
            for row in connection.exec_driver_sql("SELECT raw FROM outbox WHERE occasion LIKE 'summary:%' ORDER BY id")
        ]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def periods(ledger: SqlLedger) -> list[str]:
    with ledger.snapshot() as connection:
        query = "SELECT data FROM journal WHERE event = 'summary.queued' ORDER BY id"
        return [row.data for row in connection.exec_driver_sql(query)]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_managers_get_one_each_and_nobody_else(ledger: SqlLedger, made: Made) -> None:
    assert digest(made(ledger), ledger, NOW) == 2
    assert [mail["To"].addresses[0].addr_spec for mail in mails(ledger)] == list(MANAGERS)
    mail = mails(ledger)[0]
    assert mail["Subject"] == "客服日报 2026年11月23日：来信 0 封，逾期 0 项，待签 0 项"  # a mailbox was never counted
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "赵峰，您好：" in body(mail, "plain")
    assert "期间没有新来信" in body(mail, "plain")
    assert "期间没有新来信" in body(mail, "html")


def test_the_mail_bears_the_head_of_the_journal_as_it_was_before_the_mail_itself(ledger: SqlLedger, made: Made) -> None:
    with ledger.begin() as work:
        for number in range(3):
            work.journal("mail.filed", NOW, message=number)
    with ledger.snapshot() as rows:
        anchor = Anchor.of(*rows.exec_driver_sql("SELECT id, hash FROM journal WHERE id = 3").one())
    digest(made(ledger), ledger, NOW)
    assert f"--anchor {anchor} " in body(mails(ledger)[0], "plain")


def test_nothing_is_sent_twice_after_a_restart_or_later_that_day(tmp_path: Path, made: Made) -> None:
    for hours in (0, 0, 1, 9):
        ledger = open_ledger(tmp_path)  # opened anew: a restart
        digest(made(ledger), ledger, NOW + timedelta(hours=hours))
        ledger.close()
    ledger = open_ledger(tmp_path)
    assert len(mails(ledger)) == 2
    digest(made(ledger, at=time(16, 0)), ledger, local("2026-11-23T16:00"))  # the appointed time was changed at noon
    assert len(mails(ledger)) == 2
    ledger.close()


def test_two_workers_at_once_send_one(tmp_path: Path, made: Made) -> None:
    ledgers = [open_ledger(tmp_path) for _ in range(2)]
    start, counts = threading.Barrier(2), []

    def work(ledger: SqlLedger) -> None:
        one = made(ledger)
        start.wait()
        counts.append(digest(one, ledger, NOW))

    threads = [threading.Thread(target=work, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 2]
    assert len(mails(ledgers[0])) == 2
    for ledger in ledgers:
        ledger.close()


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        ("2026-11-23T08:29:59", 0),  # Monday, too early
        ("2026-11-23T08:30:00", 2),
        ("2026-11-23T23:59:00", 2),  # the machine was off all day
        ("2026-11-22T08:30:00", 0),  # Sunday
        ("2026-11-24T08:30:00", 0),  # a holiday
        ("2026-11-28T08:30:00", 2),  # a Saturday worked instead
        ("2026-11-25T03:00:00", 0),  # Tuesday was missed; today tells it
    ],
)
def test_it_goes_out_on_working_days_from_the_appointed_time(
    ledger: SqlLedger, made: Made, now: str, sent: int
) -> None:
    assert digest(made(ledger), ledger, local(now)) == sent


def test_periods_join_without_gap_over_weekend_holiday_and_a_machine_that_was_off(
    ledger: SqlLedger, made: Made
) -> None:
    moment = local("2026-11-20T08:30")
    off = (local("2026-11-25T00:00"), local("2026-11-27T14:00"))
    while moment < local("2026-12-01T12:00"):
        if not off[0] <= moment < off[1]:
            digest(made(ledger), ledger, moment)
        moment += timedelta(minutes=30)
    ends = "20 23 27 28 30".split()
    starts = ["19", *ends]
    wanted = [
        (f"2026-11-{start}T08:30:00+08:00", f"2026-11-{end}T08:30:00+08:00")
        for start, end in zip(starts, ends, strict=False)
    ]
    wanted.append(("2026-11-30T08:30:00+08:00", "2026-12-01T08:30:00+08:00"))
    found = [tuple(datetime.fromisoformat(_value(data, key)).astimezone(ZONE).isoformat() for key in ("since", "until"))
             for data in periods(ledger)]  # fmt: skip
    assert found == wanted


def _value(data: str, key: str) -> str:
    import json

    return str(json.loads(data)[key])


def test_what_happens_between_two_summaries_stands_in_exactly_one(ledger: SqlLedger, made: Made) -> None:
    bound = local("2026-11-23T08:30")
    for n, at in enumerate((bound - timedelta(microseconds=1), bound, bound + timedelta(seconds=3))):
        with ledger.begin() as work:
            work.add_message(Place("fine", "INBOX", 1, n + 1), f"{n}" * 64, 10, arrived_at=None, now=at)
    digest(made(ledger), ledger, bound + timedelta(seconds=5))
    digest(made(ledger), ledger, local("2026-11-25T08:30"))
    first, second = mails(ledger)[0], mails(ledger)[2]
    assert "来信：1 封" in body(first, "plain")
    assert "来信：2 封" in body(second, "plain")


def test_without_managers_nothing_is_lost(ledger: SqlLedger, made: Made) -> None:
    nobody = Staff((), {}, {}, (), STAFF.calendar)
    assert digest(made(ledger, staff=nobody), ledger, NOW) == 0
    assert digest(made(ledger), ledger, NOW + timedelta(hours=2)) == 2


def test_a_duty_cut_short_is_made_good_by_the_second_look(ledger: SqlLedger, made: Made) -> None:
    first, again = summary_duties(made(ledger), ledger)
    assert (first.at, again.at) == (AT, time(8, 50))
    with ledger.begin() as work:  # claimed, and then the machine lost its power
        work.duty_done(first.name, local("2026-11-23T08:30").astimezone(UTC), NOW)
    assert duties([first], ledger, ZONE, NOW) == []
    assert mails(ledger) == []
    later = NOW + timedelta(minutes=30)
    assert duties([first, again], ledger, ZONE, later) == ["summary.again"]
    assert len(mails(ledger)) == 2


def test_the_second_look_adds_nothing(ledger: SqlLedger, made: Made) -> None:
    todo = summary_duties(made(ledger), ledger)
    for minutes in range(0, 60, 5):
        duties(todo, ledger, ZONE, NOW + timedelta(minutes=minutes))
    assert len(mails(ledger)) == 2


def test_a_clock_moved_back_repeats_no_summary(ledger: SqlLedger, made: Made) -> None:
    digest(made(ledger), ledger, local("2026-11-20T08:31"))
    digest(made(ledger), ledger, NOW)
    assert digest(made(ledger), ledger, local("2026-11-20T09:00")) == 0
    assert digest(made(ledger), ledger, NOW) == 0
    assert len(mails(ledger)) == 4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_strangers_words_stay_words(ledger: SqlLedger, made: Made, language: str) -> None:
    fill(ledger, 4)
    assert digest(made(ledger, language=language), ledger, NOW) == 2
    mail = mails(ledger)[0]
    text, page = body(mail, "plain"), body(mail, "html")
    assert "\n" not in str(mail["Subject"])
    assert mail["Bcc"] is None
    for unsafe in ("<script", "<b>{{", "http:", "www.example.com", "<Ltd>"):
        assert unsafe not in page
    assert "&lt;script&gt;" in page
    assert "{{7*7}}" in page  # never evaluated
    assert "http:" not in text
    assert "www.example.com" not in text
    assert not any(line.startswith("Bcc: x") for line in text.splitlines())
    assert len(mail.as_bytes()) < 200_000


def test_a_period_before_the_first_summary_begins_on_the_working_day_before(ledger: SqlLedger, made: Made) -> None:
    one = made(ledger)
    day = local("2026-11-25T00:00").date()
    assert one.period(day, local("2026-11-25T08:30")) == Period(local("2026-11-23T08:30"), local("2026-11-25T08:30"))
    assert one.period(day, local("2026-11-25T07:00")).until == local("2026-11-25T07:00")


def test_what_has_not_been_told_begins_where_the_last_summary_ended(ledger: SqlLedger, made: Made) -> None:
    one = made(ledger)
    assert one.coming(NOW) == Period(local("2026-11-20T08:30"), NOW)
    digest(one, ledger, NOW)
    later = NOW + timedelta(hours=5)
    assert one.coming(later) == Period(local("2026-11-23T08:30"), later)
