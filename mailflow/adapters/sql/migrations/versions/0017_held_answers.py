"""Which mail of ours asks what about a held mail or a pile, so that it can be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns.  What was asked before bears no token: it is decided at the machine, or asked again."""
    op.add_column("held_tasks", sa.Column("mail_id", sa.String(length=255), nullable=False, server_default=""))
    op.add_column("held_tasks", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_held_tasks_mail_id", "held_tasks", ["mail_id"])


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
