"""Duties of the calendar: since when each is looked after, and the case of every period."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"


def upgrade() -> None:
    """Create the tables.  Duties begin with the first look after this."""
    op.create_table(
        "duty_watch",
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("looked_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("duty", name=op.f("pk_duty_watch")),
    )
    op.create_table(
        "duty_occasions",
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_duty_occasions_case_id")),
        sa.PrimaryKeyConstraint("duty", "period", "person", name=op.f("pk_duty_occasions")),
    )
    op.create_index("ix_duty_occasions_day", "duty_occasions", ["day"])


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
