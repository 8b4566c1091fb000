"""Rows that are entered in the order of time: where a period of them begins, found without reading them all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

MOVED_CLOCK = timedelta(days=2)
"""How far a clock may have been moved back without a row being overlooked."""


def within(
    connection: sa.Connection, table: sa.Table, at: sa.Column[Any], since: datetime, until: datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions of the rows from ``since``, included, to ``until``, beginning where they may begin."""
    return table.c.id >= first_row(connection, table, at, since - MOVED_CLOCK), at >= since, at < until


def first_row(connection: sa.Connection, table: sa.Table, at: sa.Column[Any], since: datetime) -> int:
    """The id of the first row not before a moment, by halving; some id behind the last when there is none."""
    # Each for itself: asked for both at once, SQLite reads the whole table.
    low, high = (connection.scalar(sa.select(end(table.c.id))) for end in (sa.func.min, sa.func.max))
    if low is None:
        return 0
    high += 1
    look = sa.select(table.c.id, at).where(table.c.id >= sa.bindparam("b_id")).order_by(table.c.id).limit(1)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(look, {"b_id": middle}).first()
        if row is None or row[1] >= since:
            high = middle
        else:
            low = row[0] + 1
    return int(low)
