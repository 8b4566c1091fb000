"""The ledger's tables for duties of the calendar: since when each is looked after, and the case of every period."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

duty_watch = sa.Table(
    "duty_watch",
    metadata,
    sa.Column("duty", sa.String(40), primary_key=True),
    sa.Column("looked_at", Instant, nullable=False),  # what began until then is opened
)

duty_occasions = sa.Table(
    "duty_occasions",
    metadata,
    # Once for each: however often we look, restart, or are two.
    sa.Column("duty", sa.String(40), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),  # 2026-10: what it is about
    sa.Column("person", sa.String(320), primary_key=True),  # whose own it is; empty: one does it for all
    sa.Column("day", sa.String(10), nullable=False),  # ISO, local: when it is due
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Index("ix_duty_occasions_day", "day"),
)
