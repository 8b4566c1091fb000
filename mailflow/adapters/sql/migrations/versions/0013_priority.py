"""How pressing a case is stands with it; cases that run already get what their severity says."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, and fill it in for grave cases."""
    op.add_column("cases", sa.Column("priority", sa.String(length=10), nullable=False, server_default=""))
    op.execute("UPDATE cases SET priority = '特急' WHERE severity = '恶性'")
    op.execute("UPDATE cases SET priority = '紧急' WHERE severity = '重大'")


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
