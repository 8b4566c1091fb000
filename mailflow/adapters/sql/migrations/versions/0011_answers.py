"""Which mail a mail answers, for the mail that comes after its answer."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; of mails that are there nothing is known."""
    op.add_column("messages", sa.Column("answers", sa.String(length=255), nullable=False, server_default=""))
    op.create_index("ix_messages_answers", "messages", ["answers"], unique=False)


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
