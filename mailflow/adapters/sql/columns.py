"""What the ledger's tables are made of: how their parts are named, times, the number of a row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@compiles(sa.String, "postgresql")
def _text(_type: sa.String, _compiler: Any, **_: Any) -> str:
    """Texts are bounded where they are entered (``rows.fit``), for both databases alike: SQLite looks at no length."""
    return "TEXT"


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as fixed-width UTC text (sorts like time)."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """To UTC text; a naive time is a programming mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """Back to an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


def id_column() -> sa.Column[int]:
    """The row's number, given by the database."""
    return sa.Column("id", sa.Integer, primary_key=True)
