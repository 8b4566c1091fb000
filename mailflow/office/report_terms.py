"""Until when the steps of an 8D report are given: by the company's rule, and as agreed with a customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.office.working_time import WorkCalendar, parse_term
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, sound

Step = Literal["3D", "5D", "8D"]
STEPS: tuple[Step, ...] = ("3D", "5D", "8D")
_TERM = re.compile(r"([1-9]\d{0,2})([hdc])")


def _term(value: str) -> str:
    if not _TERM.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no term: write 24h, 5d (working days) or 14c (calendar days)")
    return value


_Label = Annotated[str, Field(min_length=1, max_length=60)]
_Terms = dict[Step, Annotated[str, AfterValidator(_term)]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreed(_Part):
    """What was agreed with a customer, known by number or mail domain: times, and the step his complaints come to."""

    customer: str = ""
    domain: str = ""
    steps: _Terms = {}
    report: Step | None = None


class ReportTerms(_Part):
    """The times of the steps by rule, what was agreed with customers, and what their forms call our facts."""

    steps: Annotated[_Terms, Field(min_length=len(STEPS))]
    customers: tuple[Agreed, ...] = ()
    labels: dict[str, tuple[_Label, ...]] = {}

    def agreed(self, number: str, domain: str) -> Agreed:
        """What was agreed with the customer of this number, else of this mail domain; nothing when nothing was."""
        by_number = [item for item in self.customers if item.customer and item.customer == number]
        by_domain = [item for item in self.customers if item.domain and item.domain.lower() == domain.lower()]
        return next(iter((*by_number, *by_domain)), _NOTHING)


_NOTHING = Agreed()
USUAL = ReportTerms(steps={"3D": "24h", "5D": "5d", "8D": "10d"})
"""The shipped times, without words for forms of customers."""


@dataclass(frozen=True, slots=True)
class Clock:
    """From when times count (aware), and the calendar working days are taken from."""

    since: datetime
    calendar: WorkCalendar

    def after(self, term: str) -> datetime:
        """When a term such as ``24h``, ``5d`` or ``14c`` is over; days end with the working day.  Raises ValueError."""
        found = _TERM.fullmatch(term)
        if found is None:
            raise ValueError(f"{term[:40]!r} is no term")
        count, unit = int(found[1]), found[2]
        if unit == "h":
            return self.since + timedelta(hours=count)
        if unit == "d":
            return self.calendar.end_of_day(self.calendar.add(self.since, parse_term(f"{count}d")))
        return self.on((self.since.astimezone(self.calendar.zone) + timedelta(days=count)).date())

    def on(self, day: date) -> datetime:
        """The end of a day's work; of a day nobody works, of the working day before it, so that it is not late."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.calendar.zone)
        while not self.calendar.working_day(noon.date()) and noon > self.since:
            noon -= timedelta(days=1)
        return self.calendar.end_of_day(max(noon, self.since))


def load_report_terms(path: Path) -> tuple[ReportTerms | None, list[Problem]]:
    """Read ``rules/reports.yaml``; None with all problems when anything is wrong."""
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(ReportTerms, document, _STAND_INS)
    terms = found.value
    for place, item in enumerate(terms.customers if terms and found.is_whole("customers") else ()):
        at = ("customers", place)
        if bool(item.customer) == bool(item.domain):
            words = "a customer is named by his number or by his mail domain, one of the two"
            problems.append(document.problem(at, "MF770", words, "customer: KH-00012, or domain: firm.example"))
        if not (item.steps or item.report):
            words = "nothing is agreed with this customer"
            problems.append(document.problem(at, "MF770", words, "add steps or report, or remove the line"))
    for label, names in _shared(terms.labels if terms and found.is_whole("labels") else {}).items():
        words = f"{label!r} is what both {' and '.join(names)} are called"
        problems.append(document.problem(("labels", names[-1]), "MF771", words, "it could mean either: remove one"))
    return (None, problems) if problems else (terms, [])


def _shared(labels: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The labels that several facts have."""
    called: dict[str, list[str]] = {}
    for name, words in labels.items():
        for label in dict.fromkeys(word.replace(" ", "").rstrip(".").casefold() for word in words):
            called.setdefault(label, []).append(name)
    return {label: names for label, names in called.items() if len(names) > 1}


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("steps",): dict.fromkeys(STEPS, "1d"),
    ("customers", ANY): {"customer": "-", "report": "8D"},
    ("labels", ANY): [],
}
