"""Mails that ask one person for several tasks of a case at once: what their numbered points are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables.  Whoever was asked so far was asked for one task; his mails and tokens go on as they are."""
    op.create_table(
        "joint_asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False),
        sa.Column("mail_id", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_joint_asks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_asks")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_joint_asks_mail_id")),
    )
    op.create_table(
        "joint_points",
        sa.Column("ask_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["joint_asks.id"], name=op.f("fk_joint_points_ask_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_joint_points_task_id")),
        sa.PrimaryKeyConstraint("ask_id", "number", name=op.f("pk_joint_points")),
    )
    op.create_index("ix_joint_points_task_id", "joint_points", ["task_id"])


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
