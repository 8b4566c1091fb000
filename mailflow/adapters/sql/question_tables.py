"""The ledger's table for questions what kind a mail is: of mails in doubt, and of those that ask for nothing."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

kind_questions = sa.Table(
    "kind_questions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False, unique=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id")),  # in whose folder a mail without a case lies
    sa.Column("kinds", sa.String(200), nullable=False),  # to choose from, the gravest first; empty: it is only listed
    sa.Column("since", Instant, nullable=False),
    sa.Column("person", sa.String(320), nullable=False, server_default=""),
    sa.Column("due_at", Instant),
    sa.Column("asked_at", Instant),
    sa.Column("mail_id", sa.String(255), nullable=False, server_default=""),  # the Message-ID of the mail that asks
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),  # of its point there
    sa.Column("kind", sa.String(20), nullable=False, server_default=""),  # as decided
    sa.Column("actor", sa.String(320), nullable=False, server_default=""),  # who did; empty: the time was over
    sa.Column("done_at", Instant),
    sa.Index("ix_kind_questions_mail_id", "mail_id"),
    sa.Index("ix_kind_questions_customer_id", "customer_id"),
)
sa.Index("ix_kind_questions_open", kind_questions.c.id, sqlite_where=sa.text("done_at IS NULL"),
         postgresql_where=sa.text("done_at IS NULL"))  # fmt: skip
