"""What :mod:`bench.fill` makes for measurements is what the program itself would have made, and the same each time."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from bench.compare import standing
from bench.fill import Plan, fill, new_home
from mailflow import app as composition


def rows(home: Path, question: str) -> list[tuple[object, ...]]:
    """Rows of a home's ledger."""
    with closing(sqlite3.connect(home / "storage" / "ledger.db")) as connection:
        return connection.execute(question).fetchall()


def made(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Fill a home; what verify says, and every file of the storage by its digest, the ledger by its journal's head."""
    settings = new_home(folder)
    with composition.open_app(settings) as app:
        assert fill(app, Plan(cases=24, seed=3, open_share=0.25, cases_each=4)) == 24
        wrong = [str(item) for item in app.verify()]
    files = [path for name in ("archive", "vault") for path in (settings.storage / name).rglob("*") if path.is_file()]
    found = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    found["journal"] = str(rows(folder, "SELECT hash FROM journal ORDER BY id DESC LIMIT 1")[0][0])
    return wrong, found


def test_a_filled_storage_is_in_order_and_the_same_each_time(tmp_path: Path) -> None:
    wrong, files = made(tmp_path / "one")
    assert wrong == []
    assert made(tmp_path / "two") == ([], files)
    left = standing(tmp_path / "one")
    assert (left["mails"], left["waiting"], left["pending"], left["behind"], left["unasked"]) == (24, 0, 0, 0, 0)
    cases = rows(tmp_path / "one", "SELECT status, count(*) FROM cases GROUP BY status ORDER BY 1")
    assert cases == [("closed", 18), ("open", 6)]
