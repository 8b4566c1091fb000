"""Storms: what opened cases how fast, piles of held mail, what a person must decide soon, digests."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables; of cases that are there none counts as part of a storm."""
    op.create_table(
        "openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=330), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("arrived_at", sa.String(32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_openings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
    )
    op.create_index("ix_openings_key_at", "openings", ["key", "at"], unique=False)
    op.create_table(
        "piles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=330), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False, server_default=""),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("actor", sa.String(length=320), nullable=False, server_default=""),
        sa.Column("answered_at", sa.String(32), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_piles_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piles")),
    )
    op.create_index("ix_piles_key_answer", "piles", ["key", "answer"], unique=False)
    op.create_table(
        "pile_mails",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("pile_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_pile_mails_message_id")),
        sa.ForeignKeyConstraint(["pile_id"], ["piles.id"], name=op.f("fk_pile_mails_pile_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_pile_mails")),
    )
    op.create_index("ix_pile_mails_pile_id", "pile_mails", ["pile_id"], unique=False)
    op.create_table(
        "held_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("pile_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False, server_default=""),
        sa.Column("due_at", sa.String(32), nullable=True),
        sa.Column("asked_at", sa.String(32), nullable=True),
        sa.Column("reminded_at", sa.String(32), nullable=True),
        sa.Column("done_at", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_held_tasks_message_id")),
        sa.ForeignKeyConstraint(["pile_id"], ["piles.id"], name=op.f("fk_held_tasks_pile_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_held_tasks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_tasks")),
    )
    is_open = sa.text("done_at IS NULL")
    op.create_index("ix_held_tasks_open", "held_tasks", ["id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_held_tasks_message_id", "held_tasks", ["message_id"], unique=False)
    op.create_table(
        "gathered",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("told_at", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_gathered_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathered")),
        sa.UniqueConstraint("occasion", name=op.f("uq_gathered_occasion")),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index("ix_gathered_untold", "gathered", ["id"], sqlite_where=untold, postgresql_where=untold)
    op.add_column("tasks", sa.Column("gathered_at", sa.String(32), nullable=True))
    # Continuations that failed and are held already: their time runs from now on, in the first round.
    held = "SELECT id, collected_at FROM messages WHERE status = 'held' AND reason = 'failed_sender'"
    op.execute(f"INSERT INTO held_tasks (message_id, since) {held}")


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
