"""Procedures, tasks, answers, signatures, promises."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(name: str, length: int, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _time(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)


def _true(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Create the tables of casework; give cases and records what it needs."""
    for column in (
        _number("round", "1"), _text("channel", 20, "mail"), _text("subkinds", 200, ""), _text("procedure", 64, ""),
        sa.Column("intake", sa.Text(), nullable=False, server_default="{}"), _time("closed_at"),
    ):  # fmt: skip
        op.add_column("cases", column)
    op.add_column("records", sa.Column("fields", sa.Text(), nullable=False, server_default="{}"))
    traits = sa.text("field IN ('batch_no', 'model', 'product')")
    op.create_index("ix_findings_traits", "findings", ["field", "value"], sqlite_where=traits, postgresql_where=traits)
    op.create_table(
        "procedures",
        _text("digest", 64),
        _text("name", 60),
        sa.Column("text", sa.Text(), nullable=False),
        _time("first_used_at", nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_procedures")),
    )
    op.create_table(
        "tasks",
        _number("id"),
        _number("case_id"),
        _text("name", 60),
        _number("round"),
        _text("status", 10),
        _text("role", 40, ""),
        _text("person", 320, ""),
        _number("record", "0"),
        _time("opened_at", nullable=False),
        _time("due_at"),
        _time("asked_at"),
        _time("done_at"),
        _text("done_by", 320, ""),
        _text("outcome", 40, ""),
        _number("step", "0"),
        _time("next_at"),
        _true("current"),
        _of("tasks", "case_id", "cases"),
        _key("tasks"),
    )
    op.create_index("ix_tasks_case_id", "tasks", ["case_id"])
    op.create_index("ix_tasks_status_next", "tasks", ["status", "next_at"])
    op.create_index("ix_tasks_status_due", "tasks", ["status", "due_at"])
    op.create_index("ix_tasks_status_person", "tasks", ["status", "person"])
    unasked = sa.text("status = 'open' AND asked_at IS NULL AND person <> ''")
    op.create_index("ix_tasks_unasked", "tasks", ["id"], sqlite_where=unasked, postgresql_where=unasked)
    op.create_table(
        "answers",
        _number("id"),
        _number("case_id"),
        _number("task_id"),
        _text("field", 40),
        sa.Column("value", sa.Text(), nullable=False),
        _text("actor", 320),
        _time("at", nullable=False),
        sa.Column("message_id", sa.Integer()),
        _of("answers", "case_id", "cases"),
        _of("answers", "task_id", "tasks"),
        _of("answers", "message_id", "messages"),
        _key("answers"),
    )
    op.create_index("ix_answers_case_id", "answers", ["case_id"])
    op.create_table(
        "signatures",
        _number("id"),
        _number("record_id"),
        _number("case_id"),
        _number("task_id"),
        _text("cell", 40),
        _text("person", 320),
        _text("name", 100),
        _time("at", nullable=False),
        _text("way", 10),
        _text("signed_digest", 64),
        _text("copy_digest", 64, ""),
        _text("copy_name", 200, ""),
        _text("evidence_digest", 64, ""),
        _text("evidence_name", 200, ""),
        sa.Column("message_id", sa.Integer()),
        _true("current"),
        _of("signatures", "record_id", "records"),
        _of("signatures", "case_id", "cases"),
        _of("signatures", "task_id", "tasks"),
        _of("signatures", "message_id", "messages"),
        _key("signatures"),
        sa.UniqueConstraint("task_id", name=op.f("uq_signatures_task_id")),
    )
    op.create_index("ix_signatures_case_id", "signatures", ["case_id"])
    op.create_index("ix_signatures_record_id", "signatures", ["record_id"])
    op.create_table(
        "promises",
        _number("id"),
        _number("case_id"),
        _text("kind", 20),
        sa.Column("words", sa.Text(), nullable=False),
        _time("due_at"),
        _text("approved_by", 320),
        _time("made_at", nullable=False),
        _time("kept_at"),
        _time("chased_at"),
        _of("promises", "case_id", "cases"),
        _key("promises"),
    )
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])
    op.execute("UPDATE customers SET changed = changed + 1")  # their archives learn what is new
    op.create_index("ix_promises_case_id", "promises", ["case_id"])
    op.create_index("ix_promises_kept_due", "promises", ["kept_at", "due_at"])


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
