"""The summary as it is shown: numbered sections of short tables, the same for mail and terminal.

Everything here is text for people: one line, bounded, in their language and zone.  A section's number and its lines
are always of the same rows; what does not fit is counted under the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from mailflow.casework.casefile import GRAVE
from mailflow.casework.summary.period import OpenTask
from mailflow.office.staff import Staff
from mailflow.office.working_time import WorkCalendar
from mailflow.outgoing.compose import harmless, one_line

MOST_LINES = 20
"""More lines than this are counted, not shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line; ``alarm`` when somebody must act on it."""

    cells: tuple[str, ...]
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under headings.  ``numbers``: the last so many columns are figures; ``total`` is their line of sums."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: int = 0
    total: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One topic: its number and title, its figure in words, its tables, and the command that shows all of it.

    Without tables there was nothing, and ``nothing`` says so.
    """

    key: str
    number: int
    title: str
    headline: str
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    nothing: str = ""
    command: str = ""
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The whole summary: for which day, which time it covers, of which moment the rest is, and its sections.

    ``anchor`` lets whoever keeps the mail prove later that the journal up to then is still the one it was.
    """

    subject: str
    day: str
    since: str
    until: str
    as_of: str
    sections: tuple[Section, ...]
    anchor: str = ""

    @property
    def alarm(self) -> bool:
        """Is there anything somebody must act on?"""
        return any(section.alarm for section in self.sections)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says things in the reader's language.  ``labels`` are the dictionaries of ``labels.txt`` by name."""

    labels: Mapping[str, Mapping[str, str]]
    language: str
    zone: tzinfo
    staff: Staff
    now: datetime

    def word(self, kind: str, key: str, **values: object) -> str:
        """A word, or the key itself for one that nobody translated; ``{name}`` stands for a value."""
        text = self.labels[kind].get(key, one_line(key, 40))
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def columns(self, *keys: str) -> tuple[str, ...]:
        """Headings."""
        return tuple(self.word("columns", key) for key in keys)

    def moment(self, moment: datetime | None) -> str:
        """``11-23 17:30``, with the year when it is not this one; empty for None."""
        if moment is None:
            return ""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone)
        return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

    def outside(self, text: str, limit: int = 40) -> str:
        """Words from outside: one line, bounded, no links."""
        return harmless(text, self.language, limit)

    def company(self, company: str, customer: str) -> str:
        """A customer by name, else by number."""
        return self.outside(company) or customer

    def person(self, address: str) -> str:
        """One of our people by name, else by address."""
        found = self.staff.by_address(address)
        return one_line((self.language == "en" and found.english_name) or found.name if found else address, 40)

    def task(self, task: OpenTask) -> str:
        """A task by its title, else by its name."""
        return one_line((task.title_en if self.language == "en" else task.title) or task.name, 60)

    def holder(self, task: OpenTask) -> str:
        """With whom a task is: a person, a role nobody holds, or the customer."""
        if task.person:
            return self.person(task.person)
        if task.by in ("event", "clock"):
            return self.word("words", "customer_answers" if task.by == "event" else "clock")
        role = self.staff.title(task.role, self.language) if task.role else ""
        return self.word("words", "nobody_of" if role else "nobody", role=role)

    def late(self, task: OpenTask) -> str:
        """For how long a task is late, in its person's working time."""
        if task.due_at is None:
            return ""
        person = self.staff.by_address(task.person)
        hours = self.staff.calendar_of(person) if person else self.staff.calendar
        return self.span(hours.between(task.due_at, self.now), hours)

    def span(self, working: timedelta, hours: WorkCalendar) -> str:
        """Working time in working days and hours, or hours and minutes."""
        minutes = int(working.total_seconds()) // 60
        length = max(sum(end - start for start, end in day) for day in hours.hours) or 480
        days, rest = divmod(minutes, length)
        parts = (("days", days), ("hours", rest // 60)) if days else (("hours", rest // 60), ("minutes", rest % 60))
        said = [self.word("spans", name, n=count) for name, count in parts if count]
        return self.word("spans", "between").join(said) or self.word("spans", "moment")


def table(columns: Sequence[str], rows: Sequence[Row], *, total_rows: int | None = None) -> Table:
    """A list, cut at so many lines as people read; ``total_rows`` when not all rows were made."""
    shown = tuple(rows[:MOST_LINES])
    return Table(tuple(columns), shown, left_out=(len(rows) if total_rows is None else total_rows) - len(shown))


def counted(columns: Sequence[str], rows: Iterable[tuple[str, Sequence[int], bool]], total: str) -> Table:
    """A table of figures with the sum of every column; lines are (name, figures, alarm)."""
    lines = list(rows)
    sums = [sum(column) for column in zip(*(figures for _, figures, _ in lines), strict=True)]
    made = tuple(Row((name, *map(str, figures)), alarm) for name, figures, alarm in lines)
    last = (total, *map(str, sums)) if len(lines) > 1 else ()
    return Table(tuple(columns), made, numbers=len(columns) - 1, total=last)


def is_grave(severity: str) -> bool:
    """Is a case of this grade more than ordinary?"""
    return severity in GRAVE
