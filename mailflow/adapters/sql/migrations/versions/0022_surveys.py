"""Surveys: what the company says of its customers, rounds, invitations and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "customer_traits",
        sa.Column("customer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tier", sa.String(length=60), server_default="", nullable=False),
        sa.Column("level", sa.String(length=60), server_default="", nullable=False),
        sa.Column("is_key", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("manager", sa.String(length=320), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_traits_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_traits")),
    )
    op.create_table(
        "survey_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("closed_at", sa.String(32)),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_survey_rounds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_rounds")),
        sa.UniqueConstraint("case_id", name=op.f("uq_survey_rounds_case_id")),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("tier", sa.String(length=60), server_default="", nullable=False),
        sa.Column("is_key", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("manager", sa.String(length=320), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("outbox_id", sa.Integer()),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("instead_of", sa.Integer()),
        sa.Column("followed_by", sa.Integer()),
        sa.ForeignKeyConstraint(["round_id"], ["survey_rounds.id"], name=op.f("fk_survey_invitations_round_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_survey_invitations_customer_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_survey_invitations_outbox_id")),
        sa.ForeignKeyConstraint(
            ["instead_of"], ["survey_invitations.id"], name=op.f("fk_survey_invitations_instead_of")
        ),
        sa.ForeignKeyConstraint(["followed_by"], ["cases.id"], name=op.f("fk_survey_invitations_followed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_invitations")),
        sa.UniqueConstraint("round_id", "address", name=op.f("uq_survey_invitations_round_id")),
    )
    op.create_index("ix_survey_invitations_customer_id", "survey_invitations", ["customer_id"])
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("sender", sa.String(length=320), server_default="", nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("doubts", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=320), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["survey_invitations.id"], name=op.f("fk_survey_answers_invitation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_survey_answers_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
        sa.UniqueConstraint("invitation_id", "version", name=op.f("uq_survey_answers_invitation_id")),
    )


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
