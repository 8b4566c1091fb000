"""Number series: which counter a number comes from, and the number itself.

A series is counted per prefix or form and per year (per month when its pattern names the month), in local time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from mailflow.domain.forms import FormSpec
from mailflow.records.numbering import number


class Counter(Protocol):
    """Whoever counts: the ledger's transaction, so that a number and its use are committed together."""

    def next_number(self, counter: str) -> int:
        """The next number of a counter, from 1 and without gaps; ``counter`` is a name such as ``case:TS:2026``."""
        ...


@dataclass(frozen=True, slots=True)
class Series:
    """The patterns of a company's numbers and the zone its year begins in."""

    case: str
    record: str
    customer: str
    zone: tzinfo

    def next_case(self, prefix: str, counter: Counter, now: datetime) -> str:
        """The next case number of a prefix."""
        return self._next("case", self.case, counter, now, prefix=prefix)

    def next_record(self, form: FormSpec, counter: Counter, now: datetime) -> str:
        """The next record number of a form, by the form's own pattern when it has one."""
        return self._next("record", form.number or self.record, counter, now, form=form.code)

    def next_customer(self, counter: Counter, now: datetime) -> str:
        """The next customer number; counted without end."""
        year = now.astimezone(self.zone).year
        return number(self.customer, n=counter.next_number("customer"), year=year)

    def own_company(self, now: datetime) -> str:
        """The number our own matters lie under: none that a customer ever gets."""
        return number(self.customer, n=0, year=now.astimezone(self.zone).year)

    def _next(
        self, what: str, pattern: str, counter: Counter, now: datetime, *, form: str = "", prefix: str = ""
    ) -> str:
        local = now.astimezone(self.zone)
        period = f"{local.year}-{local.month:02d}" if "{month" in pattern else f"{local.year}"
        n = counter.next_number(f"{what}:{form or prefix}:{period}")
        return number(pattern, n=n, year=local.year, month=local.month, form=form, prefix=prefix)
