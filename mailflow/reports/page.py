"""A report as it is shown, the same for terminal, mail, spreadsheet and Word: sections of tables and charts.

Words are text for people in the reader's language and zone; what strangers wrote is one bounded line without links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mailflow.reports.figures import Figure
from mailflow.reports.span import Span

Cell = str | int | Decimal
"""A figure stays a number, so that a spreadsheet can count with it; ``Decimal`` has two places."""

MOST_LINES = 20
"""More lines than these are counted in mail and terminal; spreadsheet and Word have them all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``alarm``: somebody must look at it."""

    cells: tuple[Cell, ...]
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under headings; ``title`` may be empty.  ``key`` is what records call it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, the longest first or in their own order; ``line`` is drawn over them in percent of ``values``' sum.

    ``table`` of the same section has every figure that is drawn; ``words`` say them for those who see no picture.
    """

    key: str
    title: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    bars: str
    line: tuple[float, ...] = ()
    line_name: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One topic.  ``lines`` say it in words; ``open`` is left for a person to write."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    alarm: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a report is for: ``role`` as it is called; ``department``: only what it answers for, empty for all.

    ``address`` is empty for whoever looks at the machine.
    """

    name: str = ""
    address: str = ""
    role: str = ""
    department: str = ""
    people: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """What the ledger calls the report of such a reader: the same for all who see the same."""
        return f"department:{self.department}" if self.department else "all"


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a period told before that is another one now, since its data were put right.

    ``was`` and ``now`` are as people read them, ``value`` is the new one as it is kept.
    """

    period: str
    key: str
    was: str
    now: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a period for a reader.

    ``first`` answers what is late and with whom, whether we are getting better, and who is unhappy.  ``figures`` are
    those of the period, ``then`` and ``last_year`` of what it is compared with; empty where there is nothing.
    ``beside`` stands in workbook and records alone.
    """

    span: Span
    reader: Reader
    language: str
    title: str
    period: str
    subject: str
    opening: tuple[str, ...]
    first: tuple[Section, ...]
    sections: tuple[Section, ...]
    figures: Mapping[str, Figure]
    then: Mapping[str, Figure] = field(default_factory=dict)
    last_year: Mapping[str, Figure] = field(default_factory=dict)
    closing: tuple[str, ...] = ()
    beside: tuple[Section, ...] = ()
    company: str = ""
    made_at: datetime | None = None

    def table(self, section: str, key: str) -> Table | None:
        """A table by the keys of its section and its own; None where there is none."""
        found = (one for one in (*self.first, *self.sections, *self.beside) if one.key == section)
        return next((table for one in found for table in one.tables if table.key == key), None)

    def lines(self, section: str) -> tuple[str, ...]:
        """What a section says in words."""
        return next((one.lines for one in self.sections if one.key == section), ())

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in order."""
        return tuple(chart for section in (*self.first, *self.sections) for chart in section.charts)


def shown(cell: Cell) -> str:
    """A cell as text."""
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else str(cell)


def cut(table: Table, most: int = MOST_LINES) -> tuple[Sequence[Row], int]:
    """The lines people read, and how many are left out."""
    return table.rows[:most], max(len(table.rows) - most, 0)
