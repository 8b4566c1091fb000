"""PDFs: of signed copies, of letters before they leave; every customer's folder gets its new layout."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns; every customer counts as changed: the next passes of the archive write his folder anew."""
    op.add_column("signatures", sa.Column("copy_pdf", sa.String(length=64)))
    op.create_index(
        "ix_signatures_unprinted",
        "signatures",
        ["id"],
        sqlite_where=sa.text("copy_pdf IS NULL"),
        postgresql_where=sa.text("copy_pdf IS NULL"),
    )
    op.add_column("outbox", sa.Column("printing", sa.String(length=10), nullable=False, server_default=""))
    op.create_index(
        "ix_outbox_unprinted",
        "outbox",
        ["id"],
        sqlite_where=sa.text("printing = 'due'"),
        postgresql_where=sa.text("printing = 'due'"),
    )
    op.execute("UPDATE customers SET changed = changed + 1")


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
