"""A ledger's schema is made once per process, and a statement compiled once, as long as both are the product's own.

A new ledger in SQLite begins as a copy of one that was migrated for real; a database that is there, or scripts that are
not the product's, are migrated for real each time.  What SQLAlchemy made of a statement serves every engine over the
same kind of database: the product keeps one engine for as long as it runs, tests open thousands.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import engine as product
from mailflow.adapters.sql import ledger, opening

open_engine, migrate = product.open_engine, product.migrate


class Statements(dict[Any, Any]):
    """Compiled statements by what is asked and of which kind of database, not of which engine."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


_statements = Statements()


@functools.wraps(open_engine)
def opened(url: str | sa.URL, *, durable: bool = True, password: Callable[[], str] | None = None) -> sa.Engine:
    """An engine that knows what was compiled for others."""
    engine = open_engine(url, durable=durable, password=password)
    engine.update_execution_options(compiled_cache=_statements)
    return engine


@functools.wraps(migrate)
def migrated(engine: sa.Engine, scripts: Path = product.MIGRATIONS) -> None:
    """A new file gets the schema by a copy; then it is looked at like any other."""
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    if file is not None and scripts == product.MIGRATIONS and file.parent.is_dir() and not file.exists():
        _put(_empty(), file)
    migrate(engine, scripts)


def _put(empty: Path, file: Path) -> None:
    """Copy it to a place where nothing is; another worker may do so in the same moment."""
    copy = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    shutil.copyfile(empty, copy)
    with contextlib.suppress(FileExistsError):
        os.link(copy, file)
    copy.unlink()


@functools.cache
def _empty() -> Path:
    """A ledger with the newest schema and no rows, as migrations leave it."""
    folder = tempfile.TemporaryDirectory(prefix="mailflow-ledger-")
    _kept.append(folder)
    engine = open_engine(f"sqlite:///{Path(folder.name) / 'ledger.db'}")
    migrate(engine)
    engine.dispose()
    return Path(folder.name) / "ledger.db"


_kept: list[tempfile.TemporaryDirectory[str]] = []  # removed with the process


def everywhere() -> None:
    """Let ledgers be opened so in this process."""
    for user in (ledger, opening):
        user.open_engine = opened  # type: ignore[attr-defined]
    ledger.migrate = migrated  # type: ignore[attr-defined]
