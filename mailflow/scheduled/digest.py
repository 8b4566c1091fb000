"""digest: the managers' summary, one mail each, once on a working day.

What a summary covers ends at its appointed time and begins where the last one ended, so no mail and no case is told
twice or forgotten, days off included.  The end of the period and the mails are entered in one transaction: whoever
comes second, after a restart or from another worker, finds it told.  A day missed altogether stands in the next one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mailflow.casework.paper import Paper
from mailflow.casework.summary.mail import speaker, summary_mail
from mailflow.casework.summary.page import Page
from mailflow.casework.summary.period import SENT, Period, Source, end_of, period_of
from mailflow.casework.summary.sections import make_page
from mailflow.domain.model import Address
from mailflow.domain.ports import Ledger
from mailflow.office.staff import Person, Staff
from mailflow.outgoing.compose import new_message_id
from mailflow.scheduled.duties import Duty

SECOND_LOOK = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Digest:
    """What summaries are made of.

    ``paper`` has the templates of ``templates/digests``; ``staff`` gives who is in force now.  ``at`` is the appointed
    local time; ``mailboxes`` are the names of those watched; ``rules`` gives, for a local day, lines about rules that
    are broken and calendars that lack a year.
    """

    paper: Paper
    staff: Callable[[], Staff]
    source: Source
    at: time
    mailboxes: Sequence[str]
    rules: Callable[[date], Sequence[str]]

    def page(self, period: Period, now: datetime) -> Page:
        """The summary of a period, as of now."""
        zone = self.paper.zone
        today = now.astimezone(zone).date()
        facts = self.source.read(period, now, promises_until=end_of(today, zone))
        say = speaker(self.paper.templates, self.paper.language, zone, self.staff(), now)
        return make_page(facts, say, mailboxes=self.mailboxes, rules=self.rules(today))

    def period(self, day: date, now: datetime) -> Period:
        """What the summary of this local day covers."""
        works = self.staff().calendar.working_day
        return period_of(day, self.at, self.paper.zone, now, working_day=works, told=self.source.told)

    def coming(self, now: datetime) -> Period:
        """What has not been told yet."""
        last = self.source.told(now)
        return Period(last or self.period(now.astimezone(self.paper.zone).date(), now).since, now)


def digest(made: Digest, ledger: Ledger, now: datetime) -> int:
    """Queue today's summary for every manager; returns how many mails were queued.

    Nothing on a day off, before the appointed time, when today was told, or without managers: the next one tells it.
    """
    paper, staff = made.paper, made.staff()
    today = now.astimezone(paper.zone).date()
    managers = staff.managers(today)
    if now < datetime.combine(today, made.at, paper.zone) or not managers or not staff.calendar.working_day(today):
        return 0
    last = made.source.told(now + timedelta(microseconds=1))
    if last is not None and last.astimezone(paper.zone).date() == today:
        return 0
    period = made.period(today, now)
    page = made.page(period, now)
    domain = paper.letterhead.sender.address.rpartition("@")[2]
    mails = [
        (
            f"summary:{today.isoformat()}:{person.address}"[:120],
            summary_mail(
                page, paper=paper, to=Address(_name(person, paper.language), person.address),
                message_id=new_message_id(domain, now, uuid.uuid4().hex), now=now,
            ),
        )
        for person in managers
    ]  # fmt: skip
    with ledger.begin() as work:
        if not work.duty_done(SENT, period.until, now):
            return 0
        queued = [work.queue(key, mail, case=None, message=None, now=now) for key, mail in mails]
        count = sum(item is not None for item in queued)
        work.journal("summary.queued", now, since=_iso(period.since), until=_iso(period.until), mails=count)
    return count


def summary_duties(made: Digest, ledger: Ledger) -> list[Duty]:
    """The duty of the appointed time, and a second look for a day on which the first was cut short."""

    def run(now: datetime) -> None:
        digest(made, ledger, now)

    later = (datetime.combine(date.min, made.at) + SECOND_LOOK).time()
    return [Duty("summary", made.at, run), Duty("summary.again", later, run)]


def _name(person: Person, language: str) -> str:
    return (language == "en" and person.english_name) or person.name


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
