"""The ledger's rows of reports as they were sent: entered with their mails, never changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.report_tables import report_periods
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import duties
from mailflow.domain.report_ports import REPORTS, SentReport

_T = report_periods.c
_COLUMNS = (_T.period, _T.reader, _T.as_of, _T.figures, _T.digest, _T.sent_at)


class ReportPeriodRows(Rows):
    """Rows of ``report_periods``."""

    def freeze_report(self, report: SentReport) -> bool:
        """Keep the figures as they are sent; False when this period was sent to such readers before."""
        reader = fit(report.reader, 120)
        known = sa.select(_T.id).where(_T.period == report.period, _T.reader == reader)
        if self.connection.scalar(known) is not None:
            return False
        values = {name: getattr(report, name) for name in ("period", "as_of", "figures", "digest", "sent_at")}
        self.insert(report_periods, {**values, "reader": reader})
        return True

    def reported_at(self, period: str, reader: str) -> datetime | None:
        """Up to when things were counted in what such readers were told of a period first; None: nothing yet."""
        query = sa.select(_T.as_of).where(_T.period == period, _T.reader == fit(reader, 120))
        found: datetime | None = self.connection.scalar(query)
        return found

    def reports_since(self) -> datetime | None:
        """Since when reports are sent by themselves; None: never yet."""
        first = sa.select(duties.c.due_at).where(duties.c.name == REPORTS).order_by(duties.c.due_at).limit(1)
        found: datetime | None = self.connection.scalar(first)
        return found


def sent_reports(connection: sa.Connection, reader: str, limit: int) -> list[SentReport]:
    """The reports sent to such readers, the newest first."""
    query = sa.select(*_COLUMNS).where(_T.reader == fit(reader, 120)).order_by(_T.id.desc()).limit(limit)
    return [SentReport(*row) for row in connection.execute(query)]
