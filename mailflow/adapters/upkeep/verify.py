"""verify: is everything there, unaltered and in step?  Reads only; may run while the worker works."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.secrets.key import secret_problem
from mailflow.adapters.sql.dossier import Dossiers, snapshot
from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.guard import RENEWED, check, known_secret
from mailflow.adapters.sql.tables import journal
from mailflow.adapters.upkeep.archive_checks import check_archive
from mailflow.adapters.upkeep.blobs import Uses, uses
from mailflow.adapters.upkeep.contents import hash_of
from mailflow.adapters.upkeep.findings import RESTORE, Discrepancy, Progress
from mailflow.adapters.upkeep.journal_checks import Witness
from mailflow.adapters.upkeep.ledger_checks import check_ledger
from mailflow.adapters.upkeep.series_checks import NumberPatterns
from mailflow.adapters.vault import FileVault
from mailflow.domain.errors import LedgerLost
from mailflow.domain.forms import FormSpec

NOTHING_ELSE = Witness()
_NO_TEXT = "Could not decode to UTF-8"  # SQLite, of bytes put where text belongs


def verify(
    engine: sa.Engine,
    vault: FileVault,
    archive: Path,
    *,
    forms: Sequence[FormSpec] = (),
    patterns: NumberPatterns | None = None,
    progress: Progress | None = None,
    witness: Witness = NOTHING_ELSE,
) -> list[Discrepancy]:
    """Compare ledger, vault and archive; errors first.

    The ledger is read in one snapshot.  Blobs reach the vault before their rows are committed, so every digest of
    the snapshot must be there whatever the worker does meanwhile.  ``witness`` is what the storage must agree with and
    does not hold itself: the journal's keys, anchors people noted.  An empty list, or notes alone, is a clean bill.
    """
    step = progress or (lambda _what, _done, _all: None)
    found: list[Discrepancy] = []
    used: Uses = {}
    damaged = False
    with translated():
        try:
            found += _strange(engine, vault.folder.parent)
            found += _secret(engine, vault.folder.parent)
            with snapshot(engine) as connection:
                found += check_ledger(connection, forms, patterns or NumberPatterns(), step, witness)
                used = uses(connection)
        except sa.exc.OperationalError as error:
            if _NO_TEXT not in str(error.orig):
                raise  # locked or unreachable: nothing is known about the rows
            damaged = True
            found.append(Discrepancy("error", "ledger.db", f"cannot be read: {error.orig}", RESTORE))
        except sa.exc.DatabaseError as error:
            damaged = True  # it cannot say what vault and archive should hold
            found.append(Discrepancy("error", "ledger.db", f"cannot be read: {error.orig or error}", RESTORE))
        found += check_vault(vault, used, step)
        if not damaged:
            found += check_archive(archive, Dossiers(engine), step, witness.anchors)
    return sorted(found, key=lambda item: item.severity)  # "error" sorts before "note"; otherwise as found


def _strange(engine: sa.Engine, storage: Path) -> list[Discrepancy]:
    """Is it the ledger that worked in this storage?"""
    with engine.connect() as connection:
        try:
            check(connection, storage)
        except LedgerLost as error:
            return [Discrepancy("error", "ledger", error.message, error.remedy)]
    return []


def _secret(engine: sa.Engine, storage: Path) -> Iterator[Discrepancy]:
    """Is the key there that signed what is out, and was it ever another?"""
    with engine.connect() as connection:
        if problem := secret_problem(storage, known_secret(connection)):
            yield Discrepancy("error", Path(problem.file).name, problem.message, problem.remedy)
        query = sa.select(journal.c.id, journal.c.at, journal.c.actor, journal.c.data).where(journal.c.event == RENEWED)
        for key, at, actor, data in connection.execute(query.order_by(journal.c.id)):
            with contextlib.suppress(ValueError, KeyError, TypeError):  # such an entry breaks the chain, told there
                what = f"{at:%Y-%m-%d}: {actor} went on with another secret key ({json.loads(data)['because']})"
                yield Discrepancy("note", f"journal {key}", what)


def check_vault(vault: FileVault, used: Uses, step: Callable[[str, int, int], None]) -> Iterator[Discrepancy]:
    """Every blob has the hash it is named by, and every digest the ledger names is there."""
    present = sorted(vault.digests())
    for digest in sorted(used.keys() - set(present)):
        yield Discrepancy("error", f"vault {digest}", f"is missing: {_users(used[digest])}", RESTORE)
    unused = 0
    for done, digest in enumerate(present, 1):
        unused += digest not in used
        try:
            if hash_of(vault.path(digest)) != digest:
                what = f"was altered: {_users(used[digest])}" if digest in used else "was altered, but nothing uses it"
                yield Discrepancy("error", f"vault {digest}", what, RESTORE)
        except OSError as error:
            yield Discrepancy("error", f"vault {digest}", f"cannot be read: {error.strerror}", "check rights and disk")
        if done % 500 == 0 or done == len(present):
            step("vault", done, len(present))
    if unused:
        what = f"{unused} files that no row names: collected just now, or by a run that was killed; harmless"
        yield Discrepancy("note", "vault", what)


def _users(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
