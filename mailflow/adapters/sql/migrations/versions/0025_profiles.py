"""Customers' profiles: every value with its source, what became of it, who was told, and who checked it when."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"


def upgrade() -> None:
    """Create the tables.  Mail of before is not read again: its values are proposed when they come once more."""
    op.create_table(
        "profile_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer()),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("found_at", sa.String(32), nullable=False),
        sa.Column("person", sa.String(length=320), server_default="", nullable=False),
        sa.Column("asked_at", sa.String(32)),
        sa.Column("mail_id", sa.String(length=255), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_by", sa.String(length=320), server_default="", nullable=False),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("decided_in", sa.Integer()),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_profile_values_customer_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_profile_values_contact_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_profile_values_message_id")),
        sa.ForeignKeyConstraint(["decided_in"], ["messages.id"], name=op.f("fk_profile_values_decided_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_values")),
    )
    op.create_index("ix_profile_values_customer_id", "profile_values", ["customer_id"])
    op.create_index("ix_profile_values_mail_id", "profile_values", ["mail_id"])
    is_open = sa.text("status = 'proposed'")
    op.create_index("ix_profile_values_open", "profile_values", ["id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "profile_copies",
        sa.Column("customer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=320), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_profile_copies_customer_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_profile_copies_outbox_id")),
        sa.PrimaryKeyConstraint("customer_id", "holder", name=op.f("pk_profile_copies")),
    )
    op.create_table(
        "profile_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.String(32)),
        sa.Column("checked_by", sa.String(length=320), server_default="", nullable=False),
        sa.Column("checked_in", sa.Integer()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_profile_checks_customer_id")),
        sa.ForeignKeyConstraint(["checked_in"], ["messages.id"], name=op.f("fk_profile_checks_checked_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_checks")),
        sa.UniqueConstraint("customer_id", "period", name=op.f("uq_profile_checks_customer_id")),
    )
    op.create_index("ix_profile_checks_mail_id", "profile_checks", ["mail_id"])


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
