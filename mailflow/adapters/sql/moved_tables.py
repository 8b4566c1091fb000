"""The ledger's table of mails that belong to a second case, since a person split it or joined another to it."""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.columns import metadata

shared_mails = sa.Table(
    "shared_mails",
    metadata,
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), primary_key=True),
)
