"""The ledger's tables for storms: what opened cases how fast, piles of held mail, what a person must decide soon."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

openings = sa.Table(
    "openings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(330), nullable=False),  # whose, or which words
    sa.Column("at", Instant, nullable=False),
    sa.Column("arrived_at", Instant, nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Index("ix_openings_key_at", "key", "at"),
)

piles = sa.Table(
    "piles",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(330), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("answer", sa.String(10), nullable=False, server_default=""),  # one, each, none; empty: not yet
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("actor", sa.String(320), nullable=False, server_default=""),
    sa.Column("answered_at", Instant),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),  # of "one", as soon as it is open
    sa.Index("ix_piles_key_answer", "key", "answer"),
)

pile_mails = sa.Table(
    "pile_mails",
    metadata,
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("pile_id", sa.Integer, sa.ForeignKey("piles.id"), nullable=False),
    sa.Index("ix_pile_mails_pile_id", "pile_id"),
)

held_tasks = sa.Table(
    "held_tasks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("pile_id", sa.Integer, sa.ForeignKey("piles.id")),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),  # whose owner must decide
    sa.Column("since", Instant, nullable=False),
    sa.Column("person", sa.String(320), nullable=False, server_default=""),
    sa.Column("due_at", Instant),
    sa.Column("asked_at", Instant),
    sa.Column("reminded_at", Instant),
    sa.Column("done_at", Instant),
    sa.Column("mail_id", sa.String(255), nullable=False, server_default=""),  # the Message-ID of the mail that asks
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),  # of its point there
    sa.Index("ix_held_tasks_mail_id", "mail_id"),
)
sa.Index("ix_held_tasks_open", held_tasks.c.id, sqlite_where=sa.text("done_at IS NULL"),
         postgresql_where=sa.text("done_at IS NULL"))  # fmt: skip
sa.Index("ix_held_tasks_message_id", held_tasks.c.message_id)

gathered = sa.Table(
    "gathered",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("occasion", sa.String(120), nullable=False, unique=True),  # as in the outbox: one occasion, once
    sa.Column("person", sa.String(320), nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("told_at", Instant),  # with the digest that lists it
)
sa.Index("ix_gathered_untold", gathered.c.id, sqlite_where=sa.text("told_at IS NULL"),
         postgresql_where=sa.text("told_at IS NULL"))  # fmt: skip
