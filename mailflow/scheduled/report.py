"""report: a period's report for every reader, each once; its figures are frozen in the transaction that sends it.

Readers who see the same get the same figures from one look at the ledger.  A report that cannot be made stops no
other: the operator is told which, and it can be sent again.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mailflow.casework import notices
from mailflow.casework.desk import Desk
from mailflow.casework.issue import RECORD_NUMBER
from mailflow.casework.step import Turn
from mailflow.domain.errors import TemporaryError
from mailflow.domain.model import Address, Attachment, OutgoingMail
from mailflow.domain.ports import Ledger, Work
from mailflow.domain.report_ports import SentReport
from mailflow.domain.tasks import IssuedRecord
from mailflow.duties.recurrence import kind_of
from mailflow.duties.standing import DayEvent
from mailflow.outgoing.compose import new_message_id, one_line
from mailflow.outgoing.letterhead import Letterhead
from mailflow.reports.facts import Source
from mailflow.reports.frozen import changes, frozen
from mailflow.reports.html import page_of
from mailflow.reports.mail import report_mail, with_word_of
from mailflow.reports.make import Maker, readers
from mailflow.reports.page import Change, Chart, Reader, Report
from mailflow.reports.pictures import Drawn
from mailflow.reports.plain import text_of
from mailflow.reports.records import OF_PERIOD, number_of, short, told_by
from mailflow.reports.span import closed_since
from mailflow.scheduled.asking import REPORT_SAID
from mailflow.sentences.catalogue import worded

log = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ICS = "text/calendar"


@dataclass(frozen=True)
class Made:
    """A report in every form; its figures stand in ``report``.  ``docx`` is empty where there is no form for it."""

    report: Report
    changes: Sequence[Change]
    text: str
    html: str
    xlsx: bytes
    docx: bytes = b""


class Tools(Protocol):
    """What reports need of the outside world."""

    def source(self) -> Source:
        """What the ledger answers."""
        ...

    def draw(self, charts: Sequence[Chart]) -> Drawn:
        """Pictures of charts; never raises."""
        ...

    def workbook(self, report: Report) -> bytes:
        """The report as an Excel workbook."""
        ...

    def calendar(self, name: str, days: Sequence[DayEvent], now: datetime) -> bytes:
        """Whole days as a calendar file of this name; it and its days keep their UIDs however often it is made."""
        ...

    def word(self, report: Report, form: str = "") -> bytes:
        """The report as a Word record, on this form or that of its kind of period; empty where there is none."""
        ...


@dataclass(frozen=True)
class Reporting:
    """What reports are made and sent with; ``language`` is that of the mails."""

    maker: Maker
    letterhead: Letterhead
    tools: Tools
    language: str

    def make_report(self, period: str, reader: Reader, language: str, now: datetime, *, form: str = "") -> Made:
        """A period's report for a reader, in every form; nothing is sent.  Raises ValueError for no period's name.

        ``form`` is the Word form, where it is not that of the kind of period.
        """
        report, said = self.report(period, reader, language, now)
        drawn = self.tools.draw(report.charts)
        told = with_word_of(report, drawn)
        return Made(
            report,
            said,
            text_of(told),
            page_of(told, name=reader.name),
            self.tools.workbook(told),
            self.tools.word(told, form),
        )

    def report(self, period: str, reader: Reader, language: str, now: datetime) -> tuple[Report, list[Change]]:
        """The report itself, and what it says of earlier ones."""
        said = changes(self.maker, period, reader, language)
        return self.maker.make(period, reader, language, now, changes=said), said


@dataclass(frozen=True, slots=True)
class Sent:
    """How many mails were queued, how many readers had it before, and whose could not be made, with why."""

    queued: int = 0
    before: int = 0
    failed: tuple[tuple[str, str], ...] = ()


def send(
    made: Reporting, desk: Desk, ledger: Ledger, period: str, now: datetime, *, to: Sequence[Reader] | None = None
) -> Sent:
    """Queue a period's report for these readers, or for all there are; each gets it once.

    Raises TemporaryError when the ledger cannot be read or written now; whatever else fails for one reader is told to
    the operator, and the others get theirs.
    """
    day = now.astimezone(desk.zone).date()
    with ledger.begin(durable=False) as work:
        record, has_it = _record_of(work, period)
    every = list(to) if to is not None else readers(desk.staff(), day)
    wanted = [reader for reader in every if to is not None or reader.address not in has_it]
    word = desk.vault.get(record.digest) if record is not None else b""
    groups: dict[str, list[Reader]] = {}
    for reader in wanted:
        groups.setdefault(reader.key, []).append(reader)
    queued, before, failed = 0, len(every) - len(wanted), []
    for group in groups.values():
        try:
            count = _send(made, ledger, Due(period, now, word), group)
        except TemporaryError:
            raise
        except Exception as error:  # whatever it is, the others must get theirs
            log.exception("report %s for %s could not be made", period, group[0].key)
            failed += [
                (reader.name or reader.address, one_line(f"{type(error).__name__}: {error}", 200)) for reader in group
            ]
            continue
        queued, before = queued + count, before + len(group) - count
    if failed:
        with ledger.begin() as work:
            lines = [f"{period} · {name}: {why}" for name, why in failed]
            notices.report_failed(Turn(desk, work, now), period, lines)
    return Sent(queued, before, tuple(failed))


def send_closed(made: Reporting, desk: Desk, ledger: Ledger, kinds: Sequence[str], now: datetime) -> list[str]:
    """Send what closed of these kinds of period (week, month ...) and was not reported yet; the names, oldest first.

    The first to be reported is the one in which this was looked at first: a new office hears nothing of the time before
    it.  On days nobody works it waits for the next one.
    """
    if not desk.staff().calendar.working_day(now.astimezone(desk.zone).date()):
        return []
    with ledger.begin(durable=False) as work:
        since = work.reports_since()
        closed = [name for kind in kinds for name in closed_since(kind, since, now, desk.zone)] if since else []
        closed = [name for name in closed if not work.was_queued(f"report:{name}:")]
    for name in closed:
        send(made, desk, ledger, name, now)
    return closed


@dataclass(frozen=True, slots=True)
class Carried:
    """A report that a duty carries as its record: what its case is opened with, and the figures frozen with it."""

    intake: Mapping[str, Any]
    figures: SentReport


def carried(made: Reporting, ledger: Ledger, form: str, period: str, now: datetime) -> Carried:
    """The report of a period for whoever sees all of it, as a record on this form is printed from it.

    Where it was sent before, it is told as of that moment, so that record and mails have the same figures.
    """
    reader = Reader()
    with ledger.begin(durable=False) as work:
        as_of = work.reported_at(period, reader.key) or now
    report, said = made.report(period, reader, made.language, as_of)
    intake = {**told_by(report), RECORD_NUMBER: {form: number_of(report, form)}, REPORT_SAID: short(report)}
    return Carried(intake, frozen(report, said, now))


# ------------------------------------------------------------------------------------------------------------ parts


@dataclass(frozen=True, slots=True)
class Due:
    """A period to be reported at this moment; ``word``: its record, where a duty carries it already."""

    period: str
    now: datetime
    word: bytes = b""


def _send(made: Reporting, ledger: Ledger, due: Due, group: Sequence[Reader]) -> int:
    """One report for those who see the same; how many mails were queued."""
    period, now = due.period, due.now
    with ledger.begin(durable=False) as work:
        as_of = work.reported_at(period, group[0].key) or now
    report, said = made.report(period, group[0], made.language, as_of)
    drawn = made.tools.draw(report.charts)
    told = with_word_of(report, drawn)
    name = f"report-{period}"
    files = [Attachment(f"{name}.xlsx", f"{name}.xlsx", XLSX, made.tools.workbook(told))]
    if word := b"" if report.reader.department else due.word or made.tools.word(told):
        files.append(Attachment(f"{name}.docx", f"{name}.docx", DOCX, word))
    if calendar := _calendar(made, report, now):
        files.append(Attachment("duties.ics", "duties.ics", ICS, calendar))
    domain = made.letterhead.sender.address.rpartition("@")[2]
    mails: list[tuple[str, OutgoingMail]] = []
    for reader in group:
        key = new_message_id(domain, now, uuid.uuid4().hex)
        to = Address(reader.name, reader.address)
        mail = report_mail(report, drawn, files, letterhead=made.letterhead, to=to, message_id=key, now=now)
        mails.append((f"report:{period}:{reader.address}:{reader.department}"[:120], mail))
    with ledger.begin() as work:
        work.freeze_report(frozen(report, said, now))
        queued = [work.queue(occasion, mail, case=None, message=None, now=now) for occasion, mail in mails]
        count = sum(row is not None for row in queued)
        work.journal("report.queued", now, period=period, reader=group[0].key, mails=count)
    return count


def _record_of(work: Work, period: str) -> tuple[IssuedRecord | None, frozenset[str]]:
    """The record of a period that a duty carries, and who has its tasks: he was told of the report with them."""
    form = OF_PERIOD.get(kind_of(period), "")
    records = work.record_by_number(f"{form}-{period}") if form else []
    tasks = work.tasks(records[-1].case_id) if records else []
    return (records[-1] if records else None), frozenset(task.person for task in tasks if task.person)


def _calendar(made: Reporting, report: Report, now: datetime) -> bytes:
    """The days of the duties for the reader's own calendar, with the week's report; empty where he has none."""
    if report.span.kind != "week" or made.maker.book is None:
        return b""
    days = made.maker.book.days(report.reader, now, report.language)
    return made.tools.calendar(worded(report.language, "Duties"), days, now) if days else b""
