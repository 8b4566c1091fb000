"""A report as plain text: it stands alone, for mail programs that show no HTML, and for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from mailflow.reports.page import Report, Section, Table, cut, shown
from mailflow.sentences.catalogue import worded

WIDEST = 28


def text_of(report: Report) -> str:
    """All of it, with lists cut as in the mail."""
    lines = [f"{report.title} {report.period}", *report.opening, ""]
    for number, section in enumerate(report.first, 1):
        lines += _section(section, f"【{number}】", report.language)
    for number, section in enumerate(report.sections, 1):
        lines += _section(section, f"{number}.", report.language)
    return "\n".join([*lines, *report.closing, report.company]).strip() + "\n"


def _section(section: Section, mark: str, language: str) -> Iterator[str]:
    alarm = worded(language, "figure| [look here]") if section.alarm else ""
    yield f"{mark} {section.title}{alarm}"
    yield from (f"  {line}" for line in section.lines)
    for table in section.tables:
        yield from _table(table, language)
    yield ""


def _table(table: Table, language: str) -> Iterator[str]:
    rows, left_out = cut(table)
    cells = [table.columns, *(tuple(map(shown, row.cells)) for row in rows)]
    widths = [min(WIDEST, max(wide(row[place]) for row in cells)) for place in range(len(table.columns))]
    if table.title:
        yield f"  {table.title}"
    for row in cells:
        yield "    " + "  ".join(_padded(row, widths)).rstrip()
    if left_out:
        yield "    " + worded(language, "({count} more lines are in the attached table)", count=left_out)


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for text, width in zip(row, widths, strict=True):
        yield text + " " * max(width - wide(text), 0)


def wide(text: str) -> int:
    """How many columns a text takes where Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
