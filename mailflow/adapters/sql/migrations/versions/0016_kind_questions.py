"""Questions what kind a mail is, and the mails that ask for nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the table.  What was read before stays what it was read as."""
    op.create_table(
        "kind_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer()),
        sa.Column("kinds", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False, server_default=""),
        sa.Column("due_at", sa.String(32)),
        sa.Column("asked_at", sa.String(32)),
        sa.Column("mail_id", sa.String(length=255), nullable=False, server_default=""),
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("kind", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("actor", sa.String(length=320), nullable=False, server_default=""),
        sa.Column("done_at", sa.String(32)),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_kind_questions_message_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_kind_questions_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_questions")),
        sa.UniqueConstraint("message_id", name=op.f("uq_kind_questions_message_id")),
    )
    op.create_index("ix_kind_questions_mail_id", "kind_questions", ["mail_id"])
    op.create_index("ix_kind_questions_customer_id", "kind_questions", ["customer_id"])
    still_open = sa.text("done_at IS NULL")
    op.create_index(
        "ix_kind_questions_open", "kind_questions", ["id"], sqlite_where=still_open, postgresql_where=still_open
    )


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
