"""What only a ledger in a SQLite file has: its settings, its locks, a damaged file."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.errors import PermanentError, TemporaryError

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def test_commits_survive_power_loss_settings(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger.begin() as work:
        assert work.connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert work.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert work.connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_locked_database_is_a_passing_trouble(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqlLedger(f"sqlite:///{path}")
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TemporaryError, match="locked"), ledger.begin() as work:
        work.journal("x", NOW)
    other.execute("ROLLBACK")


def test_a_damaged_database_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database" * 500)
    with pytest.raises(PermanentError, match="restore a backup"):
        SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
