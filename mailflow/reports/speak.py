"""How a report speaks: the reader's language, days and times of his zone, people by name, strangers' words harmless."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from mailflow.duties.recurrence import bounds, kind_of
from mailflow.office.staff import Staff
from mailflow.outgoing.compose import harmless, one_line
from mailflow.outgoing.templates import day_words, moment_words
from mailflow.reports.facts import CaseFacts, LateTask
from mailflow.sentences.catalogue import names, worded

_ENGLISH = {
    "恶性": "gravest", "重大": "serious", "一般": "ordinary", "有效": "valid", "一般无效": "invalid",
    "恶意": "malicious", "满意": "satisfied", "基本满意": "mostly satisfied", "不满意": "not satisfied",
    "未能联系": "not reached", "部分有效": "partly effective", "无效": "not effective", "采纳": "adopted",
    "部分采纳": "partly adopted", "不采纳": "not adopted",
}  # fmt: skip
"""The words people choose from, as readers of English see them; they are kept in Chinese."""


@dataclass(frozen=True, slots=True)
class Say:
    """Says things in one language and zone."""

    language: str
    zone: tzinfo
    staff: Staff

    def __call__(self, english: str, /, **values: object) -> str:
        """A sentence."""
        return worded(self.language, english, **values)

    def day(self, day: date) -> str:
        """A day, written out."""
        return day_words(day, self.language)

    def short_day(self, moment: datetime | None) -> str:
        """``2026-10-21``; empty for None."""
        return "" if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%d}"

    def moment(self, moment: datetime) -> str:
        """A moment, written out."""
        return moment_words(moment, self.language, self.zone)

    def period(self, name: str) -> str:
        """A period by its name, written out: ``2026年10月``, ``October 2026``, ``Q4 2026``."""
        first, following = bounds(name)
        kind = kind_of(name)
        if kind == "day":
            return self.day(first)
        if kind == "week":
            last = following - timedelta(days=1)
            return worded(self.language, "week {week} of {year} ({first} to {last})", week=int(name[6:]), year=name[:4],
                        first=f"{first:%m-%d}", last=f"{last:%m-%d}")  # fmt: skip
        if kind == "month":
            words = worded(self.language, "{year}-{month}", year=first.year, month=first.month)
            return f"{first:%B %Y}" if self.language == "en" else words
        if kind == "quarter":
            return worded(self.language, "quarter {quarter} of {year}", quarter=name[-1], year=name[:4])
        return worded(self.language, "year {year}", year=name)

    def outside(self, text: str, limit: int = 40) -> str:
        """Strangers' words."""
        return harmless(text, self.language, limit)

    def value(self, text: str, limit: int = 40) -> str:
        """A value people chose, or wrote."""
        return self.outside(_ENGLISH.get(text, text) if self.language == "en" else text, limit)

    def customer(self, case: CaseFacts) -> str:
        """A customer by name, else by number."""
        return self.outside(case.company) or case.customer

    def kind(self, kind: str) -> str:
        """A kind of case."""
        return kind.replace("_", " ") if self.language == "en" else names("kinds").get(kind, kind)

    def person(self, text: str) -> str:
        """One of our people by name, else as it stands."""
        found = self.staff.by_address(text)
        return one_line((self.language == "en" and found.english_name) or found.name if found else text, 40)

    def department(self, name: str) -> str:
        """A department as the reader calls it."""
        found = self.staff.department(name) if name else None
        return one_line(found.title or name if found and self.language == "en" else name, 40)

    def holder(self, task: LateTask) -> str:
        """With whom a task is: a person, else the role nobody holds."""
        if task.person:
            return self.person(task.person)
        role = self.staff.title(task.role, self.language) if task.role else ""
        return (
            worded(self.language, "nobody has the role {role}", role=role) if role else worded(self.language, "nobody")
        )
