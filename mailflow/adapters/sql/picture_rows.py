"""The ledger's table of customers' photos, prepared for records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import Instant, metadata
from mailflow.domain.picture_ports import Picture

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),  # of the prepared picture
    sa.Column("width", sa.Integer, nullable=False, server_default="0"),
    sa.Column("height", sa.Integer, nullable=False, server_default="0"),
    sa.Column("problem", sa.String(20), nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),  # when its mail was received
    sa.Index("ix_pictures_case_id", "case_id"),
)


_OF_CASE = sa.select(pictures).where(pictures.c.case_id == sa.bindparam("b_case")).order_by(pictures.c.id)


class PictureRows(Rows):
    """Rows of ``pictures``."""

    def add_pictures(self, case: int, message: int, found: Sequence[Picture], at: datetime) -> None:
        """Keep the photos of a mail with its case; once for each mail."""
        known = sa.select(pictures.c.id).where(pictures.c.message_id == message).limit(1)
        if not found or self.connection.execute(known).first():
            return
        rows = [
            {
                "case_id": case, "message_id": message, "name": fit(item.name, 200), "digest": item.digest,
                "width": item.width, "height": item.height, "problem": item.problem, "at": at,
            }
            for item in found
        ]  # fmt: skip
        self.connection.execute(pictures.insert(), rows)

    def pictures_of(self, case: int) -> list[Picture]:
        """The photos of a case, in the order they came."""
        rows = self.connection.execute(_OF_CASE, {"b_case": case})
        return [Picture(row.name, row.digest, row.width, row.height, row.problem, row.at) for row in rows]
