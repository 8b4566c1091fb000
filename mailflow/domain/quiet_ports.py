"""What customers who hear nothing ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class QuietWork(Protocol):
    """Operations on the last word a customer had."""

    def quiet_cases(self, before: datetime, limit: int) -> list[tuple[int, datetime]]:
        """Open cases, worked on by a procedure, whose customer had no word of ours since ``before``: row, last word.

        A word is a letter that is not refused or withdrawn, or a colleague's own mail to him; without any it is the
        moment the case was opened.  The longest silence first.
        """
        ...
