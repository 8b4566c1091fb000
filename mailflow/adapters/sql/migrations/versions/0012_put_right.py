"""Cases put right by people: which mail a correction came in, which case goes on in its place, mails of two cases."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns and the table; nothing was put right so far."""
    op.add_column("corrections", sa.Column("message_id", sa.Integer(), nullable=True))
    op.add_column("cases", sa.Column("successor_id", sa.Integer(), nullable=True))
    op.create_index("ix_cases_successor_id", "cases", ["successor_id"], unique=False)
    op.create_table(
        "shared_mails",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_shared_mails_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_shared_mails_message_id")),
        sa.PrimaryKeyConstraint("case_id", "message_id", name=op.f("pk_shared_mails")),
    )


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
