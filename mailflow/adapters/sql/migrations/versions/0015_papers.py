"""PDFs of signed copies and of letters, photos for records; every customer's folder gets its new layout."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add columns and table; every customer counts as changed: the next passes of the archive write his folder anew."""
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
    op.create_table(
        "pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("width", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("height", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pictures_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_pictures_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index("ix_pictures_case_id", "pictures", ["case_id"])
    op.execute("UPDATE customers SET changed = changed + 1")


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
