"""The ledger's tables of surveys: what the company says of its customers, rounds, invitations and answers."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

customer_traits = sa.Table(
    "customer_traits",
    metadata,
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    sa.Column("tier", sa.String(60), nullable=False, server_default=""),
    sa.Column("level", sa.String(60), nullable=False, server_default=""),
    sa.Column("is_key", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("manager", sa.String(320), nullable=False, server_default=""),
)

survey_rounds = sa.Table(
    "survey_rounds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False, unique=True),
    sa.Column("questionnaire", sa.String(40), nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # the questionnaire's file as it was when the round was planned
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("plan", sa.Text, nullable=False),  # JSON
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("closed_at", Instant),
)

survey_invitations = sa.Table(
    "survey_invitations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("round_id", sa.Integer, sa.ForeignKey("survey_rounds.id"), nullable=False),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("address", sa.String(320), nullable=False),
    sa.Column("name", sa.String(255), nullable=False, server_default=""),
    # As they were when the round was planned: reports count by them.
    sa.Column("tier", sa.String(60), nullable=False, server_default=""),
    sa.Column("is_key", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("manager", sa.String(320), nullable=False, server_default=""),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("outbox_id", sa.Integer, sa.ForeignKey("outbox.id")),
    sa.Column("sent_at", Instant),
    sa.Column("reminders", sa.Integer, nullable=False, server_default="0"),
    sa.Column("instead_of", sa.Integer, sa.ForeignKey("survey_invitations.id")),
    sa.Column("followed_by", sa.Integer, sa.ForeignKey("cases.id")),
    sa.UniqueConstraint("round_id", "address", name="uq_survey_invitations_round_id"),
    sa.Index("ix_survey_invitations_customer_id", "customer_id"),
)

survey_answers = sa.Table(
    "survey_answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Integer, sa.ForeignKey("survey_invitations.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("way", sa.String(10), nullable=False),
    sa.Column("sender", sa.String(320), nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("scores", sa.Text, nullable=False),  # JSON, as the three after it
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("remarks", sa.Text, nullable=False),
    sa.Column("doubts", sa.Text, nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("actor", sa.String(320), nullable=False, server_default=""),
    sa.UniqueConstraint("invitation_id", "version", name="uq_survey_answers_invitation_id"),
)
