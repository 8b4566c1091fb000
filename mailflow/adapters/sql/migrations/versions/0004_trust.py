"""How sure we are of each mail's sender."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; of mails that are there nothing is known."""
    op.add_column("messages", sa.Column("trust", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
