"""archive: bring the folders of customers up to date whose facts changed.

Coalesced: however often a customer changed since the last pass, the folder is written once.  What a folder shows is
noted only after its files are durable, so a kill at any moment costs one repetition and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Marks(Protocol):
    """What the ledger knows of the archive: which customers it does not show yet."""

    def behind(self, limit: int) -> Sequence[int]:
        """The ids of at most this many customers whose archive is behind."""
        ...

    def mark(self, versions: Mapping[int, int]) -> None:
        """Note the states (customer id to its count of changes) the archive shows now."""
        ...


class Archive(Protocol):
    """Customers' folders."""

    def write(self, customer_ids: Sequence[int]) -> Mapping[int, int]:
        """Bring folders up to date, durably; returns the state each shows now.  Safe to repeat."""
        ...


def archive(ledger: Marks, folders: Archive, limit: int = 200) -> int:
    """Write the folders of at most ``limit`` customers that are behind; returns how many were written.

    A customer that changes while it is written stays behind and comes again.  TemporaryError (disk full, another
    process writes the archive) leaves everything as it was.
    """
    waiting = ledger.behind(limit)
    if not waiting:
        return 0
    versions = folders.write(waiting)
    ledger.mark(versions)
    return len(versions)
