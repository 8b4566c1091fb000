"""Who sends a mail of the outbox now; copies in the folder of sent mail, and how far that folder was read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; nobody sends what is there, no copy of it is wanted, and no folder of sent mail was read."""
    op.add_column("outbox", sa.Column("claimed_by", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("claimed_at", sa.String(length=32), nullable=True))
    op.add_column("outbox", sa.Column("copy", sa.String(length=10), nullable=False, server_default=""))
    due = sa.text("copy = 'due'")
    op.create_index("ix_outbox_uncopied", "outbox", ["id"], sqlite_where=due, postgresql_where=due)
    op.add_column("folders", sa.Column("read_to", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
