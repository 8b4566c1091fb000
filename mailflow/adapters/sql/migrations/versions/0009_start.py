"""From when on mail is new: the start of every folder, what lay there before, and single facts about the office."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns and tables.  Folders read so far have no start: all their mail is taken, as before."""
    op.add_column("folders", sa.Column("since", sa.String(32)))
    op.add_column("folders", sa.Column("first_uidvalidity", sa.BigInteger()))
    op.add_column("folders", sa.Column("old", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "old_mails",
        sa.Column("mailbox", sa.String(length=100), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.String(32)),
        sa.PrimaryKeyConstraint("mailbox", "folder", "uidvalidity", "uid", name=op.f("pk_old_mails")),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
