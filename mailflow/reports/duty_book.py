"""Duties of the calendar as a report tells them: what is late and with whom, what was done and said, what comes.

Heads of departments see those of their own people; the days alone go into people's own calendars.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from mailflow.domain.duty_ports import DutyLine
from mailflow.duties.model import Duties, Duty
from mailflow.duties.standing import STATES, DayEvent, Standing, events, standings
from mailflow.office.staff import Staff
from mailflow.reports.page import Reader, Row, Section, Table
from mailflow.reports.span import Span
from mailflow.reports.speak import Say

KEY = "duties"
AHEAD = timedelta(days=14)
BACK = timedelta(days=366)
"""So far back is looked for what is still late."""
WHOLE = 4000
CALENDAR_DAYS = timedelta(days=366)


class Lines(Protocol):
    """What the ledger says of duties."""

    def duty_lines(self, since: date) -> Sequence[DutyLine]:
        """The occasions due from this local day on, by day."""
        ...


@dataclass(frozen=True, slots=True)
class DutyBook:
    """The duties in force, who is there to owe them, and what the ledger says of them."""

    duties: Callable[[], Duties]
    staff: Callable[[], Staff]
    lines: Lines

    def standings(self, span: Span, reader: Reader, now: datetime) -> list[Standing]:
        """What was due or done in the period, what is late, and what comes within two weeks of ``now`` (aware)."""
        staff, duties = self.staff(), self.duties()
        today = now.astimezone(staff.calendar.zone).date()
        lines = self.lines.duty_lines(min(span.since.date(), today - BACK))
        first, following = span.since.date(), span.until.date()
        return [
            each
            for each in standings(duties, lines, staff.calendar, now, today + AHEAD)
            if (each.state in ("late", "open", "coming") or first <= each.day < following or span.holds(each.closed_at))
            and self._is_for(each.duty, each.person, reader)
        ]

    def days(self, reader: Reader, now: datetime, language: str) -> list[DayEvent]:
        """The days of a year from ``now`` (aware) on which duties the reader may see are due."""
        staff, duties = self.staff(), self.duties()
        today = now.astimezone(staff.calendar.zone).date()
        mine = Duties({name: duty for name, duty in duties.by_name.items() if self._is_for(name, "", reader)})
        return events(mine, staff.calendar, today, today + CALENDAR_DAYS, language)

    def title(self, name: str, language: str) -> str:
        """What a duty is called; its name where it is in force no more."""
        duty = self.duties().by_name.get(name)
        return duty.title.of(language) if duty else name

    def _is_for(self, name: str, person: str, reader: Reader) -> bool:
        """Everything for who sees all; else what one of the department's people has, or would be asked for."""
        if not reader.department:
            return True
        duty = self.duties().by_name.get(name)
        return person in reader.people if person else bool(duty and self._owners(duty) & reader.people)

    def _owners(self, duty: Duty) -> frozenset[str]:
        if "@" in duty.owner:
            return frozenset((duty.owner,))
        return frozenset(each.address for each in self.staff().people if duty.owner in each.roles)


def duty_sections(
    book: DutyBook, span: Span, reader: Reader, now: datetime, t: Say
) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The section on duties, none where there are no duties and never were; and for the workbook what was handed in."""
    found = book.standings(span, reader, now)
    if not found and not book.duties().by_name:
        return (), ()
    late = sum(each.state == "late" for each in found)
    done = [each for each in found if each.state in ("done", "done_late")]
    line = t(
        "{late} late, {open} being done, {done} done in the period, {coming} due within {days} days.",
        late=late, open=sum(each.state == "open" for each in found), done=len(done),
        coming=sum(each.state == "coming" for each in found), days=AHEAD.days,
    )  # fmt: skip
    ordered = sorted(found, key=lambda each: (each.state != "late", each.state != "open", each.day, each.duty))
    rows = tuple(
        Row(
            (each.day.isoformat(), book.title(each.duty, t.language), each.period, t(STATES[each.state]),
             t.person(each.person) or "–", each.case_number or "–", t.outside(each.said, 80) or "–"),
            alarm=each.state == "late",
        )
        for each in ordered
    )  # fmt: skip
    columns = (
        t("figure|due"), t("figure|duty"), t("figure|period"), t("figure|state"), t("figure|with"), t("figure|case"),
        t("figure|outcome"),
    )  # fmt: skip
    tables = (Table(columns, rows, key="cases"),) if rows else ()
    section = Section(KEY, t("figure|Duties of the calendar"), (line,), tables, alarm=late > 0)
    return (section,), _handed_in(book, done, t)


def _handed_in(book: DutyBook, done: Sequence[Standing], t: Say) -> tuple[Section, ...]:
    """What people wrote as the outcome of their duties (market reports, plans of visits ...), whole."""
    rows = tuple(
        Row((book.title(each.duty, t.language), each.period, t.person(each.person), each.case_number,
             t.outside(each.said, WHOLE)))
        for each in done if each.said
    )  # fmt: skip
    columns = (t("figure|duty"), t("figure|period"), t("figure|with"), t("figure|case"), t("figure|outcome"))
    title = t("figure|Handed in")
    return (Section("handed_in", title, (), (Table(columns, rows, key="cases"),)),) if rows else ()
