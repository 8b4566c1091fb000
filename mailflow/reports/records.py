"""A report as a controlled record: which form, its number, and what each of its cells says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import tzinfo
from typing import Any

from mailflow.domain.forms import CHART
from mailflow.records.qr import payload
from mailflow.reports.page import Report, Row, Table, shown
from mailflow.sentences.catalogue import sentence, worded

MONTHLY, QUARTERLY, FEEDBACK, PRODUCTS, YEARLY = "JL-23-11", "JL-23-15", "JL-23-16", "JL-23-17", "JL-23-18"
OF_PERIOD = {"month": MONTHLY, "quarter": QUARTERLY, "year": YEARLY}
"""The record a period has; the others are made when they are asked for."""

FORMS = (MONTHLY, QUARTERLY, FEEDBACK, PRODUCTS, YEARLY)

CHARTS = {"chart_class": "pareto_class", "chart_defect": "pareto_defect", "chart_ages": "ages"}
_COMPARED = ("name", "value", "before", "change", "last_year")
_ABOUT = ("case", "customer", "subject", "severity")
# Cells of a form: its table, and of the report the section, the table, and the names of the columns.
_TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("by_kind", "counts", "by_kind", ("name", "count")),
    ("slow", "response", "slow", (*_ABOUT, "first_answer")),
    ("open", "closing", "open", (*_ABOUT, "owner", "days", "expected")),
    ("repeats", "repeats", "cases", (*_ABOUT, "defect", "as_in")),
    ("reopened", "reopened", "cases", (*_ABOUT, "on", "opinion")),
    ("cost", "cost", "cases", (*_ABOUT, "amount", "currency")),
    ("typical", "typical", "cases", (*_ABOUT, "defect", "result")),
    ("praise", "praise", "cases", ("case", "kind", "customer", "subject", "adopted")),
    ("corrected", "corrected", "cases", ("period", "name", "was", "now")),
    ("unhappy", "unhappy", "cases", ("customer", "case", "subject", "sign")),
    ("by_product", "kinds", "product", ("name", "count", "share", "together")),
    ("cases", "products", "cases", ("product", "case", "customer", "defect", "reason", "result")),
)
_FIGURES = {
    "counts": "counts", "response": "response", "closing": "closing", "repeats_rate": "repeats",
    "reopened_rate": "reopened", "actions": "actions", "cost_sum": "cost",
}  # fmt: skip
_BY = {
    "class": sentence("figure|by class"), "product": sentence("figure|by product"),
    "defect": sentence("figure|by defect"), "department": sentence("figure|by department responsible"),
    "customer": sentence("figure|by customer"), "severity": sentence("figure|by severity"),
    "reason": sentence("figure|by reason code"),
}  # fmt: skip


def number_of(report: Report, form: str) -> str:
    """The record's number names the period: the same period printed again is the same record."""
    return f"{form}-{report.span.name}"


def fields_of(report: Report, form: str, secret: bytes, zone: tzinfo) -> dict[str, Any]:
    """Everything the form prints."""
    made = (report.made_at or report.span.as_of).astimezone(zone)
    number = number_of(report, form)
    system = {"record_no": number, "qr": payload(number, f"{made:%Y%m%d}", secret), "issued_on": made.date()}
    return {"company": report.company, **system, **told_by(report)}


def told_by(report: Report) -> dict[str, Any]:
    """What the report says, as records print it and JSON keeps it."""
    charts = {chart.key: asdict(chart) for chart in report.charts}
    fields: dict[str, Any] = {
        "period": report.period,
        "opening": "\n".join(report.opening),
        "groups": list(_groups(report)),
        **{name: {CHART: charts.get(key)} for name, key in CHARTS.items()},
    }
    for section in ("counts", "repeats", "reopened", "cost", "machine"):
        fields[f"{section}_said"] = "\n".join(report.lines(section)) or None
    for name, section in _FIGURES.items():
        fields[name] = list(_compared(report, report.table(section, "compared")))
    for name, section, key, columns in _TABLES:
        fields[name] = _rows(report.table(section, key), columns)
    return fields


def short(report: Report) -> list[tuple[str, str]]:
    """What its first screen answers, a line for each question."""
    return [(section.title, "；".join(section.lines)) for section in report.first]


# ------------------------------------------------------------------------------------------------------------ parts


def _rows(table: Table | None, columns: tuple[str, ...]) -> list[Mapping[str, str]]:
    return [_row(row, columns) for row in table.rows] if table is not None else []


def _row(row: Row, columns: tuple[str, ...]) -> Mapping[str, str]:
    return dict(zip(columns, map(shown, row.cells), strict=True))


def _compared(report: Report, table: Table | None) -> Iterator[Mapping[str, str]]:
    """Figures beside what they are compared with; blank where there is nothing to compare with."""
    for row in table.rows if table is not None else ():
        cells = list(map(shown, row.cells))
        then = cells[2:4] if report.then else ["", ""]
        last = cells[-1:] if report.last_year else [""]
        yield dict(zip(_COMPARED, [*cells[:2], *then, *last], strict=True))


def _groups(report: Report) -> Iterator[Mapping[str, str]]:
    for by, words in _BY.items():
        for row in _rows(report.table("kinds", by), ("name", "count", "share", "together")):
            yield {"by": worded(report.language, words), **row}
