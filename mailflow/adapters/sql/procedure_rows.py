"""Procedures as the ledger keeps them with their cases, read for those who only show them: titles, versions."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.procedures.model import NO_PROCEDURE, Procedure, from_text


class ProcedureTexts:
    """Every procedure a ledger holds is read once; what a digest stands for never changes."""

    def __init__(self) -> None:
        self._known: dict[str, Procedure] = {}

    def read(self, connection: sa.Connection, digests: Iterable[str]) -> dict[str, Procedure]:
        """The procedures of these digests; empty and unknown digests are left out.

        One whose text this program cannot read keeps its name, without version, titles and tasks.
        """
        wanted = set(digests) - {""}
        if fresh := sorted(wanted - self._known.keys()):
            query = sa.select(t.procedures.c.digest, t.procedures.c.name, t.procedures.c.text)
            for row in connection.execute(query.where(t.procedures.c.digest.in_(fresh))):
                self._known[row.digest] = _procedure(row.name, row.text)
        return {digest: self._known[digest] for digest in wanted if digest in self._known}


def _procedure(name: str, text: str) -> Procedure:
    try:
        return from_text(text)
    except ValueError:
        return NO_PROCEDURE.model_copy(update={"name": name, "version": ""})
