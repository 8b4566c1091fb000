"""What reports are made with: the ledger's answers, pictures, workbooks and Word records, in one value for ``app``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from mailflow.adapters.charts.pictures import draw as draw_charts
from mailflow.adapters.local.ical import calendar_file
from mailflow.adapters.local.workbook import workbook as make_workbook
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.adapters.word.forms import WordForms
from mailflow.duties.standing import DayEvent
from mailflow.reports import records
from mailflow.reports.page import Chart, Report
from mailflow.reports.pictures import Drawn


@dataclass(frozen=True)
class ReportTools:
    """Everything outside that reports need, over one ledger and the forms in force."""

    engine: sa.Engine
    forms: WordForms
    secret: bytes
    zone: tzinfo

    def source(self) -> ReportRows:
        """Answers from the ledger."""
        return ReportRows(self.engine)

    @staticmethod
    def draw(charts: Sequence[Chart]) -> Drawn:
        """Pictures of charts."""
        return draw_charts(charts)

    @staticmethod
    def workbook(report: Report) -> bytes:
        """An Excel workbook."""
        return make_workbook(report)

    @staticmethod
    def calendar(name: str, days: Sequence[DayEvent], now: datetime) -> bytes:
        """An iCalendar file of whole days."""
        return calendar_file(name, days, now)

    def word(self, report: Report, form: str = "") -> bytes:
        """The report as a Word record: on this form, else on that of its kind of period.

        Empty where no form is for it, where the company's folder has none of this code, and for a department.
        """
        code = form or records.OF_PERIOD.get(report.span.kind, "")
        if report.reader.department or code not in {spec.code for spec in self.forms.specs()}:
            return b""
        return self.forms.fill(code, records.fields_of(report, code, self.secret, self.zone))
