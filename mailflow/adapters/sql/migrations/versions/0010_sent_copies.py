"""What was sent before a restore, as folders of sent mail show it; single facts about the office stand in one table."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table; what was noted among the counters of numbers moves to the marks."""
    op.create_table(
        "sent_copies",
        sa.Column("mailbox", sa.String(length=100), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("mail_id", sa.String(length=255), nullable=False),
        sa.Column("answers", sa.String(length=255), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("outbox_id", sa.Integer()),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_sent_copies_outbox_id")),
        sa.PrimaryKeyConstraint("mailbox", "folder", "uidvalidity", "uid", name=op.f("pk_sent_copies")),
    )
    op.execute(
        "INSERT INTO marks (name, value) SELECT name, CAST(value AS VARCHAR) FROM counters"
        " WHERE name = 'smtp.configured'"
    )
    op.execute("DELETE FROM counters WHERE name = 'smtp.configured'")


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
