"""How sure a contact is, and whose mail opened a case."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns.

    Confirmed contacts stay confirmed; the others named the company and no more.  The first mail of a case says who
    opened it.
    """
    op.add_column("contacts", sa.Column("claimed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE contacts SET claimed = NOT confirmed")
    op.add_column("cases", sa.Column("opened_by", sa.String(length=320), nullable=False, server_default=""))
    op.execute(
        "UPDATE cases SET opened_by = COALESCE((SELECT m.sender FROM messages m WHERE m.case_id = cases.id"
        " AND m.status = 'handled' AND m.kind <> 'staff_reply' ORDER BY m.id LIMIT 1), '')"
    )


def downgrade() -> None:
    """The ledger only moves forward."""
    raise NotImplementedError("restore a backup instead")
