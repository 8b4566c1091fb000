"""What a verification finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "note"]
Progress = Callable[[str, int, int], None]  # what is checked, how much is done, of how much


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is not as it should be: where, what, and what to do.  A note needs no action."""

    severity: Severity
    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f" -> {self.remedy}" if self.remedy else ""
        return f"{self.severity}: {self.where}: {self.what}{tail}"


RESTORE = "restore it from a backup"
REBUILD = "run: mailflow archive rebuild"
REPORT = "keep the ledger as it is and ask whoever looks after mailflow"
