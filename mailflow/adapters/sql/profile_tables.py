"""The ledger's tables of customers' profiles: every value with its source and what became of it, and who was told."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

profile_values = sa.Table(
    "profile_values",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("contact_id", sa.Integer, sa.ForeignKey("contacts.id")),  # none: it is the company's own
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("was", sa.Text, nullable=False, server_default=""),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("person", sa.String(320), nullable=False, server_default=""),
    sa.Column("asked_at", Instant),
    sa.Column("mail_id", sa.String(255), nullable=False, server_default=""),  # the Message-ID of the mail that asks
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),  # of its point there
    sa.Column("decided_by", sa.String(320), nullable=False, server_default=""),
    sa.Column("decided_at", Instant),
    sa.Column("decided_in", sa.Integer, sa.ForeignKey("messages.id")),  # the mail he said it in
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("current", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("basis", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_profile_values_customer_id", "customer_id"),
    sa.Index("ix_profile_values_mail_id", "mail_id"),
)
sa.Index("ix_profile_values_open", profile_values.c.id, sqlite_where=sa.text("status = 'proposed'"),
         postgresql_where=sa.text("status = 'proposed'"))  # fmt: skip

profile_copies = sa.Table(  # up to which change a holder of a copy was told in writing
    "profile_copies",
    metadata,
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    sa.Column("holder", sa.String(320), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("outbox_id", sa.Integer, sa.ForeignKey("outbox.id"), nullable=False),
    sa.Column("told_at", Instant, nullable=False),
)

profile_checks = sa.Table(  # a customer's profile was to be checked in a quarter
    "profile_checks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("person", sa.String(320), nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),  # how often he was asked
    sa.Column("mail_id", sa.String(255), nullable=False),  # the Message-ID of the last mail that asked
    sa.Column("number", sa.Integer, nullable=False),  # of its point there
    sa.Column("version", sa.Integer, nullable=False),  # up to which change the profile was shown
    sa.Column("checked_at", Instant),
    sa.Column("checked_by", sa.String(320), nullable=False, server_default=""),
    sa.Column("checked_in", sa.Integer, sa.ForeignKey("messages.id")),  # the mail he said it in
    sa.UniqueConstraint("customer_id", "period", name="uq_profile_checks_customer_id"),
    sa.Index("ix_profile_checks_mail_id", "mail_id"),
)
