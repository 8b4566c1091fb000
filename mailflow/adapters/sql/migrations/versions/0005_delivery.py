"""Who sends a mail of the outbox now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; nobody sends what is there."""
    op.add_column("outbox", sa.Column("claimed_by", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("claimed_at", sa.String(length=32)))


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
