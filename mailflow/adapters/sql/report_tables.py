"""The ledger's table of reports as they were sent."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.columns import Instant, metadata

report_periods = sa.Table(
    "report_periods",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("reader", sa.String(120), nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("figures", sa.Text, nullable=False),  # JSON: value, numerator, denominator of each
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the figures
    sa.Column("sent_at", Instant, nullable=False),
    sa.UniqueConstraint("period", "reader"),  # what was sent first stands
    sa.Index("ix_report_periods_reader", "reader"),
)
