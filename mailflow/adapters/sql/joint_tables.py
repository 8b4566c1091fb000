"""The ledger's tables for mails that ask one person for several tasks of a case at once."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

joint_asks = sa.Table(
    "joint_asks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("person", sa.String(320), nullable=False),
    sa.Column("mail_id", sa.String(255), nullable=False, unique=True),  # the Message-ID of the mail that asks
    sa.Column("asked_at", Instant, nullable=False),
)

joint_points = sa.Table(
    "joint_points",
    metadata,
    sa.Column("ask_id", sa.Integer, sa.ForeignKey("joint_asks.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("record", sa.Integer, nullable=False),  # the version he was asked to sign; 0: there is none
    sa.Index("ix_joint_points_task_id", "task_id"),
)
