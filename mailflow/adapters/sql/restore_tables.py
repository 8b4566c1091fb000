"""The ledger's table of what was sent before a restore, as the folders of sent mail show it."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.tables import Instant, metadata

sent_copies = sa.Table(
    "sent_copies",
    metadata,
    sa.Column("mailbox", sa.String(100), primary_key=True),
    sa.Column("folder", sa.String(255), primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True),
    sa.Column("mail_id", sa.String(255), nullable=False),
    sa.Column("answers", sa.String(255), nullable=False),  # the Message-ID it answers by itself
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("words", sa.String(64), nullable=False),  # digest of what it says to whom
    sa.Column("digest", sa.String(64), nullable=False),  # of its bytes, in the vault
    sa.Column("sent_at", Instant),
    sa.Column("outbox_id", sa.Integer, sa.ForeignKey("outbox.id")),  # the mail it stands for, once found
)
