"""What every group of ledger operations shares: the connection, and text made fit for a column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class Rows:
    """Operations on rows inside one transaction; the connection belongs to the transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.marks_read: dict[str, str] = {}  # in this transaction: with every mail the same are asked for

    def insert(self, table: sa.Table, values: dict[str, Any]) -> int:
        """Insert one row and return its id."""
        key = self.connection.execute(table.insert(), values).inserted_primary_key
        assert key is not None
        return int(key[0])


def fit(text: str, limit: int) -> str:
    """Text for a column: bounded, without NUL and lone surrogates (PostgreSQL takes neither)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:limit]
